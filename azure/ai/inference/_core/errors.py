"""The exception for each failure: a status, an error event in a stream, a body that ends early."""

from __future__ import annotations

from datetime import timezone
from email.utils import parsedate_to_datetime
from time import time
from typing import AbstractSet, Any, Dict, List, Mapping, NoReturn, Optional, Type

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

from azure.ai.inference._core.deadline import Deadline
from azure.ai.inference._core.endpoints import Target
from azure.ai.inference._core.reported import details_in_body, details_of, status_of
from azure.ai.inference._core.texts import encodable
from azure.ai.inference.exceptions import (
    ContentFilterError,
    ContextLengthError,
    ErrorDetails,
    RateLimitError,
    ResponseDecodeError,
    ServiceOverloadedError,
)
from azure.ai.inference.models._enums import EndpointKind

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
#: The names of azure-core and urllib3, aiohttp and zlib.
_UNDECODABLE = frozenset({"DecodeError", "ContentEncodingError", "error"})
_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")
#: By code. llama.cpp has a number as the code, and the name in the type.
_BY_CODE: Dict[str, Type[HttpResponseError]] = {
    **dict.fromkeys(
        ("content_filter", "contentfilter", "content_policy_violation", "moderation_blocked"), ContentFilterError
    ),
    "context_length_exceeded": ContextLengthError,
    "exceed_context_size_error": ContextLengthError,
}
#: By code or type, in lower case and without separators.
_BY_NAME: Dict[str, Type[HttpResponseError]] = {
    **dict.fromkeys(("ratelimitexceeded", "ratelimiterror", "ratelimitreached", "toomanyrequests"), RateLimitError),
    **dict.fromkeys(("insufficientquota", "quotaexceeded", "resourceexhausted", "throttled"), RateLimitError),
    **dict.fromkeys(("overloaded", "overloadederror", "serviceunavailable"), ServiceOverloadedError),
    **dict.fromkeys(("unauthorized", "unauthenticated", "invalidapikey"), ClientAuthenticationError),
    **dict.fromkeys(("authenticationerror", "authenticationfailed"), ClientAuthenticationError),
    **dict.fromkeys(("notfound", "modelnotfound", "unknownmodel", "notfounderror"), ResourceNotFoundError),
}
#: The keys that may name an error beside its code.
_NAMES = ("type", "error_type", "status")
_SEPARATORS = str.maketrans("", "", " -_")


def error_for(request: Any, response: Any, target: Target, error_map: Optional[Mapping[int, Any]]) -> Exception:
    """Return the exception for a response with a status other than 200. The caller's map comes first."""
    status = response.status_code
    if error_map and error_map.get(status):
        mapped: Exception = error_map[status](response=response)
        return mapped
    kind = _BY_STATUS.get(status, HttpResponseError)
    error = kind(response=response, error_format=details_in_body)
    code = _code_of(error.error)
    if code in _BY_CODE and kind is HttpResponseError:
        error = _BY_CODE[code](response=response, error_format=details_in_body)
    _fill_in(error, response)
    if status in (401, 404):
        set_message(error, error.message, _where(request, target))
    set_message(error, error.message, _advice(error, request, target))
    return error


def reported_error(payload: Any, response: Any) -> HttpResponseError:
    """Return the exception for an error that is reported in a response with status 200, or in an event of a stream."""
    details = details_of(payload)
    kind = _kind_of_code(details) or _BY_STATUS.get(status_of(payload) or 0, HttpResponseError)
    error = kind(message=encodable(str(details)), response=response, error_format=_unread)
    error.error = details
    _fill_in(error, response)
    return error


def _unread(body: Any) -> NoReturn:
    """Replace azure-core's parser of errors, as the error has been parsed."""
    raise ValueError(body)


def _kind_of_code(details: ErrorDetails) -> Optional[Type[HttpResponseError]]:
    """Return the exception for the code or type of an error; None for unknown ones."""
    code = _code_of(details)
    names = (code, *(str(details[name]) for name in _NAMES if name in details))
    plain = (name.lower().translate(_SEPARATORS) for name in names)
    return _BY_CODE.get(code) or next((_BY_NAME[name] for name in plain if name in _BY_NAME), None)


