"""The definitions of a schema: named once, moved out of other schemas, and only those that are used."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, Mapping, Set

from azure.ai.inference._json import is_array, is_object

_PREFIX = "#/$defs/"
_REFUSED = re.compile(r"[^A-Za-z0-9_-]")


def reference(name: str) -> Dict[str, Any]:
    """Return the schema that refers to a definition."""
    return {"$ref": _PREFIX + name}


def referred(node: Mapping[str, Any]) -> Any:
    """Return the name of the definition of ours that a schema refers to; None if there is none."""
    target = node.get("$ref")
    return target[len(_PREFIX) :] if isinstance(target, str) and target.startswith(_PREFIX) else None


def legal_name(text: str) -> str:
    """Return a text with ``_`` in place of characters that are illegal in names of schemas."""
    name = _REFUSED.sub("_", text)
    return name if name == text else name.rstrip("_") or "value"


def references(schema: Any) -> Iterator[str]:
    """Yield the names of the definitions that a schema refers to directly."""
    todo = [schema]
    while todo:
        node = todo.pop()
        if is_object(node):
            name = referred(node)
            if name is not None:
                yield name
            todo.extend(node.values())
        elif is_array(node):
            todo.extend(node)


class Definitions:
    """The definitions of one schema, by name."""

    def __init__(self) -> None:
        self.by_name: Dict[str, Any] = {}
        self._taken: Dict[str, int] = {}

    def claim(self, text: str) -> str:
        """Return an unused name for a definition."""
        base = name = legal_name(text)
        while name in self.by_name:
            self._taken[base] = self._taken.get(base, 1) + 1
            name = f"{base}_{self._taken[base]}"
        self.by_name[name] = {}
        return name

    def define(self, use: Mapping[str, Any], schema: Dict[str, Any]) -> None:
        """Set the schema of a claimed definition. ``use`` refers to it."""
        self.by_name[referred(use)] = schema

    def move_in(self, schema: Mapping[str, Any], text: str) -> Dict[str, Any]:
        """Define a schema and its definitions, which are not changed, and return a reference to it.

        Definitions that are equal to those here are shared. Others are renamed if their names are taken.
        """
        given: Mapping[str, Any] = schema.get("$defs", {})
        names = self._names_for(given)
        shared = {name for name, new in names.items() if self.by_name.get(new)}
        for name, definition in given.items():
            if name not in shared:
                self.by_name[names[name]] = _renamed(definition, names)
        root: Dict[str, Any] = _renamed({key: value for key, value in schema.items() if key != "$defs"}, names)
        if "properties" not in root:
            return root
        base = legal_name(text)
        name = base if self.by_name.get(base) == root else self.claim(text)
        self.by_name[name] = root
        return reference(name)

    def _names_for(self, given: Mapping[str, Any]) -> Dict[str, str]:
        """Return the names of definitions here. One that refers to a renamed definition is renamed, too."""
        users: Dict[str, List[str]] = {name: [] for name in given}
        for name, definition in given.items():
            for used in references(definition):
                users.setdefault(used, []).append(name)
        differing = [name for name in given if self.by_name.get(name, given[name]) != given[name]]
        known: Set[str] = set(differing)
        while differing:
            for user in users[differing.pop()]:
                if user not in known:
                    known.add(user)
                    differing.append(user)
        return {name: self.claim(name) if name in known or name not in self.by_name else name for name in given}

    def used_by(self, schema: Mapping[str, Any]) -> Dict[str, Any]:
        """Return the definitions that a schema needs, in the order of their definition."""
        used: Set[str] = set()
        todo = [*references(schema)]
        while todo:
            name = todo.pop()
            if name not in used and name in self.by_name:
                used.add(name)
                todo.extend(references(self.by_name[name]))
        return {name: definition for name, definition in self.by_name.items() if name in used}

    def closed(self, schema: Mapping[str, Any]) -> Dict[str, Any]:
        """Return a schema with the definitions that it needs."""
        used = self.used_by(schema)
        return {**schema, "$defs": used} if used else dict(schema)


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    """Return a schema with the new names of definitions, also in the mapping of a discriminator."""
    if is_object(node):
        return {key: _renamed(value, names) for key, value in node.items()}
    if is_array(node):
        return [_renamed(item, names) for item in node]
    if isinstance(node, str) and node.startswith(_PREFIX):
        return _PREFIX + names.get(node[len(_PREFIX) :], node[len(_PREFIX) :])
    return node
