"""The reader of streams against a reference parser, with random streams cut at every place."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterable, List, Optional, Tuple

import pytest
from azure.core.exceptions import HttpResponseError, IncompleteReadError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from azure.ai.inference._core.sse import SSEDecoder
from azure.ai.inference._core.updates import UpdateReader
from azure.ai.inference.exceptions import ResponseDecodeError

from .reference_sse import ReferenceParser

FUZZ = settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])

PIECES = [
    *(b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n", b":", b" ", b"data", b"data:", b"data: ", b"event: error"),
    *(b"event:", b"id: 1", b"retry: 5", b": comment", b"\xef\xbb\xbf", b"\0", b"x", b"[DONE]", b"{}", b"\xc3", b"\xa9"),
    *(b'data: {"choices": [{"index": 0, "delta": {"content": "a"}}]}', b"data: [DONE]", b'{"error": {"message": "m"}}'),
    *(b'data: {"choices": [{"index": 0, "finish_reason": "stop"}]}', b"data: null", b'"usage": {"a": 1}', b"<", b"[1]"),
]
STREAMS = st.lists(st.sampled_from(PIECES), max_size=24).map(b"".join)


def decoded(chunks: Iterable[bytes]) -> List[Tuple[bytes, bytes]]:
    decoder = SSEDecoder()
    return [event for piece in chunks for event in decoder.feed(piece)]


def cuts(stream: bytes) -> Iterable[List[bytes]]:
    """Yield the stream whole, in single bytes, and cut in two at every place."""
    yield [stream]
    yield [stream[place : place + 1] for place in range(len(stream))]
    for place in range(len(stream) + 1):
        yield [stream[:place], stream[place:]]


@FUZZ
@given(STREAMS)
def test_decoder(stream: bytes) -> None:
    """Events are complete, and do not depend on where the network cuts the stream."""
    expected = ReferenceParser().parse(stream)
    for pieces in cuts(stream):
        assert decoded(pieces) == expected


@FUZZ
@given(STREAMS)
def test_rest(stream: bytes) -> None:
    """The rest at the end is the same event that a blank line would have ended."""
    whole = ReferenceParser().parse(stream)
    ended = ReferenceParser().parse(stream + b"\n\n")
    for pieces in cuts(stream):
        decoder = SSEDecoder()
        events = [event for piece in pieces for event in decoder.feed(piece)]
        rest = decoder.finish()
        assert events == whole
        assert [*events, *rest] == ended


class Answer:
    """The response for errors."""

    status_code = 200
    reason = "OK"

    def __init__(self) -> None:
        self.headers: Dict[str, str] = {}


Outcome = Tuple[List[Any], Optional[type], bool]


def read(pieces: Iterable[bytes]) -> Outcome:
    """Return the outcome of reading a stream: its updates, the class of the error, and whether [DONE] was seen."""
    reader = UpdateReader(Answer())
    updates: List[Any] = []
    error: Optional[type] = None
    try:
        for piece in pieces:
            reader.feed(piece)
            updates.extend(iter(reader.next_update, None))
            if reader.done:
                break
        else:
            reader.finish()
            updates.extend(iter(reader.next_update, None))
        reader.check_whole()
    except HttpResponseError as raised:
        error = type(raised)
    return updates, error, reader.done


@FUZZ
@given(STREAMS)
@example(b"event: error\ndata:{}\n\n")
def test_reader(stream: bytes) -> None:
    """The outcome does not depend on where the network cuts the stream, and errors are azure-core's."""
    expected = read([stream])
    assert expected[1] in (None, HttpResponseError, ResponseDecodeError, IncompleteReadError)
    for pieces in cuts(stream):
        assert read(pieces) == expected


def judged(stream: bytes) -> Optional[List[Any]]:
    """Return the updates of a stream up to [DONE], by the reference; None without [DONE] or with an odd event."""
    updates: List[Any] = []
    for kind, data in ReferenceParser().parse(stream):
        if kind == b"error":
            return None
        if data.strip() == b"[DONE]":
            return updates
        if data.strip():
            try:
                payload = json.loads(data.decode("utf-8"))
            except ValueError:
                return None
            if not isinstance(payload, dict) or payload.get("error"):
                return None
            if payload.get("choices") or payload.get("usage"):
                updates.append(payload)
    return None


LINE_ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
EVENTS: st.SearchStrategy[Any] = st.one_of(
    TEXTS.map(lambda text: {"choices": [{"index": 0, "delta": {"content": text}}]}),
    st.just({"choices": []}),
    st.just({"choices": [], "usage": {"total_tokens": 1}}),
)


@settings(FUZZ, max_examples=60)
@given(st.lists(st.tuples(EVENTS, st.booleans(), LINE_ENDS), max_size=6), st.booleans())
def test_whole_streams(items: List[Tuple[Any, bool, bytes]], marked: bool) -> None:
    """No update of a valid stream is lost or changed, whatever its text, line ends and cuts."""
    stream = b"\xef\xbb\xbf" if marked else b""
    for payload, comment, end in items:
        stream += b": comment" + end if comment else b""
        stream += b"data: " + json.dumps(payload, ensure_ascii=False).encode() + end * 2
    stream += b"data: [DONE]\n\n"
    expected = judged(stream)
    assert expected == [payload for payload, _, _ in items if payload["choices"] or payload.get("usage")]
    for pieces in cuts(stream):
        assert read(pieces) == (expected, None, True)


@settings(FUZZ, max_examples=60)
@given(st.lists(st.tuples(EVENTS, st.booleans(), st.integers(1, 3), st.booleans()), max_size=6), LINE_ENDS)
def test_single_line_ends(items: List[Tuple[Any, bool, int, bool]], end: bytes) -> None:
    """No update is lost or changed where some or all events end with a single line end."""
    stream = b""
    for payload, comment, ends, spans in items:
        text = json.dumps(payload, ensure_ascii=False).encode()
        if spans:  # such an event has its blank line, and none runs into it
            text = text.replace(b": ", b":" + end + b"data: ", 1) + end
            stream += end
        stream += (b": comment" + end if comment else b"") + b"data: " + text + end * ends
    stream += b"data: [DONE]" + end
    expected = [payload for payload, *_ in items if payload["choices"] or payload.get("usage")]
    for pieces in cuts(stream):
        assert read(pieces) == (expected, None, True)


#: Streams whose events were written down by hand, to judge the reference itself.
KNOWN = [
    (b"data: a\n\n", [(b"", b"a")]),
    (b"data: a\ndata: b\n\n", [(b"", b"a\nb")]),
    (b"data\n\n", [(b"", b"")]),
    (b"data:\n\n", [(b"", b"")]),
    (b"data:  a\n\n", [(b"", b" a")]),
    (b"event: e\ndata: a\n\ndata: b\n\n", [(b"e", b"a"), (b"", b"b")]),
    (b"event: e\n\ndata: b\n\n", [(b"", b"b")]),
    (b": c\n\ndata: a\r\n\r\n", [(b"", b"a")]),
    (b"data: a\r\rdata: b\r\n\n", [(b"", b"a"), (b"", b"b")]),
    (b"\xef\xbb\xbfdata: a\n\n", [(b"", b"a")]),
    (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", []),
    (b" data: a\n\nDATA: b\n\n", []),
    (b"data: a\n", []),
    (b"data: a", []),
]


@pytest.mark.parametrize("stream, events", KNOWN)
def test_reference(stream: bytes, events: List[Tuple[bytes, bytes]]) -> None:
    """The reference itself is correct, on which the tests above rely."""
    assert ReferenceParser().parse(stream) == events
    assert decoded([stream]) == events
