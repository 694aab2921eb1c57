"""JSON schemas without references and alternatives: what remains to be filled."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Dict, List, Mapping, Optional, Union

from azure.ai.inference._json import is_array, is_object

DEEP = 5
TOO_DEEP = 12
_MOST_VALUES = 20_000
_CONSTRAINTS = re.compile(r"\s?Constraints: (\{.*\})$", re.DOTALL)

Rules = Dict[str, Any]
"""A schema without references and alternatives. `nullable` is whether null was one of them."""


class Resolver:
    """Resolves the parts of one schema."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._resolved = 0

    def resolve(self, schema: Any, depth: int) -> Rules:
        """Return the rules of a part of the schema: of the first alternative, or of null if it is deep inside."""
        self._resolved += 1
        if self._resolved > _MOST_VALUES:
            raise ValueError(f"it describes more than {_MOST_VALUES:,} values")
        rules = _add_constraints(dict(schema) if is_object(schema) else {})
        for _ in range(TOO_DEEP):
            if "$ref" in rules:
                beside = {name: value for name, value in rules.items() if name in ("default", "description")}
                rules = {**self._follow(str(rules["$ref"])), **beside}
            elif "allOf" in rules:
                parts = [self.resolve(part, depth) for part in rules.pop("allOf")]
                rules = _merge([rules, *parts])
            elif "anyOf" in rules or "oneOf" in rules:
                options = [self.resolve(option, depth) for option in rules.pop("anyOf", None) or rules.pop("oneOf")]
                rules = _merge([rules, _alternative(options, depth)])
            else:
                break
        return _add_constraints(rules)

    def _follow(self, reference: str) -> Rules:
        found: Any = self._root
        for part in reference.split("/")[1:]:
            found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if is_object(found) else {}
        return dict(found) if is_object(found) else {}


def kind_of_rules(rules: Mapping[str, Any]) -> str:
    """Return the JSON type that rules ask for, null only if there is no other."""
    declared = rules.get("type")
    if is_array(declared):
        return str(next((kind for kind in declared if kind != "null"), "null"))
    if declared is not None:
        return str(declared)
    return "object" if "properties" in rules else "array" if "items" in rules else "string"


def is_nullable(rules: Mapping[str, Any]) -> bool:
    """Return whether null is valid beside other values."""
    declared = rules.get("type")
    return rules.get("nullable") is True or (is_array(declared) and "null" in declared)


def fit_number(rules: Mapping[str, Any], mentioned: Optional[float], *, is_whole: bool) -> Union[int, float]:
    """Return the valid number that is nearest to a mentioned one, to the default, or to 1."""
    low: float = rules.get("minimum", -math.inf)
    high: float = rules.get("maximum", math.inf)
    above: float = rules.get("exclusiveMinimum", -math.inf)
    below: float = rules.get("exclusiveMaximum", math.inf)
    room = min(high, below) - max(low, above)
    step = 1.0 if is_whole else min(0.5, room / 4)
    low, high = max(low, above + step), min(high, below - step)
    wanted = rules.get("default", 1) if mentioned is None else mentioned
    value = min(max(wanted, low), high)
    unit = rules.get("multipleOf", 1 if is_whole else None)
    if unit is not None:
        multiple = math.floor(value / unit) * unit
        value = multiple if multiple >= low else multiple + unit
    return int(value) if is_whole else value


def _alternative(options: List[Rules], depth: int) -> Rules:
    nulls = [option for option in options if option.get("type") == "null"]
    others = [option for option in options if option.get("type") != "null"]
    if not others or (nulls and depth > DEEP):
        return nulls[0]
    return {**others[0], "nullable": True} if nulls else others[0]


def _merge(parts: List[Rules]) -> Rules:
    merged: Rules = {}
    for part in parts:
        properties = {**merged.get("properties", {}), **part.get("properties", {})}
        required = [*merged.get("required", ()), *part.get("required", ())]
        merged.update(part)
        if properties:
            merged.update(properties=properties, required=required)
    return merged


def _add_constraints(rules: Rules) -> Rules:
    """Add the keywords that a strict schema has in its description, and drop a default of null."""
    described = _CONSTRAINTS.search(str(rules.get("description", "")))
    if described is not None:
        try:
            constraints = json.loads(described[1])
        except ValueError:
            constraints = {}
        rules = {**constraints, **rules}
    if "default" in rules and rules["default"] is None:
        del rules["default"]
    return rules
