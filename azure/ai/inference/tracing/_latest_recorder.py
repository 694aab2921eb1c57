"""Records calls by the current conventions for generative AI: on spans, in log records and as metrics."""

from __future__ import annotations

from time import perf_counter
from typing import Any, Dict, List, Optional

from opentelemetry.trace import StatusCode

from azure.ai.inference._model_base import Model
from azure.ai.inference.tracing import _latest_mode, _logs, _metrics
from azure.ai.inference.tracing._outcome import ABANDONED, Outcome
from azure.ai.inference.tracing._recorder import Recorder, SpanRecorder, attempt
from azure.ai.inference.tracing._request import Request
from azure.ai.inference.tracing._spans import CallSpan, is_within_inference, start_span
from azure.ai.inference.tracing._switches import Switches


def begin(switches: Switches, request: Request) -> Recorder:
    """Start the span of a call, unless another instrumentation is already recording it."""
    if is_within_inference():
        return Recorder()
    attributes = _latest_mode.request_attributes(request)
    span = start_span(request.span_name, attributes, _latest_mode.SCHEMA_URL)
    return Recorder() if span is None else LatestRecorder(span, request, switches, attributes)


class LatestRecorder(SpanRecorder):
    """Records a call on a span, in log records and as metrics, with the attributes of :mod:`._latest_mode`."""

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
            **_latest_mode.answer_attributes(self._request, outcome),
            **_latest_mode.error_attributes(outcome),
        }
        if outcome.streamed:
            attributes["gen_ai.request.stream"] = True
        if self._first_chunk is not None:
            attributes["gen_ai.response.time_to_first_chunk"] = self._first_chunk
        self._set(attributes)
        if outcome.error is not None:
            attempt(self._record_error, outcome.error)
        elif outcome.ending == ABANDONED:
            self._span.span.set_status(StatusCode.ERROR, "abandoned stream")
        attempt(self._record_content, outcome, {**self._attributes, **attributes})

    def _record_error(self, error: BaseException) -> None:
        self._span.span.set_status(StatusCode.ERROR, str(error))
        _logs.emit_exception(self._span.span, error)

    def _record_content(self, outcome: Outcome, attributes: Dict[str, Any]) -> None:
        content: Dict[str, str] = {}
        if self._content:
            binary = self._switches.binary_content
            content = _latest_mode.content_attributes(self._request, outcome, binary=binary)
        if self._switches.span_content:
            self._set(content)
        if self._switches.details_event:
            told = _latest_mode.structured(content) if self._switches.event_content else {}
            _logs.emit_details(self._span.span, {**attributes, **told})

    def _record_metrics(self, outcome: Outcome, seconds: float) -> None:
        taken = _metrics.Measurements(
            self._request.operation,
            seconds,
            self._first_chunk,
            self._other_chunks,
            outcome,
            _latest_mode.measured(self._request, outcome),
            _latest_mode.error_attributes(outcome),
        )
        if self._switches.metrics_1_41:
            attempt(_metrics.record_1_41, taken)
        if self._switches.metrics_0_1:
            attempt(_metrics.record_0_1, taken)
