"""The observer that records calls by the current conventions for generative AI: spans, log records and metrics."""

from __future__ import annotations

from time import perf_counter
from typing import Any, Dict, List, Optional

from azure.ai.inference._core.observe import NOBODY, Observer
from azure.ai.inference._model_base import Model
from azure.ai.inference.tracing import _logs, _metrics, _semconv_spans
from azure.ai.inference.tracing._observer import SpanObserver, attempt
from azure.ai.inference.tracing._outcome import ABANDONED, Outcome
from azure.ai.inference.tracing._request import Request
from azure.ai.inference.tracing._spans import CallSpan, is_within_inference, start_span
from azure.ai.inference.tracing._switches import Switches


def begin(switches: Switches, request: Request) -> Observer:
    """Start the span of a call. Without one, or if another instrumentation records the call, follow nothing."""
    if is_within_inference():
        return NOBODY
    attributes = _semconv_spans.request_attributes(request)
    span = start_span(request.span_name, attributes, _semconv_spans.SCHEMA_URL)
    return NOBODY if span is None else SemconvObserver(span, request, switches, attributes)


class SemconvObserver(SpanObserver):
    """Records a call on a span, in log records and as metrics, with the attributes of :mod:`._semconv_spans`."""

    def __init__(self, span: CallSpan, request: Request, switches: Switches, attributes: Dict[str, Any]) -> None:
        super().__init__(span, request, content=switches.content)
        self._switches = switches
        self._attributes = attributes
        self._began = perf_counter()
        self._first_chunk: Optional[float] = None
        self._last_chunk = 0.0
        self._other_chunks: List[float] = []

    def update(self, update: Model) -> None:
        now = perf_counter()
        if self._first_chunk is None:
            self._first_chunk = now - self._began
        else:
            self._other_chunks.append(now - self._last_chunk)
        self._last_chunk = now
        super().update(update)

    def _record_outcome(self, outcome: Outcome) -> None:
        seconds = perf_counter() - self._began
        if self._span.is_recording:
            attempt(self._record_span, outcome)
        with self._span.current():
            attempt(self._record_metrics, outcome, seconds)

    def _record_span(self, outcome: Outcome) -> None:
        attributes = {
            **_semconv_spans.response_attributes(self._request, outcome),
            **_semconv_spans.error_attributes(outcome),
        }
        if outcome.streamed:
            attributes["gen_ai.request.stream"] = True
        if self._first_chunk is not None:
            attributes["gen_ai.response.time_to_first_chunk"] = self._first_chunk
        self._set(attributes)
        if outcome.error is not None:
            attempt(self._record_error, outcome.error)
        elif outcome.ending == ABANDONED:
            self._set_failed("abandoned stream")
        attempt(self._record_content, outcome, {**self._attributes, **attributes})

    def _record_error(self, error: BaseException) -> None:
        self._set_failed(str(error))
        _logs.emit_exception(self._span.span, error)

    def _record_content(self, outcome: Outcome, attributes: Dict[str, Any]) -> None:
        content: Dict[str, str] = {}
        if self._content:
            binary = self._switches.binary_content
            content = _semconv_spans.content_attributes(self._request, outcome, binary=binary)
        if self._switches.span_content:
            self._set(content)
        if self._switches.details_event:
            structured = _semconv_spans.structured(content) if self._switches.event_content else {}
            _logs.emit_details(self._span.span, {**attributes, **structured})

    def _record_metrics(self, outcome: Outcome, seconds: float) -> None:
        measurements = _metrics.Measurements(
            self._request.operation,
            seconds,
            self._first_chunk,
            self._other_chunks,
            outcome,
            _semconv_spans.measured(self._request, outcome),
            _semconv_spans.error_attributes(outcome),
        )
        if self._switches.metrics_1_41:
            attempt(_metrics.record_1_41, measurements)
        if self._switches.metrics_0_1:
            attempt(_metrics.record_0_1, measurements)
