"""Which calls are traced, by what, and what happens to HTTP spans."""

from __future__ import annotations

import datetime
import subprocess
import sys
from typing import Any, Dict, Iterator, List, Optional

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.settings import settings
from opentelemetry import context, trace
from worlds import ASYNC, World, next_of, opened, updates_of, wait

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference._version import VERSION
from azure.ai.inference.testing import FakeResponse, LocalService, Reply, Stream
from azure.ai.inference.tracing import AIInferenceInstrumentor, _json_text, _released_spans, _semconv_spans, _spans

from .conftest import use_native, use_plugin
from .harness import HELLO, Telemetry, attributes, choice, name_of, piece, text_pieces, whole


@pytest.mark.asyncio
async def test_r7_plugin_goes_before_native(client: Any, telemetry: Telemetry) -> None:
    """Requirement 7: programs with the plugin find their spans in the plugin's scope."""
    use_plugin()
    use_native()
    AIInferenceInstrumentor().instrument()
    await wait(client.complete(messages=HELLO))

    scope = telemetry.call.instrumentation_scope
    assert scope is not None
    assert scope.name == "azure.core.tracing.ext.opentelemetry_span"


@pytest.mark.asyncio
@pytest.mark.parametrize("opted_in", [False, True], ids=["default", "latest"])
async def test_r7_native_spans(
    client: Any, telemetry: Telemetry, native: None, monkeypatch: pytest.MonkeyPatch, opted_in: bool
) -> None:
    """Requirements 7 and 10: without the plugin there are spans, which name this library."""
    if opted_in:
        monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
    AIInferenceInstrumentor().instrument()
    await wait(client.complete(messages=HELLO, model="m"))

    post, chat = telemetry.spans
    assert (chat.name, chat.parent, name_of(post), post.parent) == ("chat m", None, "POST", chat.context)
    for span in (chat, post):
        assert span.instrumentation_scope is not None
        assert (span.instrumentation_scope.name, span.instrumentation_scope.version) == ("azure-ai-inference", VERSION)
    assert chat.instrumentation_scope is not None
    assert (chat.instrumentation_scope.schema_url == "https://opentelemetry.io/schemas/1.41.0") is opted_in


def off_by_default() -> None:
    """Switch nothing on."""


def plugin_switched_off() -> None:
    """Configure a plugin, with tracing off."""
    use_plugin()
    settings.tracing_enabled = False


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("switch", "options", "names"),
    [
        (off_by_default, {}, []),
        (off_by_default, {"enabled": True}, ["POST", "chat"]),
        (off_by_default, {"enabled": False}, []),
        (use_native, {}, ["POST", "chat"]),
        (use_native, {"enabled": False}, []),
        (use_plugin, {}, ["POST", "chat"]),
        (use_plugin, {"enabled": False}, []),
        (plugin_switched_off, {}, []),
        (plugin_switched_off, {"enabled": True}, ["POST", "chat"]),
    ],
)
async def test_r8_switches_of_tracing(
    client: Any, telemetry: Telemetry, switch: Any, options: Dict[str, Any], names: List[str]
) -> None:
    """Requirements 7 and 8: a span is made if, and only if, it is switched on."""
    pytest.importorskip("azure.core.instrumentation")
    switch()
    AIInferenceInstrumentor().instrument()
    await wait(client.complete(messages=HELLO, tracing_options=options))

    assert telemetry.names == names


@pytest.mark.asyncio
async def test_r8_attributes_of_the_caller_stay_on_the_http_span(
    client: Any, telemetry: Telemetry, tracer: str
) -> None:
    """Requirement 8: a caller's attributes stay on the span that they were always on."""
    pytest.importorskip("azure.core.instrumentation")
    AIInferenceInstrumentor().instrument()
    await wait(client.complete(messages=HELLO, tracing_options={"attributes": {"mine": 1}}))

    post, chat = telemetry.spans
    assert (attributes(post).get("mine"), attributes(chat).get("mine")) == (1, None)


