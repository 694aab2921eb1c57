"""Makes traced calls where parts of OpenTelemetry cannot be imported, and prints what came of it as JSON.

Run as a script, with the names of the packages that are to be missing.
"""

from __future__ import annotations

import json
import sys
from importlib.abc import MetaPathFinder
from typing import Any, Dict, List


class Missing(MetaPathFinder):
    """Makes packages look as if they were not installed."""

    def __init__(self, names: List[str]) -> None:
        self._names = names

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        """Refuse the packages and all that is in them."""
        if any(fullname == name or fullname.startswith(f"{name}.") for name in self._names):
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def main() -> None:
    """Instrument, make two calls, one of them streamed, and print."""
    sys.meta_path.insert(0, Missing(sys.argv[1:]))
    from azure.core.settings import settings

    from azure.ai.inference import ChatCompletionsClient
    from azure.ai.inference.testing import LocalService
    from azure.ai.inference.tracing import AIInferenceInstrumentor

    told: Dict[str, Any] = {"spans": []}
    try:
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
    print(json.dumps(told))


def set_up_exporter() -> Any:
    """An exporter in memory; None where there is no SDK."""
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
