"""The outcome of a call. No I/O."""

from __future__ import annotations

import traceback
from typing import Any, Dict, Mapping, NamedTuple, Optional, Sequence

from azure.core.exceptions import HttpResponseError

from azure.ai.inference.tracing._values import integer, mapping, mappings

COMPLETE = "complete"
FAILED = "failed"
CLOSED = "closed"
ABANDONED = "abandoned"

#: The names of tokens in the usage of chats and embeddings, and in that of images.
_NAMES_IN_USAGE = {"input": ("prompt", "input"), "output": ("completion", "output")}


class Outcome(NamedTuple):
    """The ending of a call, and its response so far."""

    ending: str
    """One of the constants above."""
    response: Mapping[str, Any]
    """The response as far as it has arrived; a stream in the form of a whole response."""
    streamed: bool = False
    """Whether it was a stream."""
    error: Optional[BaseException] = None

    @property
    def is_broken(self) -> bool:
        """Whether the call ended before the response was complete."""
        return self.ending != COMPLETE

    @property
    def choices(self) -> Sequence[Mapping[str, Any]]:
        """The choices of the response."""
        return mappings(self.response.get("choices"))

    @property
    def usage(self) -> Mapping[str, Any]:
        """The usage of the response."""
        return mapping(self.response.get("usage"))

    def tokens(self, kind: str) -> Optional[int]:
        """Return the number of tokens of the ``input`` or the ``output``; None if it is not reported."""
        counts = (integer(self.usage.get(f"{name}_tokens")) for name in _NAMES_IN_USAGE[kind])
        return next((count for count in counts if count is not None), None)

    def token_details(self, kind: str) -> Mapping[str, Any]:
        """Return the details of the tokens of the ``input`` or the ``output``."""
        first, second = (mapping(self.usage.get(f"{name}_tokens_details")) for name in _NAMES_IN_USAGE[kind])
        return first or second


def error_type(error: BaseException) -> str:
    """Return the full name of an error's class; for our own classes, that of the azure-core class below them."""
    kind = next(kind for kind in type(error).__mro__ if not kind.__module__.startswith("azure.ai.inference"))
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def exception_texts(error: BaseException) -> Dict[str, str]:
    """Return the attributes of an error on events and log records that are texts."""
    stacktrace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return {"exception.message": str(error), "exception.stacktrace": stacktrace}


def http_status(error: BaseException) -> Optional[int]:
    """Return the status of a refused call; None for any other error, also within a stream that began with 200."""
    status = error.status_code if isinstance(error, HttpResponseError) else None
    return status if isinstance(status, int) and status != 200 else None
