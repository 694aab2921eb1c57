"""What a client knows about its service, and the policies that each of its requests passes."""

from __future__ import annotations

from typing import Any, ClassVar, Dict, List, Type

from azure.core.credentials import AzureKeyCredential
from azure.core.pipeline.policies import (
    CustomHookPolicy,
    DistributedTracingPolicy,
    HeadersPolicy,
    HttpLoggingPolicy,
    NetworkTraceLoggingPolicy,
    ProxyPolicy,
    SansIOHTTPPolicy,
    SensitiveHeaderCleanupPolicy,
    UserAgentPolicy,
)

from azure.ai.inference._core.endpoints import check_endpoint
from azure.ai.inference._pipeline.policies import (
    AnswerDecodePolicy,
    AsyncInferenceRedirectPolicy,
    AsyncStep,
    AsyncTokenCredentialPolicy,
    InferenceRedirectPolicy,
    KeyCredentialPolicy,
    RandomRequestIdPolicy,
    TokenCredentialPolicy,
)
from azure.ai.inference._pipeline.retry import AsyncInferenceRetryPolicy, InferenceRetryPolicy
from azure.ai.inference._version import VERSION

DEFAULT_API_VERSION = "2024-05-01-preview"
DEFAULT_SCOPE = "https://ml.azure.com/.default"
INSTRUMENTATION = {"library_name": "azure-ai-inference", "library_version": VERSION}


class Configuration:
    """The configuration of a synchronous client.

    :param endpoint: the URL below which the routes of the service lie.
    :param credential: a key, or a token credential.
    :keyword api_version: the version of the REST API, sent with every request.
    :keyword credential_scopes: what a token credential is asked for.
    :raises ValueError: if the endpoint or the credential is None, or the endpoint is no URL for a client.
    :raises TypeError: if the credential is neither a key nor a token credential.
    """

    _redirect_policy: ClassVar[Type[Any]] = InferenceRedirectPolicy
    _retry_policy: ClassVar[Type[Any]] = InferenceRetryPolicy
    _token_policy: ClassVar[Type[Any]] = TokenCredentialPolicy

    def __init__(self, endpoint: str, credential: Any, **kwargs: Any) -> None:
        self.endpoint = check_endpoint(endpoint)
        if credential is None:
            raise ValueError("Parameter 'credential' must not be None.")
        self.credential = credential
        self.api_version: str = kwargs.pop("api_version", None) or DEFAULT_API_VERSION
        self.credential_scopes: List[str] = kwargs.pop("credential_scopes", None) or [DEFAULT_SCOPE]
        kwargs.setdefault("sdk_moniker", f"ai-inference/{VERSION}")
        kwargs["headers"] = dict(kwargs.pop("headers", None) or {})
        self.user_agent_policy = kwargs.get("user_agent_policy") or UserAgentPolicy(**kwargs)
        self.headers_policy = kwargs.get("headers_policy") or HeadersPolicy(**kwargs)
        self.proxy_policy = kwargs.get("proxy_policy") or ProxyPolicy(**kwargs)
        self.logging_policy = kwargs.get("logging_policy") or NetworkTraceLoggingPolicy(**kwargs)
        self.http_logging_policy = kwargs.get("http_logging_policy") or HttpLoggingPolicy(**kwargs)
        self.custom_hook_policy: Any = kwargs.get("custom_hook_policy") or CustomHookPolicy(**kwargs)
        self.redirect_policy = kwargs.get("redirect_policy") or self._redirect_policy(**kwargs)
        self.retry_policy = kwargs.get("retry_policy") or self._retry_policy(**kwargs)
        self.authentication_policy = kwargs.get("authentication_policy") or self._authentication(**kwargs)

    def _authentication(self, **kwargs: Any) -> Any:
        if isinstance(self.credential, AzureKeyCredential):
            return KeyCredentialPolicy(self.credential, self.endpoint, kwargs["headers"])
        if hasattr(self.credential, "get_token"):
            return self._token_policy(self.credential, self.endpoint, *self.credential_scopes, **kwargs)
        hint = " Wrap a key in AzureKeyCredential." if isinstance(self.credential, str) else ""
        raise TypeError(f"Unsupported credential: {type(self.credential).__name__}.{hint}")

    def policies(self, **kwargs: Any) -> List[Any]:
        """The pipeline, from the client's side to the network's."""
        tracing: Dict[str, Any] = {"instrumentation_config": INSTRUMENTATION, **kwargs}
        return [
            kwargs.get("request_id_policy") or RandomRequestIdPolicy(**kwargs),
            self.headers_policy,
            self.user_agent_policy,
            self.proxy_policy,
            AnswerDecodePolicy(**kwargs),
            self.redirect_policy,
            self.retry_policy,
            self.authentication_policy,
            self.custom_hook_policy,
            self.logging_policy,
            DistributedTracingPolicy(**tracing),
            SensitiveHeaderCleanupPolicy(**kwargs) if self.redirect_policy else None,
            self.http_logging_policy,
        ]


class AsyncConfiguration(Configuration):
    """The configuration of an asynchronous client."""

    _redirect_policy = AsyncInferenceRedirectPolicy
    _retry_policy = AsyncInferenceRetryPolicy
    _token_policy = AsyncTokenCredentialPolicy

    def policies(self, **kwargs: Any) -> List[Any]:
        return [
            AsyncStep(policy) if isinstance(policy, SansIOHTTPPolicy) else policy
            for policy in super().policies(**kwargs)
        ]
