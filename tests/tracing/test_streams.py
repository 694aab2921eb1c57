"""Spans of streams: every way to read one, and every way in which reading ends."""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, Callable, Dict, List, Tuple

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import IncompleteReadError, ServiceRequestError, StreamClosedError
from opentelemetry import trace
from worlds import World, next_of, opened, updates_of, wait

from azure.ai.inference.testing import FakeResponse, LocalService, Stall, Stream
from azure.ai.inference.tracing import AIInferenceInstrumentor

from .harness import (
    HELLO,
    Telemetry,
    answered,
    asked,
    attributes,
    choice,
    choices,
    piece,
    status,
    text_pieces,
    usage_piece,
    whole,
)

Reading = Callable[[Any], Awaitable[None]]
SEEN = {"gen_ai.response.id": "r1", "gen_ai.response.model": "served"}


class Mine(Exception):
    """An exception of the caller."""


async def to_the_end(stream: Any) -> None:
    """Iterate."""
    await updates_of(stream)


async def by_next(stream: Any) -> None:
    """Ask for each update."""
    for _ in range(5):
        await next_of(stream)
    with pytest.raises(StopAsyncIteration):
        await next_of(stream)


async def twice(stream: Any) -> None:
    """Iterate again after the end."""
    assert len(await updates_of(stream)) == 5
    assert await updates_of(stream) == []


async def within_with(stream: Any) -> None:
    """Iterate within `with`."""
    if hasattr(stream, "__aenter__"):
        async with stream:
            await updates_of(stream)
    else:
        with stream:
            list(stream)


async def then_close(stream: Any) -> None:
    """Close after the end."""
    await updates_of(stream)
    await wait(stream.close())


async def final_response(stream: Any) -> None:
    """Ask for the final response, twice."""
    final = await wait(stream.get_final_response())
    assert final.text
    assert await wait(stream.get_final_response()) is final


async def texts(stream: Any) -> None:
    """Iterate over the texts."""
    assert all(await updates_of(stream.text_deltas()))


async def unread(stream: Any) -> None:
    """Do not read it."""


async def closed_unread(stream: Any) -> None:
    """Close it unread."""
    await wait(stream.close())


async def dropped(stream: Any) -> None:
    """Leave a loop, and drop the stream."""
    if hasattr(stream, "__aiter__"):
        async for _ in stream:
            return
    for _ in stream:
        return


async def texts_dropped(stream: Any) -> None:
    """Leave a loop over the texts, and drop the stream."""
    await dropped(stream.text_deltas())


async def closed_half_way(stream: Any) -> None:
    """Close it half-way; reading on is an error, closing again is not."""
    await next_of(stream)
    await wait(stream.close())
    with pytest.raises(StreamClosedError):
        await next_of(stream)
    await wait(stream.close())


async def with_and_break(stream: Any) -> None:
    """Leave a loop and a `with`."""
    if hasattr(stream, "__aenter__"):
        async with stream:
            await next_of(stream)
    else:
        with stream:
            next(stream)


async def own_error(stream: Any) -> None:
    """Raise within the loop."""
    with pytest.raises(Mine):
        await _fail_within(stream)


async def _fail_within(stream: Any) -> None:
    async with opened(stream):
        await next_of(stream)
        raise Mine


COMPLETE: Tuple[Reading, ...] = (to_the_end, by_next, twice, within_with, then_close, final_response, texts)
HALF_READ: Tuple[Reading, ...] = (dropped, texts_dropped, closed_half_way, with_and_break, own_error)
UNREAD: Tuple[Reading, ...] = (unread, closed_unread)


async def read(client: Any, reading: Reading, **given: Any) -> None:
    """Make a call, read its stream in some way, and drop it."""
    await reading(await wait(client.complete(**{"messages": HELLO, "model": "m", "stream": True, **given})))


@pytest.mark.asyncio
@pytest.mark.parametrize("reading", COMPLETE)
@pytest.mark.parametrize("recording", [False, True], ids=["off", "on"])
async def test_r22_r26_read_to_the_end(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, reading: Reading, recording: bool
) -> None:
    """Requirements 22, 25, 26: a stream has one span, with all that it reported."""
    AIInferenceInstrumentor().instrument(recording)
    service.answer(Stream(text_pieces()))
    await read(client, reading)

    span = telemetry.call
    assert (telemetry.names, status(span)) == (["POST", "chat m"], ("UNSET", None))
    assert attributes(span) == {**asked(service), **answered("stop")}
    message = {"message": {"content": "Hello"}} if recording else {}
    assert choices(span) == [{**message, "finish_reason": "stop", "index": 0}]


