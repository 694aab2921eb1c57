"""Heads of responses that are read at once are read as the standard library reads them."""

from __future__ import annotations

import http.client
import io
import random
from typing import Any, Dict, List, Optional

import pytest

from azure.ai.inference._http.heads import begin_at_once

ROUNDS = 4000
"""A million took 3 minutes and found no difference."""

STATUS_LINES = [
    *(b"HTTP/1.1 200 OK", b"HTTP/1.1 404 Not Found", b"HTTP/1.1 204 No Content", b"HTTP/1.1 304 Not Modified"),
    *(
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 ",
        b"HTTP/1.1  200 OK",
        b"HTTP/1.1 200  OK",
        b"HTTP/1.1 200 OK ",
        b"HTTP/1.1 +20 x",
    ),
    *(
        b"HTTP/1.0 200 OK",
        b"HTTP/1.10 200 OK",
        b"HTTP/2 200 OK",
        b"http/1.1 200 OK",
        b"HTTP/1.1\t200 OK",
        b"HTTP/0.9 1",
    ),
    *(
        b"HTTP/1.1 099 x",
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.1 999 x",
        b"HTTP/1.1 1000 x",
        b"HTTP/1.1 2_0 x",
        b"ICY 200 OK",
    ),
    *(b"HTTP/1.1 200 O\x85K", b"HTTP/1.1 200 O\xa0", b"HTTP/1.1 200 \x1fOK", b"HTTP/1.1 \xb2\xb2\xb2 x", b""),
]
NAMES = [
    *(b"Content-Length", b"content-length", b"Transfer-Encoding", b"Connection", b"Content-Type", b"X-Own", b"x"),
    *(
        b"Content-Length ",
        b" folded",
        b"\tfolded",
        b"",
        b"X Own",
        b"X\x85",
        b"From ",
        b"Date",
        b"X-\xe9",
        b"X\x00",
        b"X-\x0b",
    ),
    *(
        b"Content-Encoding",
        b"Set-Cookie",
        b"Keep-Alive",
        b"MIME-Version",
        b"Content-Transfer-Encoding",
        b"Content-Length\t",
    ),
]
VALUES = [
    *(b"0", b"5", b"+5", b"-1", b"1_0", b" 5 ", b"5, 5", b"0x5", b"\xb25", b"99999999999999999999", b"05", b"5;q"),
    b"9" * 5000,
    *(
        b"chunked",
        b"Chunked",
        b"gzip, chunked",
        b" chunked",
        b"chunked ",
        b"identity",
        b"close",
        b"keep-alive",
        b"Close, x",
    ),
    *(
        b"",
        b" ",
        b"\t",
        b"a b",
        b"a\tb",
        b"trailing \t",
        b"\xe9",
        b"a\rb",
        b"a\x0bb",
        b"a\x0cb",
        b"a\x1cb",
        b"a\x85b",
        b"a\x00b",
    ),
    *(
        b"text/plain",
        b"multipart/mixed; boundary=x",
        b"Message/rfc822",
        b"application/json; charset=utf-8",
        b"=?utf-8?q?a?=",
    ),
    *(b"x" * 5000, b"a:b", b"a\n b", b"\x7f", b'"', b"base64"),
]
ENDS = [b"\r\n"] * 12 + [b"\n", b"\r", b"\r\r\n", b"\n\r\n", b""]
FACTS = ["version", "status", "code", "reason", "chunked", "chunk_left", "length", "will_close"]


