"""The deadline of a call: one moment that connecting, retries, waits and reading share."""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import Any, Awaitable, Optional, TypeVar

from azure.core.exceptions import ServiceResponseTimeoutError

ResultType = TypeVar("ResultType")

#: The key of the pipeline's context under which the deadline of a call lies, for whoever reads its answer.
CONTEXT_NAME = "inference_deadline"

#: azure-core's own default of ``timeout``, a week: whatever reaches it sets no deadline.
NO_TIMEOUT = 604800


class Attempt:
    """How far one sending of a request has come: a timeout is named after it."""

    __slots__ = ("connected", "deadline")

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.connected = False


#: The attempt that the current thread or task is sending, while it has a deadline to keep.
current_attempt: ContextVar[Optional[Attempt]] = ContextVar("current_attempt", default=None)


class Deadline:
    """A moment of the monotonic clock."""

    __slots__ = ("_ends", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds from now; zero or less once it has passed."""
        return self._ends - time.monotonic()

    def check(self) -> float:
        """Seconds from now.

        :raises ServiceResponseTimeoutError: once it has passed.
        """
        left = self.left()
        if left <= 0:
            raise ServiceResponseTimeoutError(self.message)
        return left

    @property
    def message(self) -> str:
        """What the error says when it has passed."""
        return f"The call took longer than its timeout of {self.seconds:g} seconds."


def current_deadline() -> Optional[Deadline]:
    """The deadline of the call that the current thread or task is sending; None if it has none."""
    attempt = current_attempt.get()
    return None if attempt is None else attempt.deadline


def deadline_of(timeout: Any) -> Optional[Deadline]:
    """The deadline that the option ``timeout`` asks for, in seconds from now; None for no deadline.

    :raises TypeError: if it is not a number.
    :raises ValueError: if it is negative or not a number of seconds at all.
    """
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout must be a number of seconds, not {type(timeout).__name__}")
    if not timeout >= 0:
        raise ValueError(f"timeout must be zero or more seconds, not {timeout}")
    return None if timeout >= NO_TIMEOUT else Deadline(timeout)


async def wait_within(awaitable: Awaitable[ResultType], seconds: Optional[float]) -> ResultType:
    """The result of an awaitable, if it comes in time.

    :raises asyncio.TimeoutError: if it does not; the awaitable is cancelled then.
    """
    if seconds is None:
        return await awaitable
    import asyncio  # here, so that synchronous programs do not pay for it

    return await asyncio.wait_for(awaitable, seconds)