@pytest.mark.asyncio
@pytest.mark.parametrize("reading", [*HALF_READ, *UNREAD])
async def test_r22_r28_left_early(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, reading: Reading
) -> None:
    """Requirements 22 and 28: a stream that was not read to its end has its span, which is no error."""
    AIInferenceInstrumentor().instrument(True)
    service.answer(Stream([piece({"content": "Hel"}), piece({"content": "lo"}), piece({}, "stop")]))
    await read(client, reading)

    span = telemetry.call
    seen = reading in HALF_READ
    assert (telemetry.names, status(span)) == (["POST", "chat m"], ("UNSET", None))
    assert attributes(span) == {**asked(service), **(SEEN if seen else {})}
    message = {"message": {"content": "Hel"}} if seen else {}
    assert choices(span) == [{**message, "finish_reason": "error", "index": 0}]


@pytest.mark.asyncio
async def test_r28_left_after_the_finish_reason(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str
) -> None:
    """Requirement 28: a choice counts as complete if, and only if, it had ended."""
    AIInferenceInstrumentor().instrument()
    service.answer(Stream([piece({"content": "A"}), piece({}, "stop", index=1), piece({}, "stop")]))

    async def two(stream: Any) -> None:
        await next_of(stream)
        await next_of(stream)

    await read(client, two)

    reasons = {"gen_ai.response.finish_reasons": ("none", "stop")}
    assert attributes(telemetry.call) == {**asked(service), **SEEN, **reasons}
    assert choices(telemetry.call) == [{"finish_reason": "error", "index": 0}, {"finish_reason": "stop", "index": 1}]


@pytest.mark.asyncio
async def test_r22_r28_read_error(client: Any, service: LocalService, telemetry: Telemetry, tracer: str) -> None:
    """Requirements 17, 22 and 28: the span of a stream that broke off ends, with the error."""
    AIInferenceInstrumentor().instrument(True)
    service.answer(Stream([piece({"content": "Hel"})], done=False))

    async def broken(stream: Any) -> None:
        with pytest.raises(IncompleteReadError):
            await updates_of(stream)
        assert await updates_of(stream) == []

    await read(client, broken)

    span = telemetry.call
    assert attributes(span) == {**asked(service), **SEEN, "error.type": "azure.core.exceptions.IncompleteReadError"}
    assert status(span) == ("ERROR", "The stream ended before the completion was whole.")
    assert choices(span) == [{"message": {"content": "Hel"}, "finish_reason": "error", "index": 0}]


@pytest.mark.asyncio
async def test_r22_cancelled_while_reading(service: LocalService, telemetry: Telemetry, tracer: str) -> None:
    """Requirement 22: the span of a stream whose reader was cancelled ends."""
    from azure.ai.inference.aio import ChatCompletionsClient

    AIInferenceInstrumentor().instrument()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    service.answer(Stall(before=head))
    async with ChatCompletionsClient(service.endpoint, service.credential) as client:
        stream = await client.complete(messages=HELLO, stream=True)
        reading = asyncio.ensure_future(next_of(stream))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    name = f"{asyncio.CancelledError.__module__}.CancelledError"
    assert (attributes(telemetry.call)["error.type"], status(telemetry.call)[0]) == (name, "ERROR")


@pytest.mark.asyncio
async def test_r21_the_stream_is_the_same(
    world: World, client: Any, service: LocalService, telemetry: Telemetry, tracer: str
) -> None:
    """Requirement 21: a traced stream has the same class and methods as any other."""
    service.answer(Stream(text_pieces()), Stream(text_pieces()))
    plain = await wait(client.complete(messages=HELLO, stream=True))
    AIInferenceInstrumentor().instrument()
    traced = await wait(client.complete(messages=HELLO, stream=True))

    assert isinstance(traced, world.StreamingChatCompletions)
    assert (type(traced).__name__, type(traced).__module__) == (type(plain).__name__, type(plain).__module__)
    assert set(dir(plain)) <= set(dir(traced))
    assert await updates_of(traced) == await updates_of(plain)
    assert telemetry.names.count("chat") == 1


