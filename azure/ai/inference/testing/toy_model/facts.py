"""Values that a request states by name: those of the JSON results of tools."""

from __future__ import annotations

import json
from typing import Any, Dict, FrozenSet, Iterable, List, Tuple

from azure.ai.inference._json import is_array, is_object
from azure.ai.inference.testing.toy_model.vocabulary import words_of

_NONE: Tuple[()] = ()


class Facts:
    """Texts, numbers and booleans by the names of properties."""

    def __init__(self, results: Iterable[str] = ()) -> None:
        self._values: Dict[FrozenSet[str], List[Any]] = {}
        for result in results:
            try:
                self._collect(json.loads(result))
            except (RecursionError, ValueError):
                continue

    def find(self, name: str, kind: str) -> List[Any]:
        """Return the values of a JSON type for a property, the last result first. All words of its name are needed."""
        words = frozenset(words_of(name))
        if not words or not self._values:
            return []
        found = self._values.get(words) or [
            value for known, values in self._values.items() if words < known for value in values
        ]
        return [value for value in reversed(found) if _is_of_kind(value, kind)]

    def _collect(self, value: Any) -> None:
        for name, entry in value.items() if is_object(value) else _NONE:
            self._values.setdefault(frozenset(words_of(name)), []).append(entry)
            self._collect(entry)
        for entry in value if is_array(value) else _NONE:
            self._collect(entry)


def _is_of_kind(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, int):
        return kind in ("integer", "number")
    return isinstance(value, {"number": float, "string": str}.get(kind, ()))
