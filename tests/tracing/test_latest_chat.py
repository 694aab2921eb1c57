"""Spans of chats by the current conventions: attributes and errors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, List

import pytest
from azure.core.exceptions import HttpResponseError, IncompleteReadError
from worlds import World, next_of, opened, updates_of, wait

from azure.ai.inference import models
from azure.ai.inference.exceptions import ResponseFormatError
from azure.ai.inference.testing import LocalService, Reply, Stream
from azure.ai.inference.tracing import AIInferenceInstrumentor

from .harness import (
    HAS_EVENTS,
    HELLO,
    Telemetry,
    attributes,
    choice,
    named,
    piece,
    server,
    status,
    text_pieces,
    usage_piece,
    whole,
)

pytestmark = pytest.mark.usefixtures("latest")

RESPONSE = {"gen_ai.response.id": "r1", "gen_ai.response.model": "served"}
USAGE = {"gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 5}


def begun(service: LocalService, **request: Any) -> Dict[str, Any]:
    """Return the attributes that a span has from its beginning."""
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "azure.ai.inference",
        "azure.resource_provider.namespace": "Microsoft.CognitiveServices",
        **server(service),
        **named("request", request),
    }


def without_time(span: Any) -> Dict[str, Any]:
    """Return the attributes of a span without the one that differs each time."""
    return {name: value for name, value in attributes(span).items() if not name.endswith("time_to_first_chunk")}


@pytest.mark.asyncio
async def test_r29_r30_the_span(client: Any, service: LocalService, telemetry: Telemetry, tracer: str) -> None:
    """Requirements 29 and 30: tools for the current conventions, and samplers, know the span."""
    AIInferenceInstrumentor().instrument()
    service.answer(whole(choice()), whole(choice()))
    await wait(client.complete(messages=HELLO, model="m"))
    await wait(client.complete(messages=HELLO))

    _, span, _, nameless = telemetry.spans
    (sampled,) = [at_start for name, _, at_start in telemetry.begun if name == "chat m"]
    assert (span.name, span.kind.name, status(span), list(span.events)) == ("chat m", "CLIENT", ("UNSET", None), [])
    assert sampled == begun(service, model="m")
    reasons = {"gen_ai.response.finish_reasons": ("stop",)}
    assert attributes(span) == {**begun(service, model="m"), **RESPONSE, **reasons, **USAGE}
    assert (nameless.name, attributes(nameless)) == ("chat", {**begun(service), **RESPONSE, **reasons, **USAGE})


GIVEN: List[Any] = [
    (
        {
            "temperature": 0,
            "top_p": 0.0,
            "max_tokens": 7,
            "frequency_penalty": 1.5,
            "presence_penalty": -1,
            "seed": 3,
            "stop": ["a", "b"],
        },
        {
            "temperature": 0,
            "top_p": 0.0,
            "max_tokens": 7,
            "frequency_penalty": 1.5,
            "presence_penalty": -1,
            "seed": 3,
            "stop_sequences": ("a", "b"),
        },
    ),
    (
        {"model_extras": {"n": 2, "reasoning_effort": "low", "top_k": 4}},
        {"choice.count": 2, "reasoning.level": "low", "top_k": 4},
    ),
    (
        {"n": 2, "reasoning_effort": "minimal", "max_completion_tokens": 9},
        {"choice.count": 2, "reasoning.level": "minimal", "max_tokens": 9},
    ),
    ({"max_tokens": 7, "max_completion_tokens": 9, "n": 1}, {"max_tokens": 9}),
    ({"max_tokens": 7, "max_completion_tokens": "many"}, {"max_tokens": 7}),
    ({"max_tokens": 7, "model_extras": {"max_completion_tokens": 0}}, {"max_tokens": 0}),
    ({"body": {"messages": HELLO, "max_completion_tokens": 5}}, {"max_tokens": 5}),
    ({"model_extras": {"n": 1, "model": "e"}}, {"model": "e"}),
    (
        {"body": {"messages": HELLO, "stop": "x", "n": 3, "top_k": 1}},
        {"stop_sequences": ("x",), "choice.count": 3, "top_k": 1},
    ),
    ({"temperature": "warm", "seed": True, "stop": []}, {}),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("given", "expected"), GIVEN)
async def test_r31_settings(
    client: Any, service: LocalService, telemetry: Telemetry, native: None, given: Any, expected: Dict[str, Any]
) -> None:
    """Requirements 15 and 31: a span has the settings that were sent."""
    AIInferenceInstrumentor().instrument()
    service.answer(whole())
    await wait(client.complete(**({} if "body" in given else {"messages": HELLO}), **given))

    assert attributes(telemetry.call) == {**begun(service, **expected), **RESPONSE, **USAGE}


@pytest.mark.asyncio
async def test_r31_settings_of_the_client(
    world: World, service: LocalService, telemetry: Telemetry, native: None
) -> None:
    """Requirements 15 and 31: the client's defaults count, the call's win, and a level is a plain str."""
    AIInferenceInstrumentor().instrument()
    service.answer(whole())
    defaults = {"n": 2, "max_completion_tokens": 9, "reasoning_effort": models.ReasoningEffort.HIGH}
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential, **defaults)) as client:
        await wait(client.complete(messages=HELLO, n=3))

    expected = {"choice.count": 3, "max_tokens": 9, "reasoning.level": "high"}
    found = attributes(telemetry.call)
    assert found == {**begun(service, **expected), **RESPONSE, **USAGE}
    assert type(found["gen_ai.request.reasoning.level"]) is str


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("response_format", "output_type"),
    [
        ("text", "text"),
        ("json_object", "json"),
        (models.JsonSchemaFormat(name="n", schema={"type": "object"}), "json"),
        ({"type": "json_object"}, "json"),
        ({"type": "odd"}, None),
    ],
)
async def test_r31_output_types(
    world: World, service: LocalService, telemetry: Telemetry, native: None, response_format: Any, output_type: Any
) -> None:
    """Requirement 31: a span has the requested form of the output."""
    AIInferenceInstrumentor().instrument()
    service.answer(whole())
    made = world.ChatCompletionsClient(service.endpoint, service.credential, response_format=response_format)
    async with opened(made) as client:
        await wait(client.complete(messages=HELLO))

    assert attributes(telemetry.call).get("gen_ai.output.type") == output_type


@pytest.mark.asyncio
async def test_r32_usage_in_detail(client: Any, service: LocalService, telemetry: Telemetry, native: None) -> None:
    """Requirement 32: cached, reasoning and audio tokens are recorded if, and only if, they are reported."""
    AIInferenceInstrumentor().instrument()
    read, written = {"cached_tokens": 2, "audio_tokens": 1}, {"reasoning_tokens": 4, "audio_tokens": 0}
    usage = {"prompt_tokens": 3, "completion_tokens": 5}
    detailed = {**usage, "prompt_tokens_details": read, "completion_tokens_details": written}
    service.answer(whole(choice(finish_reason=None), choice(finish_reason="new", index=1), usage=detailed))
    await wait(client.complete(messages=HELLO))

    details = {"cache_read.input_tokens": 2, "reasoning.output_tokens": 4, "audio.input_tokens": 1}
    assert attributes(telemetry.call) == {
        **begun(service),
        **RESPONSE,
        "gen_ai.response.finish_reasons": ("error", "new"),
        **USAGE,
        **named("usage", details),
    }


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("value", "expected"), [(1, 1), (0, None), (-1, None), (True, None), ("1", None), (1.5, None), (None, None)]
)
async def test_r32_details_above_zero(
    client: Any, service: LocalService, telemetry: Telemetry, native: None, value: Any, expected: Any
) -> None:
    """Requirement 32: a detail of the usage is recorded if it is a number of tokens above zero."""
    AIInferenceInstrumentor().instrument()
    details = {"cached_tokens": value, "reasoning_tokens": value, "audio_tokens": value}
    usage = {"prompt_tokens": 3, "prompt_tokens_details": details, "completion_tokens_details": details}
    service.answer(whole(choice(), usage=usage))
    await wait(client.complete(messages=HELLO))

    recorded = {name: found for name, found in attributes(telemetry.call).items() if ".usage." in name}
    names = ["cache_read.input_tokens", "reasoning.output_tokens", "audio.input_tokens", "audio.output_tokens"]
    more = {} if expected is None else dict.fromkeys(names, expected)
    assert recorded == named("usage", {"input_tokens": 3, **more})


@pytest.mark.asyncio
async def test_r32_streams(client: Any, service: LocalService, telemetry: Telemetry, tracer: str) -> None:
    """Requirement 32: the span of a stream has all that a whole response's has, and its times."""
    AIInferenceInstrumentor().instrument()
    service.answer(Stream(text_pieces()))
    await updates_of(await wait(client.complete(messages=HELLO, stream=True)))

    reasons = {"gen_ai.response.finish_reasons": ("stop",)}
    assert without_time(telemetry.call) == {**begun(service, stream=True), **RESPONSE, **reasons, **USAGE}
    span = telemetry.call
    assert span.start_time is not None
    assert span.end_time is not None
    first = attributes(span)["gen_ai.response.time_to_first_chunk"]
    assert 0 < first <= (span.end_time - span.start_time) / 1e9


