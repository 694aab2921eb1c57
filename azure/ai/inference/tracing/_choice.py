"""The observer of each call, if any: chosen by the switches, azure-core's settings and the call's options."""

from __future__ import annotations

from typing import Any

from azure.ai.inference._core.body import Call
from azure.ai.inference._core.observe import NOBODY, Begin, Observer
from azure.ai.inference.tracing import _released_observer, _semconv_observer
from azure.ai.inference.tracing._floors import warn_of_old_api
from azure.ai.inference.tracing._observer import LOGGER
from azure.ai.inference.tracing._request import CHAT, EMBEDDINGS, IMAGES, read_request
from azure.ai.inference.tracing._spans import is_enabled
from azure.ai.inference.tracing._switches import Switches


def observers(switches: Switches) -> Begin:
    """Return the function that begins the observer of a call."""
    if switches.latest:
        warn_of_old_api()
    begin = _semconv_observer.begin if switches.latest else _released_observer.begin
    observed = (CHAT, EMBEDDINGS, IMAGES) if switches.latest else (CHAT,)

    def begin_call(client: Any, call: Call) -> Observer:
        try:
            if call.operation.name in observed and is_enabled(call.options):
                return begin(switches, read_request(client._config.base_url, call))
        except Exception:  # telemetry must not fail a call
            LOGGER.debug("A call could not be recorded.", exc_info=True)
        return NOBODY

    return begin_call
