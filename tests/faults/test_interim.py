"""Interim responses (1xx) precede the response, and no call ever reads the response of another one."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core.exceptions import AzureError, ServiceResponseError, ServiceResponseTimeoutError
from azure.core.pipeline.transport import RequestsTransport
from worlds import SYNC

from .calls import ANSWER, COMPLETION, STREAM, ask, chat, failure_of, read
from .raw_server import Connection, RawServer, head, stall, whole

#: Interim responses, with and without headers.
INTERIM = {
    "100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "101": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    "102": b"HTTP/1.1 102 Processing\r\n\r\n",
    "103": b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nTransfer-Encoding: chunked\r\n\r\n",
    "199": b"HTTP/1.1 199 Unknown\r\nContent-Length: 5\r\n\r\n",
    "several": b"HTTP/1.1 102 P\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nLink: <a>\r\n\r\nHTTP/1.1 102 P\r\n\r\n",
}


@pytest.mark.asyncio
@pytest.mark.parametrize("says", INTERIM)
@pytest.mark.parametrize("apart", [False, True], ids=["at once", "apart"])
async def test_skipped(says: str, apart: bool) -> None:
    """An interim response is skipped, and the next call gets its own response."""
    first, last = whole(ANSWER.replace(b"hello", b"first")), whole(ANSWER)
    steps: Any = [INTERIM[says], *first] if apart else [INTERIM[says] + bytes(first[0])]  # type: ignore[arg-type]
    with RawServer(steps, last) as server:
        async with chat(SYNC, server) as client:
            answers = [await ask(client) for _ in range(2)]
        assert server.connections == 1
    assert [answer.choices[0].message.content for answer in answers] == ["first", "hello"]


@pytest.mark.asyncio
async def test_skipped_before_stream() -> None:
    """An interim response before a stream is skipped."""
    with RawServer([INTERIM["103"], *whole(STREAM, kind="text/event-stream")]) as server:
        async with chat(SYNC, server) as client:
            assert await read(await ask(client, stream=True)) == (["a", "b", None], None)


@pytest.mark.asyncio
async def test_nothing_behind() -> None:
    """A connection whose response never arrived is not reused."""
    with RawServer([INTERIM["103"], stall], whole(ANSWER)) as server:
        async with chat(SYNC, server, read_timeout=0.2) as client:
            assert type(await failure_of(ask(client))) is ServiceResponseTimeoutError
            assert await ask(client, read_timeout=5) == COMPLETION
        assert server.connections == 2


@pytest.mark.asyncio
async def test_other_protocol() -> None:
    """After a server has switched protocols, nothing on its connection counts as a response."""
    with RawServer([INTERIM["101"], b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\r\n", stall], whole(ANSWER)) as server:
        async with chat(SYNC, server) as client:
            assert type(await failure_of(ask(client))) is ServiceResponseError
            assert await ask(client) == COMPLETION
        assert server.connections == 2


def flood(interim: bytes) -> Any:
    """Return a step that sends interim responses until the client has disconnected."""

    def send(connection: Connection) -> None:
        while True:
            connection.send(interim * 1000)

    return send


@pytest.mark.asyncio
@pytest.mark.parametrize("says", ["100", "102"])
async def test_flood(says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Endless interim responses do not hold a call without a deadline for ever."""
    from azure.ai.inference._http import receiver

    monkeypatch.setattr(receiver, "_MAX_HEAD", 100_000)
    with RawServer([flood(INTERIM[says])], whole(ANSWER)) as server:
        async with chat(SYNC, server) as client:
            assert type(await failure_of(ask(client))) is ServiceResponseError
            assert await ask(client) == COMPLETION


@pytest.mark.asyncio
async def test_large_body() -> None:
    """The limit of a head does not apply to bodies."""
    large = ANSWER + b" " * 20_000_000
    with RawServer(whole(large)) as server:
        async with chat(SYNC, server) as client:
            assert await ask(client) == COMPLETION


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_foreign_transport(streamed: bool) -> None:
    """A transport that takes an interim response for the response does not reuse its connection."""
    with RawServer([INTERIM["102"], stall], whole(ANSWER)) as server:
        async with chat(SYNC, server, transport=RequestsTransport()) as client:
            error = await failure_of(ask(client, stream=streamed))
            assert isinstance(error, AzureError) and "102" in str(error)
            assert await ask(client) == COMPLETION
        assert server.connections == 2


@pytest.mark.asyncio
async def test_surplus() -> None:
    """Bytes after a response are not read as the response of the next call."""
    surplus = bytes(whole(ANSWER.replace(b"hello", b"surplus"))[0])  # type: ignore[arg-type]
    with RawServer([head(Content_Length=len(ANSWER)) + ANSWER + surplus], whole(ANSWER)) as server:
        async with chat(SYNC, server) as client:
            assert [await ask(client) for _ in range(2)] == [COMPLETION, COMPLETION]
        assert server.connections == 2
