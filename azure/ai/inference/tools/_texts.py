"""Results of tools, as the text that the model gets."""

from __future__ import annotations

import dataclasses
import datetime
import importlib
import json
from collections import abc
from decimal import Decimal
from enum import Enum
from typing import Any, Callable, List, Tuple
from uuid import UUID

from azure.ai.inference._model_base import Model


def result_text(value: Any) -> str:
    """Return a text as it is, and anything else as JSON.

    :raises TypeError: for a value that has no JSON form.
    :raises ValueError: for NaN and infinity, and for a value that contains itself.
    """
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return str.__str__(value)
    try:
        return json.dumps(value, default=_plainer, ensure_ascii=False, allow_nan=False)
    except RecursionError:
        raise ValueError("A result is nested too deeply for JSON.") from None


def _plainer(value: Any) -> Any:
    """Return a value one step closer to JSON."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    for kind, convert in _CONVERSIONS:
        if isinstance(value, kind):
            return convert(value)
    raise TypeError(f"A result of type {type(value).__name__} has no JSON form.")


def _duration(value: datetime.timedelta) -> Any:
    return importlib.import_module("isodate").duration_isoformat(value)


def _items(value: Any) -> List[Any]:
    try:
        return sorted(value)  # equal sets give equal texts
    except TypeError:
        return list(value)


def _refuse(value: Any) -> Any:
    raise TypeError(f"A result of {type(value).__name__} has no JSON form: return a text.")


#: The first row whose classes match converts a value.
_CONVERSIONS: Tuple[Tuple[Any, Callable[[Any], Any]], ...] = (
    (Model, Model._wire),
    (Enum, lambda value: value.value),
    ((datetime.date, datetime.time), lambda value: value.isoformat()),
    (datetime.timedelta, _duration),
    ((Decimal, UUID), str),
    ((bytes, bytearray, memoryview), _refuse),
    (abc.Mapping, dict),
    (abc.Set, _items),
    (abc.Sequence, list),
)
