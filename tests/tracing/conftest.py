"""Fixtures: a clean slate of telemetry, azure-core's two ways to make spans, and clients."""

from __future__ import annotations

import importlib.util
import os
from typing import Any, AsyncIterator, Iterator

import pytest
import pytest_asyncio
from azure.core.settings import settings
from worlds import World, opened

from azure.ai.inference.testing import LocalService
from azure.ai.inference.tracing import AIInferenceInstrumentor

if importlib.util.find_spec("opentelemetry") is None or importlib.util.find_spec("opentelemetry.sdk") is None:
    collect_ignore_glob = ["test_[!e]*.py"]  # only what runs in processes of its own can be tested
    _TELEMETRY: Any = None
else:
    from .harness import Telemetry

    _TELEMETRY = Telemetry()


@pytest.fixture(autouse=True)
def telemetry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return the records of this test only. Nothing is switched on."""
    for name in os.environ:
        if name.startswith(("AZURE_", "OTEL_")):
            monkeypatch.delenv(name)
    if _TELEMETRY is None:
        yield
        return
    _TELEMETRY.clear()
    yield _TELEMETRY
    AIInferenceInstrumentor().uninstrument()
    settings.tracing_implementation.unset_value()
    settings.tracing_enabled.unset_value()


def use_plugin() -> None:
    """Let azure-core make spans with its plugin."""
    pytest.importorskip("azure.core.tracing.ext.opentelemetry_span")
    settings.tracing_implementation = "opentelemetry"


def use_native() -> None:
    """Let azure-core make spans itself."""
    pytest.importorskip("azure.core.instrumentation")
    settings.tracing_enabled = True


@pytest.fixture(params=[use_plugin, use_native], ids=["plugin", "native"])
def tracer(request: pytest.FixtureRequest) -> str:
    """Switch tracing on, one way and then the other."""
    request.param()
    name: str = request.param.__name__[4:]
    return name


@pytest.fixture
def native() -> None:
    """Switch tracing on, without the plugin."""
    use_native()


@pytest.fixture
def latest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opt in to the current conventions."""
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "http, gen_ai_latest_experimental")


@pytest_asyncio.fixture
async def client(world: World, service: LocalService) -> AsyncIterator[Any]:
    """Return a client for chats, which does not retry."""
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential, retry_total=0)) as client:
        yield client
