"""One asynchronous client in several event loops, in turn or at once, has a session for each, and leaves none over."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
import warnings
import weakref
from typing import Any, Awaitable, Callable, Iterator, List

import pytest
from azure.core.credentials import AccessToken, AzureKeyCredential
from worlds import ASYNC

from azure.ai.inference.aio import ChatCompletionsClient

from .calls import ANSWER, COMPLETION, KEY, STREAM, A, ask, chat, failure_of, read
from .raw_server import Connection, RawServer, chunked, stall, whole
from .test_stream_life import Departure


@pytest.fixture(autouse=True)
def nothing_reported(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail for a session or connector left unclosed, which aiohttp reports when it is collected."""
    with warnings.catch_warnings(record=True) as caught, caplog.at_level(logging.WARNING):
        warnings.simplefilter("always")
        yield
        gc.collect()
    reports = [record.getMessage() for record in caplog.records] + [str(warning.message) for warning in caught]
    assert [report for report in reports if "Unclosed" in report or "never awaited" in report] == []


def client_of(server: RawServer, **options: Any) -> Any:
    return ChatCompletionsClient(server.url, AzureKeyCredential(KEY), retry_total=0, **options)


async def talk(client: Any, **options: Any) -> None:
    """Return a whole completion and a streamed one."""
    assert await ask(client, **options) == COMPLETION
    assert (await read(await ask(client, stream=True, **options)))[0][:1] == ["a"]


def answers(count: int) -> List[Any]:
    """Return the expected completions of so many talks."""
    return [answer for _ in range(count) for answer in (whole(ANSWER), chunked(STREAM, b""))]


def run_to_end(function: Callable[[], Awaitable[Any]]) -> Any:
    return asyncio.run(function())  # type: ignore[arg-type]