@pytest.mark.asyncio
async def test_r21_streams_of_a_callers_hook(
    world: World, client: Any, service: LocalService, telemetry: Telemetry, tracer: str
) -> None:
    """Requirement 21: a stream that a caller's `cls` hook replaces keeps its own methods and its span."""

    own_class = type("Own", (world.StreamingChatCompletions,), {"mine": lambda _: "mine"})

    kept: List[Any] = []  # dropping the stream that the hook is given would close the response

    def own(reply: Any, stream: Any, headers: Any) -> Any:
        kept.append(stream)
        return own_class(reply.http_response)

    AIInferenceInstrumentor().instrument()
    service.answer(Stream(text_pieces()), Stream(text_pieces()))
    stream = await wait(client.complete(messages=HELLO, stream=True, cls=own))
    assert (isinstance(stream, own_class), stream.mine(), telemetry.names) == (True, "mine", ["POST"])
    await updates_of(stream)
    assert telemetry.names == ["POST", "chat"]

    held = await wait(client.complete(messages=HELLO, stream=True, cls=lambda _, stream, __: (stream,)))
    assert telemetry.names == ["POST", "chat", "POST", "chat"]
    await updates_of(held[0])


@pytest.mark.asyncio
async def test_r23_current_while_reading_only(world: World, telemetry: Telemetry, tracer: str) -> None:
    """Requirement 23: the span is current while the stream is read, and not in the caller's loop."""
    current: List[Any] = []

    def pieces() -> Any:
        for data in (b'data: {"choices":[{"index":0,"delta":{}}]}\n\n', b"data: [DONE]\n\n"):
            current.append(trace.get_current_span().get_span_context())
            yield data

    transport = world.FakeTransport(lambda _: FakeResponse(200, pieces()))
    AIInferenceInstrumentor().instrument()
    client = world.ChatCompletionsClient("https://host", AzureKeyCredential("k"), transport=transport)
    with trace.get_tracer("test").start_as_current_span("outer") as outer:
        stream = await wait(client.complete(messages=HELLO, stream=True))
        assert trace.get_current_span() is outer
        await next_of(stream)
        assert trace.get_current_span() is outer
        await updates_of(stream)
        assert trace.get_current_span() is outer

    assert telemetry.call.parent == outer.get_span_context()
    assert current == [telemetry.call.context] * 2


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "given", [{"body": {"messages": HELLO, "stream": True}}, {"body": {"messages": HELLO}, "stream": True}]
)
async def test_r16_streams_asked_for_in_a_body(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, given: Dict[str, Any]
) -> None:
    """Requirement 16: the span of a stream that a body asks for ends when it has been read."""
    AIInferenceInstrumentor().instrument()
    service.answer(Stream(text_pieces()))
    stream = await wait(client.complete(**given))
    assert telemetry.names == ["POST"]
    await updates_of(stream)

    assert attributes(telemetry.call) == {**asked(service, "chat"), **answered("stop")}