@pytest.fixture
def http_instrumentations(world: World) -> Iterator[None]:
    """Activate the instrumentations of the HTTP libraries."""
    active = []
    for name, instrumentor in (
        ("requests", "RequestsInstrumentor"),
        ("urllib3", "URLLib3Instrumentor"),
        ("aiohttp_client", "AioHttpClientInstrumentor"),
    ):
        module = pytest.importorskip(f"opentelemetry.instrumentation.{name}")
        if world is ASYNC and name == "aiohttp_client" and not hasattr(module, "is_http_instrumentation_enabled"):
            pytest.skip(
                "this version for aiohttp, the last for Python 3.8, makes spans though azure-core suppresses them"
            )
        active.append(getattr(module, instrumentor)())
    for instrumentation in active:
        instrumentation.instrument()
    yield
    for instrumentation in active:
        instrumentation.uninstrument()


@pytest.mark.asyncio
@pytest.mark.parametrize("stream", [False, True])
async def test_r9_one_http_span_for_each_attempt(
    http_instrumentations: None, world: World, service: LocalService, telemetry: Telemetry, tracer: str, stream: bool
) -> None:
    """Requirements 9 and 18: each attempt has one HTTP span, and retries add no spans of the call."""
    AIInferenceInstrumentor().instrument()
    service.answer(Reply(503), Reply(503), Stream(text_pieces()) if stream else whole(choice()))
    made = world.ChatCompletionsClient(service.endpoint, service.credential, retry_backoff_factor=0)
    async with opened(made) as client:
        result = await wait(client.complete(messages=HELLO, stream=stream))
        if stream:
            await updates_of(result)

    chat = telemetry.call
    assert telemetry.names == ["POST", "POST", "POST", "chat"]
    assert [span.parent for span in telemetry.spans] == [chat.context] * 3 + [None]
    assert chat.context is not None
    for request, span in zip(service.requests, telemetry.spans):
        assert span.context is not None
        told = request.headers["traceparent"]
        assert told.rpartition("-")[0] == f"00-{chat.context.trace_id:032x}-{span.context.span_id:016x}"


@pytest.mark.asyncio
@pytest.mark.parametrize("opt_in", ["", "gen_ai_latest_experimental"], ids=["default", "latest"])
@pytest.mark.parametrize(
    ("endpoint", "port"),
    [
        ("https://host.example", None),
        ("https://host.example:443/models", None),
        ("https://host.example:8443/models", 8443),
        ("http://host.example:80", 80),
    ],
)
async def test_r13_r29_port(
    world: World,
    telemetry: Telemetry,
    native: None,
    monkeypatch: pytest.MonkeyPatch,
    opt_in: str,
    endpoint: str,
    port: Optional[int],
) -> None:
    """Requirements 13 and 29: a span names the server's port if the endpoint does, and only if it is not 443."""
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", opt_in)
    AIInferenceInstrumentor().instrument()
    transport = world.FakeTransport(lambda request: FakeResponse(200, {}))
    made = world.ChatCompletionsClient(endpoint, AzureKeyCredential("key"), transport=transport)
    async with opened(made) as client:
        await wait(client.complete(messages=HELLO))

    found = {name: value for name, value in attributes(telemetry.call).items() if name.startswith("server.")}
    assert found == {"server.address": "host.example", **({} if port is None else {"server.port": port})}


def test_r10_clients_name_the_library(world: World) -> None:
    """Requirement 10: azure-core's spans name this library."""
    expected = {"library_name": "azure-ai-inference", "library_version": VERSION}

    for client in world.clients:
        assert client._instrumentation_config == expected


class Untellable:
    """Has no JSON form, and not even a description."""

    def __repr__(self) -> str:
        raise RuntimeError("do not print me")


@pytest.mark.asyncio
@pytest.mark.parametrize("opted_in", [False, True], ids=["default", "latest"])
@pytest.mark.parametrize(
    "answer",
    [
        whole(choice(finish_reason="a_new_reason")),
        whole(choice(finish_reason={"odd": 1})),
        whole(choices=[]),
        whole(choices=None),
        whole(choices="no"),
        whole(choices=[{"index": 0, "finish_reason": "stop", "message": None}, None, 7]),
        whole(choice(tool_calls=[None, {}, {"id": 5, "function": 7}]), usage="none", id=7, model=[]),
        whole(choice(tool_calls="no"), usage={"prompt_tokens": "x", "prompt_tokens_details": 5}),
    ],
)
async def test_r11_odd_answers_reach_the_caller(
    client: Any,
    service: LocalService,
    telemetry: Telemetry,
    tracer: str,
    monkeypatch: pytest.MonkeyPatch,
    answer: Reply,
    opted_in: bool,
) -> None:
    """Requirements 11 and 19: a response that is new to telemetry reaches the caller, and has its span."""
    service.answer(answer, answer)
    expected = await wait(client.complete(messages=HELLO))
    if opted_in:
        monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
    AIInferenceInstrumentor().instrument(True)
    result = await wait(client.complete(messages=HELLO))

    assert result == expected
    assert telemetry.call.status.status_code.name == "UNSET"


