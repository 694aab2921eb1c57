"""Other values for a schema, near a given one: lists whose entries must differ are filled with them."""

from __future__ import annotations

import datetime
import re
from itertools import count, islice
from typing import Any, Callable, Dict, Iterator, List, Mapping, Sequence

from azure.ai.inference._json import is_array, is_object
from azure.ai.inference.testing.toy_model.rules import Rules, fit_number, is_nullable, kind_of_rules
from azure.ai.inference.testing.toy_model.strings import FORMATS

Resolve = Callable[[Any], Rules]

_TRIED = 200
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def is_among(value: Any, values: Sequence[Any]) -> bool:
    """Return whether JSON is among other JSON, where true is not 1."""
    return any(_is_same(value, other) for other in values)


def _is_same(value: Any, other: Any) -> bool:
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    return bool(value == other)


def variants(rules: Rules, value: Any, resolve: Resolve) -> Iterator[Any]:
    """Return values that are valid by the rules and differ from the one given, a few hundred at most.

    `resolve` returns the rules of a schema within them.
    """
    return islice(_variants(rules, value, resolve), _TRIED)


def _variants(rules: Rules, value: Any, resolve: Resolve) -> Iterator[Any]:
    if "const" in rules:
        return
    if "enum" in rules:
        yield from rules["enum"]
        return
    kind = kind_of_rules(rules)
    is_null = value is None
    if is_null and is_nullable(rules):
        value = _example(rules, kind)
        yield value
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, (int, float)):
        yield from _numbers(rules, value, is_whole=kind == "integer")
    elif isinstance(value, str):
        yield from _texts(rules, value)
    elif is_object(value):
        yield from _objects(rules, value, resolve)
    elif is_array(value):
        yield from _arrays(rules, value, resolve)
    if not is_null and is_nullable(rules):
        yield None


def _example(rules: Rules, kind: str) -> Any:
    if kind in ("integer", "number"):
        return fit_number(rules, None, is_whole=kind == "integer")
    if kind == "string":
        example = FORMATS.get(rules.get("format", ""), "example")
        return example.ljust(rules.get("minLength", 0), ".")[: rules.get("maxLength")]
    return True if kind == "boolean" else None


def _numbers(rules: Rules, value: float, *, is_whole: bool) -> Iterator[Any]:
    step = rules.get("multipleOf", 1)
    for number in range(1, _TRIED):
        for other in (value + number * step, value - number * step):
            if fit_number(rules, other, is_whole=is_whole) == other:
                yield other


def _texts(rules: Rules, value: str) -> Iterator[str]:
    vary = _FORMATS.get(rules.get("format", ""))
    longest = rules.get("maxLength")
    for number in count(2):
        if vary is not None:
            yield vary(value, number)
            continue
        suffix = f" {number}"
        if longest is not None and len(suffix) > longest:
            yield from _ALPHABET[: _TRIED if longest else 0]
            return
        yield f"{value if longest is None else value[: longest - len(suffix)]}{suffix}"


def _objects(rules: Rules, value: Mapping[str, Any], resolve: Resolve) -> Iterator[Dict[str, Any]]:
    schemas: Mapping[str, Any] = rules.get("properties", {})
    for name, entry in value.items():
        for other in _variants(resolve(schemas.get(name, {})), entry, resolve):
            yield {**value, name: other}


def _arrays(rules: Rules, value: List[Any], resolve: Resolve) -> Iterator[List[Any]]:
    start = len(rules.get("prefixItems", ()))
    unique = bool(rules.get("uniqueItems"))
    for place, entry in enumerate(value[start:], start):
        rest = [*value[:place], *value[place + 1 :]]
        for other in _variants(resolve(rules.get("items", {})), entry, resolve):
            if not (unique and is_among(other, rest)):
                yield [*value[:place], other, *value[place + 1 :]]
    for length in range(len(value) - 1, max(rules.get("minItems", 0), start) - 1, -1):
        yield value[:length]
    if value[start:] and not unique:
        for number in range(1, rules.get("maxItems", _TRIED) - len(value) + 1):
            yield [*value, *[value[-1]] * number]


def _later(value: str, number: int) -> str:
    date = datetime.date(int(value[:4]), int(value[5:7]), int(value[8:10]))
    return f"{(date + datetime.timedelta(days=number - 1)).isoformat()}{value[10:]}"


_FORMATS: Dict[str, Callable[[str, int], str]] = {
    "date": _later,
    "date-time": _later,
    "duration": lambda value, number: re.sub(r"\d+", lambda found: str(int(found[0]) + number), value, count=1),
    "email": lambda value, number: value.replace("@", f"{number}@", 1),
    "hostname": lambda value, number: f"host{number}.{value}",
    "ipv4": lambda value, number: f"{value.rpartition('.')[0]}.{number}",
    "time": lambda value, number: f"{value[:3]}{number % 60:02}{value[5:]}",
    "uri": lambda value, number: f"{value}{number}",
    "uuid": lambda value, number: f"{value[:-4]}{number:04x}",
}
