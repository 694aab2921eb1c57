"""Responses with status 200: invalid ones raise a clear error with the response on it, odd ones stay as they are."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any, Dict, List, NamedTuple

import pytest
from azure.core.exceptions import AzureError, DecodeError, IncompleteReadError, ServiceResponseError
from worlds import World, wait

from azure.ai.inference.exceptions import ResponseDecodeError
from azure.ai.inference.models import AssistantMessage

from .calls import ANSWER, COMPLETION, ask, chat, failure_of
from .raw_server import Answer, Gate, RawServer, chunked, cut, head, reset, whole

DEEP = 100_000


class Case(NamedTuple):
    """An invalid response, and the error that a correct client raises for it."""

    says: str
    answer: Answer
    error: type
    tells: str = ""


NOT_JSON = [
    Case("nothing", whole(b""), ResponseDecodeError, "empty"),
    Case("nothing, called text", whole(b"", kind="text/plain"), ResponseDecodeError, "empty"),
    Case("nothing, called nothing", whole(b"", kind=None), ResponseDecodeError, "empty"),
    Case("nothing in chunks", chunked(b"", kind="application/json"), ResponseDecodeError, "empty"),
    Case("blanks", whole(b" \r\n "), ResponseDecodeError),
    Case("HTML", whole(b"<html>Sign in</html>", kind="text/html"), ResponseDecodeError, "<html>"),
    Case("HTML called JSON", whole(b"<html>Sign in</html>"), ResponseDecodeError),
    Case("text", whole(b"Please wait.", kind="text/plain"), ResponseDecodeError, "Please wait."),
    Case("text called JSON", whole(b"Please wait."), ResponseDecodeError),
    Case("text called nothing", whole(b"Please wait.", kind=None), ResponseDecodeError),
    Case("XML", whole(b"<a><b/></a>", kind="application/xml"), ResponseDecodeError),
    Case("broken XML", whole(b"<a><b>", kind="application/xml"), ResponseDecodeError),
    Case("binary", whole(b"\x89PNG\xff\xfe", kind="application/octet-stream"), ResponseDecodeError),
    Case("binary called JSON", whole(b"\x89PNG\xff\xfe"), ResponseDecodeError),
    Case("binary called text", whole(b"\x89PNG\xff\xfe", kind="text/plain"), ResponseDecodeError),
    Case("a list", whole(b"[1]"), ResponseDecodeError, "an array"),
    Case("a string", whole(b'"a"'), ResponseDecodeError, "str"),
    Case("a number", whole(b"1"), ResponseDecodeError, "a number"),
    Case("true", whole(b"true"), ResponseDecodeError, "bool"),
    Case("null", whole(b"null"), ResponseDecodeError, "null"),
    Case("JSON cut off", whole(ANSWER[:40]), ResponseDecodeError),
    Case("JSON and more", whole(ANSWER + b"}"), ResponseDecodeError),
    Case("two JSON texts", whole(ANSWER + b"\n" + ANSWER), ResponseDecodeError),
    Case("events", whole(b"data: {}\n\n", kind="text/event-stream"), ResponseDecodeError, "data:"),
    Case("invalid UTF-8", whole(b'{"id": "\xff"}'), ResponseDecodeError),
    Case(
        "invalid UTF-8, called so",
        whole(b'{"id": "\xff"}', kind="application/json; charset=utf-8"),
        ResponseDecodeError,
    ),
    Case("an unknown charset", whole(b'{"id": "\xff"}', kind="application/json; charset=klingon"), ResponseDecodeError),
    Case("lists nested too deeply", whole(b"[" * DEEP + b"]" * DEEP), ResponseDecodeError),
    Case("objects nested too deeply", whole(b'{"a":' * DEEP + b"1" + b"}" * DEEP), ResponseDecodeError),
    Case(
        "nested too deeply, called text",
        whole(b'{"a":' * DEEP + b"1" + b"}" * DEEP, kind="text/plain"),
        ResponseDecodeError,
    ),
    Case("a number of too many digits", whole(b'{"id": ' + b"9" * 5000 + b"}"), ResponseDecodeError),
]
BROKEN = [
    Case("gzip in name only", whole(ANSWER, Content_Encoding="gzip"), DecodeError, "content-encoding: "),
    Case(
        "corrupt gzip",
        whole(b"\x1f\x8b\x08\0" + b"\xff" * 40, Content_Encoding="gzip"),
        DecodeError,
        "content-encoding: ",
    ),
    Case("gzip cut off", whole(gzip.compress(ANSWER)[:40], Content_Encoding="gzip"), DecodeError),
    Case("deflate in name only", whole(ANSWER, Content_Encoding="deflate"), DecodeError, "content-encoding: "),
    Case("shorter than its length", [head(Content_Length=999) + ANSWER, cut], IncompleteReadError, "ended"),
    Case("reset before its length", [head(Content_Length=999) + ANSWER[:9], reset], IncompleteReadError, "ended"),
    Case("nothing of its length", [head(Content_Length=999), cut], IncompleteReadError, "ended"),
    Case("cut within a chunk", [*chunked(ANSWER[:9], kind="application/json"), b"50\r\n{", cut], IncompleteReadError),
    Case("cut before the last chunk", [*chunked(ANSWER, kind="application/json"), cut], IncompleteReadError),
    Case("a chunk size that is no number", [head(Transfer_Encoding="chunked"), b"zz\r\n{}\r\n", cut], AzureError),
]
NO_ANSWER = [
    Case("cut before the status", [cut], ServiceResponseError),
    Case("reset before the status", [reset], ServiceResponseError),
    Case("cut within the status", [b"HTTP/1.1 2", cut], ServiceResponseError),
    Case("cut within the headers", [b"HTTP/1.1 200 OK\r\nContent-Ty", cut], AzureError),
    Case("no HTTP at all", [b"SSH-2.0-OpenSSH_9.6\r\n", cut], ServiceResponseError),
    Case("a status that is no number", [b"HTTP/1.1 abc OK\r\n\r\n", cut], ServiceResponseError),
]


@pytest.mark.asyncio
@pytest.mark.parametrize("case", NOT_JSON + BROKEN + NO_ANSWER, ids=lambda case: case.says)
async def test_failing(world: World, case: Case) -> None:
    """An invalid response raises the package's error with the response on it, and the client stays usable."""
    with RawServer(case.answer, whole(ANSWER)) as server:
        async with chat(world, server) as client:
            error: Any = await failure_of(ask(client))
            after = await ask(client)
    if case not in NO_ANSWER and case.error is not AzureError:
        assert error.response.status_code == 200
    assert isinstance(error, case.error), repr(error)
    assert case.tells in str(error)
    assert after == COMPLETION


