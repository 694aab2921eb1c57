"""The budgets of requests and tokens: those left by a response, and the tokens that a request may take."""

from __future__ import annotations

import re
from typing import Any, Mapping, Optional

_KINDS = ("requests", "tokens")
_SECONDS_OF_UNIT = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SPAN = re.compile(r"(?:\d+(?:\.\d*)?(?:ms|[smhd]))+", re.ASCII)
_PART = re.compile(r"(\d+(?:\.\d*)?)(ms|[smhd])", re.ASCII)
_NUMBER = re.compile(r"-?\d+(?:\.\d*)?", re.ASCII)
#: A larger number of seconds is a date.
_DATE = 1e8
_BYTES_OF_TOKEN = 4
#: A name with its number in JSON: within a text, its quotes have backslashes.
_MOST_TOKENS = re.compile(rb'"max_(?:completion_)?tokens": ?(\d+)')


def seconds_until_budget(headers: Mapping[str, str]) -> float:
    """Return the seconds until the service has budget again, by its ``x-ratelimit`` headers; zero while it has some.

    A budget that is negative or not a number is ignored.
    """
    return max(_seconds_until(headers, kind) for kind in _KINDS)


def _seconds_until(headers: Mapping[str, str], kind: str) -> float:
    if _number(headers.get(f"x-ratelimit-remaining-{kind}")) != 0:
        return 0.0
    limit = headers.get(f"x-ratelimit-limit-{kind}")
    number = 0.0 if limit is None else _number(limit)
    if number is None or number < 0:
        return 0.0
    return _span(headers.get(f"x-ratelimit-reset-{kind}"))


def _number(text: Optional[str]) -> Optional[float]:
    text = (text or "").strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def _span(text: Optional[str]) -> float:
    """Return the seconds of a text such as ``6m0s``, ``400ms`` or ``12``; zero for any other."""
    text = (text or "").strip()
    if _SPAN.fullmatch(text):
        return sum(float(number) * _SECONDS_OF_UNIT[unit] for number, unit in _PART.findall(text))
    seconds = _number(text) or 0.0
    return seconds if 0 < seconds < _DATE else 0.0


def tokens_expected(content: Any) -> float:
    """Return the tokens that a request may take, by its body: a quarter of its bytes, plus its limit of new tokens."""
    body = content.encode() if isinstance(content, str) else content
    if not isinstance(body, bytes):
        return 0.0
    most = [int(number) for number in _MOST_TOKENS.findall(body)]
    return len(body) / _BYTES_OF_TOKEN + (most[-1] if most else 0)
