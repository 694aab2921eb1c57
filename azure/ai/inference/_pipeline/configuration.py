"""The configuration of a client: its service, its credential and the policies of its pipeline."""

from __future__ import annotations

from typing import Any, ClassVar, Dict, List, Optional, Type

from azure.core.credentials import AzureKeyCredential
from azure.core.pipeline.policies import (
    CustomHookPolicy,
    DistributedTracingPolicy,
    HttpLoggingPolicy,
    NetworkTraceLoggingPolicy,
    ProxyPolicy,
    SensitiveHeaderCleanupPolicy,
    UserAgentPolicy,
)

from azure.ai.inference._core.endpoints import RELEASED_VERSION, checked_endpoint, kind_given, resolve
from azure.ai.inference._core.hiding import HiddenDict, type_name
from azure.ai.inference._core.observe import INSTRUMENTATION
from azure.ai.inference._http.validation import check_max_connections
from azure.ai.inference._pipeline.policies import (
    ForeignTransportPolicy,
    InferenceHeadersPolicy,
    InferenceRedirectPolicy,
    KeyCredentialPolicy,
    RandomRequestIdPolicy,
    ResponseDecodePolicy,
    TokenCredentialPolicy,
)
from azure.ai.inference._pipeline.retry import InferenceRetryPolicy
from azure.ai.inference._version import VERSION


class Configuration:
    """The configuration of a synchronous client.

    :param endpoint: the URL below which the routes of the service lie.
    :param credential: a key, or a token credential.
    :keyword api_version: the version of the REST API, sent with every request.
    :keyword credential_scopes: the scopes of the tokens to request from a token credential.
    :keyword endpoint_kind: the kind of the endpoint, if its URL suggests another one.
    :keyword limiter: the limiter of the client's requests.
    :raises ValueError: if the endpoint or the credential is None, for an unknown kind of endpoints, or for a limiter
        with a replaced retry policy.
    :raises TypeError: if the credential is neither a key nor a token credential.
    """

    _redirect_policy: ClassVar[Type[Any]] = InferenceRedirectPolicy
    _retry_policy: ClassVar[Type[Any]] = InferenceRetryPolicy
    _token_policy: ClassVar[Type[Any]] = TokenCredentialPolicy

    def __init__(
        self, endpoint: Any, credential: Any, *, default_version: str = RELEASED_VERSION, **kwargs: Any
    ) -> None:
        if endpoint is None:
            raise ValueError("Parameter 'endpoint' must not be None.")
        self.base_url = checked_endpoint(endpoint)
        """The URL below which the caller's own requests go; empty for a wrong endpoint, which requests report."""
        self.endpoint: Any = self.base_url or endpoint
        if credential is None:
            raise ValueError("Parameter 'credential' must not be None.")
        check_max_connections(kwargs)
        self.credential = credential
        self.service = resolve(self.base_url, kind_given(kwargs.pop("endpoint_kind", None)), default_version)
        """The service of the endpoint, which the operations are sent to."""
        self.api_version: Optional[str] = kwargs.pop("api_version", None) or self.service.api_version
        self.credential_scopes: List[str] = kwargs.pop("credential_scopes", None) or [self.service.scope]
        _check_limiter(kwargs)
        kwargs.setdefault("sdk_moniker", f"ai-inference/{VERSION}")
        kwargs["headers"] = HiddenDict(kwargs.pop("headers", None) or {})
        self.user_agent_policy = kwargs.get("user_agent_policy") or UserAgentPolicy(**kwargs)
        self.headers_policy = kwargs.get("headers_policy") or InferenceHeadersPolicy(**kwargs)
        self.proxy_policy = kwargs.get("proxy_policy") or ProxyPolicy(**kwargs)
        self.logging_policy = kwargs.get("logging_policy") or NetworkTraceLoggingPolicy(**kwargs)
        self.http_logging_policy = kwargs.get("http_logging_policy") or HttpLoggingPolicy(**kwargs)
        self.custom_hook_policy: Any = kwargs.get("custom_hook_policy") or CustomHookPolicy(**kwargs)
        self.redirect_policy = kwargs.get("redirect_policy") or self._redirect_policy(**kwargs)
        self.retry_policy = kwargs.get("retry_policy") or self._retry_policy(**kwargs)
        self.authentication_policy = kwargs.get("authentication_policy") or self._authentication(**kwargs)

    def _authentication(self, **kwargs: Any) -> Any:
        if isinstance(self.credential, AzureKeyCredential):
            return KeyCredentialPolicy(self.credential, self.base_url, kwargs["headers"])
        if hasattr(self.credential, "get_token"):
            return self._token_policy(self.credential, self.base_url, *self.credential_scopes, **kwargs)
        hint = "Wrap the key: " if isinstance(self.credential, (str, bytes)) else "Pass a token credential or "
        raise TypeError(f"Unsupported credential: {type_name(self.credential)}. {hint}AzureKeyCredential(key)")

    def policies(self, **kwargs: Any) -> List[Any]:
        """Return the policies of the pipeline, from the client to the network."""
        tracing: Dict[str, Any] = {"instrumentation_config": INSTRUMENTATION, **kwargs}
        return [
            kwargs.get("request_id_policy") or RandomRequestIdPolicy(**kwargs),
            self.headers_policy,
            self.user_agent_policy,
            self.proxy_policy,
            ResponseDecodePolicy(**kwargs),
            self.redirect_policy,
            self.retry_policy,
            self.authentication_policy,
            self.custom_hook_policy,
            self.logging_policy,
            DistributedTracingPolicy(**tracing),
            SensitiveHeaderCleanupPolicy(**kwargs) if self.redirect_policy else None,
            self.http_logging_policy,
            None if kwargs.get("transport") is None else ForeignTransportPolicy(),
        ]


def _check_limiter(options: Dict[str, Any]) -> None:
    """Check the option ``limiter`` of a constructor.

    :raises TypeError: if it is not a limiter.
    :raises ValueError: if the retry policy, which consults it, is replaced.
    """
    limiter = options.get("limiter")
    if limiter is None:
        return
    from azure.ai.inference._pipeline.limiter import AdaptiveLimiter  # for clients with a limiter only

    if not isinstance(limiter, AdaptiveLimiter):
        raise TypeError(f"limiter must be an AdaptiveLimiter, not {type_name(limiter)}")
    for name in ("pipeline", "policies", "retry_policy"):
        if options.get(name) is not None:
            raise ValueError(f"limiter= cannot be given beside {name}=: only the client's own retry policy asks it.")
