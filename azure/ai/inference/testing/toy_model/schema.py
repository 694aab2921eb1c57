"""JSON values for JSON schemas, taken from a text where it has them and, failing that, from plain examples."""

from __future__ import annotations

from itertools import chain
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from azure.ai.inference._json import is_object
from azure.ai.inference.testing.toy_model.facts import Facts
from azure.ai.inference.testing.toy_model.mentions import Mention, Mentions, Number, number_of
from azure.ai.inference.testing.toy_model.moments import TODAY
from azure.ai.inference.testing.toy_model.opinions import choose_option, says
from azure.ai.inference.testing.toy_model.problems import Problem
from azure.ai.inference.testing.toy_model.rules import (
    DEEP,
    TOO_DEEP,
    Resolver,
    Rules,
    fit_number,
    is_nullable,
    kind_of_rules,
)
from azure.ai.inference.testing.toy_model.segments import MOST_ENTRIES, enumeration, records, steps, thing_in
from azure.ai.inference.testing.toy_model.strings import FORMATS, sentence_about, take_formatted
from azure.ai.inference.testing.toy_model.variants import is_among, variants
from azure.ai.inference.testing.toy_model.vocabulary import NAME_KINDS, kind_of_property, names_its_owner, words_of

_FREE_TEXT = {"content", "input", "message", "prompt", "query", "question", "search", "text"}
_RESULTS = {"answer", "difference", "product", "quotient", "result", "sum", "total", "value"}
_MENTIONED = {"date": "date", "date-time": "date", "email": "email", "time": "time", "uri": "url", "url": "url"}
_EXAMPLES = {"email": FORMATS["email"], "url": FORMATS["uri"]}
_LONGEST_STRING = 1_000_000
_NUMBERS = ("integer", "number")


class _Place(NamedTuple):
    """A value to fill: its name, the words of what it belongs to, and the part of the text that is about it."""

    name: str
    owner: Sequence[str]
    mentions: Mentions
    depth: int
    is_entry: bool = False
    """Whether it belongs to an entry of a list, which has a part of the text."""

    @property
    def words(self) -> List[str]:
        """The words of the name."""
        return words_of(self.name)

    def kind(self, rules: Rules) -> Optional[str]:
        """Return what the name asks for; failing that, what the description does."""
        words = self.words
        if names_its_owner(words):
            return kind_of_property(self.owner)
        return kind_of_property(words, words_of(str(rules.get("description", ""))))


def fill_schema(schema: Mapping[str, Any], text: str, *, name: str = "", facts: Optional[Facts] = None) -> Any:
    """Return a value that is valid for the schema; equal schemas and texts have equal values.

    A property gets the mention in the text that its name asks for: a person, a place, a title, a date, a number with
    its unit, an option of an enum. A list gets an entry for each mention, a boolean is whether the text says so, and
    null stands for what it does not have. `facts` precede mentions, and `name` is that of the schema.

    Honor objects, arrays, enums, constants, `$ref`, `allOf`, the first of `anyOf` and `oneOf` that is not null, and the
    bounds of numbers, strings and arrays, also as `Constraints: {...}` at the end of a description; ignore `pattern`,
    `not` and conditions. Raise Problem if the schema is malformed, or if its smallest value is large.
    """
    try:
        return _Filler(schema, facts or Facts()).fill(schema, _Place("value", words_of(name), Mentions(text), 0))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise Problem.unprocessable("schema", f"The JSON schema is malformed: {error}") from error