def _answer(value: Any) -> bytes:
    return json.dumps(value).encode()


#: Ways to send the same response, each of which a correct client reads.
READABLE: Dict[str, Answer] = {
    "plain": whole(ANSWER),
    "a byte order mark": whole(b"\xef\xbb\xbf" + ANSWER),
    "called octets": whole(ANSWER, kind="application/octet-stream"),
    "called text": whole(ANSWER, kind="text/plain"),
    "called HTML": whole(ANSWER, kind="text/html"),
    "called events": whole(ANSWER, kind="text/event-stream"),
    "called nothing": whole(ANSWER, kind=None),
    "called problem+json": whole(ANSWER, kind="application/problem+json"),
    "called JSON of UTF-8": whole(ANSWER, kind="application/json; charset=utf-8"),
    "called JSON in capitals": whole(ANSWER, kind="Application/JSON;Charset=UTF-8"),
    "UTF-16": whole(ANSWER.decode().encode("utf-16"), kind="application/json; charset=utf-16"),
    "zipped": whole(ANSWER, zipped=True),
    "zipped in capitals": whole(gzip.compress(ANSWER), Content_Encoding="GZIP"),
    "deflated": whole(zlib.compress(ANSWER), Content_Encoding="deflate"),
    "deflated raw": whole(zlib.compress(ANSWER)[2:-4], Content_Encoding="deflate"),
    "in chunks": chunked(ANSWER[:9], ANSWER[9:], b"", kind="application/json"),
    "zipped in chunks": chunked(gzip.compress(ANSWER), b"", kind="application/json", Content_Encoding="gzip"),
    "until the end": [head(Connection="close") + ANSWER, cut],
    "HTTP/1.0": [b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + ANSWER, cut],
    "after a 100": [b"HTTP/1.1 100 Continue\r\n\r\n", *whole(ANSWER)],
    "a byte at a time": [bytes([byte]) for step in whole(ANSWER) if isinstance(step, bytes) for byte in step],
}


@pytest.mark.asyncio
@pytest.mark.parametrize("says", READABLE)
async def test_readable(world: World, says: str) -> None:
    """A valid response is read, however a service or gateway labels or frames it."""
    with RawServer(READABLE[says]) as server:
        async with chat(world, server) as client:
            assert await ask(client) == COMPLETION


@pytest.mark.asyncio
async def test_response_encoding(world: World) -> None:
    """A caller's `response_encoding` overrides a wrong charset."""
    with RawServer(whole(ANSWER.decode().encode("utf-16"), kind="application/json; charset=utf-8")) as server:
        async with chat(world, server) as client:
            assert await ask(client, response_encoding="utf-16") == COMPLETION


