"""The body of an answer, piece by piece, each as soon as its bytes arrive.

azure-core's ``iter_bytes`` waits for 4096 bytes where an answer is not chunked, and loses what aiohttp has received
ahead of a fault. urllib3's ``read1`` and our own response of aiohttp do neither; what another transport hands over is
read the public way.
"""

from __future__ import annotations

import io
import time
from typing import Any, AsyncIterator, Awaitable, Callable, Iterator, List, Optional

from azure.ai.inference._deadline import Deadline, wait_within
from azure.ai.inference._errors import read_failure

_SIZE = 65536


class ChunkReader:
    """Reads a response's body, decompressed.

    :param deadline: the moment after which nothing is waited for; each wait on the socket ends there.
    """

    def __init__(self, response: Any, deadline: Optional[Deadline] = None) -> None:
        raw = getattr(getattr(response, "internal_response", None), "raw", None)
        prompt = isinstance(raw, io.IOBase) and hasattr(raw, "read1") and not response.is_closed
        self._response = response
        self._deadline = deadline
        self._raw: Any = raw if prompt else None
        self._pieces: Iterator[bytes] = iter(()) if prompt else iter(response.iter_bytes())

    def read(self) -> bytes:
        """The next bytes; none at the end.

        :raises ~azure.core.exceptions.AzureError: if they do not come, or not in time, or cannot be decompressed.
        """
        if self._deadline is not None:
            self._wait_at_most(self._deadline.check())
        raw = self._raw
        try:
            while raw is not None:
                piece: bytes = raw.read1(_SIZE, True)
                if piece or raw.closed:
                    return piece
            return next(filter(None, self._pieces), b"")
        except Exception as error:
            raise read_failure(error, self._response, self._deadline) from error

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
