"""Vectors as arrays: of results, of batches, and of whole runs."""

from __future__ import annotations

import base64
import subprocess
import sys
from typing import Any, List, Optional, Sequence

import numpy as np
import pytest

from azure.ai.inference._vectors import pack
from azure.ai.inference.models import EmbeddingEncodingFormat, EmbeddingItem, EmbeddingsResult
from azure.ai.inference.runs._arrays import Collector, array_of
from azure.ai.inference.runs._batches import Part

NAN = float("nan")


def as_text(*numbers: float, kind: str = "<f4") -> str:
    return base64.b64encode(np.array(numbers, kind).tobytes()).decode()


def result_of(*rows: Any, indices: Optional[Sequence[int]] = None) -> EmbeddingsResult:
    numbered = zip(indices or range(len(rows)), rows)
    return EmbeddingsResult({"data": [{"index": index, "embedding": row} for index, row in numbered]})


def same(array: Any, expected: Sequence[Sequence[float]], kind: str = "float32") -> bool:
    """Return whether an array has these rows and this type, may be written to, and shares nothing."""
    array[...] = array
    return bool(
        array.dtype == kind
        and np.array_equal(array, np.array(expected, kind).reshape(array.shape), equal_nan=kind == "float32")
    )


@pytest.mark.parametrize("encoding_format", ["float", "base64", EmbeddingEncodingFormat.FLOAT])
def test_floats(encoding_format: Any) -> None:
    """Numbers and base64 are 32-bit floats, whatever was asked for, in the order of the inputs."""
    result = result_of([1, 2.5], as_text(3, 4), [0.1, -0.0], indices=[2, 0, 1])

    assert same(result.as_array(encoding_format), [[3, 4], [0.1, -0.0], [1, 2.5]])
    assert same(result.data[0].as_array(encoding_format), [[1, 2.5]])
    assert result.data[0].as_array().shape == (2,)


@pytest.mark.parametrize(
    ("encoding_format", "kind", "numbers"),
    [
        ("int8", "int8", [-128, 0, 127]),
        ("binary", "int8", [-128, 0, 127]),
        ("uint8", "uint8", [0, 128, 255]),
        (EmbeddingEncodingFormat.UBINARY, "uint8", [0, 128, 255]),
    ],
)
def test_integers(encoding_format: Any, kind: str, numbers: List[int]) -> None:
    """Integer formats have integers of 8 bits, as numbers, as floats without a fraction, or as base64 of bytes."""
    result = result_of(numbers, list(map(float, numbers)), as_text(*numbers, kind=kind))

    assert same(result.as_array(encoding_format), [numbers] * 3, kind)


def test_nothing() -> None:
    """A result without vectors is an empty array of two dimensions."""
    assert result_of().as_array().shape == (0, 0)
    assert EmbeddingsResult({}).as_array().shape == (0, 0)


@pytest.mark.parametrize(
    "row",
    [None, "é", "AAA=", "AACAPw=", "AAC!APw==", "AACA-w==", [], ["x"], [None], {"a": 1}, 5, [1e400, 10**400]],
    ids=repr,
)
def test_no_vector(row: Any) -> None:
    """An invalid vector is a ValueError, and never an array of something else."""
    with pytest.raises(ValueError, match="vector"):
        EmbeddingItem({"embedding": row}).as_array()
    with pytest.raises(ValueError, match="vector"):
        result_of([1.0], row).as_array()


def test_base64_in_lines() -> None:
    """White space is no part of base64."""
    assert same(result_of("AACA\r\nPw==\n").as_array(), [[1]])


@pytest.mark.parametrize("numbers", [[128], [-129], [0.5], [1e400], [NAN]])
def test_no_integers(numbers: List[float]) -> None:
    """Numbers that are not bytes are refused."""
    with pytest.raises(ValueError, match="list of numbers of its format"):
        result_of(numbers).as_array("int8")


def test_an_unknown_format() -> None:
    """The error names the known ones."""
    with pytest.raises(ValueError, match="'float16'") as raised:
        result_of([1.0]).as_array("float16")
    assert "ubinary" in str(raised.value)


def test_wrong_indices() -> None:
    """Wrong indices are refused, so that no vector gets to the wrong input."""
    with pytest.raises(ValueError, match="indices"):
        result_of([1.0], [2.0], indices=[1, 2]).as_array()


