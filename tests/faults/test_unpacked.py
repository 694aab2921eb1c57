"""Compressed bodies are unpacked once, or returned as they were sent, for every reader and method."""

from __future__ import annotations

import gzip
import importlib.util
import zlib
from typing import Any, Callable, Dict, List

import aiohttp
import pytest
from azure.core.exceptions import AzureError, DecodeError, IncompleteReadError
from azure.core.rest import HttpRequest
from worlds import ASYNC, World, wait

from azure.ai.inference._http.decoding import Unpacker

from .calls import ANSWER, COMPLETION, STREAM, ask, chat, failure_of, read
from .raw_server import Answer, RawServer, chunked, cut, head, whole


def raw_deflate(data: bytes) -> bytes:
    """Return deflate without the header of zlib, as some servers send it."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def zipped(data: bytes) -> bytes:
    """Compress with gzip, without the time: the same bytes in every second."""
    return gzip.compress(data, mtime=0)


def two_members(data: bytes) -> bytes:
    """Return two members of gzip in a row, as some servers and proxies send them."""
    return zipped(data[:9]) + zipped(data[9:])


PACKED: Dict[str, Any] = {
    "gzip": ("gzip", zipped),
    "x-gzip": ("x-gzip", zipped),
    "in capitals": ("GZIP", zipped),
    "two members": ("gzip", two_members),
    "something behind it": ("gzip", lambda data: zipped(data) + b"\0\0\0"),
    "deflate": ("deflate", zlib.compress),
    "deflate without header": ("deflate", raw_deflate),
    "both": ("gzip, deflate", lambda data: zlib.compress(zipped(data))),
    "unknown": ("utf-8", bytes),
}
#: What azure-core's own reading, and that of requests, gets right as well.
COMMON = ["gzip", "unknown"]


async def pieces_of(chunks: Any) -> bytes:
    """Return all items of an iterator of either world."""
    if hasattr(chunks, "__aiter__"):
        return b"".join([chunk async for chunk in chunks])
    return b"".join(chunks)


async def by_iter_bytes(response: Any) -> bytes:
    return await pieces_of(response.iter_bytes())


async def by_read(response: Any) -> bytes:
    body: bytes = await wait(response.read())
    assert response.content == body
    return body


async def by_text(response: Any) -> bytes:
    await wait(response.read())
    text: str = response.text()
    return text.encode()


def get(client: Any, **options: Any) -> Any:
    return client.send_request(HttpRequest("GET", "/x"), **options)


def split(data: bytes, size: int) -> List[bytes]:
    """Return chunks of this size."""
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.asyncio
@pytest.mark.parametrize("says", PACKED)
@pytest.mark.parametrize("reading", [by_iter_bytes, by_read, by_text])
async def test_streamed(world: World, reading: Callable[[Any], Any], says: str) -> None:
    """The caller of a streamed response gets bytes that are unpacked once."""
    if world.name == "sync" and says not in COMMON:
        pytest.skip("what requests makes of it")
    encoding, pack = PACKED[says]
    answers = [chunked(*split(pack(ANSWER), size), b"", Content_Encoding=encoding) for size in (1, 7, 9999)]
    with RawServer(*answers) as server:
        async with chat(world, server) as client:
            for _ in answers:
                response = await wait(get(client, stream=True))
                assert await reading(response) == ANSWER
            assert server.connections == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("says", PACKED)
async def test_raw(world: World, says: str) -> None:
    """Raw bytes, for a proxy or a checksum, stay as they were sent."""
    encoding, pack = PACKED[says]
    with RawServer(whole(pack(ANSWER), Content_Encoding=encoding)) as server:
        async with chat(world, server) as client:
            response = await wait(get(client, stream=True))
            assert await pieces_of(response.iter_raw()) == pack(ANSWER)


@pytest.mark.asyncio
@pytest.mark.parametrize("says", PACKED)
async def test_whole(world: World, says: str) -> None:
    """A whole response is unpacked once: its model, its bytes and an error's text."""
    if world.name == "sync" and says not in COMMON:
        pytest.skip("what requests makes of it")
    encoding, pack = PACKED[says]
    refusal = whole(pack(b'{"error": {"message": "no such thing"}}'), 400, Content_Encoding=encoding)
    good = whole(pack(ANSWER), Content_Encoding=encoding)
    with RawServer(good, good, refusal, refusal) as server:
        async with chat(world, server) as client:
            assert await ask(client) == COMPLETION
            response = await wait(get(client))
            assert (response.content, response.json()) == (ANSWER, COMPLETION)
            for streamed in (False, True):
                assert "no such thing" in str(await failure_of(ask(client, stream=streamed)))