@pytest.mark.asyncio
@pytest.mark.parametrize("opted_in", [False, True], ids=["default", "latest"])
async def test_r11_odd_streams_reach_the_caller(
    client: Any,
    service: LocalService,
    telemetry: Telemetry,
    monkeypatch: pytest.MonkeyPatch,
    tracer: str,
    opted_in: bool,
) -> None:
    """Requirement 11: an update that is new to telemetry reaches the caller, and the span is kept."""
    calls = [{}, {"id": None, "function": None}, {"index": 0, "function": {"arguments": 5}}, 7, None]
    odd = [
        *(piece({"tool_calls": [call]}) for call in calls),
        piece(7),
        piece({"content": ["x"]}),
        {"choices": [7, None, {"index": "x"}, {"index": [], "delta": {"content": "x"}}]},
        {"choices": "no"},
        piece({}, "stop"),
    ]
    service.answer(Stream(odd))
    if opted_in:
        monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
    AIInferenceInstrumentor().instrument(True)
    updates = await updates_of(await wait(client.complete(messages=HELLO, stream=True)))

    assert updates == odd
    assert telemetry.call.status.status_code.name == "UNSET"


@pytest.mark.asyncio
@pytest.mark.parametrize("messages", [None, "hello", 5, [{"role": "user", "content": Untellable()}], [None]])
async def test_r11_bad_messages_fail_as_they_do_untraced(
    client: Any, telemetry: Telemetry, tracer: str, messages: Any
) -> None:
    """Requirement 11: recording messages changes no error, and the call has its span."""
    with pytest.raises(Exception) as untraced:
        await wait(client.complete(messages=messages, retry_total=0))
    AIInferenceInstrumentor().instrument(True)
    with pytest.raises(Exception) as traced:
        await wait(client.complete(messages=messages, retry_total=0))

    assert (traced.type, str(traced.value)) == (untraced.type, str(untraced.value))
    assert telemetry.call.status.status_code.name == "ERROR"


@pytest.mark.asyncio
async def test_r11_bad_settings_fail_as_they_do_untraced(client: Any, telemetry: Telemetry, tracer: str) -> None:
    """Requirement 11: a call whose body cannot be made has its span."""
    AIInferenceInstrumentor().instrument()
    with pytest.raises(ValueError, match="Unsupported `response_format` xml"):
        await wait(client.complete(messages=HELLO, model="m", response_format="xml"))

    assert telemetry.names == ["chat m"]
    assert attributes(telemetry.call)["error.type"] == "ValueError"


class Broken:
    """A plugin that fails."""

    def __init__(self, **kwargs: Any) -> None:
        raise RuntimeError("broken")


@pytest.mark.asyncio
async def test_r11_a_plugin_that_does_not_work(client: Any, service: LocalService, telemetry: Telemetry) -> None:
    """Requirement 11: a broken tracing implementation breaks no calls."""
    settings.tracing_implementation = Broken  # type: ignore[assignment]  # that is the test
    AIInferenceInstrumentor().instrument()
    service.answer(whole(choice()))

    assert (await wait(client.complete(messages=HELLO))).choices[0].message.content == "Hello"
    assert telemetry.names == []


@pytest.mark.asyncio
async def test_r11_what_has_no_json_form_is_sent_as_untraced(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str
) -> None:
    """Requirement 11: a time or bytes in a message are sent the same when messages are recorded."""
    AIInferenceInstrumentor().instrument(True)
    moment = datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)
    service.answer(whole(choice()))
    await wait(client.complete(messages=[{"role": "user", "content": "hi", "at": moment, "raw": b"x"}]))

    sent = service.requests[0].json()["messages"]
    assert sent == [{"role": "user", "content": "hi", "at": "2026-01-02T00:00:00Z", "raw": "eA=="}]


