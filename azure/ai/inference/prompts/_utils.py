"""Helpers of the prompt templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import TypeGuard


def is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Return whether a value has entries by name."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Return whether a value is a list of items: any sequence except text and bytes."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray))


def require(value: object, kind: type, name: str) -> None:
    """Raise TypeError if an argument, referred to as `name`, is not of the given kind."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {kind.__name__}, not {type(value).__name__}")


def remove_leading_empty_space(multiline_str: str) -> str:
    r"""Remove leading blank lines, and the indentation that all other lines have in common.

    Blank lines do not count for the common indentation. Line ends become ``\n``, and the last one is removed.
    """
    lines = multiline_str.splitlines()
    written = [index for index, line in enumerate(lines) if line.strip()]
    if not written:
        return ""
    indentation = min(len(lines[index]) - len(lines[index].lstrip()) for index in written)
    return "\n".join(line[indentation:] for line in lines[written[0] :])
