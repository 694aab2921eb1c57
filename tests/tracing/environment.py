"""Makes traced calls where parts of OpenTelemetry are missing or old, and prints the outcome as JSON.

Run as a script, with the names of the packages that are to be missing, or with a version as `--api=1.27`.
"""

from __future__ import annotations

import json
import logging
import sys
from importlib.abc import MetaPathFinder
from typing import Any, Dict, List


class Missing(MetaPathFinder):
    """Makes packages look uninstalled."""

    def __init__(self, names: List[str]) -> None:
        self._names = names

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        """Refuse the packages and all that is in them."""
        if any(fullname == name or fullname.startswith(f"{name}.") for name in self._names):
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def main() -> None:
    """Instrument, make two calls, one of them streamed, and print."""
    if sys.argv[1:2] in (["--api=1.27"], ["--api=1.33"]):
        make_old(boundaries=sys.argv[1] == "--api=1.33")
    else:
        sys.meta_path.insert(0, Missing(sys.argv[1:]))
    from azure.core.settings import settings

    from azure.ai.inference import ChatCompletionsClient
    from azure.ai.inference.testing import LocalService
    from azure.ai.inference.tracing import AIInferenceInstrumentor

    told: Dict[str, Any] = {"spans": [], "warnings": []}
    keep_warnings(told["warnings"])
    reader = set_up_reader()
    try:
        AIInferenceInstrumentor().instrument()
        AIInferenceInstrumentor().instrument()
    except ModuleNotFoundError as error:
        told["error"] = str(error)
    exporter = set_up_exporter()
    settings.tracing_implementation = "opentelemetry"
    settings.tracing_enabled = True
    with LocalService() as service, ChatCompletionsClient(service.endpoint, service.credential) as client:
        messages = [{"role": "user", "content": "hi"}]
        told["answer"] = client.complete(messages=messages, model="m").model
        told["updates"] = len(list(client.complete(messages=messages, model="m", stream=True)))
        told["traced"] = "traceparent" in service.requests[0].headers
    if exporter is not None:
        told["spans"] = [span.name for span in exporter.get_finished_spans() if span.name.startswith("chat")]
    if reader is not None:
        told["metrics"] = names_of(reader)
    print(json.dumps(told))


def make_old(*, boundaries: bool) -> None:
    """Remove what version 1.27, or 1.33, of OpenTelemetry's API does not have yet."""
    from opentelemetry import _logs, metrics

    class OldRecord:
        """A log record without name and context."""

        def __init__(self, timestamp: Any = None, attributes: Any = None, body: Any = None) -> None:
            raise AssertionError("log records are left out with this version")

    setattr(_logs, "LogRecord", OldRecord)  # noqa: B010 - a class in the place of another
    if not boundaries:

        def create_histogram(self: Any, name: str, unit: str = "", description: str = "") -> Any:
            raise AssertionError("the SDK's own is called")

        setattr(metrics.Meter, "create_histogram", create_histogram)  # noqa: B010 - likewise


def keep_warnings(kept: List[str]) -> None:
    """Keep all log messages from level WARNING on."""
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: kept.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("azure.ai.inference").addHandler(handler)


def set_up_reader() -> Any:
    """Return a reader of metrics in memory; None without an SDK."""
    try:
        from opentelemetry import metrics
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    except ModuleNotFoundError:
        return None
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader]))
    return reader


def names_of(reader: Any) -> List[str]:
    """Return the names of the metrics that this library has recorded."""
    data = reader.get_metrics_data()
    scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics] if data else []
    return sorted(m.name for scope in scopes if scope.scope.name == "azure-ai-inference" for m in scope.metrics)


def set_up_exporter() -> Any:
    """Return an exporter in memory; None without an SDK."""
    try:
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    except ModuleNotFoundError:
        return None
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


if __name__ == "__main__":
    main()
