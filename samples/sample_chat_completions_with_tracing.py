"""Print the spans of a program as a tree, or send them to the collector that the environment names."""

import os
from typing import Optional

from azure.core.settings import settings
from endpoints import prepare_environment
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import SystemMessage, UserMessage
from azure.ai.inference.tracing import AIInferenceInstrumentor

memory = InMemorySpanExporter()
provider = TracerProvider()
if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
else:
    provider.add_span_processor(SimpleSpanProcessor(memory))
trace.set_tracer_provider(provider)

settings.tracing_implementation = "opentelemetry"
AIInferenceInstrumentor().instrument(enable_content_recording=True)  # with message content: not in production

tracer = trace.get_tracer(__name__)
prepare_environment("AZURE_AI_CHAT")


@tracer.start_as_current_span("plan_a_trip")
def plan_a_trip(client: ChatCompletionsClient, city: str) -> None:
    """Make two calls inside a span of the program's own."""
    trace.get_current_span().set_attribute("trip.city", city)
    client.complete(messages=[UserMessage(f"Name one sight in {city}.")], temperature=0.2)
    with client.complete(messages=[SystemMessage("Be brief."), UserMessage("What do I pack?")], stream=True) as stream:
        for _ in stream:
            pass


def print_tree(parent: Optional[int] = None, depth: int = 0) -> None:
    """Print the children of a span, in the order of their start."""
    children = [span for span in memory.get_finished_spans() if (span.parent and span.parent.span_id) == parent]
    for span in sorted(children, key=lambda span: span.start_time):
        print(f"{'    ' * depth}{span.name}  {(span.end_time - span.start_time) / 1e6:.0f} ms")
        for name, value in (*span.attributes.items(), *((event.name, dict(event.attributes)) for event in span.events)):
            if name.startswith(("gen_ai.", "trip.")):
                text = value["gen_ai.event.content"] if isinstance(value, dict) else value
                print(f"{'    ' * depth}  - {name}: {text}")
        print_tree(span.context.span_id, depth + 1)


with ChatCompletionsClient.from_environment() as client:
    plan_a_trip(client, "Kyoto")
provider.shutdown()
print_tree()