@dataclass
class City:
    name: str


@pytest.mark.asyncio
async def test_r30_parse(client: Any, service: LocalService, telemetry: Telemetry, native: None) -> None:
    """Requirement 30: `parse` has the span of `complete`. A completion that does not fit is no failure of the call."""
    AIInferenceInstrumentor().instrument()
    service.answer(whole(choice()), whole(choice()))
    with pytest.raises(ResponseFormatError):
        await wait(client.parse(messages=HELLO, response_format=City))
    await wait(client.complete(messages=HELLO, response_format=models.JsonSchemaFormat.from_type(City)))

    parsed, completed = (span for span in telemetry.spans if span.name == "chat")
    assert (status(parsed), attributes(parsed)) == (("UNSET", None), attributes(completed))


@pytest.mark.asyncio
async def test_r31_truthy_stream(client: Any, service: LocalService, telemetry: Telemetry, native: None) -> None:
    """Requirement 31: only ``true`` in a body asks for a stream; a call with another value is recorded as whole."""
    AIInferenceInstrumentor().instrument()
    service.answer_always(whole(choice()))
    await wait(client.complete({"messages": HELLO, "stream": 1}))
    await wait(client.complete(messages=HELLO, model_extras={"stream": "true"}))

    reasons = {"gen_ai.response.finish_reasons": ("stop",)}
    recorded = [attributes(span) for span in telemetry.spans if span.name == "chat"]
    assert recorded == [{**begun(service), **RESPONSE, **reasons, **USAGE}] * 2


