"""Mentions in a user's text that can serve as values: names, numbers, and one of several options."""

from __future__ import annotations

import re
from collections import deque
from typing import Deque, List, Optional, Sequence, Union

_TOKEN = re.compile(r"\"[^\"]+\"|“[^”]+”|[\w'’-]+|[^\w\s]")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])")
_AFTER_PREPOSITION = re.compile(r"\b(?:about|at|for|from|in|near|of|to)\s+(?:an?\s+|the\s+)?([^\W\d_]+)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s$")
_COMMON = frozenset(
    "a add an and are at be book buy calculate call can check compare compute convert could count create describe "
    "did do does explain extract find fly for from get give go hello help hi how i i'd i'll i'm if in is it let "
    "list look make me my need now of on open or order plan play please read remind say search send set should show "
    "start stop summarize take tell that the then there this to translate turn use want was we what when where "
    "which who why will with would write you your".split()
)


class Mentions:
    """The mentions in a text. Each name and number is taken once, in the order of the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._names: Deque[str] = deque(_names(text) or _AFTER_PREPOSITION.findall(text))
        self._numbers: Deque[str] = deque(_NUMBER.findall(text))

    def take_name(self) -> Optional[str]:
        """Return the next name: quoted text, or a run of capitalized words."""
        return self._names.popleft() if self._names else None

    def take_number(self) -> Optional[Union[int, float]]:
        """Return the next number."""
        if not self._numbers:
            return None
        digits = self._numbers.popleft()
        return float(digits) if "." in digits else int(digits)

    def choose(self, options: Sequence[object]) -> Optional[object]:
        """Return the option that the text mentions first, or None."""
        found = [(_position(option, self.text), option) for option in options if isinstance(option, str)]
        mentioned = [entry for entry in found if entry[0] >= 0]
        return min(mentioned, key=lambda entry: entry[0])[1] if mentioned else None


def _position(option: str, text: str) -> int:
    match = re.search(rf"\b{re.escape(option)}\b", text, re.IGNORECASE)
    return match.start() if match else -1


def _names(text: str) -> List[str]:
    names: List[str] = []
    run: List[str] = []
    for token in [*_TOKEN.findall(text), "."]:
        if token[0] in '"“' and len(token) > 1:
            names.append(token[1:-1])
            continue
        word = _POSSESSIVE.sub("", token)
        if word[0].isupper() and word.lower() not in _COMMON:
            run.append(word)
        elif run:
            names.append(" ".join(run))
            run = []
    return names
