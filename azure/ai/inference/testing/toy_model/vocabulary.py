"""The words that the toy model knows: what the name of a property asks for, and which words show it in a text."""

from __future__ import annotations

import re
from typing import Dict, FrozenSet, Iterable, List, Optional, Sequence, Tuple

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_ENDINGS = ("ings", "ing", "ers", "er", "ed", "s")
_SHORTEST_STEM = 3


def _words(text: str) -> FrozenSet[str]:
    return frozenset(text.split())


def _union(sets: Iterable[FrozenSet[str]]) -> FrozenSet[str]:
    return frozenset(word for one in sets for word in one)


#: What a property of these words asks for; the first that fits counts.
_KINDS: Tuple[Tuple[str, FrozenSet[str]], ...] = (
    ("email", _words("email mail")),
    ("url", _words("url uri link website homepage")),
    ("answer", _words("answer explanation reasoning reply response conclusion advice rationale thought")),
    ("summary", _words("summary description reason note comment detail overview abstract")),
    ("date", _words("date day when birthday deadline weekday due")),
    ("time", _words("time hour clock")),
    ("place", _words("city country place location origin destination where address town venue region capital airport")),
    (
        "person",
        _words(
            "person people attendee author speaker host customer user guest teacher student employee actor player "
            "friend member participant sender recipient owner manager doctor patient contact candidate who passenger "
            "child"
        ),
    ),
    ("organization", _words("company organization organisation employer team brand club university school")),
    ("title", _words("title subject topic book film movie song event talk headline product dish recipe")),
    ("step", _words("step instruction task action direction todo sentence")),
)
_NAME_WORDS = _words("name label full first last given family")
NAME_KINDS = ("person", "place", "organization", "title")

PREPOSITIONS = _words("about around at by for from in into near of on over through to via with")
_BEFORE: Dict[str, FrozenSet[str]] = {
    "place": _words("around at from in into near to toward via"),
    "person": _words("by with mr mrs ms dr prof professor i'm am meet and told asked"),
    "organization": _words("at for joined joins company"),
    "title": _words("called titled entitled named about on read reads watch book film"),
}
_DIRECTIONS: Dict[str, FrozenSet[str]] = {
    "origin": _words("from"),
    "source": _words("from"),
    "departure": _words("from"),
    "sender": _words("from by"),
    "destination": _words("to"),
    "arrival": _words("to"),
    "target": _words("to into"),
    "recipient": _words("to for"),
    "author": _words("by"),
}
_ALL_DIRECTIONS = _union(_DIRECTIONS.values())
_VERBS = _words(
    "is was has had will can lives lived works gives gave says said speaks spoke listens wants writes wrote plays "
    "likes comes came leads met goes went makes attends teaches talks presents studies runs and"
)
_FIRST_NAMES = _words(
    "ada adam alan alex alice amir ana anna ben bob carla carlos carol charlie chen clara daniel david diana ella "
    "emma eric eva eve fatima frank george grace hannah helen henry ivan jack james jane jim joe john julia kim "
    "laura leo lena li lily linda lisa luca lucy maria mark mary max mia michael mohammed nina noah nora olga oliver "
    "omar paul peter priya robert rosa ruth sam sara sarah sofia susan thomas tim tom wei yuki zoe"
)
_PLACES = _words(
    "africa america amsterdam asia athens australia austria berlin boston brazil cairo canada chicago china delhi "
    "dublin egypt england europe france geneva germany greece iceland india ireland italy japan kyoto lisbon london "
    "madrid mexico miami milan mumbai munich norway oslo paris poland porto portugal prague rome seattle spain "
    "stockholm sweden sydney tokyo toronto turkey venice vienna zurich"
)

