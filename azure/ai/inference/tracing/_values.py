"""Values of JSON bodies, which may be anything: a value of another type than the expected one is missing. No I/O.

And the names that OpenTelemetry does not promise, which are used in this module and nowhere else.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping as MappingABC
from collections.abc import Sequence as SequenceABC
from enum import Enum
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple, Union, cast

from azure.ai.inference._core.texts import encodable

#: opentelemetry-api 1: the key of a context in which nothing is recorded; it saves no time. Public way: the older key,
#: which OpenTelemetry's ``suppress_instrumentation`` sets beside it, and which is honored in any case.
SUPPRESSION = "_SUPPRESS_INSTRUMENTATION_KEY"
_PUBLIC_SUPPRESSION = "suppress_instrumentation"

#: opentelemetry-api 1.15 and later: log records; it saves no time. Public way: no log records.
LOGS = "opentelemetry._logs"


def suppression_keys(context: Any) -> Tuple[str, ...]:
    """Return the keys of OpenTelemetry's contexts in which nothing is recorded.

    :param context: the module ``opentelemetry.context``.
    """
    private: Optional[str] = getattr(context, SUPPRESSION, None)
    return (_PUBLIC_SUPPRESSION,) if private is None else (private, _PUBLIC_SUPPRESSION)


def logs_api() -> Any:
    """Return OpenTelemetry's module for log records; None if there is none."""
    try:
        return importlib.import_module(LOGS)
    except ImportError:
        return None


def exportable(value: Any) -> Any:
    """Return a value with texts that can be encoded; an exporter would refuse the whole batch otherwise."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, MappingABC):
        return {exportable(name): exportable(item) for name, item in mapping(value).items()}
    return tuple(map(exportable, items(value))) if isinstance(value, (list, tuple)) else value


def some(values: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def text(value: Any) -> Optional[str]:
    """Return a text that is not empty; None for anything else."""
    return value if isinstance(value, str) and value else None


def number(value: Any) -> Optional[Union[int, float]]:
    """Return a number; None for anything else."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def integer(value: Any) -> Optional[int]:
    """Return a whole number; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def positive(value: Any) -> Optional[int]:
    """Return a whole number above zero; None for anything else."""
    whole = integer(value)
    return whole if whole is not None and whole > 0 else None


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a JSON object; an empty one for anything else."""
    return cast("Mapping[str, Any]", value) if isinstance(value, MappingABC) else {}


def mappings(value: Any) -> Sequence[Mapping[str, Any]]:
    """Return the JSON objects in a list."""
    return [cast("Mapping[str, Any]", item) for item in items(value) if isinstance(item, MappingABC)]


def items(value: Any) -> Sequence[Any]:
    """Return the items of a list; none for a text or anything else."""
    is_list = isinstance(value, SequenceABC) and not isinstance(value, (str, bytes))
    return cast("Sequence[Any]", value) if is_list else ()


def plain(value: Any) -> Any:
    """Return the value of an enum's member; anything else as it is."""
    return value.value if isinstance(value, Enum) else value
