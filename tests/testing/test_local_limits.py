"""Requests, schemas and machines at their limits: the local service responds with an error and keeps serving.

An exception that ends one of its threads would fail the test, as pytest turns it into a warning and warnings are errors.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest
from local_http import CHAT, HELLO, address_of, ask, ask_raw, dial

from azure.ai.inference.testing import LocalService

HEAD = b"POST /chat/completions?api-version=x HTTP/1.1\r\napi-key: local-key\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def sized(length: bytes) -> bytes:
    return HEAD + b"Content-Length: " + length + b"\r\n\r\n"


TOO_LARGE = {
    "a terabyte": sized(b"1000000000000"),
    "a byte more than is read": sized(b"%d" % ((1 << 28) + 1)),
    "20 digits": sized(b"9" * 20),
    "5,000 digits": sized(b"9" * 5000),
    "a chunk of twelve digits": CHUNKED + b"ffffffffffff\r\n",
    "a chunk of 5,000 digits": CHUNKED + b"f" * 5000 + b"\r\n",
    "a second chunk that is too large": CHUNKED + b"1\r\nx\r\nffffffff\r\n",
    "a terabyte, expecting 100": HEAD + b"Expect: 100-continue\r\nContent-Length: 1000000000000\r\n\r\n",
}
MALFORMED = {
    "a negative length": sized(b"-5"),
    "a length with a sign": sized(b"+5"),
    "a length with an underscore": sized(b"1_0"),
    "a length of other digits": sized("٥".encode()),
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
    "no length": sized(b""),
    "another encoding": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    "a negative chunk": CHUNKED + b"-1\r\n",
    "a chunk with a prefix": CHUNKED + b"0x1\r\nx\r\n",
    "a chunk without a size": CHUNKED + b"\r\n",
    "a chunk longer than its size": CHUNKED + b"1\r\nxyz\r\n",
    "many headers": b"GET /info HTTP/1.1\r\n" + b"a: b\r\n" * 1500 + b"\r\n",
    "many trailers": CHUNKED + b"0\r\n" + b"a: b\r\n" * 1500 + b"\r\n",
    "a long header": b"GET /info HTTP/1.1\r\na: " + b"b" * 70_000 + b"\r\n\r\n",
    "a long first line": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    "a long chunk extension": CHUNKED + b"1;" + b"a" * 70_000 + b"\r\nx\r\n",
    "no version": b"GET /info\r\n\r\n",
    "another version": b"GET /info HTTP/2\r\n\r\n",
    "a bracket in the target": b"GET http://[::1/info HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("says", TOO_LARGE)
def test_too_large(service: LocalService, says: str) -> None:
    """A body that is too large is refused with 413 before it is sent, and takes no memory."""
    response = ask_raw(service, TOO_LARGE[says])
    assert response.startswith(b"HTTP/1.1 413 "), response[:200]
    assert b"at most 268,435,456 bytes" in response
    assert ask(service).status == 200


@pytest.mark.parametrize("says", MALFORMED)
def test_malformed(service: LocalService, says: str) -> None:
    """A request with a size, a header or a first line that HTTP does not know is refused with 400."""
    response = ask_raw(service, MALFORMED[says])
    assert response.startswith(b"HTTP/1.1 400 "), response[:200]
    assert ask(service).status == 200


def test_refusal_while_sending(service: LocalService) -> None:
    """A client that is still sending gets the refusal, and not a reset connection."""
    with dial(service) as client:
        client.sendall(sized(b"1000000000000"))
        for _ in range(40):
            client.sendall(b"x" * 65536)
        client.shutdown(socket.SHUT_WR)
        response = b"".join(iter(lambda: client.recv(65536), b""))
    assert response.startswith(b"HTTP/1.1 413 ")


def test_refused_client_that_stays() -> None:
    """A client that was refused and never disconnects does not keep the service from closing."""
    with LocalService() as service, dial(service) as client:
        client.sendall(sized(b"1000000000000"))
        assert client.recv(12) == b"HTTP/1.1 413"
        start = time.monotonic()
        service.close()
        assert time.monotonic() - start < 5


@pytest.fixture
def few_descriptors() -> Iterator[None]:
    """Limit the process to 400 open files."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (400, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def take_all_descriptors() -> List[int]:
    """Open all file descriptors that are left."""
    taken: List[int] = []
    while True:
        try:
            taken.append(os.dup(0))
        except OSError:
            return taken


