"""The rule of the limiter, row by row: a clock that the tests hold, and nothing that waits."""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

import pytest

from azure.ai.inference._core.budgets import seconds_until_budget, tokens_expected
from azure.ai.inference._core.rate import Rate


def rate_of(requests: Optional[float] = None, tokens: Optional[float] = None, max_wait: float = 120.0) -> Rate:
    return Rate(requests, tokens, max_wait)


def starts(rate: Rate, number: int, now: float) -> None:
    for _ in range(number):
        rate.start(now)


def ends(rate: Rate, number: int, now: float) -> None:
    """Note so many successes."""
    for _ in range(number):
        rate.end()
        rate.succeed(now)


def refuse(rate: Rate, now: float, started: float, wait: Optional[float] = 1.0) -> None:
    rate.end()
    rate.refuse(now, started, wait)


def cut(value: float = 80.0) -> Rate:
    """Return a rate after its first refusal at second 100, delayed until 101."""
    rate = rate_of()
    rate.start(90)
    ends(rate, 1, 90)
    starts(rate, round(value / 0.8 * 5), 99)
    refuse(rate, 100, 99)
    rate.value = value
    rate.in_flight = 0
    return rate


def test_nothing_refused() -> None:
    """Without a refusal there is no rate, 8 requests are in flight at most, and one more with each success."""
    rate = rate_of()
    starts(rate, 7, 0)
    assert (rate.value, rate.delay(0)) == (None, 0)
    rate.start(0)
    assert rate.delay(0) == float("inf")
    ends(rate, 1, 1)
    starts(rate, 1, 1)
    assert (rate.in_flight, rate.delay(1)) == (8, 0)
    rate.start(1)
    assert (rate.in_flight, rate.delay(1), rate.value) == (9, float("inf"), None)


def test_other_outcomes() -> None:
    """A failure that is no refusal neither widens nor cuts."""
    rate = rate_of()
    starts(rate, 8, 0)
    rate.end()
    rate.start(0)
    assert (rate.in_flight, rate.delay(0), rate.value) == (8, float("inf"), None)


def test_hurries() -> None:
    """A request that cannot wait for an outcome starts beyond the number in flight, but not before its time."""
    rate = rate_of()
    starts(rate, 8, 0)
    assert rate.delay(0, hurries=True) == 0
    rate.hold(3)
    assert rate.delay(0, hurries=True) == 3


def test_latest_wait_counts() -> None:
    """Nothing starts before the latest moment that a refusal names."""
    rate = rate_of()
    starts(rate, 3, 0)
    refuse(rate, 1, 0, 5)
    refuse(rate, 2, 0, 1)
    refuse(rate, 2, 0, 4.5)
    assert rate.delay(3) == 3.5


def test_waits_without_a_hint() -> None:
    """Without a time the wait is half a second, twice as long after each cut up to 30, and short again after success."""
    rate, now, waits = rate_of(), 0.0, []
    for _ in range(9):
        starts(rate, 2, now)
        refuse(rate, now, now, None)
        refuse(rate, now, now, None)  # started before that cut: no longer wait for it
        held = rate._held_until - now
        waits.append(held)
        now += held + 100
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30, 30]
    starts(rate, 2, now)
    ends(rate, 1, now)
    refuse(rate, now, now, None)
    assert rate._held_until - now == 0.5


def test_waits_without_a_hint_within_max_wait() -> None:
    """A wait without a hint from the service is no longer than max_wait, and never an error."""
    rate = rate_of(max_wait=0.25)
    starts(rate, 2, 0)
    refuse(rate, 1, 0, None)
    assert (rate.closed(1), rate.delay(1)) == (0, 0.25)


FIRST: List[Tuple[Any, ...]] = [
    # start, successes, in flight at the refusal, its time, the rate
    ("a burst within a second", 0.0, 0, 10, 0.1, 0.8 * 9),
    ("two seconds", 0.0, 20, 11, 2.0, 0.8 * 30 / 2),
    ("a long time", 0.0, 20, 11, 100.0, 0.8 * 10 / 5),
    ("nothing else", 0.0, 0, 1, 50.0, 0.8 * 1 / 5),
]


@pytest.mark.parametrize("says, began, successes, flying, now, value", FIRST, ids=[row[0] for row in FIRST])
def test_first_refusal(says: str, began: float, successes: int, flying: int, now: float, value: float) -> None:
    """The first rate is 0.8 of the successes of 5 seconds and those in flight, over that time, a second at least."""
    rate = rate_of()
    starts(rate, successes + flying, began)
    ends(rate, successes, min(now, 1.0))
    refuse(rate, now, began)
    assert rate.value == pytest.approx(value)


