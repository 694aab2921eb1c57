"""The id of a request, by which a service finds it."""

from __future__ import annotations

from typing import Any, Optional, TypeVar
from weakref import WeakKeyDictionary

from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest

ErrorType = TypeVar("ErrorType", bound=BaseException)

_OF_SERVICES = ("x-request-id", "apim-request-id", "x-ms-request-id")
#: The header of the id that is sent, unless the client has another name for it.
SENT = "x-ms-client-request-id"

_headers_of_ids: WeakKeyDictionary[HttpRequest, str] = WeakKeyDictionary()


def keep_header_of_id(request: HttpRequest, name: str) -> None:
    """Keep the name of the header in which an id is sent with a request."""
    _headers_of_ids[request] = name


def request_id_of(response: Any) -> Optional[str]:
    """Return the id that the service gave a request, else the one it was sent with; None without either."""
    headers = response.headers
    for name in _OF_SERVICES:
        value: Optional[str] = headers.get(name)
        if value:
            return value
    request = getattr(response, "request", None)
    sent_as = _headers_of_ids.get(request, SENT) if isinstance(request, HttpRequest) else SENT
    return None if request is None else request.headers.get(sent_as)


def add_request_id(error: ErrorType) -> ErrorType:
    """Add the attribute ``request_id`` to an error of a response, and return the error."""
    if isinstance(error, HttpResponseError) and "request_id" not in vars(error):
        vars(error)["request_id"] = None if error.response is None else request_id_of(error.response)
    return error
