"""The policies of the pipeline that differ from azure-core's: credentials, request ids, redirects and decoding."""

from __future__ import annotations

import functools
import sys
from contextlib import suppress
from typing import Any, Dict, Iterable, Optional, Tuple, cast
from uuid import uuid4

from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import DecodeError, HttpResponseError, ResponseNotReadError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    AzureKeyCredentialPolicy,
    BearerTokenCredentialPolicy,
    ContentDecodePolicy,
    HeadersPolicy,
    RedirectPolicy,
    RequestIdPolicy,
    SansIOHTTPPolicy,
)
from azure.core.rest import HttpRequest, HttpResponse

from azure.ai.inference import _json
from azure.ai.inference._core.cleaning import clean
from azure.ai.inference._core.endpoints import check_location, origin_of
from azure.ai.inference._core.headers import Refusal, check_names, prepare_head, read_key
from azure.ai.inference._core.hiding import hide_sent
from azure.ai.inference._core.request_ids import SENT, add_request_id, keep_header_of_id
from azure.ai.inference._http.private_names import end_unread
from azure.ai.inference.exceptions import ResponseDecodeError

_CREDENTIAL_HEADERS = ("Authorization", "api-key")
#: What a program may send as credentials of its own, for one origin only.
_HEADERS_OF_ORIGIN = ("Cookie", "Proxy-Authorization", "Ocp-Apim-Subscription-Key", "x-api-key")
_OPTIONS_OF_ORIGIN = ("auth", "cookies")
_KEEPS_BODY = (307, 308)
_POSITION = "inference_body_position"
#: The key of a response in its context that redirects, but is not followed.
REFUSED = "inference_refused_redirect"


class Origin:
    """The origin that a credential may go to: scheme, host and port of the endpoint."""

    def __init__(self, endpoint: str) -> None:
        self._origin: Optional[Tuple[str, str, int]] = origin_of(endpoint)
        self._prefix = endpoint.partition("?")[0].rstrip("/") + "/"

    def admits(self, request: PipelineRequest[HttpRequest]) -> bool:
        """Return whether a request goes to that origin. If not, remove any credential it still carries."""
        url = request.http_request.url
        if url.startswith(self._prefix) or (self._origin is not None and origin_of(url) == self._origin):
            return True
        for name in _CREDENTIAL_HEADERS:
            request.http_request.headers.pop(name, None)
        return False


class KeyCredentialPolicy(AzureKeyCredentialPolicy[HttpRequest, HttpResponse]):
    """Sends a key in both headers in which services accept it. A changed key takes effect with the next request.

    :param headers: the client's own headers. An ``api-key`` among them is kept: programs pass the key of an Azure
        OpenAI endpoint there, beside an empty credential. One among the headers of a call is replaced, as ever.
    """

    def __init__(self, credential: AzureKeyCredential, endpoint: str, headers: Iterable[str] = ()) -> None:
        super().__init__(credential, "Authorization", prefix="Bearer")
        self._key_credential = credential
        self._allowed = Origin(endpoint)
        self._fills_api_key = "api-key" not in [str(name).lower() for name in headers]

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Add the key, unless the request goes elsewhere.

        :raises ValueError: for a key that no header can carry.
        """
        if self._allowed.admits(request):
            refusal = self._add_key(request.http_request)
            if refusal is not None:
                raise refusal[0](refusal[1])

    def _add_key(self, request: HttpRequest) -> Optional[Refusal]:
        """Add the key, read once for both headers. If it cannot be sent, return the reason instead of raising it."""
        key = read_key(self._key_credential)
        if key.refusal is None:
            request.headers["Authorization"] = f"Bearer {key.text}"
            if self._fills_api_key:
                request.headers["api-key"] = key.text
        return key.refusal


class TokenRules:
    """The addition of both token policies to azure-core's: the token goes to the endpoint's origin only."""

    def __init__(self, credential: Any, endpoint: str, *scopes: str, **kwargs: Any) -> None:
        cast(Any, super()).__init__(credential, *scopes, **kwargs)
        self._allowed = Origin(endpoint)


class TokenCredentialPolicy(TokenRules, BearerTokenCredentialPolicy[HttpRequest, HttpResponse]):
    """azure-core's bearer token policy, with the rules of this library."""

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        if self._allowed.admits(request):
            super().on_request(request)

    def on_challenge(
        self, request: PipelineRequest[HttpRequest], response: PipelineResponse[HttpRequest, HttpResponse]
    ) -> bool:
        return self._allowed.admits(request) and super().on_challenge(request, response)


class RandomRequestIdPolicy(RequestIdPolicy):
    """azure-core's request id policy, with random ids where no id is given.

    azure-core's own ids reveal the machine's network address, and may query a daemon for each.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._header = kwargs.get("request_id_header_name", SENT)
        self._makes_ids = kwargs.get("auto_request_id", True) and "request_id" not in kwargs

    def set_request_id(self, value: str) -> None:
        self._makes_ids = False
        super().set_request_id(value)

    def on_request(self, request: PipelineRequest[Any]) -> None:
        options = request.context.options
        if self._makes_ids and "request_id" not in options and self._header not in request.http_request.headers:
            options["request_id"] = str(uuid4())
        super().on_request(request)
        if self._header != SENT:
            keep_header_of_id(request.http_request, self._header)


class InferenceHeadersPolicy(HeadersPolicy):
    """azure-core's headers policy, whose errors name an invalid header."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        check_names(self.headers)
        check_names(request.context.options.get("headers") or {})
        super().on_request(request)