def test_refused_before_the_cut() -> None:
    """Refusals of requests that started before the last cut hold, and do not cut again."""
    rate = cut(80)
    starts(rate, 1, 100)
    refuse(rate, 101, 100, 7)
    assert (rate.value, rate.delay(101)) == (80, 7)


def epoch(rate: Rate, now: float, successes: int = 10, *, waited: bool = True, seconds: float = 1.0) -> float:
    """Complete an epoch of the rate, and return its end."""
    for _ in range(successes):
        rate.start(now, waited=waited)
    ends(rate, successes, now + seconds)
    return now + seconds


def test_growth_after_the_first_refusal() -> None:
    """The rate doubles each second in which something succeeds, until it is refused again."""
    rate = cut(80)
    now = epoch(rate, 101, 1)
    assert rate.value == 160
    epoch(rate, now, 1)
    assert rate.value == 320


def cut_twice() -> Rate:
    """Return a rate of 80 at second 104, refused at 160: its ceiling is 1.03 of the rate before that."""
    rate = cut(80)
    now = epoch(rate, 101)
    rate.start(now)
    refuse(rate, now + 0.5, now)
    rate._begin_epoch(104)
    return rate


EPOCHS = [
    ({"successes": 10}, True),
    ({"successes": 9}, False),
    ({"successes": 100, "seconds": 0.9}, False),
    ({"successes": 100, "waited": False}, False),
    ({"successes": 1, "seconds": 5}, True),
    ({"successes": 1, "seconds": 4.9}, False),
]


@pytest.mark.parametrize("epochs, grows", EPOCHS, ids=str)
def test_epoch(epochs: Any, grows: bool) -> None:
    """The rate grows after a second and 10 successes, or 5 seconds and one success, if somebody has waited."""
    rate = cut_twice()
    epoch(rate, 104, **epochs)
    assert (rate.value == 80) is not grows


def test_later_refusals() -> None:
    """A cut goes back to the rate before the last growth; up to the ceiling it grows by 3%, beyond ever faster."""
    rate, now = cut_twice(), 104.0
    values, expected = [rate.value], [80.0, 80 * 1.03]
    for growth in (0.03, 0.06, 0.12, 0.24, 0.48, 0.96, 1, 1):
        expected.append(expected[-1] * (1 + growth))
    for _ in expected[1:]:
        now = epoch(rate, now)
        values.append(rate.value)
    assert values == pytest.approx(expected)


def test_below_the_ceiling() -> None:
    """After further cuts, the rate grows by 3% up to the ceiling, which it does not pass at once."""
    rate, now = cut_twice(), 104.0
    rate.start(now)
    refuse(rate, now + 0.1, now)
    assert rate.value == 64
    values = []
    for _ in range(9):
        now = epoch(rate, now + 1)
        values.append(rate.value)
    steps = [64 * 1.03**number for number in range(1, 8)]
    assert values == pytest.approx([*steps, 80, 80 * 1.03])


def test_forgotten() -> None:
    """A rate at which nobody has waited for 30 seconds is forgotten, with its ceiling: its cause may be gone."""
    rate = cut_twice()
    rate.start(105, waited=True)
    ends(rate, 1, 105)
    rate.start(135)
    ends(rate, 1, 135)
    assert rate.value == 80 * 1.03
    rate.start(135.1, waited=True)
    rate.start(165.2, waited=True)
    assert rate.value == 80 * 1.03
    rate.start(195.3)
    assert (rate.value, rate.in_flight, rate.delay(196)) == (None, 3, 0)
    refuse(rate, 200, 195.3)
    assert rate.value == pytest.approx(0.8 * 2 / 4.7)
    epoch(rate, 201, 1)
    assert rate.value == pytest.approx(2 * 0.8 * 2 / 4.7)


def test_cuts_in_a_row() -> None:
    """Each further cut takes a fifth."""
    rate = cut(100)
    for number in (1, 2, 3):
        rate.start(101 + number)
        refuse(rate, 101.5 + number, 101 + number)
        assert rate.value == pytest.approx(100 * 0.8**number)


