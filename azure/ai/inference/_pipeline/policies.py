"""The policies of the pipeline that differ from azure-core's: who gets the credential, and how answers are decoded."""

from __future__ import annotations

import functools
from inspect import isawaitable
from typing import Any, Callable, Dict, Iterable, Optional, Tuple
from uuid import uuid4

from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import DecodeError, HttpResponseError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    AsyncBearerTokenCredentialPolicy,
    AsyncHTTPPolicy,
    AsyncRedirectPolicy,
    AzureKeyCredentialPolicy,
    BearerTokenCredentialPolicy,
    ContentDecodePolicy,
    RedirectPolicy,
    RequestIdPolicy,
)
from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse

from azure.ai.inference import _json
from azure.ai.inference._core.endpoints import origin_of
from azure.ai.inference.exceptions import ResponseDecodeError

_CREDENTIAL_HEADERS = ("Authorization", "api-key")


class _Origin:
    """Where a credential may go: scheme, host and port of the endpoint, whatever a redirect says."""

    def __init__(self, endpoint: str) -> None:
        self._origin: Tuple[str, str, int] = origin_of(endpoint)
        self._prefix = endpoint.partition("?")[0].rstrip("/") + "/"

    def admits(self, request: PipelineRequest[HttpRequest]) -> bool:
        """Whether the request goes there; if it does not, it is stripped of the credential that it may still carry."""
        url = request.http_request.url
        if url.startswith(self._prefix) or origin_of(url) == self._origin:
            return True
        for name in _CREDENTIAL_HEADERS:
            request.http_request.headers.pop(name, None)
        return False


class KeyCredentialPolicy(AzureKeyCredentialPolicy[HttpRequest, HttpResponse]):
    """Sends a key in both headers that services look for it in, as it is at the time of each request.

    :param headers: the client's own headers. If they have ``api-key``, it stays as it is: programs have given the key
        of an Azure OpenAI endpoint in this way, beside an empty credential.
    """

    def __init__(self, credential: AzureKeyCredential, endpoint: str, headers: Iterable[str] = ()) -> None:
        super().__init__(credential, "Authorization", prefix="Bearer")
        self._key_credential = credential
        self._allowed = _Origin(endpoint)
        self._fills_api_key = "api-key" not in map(str.lower, headers)

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        if self._allowed.admits(request):
            super().on_request(request)
            if self._fills_api_key:
                request.http_request.headers["api-key"] = self._key_credential.key


class TokenCredentialPolicy(BearerTokenCredentialPolicy[HttpRequest, HttpResponse]):
    """azure-core's bearer token policy, which keeps the token from other origins."""

    def __init__(self, credential: Any, endpoint: str, *scopes: str, **kwargs: Any) -> None:
        super().__init__(credential, *scopes, **kwargs)
        self._allowed = _Origin(endpoint)

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        if self._allowed.admits(request):
            super().on_request(request)

    def on_challenge(
        self, request: PipelineRequest[HttpRequest], response: PipelineResponse[HttpRequest, HttpResponse]
    ) -> bool:
        return self._allowed.admits(request) and super().on_challenge(request, response)


class AsyncTokenCredentialPolicy(AsyncBearerTokenCredentialPolicy[HttpRequest, AsyncHttpResponse]):
    """The asynchronous twin of :class:`TokenCredentialPolicy`."""

    def __init__(self, credential: Any, endpoint: str, *scopes: str, **kwargs: Any) -> None:
        super().__init__(credential, *scopes, **kwargs)
        self._allowed = _Origin(endpoint)

    async def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        if self._allowed.admits(request):
            await super().on_request(request)

    async def on_challenge(
        self, request: PipelineRequest[HttpRequest], response: PipelineResponse[HttpRequest, AsyncHttpResponse]
    ) -> bool:
        return self._allowed.admits(request) and await super().on_challenge(request, response)


class RandomRequestIdPolicy(RequestIdPolicy):
    """azure-core's request id policy, with ids that are random where nobody gives one.

    azure-core's tell the network address of the machine, and ask a daemon of the machine each time.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._header = kwargs.get("request_id_header_name", "x-ms-client-request-id")
        self._makes_ids = kwargs.get("auto_request_id", True) and "request_id" not in kwargs

    def set_request_id(self, value: str) -> None:
        self._makes_ids = False
        super().set_request_id(value)

    def on_request(self, request: PipelineRequest[Any]) -> None:
        options = request.context.options
        if self._makes_ids and "request_id" not in options and self._header not in request.http_request.headers:
            options["request_id"] = str(uuid4())
        super().on_request(request)


class InferenceRedirectPolicy(RedirectPolicy[HttpRequest, HttpResponse]):
    """azure-core's redirect policy, which tells when it is redirected to what is no URL."""

    def increment(self, settings: Dict[str, Any], response: Any, redirect_location: str) -> bool:
        return _follow(super().increment, settings, response, redirect_location)


class AsyncInferenceRedirectPolicy(AsyncRedirectPolicy[HttpRequest, AsyncHttpResponse]):
    """The asynchronous twin of :class:`InferenceRedirectPolicy`."""

    def increment(self, settings: Dict[str, Any], response: Any, redirect_location: str) -> bool:
        return _follow(super().increment, settings, response, redirect_location)


def _follow(increment: Callable[..., bool], settings: Dict[str, Any], response: Any, location: str) -> bool:
    try:
        return increment(settings, response, location)
    except ValueError as error:
        raise HttpResponseError(f"The answer redirects to no URL: {error}", response.http_response) from error


class AsyncStep(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """A policy without I/O as a step of the asynchronous pipeline.

    azure-core's own step asks whether there is anything to be awaited in a way that costs more than most policies do.
    """

    def __init__(self, policy: Any) -> None:
        super().__init__()
        self._policy = policy

    async def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        waiting = self._policy.on_request(request)
        if waiting is not None and isawaitable(waiting):
            await waiting
        try:
            response = await self.next.send(request)
        except Exception:
            waiting = self._policy.on_exception(request)
            if waiting is not None and isawaitable(waiting):
                await waiting
            raise
        waiting = self._policy.on_response(request, response)
        if waiting is not None and isawaitable(waiting):
            await waiting
        return response


class AnswerDecodePolicy(ContentDecodePolicy):
    """Decodes an answer once, into ``context["deserialized_data"]``, for hooks and for the client alike."""

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        if response.context.options.get("stream", True):
            return
        answer = response.http_response
        try:
            response.context[self.CONTEXT_NAME] = self._decode(request, answer)
        except (DecodeError, ValueError, RecursionError, LookupError) as error:
            if answer.status_code < 400 and _is_json(answer.content_type):
                raise ResponseDecodeError(f"The answer cannot be decoded: {error}", answer, error=error) from error

    def _decode(self, request: PipelineRequest[HttpRequest], answer: Any) -> Any:
        encoding = request.context.get("response_encoding")
        if encoding is None and answer.content and _is_json(answer.content_type):
            try:
                return _json.loads(answer.content)
            except UnicodeDecodeError:
                if not answer.encoding:  # azure-core would guess, and replace what it cannot read
                    raise
        return self.deserialize_from_http_generics(answer, encoding)


@functools.lru_cache(maxsize=64)
def _is_json(content_type: Optional[str]) -> bool:
    mime_type = (content_type or "application/json").partition(";")[0].strip().lower()
    return bool(ContentDecodePolicy.JSON_REGEXP.match(mime_type))
