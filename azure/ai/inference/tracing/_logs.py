"""The log records of calls, if OpenTelemetry's API for logs is installed."""

from __future__ import annotations

import time
import traceback
from typing import Any, Mapping

from opentelemetry import trace

from azure.ai.inference._version import VERSION
from azure.ai.inference.tracing._semconv_spans import SCHEMA_URL
from azure.ai.inference.tracing._values import logs_api

_API: Any = logs_api()

DETAILS = "gen_ai.client.inference.operation.details"
EXCEPTION = "gen_ai.client.operation.exception"


def emit_details(span: trace.Span, attributes: Mapping[str, Any]) -> None:
    """Emit the record with the details of a call."""
    _emit(span, DETAILS, attributes, "INFO")


def emit_exception(span: trace.Span, error: BaseException) -> None:
    """Emit the record of a failure."""
    stacktrace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    kind = type(error)
    attributes = {
        "exception.type": kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}",
        "exception.message": str(error),
        "exception.stacktrace": stacktrace,
    }
    _emit(span, EXCEPTION, attributes, "WARN")


def _emit(span: trace.Span, name: str, attributes: Mapping[str, Any], severity: str) -> None:
    if _API is not None:
        record = _API.LogRecord(
            timestamp=time.time_ns(),
            context=trace.set_span_in_context(span),
            event_name=name,
            attributes=dict(attributes),
            severity_text=severity,
            severity_number=_API.SeverityNumber[severity],
        )
        _API.get_logger("azure-ai-inference", VERSION, schema_url=SCHEMA_URL).emit(record)