@pytest.mark.asyncio
async def test_r32_streams_of_unread_bodies(
    client: Any, service: LocalService, telemetry: Telemetry, native: None
) -> None:
    """Requirement 32: a stream that a body of bytes asks for counts as one."""
    AIInferenceInstrumentor().instrument()
    service.answer(Stream(text_pieces()))
    body = json.dumps({"messages": HELLO, "stream": True}).encode()
    await updates_of(await wait(client.complete(body)))

    assert attributes(telemetry.call)["gen_ai.request.stream"] is True


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "error_type"),
    [
        (Reply(429, body={"error": {"code": "slow", "message": "Slow down."}}), "429"),
        (Reply(404), "404"),
        (Reply(200, body="no json"), "azure.core.exceptions.DecodeError"),
    ],
)
async def test_r39_errors(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, answer: Reply, error_type: str
) -> None:
    """Requirement 39: failed calls have their status, and their error is recorded."""
    AIInferenceInstrumentor().instrument()
    service.answer(answer)
    with pytest.raises(HttpResponseError) as caught:
        await wait(client.complete(messages=HELLO))

    span = telemetry.call
    assert attributes(span) == {**begun(service), "error.type": error_type}
    assert (status(span), list(span.events)) == (("ERROR", str(caught.value)), [])
    if not HAS_EVENTS:
        return
    (log,) = telemetry.logs
    told = attributes(log)
    assert "raise self._error" in told.pop("exception.stacktrace") or error_type.endswith("DecodeError")
    kind = caught.type
    assert told == {"exception.type": f"{kind.__module__}.{kind.__qualname__}", "exception.message": str(caught.value)}
    assert (log.event_name, log.severity_number.value) == ("gen_ai.client.operation.exception", 13)
    assert span.context is not None
    assert (log.trace_id, log.span_id) == (span.context.trace_id, span.context.span_id)


@pytest.mark.asyncio
async def test_r39_errors_told_in_a_stream(
    client: Any, service: LocalService, telemetry: Telemetry, native: None
) -> None:
    """Requirement 39: an error in a stream is not recorded under the status 200 with which the stream began."""
    AIInferenceInstrumentor().instrument()
    service.answer(
        Stream([piece({"content": "x"}), {"error": {"message": "Broken."}}]), Stream([piece({})], done=False)
    )
    for kind in (HttpResponseError, IncompleteReadError):
        with pytest.raises(kind):
            await updates_of(await wait(client.complete(messages=HELLO, stream=True)))

    told, broken = [attributes(span)["error.type"] for span in telemetry.spans if span.name == "chat"]
    assert (told, broken) == ("azure.core.exceptions.HttpResponseError", "azure.core.exceptions.IncompleteReadError")


@pytest.mark.asyncio
@pytest.mark.parametrize("updates", [0, 1])
async def test_r40_abandoned_streams(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, updates: int
) -> None:
    """Requirement 40: a stream that was dropped differs from one that was read."""
    AIInferenceInstrumentor().instrument()
    service.answer(Stream(text_pieces()))
    stream = await wait(client.complete(messages=HELLO, stream=True))
    for _ in range(updates):
        await next_of(stream)
    del stream

    seen = {**RESPONSE, "gen_ai.response.finish_reasons": ("error",)} if updates else {}
    assert without_time(telemetry.call) == {**begun(service, stream=True), **seen, "error.type": "_OTHER"}
    assert status(telemetry.call) == ("ERROR", "abandoned stream")


@pytest.mark.asyncio
@pytest.mark.parametrize("updates", [0, 1])
async def test_r40_closed_streams(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, updates: int
) -> None:
    """Requirement 40: closing a stream that is no longer needed is no error."""
    AIInferenceInstrumentor().instrument()
    service.answer(Stream([*text_pieces()[:4], usage_piece({"prompt_tokens": 1})]))
    async with opened(await wait(client.complete(messages=HELLO, stream=True))) as stream:
        for _ in range(updates):
            await next_of(stream)

    seen = {**RESPONSE, "gen_ai.response.finish_reasons": ("error",)} if updates else {}
    assert without_time(telemetry.call) == {**begun(service, stream=True), **seen}
    assert (status(telemetry.call), telemetry.logs) == (("UNSET", None), [])
