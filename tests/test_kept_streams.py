"""Streams that are kept: texts, snapshots and the final response, in both worlds. No stream is kept by default."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tracemalloc
from typing import Any, Callable, Dict, Iterator, List, Optional

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, IncompleteReadError, ServiceResponseError, StreamClosedError
from worlds import ASYNC, World, next_of, opened, updates_of, wait

from azure.ai.inference.models import ChatCompletions, JsonSchemaFormat
from azure.ai.inference.testing import FakeResponse, LocalService

MESSAGES = [{"role": "user", "content": "How is the weather in Paris?"}]
TOOL = {
    "type": "function",
    "function": {"name": "look", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
DONE = b"data: [DONE]\n\n"


def event(data: Dict[str, Any]) -> bytes:
    """Return an event of a stream."""
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def delta(text: Optional[str], finish_reason: Optional[str] = None, index: int = 0) -> bytes:
    """Return an event with the next text of a choice."""
    choice = {"index": index, "finish_reason": finish_reason, "delta": {"content": text}}
    return event({"id": "r1", "object": "chat.completion.chunk", "choices": [choice]})


EVENTS = [delta(""), delta("Hel"), delta("x", index=1), delta(None), delta("lo"), delta("", "stop"), DONE]


def choice(content: Optional[str], finish_reason: Optional[str], index: int = 0) -> Dict[str, Any]:
    """Return a choice of a whole completion."""
    return {"index": index, "finish_reason": finish_reason, "message": {"content": content}}


def completion(*choices: Dict[str, Any]) -> Dict[str, Any]:
    """Return a whole completion."""
    return {"id": "r1", "object": "chat.completion", "choices": [*choices]}


HELLO = completion(choice("Hello", "stop"), choice("x", None, 1))


async def stream_of(world: World, body: Any, **options: Any) -> Any:
    """Return a stream of these chunks. Its client stays open as long as the stream."""
    transport = world.FakeTransport(lambda request: FakeResponse(body=body))
    client = world.ChatCompletionsClient(
        "https://host.example", AzureKeyCredential("k"), transport=transport, retry_total=0
    )
    return await wait(client.complete(messages=MESSAGES, stream=True, **options))


async def texts_of(iterator: Any) -> List[Any]:
    """Return all items of an iterator of either world."""
    return [value async for value in iterator] if hasattr(iterator, "__aiter__") else list(iterator)


async def first_of(iterator: Any) -> Any:
    """Return the first item of an iterator of either world, and leave the loop."""
    if hasattr(iterator, "__aiter__"):
        async for value in iterator:
            return value
    for value in iterator:
        return value
    return None


@pytest.mark.asyncio
@pytest.mark.parametrize("route", ["", "/models", "/openai/v1"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"tools": [TOOL], "tool_choice": "required"},
        {"tools": [TOOL], "tool_choice": "required", "n": 2, "model": "local-detailed"},
        {"response_format": "json_object"},
        {"logprobs": True, "top_logprobs": 2, "n": 2},
        {"max_tokens": 3},
        {"model": "local-reasoner"},
        {"model": "local-thinker"},
        {"model": "local-thinker", "split_reasoning": True},
        {"model": "local-detailed", "logprobs": True},
    ],
)
async def test_final_response_is_the_whole_response(
    world: World, service: LocalService, route: str, settings: Any
) -> None:
    """`get_final_response` returns what a call without `stream` returns, but for the ids."""
    settings = {"model": "m", **settings}
    async with opened(world.ChatCompletionsClient(service.endpoint + route, service.credential)) as client:
        whole = await wait(client.complete(messages=MESSAGES, **settings))
        if route == "/openai/v1":
            settings["stream_options"] = {"include_usage": True}
        stream = await wait(client.complete(messages=MESSAGES, stream=True, **settings))
        final = await wait(stream.get_final_response())

    assert type(final) is ChatCompletions
    assert without_ids(final) == without_ids(whole)
    assert final.text == whole.text


def without_ids(completion: ChatCompletions) -> Any:
    """Return a completion without ids, which differ in each response, and without empty lists, which streams omit."""
    text = json.dumps(completion.as_dict()).replace(', "annotations": []', "")
    return json.loads(re.sub(r'"(chatcmpl-|call_)\w+"', '"id"', text))


@pytest.mark.asyncio
async def test_events_that_are_no_updates(world: World) -> None:
    """A final response has the fields of events that iterating skips, such as Azure's first."""
    filters = [{"prompt_index": 0}]
    skipped = event({"id": "", "object": "", "choices": [], "prompt_filter_results": filters})
    for split in (False, True):
        stream = await stream_of(world, [skipped, *EVENTS], split_reasoning=split)
        assert (await wait(stream.get_final_response())) == {**HELLO, "prompt_filter_results": filters}


