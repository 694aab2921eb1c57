"""Scripted replies, streams and faults of `LocalService`, over real HTTP."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import zlib
from contextlib import closing
from typing import Any, List

import pytest
from local_http import WAIT, Response, ask, ask_raw, connect, dial, exchange

from azure.ai.inference.testing import Disconnect, LocalService, RecordedRequest, Reply, Stall, Stream


def test_scripted_replies_come_in_order(service: LocalService) -> None:
    """Scripted replies are sent once each, in order, and the default behavior follows."""
    service.answer(Reply(500), Reply(429, {"error": {"code": "slow"}}, {"Retry-After": "1"}))
    service.answer(lambda request: Reply(200, request.method))
    assert ask(service, "GET", "/any", None) == Response(500, {"Content-Length": "0"}, b"")
    assert ask(service) == Response(
        429,
        {"Retry-After": "1", "Content-Type": "application/json", "Content-Length": "27"},
        b'{"error": {"code": "slow"}}',
    )
    assert ask(service).body == b"POST"
    assert ask(service).json()["object"] == "chat.completion"


def test_function_may_leave_the_response_to_the_service(service: LocalService) -> None:
    """A scripted function that returns None gets the default behavior."""
    seen: List[RecordedRequest] = []
    service.answer_always(lambda request: seen.append(request))
    assert [ask(service).status, ask(service).status] == [200, 200]
    assert seen == service.requests


def test_reset_clears_scripts_and_records(service: LocalService) -> None:
    """`reset` clears scripts, records and the connection count."""
    service.answer_always(Reply(503))
    service.answer(Reply(418))
    assert [ask(service).status, ask(service).status, ask(service).status] == [418, 503, 503]
    service.answer(Reply(418))
    service.reset()
    assert (service.requests, service.connections) == ([], 0)
    assert ask(service).status == 200
    assert service.connections == 1


@pytest.mark.parametrize("framing", ["content-length", "chunked", "close"])
@pytest.mark.parametrize("compressed", [False, True])
def test_every_framing_carries_the_same_body(service: LocalService, framing: Any, compressed: bool) -> None:
    """Every framing carries the whole body, compressed or not, and keeps the connection open if it can."""
    service.answer(Reply(200, chunks=[b"one ", b"two ", "drei ü".encode()], framing=framing, gzip=compressed))
    with closing(connect(service)) as connection:
        response = exchange(connection)
        assert (gzip.decompress(response.body) if compressed else response.body) == "one two drei ü".encode()
        assert response.headers.get("Content-Encoding") == ("gzip" if compressed else None)
        exchange(connection)
    assert service.connections == (2 if framing == "close" else 1)


def test_wire_bytes_of_a_reply() -> None:
    """The status line, headers and chunks of a reply are sent byte for byte as scripted."""
    headers = [("Set-Cookie", "a"), ("Set-Cookie", "b")]
    with LocalService() as service:
        service.answer(Reply(299, headers=headers, reason="Odd", chunks=[b"ab", b"", b"c"], framing="chunked"))
        assert ask_raw(service, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n") == (
            b"HTTP/1.1 299 Odd\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
        )


def test_framing_of_ones_own_is_sent_as_it_is(service: LocalService) -> None:
    """A reply with its own framing headers is sent as it is, truncated or not."""
    service.answer(Reply(200, b"abc", {"content-length": "10"}))
    assert ask_raw(service, b"GET / HTTP/1.1\r\n\r\n") == b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"
    service.answer(Reply(200, chunks=[b"5\r\nabc"], headers={"Transfer-Encoding": "chunked"}))
    assert ask_raw(service, b"GET / HTTP/1.1\r\n\r\n").endswith(b"chunked\r\n\r\n5\r\nabc")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("POST", 204), ("POST", 304)])
def test_responses_without_a_body_have_none(service: LocalService, method: str, status: int) -> None:
    """A response to HEAD, and one with status 204 or 304, has no body."""
    service.answer(Reply(status, b"a body"))
    with closing(connect(service)) as connection:
        assert exchange(connection, method) == Response(status, {}, b"")
        assert exchange(connection).status == 200
    assert service.connections == 1


def test_stream_sends_dicts_and_raw_text() -> None:
    """A stream sends dicts as events, and text and bytes as they are."""
    with LocalService() as service:
        events: List[Any] = [{"a": 1}, ": comment\r\n", b"data:\xc3", b"\xbc\n\n"]
        service.answer(Stream(events, framing="close", newline="\r", headers={"Content-Type": "text/plain"}))
        response = ask(service)
    assert response.headers == {"Content-Type": "text/plain", "Connection": "close"}
    assert response.body == b'data: {"a": 1}\r\r: comment\r\ndata:\xc3\xbc\n\ndata: [DONE]\r\r'


def test_gate_decides_when_events_arrive(service: LocalService) -> None:
    """A semaphore as gate lets one event through per release."""
    gate = threading.Semaphore(0)
    service.answer(Stream(["one", "two"], framing="close", gate=gate))
    with dial(service) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert client.recv(1000).endswith(b"\r\n\r\n")
        for expected in (b"one", b"two", b"data: [DONE]\n\n", b""):
            client.settimeout(0.05)
            if expected:
                with pytest.raises(socket.timeout):
                    client.recv(1000)
                gate.release()
            client.settimeout(WAIT)
            assert client.recv(1000) == expected


def test_compressed_stream_is_flushed_after_each_event(service: LocalService) -> None:
    """A compressed stream is flushed after each event."""
    gate = threading.Semaphore(1)
    service.answer(Stream(["one"], framing="close", gzip=True, gate=gate))
    with dial(service) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        head = client.recv(1000)
        inflater = zlib.decompressobj(wbits=31)
        _, _, body = head.partition(b"\r\n\r\n")
        assert inflater.decompress(body or client.recv(1000)) == b"one"
        gate.release()
        rest = b"".join(iter(lambda: client.recv(1000), b""))
    assert inflater.decompress(rest) == b"data: [DONE]\n\n"
    assert inflater.eof


def test_event_as_gate_opens_for_all(service: LocalService) -> None:
    """A set event as gate lets the whole stream through."""
    gate = threading.Event()
    gate.set()
    service.answer(Stream(["one"], gate=gate))
    assert ask(service).body == b"onedata: [DONE]\n\n"


def test_client_that_leaves_at_a_gate_is_noticed(service: LocalService) -> None:
    """A client that disconnects at a gate frees its connection."""
    service.answer(Stream(["one"], gate=threading.Semaphore(0)))
    with dial(service) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert client.recv(1000)
        assert service.open_connections == 1
        assert not service.wait_until_closed(0.05)
    assert service.wait_until_closed()
    assert service.open_connections == 0


@pytest.mark.parametrize(
    "reply",
    [None, Stall(b"x"), Stream(["x"], gate=threading.Semaphore(0)), Stream(iter(lambda: b"x" * 1000, b""))],
    ids=["keep-alive", "stall", "gate", "endless"],
)
def test_client_that_resets_frees_its_connection(service: LocalService, reply: Any) -> None:
    """A client that resets its connection frees it, whatever the service is sending."""
    service.answer_always(lambda request: reply)
    with dial(service) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert client.recv(10)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert service.wait_until_closed()


def test_errors_of_scripted_functions_are_reported(service: LocalService, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in a scripted function is reported and ends the connection."""
    reported: List[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda report: reported.append(str(report.exc_value)))

    def fail(request: RecordedRequest) -> Reply:
        raise AssertionError(f"not expected: {request.path}")

    service.answer(fail)
    assert ask_raw(service, b"GET / HTTP/1.1\r\n\r\n") == b""
    service.close()
    assert reported == ["not expected: /"]


