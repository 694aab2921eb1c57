"""What the headers of a response hold: the budgets that remain, and the time of the service."""

from __future__ import annotations

from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Iterator, List, Mapping

from azure.ai.inference._commands.network import NOTE, OK, Check

_MOST_CLOCK_SECONDS = 300
_BUDGETS = ("requests", "tokens")


def budgets_of(headers: Mapping[str, str]) -> List[str]:
    """Return the remaining budgets, by the headers of a response. Negative ones are ignored."""
    budgets: List[str] = []
    for kind in _BUDGETS:
        left, limit = headers.get(f"x-ratelimit-remaining-{kind}"), headers.get(f"x-ratelimit-limit-{kind}")
        if left is not None and not left.strip().startswith("-"):
            budgets.append(f"{left} {kind} left" if limit is None else f"{left} of {limit} {kind} left")
    return budgets


def judge_clock(headers: Mapping[str, str], now: float) -> Iterator[Check]:
    """Compare the clock of this machine with the date of a response."""
    try:
        date = parsedate_to_datetime(headers["Date"])
        seconds = now - (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp()
    except (KeyError, TypeError, ValueError):
        return
    if abs(seconds) <= _MOST_CLOCK_SECONDS:
        yield Check("clock", OK, "Within five minutes of the service's.")
        return
    way = "ahead of" if seconds > 0 else "behind"
    says = f"The clock is {abs(seconds) / 60:.0f} minutes {way} the service's: set it, or tokens and certificates fail."
    yield Check("clock", NOTE, says)
