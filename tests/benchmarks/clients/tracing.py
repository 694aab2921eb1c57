"""OpenTelemetry for the clients on azure-core: a real provider records spans, and nothing exports them."""

from __future__ import annotations

from azure.core.settings import settings
from azure.core.tracing.ext.opentelemetry_span import OpenTelemetrySpan
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

__all__ = ["OpenTelemetrySpan", "switch"]

trace.set_tracer_provider(TracerProvider())


def switch(is_traced: bool) -> None:
    settings.tracing_implementation = "opentelemetry" if is_traced else None
