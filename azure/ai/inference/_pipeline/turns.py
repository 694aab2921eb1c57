"""The turn of a call in the line of a limiter: waited for, taken, and reported with its outcome."""

from __future__ import annotations

import sys
import time
from threading import Event
from typing import Any, Callable, Optional, Protocol, Union

from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest
from typing_extensions import Self

from azure.ai.inference._core.budgets import seconds_until_budget, tokens_expected
from azure.ai.inference._core.deadline import Deadline
from azure.ai.inference._core.errors import retry_after_of
from azure.ai.inference._pipeline.limiter import AdaptiveLimiter
from azure.ai.inference.exceptions import RateLimitError

_REFUSED = 429
#: Statuses that count as a refusal if the response names a time to wait.
_REFUSED_FOR_A_TIME = (503, 529)
_TIMED_OUT = 408
_INFINITE = float("inf")
#: The most seconds to sleep at a time: the C library's limit may be that low.
_LONGEST_SLEEP = 86400.0


class RunEndedError(AzureError):
    """The run of a request ended before the request was sent."""


class RunLimiter:
    """A run's use of a limiter. Its requests find it in the context variable ``limiter_of_run``."""

    def __init__(self, limiter: AdaptiveLimiter) -> None:
        self.limiter = limiter
        self.closed = False

    def close(self) -> None:
        """End the waits of the run's requests in the line, each with :class:`RunEndedError`."""
        self.closed = True
        self.limiter._line.wake_all(lambda turn: turn.run is self)


class Sleep(Protocol):
    """The sleep of the thread or task of a call."""

    hurries: bool
    """Whether the thread runs an event loop."""

    def wake(self) -> None:
        """Wake it."""

    def is_gone(self) -> bool:
        """Return whether nothing sleeps any longer."""
        ...


class Turn:
    """The turn of a call, which waits in the line before each attempt and reports the outcome.

    :param given: the limiter of the client, or of a run.
    :param request: the request.
    """

    def __init__(self, given: Union[AdaptiveLimiter, RunLimiter], request: HttpRequest) -> None:
        self.run = given if isinstance(given, RunLimiter) else None
        self._limiter = given.limiter if isinstance(given, RunLimiter) else given
        self._line = self._limiter._line
        _, tokens_per_minute, self.max_wait = self._limiter._limits
        self.counts_tokens = tokens_per_minute is not None
        self.tokens = tokens_expected(request.content) if self.counts_tokens else 0.0
        self.hurries = False
        self.returns = False
        """Whether the last attempt was refused."""
        self.started: Optional[float] = None
        self._sleep: Optional[Sleep] = None
        self._refused_since: Optional[float] = None
        self._gives_up = False

    def ask(self, sleep: Sleep) -> Optional[float]:
        """Return None if it is the turn of this call; the limiter then counts its request as sent.

        Otherwise return the seconds to sleep before asking again, unless woken.

        :raises ~azure.ai.inference.exceptions.RateLimitError: if the service asks to wait longer than ``max_wait``.
        :raises RunEndedError: if the run has ended.
        """
        if self.run is not None and self.run.closed:
            raise RunEndedError("The run ended before this request was sent.")
        self._line = self._limiter._line  # in a forked process, another one
        seconds = self._line.rate.closed(time.monotonic())
        if seconds:
            raise _unsent(seconds, self.max_wait)
        self._sleep, self.hurries = sleep, sleep.hurries
        return self._line.ask(self)

    def wake(self) -> None:
        if self._sleep is not None:
            self._sleep.wake()

    def is_gone(self) -> bool:
        return self._sleep is not None and self._sleep.is_gone()

    def end(self) -> None:
        """Leave the line, or report the end of an attempt without an outcome, if that has not been reported."""
        if self.started is None:
            self._line.leave(self)
        else:
            self._report(lambda _: None)

    def _report(self, outcome: Callable[[float], None]) -> None:
        """Report the end of an attempt to the line in which it waited."""
        self.started = None
        rate = self._line.rate

        def report(now: float) -> None:
            rate.end()
            outcome(now)

        self._line.change(report)

    def arrived(self, response: Any) -> None:
        """Report the outcome of an attempt."""
        started, rate, status, headers = self.started or 0.0, self._line.rate, response.status_code, response.headers
        hint = retry_after_of(headers)
        self.returns = status == _REFUSED or (status in _REFUSED_FOR_A_TIME and hint is not None)
        budget = min(seconds_until_budget(headers), self.max_wait) if hint is None else 0.0

        def outcome(now: float) -> None:
            if self.returns:
                rate.correct(-self.tokens)
                rate.refuse(now, started, hint)
            elif status < 500 and status != _TIMED_OUT:
                rate.succeed(now)
            if budget:
                rate.hold(now + budget)

        self._gives_up = self.returns and self._is_hopeless(hint)
        self._report(outcome)

    def _is_hopeless(self, hint: Optional[float]) -> bool:
        """Return whether to raise a refusal: no success for too long, or too long a wait requested."""
        now, since = time.monotonic(), self._refused_since
        if since is None or self._line.rate.last_success > since:
            self._refused_since = since = now
        return now - since >= self.max_wait or (hint is not None and hint > self.max_wait)

    def seconds_to_return(self) -> Optional[float]:
        """Return the seconds until a refused request may be sent again, at the earliest; None to return the refusal."""
        delay = self._line.rate.delay(time.monotonic(), hurries=True)
        return None if self._gives_up else delay

    @property
    def was_refused(self) -> bool:
        """Whether the service has refused an attempt."""
        return self._refused_since is not None

    def count(self, usage: Any) -> None:
        """Correct the expected tokens by the usage of the response, if it reports any."""
        total = usage.get("total_tokens") if hasattr(usage, "get") else None
        if isinstance(total, (int, float)) and total >= 0:
            more, self.tokens = total - self.tokens, float(total)
            self._line.change(lambda _: self._line.rate.correct(more))