def test_close_raises_if_a_scripted_function_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """`close` raises RuntimeError if a scripted function blocks."""
    monkeypatch.setattr("azure.ai.inference.testing._service._JOIN_SECONDS", 0.05)
    asked, release = threading.Event(), threading.Event()

    def block(request: RecordedRequest) -> Reply:
        asked.set()
        release.wait()
        return Reply()

    service = LocalService().start()
    service.answer(block)
    with dial(service) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert asked.wait(WAIT)
        with pytest.raises(RuntimeError, match="LocalService-1 does not end"):
            service.close()
        release.set()
        assert service.wait_until_closed()


def test_pace_delays_a_stream() -> None:
    """The pace delays events, but does not delay `close`."""
    with LocalService(pace=60) as service, dial(service) as client:
        service.answer(Stream(["one", "two"], framing="close"))
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        received = client.recv(1000)
        while not received.endswith(b"one"):
            received += client.recv(1000)
        service.close()
        assert client.recv(1000) == b""


@pytest.mark.parametrize("after", [b"", b"HTTP/1.1 200 OK\r\nContent-", b"HTTP/1.1 200 OK\r\n\r\ndata: {"])
def test_disconnect_ends_the_connection_in_order(service: LocalService, after: bytes) -> None:
    """A disconnect sends its bytes and closes the connection."""
    service.answer(Disconnect(after))
    assert ask_raw(service, b"GET / HTTP/1.1\r\n\r\n") == after


def test_disconnect_may_reset(service: LocalService) -> None:
    """A disconnect can reset the connection."""
    service.answer(Disconnect(reset=True))
    with pytest.raises(ConnectionResetError):
        ask_raw(service, b"GET / HTTP/1.1\r\n\r\n")


def test_stall_lasts_until_the_client_leaves(service: LocalService) -> None:
    """A stall sends its bytes, then nothing, until the client disconnects."""
    service.answer(Stall(b"HTTP/1.1 200 OK\r\n"))
    with dial(service) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert client.recv(1000) == b"HTTP/1.1 200 OK\r\n"
        client.settimeout(0.05)
        with pytest.raises(socket.timeout):
            client.recv(1000)
    assert service.wait_until_closed()


@pytest.mark.parametrize("reply", [Stall(b"x"), Stream(["x"], gate=threading.Semaphore(0))], ids=["stall", "gate"])
def test_close_ends_what_is_under_way(reply: Any) -> None:
    """`close` ends stalls and gated streams, with their threads."""
    service = LocalService().start()
    service.answer(reply)
    with dial(service) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert client.recv(1000)
        service.close()
        assert client.recv(1000) == b""
    assert service.open_connections == 0
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("LocalService")]


def test_close_ends_a_send_that_nobody_reads() -> None:
    """`close` ends a response that the client does not read."""
    with LocalService() as service, dial(service) as client:
        service.answer(Reply(200, bytes(50_000_000)))
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        service.close()
