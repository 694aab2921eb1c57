"""Spans of whole responses, as dashboards know them from the released package."""

from __future__ import annotations

import asyncio
import datetime
import io
import json
import time
from typing import Any, Dict, List

import pytest
from azure.core.credentials import AzureKeyCredential
from worlds import World, opened, wait

from azure.ai.inference import ChatCompletionsClient, models
from azure.ai.inference.testing import LocalService, Reply, Stall
from azure.ai.inference.tracing import AIInferenceInstrumentor

from .harness import (
    HELLO,
    Telemetry,
    answered,
    asked,
    attributes,
    choice,
    choices,
    events,
    status,
    whole,
)

TOOL_CALL = {"id": "t0", "type": "function", "call_id": None, "function": {"name": "look", "arguments": '{"a": 1}'}}

CUSTOM_CALL = {"id": "t2", "type": "custom", "custom": {"name": "paint", "input": "a secret"}}


@pytest.mark.asyncio
async def test_r13_the_span(client: Any, service: LocalService, telemetry: Telemetry, tracer: str) -> None:
    """Requirement 13: the span and its attributes are those that dashboards know."""
    AIInferenceInstrumentor().instrument()
    service.answer(whole(choice()))
    given: Dict[str, Any] = {"max_tokens": 7, "temperature": 0, "top_p": 0.0}
    more = {"seed": 3, "stop": ["x"], "frequency_penalty": 1.0, "presence_penalty": 1.0, "response_format": "text"}
    await wait(client.complete(messages=HELLO, model="m", **given, **more))

    span = telemetry.call
    assert (span.name, span.kind.name, status(span)) == ("chat m", "CLIENT", ("UNSET", None))
    assert attributes(span) == {**asked(service, **given), **answered("stop")}
    assert ("chat m", {}) in [(name, begun) for name, _, begun in telemetry.begun]
    assert (telemetry.logs, telemetry.metrics()) == ([], {})


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (whole(choice()), answered("stop")),
        (whole(choice(finish_reason=None)), answered("none")),
        (whole(choice(finish_reason="a_new_reason")), answered("a_new_reason")),
        (whole(choice(index=1), choice(finish_reason="length")), answered("stop", "length")),
        (whole(), answered()),
        (whole(choice(), id=None, model=None, usage=None), {"gen_ai.response.finish_reasons": ("stop",)}),
    ],
)
async def test_r13_r19_attributes_of_answers(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, answer: Reply, expected: Dict[str, Any]
) -> None:
    """Requirements 13 and 19: the attributes of a response are those of the released package."""
    AIInferenceInstrumentor().instrument()
    service.answer(answer)
    await wait(client.complete(messages=HELLO, model="m"))

    assert attributes(telemetry.call) == {**asked(service), **expected}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("said", "without", "recorded"),
    [
        (choice(), {}, {"message": {"content": "Hello"}}),
        (choice(None), {}, {"message": {"content": None}}),
        (
            choice(None, tool_calls=[TOOL_CALL]),
            {"message": {"tool_calls": [{"id": "t0", "type": "function", "call_id": None}]}},
            {"message": {"content": None, "tool_calls": [TOOL_CALL]}},
        ),
        (
            choice("x", tool_calls=[{"id": "t1", "function": {"name": "f", "arguments": "{}", "extra": 1}}]),
            {"message": {"tool_calls": [{"id": "t1", "type": "function", "function": {"extra": 1}}]}},
            {
                "message": {
                    "content": "x",
                    "tool_calls": [
                        {"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}", "extra": 1}}
                    ],
                }
            },
        ),
        (
            choice(None, tool_calls=[CUSTOM_CALL]),
            {"message": {"tool_calls": [{"id": "t2", "type": "custom"}]}},
            {"message": {"content": None, "tool_calls": [CUSTOM_CALL]}},
        ),
        (choice(tool_calls=[]), {}, {"message": {"content": "Hello"}}),
    ],
)
@pytest.mark.parametrize("recording", [False, True], ids=["off", "on"])
async def test_r14_events_of_choices(
    client: Any,
    service: LocalService,
    telemetry: Telemetry,
    tracer: str,
    said: Any,
    without: Dict[str, Any],
    recorded: Dict[str, Any],
    recording: bool,
) -> None:
    """Requirement 14: the event of a choice is that of the released package, and no more."""
    AIInferenceInstrumentor().instrument(recording)
    service.answer(whole(said))
    await wait(client.complete(messages=HELLO))

    expected = {"finish_reason": "stop", "index": 0, **(recorded if recording else without)}
    assert choices(telemetry.call) == [expected]