class RedirectRules:
    """The additions of both redirect policies to azure-core's: the whole body again, and no secret elsewhere."""

    def increment(self, settings: Dict[str, Any], response: Any, redirect_location: str) -> bool:
        """Follow a redirect by azure-core's rule.

        :raises ~azure.core.exceptions.HttpResponseError: if its location is not a URL or could be read as two, or if
            the body cannot be sent again.
        """
        request: HttpRequest = response.http_request
        origin = origin_of(request.url)
        try:
            check_location(redirect_location)
            may_follow: bool = cast(Any, super()).increment(settings, response, redirect_location)
        except ValueError as error:
            raise _refusal(f"The response redirects to an invalid URL: {error}", response) from error
        if origin_of(request.url) != origin:
            for name in _OPTIONS_OF_ORIGIN:
                response.context.options.pop(name, None)
            for name in _HEADERS_OF_ORIGIN:
                request.headers.pop(name, None)
        if may_follow:
            _leave(response.http_response)
            if response.http_response.status_code in _KEEPS_BODY:
                _rewind(response)
        return may_follow


class InferenceRedirectPolicy(RedirectRules, RedirectPolicy[HttpRequest, HttpResponse]):
    """azure-core's redirect policy, with the rules of this library."""

    def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, HttpResponse]:
        note_position(request)
        try:
            return super().send(request)
        except HttpResponseError:
            response = request.context.get(REFUSED)
            if isinstance(response, HttpResponse):
                response.close()
                end_unread(response)
            raise


def note_position(request: PipelineRequest[HttpRequest]) -> None:
    """Note where a body that is a file begins."""
    tell = getattr(request.http_request.content, "tell", None)
    if tell is not None:
        with suppress(OSError, ValueError):
            request.context[_POSITION] = tell()


def _leave(response: Any) -> None:
    """Close a synchronous response that redirects: foreign transports leave a streamed one unread."""
    if isinstance(response, HttpResponse):
        response.close()


def _rewind(response: Any) -> None:
    """Rewind a body that is a file to where it began."""
    body = response.http_request.content
    if body is None or isinstance(body, (bytes, str, dict)):
        return
    try:
        body.seek(response.context[_POSITION])
    except (AttributeError, KeyError, OSError, ValueError) as error:
        text = (
            f"The response redirects the request, but its body, of type {type(body).__name__}, cannot be rewound to be "
            "sent again. Pass the body as bytes."
        )
        raise _refusal(text, response) from error


def _refusal(text: str, response: Any) -> HttpResponseError:
    """Return the error for a redirect that is not followed. Nobody will read its response."""
    response.context[REFUSED] = response.http_response
    return add_request_id(HttpResponseError(text, response.http_response))


class ForeignTransportPolicy(SansIOHTTPPolicy[HttpRequest, Any]):
    """Does for transports of programs what our own transports do themselves."""

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        prepare_head(request.http_request)

    def on_response(
        self,
        request: PipelineRequest[HttpRequest],  # noqa: ARG002 - azure-core passes it
        response: PipelineResponse[HttpRequest, Any],
    ) -> None:
        hide_sent(response.http_response)

    def on_exception(self, request: PipelineRequest[HttpRequest]) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            clean(error, request.http_request, request.context.options.get("proxies"))


class ResponseDecodePolicy(ContentDecodePolicy):
    """Decodes a response once, into ``context["deserialized_data"]``, for hooks and the client."""

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        if response.context.options.get("stream", True):
            return
        http_response = response.http_response
        try:
            response.context[self.CONTEXT_NAME] = self._decode(request, http_response)
        except (DecodeError, ResponseNotReadError, ValueError, RecursionError, LookupError) as error:
            if http_response.status_code < 400 and _is_json(http_response.content_type):
                text = f"The response cannot be decoded: {error}"
                raise add_request_id(ResponseDecodeError(text, http_response, error=error)) from error

    def _decode(self, request: PipelineRequest[HttpRequest], http_response: Any) -> Any:
        encoding = request.context.get("response_encoding")
        if encoding is None and http_response.content and _is_json(http_response.content_type):
            try:
                return _json.loads(http_response.content)
            except UnicodeDecodeError:
                if not http_response.encoding:  # azure-core would guess, and replace what it cannot decode
                    raise
        return self.deserialize_from_http_generics(http_response, encoding)


@functools.lru_cache(maxsize=64)
def _is_json(content_type: Optional[str]) -> bool:
    mime_type = (content_type or "application/json").partition(";")[0].strip().lower()
    return bool(ContentDecodePolicy.JSON_REGEXP.match(mime_type))
