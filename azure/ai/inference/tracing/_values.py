"""Values out of JSON bodies, which may be anything: what is not of the wanted type counts as missing. No I/O."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from collections.abc import Sequence as SequenceABC
from enum import Enum
from typing import Any, Dict, Mapping, Optional, Sequence, Union, cast


def some(values: Mapping[str, Any]) -> Dict[str, Any]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def text(value: Any) -> Optional[str]:
    """A text that is not empty."""
    return value if isinstance(value, str) and value else None


def number(value: Any) -> Optional[Union[int, float]]:
    """A number."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def integer(value: Any) -> Optional[int]:
    """A whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def positive(value: Any) -> Optional[int]:
    """A whole number above zero."""
    whole = integer(value)
    return whole if whole is not None and whole > 0 else None


def mapping(value: Any) -> Mapping[str, Any]:
    """A JSON object; an empty one in place of anything else."""
    return cast("Mapping[str, Any]", value) if isinstance(value, MappingABC) else {}


def mappings(value: Any) -> Sequence[Mapping[str, Any]]:
    """The JSON objects in a list."""
    return [cast("Mapping[str, Any]", item) for item in items(value) if isinstance(item, MappingABC)]


def items(value: Any) -> Sequence[Any]:
    """The items of a list; a text is none."""
    is_list = isinstance(value, SequenceABC) and not isinstance(value, (str, bytes))
    return cast("Sequence[Any]", value) if is_list else ()


def plain(value: Any) -> Any:
    """The value of an enum's member; anything else as it is."""
    return value.value if isinstance(value, Enum) else value