@pytest.mark.usefixtures("few_descriptors")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_no_descriptors_left() -> None:
    """Without file descriptors, connections wait; they are served when descriptors are back."""
    with LocalService() as service, socket.socket() as client:
        client.settimeout(20)
        taken = take_all_descriptors()
        try:
            client.connect(address_of(service))
            body = json.dumps(HELLO).encode()
            client.sendall(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            client.settimeout(0.2)
            with pytest.raises(OSError, match="timed out"):
                client.recv(1)
        finally:
            for descriptor in taken:
                os.close(descriptor)
        client.settimeout(20)
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        assert ask(service).status == 200


@pytest.mark.usefixtures("few_descriptors")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_closed_without_descriptors() -> None:
    """The service can be closed where there is no file descriptor left, also with connections that wait."""
    service = LocalService().start()
    with socket.socket() as waiting, dial(service):
        taken = take_all_descriptors()
        try:
            waiting.connect(address_of(service))
            service.close()
        finally:
            for descriptor in taken:
                os.close(descriptor)
    with service.start():
        assert ask(service).status == 200


def test_nothing_is_left_open() -> None:
    """A service that is started and closed many times leaves no file descriptor open."""
    files = Path("/proc/self/fd")
    if not files.is_dir():
        pytest.skip("only Linux shows the files of a process")
    service = LocalService()
    before = len(list(files.iterdir()))
    for _ in range(5):
        with service:
            assert ask(service).status == 200
    assert len(list(files.iterdir())) <= before


def test_requests_do_not_show_their_keys(service: LocalService) -> None:
    """A recorded request can be printed, as in the message of a failed test, without its key."""
    ask(service, Authorization="Bearer local-key")
    (request,) = service.requests
    assert "local-key" not in f"{request!r} {request} {request.headers!r} {request.headers}"
    assert (request.headers["api-key"], request.headers["Authorization"]) == ("local-key", "Bearer local-key")
    assert ("api-key", "local-key") in request.raw_headers


def filled(service: LocalService, schema: Dict[str, Any]) -> Any:
    """Return the value for a schema; the error if it is refused."""
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    response = ask(service, path=CHAT, body={**HELLO, "response_format": wanted})
    if response.status != 200:
        return response.status, response.json()["error"]["message"]
    return json.loads(response.json()["choices"][0]["message"]["content"])


def either(kind: str) -> Dict[str, Any]:
    return {"anyOf": [{"type": kind}, {"type": "null"}], "default": None}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": ["number", "null"], "default": None}, 1),
        ({"type": ["integer", "null"], "default": None, "minimum": 3}, 3),
        ({"type": ["null", "number"], "default": None}, 1),
        ({"type": "number", "default": None}, 1),
        (either("number"), 1),
        (either("integer"), 1),
        (either("boolean"), True),
        (either("string"), "example value"),
        ({"type": ["string", "null"], "default": None}, "example value"),
        ({"type": ["boolean", "null"], "default": None}, True),
        ({"enum": [2, 3, None], "default": None}, 2),
        ({"type": "array", "items": {"type": ["number", "null"], "default": None}}, [1]),
        ({"type": "number", "default": 2.5}, 2.5),
        ({"type": "boolean", "default": False}, False),
        ({"type": "null", "default": None}, None),
    ],
)
def test_nullable_values_are_filled(service: LocalService, schema: Dict[str, Any], value: Any) -> None:
    """A value that may be null, and is by default, is filled as one without a default."""
    properties = {"type": "object", "properties": {"value": schema}, "required": ["value"]}
    assert filled(service, properties) == {"value": value}
    assert filled(service, schema) == value


def nested(levels: int, of: Dict[str, Any]) -> Dict[str, Any]:
    return of if levels == 0 else {"type": "array", "minItems": 9, "items": nested(levels - 1, of)}


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "array", "minItems": 10**9, "items": {"type": "integer"}}, "more than 20,000 values"),
        (nested(9, {"type": "integer"}), "more than 20,000 values"),
        (
            {
                "$defs": {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 9} for n in range(9)},
                "$ref": "#/$defs/d0",
            },
            "more than 20,000 values",
        ),
        ({"type": "string", "minLength": 10**12}, "at most 1,000,000 characters"),
    ],
)
def test_schema_of_a_large_value(service: LocalService, schema: Dict[str, Any], reason: str) -> None:
    """A short schema whose smallest value is large is refused at once."""
    start = time.process_time()
    status, message = filled(service, schema)
    assert (status, reason in message, time.process_time() - start < 5) == (422, True, True)
