"""`LocalService` over real HTTP, seen with the standard library's client and with bare sockets."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import struct
import threading
import zlib
from contextlib import closing
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

import pytest

from azure.ai.inference.testing import Disconnect, LocalService, RecordedRequest, Reply, Stall, Stream

CHAT = "/chat/completions?api-version=2024-05-01-preview"
HELLO = {"messages": [{"role": "user", "content": "Hello"}]}
WAIT = 5.0


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


@pytest.fixture
def service() -> Iterator[LocalService]:
    """A running service of the test's own."""
    with LocalService(token="a-token") as running:
        yield running


def address_of(service: LocalService) -> Tuple[str, int]:
    """Host and port of a service."""
    url = urlsplit(service.endpoint)
    assert url.hostname is not None and url.port is not None
    return url.hostname, url.port


def connect(service: LocalService) -> http.client.HTTPConnection:
    """A client's connection to a service."""
    return http.client.HTTPConnection(*address_of(service), timeout=WAIT)


def dial(service: LocalService) -> socket.socket:
    """A bare connection to a service."""
    return socket.create_connection(address_of(service), timeout=WAIT)


def exchange(
    connection: http.client.HTTPConnection,
    method: str = "POST",
    path: str = CHAT,
    body: Any = HELLO,
    headers: Optional[Dict[str, str]] = None,
) -> Answer:
    """One request over an open connection, with the key unless there are other headers."""
    sent = body if isinstance(body, bytes) or body is None else json.dumps(body)
    connection.request(method, path, sent, {"api-key": "local-key"} if headers is None else headers)
    response = connection.getresponse()
    return Answer(response.status, dict(response.getheaders()), response.read())


def ask(service: LocalService, method: str = "POST", path: str = CHAT, body: Any = HELLO, **headers: str) -> Answer:
    """One request over a connection of its own."""
    with closing(connect(service)) as connection:
        return exchange(connection, method, path, body, {"api-key": "local-key", **headers})


def ask_raw(service: LocalService, request: bytes) -> bytes:
    """All bytes that answer a request of bytes, until the service hangs up."""
    with dial(service) as client:
        client.sendall(request)
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_chat_is_answered(service: LocalService) -> None:
    """If this fails, a chat request gets no chat completion."""
    answer = ask(service)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json()["choices"][0]["message"]["content"].startswith("“Hello” – that is one word.")


def test_chat_is_streamed(service: LocalService) -> None:
    """If this fails, `stream: true` gets no server-sent events that end with `[DONE]`."""
    answer = ask(service, body={**HELLO, "stream": True})
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream")
    *events, done, rest = answer.body.decode().split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    chunks = [json.loads(event[len("data: ") :]) for event in events]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert list(chunks[-1]["usage"]) == ["completion_tokens", "prompt_tokens", "total_tokens"]


@pytest.mark.parametrize("prefix", ["", "/models", "/openai/deployments/mine", "/v1"])
def test_routes_answer_under_every_kind_of_endpoint(service: LocalService, prefix: str) -> None:
    """If this fails, the service cannot stand in for one of the kinds of endpoints."""
    query = "" if prefix == "/v1" else "?api-version=x"
    image = {"input": [{"image": "data:image/png;base64,AAAA"}]}
    assert ask(service, path=f"{prefix}/chat/completions{query}").json()["object"] == "chat.completion"
    assert len(ask(service, path=f"{prefix}/embeddings{query}", body={"input": ["a"]}).json()["data"]) == 1
    assert len(ask(service, path=f"{prefix}/images/embeddings{query}", body=image).json()["data"]) == 1
    assert ask(service, "GET", f"{prefix}/info{query}", None).json() == {
        "model_name": "local-model",
        "model_type": "chat_completion",
        "model_provider_name": "local",
    }


