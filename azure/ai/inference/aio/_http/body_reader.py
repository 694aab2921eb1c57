"""The body of a response, chunk by chunk, asynchronously."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any, AsyncIterator, Awaitable, Callable, Mapping, Optional

from azure.ai.inference._core.deadline import Deadline
from azure.ai.inference._core.errors import read_failure
from azure.ai.inference._http.decoding import Unpacker
from azure.ai.inference._json import type_of
from azure.ai.inference.aio._deadline import in_asyncio, wait_within

Read = Callable[[], Awaitable[bytes]]


class AsyncChunkReader:
    """The asynchronous twin of :class:`ChunkReader`, whose deadline is exact on asyncio.

    :param read: returns the next bytes; by default, those that the response's own ``iter_bytes`` returns.
    """

    def __init__(self, response: Any, deadline: Optional[Deadline] = None, read: Optional[Read] = None) -> None:
        self._response = response
        self._deadline = deadline
        self._public: Any = None
        read = read or _read_arrived_of(response)
        if read is None:
            self._public = response.iter_bytes()
            read = _next_of(self._public)
        self._next = read

    async def read(self) -> bytes:
        """Return the next bytes; none at the end. It raises the errors of :meth:`ChunkReader.read`."""
        left = None if self._deadline is None else self._deadline.check()
        try:
            return await wait_within(self._next(), left)
        except Exception as error:
            raise read_failure(error, self._response, self._deadline) from error

    async def ends_within(self, seconds: float) -> bool:
        """Return whether the body ends within this time. Bytes that arrive before its end are dropped."""
        ends = time.monotonic() + seconds
        if not in_asyncio():
            return False
        try:
            while await asyncio.wait_for(self._next(), ends - time.monotonic()):
                pass
        except Exception:  # any error: the connection is not reused
            return False
        return True

    async def close(self) -> None:
        """Close the response, and its own iterator if that was read: trio warns about one that is only dropped."""
        close = getattr(self._public, "aclose", None)
        try:
            if close is not None:
                with contextlib.suppress(Exception):  # another task may be reading
                    await close()
        finally:
            await close_response(self._response)


class BodyChunks(AsyncIterator[bytes]):
    """What ``iter_bytes`` and ``iter_raw`` of a response of aiohttp return: chunk by chunk, as they arrive.

    azure-core's own would unpack twice with some sessions, and supports neither a zlib header nor a second member.
    """

    def __init__(self, response: Any, deadline: Optional[Deadline], *, unpack: bool) -> None:
        internal = response.internal_response
        read = internal.read_arrived if is_own(internal) else internal.content.readany
        self._internal = internal
        self._reader = AsyncChunkReader(response, deadline, _unpacked(read, internal.headers) if unpack else read)

    async def __anext__(self) -> bytes:
        chunk = b""
        try:
            chunk = await self._reader.read()
        finally:
            if not chunk:
                self._internal.close()
        if not chunk:
            raise StopAsyncIteration
        return chunk


def _read_arrived_of(response: Any) -> Optional[Read]:
    """Return a reader of the bytes of a response of our own session as they arrive; None for other responses."""
    internal: Any = getattr(response, "internal_response", None)
    return _unpacked(internal.read_arrived, internal.headers) if is_own(internal) else None


def is_own(internal: Any) -> bool:
    """Return whether a response of aiohttp is one of our own session. A mock, which has every attribute, is none."""
    return hasattr(type_of(internal), "read_arrived")


async def close_response(response: Any) -> None:
    """Close a response. That of one made by hand may not be awaitable."""
    closing = response.close()
    if hasattr(closing, "__await__"):
        await closing


def _unpacked(read: Read, headers: Mapping[str, str]) -> Read:
    """Return a reader that removes the content codings of another one's bytes."""
    encodings = headers.get("Content-Encoding")
    if not encodings:
        return read
    unpacker = Unpacker(encodings)

    async def read_unpacked() -> bytes:
        while True:
            packed = await read()
            chunk = unpacker.feed(packed) if packed else b""
            if chunk or not packed:
                return chunk

    return read_unpacked


def _next_of(chunks: AsyncIterator[bytes]) -> Read:
    async def next_chunk() -> bytes:
        async for chunk in chunks:
            if chunk:
                return chunk
        return b""

    return next_chunk