@pytest.mark.asyncio
async def test_final_response_stays_the_same(world: World) -> None:
    """Reading to the end comes first; further calls return the same, however the stream was read and closed."""
    readers: List[Callable[[Any], Any]] = [
        lambda stream: stream.get_final_response(),
        lambda stream: updates_of(stream.accumulate()),
        lambda stream: next_of(stream.accumulate()),
        lambda stream: texts_of(stream.text_deltas()),
        lambda stream: first_of(stream.text_deltas(choice_index=1)),
        lambda stream: texts_of(stream.partial_json()),
        lambda stream: wait(stream.snapshot),
    ]
    for reader in readers:
        stream = await stream_of(world, EVENTS)
        await wait(reader(stream))
        final = await wait(stream.get_final_response())
        assert final == HELLO
        assert (final.object, final.text) == ("chat.completion", "Hello")
        await wait(stream.close())
        assert await wait(stream.get_final_response()) is final
        assert stream.snapshot == final
        assert await updates_of(stream) == await texts_of(stream.text_deltas()) == []


@pytest.mark.asyncio
async def test_final_response_of_a_stream_closed_at_its_end() -> None:
    """A completion that is whole when the stream is closed under its reader stays the final response."""
    streams: List[Any] = []

    async def chunks() -> Any:
        for chunk in EVENTS:
            yield chunk
        await streams[0].close()

    streams.append(await stream_of(ASYNC, chunks()))
    final = await streams[0].get_final_response()
    assert final == HELLO
    with pytest.raises(StreamClosedError):
        await next_of(streams[0])
    assert await streams[0].get_final_response() is final


@pytest.mark.asyncio
async def test_text_deltas(world: World) -> None:
    """The texts of one choice come in order, without empty ones, and never mixed with those of another."""
    for index, texts in ((0, ["Hel", "lo"]), (1, ["x"]), (2, [])):
        stream = await stream_of(world, EVENTS)
        assert await texts_of(stream.text_deltas(choice_index=index)) == texts
    assert await texts_of((await stream_of(world, EVENTS)).text_deltas()) == ["Hel", "lo"]


@pytest.mark.asyncio
@pytest.mark.parametrize("read", ["updates", "texts"])
async def test_texts_among_lists_of_content_parts(world: World, read: str) -> None:
    """A content of texts and of lists of parts keeps all of them, in order; `text_deltas` has the texts."""
    thought: Any = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}
    contents: List[Any] = ["", [thought], "Hel", "lo", [thought], "!"]
    stream = await stream_of(world, [*map(delta, contents), delta(None, "stop"), DONE])
    if read == "texts":
        assert await texts_of(stream.text_deltas()) == ["Hel", "lo", "!"]
    final = await wait(stream.get_final_response())

    content: Any = [thought, {"type": "text", "text": "Hello"}, thought, {"type": "text", "text": "!"}]
    assert final == stream.snapshot == completion(choice(content, "stop"))


@pytest.mark.asyncio
async def test_partial_json(world: World) -> None:
    """The value of one choice grows in place, update by update, and stops at text that is no JSON."""
    texts = ['{"city', '": "Pa', "", 'ris", "high": 2', "1", ', "days": [', "1, 2]", "} and more"]
    body = [delta(text) for text in texts]
    for place in range(len(body)):
        body.insert(2 * place, delta('{"x": 1', index=1))
    stream = await stream_of(world, [*body, DONE])
    values: List[Any] = []
    partial = stream.partial_json()
    with pytest.raises(StopAsyncIteration):
        while True:
            values.append(await next_of(partial))
            values.append(json.dumps(values[-1]))

    assert values[1::2] == [
        "{}",
        '{"city": "Pa"}',
        '{"city": "Paris"}',
        '{"city": "Paris", "high": 21, "days": []}',
        '{"city": "Paris", "high": 21, "days": [1, 2]}',
    ]
    assert all(value is values[0] for value in values[::2])
    assert await texts_of(stream.partial_json()) == []
    assert (await wait(stream.get_final_response())).text == "".join(texts)


