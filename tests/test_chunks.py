"""Chunked bodies read from a buffer equal the bodies that were cut into chunks."""

from __future__ import annotations

from typing import List, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure.ai.inference._http.body_reader import dechunk

BODIES = st.lists(
    st.binary(min_size=1, max_size=40) | st.sampled_from([b"\r\n", b"0\r\n\r\n", b"\r\n5\r\n"]), max_size=6
)


def chunked(pieces: List[bytes]) -> bytes:
    """Return the parts as chunks, each after the line end of the previous one."""
    return b"".join(b"\r\n%x\r\n%b" % (len(piece), piece) for piece in pieces)


@given(BODIES, st.data())
def test_any_cut(pieces: List[bytes], data: st.DataObject) -> None:
    """A chunked body is read whole, wherever the buffer ends."""
    wire = chunked(pieces) + b"\r\n0\r\n\r\n"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=5)))
    body, buffer, left = b"", b"", 0
    for start, end in zip([0, *cuts], [*cuts, len(wire)]):
        buffer += wire[start:end]
        read, used, left = dechunk(buffer, left)
        body, buffer = body + read, buffer[used:]

    assert (body, buffer, left) == (b"".join(pieces), b"\r\n0\r\n\r\n", 0)


@pytest.mark.parametrize(
    ("buffered", "left", "taken"),
    [
        pytest.param(b"", 0, (b"", 0, 0), id="nothing there"),
        pytest.param(b"", 7, (b"", 0, 7), id="nothing there within a chunk"),
        pytest.param(b"abc", 3, (b"abc", 3, 0), id="up to the end of a chunk"),
        pytest.param(b"abc", 5, (b"abc", 3, 2), id="a part of a chunk"),
        pytest.param(b"\r\n4\r\nab", 0, (b"ab", 7, 2), id="the beginning of a chunk"),
        pytest.param(b"\r\nA\r\n", 0, (b"", 5, 10), id="a size without data"),
        pytest.param(b"a\r\n1\r\nb\r\n", 1, (b"ab", 7, 0), id="up to a line end"),
        pytest.param(b"a\r\n1", 1, (b"a", 1, 0), id="a size that may go on"),
        pytest.param(b"a\r\n1;x=y\r\nb", 1, (b"a", 1, 0), id="an extension"),
        pytest.param(b"a\r\n 1\r\nb", 1, (b"a", 1, 0), id="no size"),
        pytest.param(b"a\r\n-1\r\nb", 1, (b"a", 1, 0), id="a negative size"),
        pytest.param(b"ab1\r\nb", 1, (b"a", 1, 0), id="no line end"),
        pytest.param(b"a\r\n" + b"1" * 40 + b"\r\nb", 1, (b"a", 1, 0), id="a size beyond all bounds"),
        pytest.param(b"a\r\n0\r\nX: y\r\n\r\n", 1, (b"a", 1, 0), id="the last chunk"),
    ],
)
def test_what_is_left_in_the_buffer(buffered: bytes, left: int, taken: Tuple[bytes, int, int]) -> None:
    """Whatever http.client has to read or refuse is left to it, and data that have arrived are returned."""
    assert dechunk(buffered, left) == taken
