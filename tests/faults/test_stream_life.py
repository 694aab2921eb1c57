"""Streams that end early: their connections are closed at once or returned to the pool, and never stay open."""

from __future__ import annotations

import asyncio
import copy
import gc
import os
import time
import tracemalloc
from typing import Any, AsyncIterator, Callable, Dict, List
from unittest import mock

import pytest
from azure.core.exceptions import IncompleteReadError, ServiceResponseTimeoutError, StreamClosedError
from worlds import ASYNC, SYNC, World, next_of, updates_of, wait

from .calls import ANSWER, DONE, END, STREAM, A, B, ask, chat, event, failure_of, patiently, read, text_of, update
from .raw_server import LAST_CHUNK, Answer, Connection, Drip, Gate, RawServer, chunk, chunked, cut, stall, whole


class Departure:
    """A step that waits until the client has closed the connection, and reports it."""

    def __init__(self) -> None:
        self.gate = Gate()

    def __call__(self, connection: Connection) -> None:
        connection.client_has_gone()
        self.gate.open()

    async def seen(self) -> bool:
        """Return whether the client closes the connection in time."""
        return await asyncio.get_running_loop().run_in_executor(None, self.gate.wait)


async def leave_by_close(stream: Any) -> None:
    await wait(stream.close())


async def leave_by_closing_twice(stream: Any) -> None:
    await wait(stream.close())
    await wait(stream.close())


async def leave_by_aclose(stream: Any) -> None:
    await wait(stream.aclose() if hasattr(stream, "aclose") else stream.close())


async def leave_by_with(stream: Any) -> None:
    if hasattr(stream, "__aenter__"):
        async with stream:
            pass
    else:
        with stream:
            pass


async def leave_by_error(stream: Any) -> None:
    with pytest.raises(KeyError):
        if hasattr(stream, "__aenter__"):
            async with stream:
                raise KeyError
        with stream:
            raise KeyError


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", [mock.MagicMock, mock.AsyncMock])
async def test_response_that_is_a_mock(world: World, kind: Any) -> None:
    """A stream over a mock, which has every attribute, is read by its public ways."""
    response = kind()

    async def chunks() -> AsyncIterator[bytes]:
        yield STREAM

    response.iter_bytes = mock.Mock(side_effect=lambda: iter([STREAM]) if world is SYNC else chunks())
    if world is SYNC:
        response.close = mock.Mock()
    assert await read(world.StreamingChatCompletions(response)) == (["a", "b", None], None)
    assert response.close.call_count == 1
    stream = world.StreamingChatCompletions(response)
    await wait(stream.close())
    assert response.close.call_count == 2


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "leave", [leave_by_close, leave_by_closing_twice, leave_by_aclose, leave_by_with, leave_by_error]
)
@pytest.mark.parametrize("begun", [False, True], ids=["unread", "begun"])
async def test_left(world: World, leave: Callable[[Any], Any], begun: bool) -> None:
    """A stream that is left closes its connection and ends, and the client stays usable."""
    departure = Departure()
    with RawServer(chunked(A, departure), whole(ANSWER)) as server:
        async with chat(world, server) as client:
            stream = await ask(client, stream=True)
            if begun:
                assert text_of(await next_of(stream)) == "a"
            await leave(stream)
            assert await departure.seen()
            texts, error = await read(stream)
            assert (texts, type(error)) == ([], StreamClosedError)
            assert (await ask(client)).choices
        assert server.connections == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("begun", [False, True], ids=["unread", "begun"])
async def test_dropped(world: World, begun: bool) -> None:
    """A stream without references closes its connection."""
    departure = Departure()
    with RawServer(chunked(A, departure), whole(ANSWER)) as server:
        async with chat(world, server) as client:
            stream = await ask(client, stream=True)
            if begun:
                await next_of(stream)
            del stream
            gc.collect()
            assert await departure.seen()
            assert (await ask(client)).choices


