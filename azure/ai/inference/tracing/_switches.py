"""The switches of telemetry, from the caller and the environment."""

from __future__ import annotations

import functools
import logging
from typing import Mapping, NamedTuple, Optional

_LOGGER = logging.getLogger("azure.ai.inference.tracing")

RECORD_CONTENT = "AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED"
INCLUDE_BINARY = "AZURE_TRACING_GEN_AI_INCLUDE_BINARY_DATA"
METRICS = "AZURE_TRACING_GEN_AI_METRICS"
OPT_IN = "OTEL_SEMCONV_STABILITY_OPT_IN"
CAPTURE_CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
EMIT_EVENT = "OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT"

_LATEST = "gen_ai_latest_experimental"


class Switches(NamedTuple):
    """The switches. All but the first two matter in latest mode only."""

    latest: bool
    """Whether spans follow the current conventions, with metrics, instead of the released package's."""
    span_content: bool
    """Whether messages are recorded on spans."""
    event_content: bool = False
    """Whether messages are recorded in log records."""
    details_event: bool = False
    """Whether there is a log record with the details of each call."""
    binary_content: bool = False
    """Whether recorded messages include the bytes of images and audio."""
    metrics_1_41: bool = False
    """Whether metrics have their names of version 1.41 of the semantic conventions."""
    metrics_0_1: bool = False
    """Whether metrics have their names of version 0.1.0 of the conventions for generative AI."""

    @property
    def content(self) -> bool:
        """Whether messages are recorded anywhere."""
        return self.span_content or self.event_content


def read_switches(enable_content_recording: Optional[bool], environment: Mapping[str, str]) -> Switches:
    """Return the switches as they are set now."""
    latest = _LATEST in [item.strip() for item in environment.get(OPT_IN, "").split(",")]
    recording = enable_content_recording
    if recording is None and environment.get(RECORD_CONTENT):
        recording = _is_true(environment[RECORD_CONTENT])
    if not latest:
        return Switches(latest, bool(recording))
    if recording is None:
        capture = _capture_mode(environment.get(CAPTURE_CONTENT, ""))
    else:
        capture = "SPAN_ONLY" if recording else "NO_CONTENT"
    event_content = capture in ("EVENT_ONLY", "SPAN_AND_EVENT")
    emit_event = environment.get(EMIT_EVENT, "").strip().lower()
    metrics = environment.get(METRICS, "").strip().lower()
    return Switches(
        latest,
        span_content=capture in ("SPAN_ONLY", "SPAN_AND_EVENT"),
        event_content=event_content,
        details_event=emit_event == "true" or (event_content and emit_event != "false"),
        binary_content=_is_true(environment.get(INCLUDE_BINARY, "")),
        metrics_1_41=metrics != "latest",
        metrics_0_1=metrics in ("latest", "both"),
    )


def _is_true(value: str) -> bool:
    return value.lower() == "true"


@functools.lru_cache(maxsize=None)
def _capture_mode(value: str) -> str:
    """Return where content goes. The cache makes a bad value warn once."""
    mode = value.strip().upper()
    mode = {"": "NO_CONTENT", "FALSE": "NO_CONTENT", "TRUE": "SPAN_ONLY"}.get(mode, mode)
    if mode in ("NO_CONTENT", "SPAN_ONLY", "EVENT_ONLY", "SPAN_AND_EVENT"):
        return mode
    _LOGGER.warning("%s has the unknown value %r: no content is recorded.", CAPTURE_CONTENT, value)
    return "NO_CONTENT"
