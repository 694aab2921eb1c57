"""Whether functions and classes are those of their libraries, which are not imported for it."""

from __future__ import annotations

from types import FunctionType
from typing import Any, Tuple


def is_own(given: Any, module: str) -> bool:
    """Return whether a function or class is the one that its module defines."""
    if isinstance(given, type):
        return given.__module__ == module
    return (
        type(given) is FunctionType
        and not hasattr(given, "__wrapped__")
        and given.__globals__.get("__name__") == module
    )


class Judgement:
    """Remembers whether objects are their libraries' own, until they change."""

    def __init__(self, modules: Tuple[str, ...]) -> None:
        self._modules = modules
        self._last: Tuple[Tuple[Any, ...], bool] = ((), False)

    def holds_for(self, objects: Tuple[Any, ...]) -> bool:
        """Return whether each object is a plain function or class of its module."""
        judged, own = self._last
        if objects != judged:
            own = all(map(is_own, objects, self._modules))
            self._last = objects, own
        return own
