"""OpenTelemetry spans, events and metrics of the clients' calls."""

from enum import Enum

from azure.core import CaseInsensitiveEnumMeta

from azure.ai.inference.tracing._instrumentor import AIInferenceInstrumentor

__all__ = ["AIInferenceInstrumentor"]

AIInferenceInstrumentor.__module__ = __name__


class TraceType(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The kinds of spans that the released package knows. Old programs import it; nothing here needs it."""

    INFERENCE = "Inference"
    """Calls of the clients of this package."""
