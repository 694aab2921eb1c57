"""Vectors as services send them, packed into one buffer that NumPy sees as an array."""

from __future__ import annotations

import sys
from array import array
from binascii import a2b_base64
from enum import Enum
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, NamedTuple, Sequence, Tuple, Union

from azure.ai.inference._json import is_array

if TYPE_CHECKING:
    import numpy

_NO_NUMPY = "Arrays need NumPy: pip install azure-ai-inference[arrays]"
_FLOAT, _SIGNED, _UNSIGNED = ("f", "<f4"), ("b", "|i1"), ("B", "|u1")
#: The type code of `array` and the data type of NumPy for each encoding format.
_FORMATS: Dict[str, Tuple[str, str]] = {
    "base64": _FLOAT,
    "binary": _SIGNED,
    "float": _FLOAT,
    "int8": _SIGNED,
    "ubinary": _UNSIGNED,
    "uint8": _UNSIGNED,
}


class Vectors(NamedTuple):
    """Vectors of one length."""

    buffer: bytearray
    """Their numbers, one vector after the other, in the byte order of the data type."""
    rows: int
    width: int
    """The numbers of each vector."""

    def as_array(self, encoding_format: Any) -> numpy.ndarray[Any, Any]:
        """Return the vectors as a writable array of shape (rows, width), which shares the buffer."""
        np, data_type = load_numpy(), type_of_format(encoding_format)
        flat = np.frombuffer(self.buffer, data_type) if self.buffer else np.empty(0, data_type)
        vectors: numpy.ndarray[Any, Any] = flat.reshape((self.rows, self.width))
        return vectors


def load_numpy() -> Any:
    """Return NumPy.

    :raises ImportError: if it is not installed.
    """
    try:
        import numpy
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        raise ImportError(_NO_NUMPY, name="numpy") from error
    return numpy


def type_of_format(encoding_format: Any) -> str:
    """Return the data type of vectors; that of floats for a format that only the service knows."""
    return _codes_of(encoding_format)[1]


def pack(rows: Sequence[Any], encoding_format: Any) -> Vectors:
    """Pack vectors, each a list of numbers or a base64 text, whatever the format is.

    :raises ValueError: for anything else, and for vectors of different lengths.
    """
    code = _codes_of(encoding_format)[0]
    parts = [_bytes_of(row, code) for row in rows]
    lengths = set(map(len, parts))
    if len(lengths) > 1:
        raise ValueError("The vectors have different lengths.")
    length, size = (lengths.pop() if lengths else 0), array(code).itemsize
    if rows and not length:
        raise ValueError("The vectors are empty.")
    if length % size:
        raise ValueError(f"A vector of {length} bytes holds no whole number of {size}-byte numbers.")
    return Vectors(bytearray().join(parts), len(parts), length // size)


def arrays_of(rows: Sequence[Any], encoding_format: Any) -> numpy.ndarray[Any, Any]:
    """Return vectors as an array, a row for each.

    :raises ImportError: if NumPy is not installed.
    :raises ValueError: for what :func:`pack` refuses, and an unknown format.
    """
    if _name_of(encoding_format) not in _FORMATS:
        raise ValueError(f"encoding_format must be one of {', '.join(_FORMATS)}, not {encoding_format!r}")
    return pack(rows, encoding_format).as_array(encoding_format)


def in_order(items: Any, expected: int) -> List[Any]:
    """Return the vectors of a response's items in the order of the inputs.

    :param items: mappings with ``embedding`` and ``index``; without any index, they are in order.
    :param expected: the number of inputs.
    :raises ValueError: if there are more or fewer, or if the indices are not those of the inputs.
    """
    if not is_array(items) or not all(isinstance(item, Mapping) for item in items):
        raise ValueError("The response has no list of vectors.")
    found: List[Mapping[str, Any]] = items
    if len(found) != expected:
        raise ValueError(f"The response has {len(found)} vectors for {expected} inputs.")
    indices = [item.get("index") for item in found]
    if any(index is not None for index in indices):
        positions = {index: position for position, index in enumerate(indices) if type(index) is int}
        if positions.keys() != set(range(expected)):
            raise ValueError(f"The vectors of the response do not have the indices 0 to {expected - 1}, once each.")
        found = [found[positions[index]] for index in range(expected)]
    return [item.get("embedding") for item in found]


def _bytes_of(row: Any, code: str) -> Union[bytes, bytearray]:
    """Return the bytes of a vector.

    :raises ValueError: if it is neither a list of numbers that fit nor base64.
    """
    try:
        return _decoded(row) if type(row) is str else _little(_numbers(row, code))
    except (TypeError, OverflowError, ValueError):
        raise ValueError("A vector is neither a list of numbers of its format nor base64.") from None


def _decoded(text: str) -> bytes:
    """Return the bytes of base64.

    :raises ValueError: for other characters than those of base64 and white space: `a2b_base64` skips them.
    """
    data = a2b_base64(text)
    length = 4 * ((len(data) + 2) // 3)
    if len(text) != length and sum(map(len, text.split())) != length:
        raise ValueError(text)
    return data


def _numbers(row: Any, code: str) -> array[Any]:
    if not is_array(row):
        raise TypeError(row)
    try:
        return array(code, row)
    except TypeError:
        if code == "f" or not all(isinstance(value, (int, float)) for value in row):
            raise
    if not all(value == int(value) for value in row):
        raise ValueError(row)
    return array(code, map(int, row))  # integers that a service writes as floats


def _little(numbers: array[Any]) -> bytes:
    if sys.byteorder == "big":  # pragma: no cover - no such machine in the tests
        numbers.byteswap()
    return numbers.tobytes()


def _name_of(encoding_format: Any) -> Any:
    return encoding_format.value if isinstance(encoding_format, Enum) else encoding_format


def _codes_of(encoding_format: Any) -> Tuple[str, str]:
    name = _name_of(encoding_format)
    return _FORMATS.get(name, _FLOAT) if isinstance(name, str) else _FLOAT
