"""An update is delivered when its bytes arrive: the server sends the next one only when the one before has been read."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any, Callable, Dict, List

import pytest
from worlds import World, next_of, updates_of

from .calls import DONE, END, A, B, ask, chat, text_of
from .raw_server import LAST_CHUNK, Answer, Gate, RawServer, chunk, chunked, cut, head

EVENTS = "text/event-stream"
PARTS = [A, B, END + DONE]


def zipped(wbits: int) -> List[bytes]:
    """Return the parts, compressed as servers do that flush after each event."""
    packer = zlib.compressobj(wbits=wbits)
    flushed = [packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH) for part in PARTS]
    return [*flushed[:-1], flushed[-1] + packer.flush()]


GZIP, DEFLATE = zipped(31), zipped(15)


def gated(parts: List[bytes], gates: List[Gate]) -> List[Any]:
    return [parts[0], gates[0], parts[1], gates[1], parts[2]]


def in_length(parts: List[bytes], gates: List[Gate], **headers: Any) -> Answer:
    return [head(kind=EVENTS, Content_Length=sum(map(len, parts)), **headers), *gated(parts, gates)]


def until_end(parts: List[bytes], gates: List[Gate], **headers: Any) -> Answer:
    return [head(kind=EVENTS, Connection="close", **headers), *gated(parts, gates), cut]


def in_chunks(parts: List[bytes], gates: List[Gate], **headers: Any) -> Answer:
    return chunked(*gated(parts, gates), b"", **headers)


def in_odd_chunks(parts: List[bytes], gates: List[Gate]) -> Answer:
    """Return chunks that end in the middle of each event."""
    first, second, third = parts
    pieces: List[Any] = [
        first[:9],
        first[9:],
        gates[0],
        second[:30],
        second[30:],
        gates[1],
        third[:-1],
        third[-1:],
        b"",
    ]
    return chunked(*pieces)


def with_carriage_returns(parts: List[bytes], gates: List[Gate]) -> Answer:
    return chunked(*gated([part.replace(b"\n", b"\r") for part in parts], gates), b"")


def with_the_head(parts: List[bytes], gates: List[Gate]) -> Answer:
    steps = gated(parts, gates)
    return [head(kind=EVENTS, Transfer_Encoding="chunked") + chunk(steps[0]), *chunked(*steps[1:], b"")[1:]]


def in_one_chunk(parts: List[bytes], gates: List[Gate]) -> Answer:
    """Return a chunk that arrives in parts."""
    first, *others = gated(parts, gates)
    size = b"%x\r\n" % sum(map(len, parts))
    return [head(kind=EVENTS, Transfer_Encoding="chunked"), size + first, *others, b"\r\n0\r\n\r\n"]


def in_chunks_at_once(parts: List[bytes], gates: List[Gate]) -> Answer:
    """Return several chunks in each sending, the last of which is incomplete."""
    first, second, third = (
        b"".join(chunk(part[start : start + 20]) for start in range(0, len(part), 20)) for part in parts
    )
    sendings = [first + second[:9], second[9:] + third[:9], third[9:] + LAST_CHUNK]
    return [head(kind=EVENTS, Transfer_Encoding="chunked"), *gated(sendings, gates)]


FRAMINGS: Dict[str, Callable[[List[Gate]], Answer]] = {
    "chunked": lambda gates: in_chunks(PARTS, gates),
    "in odd chunks": lambda gates: in_odd_chunks(PARTS, gates),
    "in one chunk": lambda gates: in_one_chunk(PARTS, gates),
    "in chunks at once": lambda gates: in_chunks_at_once(PARTS, gates),
    "first chunk with the head": lambda gates: with_the_head(PARTS, gates),
    "until the end": lambda gates: until_end(PARTS, gates),
    "by length": lambda gates: in_length(PARTS, gates),
    "gzip, chunked": lambda gates: in_chunks(GZIP, gates, Content_Encoding="gzip"),
    "gzip, until the end": lambda gates: until_end(GZIP, gates, Content_Encoding="gzip"),
    "gzip, by length": lambda gates: in_length(GZIP, gates, Content_Encoding="gzip"),
    "deflate, chunked": lambda gates: in_chunks(DEFLATE, gates, Content_Encoding="deflate"),
    "deflate, by length": lambda gates: in_length(DEFLATE, gates, Content_Encoding="deflate"),
    "carriage returns": lambda gates: with_carriage_returns(PARTS, gates),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("framing", FRAMINGS)
async def test_at_once(world: World, framing: str) -> None:
    """An update is delivered when it arrives, even if no more bytes follow."""
    gates = [Gate(), Gate()]
    with RawServer(FRAMINGS[framing](gates)) as server:
        async with chat(world, server) as client:
            stream = await ask(client, stream=True)
            assert text_of(await next_of(stream)) == "a"
            gates[0].open()
            assert text_of(await next_of(stream)) == "b"
            gates[1].open()
            assert [text_of(update) for update in await updates_of(stream)] == [None]


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [1_000, 8_190, 8_192, 8_200, 70_000])
async def test_chunks_and_buffers(world: World, size: int) -> None:
    """Chunks smaller than, as large as and larger than the read buffer are joined correctly."""
    text = "".join(map(str, range(50_000)))
    body = json.dumps({"choices": [{"index": 0, "message": {"content": text}}]}).encode()
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    with RawServer(chunked(*pieces, b"", kind="application/json")) as server:
        async with chat(world, server) as client:
            assert (await ask(client)).choices[0].message.content == text


def test_parts_are_one_stream() -> None:
    """The zipped parts are one valid stream, on which the test above relies."""
    assert gzip.decompress(b"".join(GZIP)) == zlib.decompress(b"".join(DEFLATE)) == b"".join(PARTS)