class Sock:
    """The socket that a response is read from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, mode: str) -> Any:
        return io.BufferedReader(io.BytesIO(self._data), 1 << 17)  # type: ignore[arg-type] # as from Python 3.14 on


def drawn(draw: random.Random) -> bytes:
    """Return the bytes of a response, hostile or not."""
    careful = draw.random() < 0.5
    status, names, values, ends = (few if careful else all_ for all_, few in zip(_ALL, _PLAIN))
    lines = [draw.choice(status) + draw.choice(ends)]
    for _ in range(draw.choice([0, 1, 2, 3, 10, 10, 100, 101] if draw.random() < 0.1 else [0, 1, 2, 3, 5])):
        colon = b":" if careful else draw.choice([b":", b": ", b": ", b":  ", b":\t", b"", b" :"])
        lines.append(draw.choice(names) + colon + draw.choice(values) + draw.choice(ends))
    data = bytearray(b"".join(lines) + draw.choice([b"\r\n", b"\r\n", b"\r\n", *ends]) + b"body")
    for _ in range(draw.choice([0, 0, 0, 0, 1, 2])):
        data[draw.randrange(len(data))] = (
            draw.choice(b"\r\n\t :\x00\x85\xffa5") if draw.random() < 0.9 else draw.randrange(256)
        )
    return bytes(data if draw.random() < 0.9 else data[: draw.randrange(len(data))])


_ALL = (STATUS_LINES, NAMES, VALUES, ENDS)
_PLAIN = (STATUS_LINES[:4], NAMES[:7] + NAMES[-6:-1], VALUES[:2] + VALUES[12:32], ENDS[:12])


def facts_of(response: Any, rest: bytes) -> Dict[str, Any]:
    message = response.headers
    return {
        **{name: getattr(response, name) for name in FACTS},
        "headers": message.items(),
        "same": response.msg is message,
        "type": type(message),
        "payload": message.get_payload(),
        "defects": message.defects,
        "message": {name: value for name, value in vars(message).items() if name != "policy"},
        "rest": rest,
    }


def stock(data: bytes, method: str = "POST") -> Optional[Dict[str, Any]]:
    """Return what the standard library makes of a head; None if it refuses it."""
    response = http.client.HTTPResponse(Sock(data), method=method)  # type: ignore[arg-type]
    try:
        response.begin()
    except (http.client.HTTPException, ValueError):
        return None
    return facts_of(response, b"" if response.fp is None else response.fp.read())


def at_once(data: bytes) -> Optional[Dict[str, Any]]:
    """Return what is made of a head at once; None if it is left to the standard library."""
    response = http.client.HTTPResponse(Sock(data), method="POST")  # type: ignore[arg-type]
    untouched = dict(vars(response))
    used = begin_at_once(response, response.fp.peek(1))
    if not used:
        assert vars(response) == untouched
        return None
    response.fp.read(used)
    return facts_of(response, response.fp.read())


@pytest.mark.parametrize("seed", range(4))
def test_alike(seed: int) -> None:
    """A head that is read at once would be read otherwise than by the standard library."""
    draw = random.Random(seed)
    read = 0
    for _ in range(ROUNDS):
        data = drawn(draw)
        ours = at_once(data)
        if ours is not None:
            read += 1
            assert (data, ours) == (data, stock(data))
    assert read > ROUNDS / 50


HEADS: List[bytes] = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: application/json\r\n\r\nbody",
    b"HTTP/1.1 429 Too Many Requests\r\nTransfer-Encoding: chunked\r\nRetry-After: 3\r\nx-empty:\r\nConnection: close\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nX-Twice: 1\r\nx-twice: 2 \r\n\r\n",
]


@pytest.mark.parametrize("data", HEADS)
def test_read_at_once(data: bytes) -> None:
    """The heads that services send would go the long way."""
    assert at_once(data) == stock(data) != None  # noqa: E711 - of both


@pytest.mark.parametrize(
    "data",
    [
        HEADS[0].replace(b"\r\n\r\n", b"\r\nContent-Length: 4\r\n\r\n"),
        HEADS[1].replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n"),
        *(HEADS[0].replace(b": 4", b": " + value) for value in (b"+4", b"1_0", b"\xb2", b"4 ", b"-1", b"")),
        *(HEADS[0].replace(b"200", value) for value in (b"100", b"204", b"304", b"20", b"2000")),
        HEADS[0].replace(b"1.1", b"1.0"),
        HEADS[0].replace(b"\r\nContent-Type", b"\r\n folded\r\nContent-Type"),
        HEADS[0].replace(b"application", b"multipart"),
        HEADS[0][:40],
        HEADS[0].replace(b": 4", b": " + b"9" * 5000),
        HEADS[0].replace(b"application", b"x" * 65536),
        HEADS[0].replace(b"OK", b"x" * 65536),
        b"HTTP/1.1 200 OK\r\n" + b"x: 1\r\n" * 101 + b"\r\n",
    ],
)
def test_left_to_the_standard_library(data: bytes) -> None:
    """A head that is not plain would be read at once."""
    assert at_once(data) is None


@pytest.mark.parametrize("name", ["parse_headers", "HTTPResponse.begin"])
def test_replaced(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that a program has put in place of the standard library's would not be asked."""
    monkeypatch.setattr(f"http.client.{name}", lambda *_: None)
    assert at_once(HEADS[0]) is None