CHAT: List[Any] = [
    models.SystemMessage("Be brief. é"),
    {"role": "user", "content": "hi"},
    models.UserMessage(
        [
            models.TextContentItem(text="look"),
            models.ImageContentItem(image_url=models.ImageUrl(url="data:image/png;base64,AA==")),
        ]
    ),
    models.AssistantMessage(
        tool_calls=[models.ChatCompletionsToolCall(id="t0", function=models.FunctionCall(name="f", arguments="{}"))]
    ),
    models.ToolMessage("res", tool_call_id="t0"),
    {"content": "a message without a role has no event"},
    models.DeveloperMessage("Be kind."),
]


@pytest.mark.asyncio
async def test_r14_events_of_messages(client: Any, service: LocalService, telemetry: Telemetry, tracer: str) -> None:
    """Requirement 14: recorded conversations look the same in the tools that show them."""
    AIInferenceInstrumentor().instrument(True)
    service.answer(whole(choice()))
    await wait(client.complete(messages=CHAT))

    span = telemetry.call
    call = {"id": "t0", "function": {"name": "f", "arguments": "{}"}, "type": "function"}
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    assert events(span) == [
        ("gen_ai.system.message", {"role": "system", "content": "Be brief. é"}),
        ("gen_ai.user.message", {"role": "user", "content": "hi"}),
        ("gen_ai.user.message", {"role": "user", "content": [{"type": "text", "text": "look"}, image]}),
        ("gen_ai.assistant.message", {"role": "assistant", "tool_calls": [call]}),
        ("gen_ai.tool.message", {"role": "tool", "content": "res", "tool_call_id": "t0"}),
        ("gen_ai.developer.message", {"role": "developer", "content": "Be kind."}),
        ("gen_ai.choice", {"message": {"content": "Hello"}, "finish_reason": "stop", "index": 0}),
    ]
    assert all(dict(event.attributes or {})["gen_ai.system"] == "az.ai.inference" for event in span.events)
    times = [event.timestamp for event in span.events]
    assert all(later - earlier >= 1000 for earlier, later in zip(times, times[1:]))


