"""The log records of calls, if OpenTelemetry's API for logs is installed, and new enough."""

from __future__ import annotations

import time
from typing import Any, Mapping

from opentelemetry import trace

from azure.ai.inference._version import VERSION
from azure.ai.inference.tracing._floors import HAS_EVENTS, logs
from azure.ai.inference.tracing._outcome import exception_texts
from azure.ai.inference.tracing._semconv_spans import SCHEMA_URL
from azure.ai.inference.tracing._values import exportable

DETAILS = "gen_ai.client.inference.operation.details"
EXCEPTION = "gen_ai.client.operation.exception"


def emit_details(span: trace.Span, attributes: Mapping[str, Any]) -> None:
    """Emit the record with the details of a call."""
    _emit(span, DETAILS, attributes, "INFO")


def emit_exception(span: trace.Span, error: BaseException) -> None:
    """Emit the record of a failure."""
    kind = type(error)
    attributes = {
        "exception.type": kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}",
        **exception_texts(error),
    }
    _emit(span, EXCEPTION, attributes, "WARN")


def _emit(span: trace.Span, name: str, attributes: Mapping[str, Any], severity: str) -> None:
    if HAS_EVENTS:
        record = logs.LogRecord(
            timestamp=time.time_ns(),
            context=trace.set_span_in_context(span),
            event_name=name,
            attributes=exportable(attributes),
            severity_text=severity,
            severity_number=logs.SeverityNumber[severity],
        )
        logs.get_logger("azure-ai-inference", VERSION, schema_url=SCHEMA_URL).emit(record)