def test_model_info_can_be_replaced() -> None:
    """If this fails, tests cannot let the service be another kind of model."""
    info = {"model_name": "Other", "model_type": "embeddings", "model_provider_name": "me"}
    with LocalService(model_info=info) as service:
        assert ask(service, "GET", "/info?api-version=x", None).json() == info
        assert ask(service).json()["model"] == "Other"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer local-key"}, 200),
        ({"authorization": "bearer local-key"}, 200),
        ({"api-key": "local-key"}, 200),
        ({"Authorization": "Bearer a-token"}, 200),
        ({}, 401),
        ({"api-key": "wrong", "Authorization": "Bearer wrong"}, 401),
        ({"api-key": "a-token"}, 401),
        ({"Authorization": "local-key"}, 401),
        ({"Authorization": "Basic local-key"}, 401),
    ],
)
def test_key_is_checked(service: LocalService, headers: Dict[str, str], status: int) -> None:
    """If this fails, a wrong key is let in or a right one is not."""
    with closing(connect(service)) as connection:
        assert exchange(connection, headers=headers).status == status


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/nothing?api-version=x", HELLO, 404, "NotFound"),
        ("GET", CHAT, None, 405, "MethodNotAllowed"),
        ("POST", "/info?api-version=x", HELLO, 405, "MethodNotAllowed"),
        ("POST", "/chat/completions", HELLO, 400, "MissingApiVersionParameter"),
        ("POST", CHAT, b"{no json", 400, "BadRequest"),
        ("POST", CHAT, b"[" * 100000, 400, "BadRequest"),
        ("POST", CHAT, b"\xff", 400, "BadRequest"),
        ("POST", CHAT, [], 400, "BadRequest"),
        ("POST", CHAT, {}, 422, "unprocessable_entity"),
        ("POST", "/embeddings?api-version=x", {}, 422, "unprocessable_entity"),
        ("POST", "/images/embeddings?api-version=x", {}, 422, "unprocessable_entity"),
    ],
)
def test_bad_requests_get_an_error_object(
    service: LocalService, method: str, path: str, body: Any, status: int, code: str
) -> None:
    """If this fails, a request that the real service refuses is answered, or its error has another form."""
    answer = ask(service, method, path, body)
    assert (answer.status, answer.json()["error"]["code"], answer.headers["x-ms-error-code"]) == (status, code, code)


def test_405_names_the_method_that_is_allowed(service: LocalService) -> None:
    """If this fails, a 405 breaks the HTTP standard."""
    assert ask(service, "DELETE").headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("mode", "status"), [(None, 422), ("error", 422), ("drop", 200), ("pass-through", 200), ("odd", 400)]
)
def test_unknown_parameters_follow_the_header(service: LocalService, mode: Optional[str], status: int) -> None:
    """If this fails, `extra-parameters` does not decide what becomes of unknown parameters."""
    headers = {} if mode is None else {"extra-parameters": mode}
    assert ask(service, body={**HELLO, "surprise": 1}, **headers).status == status


def test_refusal_of_a_parameter_names_it(service: LocalService) -> None:
    """If this fails, a 422 does not say which parameter was refused."""
    message = "Extra parameters ['surprise'] are not allowed."
    assert ask(service, body={**HELLO, "surprise": 1}).json()["error"] == {
        "code": "unprocessable_entity",
        "message": message,
        "details": [{"code": "invalid_parameter", "target": "surprise", "message": message}],
    }


def test_passed_through_parameters_reach_the_answer(service: LocalService) -> None:
    """If this fails, `n` is not honoured when passed through, or is when dropped or not checked for."""
    body = {**HELLO, "n": 3}
    assert len(ask(service, body=body, **{"extra-parameters": "pass-through"}).json()["choices"]) == 3
    assert len(ask(service, body=body, **{"extra-parameters": "drop"}).json()["choices"]) == 1
    with LocalService(require_known_parameters=False) as lenient:
        assert len(ask(lenient, body=body).json()["choices"]) == 3


