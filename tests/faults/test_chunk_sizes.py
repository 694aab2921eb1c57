"""Invalid chunk sizes in bodies and streams raise an error of the family, and never count as data."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core.exceptions import AzureError, IncompleteReadError
from azure.core.pipeline.transport import RequestsTransport
from worlds import SYNC, World

from .calls import ANSWER, COMPLETION, A, B, ask, chat, failure_of, read
from .raw_server import RawServer, chunked, cut, whole

SIZES = [b"-1", b"-5", b"-ffffffff", b"x", b"", b"5 5", b"0x5", b"1g"]


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_whole(world: World, size: bytes) -> None:
    """A chunk without a size is not data, and raises an error of the family."""
    with RawServer(
        [*chunked(ANSWER[:9], kind="application/json"), size + b"\r\n" + ANSWER[9:], cut], whole(ANSWER)
    ) as server:
        async with chat(world, server) as client:
            assert isinstance(await failure_of(ask(client)), AzureError)
            assert await ask(client) == COMPLETION


@pytest.mark.asyncio
@pytest.mark.parametrize("apart", [False, True], ids=["at once", "apart"])
@pytest.mark.parametrize("size", SIZES)
async def test_streamed(size: bytes, apart: bool) -> None:
    """Events before a chunk without a size are delivered, those behind it are not."""
    start, last = chunked(A), [size + b"\r\n" + B, cut]
    answer: Any = [*start, *last] if apart else [b"".join([*start, last[0]]), cut]  # type: ignore[list-item]
    with RawServer(answer, whole(ANSWER)) as server:
        async with chat(SYNC, server) as client:
            texts, error = await read(await ask(client, stream=True))
            assert (texts, isinstance(error, AzureError)) == (["a"], True)
            assert await ask(client) == COMPLETION
        assert server.connections == 2


@pytest.mark.asyncio
async def test_negative_size_is_named() -> None:
    """The error names what is wrong with the response."""
    with RawServer([*chunked(A), b"-1\r\n" + B, cut]) as server:
        async with chat(SYNC, server) as client:
            _, error = await read(await ask(client, stream=True))
    assert type(error) is IncompleteReadError and "negative size" in str(error)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [b"-1", b"x"])
async def test_foreign_transport(size: bytes) -> None:
    """With azure-core's own transport, the error is one of the family, too."""
    with RawServer([*chunked(ANSWER[:9], kind="application/json"), size + b"\r\n" + ANSWER[9:], cut]) as server:
        async with chat(SYNC, server, transport=RequestsTransport()) as client:
            assert isinstance(await failure_of(ask(client)), AzureError)
