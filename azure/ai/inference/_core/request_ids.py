"""The id of a request, by which a service finds it."""

from __future__ import annotations

from typing import Any, Optional, TypeVar

from azure.core.exceptions import HttpResponseError

ErrorType = TypeVar("ErrorType", bound=BaseException)

_OF_SERVICES = ("x-request-id", "apim-request-id", "x-ms-request-id")
_SENT = "x-ms-client-request-id"


def request_id_of(response: Any) -> Optional[str]:
    """Return the id that the service gave a request, else the one it was sent with; None without either."""
    headers = response.headers
    for name in _OF_SERVICES:
        value: Optional[str] = headers.get(name)
        if value:
            return value
    request = getattr(response, "request", None)
    return None if request is None else request.headers.get(_SENT)


def add_request_id(error: ErrorType) -> ErrorType:
    """Add the attribute ``request_id`` to an error of a response, and return the error."""
    if isinstance(error, HttpResponseError) and "request_id" not in vars(error):
        vars(error)["request_id"] = None if error.response is None else request_id_of(error.response)
    return error