class _Filler:
    def __init__(self, root: Mapping[str, Any], facts: Facts) -> None:
        self._resolver = Resolver(root)
        self._facts = facts
        self._found = 0

    def fill(self, schema: Any, place: _Place) -> Any:
        rules = self._resolver.resolve(schema, place.depth)
        if "const" in rules:
            return rules["const"]
        found_before = self._found
        value = self._value(rules, place)
        is_unfounded = self._found == found_before and "default" not in rules
        return None if is_unfounded and place.mentions.says_something and is_nullable(rules) else value

    def _value(self, rules: Rules, place: _Place) -> Any:
        kind = kind_of_rules(rules)
        stated = [] if place.is_entry else self._facts.find(place.name, kind)
        if "enum" in rules:
            return self._option(rules, place, stated)
        if stated:
            return self._fitted(rules, self._take(stated[0]), kind)
        if kind == "null" or place.depth > TOO_DEEP:
            return None
        if kind == "object":
            return self._object(rules, place)
        if kind == "array":
            return self._array(rules, place)
        if kind == "boolean":
            said = self._take(says(place.words, place.mentions))
            return rules.get("default", not place.mentions.says_something) if said is None else said
        if kind in _NUMBERS:
            return fit_number(rules, self._number(place), is_whole=kind == "integer")
        return self._fitted(rules, self._string(rules, place), kind)

    def _take(self, value: Any) -> Any:
        """Count a value that the request has, so that nullable properties know whether there is one."""
        self._found += value is not None
        return value

    def _fitted(self, rules: Rules, value: Any, kind: str) -> Any:
        if kind in _NUMBERS:
            return fit_number(rules, value, is_whole=kind == "integer")
        if kind != "string":
            return value
        at_least = rules.get("minLength", 0)
        if at_least > _LONGEST_STRING:
            raise ValueError(f"a string can have at most {_LONGEST_STRING:,} characters")
        return value.ljust(at_least, ".")[: rules.get("maxLength")]

    def _option(self, rules: Rules, place: _Place, stated: Sequence[Any]) -> Any:
        options: List[Any] = rules["enum"]
        option = next((value for value in stated if value in options), None)
        option = choose_option(options, place.mentions) if option is None else option
        if option is not None:
            return self._take(option)
        return rules.get("default", None if None in options and place.mentions.says_something else options[0])

    def _object(self, rules: Rules, place: _Place) -> Dict[str, Any]:
        required = rules.get("required", ())
        properties: Mapping[str, Any] = rules.get("properties", {})
        names = [name for name in properties if name in required or place.depth < DEEP]
        names += [name for name in required if name not in properties]
        owner = _owner(rules, place)
        places = {name: place._replace(name=name, owner=owner, depth=place.depth + 1) for name in names}
        in_turn = sorted(names, key=lambda name: _turn(properties.get(name, {}), places[name]))
        values = {name: self.fill(properties.get(name, {}), places[name]) for name in in_turn}
        if not properties:
            values.update(self._pairs(rules.get("additionalProperties"), place))
        return {**dict.fromkeys(names), **values}

    def _pairs(self, schema: Any, place: _Place) -> Dict[str, Any]:
        """Return the names in the text with their numbers, for an object with any keys."""
        rules = self._resolver.resolve(schema, place.depth + 1)
        kind = kind_of_rules(rules)
        if kind not in _NUMBERS:
            return {}
        parts = records(place.mentions, place.mentions.numbers(), lambda part: _thing(part) is not None)
        pairs = ((_take_thing(part), part) for part in parts)
        return {key: self._take(self._fitted(rules, part.take_number(), kind)) for key, part in pairs if key}

    def _array(self, rules: Rules, place: _Place) -> List[Any]:
        prefix = [self.fill(item, place._replace(depth=place.depth + 1)) for item in rules.get("prefixItems", ())]
        items = rules.get("items", {})
        at_least = rules.get("minItems", 0)
        entries = [] if prefix or place.depth > DEEP else self._entries(items, place)
        unique = bool(rules.get("uniqueItems"))
        if unique:
            entries = [entry for number, entry in enumerate(entries) if not is_among(entry, entries[:number])]
        entries = entries[: rules.get("maxItems", len(entries))]
        is_left_empty = place.depth > DEEP or bool(prefix) or ("default" in rules and place.mentions.says_something)
        wanted = at_least if is_left_empty else max(at_least, 1)
        length = min(wanted, rules.get("maxItems", wanted))
        values = prefix + entries
        while len(values) < length:
            value = self.fill(items, place._replace(depth=place.depth + 1))
            values.append(self._another(items, value, values, place) if unique and is_among(value, values) else value)
        return values

    def _another(self, schema: Any, value: Any, values: Sequence[Any], place: _Place) -> Any:
        """Return a value that is not among others, or the same if there is none."""
        rules = self._rules(schema)
        if value is None:
            value = self._value(rules, place._replace(depth=place.depth + 1))
        others = chain([value], variants(rules, value, self._rules))
        return next((other for other in others if not is_among(other, values)), value)

    def _rules(self, schema: Any) -> Rules:
        return self._resolver.resolve(schema, DEEP)

    def _entries(self, items: Any, place: _Place) -> List[Any]:
        """Return an entry for each mention of what a list asks for, or none if the text does not show any."""
        rules = self._resolver.resolve(items, place.depth + 1)
        kind = kind_of_rules(rules)
        mentions = place.mentions
        if "enum" in rules:
            return [self._take(option) for option in mentions.mentioned(rules["enum"])]
        if kind in _NUMBERS:
            numbers = [number_of(mentions.take(number)) for number in mentions.numbers(place.words)[:MOST_ENTRIES]]
            return [self._take(fit_number(rules, number, is_whole=kind == "integer")) for number in numbers]
        if kind == "object":
            parts = self._records(rules, place)
            return [
                self.fill(items, place._replace(mentions=part, depth=place.depth + 1, is_entry=True)) for part in parts
            ]
        if kind == "string" and "const" not in rules:
            return [self._fitted(rules, self._take(text), kind) for text in _texts(rules, place)]
        return []

    def _records(self, rules: Rules, place: _Place) -> List[Mentions]:
        """Return the parts of the text that have an entry of a list of objects each, if there is more than one."""
        owner = _owner(rules, place)
        fields: List[Tuple[Rules, _Place]] = [
            (self._resolver.resolve(schema, place.depth + 2), place._replace(name=name, owner=owner))
            for name, schema in rules.get("properties", {}).items()
        ]
        anchors = _anchors(fields, place.mentions)
        parts = records(place.mentions, anchors, lambda part: all(_is_shown(*field, part) for field in fields))
        return parts if len(parts) > 1 else []

    def _number(self, place: _Place) -> Optional[Number]:
        words = place.words
        if not _RESULTS.isdisjoint(words):
            result: Optional[Number] = self._take(place.mentions.calculate())
            if result is not None:
                return result
        number: Optional[Number] = self._take(place.mentions.take_number(words))
        return TODAY.year if number is None and "year" in words else number

    def _string(self, rules: Rules, place: _Place) -> str:
        kind, words, mentions = place.kind(rules), place.words, place.mentions
        value: Optional[str] = None
        if rules.get("format") in FORMATS:
            return str(self._take(take_formatted(rules["format"], mentions)) or FORMATS[rules["format"]])
        if mentions.text and not _FREE_TEXT.isdisjoint(words):
            return str(self._take(mentions.passage))
        if not _RESULTS.isdisjoint(words) and mentions.calculate() is not None:
            return str(self._take(mentions.calculate()))
        if kind in ("answer", "summary") and mentions.text:
            value = None if is_nullable(rules) else sentence_about(kind, mentions.passage)
        elif kind in _MENTIONED:
            value = _take_mentioned(_MENTIONED[kind], mentions)
        elif kind in NAME_KINDS:
            value = mentions.take_name(kind, words)
        elif place.is_entry:
            value = _take_thing(mentions)
        elif not is_nullable(rules):
            value = mentions.take_name()
        example = _EXAMPLES.get(kind or "", f"example {place.name}")
        return str(rules.get("default", example) if self._take(value) is None else value)