@pytest.mark.asyncio
@pytest.mark.parametrize("opted_in", [False, True], ids=["default", "latest"])
async def test_r12_refused_spans_cost_no_content(
    client: Any,
    service: LocalService,
    telemetry: Telemetry,
    tracer: str,
    monkeypatch: pytest.MonkeyPatch,
    opted_in: bool,
) -> None:
    """Requirement 12: no messages are encoded for spans that are not sampled."""
    texts: List[Any] = []

    def counting(value: Any) -> str:
        texts.append(value)
        return _json_text.dumps(value)

    for module in (_released_spans, _semconv_spans):
        monkeypatch.setattr(module, "dumps", counting)
    if opted_in:
        monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
    AIInferenceInstrumentor().instrument(True)
    for refused in (["chat"], []):
        telemetry.clear()
        telemetry.refused = refused
        texts.clear()
        service.answer(whole(choice()), Stream(text_pieces()))
        await wait(client.complete(messages=HELLO))
        stream = await wait(client.complete(messages=HELLO, stream=True))
        await next_of(stream)
        await wait(stream.close())
        assert (bool(texts), "chat" in telemetry.names) == (not refused, not refused)


@pytest.mark.asyncio
async def test_r12_a_refused_span_is_passed_on(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str
) -> None:
    """Requirement 12: the service gets the caller's trace, even if its span is not sampled."""
    telemetry.refused = ["chat"]
    AIInferenceInstrumentor().instrument()
    with trace.get_tracer("test").start_as_current_span("outer") as outer:
        await wait(client.complete(messages=HELLO))

    assert f"{outer.get_span_context().trace_id:032x}" in service.requests[0].headers["traceparent"]


@pytest.mark.asyncio
@pytest.mark.parametrize("opted_in", [False, True], ids=["default", "latest"])
async def test_r47_suppressed_instrumentation(
    client: Any, telemetry: Telemetry, tracer: str, monkeypatch: pytest.MonkeyPatch, opted_in: bool
) -> None:
    """Requirement 47: no calls are recorded where all instrumentation is suppressed."""
    utils = pytest.importorskip("opentelemetry.instrumentation.utils")
    if opted_in:
        monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
    AIInferenceInstrumentor().instrument()
    with utils.suppress_instrumentation():
        await wait(client.complete(messages=HELLO))

    assert "chat" not in telemetry.names
    assert not any(name.startswith("gen_ai") for name in telemetry.metrics())


@pytest.mark.asyncio
@pytest.mark.parametrize("opted_in", [False, True], ids=["default", "latest"])
async def test_r48_within_another_instrumentation(
    client: Any, telemetry: Telemetry, tracer: str, monkeypatch: pytest.MonkeyPatch, opted_in: bool
) -> None:
    """Requirement 48: a call that another tool records by the current conventions is recorded once."""
    if opted_in:
        monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
    AIInferenceInstrumentor().instrument()
    token = context.attach(context.set_value("opentelemetry.genai.client.inference.context", object()))
    try:
        await wait(client.complete(messages=HELLO))
    finally:
        context.detach(token)

    assert ("chat" in telemetry.names) is not opted_in
    assert not telemetry.metrics()


def test_r51_azure_core_without_a_tracer_of_its_own(
    service: LocalService, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requirements 7 and 51: an older azure-core makes spans with its plugin."""
    pytest.importorskip("azure.core.instrumentation")  # an azure-core that is old in truth finds its plugin by itself
    monkeypatch.setattr(_spans, "azure_core", None)
    settings.tracing_enabled = False
    AIInferenceInstrumentor().instrument()
    with ChatCompletionsClient(service.endpoint, service.credential) as client:
        client.complete(messages=HELLO)
        assert telemetry.names == []
        use_plugin()
        client.complete(messages=HELLO)
        assert telemetry.names == ["chat"]
        client.complete(messages=HELLO, tracing_options={"enabled": False})
        assert telemetry.names == ["chat"]


@pytest.mark.parametrize(
    "name", ["_messages", "_outcome", "_released_spans", "_request", "_semconv_spans", "_switches"]
)
def test_r51_modules_load_on_their_own(name: str) -> None:
    """Requirement 51: each module of telemetry can be imported first."""
    script = f"import azure.ai.inference.tracing.{name} as module; print(module.__name__)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (loaded.returncode, loaded.stdout) == (0, f"azure.ai.inference.tracing.{name}\n"), loaded.stderr
