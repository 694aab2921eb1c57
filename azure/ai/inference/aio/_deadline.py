"""Waiting with a deadline."""

from __future__ import annotations

import asyncio
from typing import Awaitable, Optional, TypeVar

ResultType = TypeVar("ResultType")


async def wait_within(awaitable: Awaitable[ResultType], seconds: Optional[float]) -> ResultType:
    """Return the result of an awaitable, if it comes in time.

    :raises asyncio.TimeoutError: if it does not. The awaitable is cancelled then.
    """
    return await (awaitable if seconds is None else asyncio.wait_for(awaitable, seconds))
