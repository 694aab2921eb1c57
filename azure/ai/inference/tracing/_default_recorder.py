"""Records calls the way the released package does."""

from __future__ import annotations

import time
from typing import Any

from opentelemetry.trace import StatusCode

from azure.ai.inference.tracing import _default_mode
from azure.ai.inference.tracing._outcome import Outcome, error_type
from azure.ai.inference.tracing._recorder import Recorder, SpanRecorder, attempt
from azure.ai.inference.tracing._request import Request
from azure.ai.inference.tracing._spans import CallSpan, start_span
from azure.ai.inference.tracing._switches import Switches

_EVENTS_APART_NANOSECONDS = 1000


def begin(switches: Switches, request: Request) -> Recorder:
    """Start the span of a call."""
    span = start_span(request.span_name, {}, None)
    if span is None:
        return Recorder()
    recorder = DefaultRecorder(span, request, content=switches.content)
    if span.is_recording:
        attempt(recorder.record_request)
    return recorder


class DefaultRecorder(SpanRecorder):
    """Records a call on a span with the attributes and events of :mod:`._default_mode`."""

    def __init__(self, span: CallSpan, request: Request, *, content: bool) -> None:
        super().__init__(span, request, content=content)
        self._last_event = 0

    def record_request(self) -> None:
        """Record what is known before the call."""
        attempt(self._set, _default_mode.request_attributes(self._request))
        if self._content:
            for name, message in _default_mode.message_events(self._request.messages):
                attempt(self._add_event, name, message)

    def stream(self) -> bool:
        return self._span.is_recording and super().stream()

    def _record_outcome(self, outcome: Outcome) -> None:
        if not self._span.is_recording:
            return
        if outcome.error is not None:
            attempt(self._record_error, outcome.error, streamed=outcome.streamed)
        attempt(self._record_answer, outcome)
        for choice in _default_mode.choice_events(outcome, content=self._content):
            attempt(self._add_event, "gen_ai.choice", choice)

    def _record_answer(self, outcome: Outcome) -> None:
        self._set(_default_mode.answer_attributes(outcome))

    def _record_error(self, error: BaseException, *, streamed: bool) -> None:
        span = self._span.span
        span.set_attribute("error.type", error_type(error))
        span.set_status(StatusCode.ERROR, str(error))
        if not streamed:
            span.record_exception(error)

    def _add_event(self, name: str, content: Any) -> None:
        at = max(time.time_ns(), self._last_event + _EVENTS_APART_NANOSECONDS)
        self._last_event = at
        self._span.span.add_event(name, _default_mode.event_attributes(content), at)