@pytest.mark.asyncio
@pytest.mark.parametrize("begun", [False, True], ids=["unread", "begun"])
async def test_copy_dropped(world: World, begun: bool) -> None:
    """Dropping a copy of a stream does not close the stream."""
    gate = Gate()
    with RawServer(chunked(A, gate, B, END, DONE, b"")) as server:
        async with chat(world, server) as client:
            stream = await ask(client, stream=True)
            if begun:
                await next_of(stream)
            duplicate = copy.copy(stream)
            del duplicate
            gc.collect()
            gate.open()
            assert await read(stream) == (["b", None] if begun else ["a", "b", None], None)


@pytest.mark.asyncio
async def test_original_dropped(world: World) -> None:
    """A stream is closed with its last reference, not with its first."""
    departure = Departure()
    with RawServer(chunked(A, B, departure)) as server:
        async with chat(world, server) as client:
            stream = await ask(client, stream=True)
            duplicate = copy.copy(copy.copy(stream))
            assert text_of(await next_of(stream)) == "a"
            del stream
            gc.collect()
            assert text_of(await next_of(duplicate)) == "b"
            assert type(duplicate) is world.StreamingChatCompletions
            del duplicate
            gc.collect()
            assert await departure.seen()


@pytest.mark.asyncio
async def test_copy_closed(world: World) -> None:
    """A stream that is closed through one reference raises the error of a closed stream through the other."""
    with RawServer(chunked(A, stall)) as server:
        async with chat(world, server) as client:
            stream = await ask(client, stream=True)
            duplicate = copy.copy(stream)
            await wait(duplicate.close())
            texts, error = await read(stream)
            assert (texts, type(error)) == ([], StreamClosedError)


@pytest.mark.asyncio
async def test_broken_out_of(world: World) -> None:
    """A loop that is left in the middle closes the connection once its stream is dropped."""
    departure = Departure()
    with RawServer(chunked(A, B, departure), whole(ANSWER)) as server:
        async with chat(world, server) as client:
            if world.name == "sync":
                for _ in await ask(client, stream=True):
                    break
            else:
                async for _ in await ask(client, stream=True):
                    break
                del _
            gc.collect()
            assert await departure.seen()


@pytest.mark.asyncio
@pytest.mark.parametrize("when", ["reading", "between", "asking"])
async def test_cancelled(when: str) -> None:
    """A task that is cancelled closes its connection, and the client stays usable."""
    departure, arrived = Departure(), Gate()
    first: Answer = [lambda _: arrived.open(), departure] if when == "asking" else chunked(A, departure)
    with RawServer(first, whole(ANSWER)) as server:
        async with chat(ASYNC, server) as client:
            begun = asyncio.Event()

            async def reading() -> None:
                stream = await ask(client, stream=True)
                await stream.__anext__()
                begun.set()
                await (asyncio.Event().wait() if when == "between" else stream.__anext__())

            task = asyncio.create_task(reading())
            if when == "asking":
                await asyncio.get_running_loop().run_in_executor(None, arrived.wait)
            else:
                await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            del task
            gc.collect()
            assert await departure.seen()
            assert (await ask(client)).choices


@pytest.mark.asyncio
@pytest.mark.parametrize("kept", [False, True])
async def test_closed_by_another_task(kept: bool) -> None:
    """A task that waits for the next update learns that the stream was closed, and not that the service broke it off."""
    departure = Departure()
    with RawServer(chunked(A, departure)) as server:
        async with chat(ASYNC, server) as client:
            stream = await ask(client, stream=True)
            if kept:
                stream.accumulate()
            await stream.__anext__()
            task = asyncio.create_task(stream.__anext__())
            await asyncio.sleep(0)
            await stream.aclose()
            with pytest.raises(StreamClosedError):
                await task
            if kept:
                with pytest.raises(StreamClosedError):
                    await stream.get_final_response()
            assert await departure.seen()


