"""OpenTelemetry for the clients on azure-core: spans are recorded by a real provider and exported nowhere."""

from __future__ import annotations

from azure.core.settings import settings
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

trace.set_tracer_provider(TracerProvider())


def switch(is_traced: bool) -> None:
    settings.tracing_implementation = "opentelemetry" if is_traced else None