def test_changed_items_count() -> None:
    """The array has what the model has now."""
    result = result_of([1.0], [2.0])
    result.data[1].embedding = [3.0]
    result.data.append(EmbeddingItem(index=2, embedding=[4.0]))

    assert same(result.as_array(), [[1], [3], [4]])


def part(indices: Sequence[int], *rows: Any, kind: str = "float") -> Part:
    return Part(indices, pack(rows, kind))


def test_the_array_of_a_batch() -> None:
    """Rows without a vector are NaN, or 0 for integers; without any vector the width is unknown."""
    assert same(array_of([part([0, 1], [1], [2])], 2, "float"), [[1], [2]])
    assert same(array_of([part([2], [3]), part([0], [1])], 4, "float"), [[1], [NAN], [3], [NAN]])
    assert same(array_of([part([1], [7], kind="int8")], 2, "int8"), [[0], [7]], "int8")
    assert array_of([], 3, "float").shape == (3, 0)
    assert array_of([], 3, "int8").dtype == np.int8


def collected(total: Optional[int], *batches: Any, out: Any = None) -> Collector:
    collector = Collector(total, out)
    for start, rows in batches:
        array = np.array(rows, "float32").reshape(len(rows), -1)
        collector.add(start, array, {start: ValueError()} if not rows[0] else {})
    return collector


@pytest.mark.parametrize("total", [None, 1, 5, 9])
def test_collecting(total: Optional[int]) -> None:
    """Batches in any order have their places, whatever length the source reported; failed ones are NaN."""
    collector = collected(total, (3, [[], []]), (0, [[1], [2]]), (2, [[3]]))

    assert (collector.start, collector.count, sorted(collector.errors)) == (0, 5, [3])
    assert same(collector.result("float"), [[1], [2], [3], [NAN], [NAN]])


def test_collecting_many() -> None:
    """An array that grows keeps its rows."""
    collector = collected(None, *[(start, [[float(start)]] * 300) for start in range(0, 9000, 300)])
    vectors = collector.result("float")

    assert vectors.shape == (9000, 1)
    assert vectors[:, 0].tolist() == [start // 300 * 300 for start in range(9000)]


def test_collecting_nothing_and_failures_only() -> None:
    """There is no width without a vector."""
    assert Collector(0, None).result("float").shape == (0, 0)
    assert collected(3, (0, [[], []])).result("float").shape == (2, 0)


def test_collecting_the_rest() -> None:
    """A run that was iterated before is collected from there on."""
    collector = collected(9, (4, [[5], [6]]))

    assert (collector.start, collector.count) == (4, 2)
    assert same(collector.result("float"), [[5], [6]])


def test_collecting_into_an_array() -> None:
    """The array is filled by place, and is the result."""
    out = np.full((6, 2), 9, "float64")
    collector = collected(None, (3, [[1, 2]]), (0, [[], []]), out=out)

    assert collector.result("float") is out
    assert np.array_equal(out, [[NAN, NAN]] * 2 + [[9, 9], [1, 2]] + [[9, 9]] * 2, equal_nan=True)


@pytest.mark.parametrize(
    ("out", "error"),
    [
        ([[1.0]], TypeError),
        (np.zeros(5, "float32"), ValueError),
        (np.zeros((2, 1), "float32"), ValueError),
        (np.zeros((9, 2), "float32"), ValueError),
        (np.zeros((9, 1), "int8"), TypeError),
    ],
    ids=["a list", "one dimension", "too few rows", "too wide", "integers"],
)
def test_an_array_that_does_not_fit(out: Any, error: Any) -> None:
    """An array with too few rows, rows of another length or another type is refused."""
    with pytest.raises(error, match="out"):
        collected(None, (0, [[1], [2], [3]]), out=out)


def test_an_array_that_cannot_fit_is_refused_at_once() -> None:
    """An array that cannot fit is refused before any vector is paid for."""
    fixed = np.zeros((3, 1), "float32")
    fixed.flags.writeable = False

    with pytest.raises(ValueError, match="out is read-only"):
        Collector(3, fixed)
    with pytest.raises(ValueError, match="out has 2 rows, and the run has 3 inputs"):
        Collector(3, np.zeros((2, 1), "float32"))


def test_without_numpy() -> None:
    """The error names the extra."""
    script = (
        "import sys; sys.modules['numpy'] = None\n"
        "from azure.ai.inference.models import EmbeddingItem\n"
        "EmbeddingItem(embedding=[1.0]).as_array()"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert "pip install azure-ai-inference[arrays]" in ended.stderr.splitlines()[-1]