@pytest.mark.asyncio
async def test_partial_json_of_texts_that_were_read_before(world: World) -> None:
    """The value includes the texts that another loop, or another iterator in between, has read."""
    body = [*map(delta, ['{"a": [1, "x', 'y", ', '{"b": "[2', ']", "c', '": 3}], "d": 4', "}"]), DONE]
    stream = await stream_of(world, body)
    assert await first_of(stream.text_deltas()) == '{"a": [1, "x'
    assert await first_of(stream.partial_json()) == {"a": [1, "xy"]}
    partial = stream.partial_json()
    assert await next_of(partial) == {"a": [1, "xy", {"b": "[2"}]}
    assert await next_of(stream.text_deltas()) == ']", "c'
    assert await next_of(partial) == {"a": [1, "xy", {"b": "[2]", "c": 3}]}
    assert await next_of(partial) == {"a": [1, "xy", {"b": "[2]", "c": 3}], "d": 4}
    assert await texts_of(stream.partial_json()) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("before", range(5))
async def test_partial_json_of_texts_among_lists(world: World, before: int) -> None:
    """Lists of content parts, such as thoughts, are no part of the value, whenever the loop over it begins."""
    thought: Any = [{"type": "thinking", "thinking": [{"type": "text", "text": "[1]"}]}]
    for contents in (
        ["", thought, '{"a"', ": 1", thought, ', "b": 2}'],
        ['{"a": 1', thought, ', "b"', thought, "", ": 2}"],
    ):
        stream = (await stream_of(world, [*map(delta, contents), DONE])).accumulate()
        for _ in range(before):
            await next_of(stream)
        assert (await texts_of(stream.partial_json()))[-1] == {"a": 1, "b": 2}


@pytest.mark.asyncio
async def test_objects_out_of_a_stream(world: World, service: LocalService) -> None:
    """A stream with the format of a type ends in an object of the type, after JSON that grew to the same."""
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        given = JsonSchemaFormat.from_type(Dict[str, int])
        stream = await wait(client.complete(messages=MESSAGES, stream=True, response_format=given))
        last = (await texts_of(stream.partial_json()))[-1]
        final = await wait(stream.get_final_response())

    assert {"value": final.content_as(Dict[str, int])} == last
    assert final.request_id == stream.request_id


@pytest.mark.asyncio
async def test_leaving_text_deltas_leaves_the_stream_open(world: World) -> None:
    """The rest of a stream can be read, or closed, after a loop over its texts was left."""
    stream = await stream_of(world, EVENTS)
    assert await first_of(stream.text_deltas()) == "Hel"
    assert stream.snapshot == completion(choice("Hel", None))
    assert await texts_of(stream.text_deltas()) == ["lo"]
    stream = await stream_of(world, EVENTS)
    assert await first_of(stream.text_deltas()) == "Hel"
    await wait(stream.close())
    with pytest.raises(StreamClosedError):
        await texts_of(stream.text_deltas())


@pytest.mark.asyncio
async def test_snapshots(world: World) -> None:
    """A snapshot has what was delivered so far, and does not change any more."""
    stream = (await stream_of(world, EVENTS)).accumulate()
    snapshots = [stream.snapshot]
    for _ in range(5):
        await next_of(stream)
        snapshots.append(stream.snapshot)
    snapshots[0]["id"] = snapshots[4].choices[0].message.content = "changed"

    assert [snapshot.get("id") for snapshot in snapshots] == ["changed", *["r1"] * 5]
    assert [snapshot.text for snapshot in snapshots] == ["", "", "Hel", "Hel", "changed", "Hello"]
    assert all(type(snapshot) is ChatCompletions for snapshot in snapshots)
    assert await wait(stream.get_final_response()) == HELLO


HELPERS: List[Callable[[Any], Any]] = [
    lambda stream: stream.accumulate(),
    lambda stream: stream.text_deltas(),
    lambda stream: stream.partial_json(),
    lambda stream: stream.get_final_response(),
    lambda stream: stream.snapshot,
]


@pytest.mark.asyncio
@pytest.mark.parametrize("helper", HELPERS)
async def test_too_late(world: World, helper: Callable[[Any], Any]) -> None:
    """A helper refuses a stream whose updates are lost, and the stream can be read on."""
    stream = await stream_of(world, EVENTS)
    first = await next_of(stream)
    with pytest.raises(RuntimeError, match=r"call accumulate\(\) before the first"):
        await wait(helper(stream))
    assert first.choices[0].delta.content == ""
    assert len(await updates_of(stream)) == 5
    unread = await stream_of(world, EVENTS)
    await wait(unread.close())
    empty = await stream_of(world, [DONE])
    assert await updates_of(empty) == []
    for over in (stream, unread, empty):
        with pytest.raises(RuntimeError, match=r"call accumulate\(\) before the first"):
            await wait(helper(over))


