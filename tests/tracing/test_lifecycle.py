"""Telemetry is switched on and off."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import threading
from typing import Any, List, Optional
from unittest import mock

import pytest
from azure.core.settings import settings
from faults.raw_server import Gate, RawServer, stall
from faults.test_foreign_loops import destroy_in_flight
from worlds import World, opened, wait

import azure.ai.inference.tracing
from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient, aio
from azure.ai.inference._core import observe
from azure.ai.inference._core.body import UNSET, Call
from azure.ai.inference._core.operations import CHAT
from azure.ai.inference.testing import LocalService
from azure.ai.inference.tracing import AIInferenceInstrumentor

from .harness import HELLO, Telemetry, status

SETTINGS = ["messages", "stream", "frequency_penalty", "presence_penalty", "temperature", "top_p", "max_tokens"]
SETTINGS += ["response_format", "stop", "tools", "tool_choice", "seed", "model", "model_extras"]


def test_r1_public_surface() -> None:
    """Requirement 1: programs that instrument find the same names as ever."""
    assert azure.ai.inference.tracing.__all__ == ["AIInferenceInstrumentor"]
    assert str(inspect.signature(AIInferenceInstrumentor)) == "() -> 'None'"
    names = [name for name in vars(AIInferenceInstrumentor) if not name.startswith("_")]
    assert names == ["instrument", "uninstrument", "is_instrumented", "is_content_recording_enabled"]
    (recording,) = list(inspect.signature(AIInferenceInstrumentor().instrument).parameters.values())
    assert (recording.name, recording.default) == ("enable_content_recording", None)
    assert recording.kind is recording.POSITIONAL_OR_KEYWORD


@pytest.mark.parametrize("module", ["azure.ai.inference", "azure.ai.inference.tracing"])
def test_r1_importing_loads_no_opentelemetry(module: str) -> None:
    """Requirement 1: importing the package neither needs nor loads OpenTelemetry."""
    code = f"import sys, {module}; sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_r3_state_is_that_of_the_process() -> None:
    """Requirement 3: all instrumentors share one state, and a repeated call is no error."""
    first, second = AIInferenceInstrumentor(), AIInferenceInstrumentor()
    first.uninstrument()
    assert not first.is_instrumented()
    first.instrument(True)
    assert second.is_instrumented()
    assert second.is_content_recording_enabled() is True
    second.instrument()
    assert first.is_content_recording_enabled() is False
    first.instrument(enable_content_recording=True)
    second.uninstrument()
    second.uninstrument()
    assert not first.is_instrumented()
    assert first.is_content_recording_enabled() is False


def test_r3_no_method_is_replaced(latest: None) -> None:
    """Requirement 3: the methods of the clients are the same objects, instrumented or not."""
    owners = [ChatCompletionsClient, aio.ChatCompletionsClient, EmbeddingsClient, aio.EmbeddingsClient]
    before = [dict(vars(owner)) for owner in owners]
    AIInferenceInstrumentor().instrument()
    assert [dict(vars(owner)) for owner in owners] == before
    AIInferenceInstrumentor().uninstrument()

    assert [dict(vars(owner)) for owner in owners] == before


def test_r3_threads_may_switch_at_once() -> None:
    """Requirement 3: instrumenting from several threads ends in the state of the last call."""

    def switch() -> None:
        for _ in range(50):
            AIInferenceInstrumentor().instrument()
            AIInferenceInstrumentor().uninstrument()

    threads = [threading.Thread(target=switch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not AIInferenceInstrumentor().is_instrumented()
    assert observe.begin_call(None, Call(CHAT, UNSET, {"messages": []}, {}, {})) is observe.NOBODY


@pytest.mark.asyncio
async def test_methods_bound_before_are_traced_too(client: Any, telemetry: Telemetry, tracer: str) -> None:
    """Section 8: a method that a program bound before `instrument()` is traced like any other."""
    complete = client.complete
    AIInferenceInstrumentor().instrument()
    await wait(complete(messages=HELLO))

    assert telemetry.names.count("chat") == 1


@pytest.mark.parametrize(
    ("argument", "variable", "recording"),
    [
        (None, None, False),
        (None, "true", True),
        (None, "TRUE", True),
        (None, "1", False),
        (None, " true", False),
        (None, "false", False),
        (True, "false", True),
        (False, "true", False),
        (1, None, True),
    ],
)
def test_r4_content_recording(
    monkeypatch: pytest.MonkeyPatch, argument: Any, variable: Optional[str], recording: bool
) -> None:
    """Requirement 4: messages are recorded if, and only if, the user has asked for it."""
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")
    if variable is not None:
        monkeypatch.setenv("AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED", variable)
    instrumentor = AIInferenceInstrumentor()
    instrumentor.instrument(argument)

    assert instrumentor.is_content_recording_enabled() is recording


@pytest.mark.parametrize(
    ("azure", "capture", "recording"),
    [(None, "true", True), (None, "EVENT_ONLY", True), (None, "no_content", False), ("false", "true", False)],
)
def test_r4_content_recording_in_latest_mode(
    monkeypatch: pytest.MonkeyPatch, latest: None, azure: Optional[str], capture: str, recording: bool
) -> None:
    """Requirement 4: OpenTelemetry's own switch is honored, but the more specific one overrides it."""
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", capture)
    if azure is not None:
        monkeypatch.setenv("AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED", azure)
    instrumentor = AIInferenceInstrumentor()
    instrumentor.instrument()

    assert instrumentor.is_content_recording_enabled() is recording


