"""Bytes beside a response: interim ones before it, surplus ones after it. No call reads what is not its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from typing import Any, Dict

import pytest
from azure.core.exceptions import AzureError, ServiceResponseError, ServiceResponseTimeoutError
from worlds import ASYNC, World

from .calls import ANSWER, COMPLETION, DONE, STREAM, A, ask, chat, failure_of, read
from .raw_server import Connection, RawServer, chunked, head, stall, whole

INTERIM = {
    "100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "102": b"HTTP/1.1 102 Processing\r\n\r\n",
    "103": b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n",
    "103 chunked": b"HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n",
    "199": b"HTTP/1.1 199 Unknown\r\n\r\n",
    "several": b"HTTP/1.1 102 P\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nLink: <a>\r\n\r\nHTTP/1.1 102 P\r\n\r\n",
}
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"


def saying(text: str) -> bytes:
    """Return a completion with this text."""
    return json.dumps({"choices": [{"message": {"content": text}}]}).encode()


def text_of(completion: Any) -> Any:
    return completion.choices[0].message.content


@pytest.mark.asyncio
@pytest.mark.parametrize("apart", [False, True], ids=["at once", "apart"])
@pytest.mark.parametrize("says", INTERIM)
async def test_skipped(says: str, apart: bool) -> None:
    """An interim response is skipped, and the next call gets its own response."""
    (first,) = whole(saying("first"))
    steps: Any = [INTERIM[says], first] if apart else [INTERIM[says] + first]  # type: ignore[operator]
    with RawServer(steps, whole(saying("second"))) as server:
        async with chat(ASYNC, server) as client:
            assert [text_of(await ask(client)) for _ in range(2)] == ["first", "second"]
        assert server.connections == 1


@pytest.mark.asyncio
async def test_body_of_interim() -> None:
    """The invalid body of an interim response is not taken for a response."""
    odd = b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n"
    with RawServer([odd, *whole(saying("first"))], whole(saying("second"))) as server:
        async with chat(ASYNC, server) as client:
            with contextlib.suppress(AzureError):
                assert text_of(await ask(client)) == "first"
            assert text_of(await ask(client)) == "second"


@pytest.mark.asyncio
async def test_skipped_before_stream() -> None:
    """An interim response before a stream is skipped."""
    with RawServer([INTERIM["103"], *whole(STREAM, kind="text/event-stream")]) as server:
        async with chat(ASYNC, server) as client:
            assert await read(await ask(client, stream=True)) == (["a", "b", None], None)


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("says", ["alone", "with frames", "with a response"])
async def test_switching(says: str, streamed: bool) -> None:
    """A connection that has switched protocols is not reused."""
    behind: Dict[str, Any] = {
        "alone": [],
        "with frames": [b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\r\n"],
        "with a response": whole(saying("foreign")),
    }
    with RawServer([SWITCHING, *behind[says], stall], whole(ANSWER)) as server:
        async with chat(ASYNC, server) as client:
            error = await failure_of(ask(client, stream=streamed))
            assert (type(error), "101" in str(error)) == (ServiceResponseError, True)
            assert await ask(client) == COMPLETION
        assert server.connections == 2


@pytest.mark.asyncio
async def test_nothing_behind() -> None:
    """A connection whose response never arrived is not reused."""
    with RawServer([INTERIM["103"], stall], whole(ANSWER)) as server:
        async with chat(ASYNC, server, read_timeout=0.2) as client:
            assert type(await failure_of(ask(client))) is ServiceResponseTimeoutError
            assert await ask(client, read_timeout=5) == COMPLETION
        assert server.connections == 2


#: What a server may send when nobody has asked.
SURPLUS: Dict[str, bytes] = {
    "a response": b"".join(whole(saying("foreign"))),  # type: ignore[arg-type]
    "a timeout": b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "an interim response": INTERIM["103"],
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
    "nonsense": b"\x00oops\r\n\r\n",
}


@pytest.mark.asyncio
@pytest.mark.parametrize("when", ["seen", "unseen"])
@pytest.mark.parametrize("says", SURPLUS)
async def test_surplus(says: str, when: str) -> None:
    """Bytes that arrive on an idle connection are not read as the response of the next call."""
    go_on, sent = threading.Event(), threading.Event()

    def late(connection: Connection) -> None:
        go_on.wait(10)
        connection.send(SURPLUS[says])
        sent.set()

    with RawServer([*whole(saying("first")), late], whole(saying("second"))) as server:
        async with chat(ASYNC, server) as client:
            assert text_of(await ask(client)) == "first"
            go_on.set()
            if when == "seen":  # the event loop reads it
                await asyncio.get_running_loop().run_in_executor(None, sent.wait, 10)
                await asyncio.sleep(0)
            else:  # it waits in the socket
                sent.wait(10)
            assert text_of(await ask(client)) == "second"
        assert server.connections == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("says", SURPLUS)
async def test_surplus_at_once(says: str) -> None:
    """Bytes that arrive together with a response are not read as the response of the next call."""
    with RawServer([b"".join(whole(saying("first"))) + SURPLUS[says]], whole(saying("second"))) as server:  # type: ignore[arg-type]
        async with chat(ASYNC, server) as client:
            texts = []
            for _ in range(2):
                with contextlib.suppress(ServiceResponseError):  # aiohttp may refuse it all
                    texts.append(text_of(await ask(client)))
        assert texts in (["first", "second"], ["second"])


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_idle_connection_kept(streamed: bool, tls: Any) -> None:
    """A connection on which nothing has arrived is reused."""
    for side in (None, tls.server):
        with RawServer(chunked(A, DONE, b"") if streamed else whole(ANSWER), tls=side) as server:
            async with chat(ASYNC, server, connection_verify=tls.bundle) as client:
                for _ in range(5):
                    response = await ask(client, stream=streamed)
                    await read(response) if streamed else None
            assert server.connections == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("size", [8_000, 12_000, 60_000])
async def test_long_header(world: World, size: int, streamed: bool) -> None:
    """A response with a long header, such as a policy or a trace, is accepted."""
    with RawServer(whole(STREAM if streamed else ANSWER, X_Trace="x" * size)) as server:
        async with chat(world, server) as client:
            response = await ask(client, stream=streamed)
            assert await read(response) == (["a", "b", None], None) if streamed else response == COMPLETION


@pytest.mark.asyncio
async def test_long_reason(world: World) -> None:
    """A response with a long first line is accepted."""
    line = b"HTTP/1.1 200 " + b"x" * 12_000 + b"\r\n"
    with RawServer([line + head(Content_Length=len(ANSWER)).partition(b"\r\n")[2] + ANSWER]) as server:
        async with chat(world, server) as client:
            assert await ask(client) == COMPLETION


@pytest.mark.asyncio
async def test_endless_header(world: World) -> None:
    """An endless header raises an error of the family, and does not fill the memory."""
    with RawServer([b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000, stall], whole(ANSWER)) as server:
        async with chat(world, server) as client:
            assert isinstance(await failure_of(ask(client)), AzureError)
            assert await ask(client) == COMPLETION


@pytest.mark.asyncio
async def test_long_header_with_own_session() -> None:
    """With a session of the program's own, a long header is accepted."""
    import aiohttp

    with RawServer(whole(ANSWER, X_Trace="x" * 12_000)) as server:
        session = aiohttp.ClientSession()
        async with session, chat(ASYNC, server, session=session, session_owner=False) as client:
            assert await ask(client) == COMPLETION