def broken() -> Iterator[bytes]:
    """Return a stream whose connection breaks."""
    yield EVENTS[1]
    raise ServiceResponseError("broken")


FAULTS: Dict[str, Any] = {
    "cut off": (lambda: EVENTS[:4], IncompleteReadError, "before the completion was whole"),
    "an error of the connection": (broken, IncompleteReadError, "ended early: broken"),
    "an error event": (lambda: [*EVENTS[:4], event({"error": {"message": "too busy"}})], HttpResponseError, "too busy"),
    "an error beside the end": (
        lambda: [*EVENTS[:6], event({"error": {"message": "too busy"}}), DONE],
        HttpResponseError,
        "too busy",
    ),
    "no JSON": (lambda: [*EVENTS[:4], b"data: {oops\n\n"], HttpResponseError, "decoded"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("says", FAULTS)
@pytest.mark.parametrize("reads_first", [False, True])
async def test_a_fault_gives_no_final_response(world: World, says: str, reads_first: bool) -> None:
    """Each call raises the error that ended the stream, also if iterating has met it; a snapshot has what came."""
    body, error, text = FAULTS[says]
    stream = (await stream_of(world, body())).accumulate()
    if reads_first:
        with pytest.raises(error, match=text):
            await texts_of(stream.text_deltas())
    for _ in range(2):
        with pytest.raises(error, match=text):
            await wait(stream.get_final_response())
    await wait(stream.close())
    with pytest.raises(error, match=text):
        await wait(stream.get_final_response())
    assert stream.snapshot.text == ("Hello" if "end" in says else "Hel")


@pytest.mark.asyncio
async def test_a_closed_stream_gives_no_final_response(world: World) -> None:
    """A stream that was closed before its end raises StreamClosedError, again and again."""
    stream = (await stream_of(world, EVENTS)).accumulate()
    await next_of(stream)
    await next_of(stream)
    await wait(stream.close())
    for _ in range(2):
        with pytest.raises(StreamClosedError):
            await wait(stream.get_final_response())
    assert stream.snapshot == completion(choice("Hel", None))


@pytest.mark.asyncio
async def test_a_cancelled_stream_gives_no_final_response() -> None:
    """After the reading task was cancelled, the final response raises an error, not another cancellation."""
    reached = asyncio.Event()

    async def stalled() -> Any:
        yield EVENTS[1]
        reached.set()
        await asyncio.Event().wait()

    stream = await stream_of(ASYNC, stalled())
    reading = asyncio.ensure_future(stream.get_final_response())
    await reached.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    with pytest.raises(StreamClosedError):
        await stream.get_final_response()
    assert stream.snapshot.text == "Hel"


@pytest.mark.asyncio
async def test_a_whole_completion_in_place_of_events(world: World) -> None:
    """The final response is that completion; calls without ids are not put together."""
    calls = [
        {"id": None, "type": "function", "function": {"name": "look", "arguments": json.dumps({"city": city})}}
        for city in ("Paris", "Rome")
    ]
    message = {"role": "assistant", "content": None, "tool_calls": calls}
    whole = {
        **completion({"index": 0, "finish_reason": "tool_calls", "message": message}),
        "usage": {"total_tokens": 3},
    }
    stream = await stream_of(world, whole)

    assert await wait(stream.get_final_response()) == whole


@pytest.mark.asyncio
async def test_a_plain_stream_notes_its_first_update_only(world: World) -> None:
    """Further updates of a stream that nobody keeps or observes cost one test each, and those of others are noted."""
    called: List[str] = []

    def note(frame: Any, event: str, arg: Any) -> None:
        if event == "call":
            called.append(frame.f_code.co_name)

    for kept, expected in ((False, 1), (True, 6)):
        stream = await stream_of(world, EVENTS)
        if kept:
            stream.accumulate()
        called.clear()
        sys.setprofile(note)
        try:
            await updates_of(stream)
        finally:
            sys.setprofile(None)
        assert called.count("_note") == expected


@pytest.mark.asyncio
async def test_nothing_is_kept_unless_asked_for(world: World) -> None:
    """Reading 5,000 updates leaves the memory flat; the text of a kept stream takes about its size."""
    grown = {}
    for kept in (False, True):
        stream = await stream_of(world, (delta("some words") for _ in range(5_000)))
        if kept:
            stream.accumulate()
        await next_of(stream)
        tracemalloc.start()
        try:
            with pytest.raises(IncompleteReadError):
                while True:
                    await next_of(stream)
            grown[kept] = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
        assert not kept or len(stream.snapshot.text) == 50_000
    assert grown[False] < 50_000
    assert 50_000 < grown[True] < 750_000
