"""The vectors of a run in a file, batch by batch: NumPy's format, JSON lines, or Parquet."""

from __future__ import annotations

import json
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any, Dict, List, Optional, Type

from azure.ai.inference._commands.console import CommandError
from azure.ai.inference.runs import EmbeddingsBatch

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

_ROWS_OF_GROUP = 4096
_HEADER_OF_NPY = 128


class Vectors:
    """A file of vectors.

    :param file: the file to write to.
    """

    needs = ("numpy", "arrays")
    """A module, and the extra that installs it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.width = 0
        """The numbers of a vector; 0 until there is one."""

    def add(self, batch: EmbeddingsBatch) -> None:
        """Write the vectors of a batch."""
        vectors = batch.vectors
        self.width = vectors.shape[1] or self.width
        self.write(batch.start, vectors, batch.errors)

    def write(self, start: int, vectors: Array, errors: Dict[int, Exception]) -> None:
        """Write vectors, with a placeholder for each failed input."""
        raise NotImplementedError

    def finish(self) -> None:
        """Write the rest."""


class JsonLines(Vectors):
    """JSON lines: an object with ``index`` and ``embedding`` on each, which is null for failed inputs."""

    def write(self, start: int, vectors: Array, errors: Dict[int, Exception]) -> None:
        for index, row in enumerate(vectors.tolist(), start):
            line = {"index": index, "embedding": None if index in errors else row}
            self.file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")


class Npy(Vectors):
    """NumPy's format. The number of rows goes into the header at the end; failed inputs are rows of NaN, or 0."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self._rows = self._rows_without_width = 0
        self._type: Any = None
        file.write(bytes(_HEADER_OF_NPY))

    def write(self, start: int, vectors: Array, errors: Dict[int, Exception]) -> None:
        self._rows += len(vectors)
        self._type = vectors.dtype
        if self.width == 0:
            self._rows_without_width += len(vectors)
            return
        self._fill(self._rows_without_width)
        self._rows_without_width = 0
        if vectors.shape[1]:
            self.file.write(vectors.tobytes())
        else:
            self._fill(len(vectors))

    def _fill(self, rows: int) -> None:
        row = (float("nan") if self._type.kind == "f" else 0,) * self.width
        data = import_module("numpy").array(row, self._type).tobytes() if rows else b""
        for _ in range(rows):
            self.file.write(data)

    def finish(self) -> None:
        kind = "<f4" if self._type is None else self._type.str
        facts = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': ({self._rows}, {self.width}), }}"
        beginning = b"\x93NUMPY\x01\x00" + (_HEADER_OF_NPY - 10).to_bytes(2, "little")
        self.file.seek(0)
        self.file.write(beginning + facts.encode().ljust(_HEADER_OF_NPY - 11) + b"\n")


class Parquet(Vectors):
    """A table with the columns ``index`` and ``embedding``, which is null for failed inputs."""

    needs = ("pyarrow", "parquet")

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self._arrow: Any = import_module("pyarrow")
        self._parquet: Any = import_module("pyarrow.parquet")
        self._writer: Any = None
        self._type: Any = self._arrow.float32()
        self._indices: List[int] = []
        self._rows: List[Optional[Array]] = []

    def write(self, start: int, vectors: Array, errors: Dict[int, Exception]) -> None:
        if self._writer is None and vectors.shape[1]:
            self._type = self._arrow.from_numpy_dtype(vectors.dtype)
        for index, row in enumerate(vectors, start):
            self._indices.append(index)
            self._rows.append(None if index in errors else row)
        if len(self._rows) >= _ROWS_OF_GROUP and self.width:
            self._flush()

    def _flush(self) -> None:
        arrow = self._arrow
        schema = arrow.schema([("index", arrow.int64()), ("embedding", arrow.list_(self._type))])
        columns = [arrow.array(values, column.type) for values, column in zip((self._indices, self._rows), schema)]
        self._indices, self._rows = [], []
        self._writer = self._writer or self._parquet.ParquetWriter(self.file, schema)
        self._writer.write_table(arrow.Table.from_arrays(columns, schema=schema))

    def finish(self) -> None:
        if self._rows or self._writer is None:
            self._flush()
        writer: Any = self._writer
        writer.close()


FORMATS: Dict[str, Type[Vectors]] = {".npy": Npy, ".jsonl": JsonLines, ".parquet": Parquet}


def format_for(ending: str) -> Type[Vectors]:
    """Return the class of a file, by its ending.

    :raises CommandError: if a package is missing.
    """
    kind = FORMATS[ending]
    for module, extra in dict((Vectors.needs, kind.needs)).items():
        try:
            import_module(module)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != module:
                raise
            raise CommandError(f"{ending} needs {module}: pip install azure-ai-inference[{extra}]") from None
    return kind
