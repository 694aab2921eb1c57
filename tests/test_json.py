"""JSON decodes to the same values with and without orjson."""

from __future__ import annotations

import json
import math
from typing import Any, List
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure.ai.inference import _json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.fixture(params=["standard library", "orjson"])
def decoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decode with and without orjson; the former only where it is installed."""
    if request.param == "orjson":
        monkeypatch.setattr(_json, "_accelerated", pytest.importorskip("orjson").loads)
        monkeypatch.setattr(_json, "_WORTH_IT", 0)
    else:
        monkeypatch.setattr(_json, "_accelerated", None)


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2.5, "x", null, true]}', {"a": [1, 2.5, "x", None, True]}),
        ("[18446744073709551615, 18446744073709551616]", [18446744073709551615, 18446744073709551616]),
        ("[-9223372036854775808,-9223372036854775809]", [-9223372036854775808, -9223372036854775809]),
        ("18446744073709551616", 18446744073709551616),
        ('{"a":123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
        ("[0.00012345678901234567]", [0.00012345678901234567]),
        ("[1e400, -1e400]", [math.inf, -math.inf]),
        ("[Infinity]", [math.inf]),
        ('["\\ud800"]', ["\ud800"]),
        ("\ufeff{}", {}),
        (' {"a":1,"a":2}\n', {"a": 2}),
        ("[-0, -0.0]", [0, -0.0]),
    ],
)
def test_values(text: str, value: Any) -> None:
    """JSON decodes to the same values, whatever is installed."""
    read = _json.loads(text.encode())

    assert repr(read) == repr(value)


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize(
    "data", [b"", b"{", b"[1,]", b"\xff", b'"\xed\xa0\x80"', b"[" * 100_000, b" " + b"[" * 100_000, b"{} {}", b"<html>"]
)
def test_what_is_no_json(data: bytes) -> None:
    """Bytes that are not JSON raise a ValueError."""
    with pytest.raises(ValueError):
        _json.loads(data)


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize(
    "number", ["18446744073709551615", "18446744073709551616", "-9223372036854775809", "1e400", "1e30", "1.5"]
)
def test_numbers_beside_vectors_in_base64(number: str) -> None:
    """A long integer beside vectors in base64, whose text is not searched for one, stays an integer."""
    text = f'{{"data": [{{"embedding": "AAAA", "index": [{{"n": {number}}}]}}]}}'
    assert repr(_json.loads(text.encode())) == repr(json.loads(text))


@pytest.mark.parametrize(("length", "calls"), [(100, 0), (100_000, 1)])
def test_orjson_reads_long_texts_only(
    length: int, calls: int, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    """Short texts, for which orjson is no faster, are decoded without it; long ones with it."""
    if pytestconfig.getoption("--orjson"):
        pytest.skip("here, orjson decodes short ones too")
    seen: List[bytes] = []
    monkeypatch.setattr(_json, "_accelerated", lambda data: [seen.append(data), json.loads(data)][1])
    assert _json.loads(b'"%b"' % (b"x" * length)) == "x" * length
    assert len(seen) == calls


@given(VALUES)
def test_orjson_reads_what_the_standard_library_reads(value: Any) -> None:
    """Installing orjson changes no response."""
    orjson = pytest.importorskip("orjson")
    text = json.dumps(value)

    with mock.patch.multiple(_json, _WORTH_IT=0, _accelerated=orjson.loads):
        assert repr(_json.loads(text.encode())) == repr(json.loads(text))
