"""The vectors of batches and runs as arrays. NumPy is imported when the first one is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional, Sequence

from azure.ai.inference._vectors import load_numpy, type_of_format
from azure.ai.inference.runs._batches import Part

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

_FIRST_ROWS = 1024
_GROWTH = 1.5


def array_of(parts: Sequence[Part], count: int, encoding_format: Any) -> Array:
    """Return the vectors of a batch: rows of NaN, or of 0 in integer formats, where there are none.

    :param parts: the vectors that there are.
    :param count: the number of inputs.
    """
    if len(parts) == 1 and len(parts[0].indices) == count:
        whole: Array = parts[0].content.as_array(encoding_format)
        return whole
    numpy = load_numpy()
    data_type = numpy.dtype(type_of_format(encoding_format))
    width = parts[0].content.width if parts else 0
    vectors: Array = numpy.full((count, width), _filling(data_type), data_type)
    for part in parts:
        vectors[part.indices] = part.content.as_array(encoding_format)
    return vectors


def _filling(data_type: Any) -> Any:
    return float("nan") if data_type.kind == "f" else 0


class Collector:
    """Collects the vectors of a run in one array, by place.

    :param total: the number of inputs, if it is known.
    :param out: the array to fill; None to make one.
    :raises TypeError: if ``out`` is not an array.
    :raises ValueError: if ``out`` is read-only, has too few rows, or does not have two dimensions.
    """

    def __init__(self, total: Optional[int], out: Optional[Array]) -> None:
        self._numpy = load_numpy()
        if out is not None and not isinstance(out, self._numpy.ndarray):
            raise TypeError(f"out must be an array, not {type(out).__name__}")
        if out is not None and out.ndim != 2:
            raise ValueError(f"out must have two dimensions, not {out.ndim}")
        if out is not None and not out.flags.writeable:
            raise ValueError("out is read-only")
        if out is not None and total is not None and len(out) < total:
            raise ValueError(f"out has {len(out)} rows, and the run has {total} inputs")
        self._total = total
        self._out: Optional[Array] = out
        self._vectors: Any = out
        self._first: Optional[int] = None
        self._end = 0
        self.errors: Dict[int, Exception] = {}

    @property
    def start(self) -> int:
        """The first place."""
        return self._first or 0

    @property
    def count(self) -> int:
        """The number of inputs from the first place to the last."""
        return self._end - self.start

    def add(self, start: int, vectors: Array, errors: Dict[int, Exception]) -> None:
        """Add the vectors of a batch.

        :raises ValueError: if ``out`` has too few rows, or rows of another length.
        :raises TypeError: if ``out`` has a data type that cannot hold them.
        """
        rows = slice(start, start + len(vectors))
        self._first = start if self._first is None else min(start, self._first)
        self._end = max(self._end, rows.stop)
        self.errors.update(errors)
        if self._out is not None:
            self._check(self._out, vectors, rows.stop)
        target = self._target(vectors, rows.stop)
        if vectors.shape[1]:
            target[rows] = vectors
        elif self._out is not None:
            target[rows] = _filling(target.dtype)

    def _check(self, out: Array, vectors: Array, end: int) -> None:
        if end > len(out):
            raise ValueError(f"out has {len(out)} rows, and the run has more inputs")
        if vectors.shape[1] not in (0, out.shape[1]):
            raise ValueError(f"The rows of out have {out.shape[1]} numbers, the vectors {vectors.shape[1]}")
        if not self._numpy.can_cast(vectors.dtype, out.dtype, "same_kind"):
            raise TypeError(f"out holds {out.dtype}, which cannot hold the {vectors.dtype} of the vectors")

    def _target(self, vectors: Array, end: int) -> Any:
        """Return the array to write to, with at least so many rows. Rows never written hold no vectors."""
        target = self._vectors
        if target is None and not vectors.shape[1]:
            return vectors
        if target is None:
            rows = max(end, _FIRST_ROWS if self._total is None else self._total)
            shape = (rows, vectors.shape[1])
            target = self._vectors = self._numpy.full(shape, _filling(vectors.dtype), vectors.dtype)
        elif end > len(target):
            self._resize(max(end, int(_GROWTH * len(target))))
        return target

    def _resize(self, rows: int) -> None:
        before = len(self._vectors)
        self._vectors.resize((rows, self._vectors.shape[1]), refcheck=False)
        self._vectors[before:] = _filling(self._vectors.dtype)

    def result(self, encoding_format: Any) -> Array:
        """Return the array."""
        if self._out is not None:
            return self._out
        if self._vectors is None:
            self._vectors = self._numpy.empty((self._end, 0), type_of_format(encoding_format))
        elif len(self._vectors) != self._end:
            self._resize(self._end)
        rows: Array = self._vectors[self.start :] if self.start else self._vectors
        return rows
