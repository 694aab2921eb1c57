"""JSON decoding: with orjson where it is installed and gives the same values, else with the standard library."""

from __future__ import annotations

import json
import re
from json.scanner import make_scanner
from typing import Any, Callable, Dict, List, Optional, Tuple, cast

from typing_extensions import TypeGuard

#: `type`, but the value stays Any for type checkers instead of a list or dict of unknown items.
type_of: Callable[[Any], Any] = type

_read_value: Callable[[str, int], Tuple[Any, int]] = cast(Any, make_scanner)(json.JSONDecoder())
_UNKNOWN: Any = object()
_accelerated: Optional[Callable[[bytes], Any]] = _UNKNOWN

# Digits become 0, the point stays, and anything that can precede a number becomes a space.
_SHAPE = (
    bytes(ord("0") if chr(byte).isdigit() else byte if byte == ord(".") else ord(" ") for byte in range(128))
    + b" " * 128
)
_KINDS = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}
#: Bytes from which orjson is worth its check for long integers. Below, that costs as much as orjson saves.
_WORTH_IT = 65536
#: How a vector in base64 begins. Where numbers are few, those that were decoded are checked, not the text: 4.3 in place
#: of 12.0 million instructions for 100 vectors.
_TEXT_VECTOR = rb'"embedding":\s*"'
_HEAD = 1024
_LEAST_LARGE = 2.0**63
_LONG_INTEGER = b" " + b"0" * 19


def loads(data: bytes) -> Any:
    """Return the value of a JSON text in UTF-8, with or without a byte order mark.

    :raises ValueError: if it is not valid JSON or UTF-8, or is nested too deeply for Python.
    """
    if _accelerated is None or len(data) < _WORTH_IT:
        try:
            # `json.loads` spends as long on the white space around a short text as on the text
            text = str(data, "utf-8")
            value, end = _read_value(text, 0)
            if end == len(text):
                return value
        except (StopIteration, ValueError, RecursionError):
            pass  # raised below, with its reason
        return _loads_slowly(data)
    return _loads_accelerated(data)


def _loads_slowly(data: bytes) -> Any:
    try:
        return json.loads(str(data, "utf-8-sig"))
    except RecursionError as error:
        raise ValueError("JSON is nested too deeply") from error


def _loads_accelerated(data: bytes) -> Any:
    accelerated = _accelerated if _accelerated is not _UNKNOWN else _find_orjson()
    if accelerated is None:
        return loads(data)
    few_numbers = re.search(_TEXT_VECTOR, data[:_HEAD]) is not None
    if few_numbers or not _has_long_integer(data):
        try:
            value = accelerated(data)
        except ValueError:
            pass  # NaN, infinity, lone surrogates, a byte order mark: the standard library decodes or refuses them
        else:
            if not few_numbers or not _has_large_float(value):
                return value
    return _loads_slowly(data)


def is_object(value: Any) -> TypeGuard[Dict[str, Any]]:
    """Return whether the value is a JSON object."""
    return isinstance(value, dict)


def is_array(value: Any) -> TypeGuard[List[Any]]:
    """Return whether the value is a JSON array."""
    return isinstance(value, list)


def kind_of(value: Any) -> str:
    """Return the JSON type of a decoded value, for an error message."""
    return _KINDS[type_of(value)]


def _has_long_integer(data: bytes) -> bool:
    """Return whether there may be an integer beyond 64 bits, which orjson would turn into a float."""
    shape = data.translate(_SHAPE)
    return _LONG_INTEGER in shape or shape.startswith(_LONG_INTEGER[1:])


def _has_large_float(value: Any) -> bool:
    """Return whether a decoded value has a float that may have been such an integer."""
    rest: List[Any] = [value]
    while rest:
        one = rest.pop()
        if type_of(one) is dict:
            rest.extend(one.values())
        elif type_of(one) is list:
            rest.extend(one)
        elif type_of(one) is float and abs(one) >= _LEAST_LARGE:
            return True
    return False


def _find_orjson() -> Optional[Callable[[bytes], Any]]:
    global _accelerated
    try:
        import orjson
    except ImportError:
        _accelerated = None
    else:
        _accelerated = orjson.loads
    return _accelerated