@pytest.mark.asyncio
async def test_r26_several_choices(client: Any, service: LocalService, telemetry: Telemetry, tracer: str) -> None:
    """Requirements 24 to 26: the choices of a stream are kept apart."""
    AIInferenceInstrumentor().instrument(True)
    updates = [
        piece({"content": "b"}, index=1),
        piece({"content": "a"}),
        piece({}, "length"),
        piece({}, "stop", index=1),
    ]
    service.answer(Stream([*updates, usage_piece({"prompt_tokens": 3, "completion_tokens": 5})]))
    await read(client, to_the_end)

    assert attributes(telemetry.call) == {**asked(service), **answered("length", "stop")}
    assert choices(telemetry.call) == [
        {"message": {"content": "a"}, "finish_reason": "length", "index": 0},
        {"message": {"content": "b"}, "finish_reason": "stop", "index": 1},
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize("index", [None, "zero", [0]])
async def test_r24_odd_updates(
    client: Any, service: LocalService, telemetry: Telemetry, native: None, index: Any
) -> None:
    """Requirement 24: a choice without a delta or an index, or with nulls behind its end, costs nothing else."""
    AIInferenceInstrumentor().instrument(True)
    first, second = piece()["choices"] + piece({"content": "b"}, index=1)["choices"]
    service.answer(
        Stream(
            [
                {**piece(), "choices": [{**first, "delta": None}, second]},
                {**piece(), "choices": [{"index": index, "delta": {"content": "a"}, "finish_reason": "stop"}]},
                {**piece(), "choices": [{**first, "delta": {"content": None}}, {**second, "finish_reason": "length"}]},
            ]
        )
    )
    await read(client, to_the_end)

    assert choices(telemetry.call) == [
        {"message": {"content": "a"}, "finish_reason": "stop", "index": 0},
        {"message": {"content": "bb"}, "finish_reason": "length", "index": 1},
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize("recording", [False, True], ids=["off", "on"])
async def test_r26_tool_calls(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, recording: bool
) -> None:
    """Requirement 26: streamed tool calls are recorded in the same form as ever."""
    AIInferenceInstrumentor().instrument(recording)
    opening = {
        "index": 0,
        "id": "t0",
        "type": "function",
        "function": {"name": "look", "arguments": "", "x": 1},
        "x": 1,
    }
    more = {"index": 0, "function": {"arguments": '{"a": 1}'}}
    custom = {"index": 1, "id": "t1", "type": "custom", "custom": {"name": "paint", "input": "a "}}
    rest = {"index": 1, "custom": {"input": "boat"}}
    updates = [piece({"content": ["a list"], "tool_calls": [opening]}), piece({"tool_calls": [more]})]
    updates.extend([piece({"tool_calls": [custom]}), piece({"tool_calls": [rest]})])
    service.answer(Stream([*updates, piece({}, "tool_calls")]))
    await read(client, to_the_end)

    calls = [{"id": "t0", "type": "function"}, {"id": "t1", "type": "custom"}]
    whole_calls = [
        {**calls[0], "function": {"name": "look", "arguments": '{"a": 1}'}},
        {**calls[1], "custom": {"name": "paint", "input": "a boat"}},
    ]
    message = {"tool_calls": whole_calls if recording else calls}
    assert choices(telemetry.call) == [{"message": message, "finish_reason": "tool_calls", "index": 0}]


@pytest.mark.asyncio
async def test_r26_texts_among_content_parts(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str
) -> None:
    """Requirement 26: of a streamed content of texts and lists, the texts are recorded."""
    AIInferenceInstrumentor().instrument(True)
    contents: Any = ["", [{"type": "thinking"}], "Hel", "lo", [{"type": "thinking"}, 5], "!"]
    service.answer(Stream([*(piece({"content": content}) for content in contents), piece({}, "stop")]))
    await read(client, to_the_end)

    assert choices(telemetry.call) == [{"message": {"content": "Hello!"}, "finish_reason": "stop", "index": 0}]


@pytest.mark.asyncio
async def test_r26_a_whole_answer_in_place_of_a_stream(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str
) -> None:
    """Requirement 26: the whole response of a server that cannot stream is recorded."""
    AIInferenceInstrumentor().instrument(True)
    service.answer(whole(choice()))
    await read(client, to_the_end)

    assert attributes(telemetry.call) == {**asked(service), **answered("stop")}
    assert choices(telemetry.call) == [{"message": {"content": "Hello"}, "finish_reason": "stop", "index": 0}]


@pytest.mark.asyncio
@pytest.mark.parametrize("reading", [*COMPLETE, *HALF_READ, *UNREAD, "error"])
@pytest.mark.parametrize("opted_in", [False, True], ids=["default", "latest"])
async def test_r27_recording_off_never_tells_content(
    client: Any,
    service: LocalService,
    telemetry: Telemetry,
    native: None,
    monkeypatch: pytest.MonkeyPatch,
    reading: Any,
    opted_in: bool,
) -> None:
    """Requirement 27: with recording off, neither texts nor functions are recorded."""
    if opted_in:
        monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
        monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT", "true")
    AIInferenceInstrumentor().instrument(False)
    calls: List[Any] = [{"index": 0, "id": "t0", "function": {"name": "SECRET", "arguments": "SECRET"}}]
    calls.append({"index": 1, "id": "t1", "type": "custom", "custom": {"name": "SECRET", "input": "SECRET"}})
    texts = {"content": "SECRET", "reasoning_content": "SECRET", "reasoning": "SECRET", "refusal": "SECRET"}
    update = piece({**texts, "audio": {"transcript": "SECRET"}, "tool_calls": calls})
    service.answer(Stream([update] * 4 + [piece({}, "stop")], done=reading != "error"))
    if reading == "error":
        service.reset()
        service.answer(Stream([update, "data: {\n\n"]))
        with pytest.raises(ValueError, match="An event of the stream"):
            await read(client, to_the_end, messages=[{"role": "user", "content": "SECRET"}])
    else:
        await read(client, reading, messages=[{"role": "user", "content": "SECRET"}])

    exported = [telemetry.call.to_json(), *(repr(attributes(log)) for log in telemetry.logs), telemetry.metrics()]
    assert "SECRET" not in repr(exported)


@pytest.mark.asyncio
async def test_r17_a_stream_that_is_refused(client: Any, telemetry: Telemetry, tracer: str) -> None:
    """Requirement 17: a call that fails before its stream begins has an exception event."""
    AIInferenceInstrumentor().instrument()

    def refuse(request: Any) -> None:
        raise ServiceRequestError("no way")

    with pytest.raises(ServiceRequestError):
        await wait(client.complete(messages=HELLO, stream=True, raw_request_hook=refuse))

    assert [event.name for event in telemetry.call.events] == ["exception"]
    assert status(telemetry.call) == ("ERROR", "no way")
