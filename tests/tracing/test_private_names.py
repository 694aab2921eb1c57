"""Private names of OpenTelemetry: the installed version has them, and telemetry works without them."""

from __future__ import annotations

import importlib
from typing import Any, Dict

import pytest
from opentelemetry import context
from worlds import wait

from azure.ai.inference.testing import LocalService
from azure.ai.inference.tracing import AIInferenceInstrumentor, _logs, _spans, _values

from .harness import HELLO, Telemetry, choice, whole

CANARIES: Dict[str, Any] = {
    "LOGS": lambda name: hasattr(importlib.import_module(name), "get_logger"),
    "SUPPRESSION": lambda name: isinstance(getattr(context, name, None), str),
}


@pytest.mark.parametrize("name", CANARIES)
def test_opentelemetry_has_the_name(name: str) -> None:
    """The installed OpenTelemetry has each private name; without it, telemetry takes its public way."""
    private = getattr(_values, name)

    assert CANARIES[name](private), f"OpenTelemetry has lost {private!r} (_values.{name})"


def test_each_name_has_a_canary() -> None:
    """Each private name of OpenTelemetry has a canary."""
    assert sorted(name for name in vars(_values) if name.isupper() and name[0] != "_") == sorted(CANARIES)


@pytest.mark.asyncio
async def test_log_records_without_the_name(
    client: Any,
    service: LocalService,
    telemetry: Telemetry,
    native: None,
    latest: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Calls are recorded on spans, and there are no log records."""
    monkeypatch.setattr(_values, "LOGS", "opentelemetry.lost")
    monkeypatch.setattr(_logs, "HAS_EVENTS", _values.logs_api() is not None)
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_AND_EVENT")
    AIInferenceInstrumentor().instrument()
    service.answer(whole(choice("Hello")))
    completion = await wait(client.complete(messages=HELLO))

    assert completion.choices[0].message.content == "Hello"
    assert "gen_ai.output.messages" in (telemetry.call.attributes or {})
    assert telemetry.logs == []


@pytest.mark.asyncio
async def test_suppression_without_the_name(
    client: Any, telemetry: Telemetry, native: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls are recorded, but not where OpenTelemetry's instrumentation is suppressed."""
    utils = pytest.importorskip("opentelemetry.instrumentation.utils")
    monkeypatch.setattr(_values, "SUPPRESSION", "_LOST_KEY")
    monkeypatch.setattr(_spans, "_SUPPRESSED", _values.suppression_keys(context))
    AIInferenceInstrumentor().instrument()
    with utils.suppress_instrumentation():
        await wait(client.complete(messages=HELLO))
    assert "chat" not in telemetry.names

    await wait(client.complete(messages=HELLO))
    assert "chat" in telemetry.names
