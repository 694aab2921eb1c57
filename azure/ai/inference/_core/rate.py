"""The rule of a limiter: when the next request may start, given the outcomes so far. It has no clock."""

from __future__ import annotations

from collections import deque
from typing import Deque, Optional

_INFINITE = float("inf")
_NEVER = -_INFINITE

#: The most requests in flight at first, until one is refused.
_FIRST_IN_FLIGHT = 8
#: The seconds of successes from which the first rate is estimated.
_MEMORY = 5.0
#: The factor of the rate after a refusal.
_CUT = 0.8
#: The growth of the rate below and beyond the ceiling, and the highest one.
_STEP, _MOST_GROWTH = 0.03, 1.0
#: The least seconds and successes after which the rate may grow; and the seconds after which one success is enough.
_EPOCH_SECONDS, _EPOCH_SUCCESSES, _LONG_EPOCH = 1.0, 10, 5.0
#: Seconds after which a rate that delayed nothing is forgotten: its cause may be gone.
_FORGOTTEN_AFTER = 30.0
#: The first and the longest wait after a refusal that names none.
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
#: A start may be late by this much without delaying later ones: no timer is exact.
_LATENESS = 0.01


class Pace:
    """Evenly spaced starts, without credit for idle time."""

    __slots__ = ("next",)

    def __init__(self) -> None:
        self.next = _NEVER
        """The earliest moment of the next start."""

    def start(self, now: float, gap: float) -> None:
        """Note a start. The next one is at least ``gap`` seconds later."""
        self.next = (self.next if now - self.next <= _LATENESS else now) + gap


class Rate:
    """The rate of the requests that share an unknown limit.

    :param requests_per_minute: the most requests to start in a minute; None for no such limit.
    :param tokens_per_minute: the most tokens to ask for in a minute; None for no such limit.
    :param max_wait: the most seconds that a service may make requests wait.
    """

    def __init__(
        self, requests_per_minute: Optional[float], tokens_per_minute: Optional[float], max_wait: float
    ) -> None:
        self.value: Optional[float] = None
        """Requests a second; None until a request is refused."""
        self.in_flight = 0
        self.last_success = _NEVER
        self._least_gap = 60 / requests_per_minute if requests_per_minute else 0.0
        self._gap_of_token = 60 / tokens_per_minute if tokens_per_minute else 0.0
        self._max_wait = max_wait
        self._requests, self._tokens = Pace(), Pace()
        self._held_until = self._closed_until = self._reopens = _NEVER
        self._last_cut = self._last_waited = _NEVER
        self._next_wait = _FIRST_WAIT
        self._forget(None)

    def _forget(self, first_start: Optional[float]) -> None:
        """Begin without a rate."""
        self.value = None
        self._most_in_flight = _FIRST_IN_FLIGHT
        self._first_start = first_start
        self._successes: Deque[float] = deque()
        self._growth = _MOST_GROWTH
        self._ceiling: Optional[float] = None
        self._before_growth: Optional[float] = None
        self._epoch_began = _NEVER
        self._epoch_successes = 0
        self._epoch_waited = False

    def delay(self, now: float, *, hurries: bool = False) -> float:
        """Return the seconds until the next request may start; infinity if it needs an outcome first.

        :param hurries: whether the request cannot wait for an outcome.
        """
        if self.value is None and self.in_flight >= self._most_in_flight and not hurries:
            return _INFINITE
        return max(0.0, max(self._requests.next, self._tokens.next, self._held_until) - now)

    def closed(self, now: float) -> float:
        """Return the seconds until the service accepts requests again, if they exceed the longest wait; else zero."""
        return self._reopens - now if now < self._closed_until else 0.0

    def start(self, now: float, *, tokens: float = 0, waited: bool = False) -> None:
        """Note the start of a request, and the tokens that it may take."""
        self.in_flight += 1
        if waited:
            self._last_waited, self._epoch_waited = now, True
        elif self.value is not None and now - max(self._last_waited, self._last_cut) > _FORGOTTEN_AFTER:
            self._forget(now)
        if self._first_start is None:
            self._first_start = now
        gap = self._least_gap if self.value is None else max(self._least_gap, 1 / self.value)
        self._requests.start(now, gap)
        if self._gap_of_token:
            self._tokens.start(now, tokens * self._gap_of_token)

    def correct(self, tokens: float) -> None:
        """Add tokens to the expected ones; a negative number removes some."""
        self._tokens.next += tokens * self._gap_of_token

    def end(self) -> None:
        """Note that a request has ended, with any outcome."""
        self.in_flight -= 1

    def succeed(self, now: float) -> None:
        """Note a success."""
        self.last_success = now
        self._next_wait = _FIRST_WAIT
        if self.value is None:
            self._most_in_flight += 1
            self._successes.append(now)
            self._forget_successes(now)
            return
        self._epoch_successes += 1
        seconds = now - self._epoch_began
        enough = self._ceiling is None or self._epoch_successes >= _EPOCH_SUCCESSES or seconds >= _LONG_EPOCH
        if enough and seconds >= _EPOCH_SECONDS:
            if self._epoch_waited:
                self._grow(self.value)
            self._begin_epoch(now)

    def refuse(self, now: float, started: float, wait: Optional[float]) -> None:
        """Note the refusal of a request, given when it started and how long the service asks to wait."""
        cuts = started > self._last_cut
        if wait is None:
            wait = min(self._next_wait, self._max_wait)
            if cuts:
                self._next_wait = min(2 * self._next_wait, _LONGEST_WAIT)
        if wait > self._max_wait:
            self._closed_until, self._reopens = now + self._max_wait, now + wait
        else:
            self.hold(now + wait)
        if cuts:
            self._cut(now)

    def hold(self, until: float) -> None:
        """Delay all starts until this moment."""
        self._held_until = max(self._held_until, until)

    def _cut(self, now: float) -> None:
        if self.value is None:
            self.value = _CUT * self._observed(now)
        else:
            before = self.value if self._before_growth is None else self._before_growth
            self._ceiling = min(self.value, (1 + _STEP) * before)
            self.value = min(_CUT * self.value, before)
            self._growth = _STEP
        self._last_cut = now
        self._begin_epoch(now)

    def _observed(self, now: float) -> float:
        """Return the rate of the requests accepted so far or still in flight."""
        self._forget_successes(now)
        seconds = now - (now if self._first_start is None else self._first_start)
        accepted = len(self._successes) + self.in_flight
        self._successes.clear()
        return max(1, accepted) / min(max(seconds, 1.0), _MEMORY)

    def _forget_successes(self, now: float) -> None:
        while self._successes and self._successes[0] < now - _MEMORY:
            self._successes.popleft()

    def _grow(self, value: float) -> None:
        self._before_growth = value
        if self._ceiling is not None and value < self._ceiling:
            self.value = min((1 + _STEP) * value, self._ceiling)
        else:
            self.value = (1 + self._growth) * value
            self._growth = min(2 * self._growth, _MOST_GROWTH)

    def _begin_epoch(self, now: float) -> None:
        self._epoch_began, self._epoch_successes, self._epoch_waited = now, 0, False
