"""Waiting with a deadline, on asyncio; and on other event loops, such as trio, without."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import Any, Awaitable, Coroutine, Optional, TypeVar, cast

from azure.core.pipeline.transport import AsyncHttpTransport

ResultType = TypeVar("ResultType")


def in_asyncio() -> bool:
    """Return whether asyncio runs the current coroutine. If not, no function of asyncio may be called."""
    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False


async def wait_within(awaitable: Awaitable[ResultType], seconds: Optional[float]) -> ResultType:
    """Return the result of an awaitable, if it arrives in time.

    Event loops other than asyncio's wait for it as long as it takes: check the clock before and after.

    :raises asyncio.TimeoutError: if it does not arrive in time. The awaitable is then cancelled.
    """
    return await (asyncio.wait_for(awaitable, seconds) if seconds is not None and in_asyncio() else awaitable)


def run_to_first_wait(closing: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine until it would wait, and end it there, for a caller that is destroyed and may not wait."""
    with contextlib.suppress(Exception):  # it has ended, or its event loop is closed
        closing.send(None)
    closing.close()


async def pause(transport: Any, seconds: float) -> None:
    """Sleep by the transport's own ``sleep``. The default of azure-core's transports is asyncio's."""
    trio: Any = sys.modules.get("trio")
    own: Any = getattr(cast(Any, type(transport)), "sleep", None)
    default: Any = AsyncHttpTransport
    inherited = own is default.sleep
    await (trio.sleep(seconds) if inherited and trio is not None and not in_asyncio() else transport.sleep(seconds))
