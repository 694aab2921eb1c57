"""Limits of what a prompt can expand to: aliases and references repeat a part at the cost of a few letters."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict, Iterable

from ._files import read_text
from ._utils import is_list, is_mapping

MAXIMUM_FILES = 100
MAXIMUM_SIZE = 10_000_000

Parts = Callable[[Any], Iterable[Any]]


class Reader:
    """Reads the files of one prompt, up to a number of them."""

    def __init__(self) -> None:
        self._files = 0

    def read(self, file: Path) -> str:
        """Return the text of a file. Raise ValueError if it is one too many, too large, or not UTF-8."""
        self._files += 1
        if self._files > MAXIMUM_FILES:
            raise ValueError(f"{file}: a prompt can refer to at most {MAXIMUM_FILES} files")
        if file.stat().st_size > MAXIMUM_SIZE:
            raise ValueError(f"{file}: a file can have at most {MAXIMUM_SIZE:,} bytes")
        return read_text(file)


def check_size(value: Any) -> None:
    """Raise ValueError if data would be too large with each of its parts written out wherever it appears."""
    check_expansion(value, _parts_of, _length_of)


def check_expansion(root: Any, parts_of: Parts, length_of: Callable[[Any], int]) -> None:
    """Raise ValueError if something would be too large with each of its parts written out wherever it appears.

    It takes time proportional to the number of parts, each counted once.
    """
    if _size(root, parts_of, length_of, {}) > MAXIMUM_SIZE:
        raise ValueError(f"the data expand to more than {MAXIMUM_SIZE:,} characters")


def _size(value: Any, parts_of: Parts, length_of: Callable[[Any], int], known: Dict[int, int]) -> int:
    size = known.get(id(value))
    if size is None:
        known[id(value)] = 0  # while it is open: data that contains itself is rejected elsewhere
        size = length_of(value) + sum(_size(part, parts_of, length_of, known) for part in parts_of(value))
        known[id(value)] = size
    return size


def _parts_of(value: Any) -> Iterable[Any]:
    if is_mapping(value):
        return [*value.keys(), *value.values()]
    return value if is_list(value) else ()


def _length_of(value: Any) -> int:
    return len(value) + 1 if isinstance(value, (str, bytes)) else 1
