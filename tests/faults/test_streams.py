"""Streams with faults deliver everything before the fault, and then raise the right error."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any, Callable, List, NamedTuple, Optional

import pytest
from azure.core.exceptions import (
    AzureError,
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
)
from worlds import World, updates_of

from azure.ai.inference.exceptions import ContentFilterError, ContextLengthError, ResponseDecodeError

from .calls import ANSWER, DONE, END, STREAM, A, B, ask, chat, event, read, update
from .raw_server import LAST_CHUNK, Answer, Gate, RawServer, chunked, cut, head, reset, stall, whole

EVENTS = "text/event-stream"
ZIPPED = gzip.compress(STREAM)


class Case(NamedTuple):
    """A stream and its outcome in a correct client."""

    says: str
    answer: Callable[[Gate], Answer]
    texts: List[Optional[str]]
    error: Optional[type] = None
    tells: str = ""


def sent(says: str, body: bytes, texts: List[Optional[str]], error: Optional[type] = None, tells: str = "") -> Case:
    """Return the case of a body that arrives whole, over a connection without faults."""
    return Case(says, lambda gate: chunked(body, b""), texts, error, tells)


def error_event(details: Any, kind: bytes = b"") -> bytes:
    return kind + event(json.dumps(details).encode())


def closed_by_end(gate: Gate) -> Answer:
    return [head(kind=EVENTS, Connection="close") + STREAM, cut]


def length(extra: int, body: bytes = STREAM) -> bytes:
    return head(kind=EVENTS, Content_Length=len(body) + extra) + body


WRONG_EVENTS = [
    sent("an event that is no JSON", A + event(b"{oops"), ["a"], ResponseDecodeError, "decoded"),
    sent("an event cut off in its JSON", A + event(update("b")[:20]), ["a"], ResponseDecodeError, "decoded"),
    sent("an event of invalid UTF-8", A + event(b'{"id": "\xff"}'), ["a"], ResponseDecodeError, "decoded"),
    sent("an event of UTF-8 cut within a character", A + event('{"é'.encode()[:-1]), ["a"], ResponseDecodeError),
    sent("an event that is a list", A + event(b"[1]"), ["a"], ResponseDecodeError, "not an array"),
    sent("an event that is a string", A + event(b'"b"'), ["a"], ResponseDecodeError, "not a string"),
    sent("an event that is a number", A + event(b"1"), ["a"], ResponseDecodeError, "not a number"),
    sent("an event nested too deeply", A + event(b"[" * 100000), ["a"], ResponseDecodeError, "decoded"),
    sent("an event nested too deeply in an object", A + event(b'{"a":' * 100000), ["a"], ResponseDecodeError),
    sent("a first event that is no JSON", event(b"oops") + A, [], ResponseDecodeError, "decoded"),
    sent("an event with a lone surrogate's bytes", A + event(b'{"id": "\xed\xa0\x80"}'), ["a"], ResponseDecodeError),
]
ERRORS = [
    sent(
        "an error of type error among single lines",
        A[:-1] + b"event: error\n" + event(b'{"message": "broken"}')[:-1] + B,
        ["a"],
        HttpResponseError,
        "broken",
    ),
    sent("a line that is no JSON among single lines", A[:-1] + event(b"{oops")[:-1] + B, ["a"], ResponseDecodeError),
    sent(
        "an error object in place of an event",
        A + error_event({"error": {"code": "overloaded", "message": "too busy"}}),
        ["a"],
        HttpResponseError,
        "(overloaded) too busy",
    ),
    sent(
        "an error object before anything else",
        error_event({"error": {"code": "bad", "message": "no such model"}}),
        [],
        HttpResponseError,
        "(bad) no such model",
    ),
    sent(
        "an event of type error",
        A + error_event({"error": {"code": "1", "message": "broken"}}, b"event: error\n"),
        ["a"],
        HttpResponseError,
        "(1) broken",
    ),
    sent(
        "an event of type error without an error object",
        A + error_event({"message": "bare"}, b"event: error\n"),
        ["a"],
        HttpResponseError,
        "bare",
    ),
    sent("an error that is a string", A + error_event({"error": "gone"}), ["a"], HttpResponseError, "gone"),
    sent("an error event that is text", A + b"event: error\n" + event(b"gone"), ["a"], HttpResponseError, "gone"),
    sent(
        "an error event that is a JSON string", A + b'event: error\ndata: "gone"\n\n', ["a"], HttpResponseError, "gone"
    ),
    sent("an error event without data", A + b"event: error\ndata:\n\n" + END, ["a"], HttpResponseError),
    sent("an error event of an empty object", A + b"event: error\n" + event(b"{}"), ["a"], HttpResponseError, "error"),
    sent(
        "an error without code and message",
        A + error_event({"error": {"type": "odd"}}),
        ["a"],
        HttpResponseError,
        "odd",
    ),
    sent("an error that is a list", A + error_event({"error": ["gone"]}), ["a"], HttpResponseError, "gone"),
    sent(
        "an error with a numeric code",
        A + error_event({"error": {"code": 500, "message": "x"}}),
        ["a"],
        HttpResponseError,
        "500",
    ),
    sent(
        "an error with odd details",
        A + error_event({"error": {"code": "c", "message": "x", "details": 5}}),
        ["a"],
        HttpResponseError,
        "(c) x",
    ),
    sent(
        "an error with an odd inner error",
        A + error_event({"error": {"message": "x", "innererror": "y"}}),
        ["a"],
        HttpResponseError,
        "x",
    ),
    sent(
        "an error event that is an object cut off",
        A + b"event: error\n" + event(b'{"error": {'),
        ["a"],
        HttpResponseError,
    ),
    sent(
        "an error of the content filter",
        A + error_event({"error": {"code": "content_filter", "message": "filtered"}}),
        ["a"],
        ContentFilterError,
        "filtered",
    ),
    sent(
        "an error of the context's length",
        error_event({"error": {"code": "context_length_exceeded", "message": "too long"}}),
        [],
        ContextLengthError,
        "too long",
    ),
    sent("an empty error beside choices", event(update("a", error=None)) + END + DONE, ["a", None]),
    Case(
        "an error object in a plain answer",
        lambda gate: whole(b'{"error": {"code": "bad", "message": "no such model"}}'),
        [],
        HttpResponseError,
        "(bad) no such model",
    ),
]
BROKEN_OFF = [
    Case("cut before a finish reason", lambda gate: [*chunked(A, B), cut], ["a", "b"], IncompleteReadError),
    Case("reset before a finish reason", lambda gate: [*chunked(A, gate), reset], ["a"], IncompleteReadError),
    Case("cut within a chunk", lambda gate: [*chunked(A), b"40\r\ndata: {", cut], ["a"], IncompleteReadError),
    Case("cut within a chunk's size", lambda gate: [*chunked(A), b"4", cut], ["a"], IncompleteReadError),
    Case(
        "a chunk size that is no number", lambda gate: [*chunked(A), gate, b"zz\r\n", cut], ["a"], IncompleteReadError
    ),
    Case("cut at the length's middle", lambda gate: [length(100, A), cut], ["a"], IncompleteReadError),
    Case("reset at the length's middle", lambda gate: [length(100, A), gate, reset], ["a"], IncompleteReadError),
    Case("closed by the end, without finish", lambda gate: [head(kind=EVENTS) + A, cut], ["a"], IncompleteReadError),
    Case("nothing at all", lambda gate: whole(b"", kind=EVENTS), [], IncompleteReadError),
    Case("nothing at all in chunks", lambda gate: chunked(b""), [], IncompleteReadError),
    Case(
        "cut after the head",
        lambda gate: [head(kind=EVENTS, Transfer_Encoding="chunked"), cut],
        [],
        IncompleteReadError,
    ),
    sent("a clean end without finish", A + B, ["a", "b"], IncompleteReadError, "ended"),
    sent(
        "a clean end with one of two choices open",
        A + event(update("c", index=1)) + END,
        ["a", "c", None],
        IncompleteReadError,
    ),
    sent("an event begun and not ended", A + b'data: {"choices"', ["a"], IncompleteReadError),
    sent("comments only", b": keep-alive\n\n: keep-alive\n\n", [], IncompleteReadError),
    sent("blank lines only", b"\n\n\n\n", [], IncompleteReadError),
    sent("a byte order mark only", b"\xef\xbb\xbf", [], IncompleteReadError),
    sent("events without data only", b"event: ping\nid: 3\n\n", [], IncompleteReadError),
    Case(
        "cut within a gzip body",
        lambda gate: [head(kind=EVENTS, Content_Encoding="gzip", Connection="close") + gzip.compress(A * 9)[:-9], cut],
        ["a"] * 9,
        IncompleteReadError,
    ),
    Case(
        "a gzip body that ends too soon in good order",
        lambda gate: chunked(gzip.compress(A)[:15], b"", Content_Encoding="gzip"),
        [],
        IncompleteReadError,
    ),
    Case(
        "plain JSON cut off",
        lambda gate: [head(Content_Length=len(ANSWER)) + ANSWER[:30], cut],
        [],
        IncompleteReadError,
    ),
]
UNDECODABLE = [
    Case(
        "a gzip body that is corrupt",
        lambda gate: whole(ZIPPED[:20] + b"\xff" * 20 + ZIPPED[40:], kind=EVENTS, Content_Encoding="gzip"),
        [],
        DecodeError,
        "content-encoding: gzip",  # aiohttp 3.8 does not say more
    ),
    Case(
        "gzip in name only",
        lambda gate: whole(STREAM, kind=EVENTS, Content_Encoding="gzip"),
        [],
        DecodeError,
        "content-encoding: gzip",  # aiohttp 3.8 does not say more
    ),
    Case("HTML", lambda gate: whole(b"<html>Sign in</html>", kind="text/html"), [], ResponseDecodeError, "<html>"),
    Case("HTML after blanks", lambda gate: whole(b"\n <!doctype html>", kind="text/html"), [], ResponseDecodeError),
    Case("text", lambda gate: whole(b"Please try later.", kind="text/plain"), [], ResponseDecodeError, "Please"),
    Case(
        "text that begins like a field",
        lambda gate: whole(b"idle, sorry", kind="text/plain"),
        [],
        ResponseDecodeError,
        "idle",
    ),
    Case(
        "text with a colon", lambda gate: whole(b"Note: sorry\n\n", kind="text/plain"), [], ResponseDecodeError, "Note"
    ),
    Case("binary", lambda gate: whole(b"\x89PNG\r\n\x00\xff", kind="image/png"), [], ResponseDecodeError),
    Case("a plain list", lambda gate: whole(b"[1, 2]"), [], ResponseDecodeError, "not an array"),
    Case("plain JSON that is cut", lambda gate: whole(ANSWER[:30]), [], ResponseDecodeError),
    Case("plain null", lambda gate: whole(b"null"), [], ResponseDecodeError),
    Case("a plain string", lambda gate: whole(b'"sorry"'), [], ResponseDecodeError, "sorry"),
    Case("plain JSON lines", lambda gate: whole(update("a") + b"\n" + update("b")), [], ResponseDecodeError),
]
WHOLE = [
    sent("all in order", STREAM, ["a", "b", None]),
    sent("carriage returns and line feeds", STREAM.replace(b"\n", b"\r\n"), ["a", "b", None]),
    sent("carriage returns", STREAM.replace(b"\n", b"\r"), ["a", "b", None]),
    sent("a byte order mark", b"\xef\xbb\xbf" + STREAM, ["a", "b", None]),
    sent("no space behind the colon", STREAM.replace(b"data: ", b"data:"), ["a", "b", None]),
    sent("comments, ids and types between", b": hi\n\nid: 1\nevent: message\nretry: 5\n" + STREAM, ["a", "b", None]),
    sent("data over several lines", A.replace(b', "choices"', b',\ndata: "choices"') + END + DONE, ["a", None]),
    sent("single line ends", STREAM.replace(b"\n\n", b"\n"), ["a", "b", None]),
    sent("single line ends of two bytes", STREAM.replace(b"\n\n", b"\r\n"), ["a", "b", None]),
    sent("single line ends, without [DONE]", (A + END).replace(b"\n\n", b"\n"), ["a", None]),
    sent("single and double line ends", A[:-1] + B + END[:-1] + DONE, ["a", "b", None]),
    sent(
        "types and comments between single lines", b"event: x\n" + A[:-1] + b": c\nevent: x\n" + END[:-1], ["a", None]
    ),
    Case(
        "single line ends, where the next line has only begun",
        lambda gate: chunked(A[:-1] + b"dat", b"a:", gate, B[5:-1], END[:-1], b""),
        ["a", "b", None],
    ),
    Case(
        "single line ends, and nothing behind [DONE]",
        lambda gate: [head(kind=EVENTS) + (A + END).replace(b"\n\n", b"\n") + DONE[:-1], stall],
        ["a", None],
    ),
    Case(
        "two single lines in one event, and a stop",
        lambda gate: chunked(A[:-1] + B, gate, END + DONE, b""),
        ["a", "b", None],
    ),
    sent("empty events of null", A + event(b"null") + event(b" null ") + END + DONE, ["a", None]),
    sent("finished, without [DONE]", A + END, ["a", None]),
    sent("a last event without its blank line", A + END[:-1], ["a", None]),
    sent("[DONE] without its blank line", A + b"data: [DONE]", ["a"]),
    sent("[DONE] with blanks around", A + event(b" [DONE] "), ["a"]),
    sent("[DONE] without finish reason", A + DONE, ["a"]),
    sent("[DONE] only", DONE, []),
    sent("more behind [DONE]", A + DONE + B + event(b"{oops"), ["a"]),
    sent("empty data between", A + event(b"") + event(b" ") + END + DONE, ["a", None]),
    sent("updates without choices", event(update("a")) + event(b'{"choices": [], "id": "1"}') + DONE, ["a"]),
    sent("usage without choices", A + event(b'{"choices": [], "usage": {"total_tokens": 1}}') + DONE, ["a", None]),
    sent("both of two choices finished", A + event(update("c", "stop", 1)) + END, ["a", "c", None]),
    Case("events called JSON", lambda gate: whole(STREAM), ["a", "b", None]),
    Case("events called text", lambda gate: whole(STREAM, kind="text/plain"), ["a", "b", None]),
    Case("events called nothing", lambda gate: whole(STREAM, kind=None), ["a", "b", None]),
    Case("plain JSON", lambda gate: whole(ANSWER), ["hello"]),
    Case("plain JSON called events", lambda gate: whole(ANSWER, kind=EVENTS), ["hello"]),
    Case("plain JSON with a byte order mark", lambda gate: whole(b"\xef\xbb\xbf" + ANSWER), ["hello"]),
    Case(
        "plain JSON over lines",
        lambda gate: whole(json.dumps(json.loads(ANSWER), indent=1).encode() + b"\n\n"),
        ["hello"],
    ),
    Case("plain JSON, zipped", lambda gate: whole(ANSWER, zipped=True), ["hello"]),
    Case("closed by its end", closed_by_end, ["a", "b", None]),
    Case("zipped", lambda gate: whole(STREAM, kind=EVENTS, zipped=True), ["a", "b", None]),
    Case(
        "zipped in chunks of a byte",
        lambda gate: chunked(*(ZIPPED[i : i + 1] for i in range(len(ZIPPED))), b"", Content_Encoding="gzip"),
        ["a", "b", None],
    ),
    Case(
        "deflated with its wrapper",
        lambda gate: whole(zlib.compress(STREAM), kind=EVENTS, Content_Encoding="deflate"),
        ["a", "b", None],
    ),
    Case(
        "in chunks of a byte",
        lambda gate: chunked(*(STREAM[i : i + 1] for i in range(len(STREAM))), b""),
        ["a", "b", None],
    ),
    Case(
        "a character cut in two by chunks",
        lambda gate: chunked('data: {"choices": [{"delta": {"content": "é'.encode()[:-1], b'\xa9"}}]}\n\n' + DONE, b""),
        ["é"],
    ),
    Case(
        "chunks with extensions",
        lambda gate: [
            head(kind=EVENTS, Transfer_Encoding="chunked") + b"%x;a=b\r\n%s\r\n" % (len(STREAM), STREAM) + LAST_CHUNK
        ],
        ["a", "b", None],
    ),
    Case("chunks with trailers", lambda gate: [*chunked(STREAM), b"0\r\nX-End: 1\r\n\r\n"], ["a", "b", None]),
    Case("cut after [DONE]", lambda gate: [*chunked(STREAM), cut], ["a", "b", None]),
    Case("reset after [DONE]", lambda gate: [*chunked(A, gate, END + DONE), reset], ["a", None]),
    Case("a length too long, after [DONE]", lambda gate: [length(100), cut], ["a", "b", None]),
    Case(
        "a length too short, after [DONE]",
        lambda gate: [head(kind=EVENTS, Content_Length=len(STREAM)) + A, gate, B + END + DONE + b"too long", cut],
        ["a", "b", None],
    ),
    Case(
        "a broken chunk after [DONE]",
        lambda gate: [*chunked(A, gate, B + END + DONE), b"zz\r\n", cut],
        ["a", "b", None],
    ),
]
CASES = WRONG_EVENTS + ERRORS + BROKEN_OFF + UNDECODABLE + WHOLE


@pytest.mark.asyncio
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
async def test_stream(world: World, case: Case) -> None:
    """Nothing is lost, made up or hidden, and the client stays usable."""
    gate = Gate()
    with RawServer(case.answer(gate), whole(ANSWER)) as server:
        async with chat(world, server) as client:
            texts, error = await read(await ask(client, stream=True), gate)
            after = await ask(client)
    assert texts == case.texts, repr(error)
    assert isinstance(error, case.error or type(None)), repr(error)
    assert after.choices[0].message.content == "hello"
    if error is not None:
        _check_error(error, case.tells)


def _check_error(error: Exception, tells: str) -> None:
    """Check that an error is azure-core's, has the response, says what it should, and has the right bases."""
    assert isinstance(error, AzureError)
    assert error.response.status_code == 200  # type: ignore[attr-defined]
    assert tells in str(error)
    assert isinstance(error, ValueError) is isinstance(error, ResponseDecodeError)


@pytest.mark.asyncio
async def test_odd_choices_of_a_whole_response(world: World) -> None:
    """A response that comes whole instead of as a stream is delivered unchanged, even with odd choices."""
    choices: List[Any] = [5, None, "a", [], {"index": 0, "finish_reason": "stop"}]
    with RawServer(whole(json.dumps({"choices": choices}).encode())) as server:
        async with chat(world, server) as client:
            updates = await updates_of(await ask(client, stream=True))
    assert [update.as_dict() for update in updates] == [{"choices": choices}]


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", [cut, reset], ids=["cut", "reset"])
async def test_cause(world: World, fault: Any) -> None:
    """The cause of a broken stream is among the error's causes."""
    gate = Gate()
    with RawServer([*chunked(A, gate), fault]) as server:
        async with chat(world, server) as client:
            _, error = await read(await ask(client, stream=True), gate)
    assert isinstance(error, IncompleteReadError)
    assert error.__cause__ is error.inner_exception is not None
