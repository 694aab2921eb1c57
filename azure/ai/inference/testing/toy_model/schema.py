"""JSON values for JSON schemas, taken from mentions in a text or, failing that, from plain examples."""

from __future__ import annotations

import math
import re
from typing import Any, Dict, List, Mapping, Optional, Union

from azure.ai.inference._json import is_array, is_object
from azure.ai.inference.testing.toy_model.mentions import Mentions
from azure.ai.inference.testing.toy_model.problems import Problem

_DEEP = 5
_TOO_DEEP = 12
_MOST_VALUES = 20_000
_LONGEST_STRING = 1_000_000
_FREE_TEXT = {"content", "input", "message", "prompt", "query", "question", "search", "text"}
_FORMATS = {
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


def fill_schema(schema: Mapping[str, Any], text: str) -> Any:
    """Return a value that is valid for the schema; equal schemas and texts have equal values.

    Honor objects, arrays, enums, constants, `$ref`, `allOf`, the first of `anyOf` and `oneOf`, and the bounds of
    numbers, strings and arrays; ignore `pattern`, `not` and conditions. Raise Problem if the schema is malformed, or
    if its smallest value is large.
    """
    try:
        return _Filler(schema, Mentions(text)).fill(schema, "value", 0)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise Problem.unprocessable("schema", f"The JSON schema is malformed: {error}") from error


class _Filler:
    def __init__(self, root: Mapping[str, Any], mentions: Mentions) -> None:
        self._root = root
        self._mentions = mentions
        self._resolved = 0

    def fill(self, schema: Any, name: str, depth: int) -> Any:
        rules = self._resolve(schema, depth)
        if rules.get("default", ...) is None:  # of what is nullable, which is filled all the same
            del rules["default"]
        if "const" in rules:
            return rules["const"]
        if "enum" in rules:
            return self._choose(rules)
        kind = _kind(rules)
        if kind == "null" or depth > _TOO_DEEP:
            return None
        if kind == "object":
            return self._object(rules, depth)
        if kind == "array":
            return self._array(rules, name, depth)
        if kind == "boolean":
            return rules.get("default", True)
        if kind in ("integer", "number"):
            return _number(rules, self._mentions.take_number(), kind == "integer")
        return self._string(rules, name)

    def _resolve(self, schema: Any, depth: int) -> Dict[str, Any]:
        self._resolved += 1
        if self._resolved > _MOST_VALUES:
            raise ValueError(f"it describes more than {_MOST_VALUES:,} values")
        rules: Dict[str, Any] = dict(schema) if is_object(schema) else {}
        for _ in range(_TOO_DEEP):
            if "$ref" in rules:
                rules = self._follow(str(rules.pop("$ref")))
            elif "allOf" in rules:
                parts = [self._resolve(part, depth) for part in rules.pop("allOf")]
                rules = _merge([rules, *parts])
            elif "anyOf" in rules or "oneOf" in rules:
                options = [self._resolve(option, depth) for option in rules.pop("anyOf", None) or rules.pop("oneOf")]
                nulls = [option for option in options if option.get("type") == "null"]
                rules = _merge([rules, (nulls or options)[0] if depth > _DEEP else options[0]])
            else:
                break
        return rules

    def _follow(self, reference: str) -> Dict[str, Any]:
        found: Any = self._root
        for part in reference.split("/")[1:]:
            found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if is_object(found) else {}
        return dict(found) if is_object(found) else {}

    def _choose(self, rules: Mapping[str, Any]) -> Any:
        options: List[Any] = rules["enum"]
        mentioned = self._mentions.choose(options)
        return rules.get("default", options[0]) if mentioned is None else mentioned

    def _object(self, rules: Mapping[str, Any], depth: int) -> Dict[str, Any]:
        required = rules.get("required", ())
        properties: Mapping[str, Any] = rules.get("properties", {})
        names = [name for name in properties if name in required or depth < _DEEP]
        names += [name for name in required if name not in properties]
        return {name: self.fill(properties.get(name, {}), name, depth + 1) for name in names}

    def _array(self, rules: Mapping[str, Any], name: str, depth: int) -> List[Any]:
        prefix = [self.fill(item, name, depth + 1) for item in rules.get("prefixItems", ())]
        at_least = rules.get("minItems", 0)
        wanted = at_least if depth > _DEEP or prefix else max(at_least, 1)
        length = min(wanted, rules.get("maxItems", wanted))
        items = rules.get("items", {})
        return prefix + [self.fill(items, name, depth + 1) for _ in range(length - len(prefix))]

    def _string(self, rules: Mapping[str, Any], name: str) -> str:
        value = self._string_value(rules, name)
        if rules.get("minLength", 0) > _LONGEST_STRING:
            raise ValueError(f"a string can have at most {_LONGEST_STRING:,} characters")
        return value.ljust(rules.get("minLength", 0), ".")[: rules.get("maxLength")]

    def _string_value(self, rules: Mapping[str, Any], name: str) -> str:
        if rules.get("format") in _FORMATS:
            return _FORMATS[rules["format"]]
        if self._mentions.text and _FREE_TEXT & set(re.split(r"[\W_]+", name.lower())):
            return self._mentions.text
        mentioned = self._mentions.take_name()
        return str(rules.get("default", f"example {name}")) if mentioned is None else mentioned


def _kind(rules: Mapping[str, Any]) -> str:
    declared = rules.get("type")
    if is_array(declared):
        return str(next((kind for kind in declared if kind != "null"), "null"))
    if declared is not None:
        return str(declared)
    return "object" if "properties" in rules else "array" if "items" in rules else "string"


def _merge(parts: List[Dict[str, Any]]) -> Dict[str, Any]:
    merged: Dict[str, Any] = {}
    for part in parts:
        properties = {**merged.get("properties", {}), **part.get("properties", {})}
        required = [*merged.get("required", ()), *part.get("required", ())]
        merged.update(part)
        if properties:
            merged.update(properties=properties, required=required)
    return merged


def _number(rules: Mapping[str, Any], mentioned: Optional[float], whole: bool) -> Union[int, float]:
    low: float = rules.get("minimum", -math.inf)
    high: float = rules.get("maximum", math.inf)
    above: float = rules.get("exclusiveMinimum", -math.inf)
    below: float = rules.get("exclusiveMaximum", math.inf)
    room = min(high, below) - max(low, above)
    step = 1.0 if whole else min(0.5, room / 4)
    low, high = max(low, above + step), min(high, below - step)
    wanted = rules.get("default", 1) if mentioned is None else mentioned
    value = min(max(wanted, low), high)
    unit = rules.get("multipleOf", 1 if whole else None)
    if unit is not None:
        multiple = math.floor(value / unit) * unit
        value = multiple if multiple >= low else multiple + unit
    return int(value) if whole else value
