"""The observer that records calls as the released package does."""

from __future__ import annotations

import time
from typing import Any

from azure.ai.inference._core.observe import NOBODY, Observer
from azure.ai.inference.tracing import _released_spans
from azure.ai.inference.tracing._observer import SpanObserver, attempt
from azure.ai.inference.tracing._outcome import Outcome, error_type, exception_texts
from azure.ai.inference.tracing._request import Request
from azure.ai.inference.tracing._spans import CallSpan, start_span
from azure.ai.inference.tracing._switches import Switches
from azure.ai.inference.tracing._values import exportable

_EVENTS_APART_NANOSECONDS = 1000


def begin(switches: Switches, request: Request) -> Observer:
    """Start the span of a call. If nothing makes spans, follow nothing."""
    span = start_span(request.span_name, {}, None)
    if span is None:
        return NOBODY
    observer = ReleasedObserver(span, request, content=switches.content)
    if span.is_recording:
        attempt(observer.record_request)
    return observer


class ReleasedObserver(SpanObserver):
    """Records a call on a span with the attributes and events of :mod:`._released_spans`."""

    def __init__(self, span: CallSpan, request: Request, *, content: bool) -> None:
        super().__init__(span, request, content=content)
        self._last_event = 0

    def record_request(self) -> None:
        """Record the request."""
        attempt(self._set, _released_spans.request_attributes(self._request))
        if self._content:
            for name, message in _released_spans.message_events(self._request.messages):
                attempt(self._add_event, name, message)

    def stream(self) -> bool:
        return self._span.is_recording and super().stream()

    def _record_outcome(self, outcome: Outcome) -> None:
        if not self._span.is_recording:
            return
        if outcome.error is not None:
            attempt(self._record_error, outcome.error, streamed=outcome.streamed)
        attempt(self._record_response, outcome)
        for choice in _released_spans.choice_events(outcome, content=self._content):
            attempt(self._add_event, "gen_ai.choice", choice)

    def _record_response(self, outcome: Outcome) -> None:
        self._set(_released_spans.response_attributes(outcome))

    def _record_error(self, error: BaseException, *, streamed: bool) -> None:
        self._set({"error.type": error_type(error)})
        self._set_failed(str(error))
        if not streamed:
            self._span.span.record_exception(error, exportable(exception_texts(error)))

    def _add_event(self, name: str, content: Any) -> None:
        at = max(time.time_ns(), self._last_event + _EVENTS_APART_NANOSECONDS)
        self._last_event = at
        self._span.span.add_event(exportable(name), _released_spans.event_attributes(content), at)
