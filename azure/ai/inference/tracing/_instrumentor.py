"""The instrumentor: switches telemetry on and off for the whole process."""

from __future__ import annotations

import importlib
import os
from threading import Lock
from typing import Optional

from azure.ai.inference._core.observe import watch
from azure.ai.inference.tracing._switches import Switches, read_switches

_NOT_INSTALLED = (
    "Azure Core Tracing Opentelemetry is not installed. "
    "Please install it using 'pip install azure-core-tracing-opentelemetry'"
)


class _Process:
    """The state of the process, which all instrumentors share."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.switches: Optional[Switches] = None


_PROCESS = _Process()


class AIInferenceInstrumentor:
    """Records the calls of all clients of the process with OpenTelemetry.

    Spans are made where azure-core makes them: with its plugin ``azure-core-tracing-opentelemetry`` if
    ``azure.core.settings`` or ``AZURE_SDK_TRACING_IMPLEMENTATION`` name it, else with azure-core itself if
    ``settings.tracing_enabled`` or ``AZURE_TRACING_ENABLED`` is set. By default they are the spans of chat completions
    that the package has always made. With ``gen_ai_latest_experimental`` in ``OTEL_SEMCONV_STABILITY_OPT_IN``, which
    :meth:`instrument` reads, they follow the current OpenTelemetry conventions for generative AI, and there are spans
    of embeddings and of tool calls, and metrics, besides.

    All instrumentors share one state.

    :raises ModuleNotFoundError: if OpenTelemetry is not installed.
    """

    def __init__(self) -> None:
        try:
            importlib.import_module("opentelemetry.trace")
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(_NOT_INSTALLED) from error

    def instrument(self, enable_content_recording: Optional[bool] = None) -> None:
        """Start recording. A further call only changes the switches.

        :param enable_content_recording: whether the texts of messages, the names of functions and their arguments are
            recorded, which may hold personal data. The default is the environment
            variable ``AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED``, else False.
        """
        from azure.ai.inference.tracing._choice import observers
        from azure.ai.inference.tracing._tools import tool_observers

        with _PROCESS.lock:
            switches = read_switches(enable_content_recording, os.environ)
            watch(observers(switches), tool_observers(switches))
            _PROCESS.switches = switches

    def uninstrument(self) -> None:
        """Stop recording. Do nothing if nothing is recorded."""
        with _PROCESS.lock:
            watch(None)
            _PROCESS.switches = None

    def is_instrumented(self) -> bool:
        """Return whether calls are recorded."""
        return _PROCESS.switches is not None

    def is_content_recording_enabled(self) -> bool:
        """Return whether messages are recorded."""
        return _PROCESS.switches is not None and _PROCESS.switches.content
