"""Exporters in memory for all records, and responses for the local service."""

from __future__ import annotations

import inspect
import json
from typing import Any, Dict, List, Mapping, Optional, Sequence, Set, Tuple

from opentelemetry import metrics, trace
from opentelemetry._logs import LogRecord, set_logger_provider
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs import export as log_export
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision, Sampler, SamplingResult
from opentelemetry.trace import SpanKind

from azure.ai.inference.testing import LocalService, Reply

#: Whether log records can have a name, which the API for logs has not had from its beginning.
HAS_EVENTS = "event_name" in inspect.signature(LogRecord).parameters
#: Whether histograms take the boundaries of their buckets, which the API for metrics has not had from its beginning.
HAS_BOUNDARIES = "explicit_bucket_boundaries_advisory" in inspect.signature(metrics.Meter.create_histogram).parameters
HELLO = [{"role": "user", "content": "hi"}]


class Telemetry(Sampler):
    """All records of the process. As the sampler it also sees how spans begin, and can refuse them."""

    def __init__(self) -> None:
        self._spans = InMemorySpanExporter()
        exporter: Any = getattr(log_export, "InMemoryLogRecordExporter", None) or log_export.InMemoryLogExporter
        self._logs = exporter()
        delta = AggregationTemporality.DELTA
        self._reader = InMemoryMetricReader(preferred_temporality={Counter: delta, Histogram: delta})
        self.meters: Set[Tuple[str, Optional[str]]] = set()
        self.refused: Sequence[str] = ()
        self.begun: List[Tuple[str, Optional[SpanKind], Dict[str, Any]]] = []
        spans = TracerProvider(sampler=self)
        spans.add_span_processor(SimpleSpanProcessor(self._spans))
        trace.set_tracer_provider(spans)
        metrics.set_meter_provider(MeterProvider([self._reader]))
        logs = LoggerProvider()
        logs.add_log_record_processor(log_export.SimpleLogRecordProcessor(self._logs))
        set_logger_provider(logs)

    def should_sample(
        self,
        parent_context: Any,
        trace_id: int,
        name: str,
        kind: Optional[SpanKind] = None,
        attributes: Any = None,
        links: Any = None,
        trace_state: Any = None,
    ) -> SamplingResult:
        self.begun.append((name, kind, dict(attributes or {})))
        if name in self.refused:
            return SamplingResult(Decision.DROP)
        return ALWAYS_ON.should_sample(parent_context, trace_id, name, kind, attributes, links)

    def get_description(self) -> str:
        return "telemetry of tests"

    def clear(self) -> None:
        """Forget everything."""
        self._spans.clear()
        self._logs.clear()
        self._reader.get_metrics_data()
        self.meters.clear()
        self.refused = ()
        self.begun.clear()

    @property
    def spans(self) -> List[ReadableSpan]:
        """Return the spans that have ended, in that order."""
        return list(self._spans.get_finished_spans())

    @property
    def names(self) -> List[str]:
        """Return the names of these spans."""
        return [name_of(span) for span in self.spans]

    @property
    def call(self) -> ReadableSpan:
        """Return the only span of a call that has ended."""
        (span,) = [span for span in self.spans if span.name.startswith(("chat", "embeddings", "generate_content"))]
        return span

    @property
    def logs(self) -> List[Any]:
        """Return the log records."""
        return [getattr(log, "log_record", log) for log in self._logs.get_finished_logs()]

    def metrics(self) -> Dict[str, List[Any]]:
        """Return and remove the data points since the last time, by metric."""
        data = self._reader.get_metrics_data()
        points: Dict[str, List[Any]] = {}
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                if scope.scope.name == "opentelemetry-sdk":  # what the SDK measures of itself
                    continue
                self.meters.add((scope.scope.name, scope.scope.version))
                for metric in scope.metrics:
                    points.setdefault(metric.name, []).extend(metric.data.data_points)
        return points


def name_of(span: ReadableSpan) -> str:
    """Return the name of a span; for HTTP the method, even if azure-core names its spans after the path."""
    return ("GET" if span.name == "/info" else "POST") if span.name.startswith("/") else span.name


def attributes(span: Any) -> Dict[str, Any]:
    """Return the attributes of a span, data point or log record."""
    return dict(span.attributes or {})


def events(span: ReadableSpan) -> List[Tuple[str, Any]]:
    """Return name and content of a span's events."""
    return [(event.name, json.loads(str((event.attributes or {})["gen_ai.event.content"]))) for event in span.events]


def choices(span: ReadableSpan) -> List[Any]:
    """Return the contents of the events of choices."""
    return [content for name, content in events(span) if name == "gen_ai.choice"]


def status(span: ReadableSpan) -> Tuple[str, Optional[str]]:
    """Return the status of a span."""
    return span.status.status_code.name, span.status.description


def whole(*choices: Mapping[str, Any], **fields: Any) -> Reply:
    """Return a whole response."""
    usage = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}
    body = {"id": "r1", "created": 1, "model": "served", "choices": list(choices), "usage": usage}
    return Reply(body={**body, **fields})


def choice(content: Any = "Hello", finish_reason: Any = "stop", index: int = 0, **message: Any) -> Dict[str, Any]:
    """Return a choice of a whole response."""
    said = {"role": "assistant", "content": content, **message}
    return {"index": index, "finish_reason": finish_reason, "message": said}


def piece(delta: Any = None, finish_reason: Any = None, index: int = 0, **fields: Any) -> Dict[str, Any]:
    """Return an event of a stream."""
    choice = {"index": index, "finish_reason": finish_reason, "delta": delta or {}}
    return {"id": "r1", "created": 1, "model": "served", "choices": [choice], **fields}


def text_pieces() -> List[Dict[str, Any]]:
    """Return the events of a streamed `Hello`, with the usage in an event of its own."""
    usage = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}
    opening = piece({"role": "assistant", "content": ""})
    return [opening, piece({"content": "Hel"}), piece({"content": "lo"}), piece({}, "stop"), usage_piece(usage)]


def usage_piece(usage: Mapping[str, Any]) -> Dict[str, Any]:
    """Return an event of a stream with nothing but the usage."""
    return {"id": "r1", "created": 1, "model": "served", "choices": [], "usage": usage}


def server(service: LocalService) -> Dict[str, Any]:
    """Return the attributes that name the server."""
    return {"server.address": "127.0.0.1", "server.port": int(service.endpoint.rpartition(":")[2])}


def asked(service: LocalService, model: str = "m", **more: Any) -> Dict[str, Any]:
    """Return the attributes of default mode that a request adds."""
    known = {"gen_ai.operation.name": "chat", "gen_ai.system": "az.ai.inference", "gen_ai.request.model": model}
    return {**known, **server(service), **named("request", more)}


def answered(*finish_reasons: str, **more: Any) -> Dict[str, Any]:
    """Return the attributes of default mode that the response of `whole` or `text_pieces` adds."""
    reasons = {"gen_ai.response.finish_reasons": finish_reasons} if finish_reasons else {}
    usage = {"gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 5}
    return {"gen_ai.response.id": "r1", "gen_ai.response.model": "served", **reasons, **usage, **more}


def named(group: str, values: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the attributes of a group by their last names."""
    return {f"gen_ai.{group}.{name}": value for name, value in values.items()}
