"""The subset of JSON schema that services accept with ``strict: true``."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Dict, List, Mapping, Set

from azure.ai.inference._json import is_array, is_object
from azure.ai.inference._schemas.definitions import references, referred

_DROPPED = frozenset({"$id", "$schema", "deprecated", "discriminator", "examples", "readOnly", "title", "writeOnly"})
_CONSTRAINTS = (
    "default",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "multipleOf",
    "pattern",
    "uniqueItems",
)
_KEPT = frozenset({"$ref", "anyOf", "description", "enum", "items", "properties", "required", "type"})
_MOST_INLINED = 10_000
"""The most objects to inline in place of references: nested definitions multiply."""
_DEEPEST = 20
_MOST_SHOWN = 10


def make_strict(schema: Mapping[str, Any]) -> Dict[str, Any]:
    """Return a schema in the strict subset. Its descriptions state the constraints that the subset lacks.

    :raises ValueError: if the subset cannot express it. The message names the places.
    """
    given: Mapping[str, Any] = schema.get("$defs", {})
    maker = _Maker(given)
    root = maker.node({key: value for key, value in schema.items() if key != "$defs"}, "")
    definitions: Dict[str, Any] = {}
    todo = [*references(root)]
    while todo:
        name = todo.pop()
        if name not in definitions:
            definitions[name] = maker.node(given[name], name)
            todo.extend(references(definitions[name]))
    if maker.problems:
        problems = list(dict.fromkeys(maker.problems))
        others = [f"{len(problems) - _MOST_SHOWN} more"] if len(problems) > _MOST_SHOWN else []
        raise ValueError(f"The schema cannot be strict: {'; '.join(problems[:_MOST_SHOWN] + others)}.")
    return (
        {**root, "$defs": {name: definitions[name] for name in given if name in definitions}} if definitions else root
    )


class _Maker:
    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._given = definitions
        self._recursive = _recursive(definitions)
        self._inlined = 0
        self._depth = 0
        self.problems: List[str] = []
        """Places that cannot be strict, and why."""

    def node(self, given: Any, place: str) -> Dict[str, Any]:
        """Return a part of the schema in the strict subset."""
        if not is_object(given):
            return self._refuse(place, "may be anything" if given is True else "may be nothing")
        node = self._merged({key: value for key, value in given.items() if key not in _DROPPED}, place)
        if "$ref" in node:
            return self._reference(node, place)
        if "const" in node:
            node["enum"] = [node.pop("const")]
        if "oneOf" in node and "anyOf" not in node:
            node["anyOf"] = node.pop("oneOf")
        _describe_constraints(node)
        further = node.pop("additionalProperties", None)
        if "properties" in node and is_object(further) and further:
            return self._refuse(place, "is an object with further keys of a type")
        is_closed = further is not None or "properties" in node
        others = sorted(node.keys() - _KEPT)
        if others:
            return self._refuse(place, f"has {', '.join(others)}")
        return self._with_parts(node, place, is_object_=is_closed or _is_of(node, "object"))

    def _with_parts(self, node: Dict[str, Any], place: str, *, is_object_: bool) -> Dict[str, Any]:
        if is_object_:
            if "properties" not in node:
                return self._refuse(place, "is an object with any keys")
            properties: Dict[str, Any] = node["properties"]
            node["properties"] = {name: self.node(part, _join(place, name)) for name, part in properties.items()}
            node["required"] = list(properties)
            node["additionalProperties"] = False
        if _is_of(node, "array") and "items" not in node:
            return self._refuse(place, "is an array with any items")
        if "items" in node:
            node["items"] = self.node(node["items"], f"{place}[]")
        if "anyOf" in node:
            node["anyOf"] = [self.node(option, place) for option in node["anyOf"]]
        if not node.keys() & {"anyOf", "enum", "type"}:
            return self._refuse(place, "may be anything")
        return node

    def _merged(self, node: Dict[str, Any], place: str) -> Dict[str, Any]:
        """Return a node merged with the only part of its ``allOf``."""
        while is_array(node.get("allOf")) and len(node["allOf"]) == 1 and is_object(node["allOf"][0]):
            part = {key: value for key, value in node.pop("allOf")[0].items() if key not in _DROPPED}
            node = self._laid_over(node, part, place)
        return node

    def _laid_over(self, top: Mapping[str, Any], node: Mapping[str, Any], place: str) -> Dict[str, Any]:
        """Return a node with other keywords merged over it. Conflicting ones are refused."""
        lost = sorted(
            key for key in top if key in _KEPT and key != "description" and node.get(key, top[key]) != top[key]
        )
        if lost:
            self._refuse(place, f"has {', '.join(lost)} twice")
        return {**node, **top}

    def _reference(self, node: Dict[str, Any], place: str) -> Dict[str, Any]:
        """Return a reference; if it has keywords beside it, the definition merged with them."""
        name = referred(node)
        if name not in self._given:
            return self._refuse(place, f"refers to {node['$ref']}")
        reference = {"$ref": node.pop("$ref")}
        if node.get("default", node) is None:
            del node["default"]
        if not node or name in self._recursive or self._inlined >= _MOST_INLINED or self._depth >= _DEEPEST:
            return reference
        self._inlined += _size(self._given[name])
        self._depth += 1
        definition = {key: value for key, value in self._given[name].items() if key not in _DROPPED}
        inlined = self.node(self._laid_over(node, definition, place), place)
        self._depth -= 1
        return inlined

    def _refuse(self, place: str, reason: str) -> Dict[str, Any]:
        self.problems.append(f"{place or 'the schema'} {reason}")
        return {}


def _is_of(node: Mapping[str, Any], kind: str) -> bool:
    types = node.get("type")
    return types == kind or (is_array(types) and kind in types)


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _describe_constraints(node: Dict[str, Any]) -> None:
    """Move unsupported keywords to the end of the description, where a model still reads them."""
    taken = {key: node.pop(key) for key in _CONSTRAINTS if key in node}
    if taken.get("default", taken) is None:
        del taken["default"]
    if taken:
        text = f"Constraints: {json.dumps(taken, ensure_ascii=False)}"
        node["description"] = f"{node['description']} {text}" if node.get("description") else text


def _size(schema: Any) -> int:
    """Return the number of objects in a schema."""
    size, todo = 0, [schema]
    while todo:
        node = todo.pop()
        if is_object(node):
            size += 1
            todo.extend(node.values())
        elif is_array(node):
            todo.extend(node)
    return size


def _recursive(definitions: Mapping[str, Any]) -> Set[str]:
    """Return the names of definitions that contain themselves (Kosaraju's algorithm, without recursion)."""
    uses = {name: [used for used in references(node) if used in definitions] for name, node in definitions.items()}
    users: Dict[str, List[str]] = {name: [] for name in definitions}
    for name, all_used in uses.items():
        for used in all_used:
            users[used].append(name)
    group: Dict[str, str] = {}
    for first in reversed(_in_postorder(uses)):
        todo = [first]
        while todo:
            name = todo.pop()
            if name not in group:
                group[name] = first
                todo.extend(users[name])
    sizes = Counter(group.values())
    return {name for name in group if sizes[group[name]] > 1 or name in uses[name]}


def _in_postorder(graph: Mapping[str, List[str]]) -> List[str]:
    """Return the nodes of a graph in postorder: each after its successors, but for cycles."""
    order: List[str] = []
    met: Set[str] = set()
    for start in graph:
        path = [] if start in met else [(start, iter(graph[start]))]
        met.add(start)
        while path:
            name, following = path[-1]
            successor = next((one for one in following if one not in met), None)
            if successor is None:
                order.append(name)
                path.pop()
            else:
                met.add(successor)
                path.append((successor, iter(graph[successor])))
    return order
