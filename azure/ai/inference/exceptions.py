"""Errors that callers handle differently from others of their kind.

Each derives from the azure-core error used for it elsewhere, so that ``except HttpResponseError`` still catches it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, List, Mapping, Optional, Tuple

from azure.core.exceptions import AzureError, DecodeError, HttpResponseError, ODataV4Format

if TYPE_CHECKING:
    from azure.ai.inference.models._models import ChatCompletions
    from azure.ai.inference.tools._run import ToolRun

__all__ = [
    "ContentFilterError",
    "ContextLengthError",
    "ErrorDetails",
    "RateLimitError",
    "RefusalError",
    "ResponseDecodeError",
    "ResponseFormatError",
    "ResponseTruncatedError",
    "ServiceOverloadedError",
    "ToolError",
    "ToolRoundsExceededError",
]


class _PortableError(AzureError):
    """Pickles and copies without the exception that was being handled, which azure-core notes with its traceback."""

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self), self.args, {**vars(self), "exc_value": None, "exc_traceback": None}


class RateLimitError(_PortableError, HttpResponseError):
    """The service accepts no more requests for now (status 429): wait, then try again."""

    request_id: Optional[str] = None
    """The id of the request, by which the service finds it."""
    retry_after: Optional[float] = None
    """Seconds to wait, by ``retry-after-ms``, ``x-ms-retry-after-ms`` or ``Retry-After``; None if absent."""


class ServiceOverloadedError(_PortableError, HttpResponseError):
    """The service or the model is overloaded (status 503 or 529): try again later, or another deployment."""

    request_id: Optional[str] = None
    """The id of the request, by which the service finds it."""
    retry_after: Optional[float] = None
    """Seconds to wait, by ``retry-after-ms``, ``x-ms-retry-after-ms`` or ``Retry-After``; None if absent."""


class ContentFilterError(_PortableError, HttpResponseError):
    """The content filter refused the request (error code ``content_filter`` or a similar one): change the messages.

    Also raised where an object is parsed from a completion that the filter ended.
    """

    request_id: Optional[str] = None
    """The id of the request, by which the service finds it."""
    content_filter_result: Optional[Mapping[str, Any]] = None
    """What the filter found, by category, as the service reports it; None if absent."""
    completions: Optional[ChatCompletions] = None
    """The response with the completion that the filter ended; None if it refused the request."""


class ContextLengthError(_PortableError, HttpResponseError):
    """The messages are longer than the model reads: shorten them.

    The error has the code ``context_length_exceeded``, or llama.cpp's type ``exceed_context_size_error``.
    """

    request_id: Optional[str] = None
    """The id of the request, by which the service finds it."""


class ErrorDetails(ODataV4Format):
    """The error that a service reports, as ``error`` of an :class:`~azure.core.exceptions.HttpResponseError`.

    Beside ``code``, ``message``, ``target``, ``details`` and ``innererror``, every other key of its JSON can be read by
    item and by attribute, such as ``error.error["metadata"]``.

    :param given: the JSON of the error.
    :param message: its text.
    """

    def __init__(self, given: Mapping[str, Any], message: str) -> None:
        # Not azure-core's constructor, which raises for errors of any other shape than OData's.
        self._given = given
        self.code: Optional[str] = next((given[name] for name in _CODES if given.get(name) is not None), None)
        self.message: Optional[str] = message
        self.target: Optional[str] = given.get("target")
        self.details: List[ODataV4Format] = _odata_errors(given.get("details"))
        self.innererror: Mapping[str, Any] = given.get("innererror") or {}

    def __getitem__(self, name: str) -> Any:
        return self._given[name]

    def __contains__(self, name: object) -> bool:
        return name in self._given

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._given:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self._given[name]

    def __str__(self) -> str:
        if self.code is not None:
            return super().__str__()
        return self.message_details()[len("Message: ") :]

    def message_details(self) -> str:
        """Return the parts of the error, a line each. A code that is missing has no line."""
        try:
            text = super().message_details()
        except (RecursionError, TypeError, ValueError):  # of an inner error that is not to be shown
            text = f"Code: {self.code}\nMessage: {self.message}"
        details = "" if self.details else _text_of(self._given.get("details"))
        if details and details != self.message:
            text += f"\nDetails: {details}"
        return text if self.code is not None else text[len("Code: None\n") :]


_CODES = ("code", "error_code", "errorCode", "Code")


def _text_of(details: Any) -> str:
    """Return details of another form than OData's as text; nothing if there are none, or none that can be shown."""
    if not details or isinstance(details, str):
        return details or ""
    try:
        return json.dumps(details, ensure_ascii=False)
    except (RecursionError, TypeError, ValueError):
        return ""


def _odata_errors(details: Any) -> List[ODataV4Format]:
    """Return the OData errors in the details of an error, which may be of any JSON type."""
    items = details if hasattr(details, "append") else ()
    return [ODataV4Format(item) for item in items if hasattr(item, "get") and (item.get("code") or item.get("message"))]


class ResponseDecodeError(_PortableError, DecodeError, ValueError):
    """The response, or an event of a stream, is not a JSON object. ``response`` is the response as it arrived."""

    request_id: Optional[str] = None
    """The id of the request, by which the service finds it."""


class ResponseFormatError(ResponseDecodeError):
    """The completion is not JSON, or does not fit the type to parse it as.

    The cause is pydantic's ``ValidationError``, or a ValueError. ``response`` is the HTTP response where a client made
    the call, else None.
    """

    completions: Optional[ChatCompletions] = None
    """The whole response."""
    content: Optional[str] = None
    """The content of the choice; None if there is none."""
    choice_index: int = 0
    """The position of the choice."""


class ResponseTruncatedError(ResponseFormatError):
    """The completion reached its limit of tokens before its JSON was complete: raise the limit."""

    partial: Any = None
    """The JSON value so far; None if it had not begun."""


class RefusalError(_PortableError, HttpResponseError):
    """The model refused the request."""

    refusal: str = ""
    """The reason that the model gave."""
    completions: Optional[ChatCompletions] = None
    """The whole response."""


class ToolError(Exception):
    """Raise it in a tool to give the model its text in place of a result. Other errors of tools end the run."""


class ToolRoundsExceededError(_PortableError):
    """The model still calls tools after the last round that ``max_rounds`` allows."""

    run: ToolRun[Any]
    """The run, whose calls have all been made. Pass its ``messages`` to ``run_tools`` to go on."""
