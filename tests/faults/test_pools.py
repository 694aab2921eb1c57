"""Pools of synchronous clients: the connections that they keep, and their behavior at the limit."""

from __future__ import annotations

import logging
import queue
import threading
from typing import Any, Callable, List

import pytest
from azure.core.exceptions import ServiceRequestTimeoutError
from azure.core.pipeline.transport import RequestsTransport
from worlds import SYNC, World

from azure.ai.inference._http.connection import IdleConnections

from .calls import ANSWER, COMPLETION, A, ask, chat, failure_of, text_of
from .raw_server import Answer, Gate, RawServer, Request, chunked, stall, whole

PATIENCE = 10.0


def together(number: int, work: Callable[[], Any]) -> List[Any]:
    """Return the results of a function in so many threads at once."""
    results: List[Any] = []
    threads = [threading.Thread(target=lambda: results.append(work())) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return results


@pytest.mark.asyncio
async def test_waves(caplog: pytest.LogCaptureFixture) -> None:
    """Many threads reuse their connections in each wave, and urllib3 does not warn of a full pool."""
    arrived = threading.Barrier(64)

    def answer(request: Request) -> Answer:
        return [lambda _: arrived.wait(PATIENCE) and None, *whole(ANSWER)]

    with RawServer(answer) as server, caplog.at_level(logging.WARNING):
        async with chat(SYNC, server) as client:
            for _ in range(3):
                results = together(64, lambda: client.complete(messages=[{"role": "user", "content": "hi"}]))
                assert results == [COMPLETION] * 64
        assert server.connections == 64
    assert caplog.records == []


@pytest.mark.asyncio
async def test_beyond_what_is_kept() -> None:
    """A client opens more connections than it keeps, if they are needed."""
    from azure.ai.inference._http import adapter

    kept = adapter._KEPT
    adapter._KEPT = 2
    try:
        with RawServer(chunked(A, stall)) as server:
            async with chat(SYNC, server) as client:
                streams = [await ask(client, stream=True) for _ in range(5)]
                assert [text_of(next(stream)) for stream in streams] == ["a"] * 5
                for stream in streams:
                    stream.close()
            assert server.connections == 5
    finally:
        adapter._KEPT = kept


@pytest.mark.asyncio
async def test_limit() -> None:
    """No more connections are open at a time than a program allows, and calls wait for a free one."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(SYNC, server, max_connections=2) as client:
            results = together(8, lambda: client.complete(messages=[{"role": "user", "content": "hi"}]))
            assert results == [COMPLETION] * 8
        assert server.connections <= 2


@pytest.mark.asyncio
@pytest.mark.parametrize("option", ["timeout", "connection_timeout"])
async def test_waiting_for_a_connection(option: str) -> None:
    """A call that finds no free connection fails in time, with an error of the family, and is not retried."""
    gate = Gate()
    with RawServer(chunked(A, gate, b""), whole(ANSWER)) as server:
        async with chat(SYNC, server, max_connections=1, retry_total=3) as client:
            stream = await ask(client, stream=True)
            assert text_of(next(stream)) == "a"
            error: Any = await failure_of(ask(client, **{option: 0.1}))
            assert type(error) is ServiceRequestTimeoutError
            stream.close()
            gate.open()
            assert await ask(client) == COMPLETION
    assert len(server.requests) == 2


@pytest.mark.parametrize("given", [{"transport": True}, {"session": True}], ids=["transport", "session"])
def test_beside_a_transport(world: World, given: Any) -> None:
    """An option that reaches nothing is refused."""
    options = {name: RequestsTransport() for name in given}
    with pytest.raises(TypeError, match="max_connections"):
        world.ChatCompletionsClient("http://127.0.0.1", _key(), max_connections=5, **options)


@pytest.mark.parametrize("value, kind", [("5", TypeError), (True, TypeError), (1.5, TypeError), (0, ValueError)])
def test_refused(world: World, value: Any, kind: Any) -> None:
    """An invalid number of connections is refused."""
    with pytest.raises(kind, match="max_connections"):
        world.ChatCompletionsClient("http://127.0.0.1", _key(), max_connections=value)


def _key() -> Any:
    from azure.core.credentials import AzureKeyCredential

    return AzureKeyCredential("key")


def test_idle_connections() -> None:
    """The pool returns the last used connection, within its limit, and loses none."""
    idle = IdleConnections(2)
    with pytest.raises(queue.Empty):
        idle.get(block=False)
    with pytest.raises(queue.Empty):
        idle.get(timeout=0.01)
    idle.put("a")
    idle.put("b")
    with pytest.raises(queue.Full):
        idle.put("c")
    assert (idle.qsize(), idle.get(), idle.get(block=False), idle.qsize()) == (2, "b", "a", 0)


def test_idle_connections_of_threads() -> None:
    """A thread that waits for a connection gets the one that is returned."""
    idle = IdleConnections(3)
    for number in range(3):
        idle.put(number)

    def work() -> List[int]:
        had = []
        for _ in range(200):
            connection = idle.get(timeout=PATIENCE)
            had.append(connection)
            idle.put(connection)
        return had

    assert sum(map(len, together(16, work))) == 3200
    assert sorted(idle.get() for _ in range(3)) == [0, 1, 2]
