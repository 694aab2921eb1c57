"""The span of a call: whether there is one, and which of azure-core's two ways starts it."""

from __future__ import annotations

import importlib
from contextvars import Token
from types import TracebackType
from typing import Any, ContextManager, Mapping, Optional, Type, cast

from azure.core.settings import settings
from azure.core.tracing import SpanKind
from opentelemetry import context, trace

from azure.ai.inference._core.observe import INSTRUMENTATION
from azure.ai.inference.tracing._values import exportable, mapping, suppression_keys

try:
    azure_core: Any = importlib.import_module("azure.core.instrumentation")
except ImportError:  # an azure-core without a tracer of its own: its plugin is the only way
    azure_core = None

_SUPPRESSED = suppression_keys(context)
_OUTER_INFERENCE = "opentelemetry.genai.client.inference.context"


def is_enabled(options: Mapping[str, Any]) -> bool:
    """Return whether to trace a call with these options: azure-core's rule for its own spans."""
    asked = options.get("tracing_options")
    enabled = mapping(asked).get("enabled") if asked else None
    if enabled is None:
        enabled = settings.tracing_enabled() or (azure_core is None and _plugin() is not None)
    return bool(enabled) and not any(map(context.get_value, _SUPPRESSED))


def is_within_inference() -> bool:
    """Return whether another instrumentation records this call already."""
    return context.get_value(_OUTER_INFERENCE) is not None


class CallSpan:
    """A started span.

    :param span: the span of OpenTelemetry.
    :param plugin: azure-core's plugin and its own object for the span, if the plugin started it.
    """

    def __init__(self, span: trace.Span, plugin: Optional[Any] = None, plugin_span: Optional[Any] = None) -> None:
        self.span = span
        self.is_recording = span.is_recording()
        self._plugin = plugin
        self._plugin_span = plugin_span
        self._reading = _Current(span)

    def current(self) -> ContextManager[Any]:
        """Return the context in which the span is current. The plugin also keeps others from tracing HTTP there."""
        if self._plugin is not None and self.is_recording:
            manager: ContextManager[Any] = self._plugin.change_context(self._plugin_span)
            return manager
        return _Current(self.span)

    def reading(self) -> ContextManager[Any]:
        """Return the context for reading a stream, where no HTTP request begins that others could trace again."""
        return self._reading


class _Current:
    """Makes a span current. Unlike OpenTelemetry's own, it does not touch the span when an exception passes.

    It can be entered again, which is cheap as long as the context around it stays the same.
    """

    __slots__ = ("_inside", "_outside", "_span", "_token")

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self._outside: Optional[context.Context] = None
        self._inside = context.Context()
        self._token: Optional[Token[context.Context]] = None

    def __enter__(self) -> None:
        outside = context.get_current()
        if outside is not self._outside:
            self._outside, self._inside = outside, trace.set_span_in_context(self._span, outside)
        self._token = context.attach(self._inside)

    def __exit__(
        self,
        exc_type: Optional[Type[BaseException]],
        exc_value: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        # a call that is destroyed with its event loop ends in another context, where there is nothing to detach
        elsewhere = exc_type is GeneratorExit and context.get_current() is not self._inside
        if self._token is not None and not elsewhere:
            context.detach(self._token)


def within(span: trace.Span) -> ContextManager[Any]:
    """Return the context in which a span is current, and others trace what they trace anywhere."""
    return _Current(span)


def start_span(
    name: str, attributes: Mapping[str, Any], schema_url: Optional[str], kind: SpanKind = SpanKind.CLIENT
) -> Optional[CallSpan]:
    """Start the span of a call. Return None if nothing that makes spans is installed or configured."""
    name, given = exportable(name), {"attributes": exportable(attributes)} if attributes else {}
    plugin = _plugin()
    if plugin is not None:
        plugin_span = plugin(name=name, kind=kind, **given)
        return CallSpan(plugin_span.span_instance, plugin, plugin_span)
    tracer = azure_core and azure_core.get_tracer(**INSTRUMENTATION, schema_url=schema_url)
    return CallSpan(tracer.start_span(name, kind=kind, **given)) if tracer else None


def _plugin() -> Any:
    """Return the plugin that azure-core is configured to use; None if there is none."""
    return cast(Any, settings).tracing_implementation()
