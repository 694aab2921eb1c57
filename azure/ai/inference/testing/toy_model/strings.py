"""Strings of a format, and sentences about a text."""

from __future__ import annotations

import re
import textwrap
from typing import Optional

from azure.ai.inference.testing.toy_model.mentions import Mentions, number_of
from azure.ai.inference.testing.toy_model.moments import iso_date, iso_time

FORMATS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T12:00:00Z",
    "duration": "PT1H",
    "email": "someone@example.com",
    "hostname": "example.com",
    "ipv4": "127.0.0.1",
    "time": "12:00:00Z",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_FIRST_SENTENCE = re.compile(r"(?<=[.!?])\s|\n")
_DURATIONS = {
    "second": "PT{}S",
    "sec": "PT{}S",
    "minute": "PT{}M",
    "min": "PT{}M",
    "hour": "PT{}H",
    "h": "PT{}H",
    "day": "P{}D",
    "week": "P{}W",
}


def take_formatted(name: str, mentions: Mentions) -> Optional[str]:
    """Take the mention that has a format, and return it in that format, or None if there is none."""
    if name in ("email", "uri"):
        return mentions.take_first("email" if name == "email" else "url")
    if name == "duration":
        return _take_duration(mentions)
    if name == "time":
        time = mentions.take_moment("time")
        return None if time is None else f"{iso_time(time)}Z"
    if name not in ("date", "date-time"):
        return None
    mentioned = mentions.take_moment("date")
    date = None if mentioned is None else iso_date(mentioned)
    if name == "date":
        return date
    time = mentions.take_moment("time") or mentioned
    if date is None and (time is None or iso_time(time) is None):
        return None
    return f"{date or FORMATS['date']}T{iso_time(time or '') or '12:00:00'}Z"


def sentence_about(kind: str, passage: str) -> str:
    """Return a summary of a passage (its first sentence), or the statement that there is no model."""
    if kind == "summary":
        passage = _FIRST_SENTENCE.split(passage.strip(), maxsplit=1)[0]
    shortened = textwrap.shorten(passage, 200, placeholder=" …")
    return shortened if kind == "summary" else f"I am the local test service, not a model, and repeat: “{shortened}”"


def _take_duration(mentions: Mentions) -> Optional[str]:
    for mention in mentions.free("number"):
        unit = mentions.units(mention)[0]
        if unit in _DURATIONS:
            return _DURATIONS[unit].format(number_of(mentions.take(mention)))
    return None