@pytest.mark.asyncio
async def test_r5_another_tools_wrapper_survives(world: World, client: Any, telemetry: Telemetry, tracer: str) -> None:
    """Requirements 5 and 49: a tool that wrapped the method after us keeps its wrapper, and sees the client."""
    wrapt = pytest.importorskip("wrapt")
    owner, seen = world.ChatCompletionsClient, []

    def spy(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        seen.append(instance)
        return wrapped(*args, **kwargs)

    before = vars(owner)["complete"]
    instrumentor = AIInferenceInstrumentor()
    instrumentor.instrument()
    owner.complete = wrapt.decorator(spy)(owner.complete)
    try:
        await wait(client.complete(messages=HELLO))
        assert (seen, telemetry.names.count("chat")) == ([client], 1)
        instrumentor.uninstrument()
        await wait(client.complete(messages=HELLO))
        assert (seen, telemetry.names.count("chat")) == ([client, client], 1)
        instrumentor.instrument()
        await wait(client.complete(messages=HELLO))
        assert (len(seen), telemetry.names.count("chat")) == (3, 2)
        instrumentor.uninstrument()
    finally:
        owner.complete = before


@pytest.mark.asyncio
async def test_r49_wrapper_put_on_before_us(
    world: World, service: LocalService, telemetry: Telemetry, tracer: str, latest: None
) -> None:
    """Requirement 49: a tool that wrapped the methods before us sees the client."""
    wrapt = pytest.importorskip("wrapt")
    seen = []

    def spy(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        seen.append((type(instance).__name__, sorted(kwargs)))
        return wrapped(*args, **kwargs)

    chat, vectors = world.ChatCompletionsClient, world.EmbeddingsClient
    complete, embed = vars(chat)["complete"], vars(vectors)["embed"]
    chat.complete, vectors.embed = wrapt.decorator(spy)(complete), wrapt.decorator(spy)(embed)
    try:
        AIInferenceInstrumentor().instrument()
        async with opened(chat(service.endpoint, service.credential)) as client:
            await wait(client.complete(messages=HELLO))
        async with opened(vectors(service.endpoint, service.credential)) as client:
            await wait(client.embed(input=["x"]))
        AIInferenceInstrumentor().uninstrument()
    finally:
        chat.complete, vectors.embed = complete, embed

    assert seen == [("ChatCompletionsClient", ["messages"]), ("EmbeddingsClient", ["input"])]
    assert [telemetry.names.count(name) for name in ("chat", "embeddings")] == [1, 1]


def test_r49_method_mocked_with_its_signature(tracer: str) -> None:
    """Requirement 49: tests of users can mock an instrumented method with its signature."""
    AIInferenceInstrumentor().instrument()
    with mock.patch.object(ChatCompletionsClient, "complete", autospec=True) as complete:
        ChatCompletionsClient("https://host", mock.Mock(spec=["get_token"])).complete(messages=HELLO)

    complete.assert_called_once()


def test_r49_keywords_are_listed_once_instrumented(world: World) -> None:
    """Requirement 49: the settings of an instrumented call are still listed."""
    before = inspect.signature(world.ChatCompletionsClient.complete)
    AIInferenceInstrumentor().instrument()
    client = world.ChatCompletionsClient("https://host", mock.Mock(spec=["get_token"]))

    assert inspect.getfullargspec(client.complete).kwonlyargs[: len(SETTINGS)] == SETTINGS
    assert inspect.signature(world.ChatCompletionsClient.complete) == before
    assert inspect.iscoroutinefunction(client.complete) == (world.name == "async")


@pytest.mark.asyncio
async def test_r6_as_azure_monitor_does(client: Any, telemetry: Telemetry) -> None:
    """Requirement 6: calls reach Azure Monitor."""
    plugin = pytest.importorskip("azure.core.tracing.ext.opentelemetry_span")
    settings.tracing_implementation = plugin.OpenTelemetrySpan
    importlib.import_module("azure.ai.inference.tracing").AIInferenceInstrumentor().instrument()
    await wait(client.complete(messages=HELLO))

    assert telemetry.names == ["POST", "chat"]


@pytest.mark.parametrize(
    ("instrumented", "expected"), [(False, []), (True, ["begin_call", "is_enabled"])], ids=["off", "instrumented"]
)
def test_r50_work_of_an_untraced_call(service: LocalService, instrumented: bool, expected: List[str]) -> None:
    """Requirement 50: a call without a span costs nothing when telemetry is off, and one check when it is on."""
    called: List[str] = []

    def note(frame: Any, event: str, argument: Any) -> None:
        if event == "call" and frame.f_globals.get("__name__", "").startswith("azure.ai.inference.tracing"):
            called.append(frame.f_code.co_name)

    if instrumented:
        AIInferenceInstrumentor().instrument()
    with ChatCompletionsClient(service.endpoint, service.credential) as client:
        client.complete(messages=HELLO)
        watching = sys.getprofile()
        sys.setprofile(note)
        try:
            client.complete(messages=HELLO)
            list(client.complete(messages=HELLO, stream=True))
        finally:
            sys.setprofile(watching)

    # where azure-core has no tracer of its own, its plugin is looked for
    assert [name for name in called if name != "_plugin"] == 2 * expected


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_destroyed_with_its_loop(
    streamed: bool, native: None, latest: None, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    """A call destroyed with its event loop ends its span, and reports no other context."""
    arrived = Gate()
    AIInferenceInstrumentor().instrument()
    with RawServer([lambda _: arrived.open(), stall]) as server:
        destroy_in_flight(server.url, arrived, lambda client: client.complete(messages=HELLO, stream=streamed))
    assert [record.getMessage() for record in caplog.records] == []
    assert status(telemetry.call)[0] == "ERROR"