#: Wrong JSON types, and the values that fields return for them: the JSON, unchanged.
ODD_TYPES: Dict[str, Any] = {
    "choices null": {"choices": None},
    "choices a string": {"choices": "none"},
    "choices an object": {"choices": {"0": {}}},
    "choices of strings": {"choices": ["a", None, 3, [1]]},
    "a message that is a list": {"choices": [{"message": ["hi"]}]},
    "content that is a list": {"choices": [{"message": {"content": [{"type": "text", "text": "x"}]}}]},
    "a finish reason that is a number": {"choices": [{"finish_reason": 5}]},
    "an index that is a string": {"choices": [{"index": "zero"}]},
    "created as text": {"created": "yesterday"},
    "created beyond all time": {"created": 10**40},
    "created as a list": {"created": [1]},
    "usage a number": {"usage": 7},
    "tool calls that are text": {"choices": [{"message": {"tool_calls": "look"}}]},
    "tool calls of nulls": {"choices": [{"message": {"tool_calls": [None]}}]},
    "an empty object": {},
    "unknown keys": {"novel": {"a": [1]}},
}


@pytest.mark.asyncio
@pytest.mark.parametrize("says", ODD_TYPES)
async def test_odd_types(world: World, says: str) -> None:
    """A response with odd types is read without an error, and nothing in it changes."""
    given = ODD_TYPES[says]
    with RawServer(whole(_answer(given))) as server:
        async with chat(world, server) as client:
            answer = await ask(client)
    assert answer.as_dict() == given
    for name in ("id", "created", "model", "choices", "usage"):
        getattr(answer, name)
    choices: List[Any] = answer.choices if isinstance(answer.choices, list) else []
    assert [getattr(choice, "finish_reason", None) for choice in choices] == [
        choice.get("finish_reason") if isinstance(choice, dict) else None
        for choice in given.get("choices") or ()
        if isinstance(given.get("choices"), list)
    ]
    assert str(answer)


@pytest.mark.asyncio
async def test_fifty_megabytes(world: World) -> None:
    """A large response is read whole, in time proportional to its size."""
    text = "x" * 50_000_000
    big = _answer({"choices": [{"message": {"content": text}}]})
    with RawServer(whole(big)) as server:
        async with chat(world, server) as client:
            answer = await ask(client)
    assert answer.choices[0].message.content == text


@pytest.mark.asyncio
async def test_body_behind_its_head(world: World) -> None:
    """A body that arrives long after its head is not lost."""
    gate = Gate()
    with RawServer([head(Content_Length=len(ANSWER)), gate, ANSWER]) as server:
        async with chat(world, server, raw_response_hook=lambda _: None) as client:
            gate.open()
            assert await ask(client) == COMPLETION


CALL = {"id": "1", "function": {"name": "f", "arguments": "{}"}}
TYPED = {**CALL, "type": "function"}


def _calls(*calls: Any) -> Dict[str, Any]:
    message = {"role": "assistant", "content": None, "tool_calls": list(calls)}
    return {"choices": [{"index": 0, "finish_reason": "tool_calls", "message": message}]}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "missing", [CALL, {**CALL, "type": None}, {**CALL, "type": ""}], ids=["absent", "null", "empty"]
)
async def test_tool_call_without_type(world: World, missing: Any) -> None:
    """A tool call without its constant type gets it, so that the service accepts the history."""
    body = _answer(_calls(missing, TYPED))
    with RawServer(whole(body)) as server:
        async with chat(world, server) as client:
            unread, read = await ask(client), await ask(client)
            assert unread.as_dict() == unread == _calls(TYPED, TYPED)
            assert [call.type for call in read.choices[0].message.tool_calls] == ["function", "function"]
            assert read["choices"][0]["message"]["tool_calls"][0]["type"] == "function"
            assert str(read) == json.dumps(read.as_dict(), indent=2)
            for completion in (unread, read):
                message = completion.choices[0].message
                await wait(client.complete(messages=[message, AssistantMessage(tool_calls=message.tool_calls)]))
    for request in server.requests[2:]:
        for sent in json.loads(request.body)["messages"]:
            assert [call["type"] for call in sent["tool_calls"]] == ["function", "function"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "given", [_calls({**CALL, "type": "custom"}), _calls("look", None), {"choices": [None, {"message": "hi"}]}]
)
async def test_other_tool_calls(world: World, given: Any) -> None:
    """A tool call of another type, or of an odd one, is not changed."""
    with RawServer(whole(_answer(given))) as server:
        async with chat(world, server) as client:
            assert (await ask(client)).as_dict() == given
