"""What a call tells of itself, and who listens: a recorder that does nothing, and the base of those that make spans."""

from __future__ import annotations

import contextlib
import logging
from abc import abstractmethod
from threading import Lock
from typing import Any, Callable, ContextManager, Mapping, Optional

from typing_extensions import ParamSpec

from azure.ai.inference._core.accumulate import StreamedAnswer
from azure.ai.inference._model_base import Model, unwrap
from azure.ai.inference.tracing._outcome import ABANDONED, CLOSED, COMPLETE, FAILED, Outcome
from azure.ai.inference.tracing._request import Request
from azure.ai.inference.tracing._spans import CallSpan

LOGGER = logging.getLogger("azure.ai.inference.tracing")

P = ParamSpec("P")


def attempt(step: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
    """Take a step of recording, which may fail without harm to the call that is recorded."""
    try:
        step(*args, **kwargs)
    except Exception:  # telemetry is never worth a failed call
        LOGGER.debug("A step of recording failed.", exc_info=True)


class Recorder:
    """Listens to a call. This one records nothing."""

    has_span = False
    """Whether the call has a span of ours."""

    def current(self) -> ContextManager[Any]:
        """What to enter while the call waits for the service."""
        return _NOTHING

    def reading(self) -> ContextManager[Any]:
        """What to enter while a stream waits for bytes."""
        return _NOTHING

    def stream(self) -> bool:
        """The answer comes as a stream. Returns whether to tell of its updates, and of how it ends."""
        return False

    def update(self, update: Model) -> None:
        """The next update of the stream has come."""

    def response(self, result: Any) -> None:
        """The call has returned this, and is over."""

    def error(self, error: BaseException) -> None:
        """The call has failed, or the reading of its stream, and is over."""

    def end(self) -> None:
        """The stream has been read to its end."""

    def close(self) -> None:
        """The stream has been closed, perhaps before its end."""

    def abandon(self) -> None:
        """The stream has been dropped, perhaps before its end."""


_NOTHING: ContextManager[None] = contextlib.nullcontext()


class SpanRecorder(Recorder):
    """Records a call on a span, and ends it once. Nothing that goes wrong in here reaches the caller."""

    has_span = True

    def __init__(self, span: CallSpan, request: Request, *, content: bool) -> None:
        self._span = span
        self._request = request
        self._content = content and span.is_recording
        self._streamed: Optional[StreamedAnswer] = None
        self._ended = Lock()

    def current(self) -> ContextManager[Any]:
        return self._span.current()

    def reading(self) -> ContextManager[Any]:
        return self._span.reading()

    def stream(self) -> bool:
        self._streamed = StreamedAnswer(content=self._content)
        return True

    def update(self, update: Model) -> None:
        try:
            if self._streamed is not None:
                self._streamed.add(unwrap(update))
        except Exception:  # telemetry is never worth a failed call
            LOGGER.debug("An update could not be recorded.", exc_info=True)

    def response(self, result: Any) -> None:
        self._finish(COMPLETE, result=result)

    def error(self, error: BaseException) -> None:
        self._finish(FAILED, error=error)

    def end(self) -> None:
        self._finish(COMPLETE)

    def close(self) -> None:
        self._finish(CLOSED)

    def abandon(self) -> None:
        self._finish(ABANDONED)

    def _finish(self, ending: str, *, result: Any = None, error: Optional[BaseException] = None) -> None:
        if self._ended.acquire(blocking=False):
            attempt(self._conclude, ending, result, error)
            attempt(self._span.span.end)

    def _conclude(self, ending: str, result: Any, error: Optional[BaseException]) -> None:
        if self._streamed is not None:
            self._record_outcome(Outcome(ending, self._streamed.whole(), streamed=True, error=error))
        else:
            answer = unwrap(result) if isinstance(result, Model) else {}
            self._record_outcome(Outcome(ending, answer, error=error))

    @abstractmethod
    def _record_outcome(self, outcome: Outcome) -> None:
        """Record what has become of the call; the span is still open."""

    def _set(self, attributes: Mapping[str, Any]) -> None:
        self._span.span.set_attributes(attributes)
