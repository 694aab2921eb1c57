"""Dates and times in a text. The toy model's today is Thursday, 1 January 2026."""

from __future__ import annotations

import datetime
import re
from typing import Iterator, Optional, Sequence, Tuple

TODAY = datetime.date(2026, 1, 1)
_MONTHS: Sequence[str] = "january february march april may june july august september october november december".split()
_WEEKDAYS: Sequence[str] = "monday tuesday wednesday thursday friday saturday sunday".split()
_MONTH = "|".join(f"{month[:3]}(?:{month[3:]})?" if len(month) > 3 else month for month in _MONTHS)
_DATE = re.compile(
    r"\b(?:(?P<iso>\d{4}-\d\d-\d\d)(?:[T ](?P<iso_time>\d\d:\d\d(?::\d\d)?)(?:Z|[+-]\d\d:\d\d)?)?"
    rf"|(?P<day>\d{{1,2}})(?:st|[nr]d|th)?\s+(?:of\s+)?(?P<month>{_MONTH})\b\.?(?:,?\s+(?P<year>\d{{4}}))?"
    rf"|(?P<month_first>{_MONTH})\b\.?\s+(?P<day_last>\d{{1,2}})(?:st|[nr]d|th)?\b(?:,?\s+(?P<year_last>\d{{4}}))?"
    rf"|(?P<weekday>{'|'.join(_WEEKDAYS)})|(?P<near>today|tomorrow|tonight))\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?:\b|(?<=\dT))(?:(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?:\s*(?P<half>[ap])\.?m\b)?"
    r"|(?P<hour_only>1[0-2]|[1-9])\s*(?P<half_only>[ap])\.?m\b|(?P<word>noon|midnight)\b)",
    re.IGNORECASE,
)


def find_dates(text: str) -> Iterator[Tuple[int, int]]:
    """Yield the start and end of each date in a text."""
    return (match.span() for match in _DATE.finditer(text))


def find_times(text: str) -> Iterator[Tuple[int, int]]:
    """Yield the start and end of each time of day in a text."""
    return (match.span() for match in _TIME.finditer(text))


def iso_date(text: str) -> Optional[str]:
    """Return a date found by `find_dates` as ISO 8601, or None if the calendar does not have it."""
    match = _DATE.match(text)
    if match is None:
        return None
    if match["near"]:
        return (TODAY + datetime.timedelta(days=match["near"].lower() == "tomorrow")).isoformat()
    if match["weekday"]:
        days = (_WEEKDAYS.index(match["weekday"].lower()) - TODAY.weekday()) % len(_WEEKDAYS)
        return (TODAY + datetime.timedelta(days=days)).isoformat()
    try:
        if match["iso"]:
            return datetime.date(*map(int, match["iso"].split("-"))).isoformat()
        year = int(match["year"] or match["year_last"] or TODAY.year)
        month = str(match["month"] or match["month_first"])[:3].lower()
        number = next(place for place, name in enumerate(_MONTHS, 1) if name.startswith(month))
        return datetime.date(year, number, int(match["day"] or match["day_last"])).isoformat()
    except ValueError:
        return None


def iso_time(text: str) -> Optional[str]:
    """Return the time of day in a time, or in a date and time, as ISO 8601."""
    match = _TIME.search(text)
    if match is None:
        return None
    if match["word"]:
        return "12:00:00" if match["word"].lower() == "noon" else "00:00:00"
    hour, half = int(match["hour"] or match["hour_only"]), (match["half"] or match["half_only"] or "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{hour:02}:{match['minute'] or '00'}:{match['second'] or '00'}"
