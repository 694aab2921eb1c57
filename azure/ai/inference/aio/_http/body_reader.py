"""The body of a response, chunk by chunk, asynchronously."""

from __future__ import annotations

import time
from typing import Any, AsyncIterator, Awaitable, Callable, Optional

from azure.ai.inference._core.deadline import Deadline
from azure.ai.inference._core.errors import read_failure
from azure.ai.inference.aio._deadline import wait_within


class AsyncChunkReader:
    """The asynchronous twin of :class:`ChunkReader`, whose deadline is exact."""

    def __init__(self, response: Any, deadline: Optional[Deadline] = None) -> None:
        self._response = response
        self._deadline = deadline
        arrived = getattr(getattr(response, "internal_response", None), "read_arrived", None)
        self._next: Callable[[], Awaitable[bytes]] = arrived or _next_of(response.iter_bytes())

    async def read(self) -> bytes:
        """Return the next bytes; none at the end. It raises the errors of :meth:`ChunkReader.read`."""
        left = None if self._deadline is None else self._deadline.check()
        try:
            return await wait_within(self._next(), left)
        except Exception as error:
            raise read_failure(error, self._response, self._deadline) from error

    async def ends_within(self, seconds: float) -> bool:
        """Return whether the body ends in this time. Bytes that come before its end are dropped."""
        ends = time.monotonic() + seconds
        try:
            while await wait_within(self._next(), ends - time.monotonic()):
                pass
        except Exception:  # whatever it was, the connection will not be used again
            return False
        return True


def _next_of(chunks: AsyncIterator[bytes]) -> Callable[[], Awaitable[bytes]]:
    async def next_chunk() -> bytes:
        async for chunk in chunks:
            if chunk:
                return chunk
        return b""

    return next_chunk
