"""The exception that stands for each failure: an answer's status, an error in a stream, a body that breaks off."""

from __future__ import annotations

from typing import AbstractSet, Any, Dict, List, Mapping, Optional, Type

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    IncompleteReadError,
    ODataV4Format,
    ResourceExistsError,
    ResourceNotFoundError,
    ResourceNotModifiedError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline import PipelineResponse

from azure.ai.inference import _json
from azure.ai.inference._core.deadline import Deadline
from azure.ai.inference._core.endpoints import endpoint_kind
from azure.ai.inference._pipeline.configuration import Configuration
from azure.ai.inference._pipeline.retry import retry_after_of
from azure.ai.inference.exceptions import (
    ContentFilterError,
    ContextLengthError,
    RateLimitError,
    ResponseDecodeError,
    ServiceOverloadedError,
)

_BY_STATUS: Dict[int, Type[HttpResponseError]] = {
    304: ResourceNotModifiedError,
    401: ClientAuthenticationError,
    404: ResourceNotFoundError,
    409: ResourceExistsError,
    429: RateLimitError,
    503: ServiceOverloadedError,
    529: ServiceOverloadedError,
}
_TIMEOUTS = frozenset({"TimeoutError", "timeout", "ReadTimeoutError", "ServiceResponseTimeoutError"})
#: What azure-core and urllib3, aiohttp and zlib call it.
_UNDECODABLE = frozenset({"DecodeError", "ContentEncodingError", "error"})
_BY_CODE: Dict[str, Type[HttpResponseError]] = {
    "content_filter": ContentFilterError,
    "context_length_exceeded": ContextLengthError,
}


def read_error(
    reply: PipelineResponse[Any, Any], config: Configuration, error_map: Optional[Mapping[int, Any]]
) -> Exception:
    """The exception for an answer with another status than 200. A caller's map comes first."""
    response = reply.http_response
    status = response.status_code
    if error_map and error_map.get(status):
        mapped: Exception = error_map[status](response=response)
        return mapped
    kind = _BY_STATUS.get(status, HttpResponseError)
    error = kind(response=response)
    code = _code_of(error.error)
    if code in _BY_CODE and kind is HttpResponseError:
        error = _BY_CODE[code](response=response)
    _fill_in(error, response)
    if status in (401, 404):
        add_to_message(error, _where(reply.http_request, config))
    return error


def stream_error(payload: Any, response: Any) -> HttpResponseError:
    """The exception for an error that a service tells in the middle of a stream."""
    details: Any = payload
    if _json.is_object(payload):
        details = payload.get("error", payload)
    if not _json.is_object(details) or details.keys().isdisjoint(("code", "message")):
        details = {"message": str(details) if details else "The service told an error without saying which."}
    try:
        formatted = ODataV4Format(details)
    except (AttributeError, TypeError):  # of the wrong JSON types inside
        formatted = ODataV4Format({name: details.get(name) for name in ("code", "message")})
    kind = _BY_CODE.get(_code_of(formatted) or "", HttpResponseError)
    error = kind(message=str(formatted), response=response)
    error.error = formatted
    set_message(error, str(formatted))
    _fill_in(error, response)
    return error


def _code_of(error: Optional[ODataV4Format]) -> str:
    """The code of an error, or of what lies inside it, that tells it apart."""
    codes: List[str] = []
    if error is not None:
        inner = error.innererror if isinstance(error.innererror, dict) else {}
        codes = [str(error.code), str(inner.get("code"))]
    return next((code for code in codes if code.lower() in _BY_CODE), codes[0] if codes else "").lower()


def _fill_in(error: HttpResponseError, response: Any) -> None:
    if isinstance(error, (RateLimitError, ServiceOverloadedError)):
        error.retry_after = retry_after_of(response.headers)
    if isinstance(error, ContentFilterError) and error.error is not None:
        inner = error.error.innererror
        result = inner.get("content_filter_result") if isinstance(inner, dict) else None
        error.content_filter_result = result if isinstance(result, dict) else None


def _where(request: Any, config: Configuration) -> str:
    """Where a refused request went, so that a wrong endpoint, version or scope is seen."""
    url, _, query = request.url.partition("?")
    version = next((item[12:] for item in query.split("&") if item.startswith("api-version=")), "none")
    sent = f"The request was {request.method} {url} with api-version {version}"
    if hasattr(config.credential, "get_token"):
        sent += f" and a token for {' '.join(config.credential_scopes)}"
    kind = endpoint_kind(config.endpoint)
    return f"{sent}, to {kind}." if kind else f"{sent}."


def add_to_message(error: HttpResponseError, text: str) -> None:
    """Say more after the message that an error has."""
    set_message(error, f"{error.message}\n{text}")


def set_message(error: HttpResponseError, message: str) -> None:
    """Let an error say this, as its ``message`` and when it is printed."""
    error.message = message
    error.args = (message, *error.args[1:])


def read_failure(error: Exception, response: Any, deadline: Optional[Deadline]) -> AzureError:
    """The exception for a body that could not be read to its end, whatever HTTP library has failed to read it."""
    if deadline is not None and deadline.left() <= 0:
        return ServiceResponseTimeoutError(deadline.message, error=error)
    if _is_one_of(error, _TIMEOUTS):
        return ServiceResponseTimeoutError("The next bytes of the answer did not come in time.", error=error)
    undecodable = any(_is_one_of(one, _UNDECODABLE) for one in (error, error.__cause__))
    if undecodable and not isinstance(error, IncompleteReadError):
        return ResponseDecodeError(f"The body of the answer cannot be decompressed: {error}", response, error=error)
    reason = error.inner_exception if isinstance(error, AzureError) and error.inner_exception else error
    return IncompleteReadError(f"The answer broke off: {reason}", response, error=error)


def _is_one_of(error: Optional[BaseException], names: AbstractSet[str]) -> bool:
    """Whether the error is of one of these classes, but told by name: the HTTP libraries are not imported for it."""
    return not names.isdisjoint(kind.__name__ for kind in type(error).__mro__)