def _code_of(error: Optional[ODataV4Format]) -> str:
    """Return the code of an error; if it is unknown here, that of its inner error, or its type."""
    codes: List[str] = []
    if error is not None:
        inner = error.innererror if isinstance(error.innererror, dict) else {}
        codes = [str(error.code), str(inner.get("code")), str(getattr(error, "type", None))]
    return next((code for code in codes if code.lower() in _BY_CODE), codes[0] if codes else "").lower()


def _fill_in(error: HttpResponseError, response: Any) -> None:
    seconds = retry_after_of(response.headers)
    if seconds is not None:
        vars(error)["retry_after"] = seconds
    if isinstance(error, ContentFilterError) and error.error is not None:
        inner = error.error.innererror
        result = inner.get("content_filter_result") if isinstance(inner, dict) else None
        error.content_filter_result = result if isinstance(result, dict) else None


def _where(request: Any, target: Target) -> str:
    """Return the target of a refused request, which reveals a wrong endpoint, version or scope."""
    url, _, query = request.url.partition("?")
    version = next((item[12:] for item in query.split("&") if item.startswith("api-version=")), "")
    named = f"with api-version {version}" if version else "without api-version"
    sent = f"The request was {request.method} {url} {named}"
    if hasattr(target.credential, "get_token"):
        sent += f" and a token for {' '.join(target.credential_scopes)}"
    words = target.service.words
    return f"{sent}, to {words}." if words else f"{sent}."


def _advice(error: HttpResponseError, request: Any, target: Target) -> str:
    from azure.ai.inference._core.advice import Refusal, advice_for  # late: it takes 1% of the import

    return advice_for(Refusal(error.status_code or 0, error.error, request, target))


def explain_missing_route(error: HttpResponseError, text: str, target: Target) -> None:
    """Replace the message of a status 404 from a service without the route ``/info``.

    An error that is reported with status 200 keeps its own message.
    """
    if error.status_code == 404 and target.service.kind is not EndpointKind.OPENAI_V1:
        request = getattr(error.response, "request", None)
        set_message(error, text, _advice(error, request, target))


def set_message(error: AzureError, *lines: str) -> None:
    """Set the message of an error, as ``message`` and as its text."""
    error.message = encodable("\n".join(filter(None, lines)))
    error.args = (error.message, *error.args[1:])


def read_failure(error: Exception, response: Any, deadline: Optional[Deadline]) -> AzureError:
    """Return the exception for a body that could not be read to its end, whatever HTTP library failed."""
    if deadline is not None and deadline.left() <= 0:
        return ServiceResponseTimeoutError(deadline.message, error=error)
    if _is_one_of(error, _TIMEOUTS):
        return ServiceResponseTimeoutError("The next bytes of the response did not arrive in time.", error=error)
    undecodable = any(_is_one_of(one, _UNDECODABLE) for one in (error, error.__cause__))
    if undecodable and not isinstance(error, IncompleteReadError):
        return ResponseDecodeError(f"The body of the response cannot be decompressed: {error}", response, error=error)
    reason = error.inner_exception if isinstance(error, AzureError) and error.inner_exception else error
    return IncompleteReadError(f"The response ended early: {reason}", response, error=error)


def _is_one_of(error: Optional[BaseException], names: AbstractSet[str]) -> bool:
    """Return whether an error is of one of these classes, by name: no HTTP library is imported for it."""
    return not names.isdisjoint(kind.__name__ for kind in type(error).__mro__)


def retry_after_of(headers: Mapping[str, str]) -> Optional[float]:
    """Return the seconds that the headers of a response ask to wait; None without a valid header."""
    for name in _MILLISECONDS:
        seconds = _number(headers.get(name))
        if seconds is not None:
            return seconds / 1000
    given = headers.get("Retry-After")
    seconds = _number(given)
    if seconds is not None or not given:
        return seconds
    try:
        date = parsedate_to_datetime(given)
        # The C library's form and -0000 name no time zone: a date in a header is in UTC.
        return max(0.0, (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp() - time())
    except (TypeError, ValueError, OverflowError):
        return None


def _number(text: Optional[str]) -> Optional[float]:
    if not text or "_" in text:  # which Python allows in numbers
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None