def test_requests_are_recorded(service: LocalService) -> None:
    """If this fails, tests cannot see what a client sent."""
    with closing(connect(service)) as connection:
        headers = {"API-Key": "local-key", "X-One": "1"}
        exchange(connection, "POST", "/v1/embeddings?api-version=a%20b&empty=", {"input": ["a"]}, headers)
        exchange(connection, "GET", "/info?api-version=x", None, headers)
    ask(service)
    first, second, third = service.requests
    assert (first.method, first.path, first.query) == ("POST", "/v1/embeddings", {"api-version": "a b", "empty": ""})
    assert (first.json(), first.body) == ({"input": ["a"]}, b'{"input": ["a"]}')
    assert first.raw_headers[-2:] == [("API-Key", "local-key"), ("X-One", "1")]
    assert (first.headers["api-key"], first.headers["x-one"], "absent" in first.headers) == ("local-key", "1", False)
    assert (second.method, second.body) == ("GET", b"")
    assert [request.connection for request in (first, second, third)] == [1, 1, 2]


def test_repeated_headers_are_joined() -> None:
    """If this fails, a header that a client sends twice shows only once, or its spelling is lost."""
    with LocalService() as service:
        ask_raw(service, b"GET /info HTTP/1.1\r\nA: 1\r\na:2\r\nConnection: close\r\n\r\n")
        assert dict(service.requests[0].headers) == {"A": "1, 2", "Connection": "close"}
        assert service.requests[0].raw_headers == [("A", "1"), ("a", "2"), ("Connection", "close")]
        assert repr(service.requests[0].headers) == "{'A': '1, 2', 'Connection': 'close'}"
        assert len(service.requests[0].headers) == 2


def test_chunked_requests_are_read(service: LocalService) -> None:
    """If this fails, a body that a client sends in chunks is lost or mangled."""
    with closing(connect(service)) as connection:
        pieces = iter([b'{"messages": [{"role": "user", ', b'"content": "Hello"}]}'])
        connection.request("POST", CHAT, pieces, {"api-key": "local-key"}, encode_chunked=True)
        assert connection.getresponse().status == 200
    assert service.requests[0].json() == HELLO


def test_client_that_waits_for_100_is_told_to_go_on(service: LocalService) -> None:
    """If this fails, a client that expects `100 Continue` waits for ever."""
    service.answer(Reply(200, b"fine", framing="close"))
    with dial(service) as client:
        client.sendall(b"POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"abc")
        assert b"".join(iter(lambda: client.recv(100), b"")).endswith(b"fine")
    assert service.requests[0].body == b"abc"


def test_scripted_replies_come_in_order(service: LocalService) -> None:
    """If this fails, queued replies are mixed up, repeated, or not followed by the usual behaviour."""
    service.answer(Reply(500), Reply(429, {"error": {"code": "slow"}}, {"Retry-After": "1"}))
    service.answer(lambda request: Reply(200, request.method))
    assert ask(service, "GET", "/any", None) == Answer(500, {"Content-Length": "0"}, b"")
    assert ask(service) == Answer(
        429,
        {"Retry-After": "1", "Content-Type": "application/json", "Content-Length": "27"},
        b'{"error": {"code": "slow"}}',
    )
    assert ask(service).body == b"POST"
    assert ask(service).json()["object"] == "chat.completion"


def test_function_may_leave_the_answer_to_the_service(service: LocalService) -> None:
    """If this fails, a scripted function that returns None gets in the way of the usual behaviour."""
    seen: List[RecordedRequest] = []
    service.answer_always(lambda request: seen.append(request))
    assert [ask(service).status, ask(service).status] == [200, 200]
    assert seen == service.requests


def test_reset_forgets_scripts_and_records(service: LocalService) -> None:
    """If this fails, one test's scripts or records reach the next test of a shared service."""
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
    """If this fails, a framing or compression loses bytes, or the connection is not treated as the framing says."""
    service.answer(Reply(200, chunks=[b"one ", b"two ", "drei ü".encode()], framing=framing, gzip=compressed))
    with closing(connect(service)) as connection:
        answer = exchange(connection)
        assert (gzip.decompress(answer.body) if compressed else answer.body) == "one two drei ü".encode()
        assert answer.headers.get("Content-Encoding") == ("gzip" if compressed else None)
        exchange(connection)
    assert service.connections == (2 if framing == "close" else 1)


def test_wire_bytes_of_a_reply() -> None:
    """If this fails, status line, headers or chunks are not what was asked for, byte for byte."""
    headers = [("Set-Cookie", "a"), ("Set-Cookie", "b")]
    with LocalService() as service:
        service.answer(Reply(299, headers=headers, reason="Odd", chunks=[b"ab", b"", b"c"], framing="chunked"))
        assert ask_raw(service, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n") == (
            b"HTTP/1.1 299 Odd\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
        )


def test_framing_of_ones_own_is_sent_as_it_is(service: LocalService) -> None:
    """If this fails, a reply cannot lie about its length, and truncated answers cannot be tested."""
    service.answer(Reply(200, b"abc", {"content-length": "10"}))
    assert ask_raw(service, b"GET / HTTP/1.1\r\n\r\n") == b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"
    service.answer(Reply(200, chunks=[b"5\r\nabc"], headers={"Transfer-Encoding": "chunked"}))
    assert ask_raw(service, b"GET / HTTP/1.1\r\n\r\n").endswith(b"chunked\r\n\r\n5\r\nabc")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("POST", 204), ("POST", 304)])