@pytest.mark.asyncio
@pytest.mark.parametrize("says", PACKED)
@pytest.mark.parametrize("unpacks", [False, True], ids=["session leaves it", "session unpacks"])
async def test_own_session(unpacks: bool, says: str) -> None:
    """With a session of the program's own, a body is unpacked once."""
    encoding, pack = PACKED[says]
    if unpacks and says in ("x-gzip", "both", "two members", "something behind it"):
        pytest.skip("what aiohttp makes of it")
    if unpacks and says == "in capitals" and aiohttp.__version__.startswith("3.13."):
        pytest.skip("aiohttp takes GZIP for another encoding than gzip in this version, the last for Python 3.9")
    events = chunked(*split(pack(STREAM), 7), b"", Content_Encoding=encoding)
    answer = whole(pack(ANSWER), Content_Encoding=encoding)
    with RawServer(answer, events, answer) as server:
        session = aiohttp.ClientSession(auto_decompress=unpacks)
        async with session, chat(ASYNC, server, session=session, session_owner=False) as client:
            assert await ask(client) == COMPLETION
            assert await read(await ask(client, stream=True)) == (["a", "b", None], None)
            response = await get(client, stream=True)
            assert await by_iter_bytes(response) == ANSWER


@pytest.mark.asyncio
async def test_raw_arrives_at_once() -> None:
    """The bytes of a streamed response are delivered as they arrive."""
    from .raw_server import Gate

    gate = Gate()
    with RawServer([head(Content_Length=4) + b"ab", gate, b"cd"]) as server:
        async with chat(ASYNC, server) as client:
            chunks = (await get(client, stream=True)).iter_raw()
            assert await chunks.__anext__() == b"ab"
            gate.open()
            assert await chunks.__anext__() == b"cd"


BROKEN: Dict[str, Any] = {
    "gzip in name only": (whole(ANSWER, Content_Encoding="gzip"), DecodeError),
    "deflate in name only": (whole(b"\x78\x9c\xff\xff\xff", Content_Encoding="deflate"), DecodeError),
    "cut off": ([head(Content_Length=999, Content_Encoding="gzip") + zipped(ANSWER), cut], IncompleteReadError),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("says", BROKEN)
@pytest.mark.parametrize("reading", [by_iter_bytes, by_read])
async def test_broken(reading: Callable[[Any], Any], says: str) -> None:
    """A streamed response that cannot be unpacked raises an error of the family."""
    answer, kind = BROKEN[says]
    with RawServer(answer, whole(ANSWER)) as server:
        async with chat(ASYNC, server) as client:
            error = await failure_of(reading(await get(client, stream=True)))
            assert await ask(client) == COMPLETION
    assert isinstance(error, (kind, AzureError) if reading is by_read else kind), repr(error)


@pytest.mark.skipif(importlib.util.find_spec("brotli") is not None, reason="it can be decoded")
@pytest.mark.asyncio
async def test_missing_package() -> None:
    """An encoding that the caller asked for, but that needs a missing package, raises an error."""
    answer: Answer = whole(b"\x8b\x03\x80", Content_Encoding="br")
    with RawServer(answer) as server:
        async with chat(ASYNC, server) as client:
            error = await failure_of(ask(client, headers={"Accept-Encoding": "br"}))
    assert (isinstance(error, DecodeError), "content-encoding: br" in str(error)) == (True, True)


@pytest.mark.skipif(importlib.util.find_spec("brotli") is None, reason="needs Brotli")
@pytest.mark.asyncio
async def test_brotli() -> None:
    """An encoding that the caller asked for is decoded if its package is installed."""
    brotli = importlib.import_module("brotli")
    with RawServer(chunked(*split(brotli.compress(ANSWER), 7), b"", Content_Encoding="br")) as server:
        async with chat(ASYNC, server) as client:
            assert await ask(client, headers={"Accept-Encoding": "br"}) == COMPLETION


@pytest.mark.parametrize("says", PACKED)
def test_any_split(says: str) -> None:
    """Bytes do not depend on where the network cuts them."""
    encoding, pack = PACKED[says]
    packed = pack(ANSWER)
    for size in range(1, len(packed) + 1):
        unpacker = Unpacker(encoding)
        assert b"".join(map(unpacker.feed, split(packed, size))) == ANSWER
