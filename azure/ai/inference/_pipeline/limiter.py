"""One limiter for the threads, event loops and clients of a process, and the line in which their requests wait.

Only the first request in line knows when its turn comes. The others sleep until woken, and each that leaves the line
wakes the next one. There is no thread, and nothing polls.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from threading import Lock
from typing import Any, Callable, Deque, NoReturn, Optional, Protocol

from azure.ai.inference._core.rate import Rate
from azure.ai.inference._http import forks

_INFINITE = float("inf")
#: Seconds not worth waking a request for.
_MOMENT = 0.001


class Waiter(Protocol):
    """A request in the line."""

    returns: bool
    """Whether it was refused, and returns to the head of the line."""
    hurries: bool
    """Whether its thread runs an event loop: other requests that wait in that loop cannot go first."""
    tokens: float
    """The tokens that it may use."""
    started: Optional[float]
    """When it was sent; None while it waits."""

    def wake(self) -> None:
        """Wake the thread or task that waits for the turn."""

    def is_gone(self) -> bool:
        """Return whether nobody waits any longer, as the event loop is closed."""
        ...


class Line:
    """The waiting requests, in order, and the rate at which they start. Nothing waits under its lock."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._lock = Lock()
        self._refused: OrderedDict[Waiter, None] = OrderedDict()
        self._others: OrderedDict[Waiter, None] = OrderedDict()
        self._changes: Deque[Callable[[float], None]] = deque()
        self._timed: Optional[Waiter] = None
        """The last waiter known to be first in line."""
        self._wakes_at = _INFINITE
        """When it wakes on its own; in the past if it has been woken."""

    def __len__(self) -> int:
        return len(self._refused) + len(self._others)

    def ask(self, waiter: Waiter) -> Optional[float]:
        """Start a request if it is its turn, and return None.

        Otherwise it stays in line. Return the seconds until it asks again, unless woken earlier.
        """
        with self._lock:
            now = time.monotonic()
            delay = self._ask(waiter, now)
            self._wake_head(now)
        self._make_changes()
        return delay

    def _ask(self, waiter: Waiter, now: float) -> Optional[float]:
        waits = waiter in self._refused or waiter in self._others
        if not waits:
            self._join(waiter)
        if self._head() is not waiter:
            return _INFINITE
        delay = self.rate.delay(now, hurries=waiter.hurries)
        if delay > 0:
            self._timed, self._wakes_at = waiter, now + delay
            return delay
        self._remove(waiter)
        waiter.started = now
        self.rate.start(now, tokens=waiter.tokens, waited=waits or len(self) > 0)
        return None

    def change(self, change: Callable[[float], None]) -> None:
        """Make a change now; if the lock is held, leave it to the holder.

        This never waits for the lock. The garbage collector may end a request while its thread holds the lock.
        """
        self._changes.append(change)
        self._make_changes()

    def _make_changes(self) -> None:
        while self._changes and self._lock.acquire(blocking=False):
            try:
                now = time.monotonic()
                while self._changes:
                    self._changes.popleft()(now)
                self._wake_head(now)
            finally:
                self._lock.release()

    def leave(self, waiter: Waiter) -> None:
        """Remove a request from the line."""
        self.change(lambda _: self._remove(waiter))

    def wake_all(self, condition: Callable[[Any], bool]) -> None:
        """Wake all requests in line that meet a condition."""

        def wake(_: float) -> None:
            for waiter in filter(condition, [*self._refused, *self._others]):
                waiter.wake()

        self.change(wake)

    def _join(self, waiter: Waiter) -> None:
        (self._refused if waiter.returns or waiter.hurries else self._others)[waiter] = None
        if waiter.hurries:
            self._refused.move_to_end(waiter, last=False)

    def _head(self) -> Optional[Waiter]:
        for line in (self._refused, self._others):
            while line:
                waiter = next(iter(line))
                if not waiter.is_gone():
                    return waiter
                self._remove(waiter)
        return None

    def _remove(self, waiter: Waiter) -> None:
        self._refused.pop(waiter, None)
        self._others.pop(waiter, None)

    def _wake_head(self, now: float) -> None:
        """Wake the first request in line if it may start before it wakes on its own."""
        head = self._head()
        if head is None:
            return
        if head is not self._timed:
            self._timed, self._wakes_at = head, _INFINITE
        delay = 0.0 if self.rate.closed(now) else self.rate.delay(now, hurries=head.hurries)
        if now + delay < self._wakes_at - _MOMENT:
            self._wakes_at = -_INFINITE
            head.wake()


class AdaptiveLimiter:
    """Adapts the rate of requests to what a service accepts.

    One limiter may serve all threads, event loops and clients of a process: clients take it as ``limiter=``. Requests
    start in the order of their calls. One that is refused, by status 429, or by 503 or 529 with a time to wait, returns
    to the head of the line; this costs no retry. There is no rate until something is refused: at first, 8 requests may
    be in flight, and one more with each success.

    A limiter cannot be pickled: make one in each process. A forked process starts with a fresh one.

    :keyword requests_per_minute: the most requests a minute, evenly spread; None for no such limit.
    :keyword tokens_per_minute: the most tokens a minute, evenly spread; None for no such limit. A request counts as a
        quarter of the bytes of its body plus its ``max_tokens`` or ``max_completion_tokens``, later with its usage.
    :keyword max_wait: the most seconds that the service may make requests wait, in place of ``retry_after_max``. If it
        asks for more, or refuses a request for that long while none succeeds, the call ends with
        :class:`~azure.ai.inference.exceptions.RateLimitError`.
    :raises TypeError: for an argument that is not a number.
    :raises ValueError: for a limit that is not positive, and a negative ``max_wait``.
    """

    def __init__(
        self,
        *,
        requests_per_minute: Optional[float] = None,
        tokens_per_minute: Optional[float] = None,
        max_wait: float = 120.0,
    ) -> None:
        for name, limit in (("requests_per_minute", requests_per_minute), ("tokens_per_minute", tokens_per_minute)):
            if limit is not None and _number(name, limit) <= 0:
                raise ValueError(f"{name} must be more than zero, not {limit}")
        if _number("max_wait", max_wait) < 0:
            raise ValueError(f"max_wait must be zero or more seconds, not {max_wait}")
        self._limits = (requests_per_minute, tokens_per_minute, max_wait)
        self._line = Line(Rate(*self._limits))
        forks.renew_in_child(self, AdaptiveLimiter._start_anew)

    def _start_anew(self) -> None:
        self._line = Line(Rate(*self._limits))

    @property
    def rate(self) -> Optional[float]:
        """The requests per second that the service accepts, as far as known; None until one is refused."""
        return self._line.rate.value

    @property
    def waiting(self) -> int:
        """The number of requests in line."""
        return len(self._line)

    @property
    def in_flight(self) -> int:
        """The number of requests that have been sent and have no response yet."""
        return self._line.rate.in_flight

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "AdaptiveLimiter cannot be pickled: the threads and event loops of one process share it. "
            "Make a limiter in each process."
        )


def _number(name: str, value: Any) -> float:
    """Return the value of an argument.

    :raises TypeError: if it is not a number.
    :raises ValueError: if it is NaN.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    if math.isnan(value):
        raise ValueError(f"{name} must be a number, not NaN")
    return value