_PEOPLE = _words("people person guest portion adult passenger traveler friend serving")
_MONEY = _words("$ € £ dollar euro pound usd eur gbp")
_DEGREES = _words("° °c °f c f degree celsius fahrenheit")
_UNITS: Dict[str, FrozenSet[str]] = {
    "age": _words("year yr old"),
    "amount": _MONEY,
    "budget": _MONEY,
    "celsius": _DEGREES,
    "cost": _MONEY,
    "day": _words("day d night"),
    "degree": _DEGREES,
    "distance": _words("km m mile kilometer kilometre meter metre"),
    "fahrenheit": _DEGREES,
    "fee": _MONEY,
    "gram": _words("g gram"),
    "guest": _PEOPLE,
    "height": _words("cm m meter metre foot feet"),
    "hour": _words("h hr hour"),
    "kilogram": _words("kg kilo kilogram"),
    "kilometer": _words("km kilometer kilometre"),
    "liter": _words("l liter litre"),
    "mile": _words("mile mi"),
    "milliliter": _words("ml milliliter millilitre"),
    "minute": _words("min minute"),
    "month": _words("month"),
    "passenger": _PEOPLE,
    "people": _PEOPLE,
    "percent": _words("% percent"),
    "percentage": _words("% percent"),
    "price": _MONEY,
    "rating": _words("star"),
    "salary": _MONEY,
    "second": _words("s sec second"),
    "serving": _PEOPLE,
    "star": _words("star"),
    "temperature": _DEGREES,
    "week": _words("week"),
    "weight": _words("kg g gram kilo kilogram pound lb"),
}
ALL_UNITS = _union(_UNITS.values())

SYNONYMS: Dict[str, FrozenSet[str]] = {
    "speak": _words("talk speech lecture present"),
    "attend": _words("come listen join"),
    "remote": _words("online home"),
    "paid": _words("pay buy bought"),
    "vegan": _words("plant"),
}
NEGATIONS = _words("no not never without isn't aren't doesn't don't won't wasn't didn't cannot can't")
POSITIVE = _words(
    "amazing best brilliant delicious delightful enjoy excellent fantastic friendly glad good great happy love loved "
    "lovely nice perfect pleased recommend thank thanks wonderful"
)
NEGATIVE = _words(
    "angry awful bad boring broke broken cold complain dirty disappointed disappointing hate horrible late poor "
    "refund rude sad slow terrible unhappy upset worse worst wrong"
)


def stem(word: str) -> str:
    """Return a word without its ending, so that "speaker" and "speaks" are equal."""
    word = word.lower()
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def words_of(name: str) -> List[str]:
    """Return the words of a name such as `firstName` or `first_name`, in lower case and without plurals."""
    return [singular(word.lower()) for word in _WORD.findall(name)]


def singular(word: str) -> str:
    """Return a noun without the ending of its plural."""
    if word.endswith("ies") and len(word) > _SHORTEST_STEM + 2:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > _SHORTEST_STEM:
        return word[:-1]
    return word


def kind_of_property(*sources: Sequence[str]) -> Optional[str]:
    """Return what a property asks for, by the first source of words that says it: its name, then what it belongs to."""
    for words in sources:
        for kind, known in _KINDS:
            if known.intersection(words):
                return kind
    return None


def names_its_owner(words: Sequence[str]) -> bool:
    """Return whether a property is the name of what it belongs to."""
    return bool(words) and _NAME_WORDS.issuperset(words)


def units_of(words: Sequence[str]) -> FrozenSet[str]:
    """Return the units of a number that a property asks for, in the singular; none if it can have any."""
    return _union(_UNITS[word] for word in words if word in _UNITS)


def score_name(kind: str, words: Sequence[str], name: str, before: str, after: str, *, is_quoted: bool) -> int:
    """Return how much speaks for a name as what a property asks for: 0 if nothing does, less if more opposes it."""
    parts = {part.lower() for part in name.split()}
    directions = _union(_DIRECTIONS[word] for word in words if word in _DIRECTIONS)
    opposed = bool(directions) and before not in directions and before in _ALL_DIRECTIONS
    score = 2 * (before in _BEFORE[kind]) + 4 * (before in directions) - 9 * opposed
    is_person, is_place = bool(parts & _FIRST_NAMES), bool(parts & _PLACES)
    if kind == "title":
        return score + 4 if is_quoted else score - 4 * (is_person or is_place)
    if is_quoted:
        return score - 2
    if kind == "person":
        follows = after in _VERBS or after.endswith("ed")
        return score + 3 * is_person - 3 * is_place + 2 * follows - 2 * (before in _BEFORE["place"] and not is_person)
    if kind == "place":
        return score + 3 * is_place - 3 * is_person
    return score + 2 * bool(parts & {"inc", "ltd", "gmbh", "corp", "university"}) - 4 * (is_person or is_place)