def test_answers_without_a_body_have_none(service: LocalService, method: str, status: int) -> None:
    """If this fails, a body follows an answer that must have none, and spoils the next one on the connection."""
    service.answer(Reply(status, b"a body"))
    with closing(connect(service)) as connection:
        assert exchange(connection, method) == Answer(status, {}, b"")
        assert exchange(connection).status == 200
    assert service.connections == 1


def test_stream_sends_dicts_and_raw_text() -> None:
    """If this fails, odd streams cannot be scripted, or a dict is no proper event."""
    with LocalService() as service:
        events: List[Any] = [{"a": 1}, ": comment\r\n", b"data:\xc3", b"\xbc\n\n"]
        service.answer(Stream(events, framing="close", newline="\r", headers={"Content-Type": "text/plain"}))
        answer = ask(service)
    assert answer.headers == {"Content-Type": "text/plain", "Connection": "close"}
    assert answer.body == b'data: {"a": 1}\r\r: comment\r\ndata:\xc3\xbc\n\ndata: [DONE]\r\r'


def test_gate_decides_when_events_arrive(service: LocalService) -> None:
    """If this fails, tests cannot tell whether a client delivers an event when its bytes arrive."""
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
    """If this fails, a compressed stream holds events back."""
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
    """If this fails, an event that is set does not let a whole stream through."""
    gate = threading.Event()
    gate.set()
    service.answer(Stream(["one"], gate=gate))
    assert ask(service).body == b"onedata: [DONE]\n\n"


def test_client_that_leaves_at_a_gate_is_noticed(service: LocalService) -> None:
    """If this fails, `wait_until_closed` cannot tell that a client closed an unfinished stream."""
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
def test_client_that_resets_is_forgotten(service: LocalService, reply: Any) -> None:
    """If this fails, a client that resets its connection crashes a thread of the service or is waited for."""
    service.answer_always(lambda request: reply)
    with dial(service) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert client.recv(10)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert service.wait_until_closed()