def test_pacing() -> None:
    """Starts are one over the rate apart, without credit for idle time; a timer that is late delays no others."""
    rate = cut(10)
    assert rate.delay(101) == pytest.approx(0)
    rate.start(101)
    assert rate.delay(101) == pytest.approx(0.1)
    rate.start(101.105)  # 5 ms late
    assert rate.delay(101.105) == pytest.approx(0.095)
    rate.start(120)
    assert rate.delay(120) == pytest.approx(0.1)


def test_requests_per_minute() -> None:
    """Starts are so many seconds apart, from the first on, also where the service accepts more."""
    rate = rate_of(requests=120)
    rate.start(0)
    assert rate.delay(0) == 0.5
    rate.value, rate._last_cut = 100, 0.5
    rate.start(0.5)
    assert rate.delay(0.5) == 0.5
    rate.value = 1
    rate.start(1)
    assert rate.delay(1) == 1


def test_tokens_per_minute() -> None:
    """A request delays the next by its tokens: those expected, then those used."""
    rate = rate_of(tokens=600)
    rate.start(0, tokens=50)
    assert rate.delay(0) == 5
    rate.correct(-30)
    assert rate.delay(0) == 2
    rate.correct(80)
    assert rate.delay(0) == 10


def test_longer_than_max_wait() -> None:
    """A wait beyond max_wait holds nobody: for that long, it is known how long the service asks to wait."""
    rate = rate_of(max_wait=10)
    starts(rate, 2, 0)
    refuse(rate, 1, 0, 10)
    assert (rate.closed(1), rate.delay(1)) == (0, 10)
    refuse(rate, 1, 0, 3600)
    assert [rate.closed(now) for now in (1, 10, 11, 12)] == [3600, 3591, 0, 0]


BUDGETS: List[Tuple[Any, ...]] = [
    ({}, 0),
    ({"remaining-requests": "0", "limit-requests": "60", "reset-requests": "400ms"}, 0.4),
    ({"remaining-tokens": "0", "limit-tokens": "60", "reset-tokens": "6m0s"}, 360),
    ({"remaining-tokens": "0", "reset-tokens": "1h2m3.5s"}, 3723.5),
    ({"remaining-tokens": "0", "reset-tokens": "1d"}, 86400),
    ({"remaining-requests": "0", "reset-requests": "12"}, 12),
    ({"remaining-requests": " 0 ", "reset-requests": "1.5"}, 1.5),
    ({"remaining-requests": "0", "reset-requests": "1", "remaining-tokens": "0", "reset-tokens": "2"}, 2),
    ({"remaining-requests": "1", "reset-requests": "12"}, 0),
    ({"remaining-requests": "-1", "limit-requests": "-1", "reset-requests": "0"}, 0),
    ({"remaining-requests": "0", "limit-requests": "-1", "reset-requests": "60"}, 0),
    ({"remaining-requests": "0", "limit-requests": "many", "reset-requests": "60"}, 0),
    ({"remaining-requests": "0", "limit-requests": "0", "reset-requests": "60"}, 60),
    ({"remaining-requests": "none", "reset-requests": "60"}, 0),
    ({"remaining-requests": "0"}, 0),
    ({"remaining-requests": "0", "reset-requests": "-5"}, 0),
    ({"remaining-requests": "0", "reset-requests": "soon"}, 0),
    ({"remaining-requests": "0", "reset-requests": "1764115200"}, 0),
    ({"remaining-requests": "0", "reset-requests": "9" * 400}, 0),
    ({"remaining-requests": "0", "reset-requests": "٣"}, 0),
]


@pytest.mark.parametrize("headers, seconds", BUDGETS, ids=str)
def test_budgets(headers: Any, seconds: float) -> None:
    """A budget that is used up delays requests until its reset; one that is negative or not a number is ignored."""
    named = {f"x-ratelimit-{name}": text for name, text in headers.items()}
    assert seconds_until_budget(named) == seconds


EXPECTED: List[Any] = [
    (None, 0),
    pytest.param(object(), 0, id="object"),
    (b"x" * 400, 100),
    ("é" * 200, 100),
    ('{"messages": [], "max_tokens": 50}', 34 / 4 + 50),
    ('{"messages": [],"max_completion_tokens":7}', 42 / 4 + 7),
    (r'{"content": "\"max_tokens\": 50"}', 33 / 4),
    ('{"max_tokens": null}', 20 / 4),
]


@pytest.mark.parametrize("content, tokens", EXPECTED, ids=str)
def test_tokens_expected(content: Any, tokens: float) -> None:
    """A request counts as a quarter of its bytes plus its limit of new tokens."""
    assert tokens_expected(content) == tokens
