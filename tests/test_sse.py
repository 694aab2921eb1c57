"""The decoder of server-sent events, against the examples and rules of the WHATWG HTML standard, section 9.2."""

from __future__ import annotations

import tracemalloc
from typing import List

import pytest

from azure.ai.inference._core.sse import Event, SSEDecoder


def events_of(*chunks: bytes) -> List[Event]:
    """Return the events of a body that arrives in these chunks, without an unfinished one at its end."""
    decoder = SSEDecoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


STREAMS = [
    pytest.param(b"data: YHOO\ndata: +2\ndata: 10\n\n", [(b"", b"YHOO\n+2\n10")], id="several data lines"),
    pytest.param(
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        [(b"", b"first event"), (b"", b"second event"), (b"", b" third event")],
        id="comment, ids, and one space taken off",
    ),
    pytest.param(b"data\n\ndata\ndata\n\ndata:", [(b"", b""), (b"", b"\n")], id="data without a value"),
    pytest.param(b"data:test\n\ndata: test\n\n", [(b"", b"test"), (b"", b"test")], id="the space is optional"),
    pytest.param(b"event: add\ndata: 1\n\ndata: 2\n\n", [(b"add", b"1"), (b"", b"2")], id="an event's type is its own"),
    pytest.param(b"event: add\n\ndata: 2\n\n", [(b"", b"2")], id="a type without data is no event"),
    pytest.param(b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", [(b"", b"a"), (b"", b"b"), (b"", b"c")], id="all line ends"),
    pytest.param(b"data: a\r\n\rdata: b\n\r\n", [(b"", b"a"), (b"", b"b")], id="line ends mixed"),
    pytest.param(b"\xef\xbb\xbfdata: a\n\n", [(b"", b"a")], id="a byte order mark at the start"),
    pytest.param(b"data: \xef\xbb\xbfa\n\n", [(b"", b"\xef\xbb\xbfa")], id="a byte order mark elsewhere"),
    pytest.param(b"data: a\n\n\xef\xbb\xbfdata: b\n\n", [(b"", b"a")], id="a byte order mark ahead of a later event"),
    pytest.param(b"retry: 1\nfoo: bar\ndata: a\n\n", [(b"", b"a")], id="other fields"),
    pytest.param(b" data: a\n\n", [], id="a field name is taken to the letter"),
    pytest.param(b"\n\n\ndata: a\n\n\n\n\n", [(b"", b"a")], id="blank lines between"),
    pytest.param(b"data: a:b\n\n", [(b"", b"a:b")], id="a colon in the value"),
    pytest.param(
        "data: é\u2028\x85 \U0001f600\n\n".encode(), [(b"", "é\u2028\x85 \U0001f600".encode())], id="no other line ends"
    ),
    pytest.param(b"data: a\n", [], id="an event without its blank line"),
]


@pytest.mark.parametrize(("body", "events"), STREAMS)
def test_events_of_a_whole_body(body: bytes, events: List[Event]) -> None:
    """A legal stream is read as the standard says."""
    assert events_of(body) == events


@pytest.mark.parametrize(("body", "events"), STREAMS)
def test_chunks_may_end_anywhere(body: bytes, events: List[Event]) -> None:
    """The events do not depend on where the network cuts a stream."""
    for cut in range(len(body) + 1):
        assert events_of(body[:cut], b"", body[cut:]) == events
    assert events_of(*(body[i : i + 1] for i in range(len(body)))) == events


def test_event_comes_with_its_last_byte() -> None:
    """An event is returned with its last byte."""
    for end in (b"\n\n", b"\r\r", b"\r\n\r\n"):
        assert events_of(b"data: a" + end) == [(b"", b"a")]
    assert events_of(b"data: a\r\n\r") == [(b"", b"a")]


@pytest.mark.parametrize(
    ("rest", "event"),
    [(b"data: a", (b"", b"a")), (b"event: e\ndata: a\ndata: b\n", (b"e", b"a\nb")), (b": comment", None), (b"", None)],
)
def test_the_end_gives_what_is_left(rest: bytes, event: Event) -> None:
    """An event whose blank line a server forgot is returned at the end."""
    decoder = SSEDecoder()
    decoder.feed(b"data: first\n\n" + rest)

    assert decoder.finish() == ([] if event is None else [event])


def judging_decoder() -> SSEDecoder:
    """Return a decoder for which data in braces are whole, and nothing follows [DONE]."""
    return SSEDecoder(lambda data: data[:1] + data[-1:] == b"{}", lambda data: data == b"[DONE]")


SINGLE = [
    pytest.param([b"data: {1}\ndata:"], [(b"", b"{1}")], id="the next line has begun"),
    pytest.param([b"data: {1}\n", b"d", b"ata", b":"], [(b"", b"{1}")], id="the next line begins in pieces"),
    pytest.param([b"data: {1}\ndata"], [], id="the next line is unknown"),
    pytest.param([b"data: {1}\ndatax: 1\n"], [], id="the next line is another field"),
    pytest.param([b"data: {1}\n: c\ndata: {2}\n\n"], [(b"", b"{1}"), (b"", b"{2}")], id="a comment between"),
    pytest.param([b"data: {1\ndata: }\ndata: {3}\n"], [], id="data that go on wait for a blank line"),
    pytest.param([b"data: {1\ndata: }\n\ndata: {3}\ndata:"], [(b"", b"{1\n}"), (b"", b"{3}")], id="and come with it"),
    pytest.param([b"data:\ndata: {1}\ndata: {2}\n\n"], [(b"", b"\n{1}"), (b"", b"{2}")], id="a blank line of data"),
    pytest.param([b"data: {1}\ndata: [DONE]\n"], [(b"", b"{1}"), (b"", b"[DONE]")], id="the last line"),
    pytest.param([b"data: a\ndata: [DONE]\n"], [], id="a last line that is part of an event"),
    pytest.param(
        [b"event: a\ndata: {1}\nevent: b\ndata: {2}\n\n"], [(b"a", b"{1}"), (b"b", b"{2}")], id="a type for each"
    ),
    pytest.param([b"data: {1}\nevent: b\n\n"], [(b"b", b"{1}")], id="a type behind the data"),
]


@pytest.mark.parametrize(("chunks", "events"), SINGLE)
def test_single_line_ends(chunks: List[bytes], events: List[Event]) -> None:
    """The events of a service that sends no blank lines are returned at once, and kept apart."""
    decoder = judging_decoder()
    assert [event for chunk in chunks for event in decoder.feed(chunk)] == events
    body = b"".join(chunks)
    decoder = judging_decoder()
    assert [event for place in range(len(body)) for event in decoder.feed(body[place : place + 1])] == events


def test_single_line_ends_in_flat_memory() -> None:
    """A stream without blank lines is not kept until its end."""
    decoder = judging_decoder()
    tracemalloc.start()
    try:
        for number in range(20_000):
            assert len(decoder.feed(b"data: {%s}\n: c\n" % (b"x" * 100))) == (number > 0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20_000


def test_lines_are_judged_once() -> None:
    """An event of many lines takes linear time."""
    judged: List[bytes] = []
    decoder = SSEDecoder(lambda data: bool(judged.append(data)))
    for _ in range(1000):
        assert decoder.feed(b"data: {\n") == []
    assert judged == [b"{"]


def test_long_event_in_many_chunks() -> None:
    """An event in many chunks is joined correctly, in linear time."""
    decoder = SSEDecoder()
    for _ in range(200_000):
        assert decoder.feed(b"data: 0123456789\n") == []

    assert decoder.feed(b"\n") == [(b"", b"\n".join([b"0123456789"] * 200_000))]
