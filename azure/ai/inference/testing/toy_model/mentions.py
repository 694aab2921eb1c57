"""Mentions in a user's text that can serve as values: names, numbers, dates, addresses, and one of several options."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple, Union

from azure.ai.inference.testing.toy_model.moments import find_dates, find_times
from azure.ai.inference.testing.toy_model.vocabulary import (
    ALL_UNITS,
    NAME_KINDS,
    NEGATIVE,
    POSITIVE,
    score_name,
    singular,
    stem,
    units_of,
)

_TOKEN = re.compile(r"\"[^\"]{1,200}\"|“[^”]{1,200}”|[\w'’-]+|[^\w\s]")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(r"https?://[^\s,;)>\"”]*[^\s,;)>\"”.!?]")
_DIGITS = r"(?<![\w.])-?(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:\.\d{1,15})?(?=[a-z]{1,2}\b|(?!\w))(?!(?:st|[nr]d|th)\b)"
_NUMBER_WORDS: Sequence[str] = "two three four five six seven eight nine ten eleven twelve".split()
_NUMBER = re.compile(rf"{_DIGITS}|\b(?:{'|'.join(_NUMBER_WORDS)})\b", re.IGNORECASE)
_AFTER_PREPOSITION = re.compile(r"\b(?:about|at|for|from|in|near|of|to)\s+(?:an?\s+|the\s+)?([^\W\d_]+)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s$")
_NEXT_WORD = re.compile(r"\s*(°?[^\W\d_][\w'’]*|[%°€$£])")
_PREVIOUS_WORD = re.compile(r"([\w'’]+|[$€£])\s*[\"“]?$")
_ARITHMETIC = re.compile(
    r"(?<![\w.])(-?\d{1,15}(?:\.\d{1,15})?)\s*(\+|-|−|\*|×|x|/|÷|plus|minus|times|divided by)\s*"
    r"(-?\d{1,15}(?:\.\d{1,15})?)(?!\w|\.\d)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"[12]\d{3}")
_LIST_NUMBER = re.compile(r"^[ \t]*\d{1,3}[.)](?=\s)", re.MULTILINE)
_NEAR = 40
_OPPOSED = -3
_WORDS_OF_A_GREETING = 2
_READ_AT_MOST = 20_000
_COMMON = frozenset(
    "a add after an analyze and are at be because before book buy calculate call can check classify compare compute "
    "convert could count create describe did do does draw explain extract find fly for from generate get give go "
    "hello help hi how if in invite is it let list look make maybe me meet my name need no now of on open or order "
    "plan play please rate read recommend remind remember say search see send set should show sort start stop suggest "
    "summarize take tell thank thanks that the then there this to translate turn use want was we what when where "
    "which who why will with would write yes you your".split()
)
_FIRST_PERSON = frozenset("i i'd i'll i'm i've".split())
_MOODS = POSITIVE | NEGATIVE
_SIGNS = frozenset("$ € £ % ° °c °f".split())

Number = Union[int, float]


class Mention(NamedTuple):
    """Something in a text that can be a value."""

    kind: str
    """`name`, `quote`, `number`, `date`, `time`, `email` or `url`."""
    text: str
    start: int
    end: int


class _Index:
    """All mentions in a text, the places of those that have been taken, and which characters they cover."""

    def __init__(self, text: str) -> None:
        self.mentions = _find(text)
        self.starts = [mention.start for mention in self.mentions]
        self.used: Set[int] = set()
        self.covered = bytearray(len(text))
        for mention in self.mentions:
            self.covered[mention.start : mention.end] = b"1" * (mention.end - mention.start)


class Mentions:
    """The mentions in a text, or in a part of it. Each is taken once, and is used up in all parts."""

    def __init__(self, text: str, part: Optional[Tuple[_Index, int, int]] = None) -> None:
        self.text = text
        self.is_part: bool = part is not None
        self.start: int
        self.end: int
        end = min(len(text), _READ_AT_MOST)
        self._index, self.start, self.end = part or (_Index(text[:end]), 0, end)
        first, last = (bisect_left(self._index.starts, place) for place in (self.start, self.end))
        self._all = self._index.mentions[first:last]

    def part(self, start: int, end: int) -> Mentions:
        """Return the mentions in a part of the text."""
        return Mentions(self.text, (self._index, start, end))

    @property
    def words(self) -> str:
        """The text of this part."""
        return self.text[self.start : self.end]

    @property
    def passage(self) -> str:
        """The text without white space at its ends, or all of the text as it is if this is not a part."""
        return self.words.strip() if self.is_part else self.text

    @property
    def says_something(self) -> bool:
        """Whether the text can be a source: it has a mention, or is longer than a greeting."""
        return bool(self._index.mentions) or len(self.text[:_NEAR].split()) > _WORDS_OF_A_GREETING

    def is_inside(self, start: int, end: int) -> bool:
        """Return whether a place is within mentions, used or not."""
        return all(self._index.covered[start:end])

    def free(self, *kinds: str) -> List[Mention]:
        """Return the unused mentions of these kinds, in the order of the text."""
        return [mention for mention in self._all if mention.kind in kinds and mention.start not in self._index.used]

    def is_used(self, start: int, end: int) -> bool:
        """Return whether a mention between these places has been taken."""
        return any(start <= place < end for place in self._index.used)

    def take(self, mention: Mention) -> str:
        """Use up a mention and return its text."""
        self._index.used.add(mention.start)
        return mention.text

    def take_first(self, *kinds: str) -> Optional[str]:
        """Return the next mention of these kinds."""
        return next((self.take(mention) for mention in self.free(*kinds)), None)

    def take_moment(self, kind: str) -> Optional[str]:
        """Return the next date or time; if all are used up, the first one again."""
        return self.take_first(kind) or next((mention.text for mention in self._all if mention.kind == kind), None)

    def names(self, kind: str, words: Sequence[str]) -> List[Mention]:
        """Return the unused names that the text shows to be of this kind, in its order."""
        return [mention for mention in self.free("name", "quote") if self._score(mention, kind, words) > 0]

    def take_name(self, kind: Optional[str] = None, words: Sequence[str] = ()) -> Optional[str]:
        """Return the name that best fits a kind and the words of a property, or the next one if nothing speaks for any.

        A name is quoted text, or a run of capitalized words.
        """
        names = self.free("name", "quote")
        if not names:
            return None
        if kind not in NAME_KINDS:
            return self.take(names[0])
        score, _, best = max((self._score(mention, str(kind), words), -mention.start, mention) for mention in names)
        return self.take(best) if score > _OPPOSED else None

    def numbers(self, words: Sequence[str] = ()) -> List[Mention]:
        """Return the unused numbers that can be the value of a property of these words, in the order of the text."""
        free = self.free("number")
        if "year" in words:
            return [mention for mention in free if _YEAR.fullmatch(mention.text)]
        units = units_of(words)
        named = [mention for mention in free if self._is_named(mention, words)]
        fitting = named or [mention for mention in free if units.intersection(self.units(mention))]
        if fitting:
            return fitting
        unfitting = ALL_UNITS if units else _SIGNS
        plain = [mention for mention in free if unfitting.isdisjoint(self.units(mention))]
        return plain if units else plain or free

    def take_number(self, words: Sequence[str] = ()) -> Optional[Number]:
        """Return the number that best fits the words of a property."""
        for mention in self.numbers(words):
            return number_of(self.take(mention))
        return None

    def units(self, mention: Mention) -> List[str]:
        """Return the words and signs next to a number that can be its unit, in the singular."""
        return [singular(self._after(mention)), self._before(mention)]

    def choose(self, options: Sequence[object]) -> Optional[object]:
        """Return the option that this part of the text mentions first, or None."""
        return next(iter(self.mentioned(options)), None)

    def mentioned(self, options: Sequence[object]) -> List[object]:
        """Return the options that this part of the text mentions, in its order."""
        found = [(_position(str(option), self.words), option) for option in options if _is_word(option)]
        return [option for place, option in sorted(found, key=lambda entry: entry[0]) if place >= 0]

    def calculate(self) -> Optional[Number]:
        """Return the result of the calculation in the text, such as `17 + 25`."""
        found = _ARITHMETIC.search(self.words)
        return None if found is None else _calculate(number_of(found[1]), found[2].lower(), number_of(found[3]))

    def _score(self, mention: Mention, kind: str, words: Sequence[str]) -> int:
        before, after = self._before(mention), self._after(mention)
        return score_name(kind, words, mention.text, before, after, is_quoted=mention.kind == "quote")

    def _is_named(self, mention: Mention, words: Sequence[str]) -> bool:
        before = re.findall(r"[^\W\d_]+", self.text[max(self.start, mention.start - _NEAR) : mention.start])[-2:]
        after = re.findall(r"[^\W\d_]+", self.text[mention.end : min(self.end, mention.end + _NEAR)])[:3]
        return bool({stem(word) for word in words}.intersection(map(stem, [*before, *after])))

    def _before(self, mention: Mention) -> str:
        found = _PREVIOUS_WORD.search(self.text[max(mention.start - _NEAR, 0) : mention.start])
        return found[1].lower() if found else ""

    def _after(self, mention: Mention) -> str:
        found = _NEXT_WORD.match(self.text[mention.end : mention.end + _NEAR].lstrip('"”'))
        return found[1].lower() if found else ""


def number_of(text: str) -> Number:
    """Return the number that digits or a word stand for."""
    if text.lower() in _NUMBER_WORDS:
        return _NUMBER_WORDS.index(text.lower()) + 2
    digits = text.replace(",", "")
    return float(digits) if "." in digits else int(digits)


def _calculate(one: Number, sign: str, other: Number) -> Optional[Number]:
    if sign in ("+", "plus"):
        return one + other
    if sign in ("-", "−", "minus"):
        return one - other
    if sign in ("*", "×", "x", "times"):
        return one * other
    if not other:
        return None
    quotient = one / other
    return int(quotient) if quotient == int(quotient) else quotient


def _is_word(option: object) -> bool:
    return isinstance(option, (str, int)) and not isinstance(option, bool) and bool(str(option))


def _position(option: str, text: str) -> int:
    pattern = r"[\s_-]".join(map(re.escape, re.split(r"[\s_-]", option)))
    match = re.search(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE)
    return match.start() if match else -1


def _find(text: str) -> List[Mention]:
    found: List[Mention] = []
    covered = bytearray(len(text))
    for mark in _LIST_NUMBER.finditer(text):
        covered[mark.start() : mark.end()] = b"1" * len(mark[0])
    for kind, spans in (
        ("email", (match.span() for match in _EMAIL.finditer(text))),
        ("url", (match.span() for match in _URL.finditer(text))),
        ("date", find_dates(text)),
        ("time", find_times(text)),
    ):
        for start, end in spans:
            if not any(covered[start:end]):
                covered[start:end] = b"1" * (end - start)
                found.append(Mention(kind, text[start:end], start, end))
    numbers = [Mention("number", match[0], *match.span()) for match in _NUMBER.finditer(text)]
    names = list(_names(text, covered))
    if not names:
        names = [Mention("name", match[1], *match.span(1)) for match in _AFTER_PREPOSITION.finditer(text)]
    found += [mention for mention in (*numbers, *names) if not any(covered[mention.start : mention.end])]
    return sorted(found, key=lambda mention: mention.start)


def _names(text: str, covered: bytearray) -> Iterator[Mention]:
    run: List[Tuple[str, int]] = []
    begins_sentence = True
    for match in [*_TOKEN.finditer(text), None]:
        found = "." if match is None else match[0]
        if match is not None and found[0] in '"“' and len(found) > 1:
            yield Mention("quote", found[1:-1], match.start() + 1, match.end() - 1)
            continue
        word = _POSSESSIVE.sub("", found)
        if match is not None and not covered[match.start()] and _is_name(word, begins_sentence=begins_sentence):
            run.append((word, match.start()))
        elif run:
            yield Mention("name", " ".join(word for word, _ in run), run[0][1], run[-1][1] + len(run[-1][0]))
            run = []
        begins_sentence = found in ".:!?-*•"


def _is_name(word: str, *, begins_sentence: bool) -> bool:
    known = word.lower().replace("’", "'")
    if not word[:1].isupper() or known in _FIRST_PERSON:
        return False
    return not begins_sentence or (known not in _COMMON and known not in _MOODS)
