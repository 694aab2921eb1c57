"""The body of an answer, piece by piece, each as soon as its bytes arrive.

azure-core's ``iter_bytes`` waits for 4096 bytes where an answer is not chunked, and loses what aiohttp has received
ahead of a fault. urllib3's ``read1`` and our own response of aiohttp do neither; what another transport hands over is
read the public way. urllib3 asks for one HTTP chunk at a time, which costs more than reading the event that it holds:
what has arrived of plain chunks is taken at once from the buffer below it.
"""

from __future__ import annotations

import io
import re
import time
from typing import Any, AsyncIterator, Awaitable, Callable, Iterator, List, Optional, Tuple

from azure.ai.inference._core.deadline import Deadline, wait_within
from azure.ai.inference._core.errors import read_failure

_SIZE = 65536
_CHUNK_HEAD = re.compile(rb"\r\n([0-9A-Fa-f]{1,15})\r\n")


def dechunk(buffered: bytes, left: int) -> Tuple[bytes, int, int]:
    """The data of a chunked body (RFC 9112, section 7.1), as far as they lie in a buffer.

    The last chunk, and whatever else is more than a size and data, is left in the buffer.

    :param left: how many bytes are left of the chunk that the buffer begins in.
    :returns: the data, how many bytes of the buffer they end at, and how many are left of the chunk that they end in.
    """
    pieces: List[bytes] = []
    start = 0
    while True:
        end = start + left
        pieces.append(buffered[start:end])
        if end >= len(buffered):
            return b"".join(pieces), len(buffered), end - len(buffered)
        head = _CHUNK_HEAD.match(buffered, end)
        left = int(head[1], 16) if head else 0
        if not head or not left:
            return b"".join(pieces), end, 0
        start = head.end()


class ChunkReader:
    """Reads a response's body, decompressed.

    :param deadline: the moment after which nothing is waited for; each wait on the socket ends there.
    """

    def __init__(self, response: Any, deadline: Optional[Deadline] = None) -> None:
        raw = _prompt_body(response)
        self._response = response
        self._deadline = deadline
        self._raw = raw
        self._plain = raw is not None and not raw.headers.get("content-encoding")
        self._chunks = _chunk_source(raw) if self._plain else None
        self._pieces: Iterator[bytes] = iter(response.iter_bytes()) if raw is None else iter(())

    def read(self) -> bytes:
        """The next bytes; none at the end.

        :raises ~azure.core.exceptions.AzureError: if they do not come, or not in time, or cannot be decompressed.
        """
        if self._deadline is not None:
            self._wait_at_most(self._deadline.check())
        try:
            return self._take_chunks() or self._read_next()
        except Exception as error:
            raise read_failure(error, self._response, self._deadline) from error

    def _take_chunks(self) -> bytes:
        """What the buffer holds of chunks; nothing where http.client has to read on itself, or reads more than that."""
        source = self._chunks
        while source is not None and source.fp is not None and _fits_buffer(source.chunk_left):
            data, used, left = dechunk(source.fp.peek(1), source.chunk_left)
            if not used:
                break
            source.fp.read(used)
            source.chunk_left = left
            if data:
                return data
        return b""

    def _read_next(self) -> bytes:
        raw = self._raw
        if raw is None:
            return next(filter(None, self._pieces), b"")
        if self._plain and raw.length_remaining == 0 and raw.closed:
            return b""  # all that was announced has come: asking urllib3 again would cost as much as reading it did
        while True:
            piece: bytes = raw.read1(_SIZE, True)
            if piece or raw.closed:
                return piece

    def ends_within(self, seconds: float) -> bool:
        """Whether the end of the body can be read in this time; what comes before it is thrown away."""
        ends = time.monotonic() + seconds
        while self._raw is not None and (self._raw.closed or self._wait_at_most(ends - time.monotonic())):
            try:
                if not self.read():
                    return True
            except Exception:  # whatever it was, the connection will not be used again
                return False
        return False

    def _wait_at_most(self, seconds: float) -> bool:
        """Limit the socket's next waits; False where there is no time left or the socket cannot be reached."""
        if seconds <= 0:
            return False
        try:
            sock = self._raw._fp.fp.raw._sock
            limit = sock.gettimeout()
            sock.settimeout(seconds if limit is None else min(seconds, limit))
        except AttributeError:
            return False
        return True


def _prompt_body(response: Any) -> Any:
    """urllib3's own response, where it can hand over bytes as soon as they come."""
    raw: Any = getattr(getattr(response, "internal_response", None), "raw", None)
    return raw if isinstance(raw, io.IOBase) and hasattr(raw, "read1") and not response.is_closed else None


def _chunk_source(raw: Any) -> Any:
    """http.client's response below urllib3's, where it reads a chunked body from a buffer."""
    source: Any = raw._fp if raw.chunked else None
    reachable = hasattr(source, "chunk_left") and isinstance(source.fp, io.BufferedReader)
    return source if reachable else None


def _fits_buffer(left: Optional[int]) -> bool:
    """Whether a chunk has begun, and no more is left of it than the buffer of a socket can hold."""
    return left is not None and left <= io.DEFAULT_BUFFER_SIZE


class AsyncChunkReader:
    """The asynchronous twin of :class:`ChunkReader`, whose deadline is exact."""

    def __init__(self, response: Any, deadline: Optional[Deadline] = None) -> None:
        self._response = response
        self._deadline = deadline
        arrived = getattr(getattr(response, "internal_response", None), "read_arrived", None)
        self._next: Callable[[], Awaitable[bytes]] = arrived or _next_of(response.iter_bytes())

    async def read(self) -> bytes:
        """The next bytes; none at the end. It raises what :meth:`ChunkReader.read` raises."""
        left = None if self._deadline is None else self._deadline.check()
        try:
            return await wait_within(self._next(), left)
        except Exception as error:
            raise read_failure(error, self._response, self._deadline) from error

    async def ends_within(self, seconds: float) -> bool:
        """Whether the end of the body can be read in this time; what comes before it is thrown away."""
        ends = time.monotonic() + seconds
        try:
            while await wait_within(self._next(), ends - time.monotonic()):
                pass
        except Exception:  # whatever it was, the connection will not be used again
            return False
        return True


def _next_of(pieces: AsyncIterator[bytes]) -> Callable[[], Awaitable[bytes]]:
    async def next_piece() -> bytes:
        async for piece in pieces:
            if piece:
                return piece
        return b""

    return next_piece


class Body:
    """The whole body of an answer, as far as it could be read, put where azure-core looks for it.

    An error's status matters more than its body: there a fault ends the body and is not raised.
    """

    def __init__(self, response: Any) -> None:
        self._response = response
        self._pieces: List[bytes] = []

    def add(self, piece: bytes) -> bool:
        """Whether there may be more."""
        self._pieces.append(piece)
        return bool(piece)

    def end(self, error: Optional[Exception] = None) -> None:
        """Take what has been added as the body; raise the error that has ended it if it may not be passed over."""
        # azure-core has no public way to give a response its body
        self._response._content = b"".join(self._pieces)
        self._response._decompressed_content = self._response._is_stream_consumed = True
        if error is not None and self._response.status_code < 400:
            raise error
