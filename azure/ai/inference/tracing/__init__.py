"""OpenTelemetry spans, events and metrics of the clients' calls."""

from azure.ai.inference.tracing._instrumentor import AIInferenceInstrumentor

__all__ = ["AIInferenceInstrumentor"]
