"""Questions about decoded JSON, in a form that type checkers understand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List

if TYPE_CHECKING:
    from typing_extensions import TypeGuard


def is_object(value: object) -> TypeGuard[Dict[str, Any]]:
    """Whether the value is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[List[Any]]:
    """Whether the value is a JSON array."""
    return isinstance(value, list)