@pytest.mark.asyncio
async def test_r14_times_of_events(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requirement 14: events keep their order for tools that sort them by time, even if the clock stands still."""
    AIInferenceInstrumentor().instrument(True)
    service.answer(whole(choice(), choice(index=1)))
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now)
    await wait(client.complete(messages=HELLO * 2))

    assert [event.timestamp - now for event in telemetry.call.events] == [0, 1000, 2000, 3000]


@pytest.mark.asyncio
async def test_r14_r20_json_of_events(client: Any, service: LocalService, telemetry: Telemetry, tracer: str) -> None:
    """Requirements 14, 20: recorded texts are the same bytes as ever, and an odd value does not cost the message."""
    AIInferenceInstrumentor().instrument(True)
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    service.answer(whole(choice()))
    odd = {"role": "user", "content": [models.TextContentItem(text="t")], "at": moment, "raw": b"x"}
    await wait(client.complete(messages=[{"role": "user", "content": "é", "n": 1.5}, odd]))

    texts = [(event.attributes or {})["gen_ai.event.content"] for event in telemetry.call.events]
    assert texts[0] == json.dumps({"role": "user", "content": "é", "n": 1.5})
    assert texts[1] == (
        '{"role": "user", "content": [{"type": "text", "text": "t"}], "at": "2026-01-02T03:04:05Z", "raw": "eA=="}'
    )


def test_r20_what_has_no_json_form_is_described() -> None:
    """Requirement 20: one value without a JSON form does not cost the whole message."""
    from azure.ai.inference.tracing._json_text import dumps

    assert dumps({"a": 1j, "b": {"c": range(2)}}) == '{"a": "1j", "b": {"c": [0, 1]}}'


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("defaults", "given", "expected"),
    [
        ({"model": "d", "temperature": 0.5, "max_tokens": 9}, {}, {"model": "d", "temperature": 0.5, "max_tokens": 9}),
        ({"model": "d", "top_p": 0.1}, {"model": "k", "top_p": 0.2}, {"model": "k", "top_p": 0.2}),
        ({"model": "d"}, {"model_extras": {"model": "e", "temperature": 1}}, {"model": "e", "temperature": 1}),
        ({"model_extras": {"model": "e"}}, {"model": "k"}, {"model": "e"}),
        ({"max_tokens": 9}, {"max_completion_tokens": 7, "n": 2, "reasoning_effort": "low"}, {"max_tokens": 9}),
        ({"max_completion_tokens": 7, "n": 2, "reasoning_effort": "low"}, {}, {}),
        ({"model": "d"}, {"body": {"messages": HELLO}}, {}),
        ({"model": "d"}, {"body": {"messages": HELLO, "model": "b", "max_tokens": 3}}, {"model": "b", "max_tokens": 3}),
        ({"model": "d"}, {"body": b'{"messages": [{"role": "user", "content": "hi"}], "model": "b"}'}, {}),
        ({}, {}, {}),
    ],
)
async def test_r15_the_effective_settings(
    world: World,
    service: LocalService,
    telemetry: Telemetry,
    tracer: str,
    defaults: Dict[str, Any],
    given: Dict[str, Any],
    expected: Dict[str, Any],
) -> None:
    """Requirement 15: a span names the model and the settings that were sent."""
    AIInferenceInstrumentor().instrument()
    service.answer(whole(choice()))
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential, **defaults)) as client:
        await wait(client.complete(**({"messages": HELLO} if "body" not in given else {}), **given))

    name = f"chat {expected['model']}" if "model" in expected else "chat"
    assert telemetry.call.name == name
    assert attributes(telemetry.call) == {**asked(service, **{"model": "chat", **expected}), **answered("stop")}


@pytest.mark.asyncio
async def test_r16_bodies(client: Any, service: LocalService, telemetry: Telemetry, tracer: str) -> None:
    """Requirement 16: a call with a body is traced with its response, and the body is not read before it is sent."""
    AIInferenceInstrumentor().instrument(True)
    body = {"messages": HELLO, "model": "b"}
    service.answer(whole(choice()), whole(choice()))
    await wait(client.complete(body))
    await wait(client.complete(body=io.BytesIO(json.dumps(body).encode())))

    mapping, file = [span for span in telemetry.spans if span.name.startswith("chat")]
    event = ("gen_ai.choice", {"message": {"content": "Hello"}, "finish_reason": "stop", "index": 0})
    assert (attributes(mapping), events(mapping)) == ({**asked(service, "b"), **answered("stop")}, [event])
    assert (attributes(file), events(file)) == ({**asked(service, "chat"), **answered("stop")}, [event])
    assert [request.json() for request in service.requests] == [body, body]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("code", "error_type", "raised"),
    [
        (400, "azure.core.exceptions.HttpResponseError", "azure.core.exceptions.HttpResponseError"),
        (401, "azure.core.exceptions.ClientAuthenticationError", "azure.core.exceptions.ClientAuthenticationError"),
        (429, "azure.core.exceptions.HttpResponseError", "azure.ai.inference.exceptions.RateLimitError"),
    ],
)
async def test_r17_refused_calls(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, code: int, error_type: str, raised: str
) -> None:
    """Requirement 17: failed calls have the error that alerts look for."""
    AIInferenceInstrumentor().instrument()
    service.answer(Reply(code, body={"error": {"code": "no", "message": "Not so."}}))
    with pytest.raises(Exception) as caught:
        await wait(client.complete(messages=HELLO, model="m"))

    span = telemetry.call
    assert attributes(span) == {**asked(service), "error.type": error_type}
    assert status(span) == ("ERROR", str(caught.value))
    (event,) = span.events
    told = {name: value for name, value in (event.attributes or {}).items() if name != "exception.stacktrace"}
    assert (event.name, told) == (
        "exception",
        {"exception.type": raised, "exception.message": str(caught.value), "exception.escaped": "False"},
    )


@pytest.mark.asyncio
async def test_r17_errors_before_anything_is_sent(client: Any, telemetry: Telemetry, tracer: str) -> None:
    """Requirement 17: a call that cannot be sent is in the trace."""
    AIInferenceInstrumentor().instrument()
    with pytest.raises(TypeError, match="missing required argument: messages"):
        await wait(client.complete(model="m"))

    assert telemetry.names == ["chat m"]
    assert attributes(telemetry.call)["error.type"] == "TypeError"


@pytest.mark.asyncio
async def test_r17_cancelled_calls(service: LocalService, telemetry: Telemetry, tracer: str) -> None:
    """Requirement 17: the span of a cancelled call ends."""
    from azure.ai.inference.aio import ChatCompletionsClient as AsyncClient

    AIInferenceInstrumentor().instrument()
    loop, reached = asyncio.get_running_loop(), asyncio.Event()

    def stall(request: Any) -> Stall:
        loop.call_soon_threadsafe(reached.set)
        return Stall()

    service.answer(stall)
    async with AsyncClient(service.endpoint, service.credential) as client:
        call = asyncio.ensure_future(client.complete(messages=HELLO))
        await reached.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    name = f"{asyncio.CancelledError.__module__}.CancelledError"
    assert (attributes(telemetry.call)["error.type"], status(telemetry.call)[0]) == (name, "ERROR")


def test_r17_interrupted_calls(service: LocalService, telemetry: Telemetry, tracer: str) -> None:
    """Requirement 17: the span of a call that was interrupted from the keyboard ends."""

    def interrupt(request: Any) -> None:
        raise KeyboardInterrupt

    AIInferenceInstrumentor().instrument()
    with ChatCompletionsClient(service.endpoint, service.credential) as client, pytest.raises(KeyboardInterrupt):
        client.complete(messages=HELLO, raw_request_hook=interrupt)

    assert attributes(telemetry.call)["error.type"] == "KeyboardInterrupt"


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", ["default", "latest"])
@pytest.mark.parametrize("endpoint", ["endpoint", "https://me:secret@h.example", 5, []])
async def test_wrong_endpoint(
    world: World, telemetry: Telemetry, tracer: str, monkeypatch: pytest.MonkeyPatch, endpoint: Any, mode: str
) -> None:
    """A call with a wrong endpoint has a span, which shows neither host nor password."""
    if mode == "latest":
        monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
    AIInferenceInstrumentor().instrument()
    async with opened(world.ChatCompletionsClient(endpoint, AzureKeyCredential("k"))) as client:
        with pytest.raises((TypeError, ValueError), match="'endpoint'"):
            await wait(client.complete(messages=HELLO, model="m"))

    (span,) = telemetry.spans
    assert (span.name, status(span)[0]) == ("chat m", "ERROR")
    assert not [name for name in attributes(span) if name.startswith("server.")]
    assert "secret" not in span.to_json()
