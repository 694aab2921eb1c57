"""A synchronous client in a forked process: it opens connections of its own, and its parent does not notice."""

from __future__ import annotations

import os
import select
import threading
from typing import Any, Dict, Iterator, List

import pytest
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from worlds import SYNC

from .calls import ANSWER, COMPLETION, DONE, END, A, B, ask, chat, read, text_of
from .forking import PATIENCE, fork
from .raw_server import Answer, Connection, Gate, RawServer, chunk, chunked, stall, whole

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")


def complete(client: Any, **options: Any) -> Any:
    """Return the text of a response, or the connection on which it arrived."""
    return client.complete(messages=[{"role": "user", "content": "hi"}], **options).choices[0].message.content


def by_connection(request: Any) -> Answer:
    """Return a response with the number of its connection."""
    return whole(ANSWER.replace(b"hello", b"%d" % request.connection))


def transport(own: bool, **options: Any) -> Dict[str, Any]:
    return dict(options) if own else {"transport": RequestsTransport(**options)}


@pytest.mark.asyncio
@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("own", [True, False], ids=["default transport", "azure-core's transport"])
async def test_used_before(own: bool, secure: bool, tls: Any) -> None:
    """A forked process does not use its parent's connection, and each gets its own responses."""
    options = transport(own, **({"connection_verify": tls.bundle} if secure else {}))
    with RawServer(by_connection, tls=tls.server if secure else None) as server:
        async with chat(SYNC, server, **options) as client:
            assert complete(client) == "0"
            of_children = [fork(lambda: [complete(client), complete(client)])() for _ in range(2)]
            assert complete(client) == "0"
    assert of_children == [["1", "1"], ["2", "2"]]


@pytest.mark.asyncio
async def test_closed_in_child() -> None:
    """A child that closes the client, or exits, leaves its parent's connections open."""
    with RawServer(by_connection) as server:
        async with chat(SYNC, server) as client:
            assert complete(client) == "0"
            assert fork(client.close)() is None
            assert complete(client) == "0"
            assert fork(lambda: None)() is None
            assert complete(client) == "0"


@pytest.mark.asyncio
async def test_grandchild() -> None:
    """A process forked from a forked one uses the connections of neither."""
    with RawServer(by_connection) as server:
        async with chat(SYNC, server) as client:

            def in_child() -> Any:
                return [complete(client), fork(lambda: complete(client))(), complete(client)]

            assert complete(client) == "0"
            assert fork(in_child)() == ["1", "2", "1"]
            assert complete(client) == "0"


@pytest.mark.asyncio
@pytest.mark.parametrize("child", ["reads", "closes", "drops", "goes on"])
@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
async def test_stream(child: str, secure: bool, tls: Any) -> None:
    """A child neither reads from its parent's stream nor ends it."""
    gate = Gate()
    options = {"connection_verify": tls.bundle} if secure else {}
    answer = [*chunked(A), gate, chunk(B), chunk(END), chunk(DONE), chunk(b"")]
    with RawServer(answer, whole(ANSWER), tls=tls.server if secure else None) as server:
        async with chat(SYNC, server, **options) as client:
            streams = [await ask(client, stream=True)]
            assert text_of(next(streams[0])) == "a"

            def in_child() -> Any:
                if child == "reads":
                    return text_of(next(streams[0]))
                if child == "closes":
                    return streams[0].close()
                if child == "drops":
                    return streams.clear()
                return complete(client)

            result = fork(in_child)()
            gate.open()
            assert await read(streams[0]) == (["b", None], None)
    if child == "reads":
        assert result.startswith("IncompleteReadError: ") and "forked" in result
    else:
        assert result == ("hello" if child == "goes on" else None)


@pytest.mark.asyncio
@pytest.mark.parametrize("own", [True, False], ids=["default transport", "azure-core's transport"])
async def test_forked_while_reading(own: bool) -> None:
    """A child can close a stream on which a thread of its parent waits, without ending that wait."""
    gate, waiting = Gate(), threading.Event()
    answer = [*chunked(A), lambda _: waiting.set(), gate, chunk(END), chunk(DONE), chunk(b"")]
    with RawServer(answer) as server:
        async with chat(SYNC, server, **transport(own)) as client:
            stream = await ask(client, stream=True)
            assert text_of(next(stream)) == "a"
            results: List[Any] = []
            thread = threading.Thread(target=lambda: results.extend(map(text_of, stream)))
            thread.start()
            assert waiting.wait(5)
            assert fork(stream.close)() is None
            gate.open()
            thread.join(5)
            assert results == [None]


@pytest.mark.asyncio
async def test_locks() -> None:
    """A lock that another thread of the parent holds at the fork does not block the child."""
    held, done = threading.Event(), threading.Event()
    with RawServer(by_connection) as server:
        async with chat(SYNC, server) as client:
            assert complete(client) == "0"
            transport = client._client._pipeline._transport
            adapter = transport.session.get_adapter(server.url)

            def hold() -> None:
                with transport._opening, adapter.poolmanager.pools.lock:
                    held.set()
                    done.wait(5)

            thread = threading.Thread(target=hold)
            thread.start()
            assert held.wait(5)
            result = fork(lambda: complete(client))()
            done.set()
            thread.join(5)
    assert result == "1"


class ForkingBody:
    """A body that forks the process while it is sent."""

    child = -1

    def __iter__(self) -> Iterator[bytes]:
        yield b"{}"
        type(self).child = os.fork()
        yield b"{}"


@pytest.mark.asyncio
async def test_forked_while_sending() -> None:
    """A child forked in the middle of a call does not finish it on its parent's connection."""
    with RawServer(by_connection) as server:
        async with chat(SYNC, server) as client:

            def in_child() -> Any:
                try:
                    client.send_request(HttpRequest("POST", "/", content=ForkingBody()))
                except Exception as error:
                    if not ForkingBody.child:
                        os._exit(0 if "forked" in str(error) else 1)
                    raise
                if not ForkingBody.child:
                    os._exit(2)
                return os.waitpid(ForkingBody.child, 0)[1]

            assert fork(in_child)() == 0


@pytest.mark.asyncio
async def test_closed_by_parent() -> None:
    """A connection that the parent closes is closed, even if the child lives on."""
    gone = Gate()

    def departure(connection: Connection) -> None:
        connection.client_has_gone()
        gone.open()

    told = os.pipe()
    with RawServer(whole(ANSWER), chunked(A, departure)) as server:
        async with chat(SYNC, server) as client:
            assert await ask(client) == COMPLETION
            stream = await ask(client, stream=True)
            assert text_of(next(stream)) == "a"
            child = fork(lambda: len(select.select([told[0]], [], [], PATIENCE)[0]))
            stream.close()
            went = gone.wait()
            os.write(told[1], b"x")
            assert (child(), went) == (1, True)
    os.close(told[0])
    os.close(told[1])


@pytest.mark.asyncio
async def test_stalled_in_parent() -> None:
    """A child does not wait for the response to a call that another thread of its parent makes."""
    asked = threading.Event()
    with RawServer([lambda _: asked.set(), stall], by_connection) as server:
        async with chat(SYNC, server) as client:

            def time_out() -> None:
                with pytest.raises(AzureError):
                    complete(client, timeout=0.5)

            thread = threading.Thread(target=time_out)
            thread.start()
            assert asked.wait(5)
            assert fork(lambda: complete(client))() == "1"
            thread.join(5)
