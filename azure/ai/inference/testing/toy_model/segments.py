"""The parts of a text that can be the entries of a list: records, sentences, and enumerations."""

from __future__ import annotations

import re
from typing import Callable, List, Optional, Sequence, Tuple

from azure.ai.inference.testing.toy_model.mentions import Mention, Mentions
from azure.ai.inference.testing.toy_model.vocabulary import ALL_UNITS, PREPOSITIONS, singular

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|[;\n]+")
_CLAUSE_END = re.compile(r"[.!?]+(?=\s|$)|[;\n]+|[,:](?=\s)|\s(?:and|while|but|then|plus|or)\s")
_MARK = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_SMALL_WORDS = frozenset(
    "a all also am an and are as be but can costs each else for had has have here i i'm is it its like likes me my "
    "need needs no not of one only or our please some such that the their there these this those to us was we were "
    "with you your".split()
)
_NUMBER = re.compile(r"\d[\d.,]*|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b", re.IGNORECASE)
MOST_ENTRIES = 50
_MOST_WORDS = 3


def sentences(text: Mentions) -> List[Mentions]:
    """Return the sentences and lines of a text."""
    return _split(text, _SENTENCE_END)


def records(text: Mentions, anchors: Sequence[Mention], is_whole: Callable[[Mentions], bool]) -> List[Mentions]:
    """Return the parts of a text that hold one anchor each: sentences, else clauses, else what is between anchors.

    A part must be whole, which means that all that an entry needs is in it.
    """
    anchors = anchors[:MOST_ENTRIES]
    for separator in (_SENTENCE_END, _CLAUSE_END):
        parts = [(part, _count(part, anchors)) for part in _split(text, separator)]
        held = [part for part, count in parts if count]
        if all(count <= 1 for _, count in parts) and all(map(is_whole, held)):
            return held
    ends = [*(anchor.start for anchor in anchors[1:]), text.end]
    held = [text.part(anchor.start, end) for anchor, end in zip(anchors, ends)]
    return [part for part in held if is_whole(part)] or held


def enumeration(text: Mentions) -> List[str]:
    """Return the members of the longest enumeration in a text, such as `red, green and blue`."""
    longest: List[str] = []
    for sentence in sentences(text):
        colon = sentence.words.rfind(": ")
        parts = _split(sentence.part(sentence.start + colon + 1, sentence.end), _CLAUSE_END)
        members = [phrase for part in parts for phrase in [thing_in(part.words, is_last=part is parts[0])] if phrase]
        if len(members) > max(len(longest), 1):
            longest = members
    return longest[:MOST_ENTRIES]


def steps(text: Mentions) -> List[str]:
    """Return the sentences of a text of which nothing has been taken, without the marks of lists."""
    free = [part.words for part in sentences(text) if not text.is_used(part.start, part.end)]
    return [words for words in (_MARK.sub("", sentence).strip() for sentence in free) if _WORD.search(words)][
        :MOST_ENTRIES
    ]


def thing_in(words: str, *, is_last: bool = False) -> Optional[str]:
    """Return the thing that a clause is about: its first words that are neither small words nor units.

    Words that follow a number precede all others. `is_last` asks for the last words instead.
    """
    runs = _runs(words)
    if not runs:
        return None
    if is_last:
        return " ".join(runs[-1][1][-_MOST_WORDS:])
    number = _NUMBER.search(words)
    counted = [run for place, run in runs if number is not None and place >= number.end()]
    return " ".join((counted or [runs[0][1]])[0][:_MOST_WORDS])


def _runs(words: str) -> List[Tuple[int, List[str]]]:
    """Return the runs of words that are neither small words nor units, each with its place."""
    runs: List[Tuple[int, List[str]]] = [(0, [])]
    end = 0
    for found in _WORD.finditer(words):
        word, gap = found[0].lower(), words[end : found.start()].strip()
        is_unit = singular(word) in ALL_UNITS and gap[-1:].isdigit()
        is_small = word in _SMALL_WORDS or word in PREPOSITIONS or is_unit
        if is_small or gap or not runs[-1][1]:
            runs.append((found.start(), []))
        if not is_small:
            runs[-1][1].append(found[0])
        end = found.end()
    return [(place, run) for place, run in runs if run]


def _count(part: Mentions, anchors: Sequence[Mention]) -> int:
    return sum(part.start <= anchor.start < part.end for anchor in anchors)


def _split(text: Mentions, separator: re.Pattern[str]) -> List[Mentions]:
    cuts: List[Tuple[int, int]] = [
        found.span()
        for found in separator.finditer(text.text, text.start, text.end)
        if not text.is_inside(*found.span())
    ]
    starts = [text.start, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), text.end]
    return [text.part(start, end) for start, end in zip(starts, ends) if text.text[start:end].strip()]
