"""Spans and the metric of tool calls, by the current conventions for generative AI."""

from __future__ import annotations

from time import perf_counter
from typing import Any, ContextManager, Dict, Mapping, Optional

from azure.core.tracing import SpanKind
from opentelemetry.trace import StatusCode

from azure.ai.inference._core.observe import BeginTool, ToolObserver, ToolUse
from azure.ai.inference.tracing import _metrics
from azure.ai.inference.tracing._json_text import dumps
from azure.ai.inference.tracing._observer import LOGGER, attempt
from azure.ai.inference.tracing._semconv_spans import SCHEMA_URL
from azure.ai.inference.tracing._spans import CallSpan, is_enabled, start_span, within
from azure.ai.inference.tracing._switches import Switches
from azure.ai.inference.tracing._values import exportable, some

_OPERATION = "execute_tool"


def tool_observers(switches: Switches) -> Optional[BeginTool]:
    """Return the function that begins the observer of a tool call; None if there are none in default mode."""

    def begin(use: ToolUse, options: Mapping[str, Any]) -> ToolObserver:
        try:
            if is_enabled(options):
                attributes = _attributes(use)
                span = start_span(f"{_OPERATION} {use.name}", attributes, SCHEMA_URL, SpanKind.INTERNAL)
                if span is not None:
                    return SpanToolObserver(span, use, switches)
        except Exception:  # telemetry must not fail a call
            LOGGER.debug("A tool call could not be recorded.", exc_info=True)
        return ToolObserver()

    return begin if switches.latest else None


def _attributes(use: ToolUse) -> Dict[str, Any]:
    return {
        "gen_ai.operation.name": _OPERATION,
        "gen_ai.tool.name": use.name,
        "gen_ai.tool.call.id": use.call_id,
        "gen_ai.tool.type": "function",
    }


class SpanToolObserver(ToolObserver):
    """Records a tool call on a span and as a metric."""

    def __init__(self, span: CallSpan, use: ToolUse, switches: Switches) -> None:
        self._span = span
        self._use = use
        self._switches = switches
        self._content = switches.span_content and span.is_recording
        self._began = perf_counter()

    def current(self) -> ContextManager[Any]:
        return within(self._span.span)

    def end(self, content: Optional[str], error: Optional[BaseException]) -> None:
        seconds = perf_counter() - self._began
        failure = {} if error is None else {"error.type": _type_of(error)}
        attempt(self._record, content, error, failure)
        if self._switches.metrics_0_1:
            with within(self._span.span):
                attempt(self._measure, seconds, failure)
        attempt(self._span.span.end)

    def _record(self, content: Optional[str], error: Optional[BaseException], failure: Dict[str, Any]) -> None:
        span = self._span.span
        span.set_attributes(failure)
        if error is not None:
            span.set_status(StatusCode.ERROR, exportable(str(error)) if self._content else None)
        if self._content:
            written = {
                "gen_ai.tool.description": self._use.description,
                "gen_ai.tool.call.arguments": dumps(self._use.arguments),
                "gen_ai.tool.call.result": content,
            }
            span.set_attributes(exportable(some(written)))

    def _measure(self, seconds: float, failure: Dict[str, Any]) -> None:
        attributes = {"gen_ai.operation.name": _OPERATION, "gen_ai.tool.name": self._use.name, **failure}
        _metrics.record_tool(seconds, exportable(attributes))


def _type_of(error: BaseException) -> str:
    """Return the full name of an error's class."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