def test_errors_of_scripted_functions_are_reported(service: LocalService, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, an error in a test's own function is swallowed, or leaves the client waiting."""
    reported: List[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda report: reported.append(str(report.exc_value)))

    def fail(request: RecordedRequest) -> Reply:
        raise AssertionError(f"not expected: {request.path}")

    service.answer(fail)
    assert ask_raw(service, b"GET / HTTP/1.1\r\n\r\n") == b""
    service.close()
    assert reported == ["not expected: /"]


def test_close_tells_when_a_scripted_function_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a function that blocks for ever makes `close` wait for ever, or is left behind in silence."""
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


def test_pace_lets_a_stream_take_its_time() -> None:
    """If this fails, the pause between events is ignored, or keeps the service from closing."""
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
    """If this fails, a server that hangs up anywhere in its answer cannot be played."""
    service.answer(Disconnect(after))
    assert ask_raw(service, b"GET / HTTP/1.1\r\n\r\n") == after


def test_disconnect_may_reset(service: LocalService) -> None:
    """If this fails, a connection that is reset cannot be played."""
    service.answer(Disconnect(reset=True))
    with pytest.raises(ConnectionResetError):
        ask_raw(service, b"GET / HTTP/1.1\r\n\r\n")


def test_stall_lasts_until_the_client_leaves(service: LocalService) -> None:
    """If this fails, a server that falls silent cannot be played, or outlives its client."""
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
    """If this fails, a silent answer keeps the service from closing, or its threads live on."""
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
    """If this fails, a client that does not read keeps the service from closing."""
    with LocalService() as service, dial(service) as client:
        service.answer(Reply(200, bytes(50_000_000)))
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        service.close()


def test_big_bodies_go_both_ways(service: LocalService) -> None:
    """If this fails, tests cannot use bodies of 50 MB."""
    service.answer(lambda request: Reply(200, request.body))
    body = bytes(range(256)) * 200_000
    assert ask(service, body=body).body == body


def test_service_can_be_closed_twice_and_started_again() -> None:
    """If this fails, `close` is not safe to repeat, or a stopped service loses its records or its port."""
    service = LocalService()
    service.close()
    with service:
        endpoint = service.endpoint
        ask(service)
        assert service.start() is service
    service.close()
    assert (service.endpoint, len(service.requests)) == (endpoint, 1)
    with pytest.raises(ConnectionRefusedError):
        dial(service)
    with service:
        assert ask(service).status == 200


@pytest.mark.parametrize(("host", "reachable"), [("0.0.0.0", "127.0.0.1"), ("localhost", "localhost")])
def test_endpoint_can_be_reached_whatever_the_host(host: str, reachable: str) -> None:
    """If this fails, a service that listens on all addresses hands out one that no client can use."""
    with LocalService(host=host) as service:
        assert urlsplit(service.endpoint).hostname == reachable
        assert ask(service).status == 200


def test_endpoint_of_an_ipv6_address_is_a_url() -> None:
    """If this fails, the brackets around an IPv6 address are missing."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with LocalService(host="::1") as service:
        assert service.endpoint.startswith("http://[::1]:")
        assert ask(service).status == 200


def test_endpoint_needs_a_start() -> None:
    """If this fails, an unstarted service hands out an address at which nobody answers."""
    with pytest.raises(RuntimeError, match="with"):
        _ = LocalService().endpoint


def test_credential_carries_the_key() -> None:
    """If this fails, a client made with the service's own credential is refused."""
    service = LocalService(key="another")
    assert (service.credential.key, service.key) == ("another", "another")


def test_idle_connection_is_used_again_and_seen(service: LocalService) -> None:
    """If this fails, tests cannot tell whether a client gives its connections back and closes them."""
    with closing(connect(service)) as connection:
        for _ in range(3):
            exchange(connection)
        assert (service.connections, service.open_connections) == (1, 1)
    assert service.wait_until_closed()
    assert (service.connections, service.open_connections) == (1, 0)


@pytest.mark.parametrize("request_bytes", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nno header\r\n\r\n"])
def test_what_is_no_http_is_refused(service: LocalService, request_bytes: bytes) -> None:
    """If this fails, bytes that are no HTTP crash a thread of the service."""
    assert ask_raw(service, request_bytes).startswith(b"HTTP/1.1 400 Bad Request\r\n")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"",
        b"GET /",
        b"GET / HTTP/1.1\r\nA: ",
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    ],
)
def test_client_that_leaves_in_a_request_is_forgotten(service: LocalService, request_bytes: bytes) -> None:
    """If this fails, a half request is recorded or answered."""
    with dial(service) as client:
        client.sendall(request_bytes)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b""
    assert service.requests == []


def test_many_clients_at_once_are_kept_apart(service: LocalService) -> None:
    """If this fails, the service mixes up requests or answers of connections that are open at the same time."""
    with_clients = [connect(service) for _ in range(200)]
    try:
        for number, connection in enumerate(with_clients):
            body = {"messages": [{"role": "user", "content": f"number-{number}"}]}
            connection.request("POST", CHAT, json.dumps(body), {"api-key": "local-key"})
        for number, connection in enumerate(with_clients):
            answer = json.loads(connection.getresponse().read())
            assert f"“number-{number}”" in answer["choices"][0]["message"]["content"]
    finally:
        for connection in with_clients:
            connection.close()
    assert service.wait_until_closed()
    assert service.connections == 200