def run_and_close(function: Callable[[], Awaitable[Any]]) -> Any:
    """Run a coroutine function in a loop that is closed without a shutdown."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(function())
    finally:
        loop.close()


@pytest.mark.parametrize("run", [run_to_end, run_and_close])
def test_in_turn(run: Callable[..., Any]) -> None:
    """A client works in one event loop after another, and reports no session of a closed one."""
    with RawServer(*answers(3)) as server:
        client = client_of(server)
        for number in range(3):
            run(lambda: talk(client))
            assert server.connections == number + 1
        if run is run_to_end:
            server.wait_for_silence()
        asyncio.run(client.close())


def test_left_unclosed() -> None:
    """A client that lives as long as its program, and is never closed, warns of nothing."""
    with RawServer(*answers(3)) as server:
        clients = [client_of(server)]
        for run in (run_to_end, run_and_close, run_to_end):
            run(lambda: talk(clients[0]))
        clients.clear()
        gc.collect()
        server.wait_for_silence()


@pytest.mark.parametrize("run", [run_to_end, run_and_close])
def test_loop_is_forgotten(run: Callable[..., Any]) -> None:
    """A client does not keep event loops that it was used in, nor their sessions."""
    loops: List[weakref.ref[Any]] = []

    async def talk_here(client: Any) -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        await talk(client)

    with RawServer(*answers(4)) as server:
        client = client_of(server)
        for _ in range(4):
            run(lambda: talk_here(client))
            gc.collect()
        kept = [loop() for loop in loops if loop() is not None]
        assert len(kept) <= (
            0 if run is run_to_end else 1
        )  # a loop that is only closed is forgotten with the next call
        del kept
        asyncio.run(client.close())


@pytest.mark.asyncio
async def test_dropped_while_running() -> None:
    """A client dropped without being closed closes its connections, and warns of nothing."""
    departure = Departure()
    with RawServer(whole(ANSWER), [departure]) as server:
        client = client_of(server)
        assert await ask(client) == COMPLETION
        del client
        gc.collect()
        await asyncio.sleep(0)
        await asyncio.get_running_loop().run_in_executor(None, server.wait_for_silence)
        assert server._open == {}


class Worker:
    """A thread with an event loop of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    def begin(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def run(self, coroutine: Any) -> Any:
        return self.begin(coroutine).result(20)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def workers() -> Iterator[List[Worker]]:
    """Return two threads, each with a loop."""
    workers = [Worker(), Worker()]
    yield workers
    for worker in workers:
        worker.stop()


def test_at_once(workers: List[Worker]) -> None:
    """Two threads, each with an event loop, can share a client."""
    meeting = threading.Barrier(2)
    both: Any = [lambda _: meeting.wait(20), *whole(ANSWER)]
    with RawServer(both) as server:
        client = client_of(server)
        for _ in range(20):
            calls = [worker.begin(ask(client)) for worker in workers]
            assert [call.result(20) for call in calls] == [COMPLETION, COMPLETION]
        assert server.connections == 2
        workers[0].run(client.close())


def test_close_in_one_of_two(workers: List[Worker]) -> None:
    """Closing a client in one event loop closes the connections of the other, within that loop."""
    with RawServer(*answers(2)) as server:
        client = client_of(server)
        for worker in workers:
            worker.run(talk(client))
        assert len(server._open) == 2
        workers[0].run(client.close())
        server.wait_for_silence()
        assert server._open == {}
        for worker in workers:
            error = worker.run(failure_of(ask(client)))
            assert (type(error), "closed" in str(error)) == (ValueError, True)
            worker.run(client.close())


def test_close_under_other_loops_stream(workers: List[Worker]) -> None:
    """A stream of another event loop ends with an error once the client is closed."""
    first, second = workers
    with RawServer(chunked(A, stall)) as server:
        client = client_of(server)
        stream = first.run(ask(client, stream=True))
        second.run(client.close())
        texts, error = first.run(read(stream))
        assert (texts, error is None) == (["a"], False)


def test_close_outside(workers: List[Worker]) -> None:
    """A client can be closed in a new loop, at the end of a program, after the other loops are gone."""
    with RawServer(*answers(3)) as server:
        client = client_of(server)
        asyncio.run(talk(client))
        run_and_close(lambda: talk(client))
        workers[0].run(talk(client))
        asyncio.run(client.close())
        gc.collect()  # nobody can close the connection of a loop that was closed without a shutdown
        server.wait_for_silence()
        assert type(asyncio.run(failure_of(ask(client)))) is ValueError


def test_entered_again() -> None:
    """`async with`, once left, closes the client for the next event loop, too; the error says so."""

    async def main(client: Any) -> None:
        async with client:
            await talk(client)

    with RawServer(*answers(1)) as server:
        client = client_of(server)
        asyncio.run(main(client))
        error = asyncio.run(failure_of(ask(client)))
    assert (type(error), "closed" in str(error)) == (ValueError, True)


def test_after_shutdown_of_generators() -> None:
    """A loop remains usable after it has closed its generators, as asyncio.run does at its end."""
    with RawServer(*answers(2)) as server:
        client = client_of(server)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(talk(client))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(talk(client))
        loop.run_until_complete(client.close())
        loop.close()
        server.wait_for_silence()
    assert (server.connections, len(server.requests)) == (2, 4)


class StaleToken:
    """A credential whose tokens are stale at once, so that each call waits for a new one."""

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        await asyncio.sleep(0)
        return AccessToken("token", int(time.time()) - 1)


@pytest.mark.parametrize("at_once", [False, True], ids=["in turn", "at once"])
def test_token_of_two_loops(at_once: bool, workers: List[Worker], tls: Any) -> None:
    """Calls of a second event loop get tokens, though azure-core's lock belongs to the first loop."""
    options: Any = {"credential": StaleToken(), "connection_verify": tls.bundle, "retry_total": 0}
    with RawServer(whole(ANSWER), tls=tls.server) as server:
        client = ChatCompletionsClient(server.url, **options)

        async def three() -> List[Any]:
            return await asyncio.gather(*(ask(client) for _ in range(3)))

        for _ in range(3):
            if at_once:
                calls = [worker.begin(three()) for worker in workers]
                assert [call.result(20) for call in calls] == [[COMPLETION] * 3] * 2
            else:
                assert [worker.run(three()) for worker in workers] == [[COMPLETION] * 3] * 2
        workers[0].run(client.close())


@pytest.mark.asyncio
async def test_250_in_flight() -> None:
    """A client does not limit the calls in flight."""
    together = threading.Barrier(250)
    with RawServer([lambda _: together.wait(30), *whole(ANSWER)]) as server:
        async with chat(ASYNC, server, read_timeout=40) as client:
            assert await asyncio.gather(*(ask(client) for _ in range(250))) == [COMPLETION] * 250
        assert server.connections == 250


class Crowd:
    """A step that counts the connections that are at it at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._present = 0
        self.most = 0

    def __call__(self, connection: Connection) -> None:
        with self._lock:
            self._present += 1
            self.most = max(self.most, self._present)
        connection.stopping.wait(0.005)
        with self._lock:
            self._present -= 1


@pytest.mark.asyncio
@pytest.mark.parametrize("limit", [1, 3])
async def test_max_connections(limit: int) -> None:
    """No more connections are opened than the program allows."""
    crowd = Crowd()
    with RawServer([crowd, *whole(ANSWER)]) as server:
        async with chat(ASYNC, server, max_connections=limit) as client:
            await asyncio.gather(*(ask(client) for _ in range(12)))
        assert (crowd.most, server.connections) == (limit, limit)
