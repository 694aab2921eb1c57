"""What has become of a call. No I/O."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Optional, Sequence

from azure.core.exceptions import HttpResponseError

from azure.ai.inference.tracing._values import mapping, mappings

COMPLETE = "complete"
FAILED = "failed"
CLOSED = "closed"
ABANDONED = "abandoned"


class Outcome(NamedTuple):
    """How a call ended, and what it had brought by then."""

    ending: str
    """One of the constants above."""
    answer: Mapping[str, Any]
    """The answer, as far as it has come, in the form of an answer that came whole."""
    streamed: bool = False
    """Whether it came in pieces."""
    error: Optional[BaseException] = None

    @property
    def is_broken(self) -> bool:
        """Whether the call ended before the answer was complete."""
        return self.ending != COMPLETE

    @property
    def choices(self) -> Sequence[Mapping[str, Any]]:
        """The choices of the answer."""
        return mappings(self.answer.get("choices"))

    @property
    def usage(self) -> Mapping[str, Any]:
        """The usage that the answer tells."""
        return mapping(self.answer.get("usage"))

    def usage_details(self, kind: str) -> Mapping[str, Any]:
        """What the usage tells of the tokens of the ``prompt`` or the ``completion``."""
        return mapping(self.usage.get(f"{kind}_tokens_details"))


def error_type(error: BaseException) -> str:
    """The full name of an error's class; for the library's own errors, of the azure-core class they derive from."""
    kind = next(kind for kind in type(error).__mro__ if not kind.__module__.startswith("azure.ai.inference"))
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def http_status(error: BaseException) -> Optional[int]:
    """The status that a call was refused with; None for what went wrong otherwise, also in a stream begun with 200."""
    status = error.status_code if isinstance(error, HttpResponseError) else None
    return status if isinstance(status, int) and status != 200 else None