@pytest.mark.asyncio
async def test_read_by_two_tasks() -> None:
    """A task that reads a stream while another one does is refused, and the other one gets all of it."""
    gate = Gate()
    with RawServer(chunked(A, gate, B, END, DONE, b"")) as server:
        async with chat(ASYNC, server) as client:
            stream = (await ask(client, stream=True)).accumulate()
            await stream.__anext__()
            task = asyncio.create_task(stream.get_final_response())
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="Another task is reading this stream"):
                await stream.get_final_response()
            gate.open()
            assert (await task).text == "ab"
            assert await stream.get_final_response() is await task


@pytest.mark.asyncio
async def test_read_twice(world: World) -> None:
    """A stream that has been read stays at its end."""
    with RawServer(chunked(STREAM, b"")) as server:
        async with chat(world, server) as client:
            stream = await ask(client, stream=True)
            assert len(await updates_of(stream)) == 3
            assert await updates_of(stream) == []
            await wait(stream.close())
            assert await read(stream) == ([], None)


@pytest.mark.asyncio
async def test_read_after_error(world: World) -> None:
    """A stream that has failed delivers nothing more."""
    with RawServer(chunked(A, event(b"{oops"), B, DONE, b"")) as server:
        async with chat(world, server) as client:
            stream = await ask(client, stream=True)
            texts, error = await read(stream)
            assert (texts, error is None) == (["a"], False)
            assert await read(stream) == ([], None)


@pytest.mark.asyncio
async def test_stalled(world: World) -> None:
    """A stream that stalls ends with an error after `read_timeout`."""

    async def scenario(seconds: float) -> None:
        with RawServer(chunked(A, stall), whole(ANSWER)) as server:
            async with chat(world, server, read_timeout=seconds) as client:
                texts, error = await read(await ask(client, stream=True))
                assert (texts, type(error)) == (["a"], ServiceResponseTimeoutError)
                assert (await ask(client)).choices

    await patiently(scenario)


#: Whole streams, and after how many of them in a row the client has opened how many connections.
REUSED: List[Any] = [
    ("read to the end of its chunks", chunked(STREAM, b""), 1),
    ("read to the end of its length", whole(STREAM, kind="text/event-stream"), 1),
    ("zipped in chunks", chunked(STREAM, b""), 1),
    ("an end that comes behind [DONE]", [*chunked(A + END), chunk(DONE), LAST_CHUNK], 1),
    ("finished without [DONE]", chunked(A + END, b""), 1),
    ("plain JSON", whole(ANSWER), 1),
    ("a clean end too soon", chunked(A, b""), 3),
]


@pytest.mark.asyncio
@pytest.mark.parametrize("says, answer, connections", REUSED, ids=lambda value: value if isinstance(value, str) else "")
async def test_connections(world: World, says: str, answer: Answer, connections: int) -> None:
    """Streams share a connection wherever it can be reused."""

    async def scenario(_seconds: float) -> None:
        with RawServer(answer) as server:
            async with chat(world, server) as client:
                for _ in range(3):
                    await read(await ask(client, stream=True))
            assert server.connections <= connections

    await patiently(scenario)


#: llama.cpp's server closes the connection of a stream some milliseconds after its end, and says nothing of it.
LLAMA: Dict[str, Any] = {"Server": "llama.cpp", "Keep_Alive": "timeout=5, max=100"}


@pytest.mark.asyncio
@pytest.mark.parametrize("at_once", [False, True])
async def test_connections_of_llama_cpp(world: World, at_once: bool) -> None:
    """A connection that llama.cpp is about to close after a stream is not reused; others are."""
    steps = chunked(STREAM, b"", **LLAMA)
    answer: Answer = [b"".join(step for step in steps if isinstance(step, bytes))] if at_once else steps
    with RawServer(answer, whole(ANSWER, **LLAMA)) as server:
        async with chat(world, server) as client:
            await read(await ask(client, stream=True))
            assert (await ask(client)).choices
            assert (await ask(client)).choices
        assert server.connections == 2