def _unsent(seconds: float, max_wait: float) -> RateLimitError:
    """Return the error of a request that is not sent: the service asked an earlier one to wait too long."""
    error = RateLimitError(
        f"The request was not sent: the service asked to wait {seconds:.0f} s longer, and the limiter waits "
        f"{max_wait:g} s at most (max_wait)."
    )
    error.status_code = _REFUSED
    error.retry_after = seconds
    return error


class Sleeper:
    """A thread that sleeps until it is woken."""

    def __init__(self) -> None:
        self.hurries = _runs_loop()
        self._event = Event()

    def wake(self) -> None:
        """Wake the thread."""
        self._event.set()

    def is_gone(self) -> bool:
        """Return whether the thread is gone: it would have left the line."""
        return False

    def sleep(self, seconds: float) -> None:
        """Sleep for some seconds, unless woken."""
        self._event.wait(min(seconds, _LONGEST_SLEEP))
        self._event.clear()


class Waiting:
    """The wait of a call for its turn. Leaving it without a turn leaves the line.

    :param deadline: the deadline of the call. The wait of a run's call postpones it.
    :param sleep: the sleep of its thread or task.
    """

    def __init__(self, turn: Turn, deadline: Optional[Deadline], sleep: Sleep) -> None:
        self._turn = turn
        self._deadline = deadline
        self._sleep = sleep
        self._began = time.monotonic()
        self.seconds = 0.0
        """The seconds to sleep, unless woken."""
        self.has_turn = False
        """Whether it is the turn of the call."""

    def goes_on(self) -> bool:
        """Return whether to sleep and ask again: it is not the turn of the call yet, and its deadline has not passed.

        It raises the errors of :meth:`Turn.ask`.
        """
        turn, deadline = self._turn, self._deadline
        delay = turn.ask(self._sleep)
        if delay is None:
            self.has_turn = True
            if deadline is not None and turn.run is not None:
                deadline.put_off(time.monotonic() - self._began)
            return False
        left = _INFINITE if deadline is None or turn.run is not None else deadline.left()
        self.seconds = min(delay, left)
        return left > 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_details: object) -> None:
        if not self.has_turn:
            self._turn.end()


def wait_for_turn(turn: Turn, deadline: Optional[Deadline]) -> bool:
    """Wait for a turn. Return False if the deadline passes first. The wait postpones the deadline of a run's call."""
    sleep = Sleeper()
    with Waiting(turn, deadline, sleep) as waiting:
        while waiting.goes_on():
            sleep.sleep(waiting.seconds)
    return waiting.has_turn


def _runs_loop() -> bool:
    """Return whether an event loop of asyncio runs in this thread, and waits for this call."""
    asyncio: Any = sys.modules.get("asyncio")
    try:
        return asyncio is not None and asyncio.get_running_loop() is not None
    except RuntimeError:
        return False
