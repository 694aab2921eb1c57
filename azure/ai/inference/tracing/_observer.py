"""Observers that record calls on spans, and the choice of one for each call."""

from __future__ import annotations

import logging
from abc import abstractmethod
from threading import Lock
from typing import Any, Callable, ContextManager, Mapping, Optional

from opentelemetry.trace import StatusCode
from typing_extensions import ParamSpec

from azure.ai.inference._core.accumulate import Accumulator
from azure.ai.inference._core.observe import Observer
from azure.ai.inference._model_base import Model, unwrap
from azure.ai.inference.tracing._outcome import ABANDONED, CLOSED, COMPLETE, FAILED, Outcome
from azure.ai.inference.tracing._request import Request
from azure.ai.inference.tracing._spans import CallSpan
from azure.ai.inference.tracing._values import exportable

LOGGER = logging.getLogger("azure.ai.inference.tracing")

P = ParamSpec("P")


def attempt(step: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
    """Take a step of recording, and log its failure."""
    try:
        step(*args, **kwargs)
    except Exception:  # telemetry must not fail a call
        LOGGER.debug("A step of recording failed.", exc_info=True)


class SpanObserver(Observer):
    """Records a call on a span, and ends it once. None of its errors reach the caller."""

    def __init__(self, span: CallSpan, request: Request, *, content: bool) -> None:
        self._span = span
        self._request = request
        self._content = content and span.is_recording
        self._accumulator: Optional[Accumulator] = None
        self._ended = Lock()

    def current(self) -> ContextManager[Any]:
        return self._span.current()

    def reading(self) -> ContextManager[Any]:
        return self._span.reading()

    def stream(self) -> bool:
        self._accumulator = Accumulator(content=self._content)
        return True

    def update(self, update: Model) -> None:
        try:
            if self._accumulator is not None:
                self._accumulator.add(unwrap(update))
        except Exception:  # telemetry must not fail a call
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
        if self._accumulator is not None:
            self._record_outcome(Outcome(ending, self._accumulator.completion(), streamed=True, error=error))
        else:
            response = unwrap(result) if isinstance(result, Model) else {}
            self._record_outcome(Outcome(ending, response, error=error))

    @abstractmethod
    def _record_outcome(self, outcome: Outcome) -> None:
        """Record the outcome of the call; the span is still open."""

    def _set(self, attributes: Mapping[str, Any]) -> None:
        self._span.span.set_attributes(exportable(attributes))

    def _set_failed(self, description: str) -> None:
        self._span.span.set_status(StatusCode.ERROR, exportable(description))