@pytest.mark.asyncio
async def test_held_behind_done(world: World) -> None:
    """A server that keeps the connection open after [DONE] does not hold the program."""
    gate = Gate()
    with RawServer(chunked(A, END, DONE, gate, b""), whole(ANSWER)) as server:
        async with chat(world, server) as client:
            begun = time.monotonic()
            assert await read(await ask(client, stream=True)) == (["a", None], None)
            assert time.monotonic() - begun < 2.5  # 50 ms, and time enough for a busy machine
            assert (await ask(client)).choices
            gate.open()
        assert server.connections == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("pause", [0.02, 0], ids=["drip", "flood"])
async def test_endless_behind_done(world: World, pause: float) -> None:
    """A server that keeps sending after [DONE] holds neither the stream nor the connection."""
    with RawServer([*chunked(A, END, DONE), Drip(chunk(b": more\n\n"), pause)], whole(ANSWER)) as server:
        async with chat(world, server) as client:
            begun = time.monotonic()
            assert await read(await ask(client, stream=True)) == (["a", None], None)
            assert time.monotonic() - begun < 2.5  # 50 ms, and time enough for a busy machine
            assert (await ask(client)).choices
        assert server.connections == 2


def _descriptors() -> int:
    """Return the number of open file descriptors, sockets included, on any POSIX system."""
    return sum(map(_is_open, range(4096)))


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


async def _leave_streams(world: World, count: int) -> None:
    """Read, close, drop and break streams in turn, with a client of their own."""
    answers = [chunked(STREAM, b""), chunked(A, B), chunked(A, B), [*chunked(A), cut]]
    with RawServer(*(answers[number % 4] for number in range(count))) as server:
        async with chat(world, server) as client:
            for number in range(count):
                stream = await ask(client, stream=True)
                await next_of(stream)
                if number % 4 == 1:
                    await wait(stream.close())
                elif number % 4 != 2:
                    await read(stream)
                del stream
        gc.collect()
        server.wait_for_silence()


@pytest.mark.asyncio
async def test_five_hundred_streams(world: World) -> None:
    """No stream leaves a descriptor open, whether it is read, closed, dropped or broken."""
    await _leave_streams(world, 4)
    before = _descriptors()
    await _leave_streams(world, 500)
    assert _descriptors() <= before


@pytest.mark.asyncio
async def test_hundred_thousand_events(world: World) -> None:
    """A long stream is not kept in memory as it is read."""
    events = event(update("some words")) * 1000
    with RawServer(chunked(*[events] * 100, END + DONE, b"")) as server:
        async with chat(world, server) as client:
            stream = await ask(client, stream=True)
            for _ in range(2000):
                await next_of(stream)
            tracemalloc.start()
            try:
                before = tracemalloc.get_traced_memory()[0]
                count = 2000
                if world.name == "sync":
                    for _ in stream:
                        count += 1
                else:
                    async for _ in stream:
                        count += 1
                grown = tracemalloc.get_traced_memory()[0] - before
            finally:
                tracemalloc.stop()
    assert count == 100_001
    assert grown < 2_000_000


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
async def test_client_closed(world: World, streamed: bool) -> None:
    """A closed client opens no connections, and its error says that it is closed."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            await ask(client)
            await wait(client.close())
            await wait(client.close())
            error = await failure_of(ask(client, stream=streamed))
        assert isinstance(error, ValueError)
        assert "closed" in str(error)
        assert len(server.requests) == 1


@pytest.mark.asyncio
async def test_client_closed_under_stream(world: World) -> None:
    """A stream whose client is closed ends with an error."""
    gate = Gate()
    with RawServer(chunked(A, gate, B)) as server:
        async with chat(world, server) as client:
            stream = await ask(client, stream=True)
            await next_of(stream)
        gate.open()
        if world.name == "async":
            texts, error = await read(stream)
            assert (texts, isinstance(error, IncompleteReadError)) == ([], True)
        await wait(stream.close())