def _owner(rules: Rules, place: _Place) -> List[str]:
    """Return the words for an object that its properties belong to."""
    return [*(place.words if place.depth else place.owner), *words_of(str(rules.get("title", "")))]


def _turn(schema: Any, place: _Place) -> int:
    """Return when a property has its turn: texts of any kind after all others, as they get what is left."""
    options: List[Any] = (schema.get("anyOf") or [schema]) if is_object(schema) else [{}]
    is_text = any(is_object(option) and option.get("type", "string") == "string" for option in options)
    kind = place.kind({})
    if kind == "step":
        return 2
    is_bound = any("enum" in option or "format" in option or "$ref" in option for option in options)
    return int(is_text and not is_bound and kind is None)


def _anchors(fields: Sequence[Tuple[Rules, _Place]], mentions: Mentions) -> List[Mention]:
    """Return the mentions that begin the entries of a list: names, else addresses and dates, else numbers."""
    for kinds in (NAME_KINDS, tuple(_MENTIONED)):
        for rules, place in fields:
            kind = place.kind(rules) or ""
            if kind_of_rules(rules) == "string" and "enum" not in rules and kind in kinds:
                anchors = mentions.names(kind, place.words) if kind in NAME_KINDS else mentions.free(_MENTIONED[kind])
                if anchors:
                    return anchors
    for rules, place in fields:
        if kind_of_rules(rules) in _NUMBERS and mentions.numbers(place.words):
            return mentions.numbers(place.words)
    return []


def _is_shown(rules: Rules, place: _Place, part: Mentions) -> bool:
    """Return whether a part of the text has what a property asks for, if an entry must have it."""
    kind = kind_of_rules(rules)
    if is_nullable(rules) or "default" in rules:
        return True
    if kind in _NUMBERS:
        return bool(part.numbers(place.words))
    is_thing = kind == "string" and place.kind(rules) is None and not {"enum", "format"} & set(rules)
    return not is_thing or _thing(part) is not None


def _texts(rules: Rules, place: _Place) -> List[str]:
    kind, mentions = place.kind(rules), place.mentions
    if rules.get("format") in FORMATS:
        wanted = _MENTIONED.get(rules["format"], "")
        formatted = [take_formatted(rules["format"], mentions) for _ in mentions.free(wanted)[:MOST_ENTRIES]]
        return [text for text in formatted if text is not None]
    if kind == "step":
        return steps(mentions)
    if kind in _MENTIONED:
        return [mentions.take(mention) for mention in mentions.free(_MENTIONED[kind])[:MOST_ENTRIES]]
    if kind in NAME_KINDS:
        return [mentions.take(mention) for mention in mentions.names(kind, place.words)[:MOST_ENTRIES]]
    names = mentions.free("name", "quote")[:MOST_ENTRIES]
    return [mentions.take(mention) for mention in names] if len(names) > 1 else enumeration(mentions)


def _take_mentioned(kind: str, mentions: Mentions) -> Optional[str]:
    return mentions.take_moment(kind) if kind in ("date", "time") else mentions.take_first(kind)


def _thing(part: Mentions) -> Optional[str]:
    names = part.free("name", "quote")
    return names[0].text if names else thing_in(part.words)


def _take_thing(part: Mentions) -> Optional[str]:
    return part.take_first("name", "quote") or thing_in(part.words)
