"""The sleep of a task in the line of a limiter."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Optional

from azure.ai.inference.aio._deadline import in_asyncio

_LONGEST_SLEEP = 86400.0


class AsyncSleeper:
    """A task that sleeps until it is woken, from any thread.

    :raises RuntimeError: outside asyncio.
    """

    def __init__(self) -> None:
        if not in_asyncio():
            raise RuntimeError("A limiter works in event loops of asyncio only. Nothing was sent.")
        self.hurries = False
        self._loop = asyncio.get_running_loop()
        self._woken = False
        self._waiting: Optional[asyncio.Future[None]] = None

    def wake(self) -> None:
        """Wake the task."""
        with contextlib.suppress(RuntimeError):  # the loop has just been closed
            self._loop.call_soon_threadsafe(self._wake)

    def is_gone(self) -> bool:
        """Return whether the event loop is closed."""
        return self._loop.is_closed()

    def _wake(self) -> None:
        self._woken = True
        self._end_sleep()

    def _end_sleep(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def sleep(self, seconds: float) -> None:
        """Sleep for some seconds, unless woken."""
        if not self._woken:
            self._waiting = self._loop.create_future()
            timer = self._loop.call_later(min(seconds, _LONGEST_SLEEP), self._end_sleep)
            try:
                await self._waiting
            finally:
                timer.cancel()
        self._woken = False
