"""The default behavior of `LocalService` over real HTTP, its records, its start and its end."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from typing import Any, Dict, Optional
from urllib.parse import urlsplit

import pytest
from local_http import CHAT, HELLO, ask, ask_raw, connect, dial, exchange

from azure.ai.inference.testing import LocalService, Reply


def test_chat_is_completed(service: LocalService) -> None:
    """A chat request gets a chat completion."""
    response = ask(service)
    assert (response.status, response.headers["Content-Type"]) == (200, "application/json")
    assert response.json()["choices"][0]["message"]["content"].startswith("“Hello” – that is one word.")


def test_chat_is_streamed(service: LocalService) -> None:
    """`stream: true` gets server-sent events that end with `[DONE]`."""
    response = ask(service, body={**HELLO, "stream": True})
    assert (response.status, response.headers["Content-Type"]) == (200, "text/event-stream")
    *events, done, rest = response.body.decode().split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    chunks = [json.loads(event[len("data: ") :]) for event in events]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert list(chunks[-1]["usage"]) == ["completion_tokens", "prompt_tokens", "total_tokens"]


@pytest.mark.parametrize("prefix", ["", "/models", "/openai/deployments/mine", "/v1"])
def test_routes_work_under_every_endpoint_kind(service: LocalService, prefix: str) -> None:
    """The routes work under the prefixes of all endpoint kinds."""
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
    """The given model info replaces the default, and names the model of completions."""
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
    """A request without a valid key or token gets status 401."""
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
    """An invalid request gets the status and the error object of the REST API."""
    response = ask(service, method, path, body)
    assert (response.status, response.json()["error"]["code"], response.headers["x-ms-error-code"]) == (
        status,
        code,
        code,
    )


def test_405_names_the_method_that_is_allowed(service: LocalService) -> None:
    """A 405 names the allowed method."""
    assert ask(service, "DELETE").headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("mode", "status"), [(None, 422), ("error", 422), ("drop", 200), ("pass-through", 200), ("odd", 400)]
)
def test_unknown_parameters_follow_the_header(service: LocalService, mode: Optional[str], status: int) -> None:
    """The header `extra-parameters` decides whether unknown parameters are rejected."""
    headers = {} if mode is None else {"extra-parameters": mode}
    assert ask(service, body={**HELLO, "surprise": 1}, **headers).status == status


@pytest.mark.parametrize(
    ("path", "body", "parameter"),
    [
        (CHAT, HELLO, "n"),
        (CHAT, HELLO, "reasoning_effort"),
        (CHAT, HELLO, "stream_options"),
        ("/openai/deployments/mine/chat/completions?api-version=x", HELLO, "max_completion_tokens"),
        ("/v1/chat/completions?api-version=x", HELLO, "user"),
        ("/embeddings?api-version=x", {"input": ["a"]}, "user"),
    ],
)
def test_parameters_of_today_need_the_header(service: LocalService, path: str, body: Any, parameter: str) -> None:
    """Parameters that the route `/models` does not know are unknown wherever a request names a version."""
    sent = {**body, parameter: None}
    assert ask(service, path=path, body=sent).json()["error"]["details"][0]["target"] == parameter
    assert ask(service, path=path, body=sent, **{"extra-parameters": "pass-through"}).status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {**HELLO, "temperature": 1.5, "store": True, "surprise": 1}),
        ("/v1/embeddings", {"input": [[1, 2], [3]], "user": "u"}),
        ("/v1/embeddings", {"input": [1, 2]}),
    ],
)
def test_plain_v1_without_a_version_takes_what_compatible_servers_take(
    service: LocalService, path: str, body: Any
) -> None:
    """On `/v1`, a request without a version may have any parameter, and tokens to embed."""
    assert ask(service, path=path, body=body).status == 200


@pytest.mark.parametrize("input", [[], ["a", 1], [[1], "a"], [[]], None])
def test_plain_v1_refuses_other_inputs(service: LocalService, input: Any) -> None:
    """On `/v1`, what is neither a text, texts nor tokens is refused."""
    assert ask(service, path="/v1/embeddings", body={"input": input}).status == 422


def test_models_of_plain_v1(service: LocalService) -> None:
    """`/v1/models` lists and describes models as `/openai/v1/models` does."""
    for route in ("models", "models/org%2Fx", "models/error-model"):
        described = ask(service, "GET", f"/v1/{route}", None)
        assert described.json() == ask(service, "GET", f"/openai/v1/{route}", None).json()
    assert ask(service, "GET", "/models", None).status == 404
    assert ask(service, "POST", "/v1/models").status == 405


def test_rejection_of_a_parameter_names_it(service: LocalService) -> None:
    """A 422 names the rejected parameter."""
    message = "Extra parameters ['surprise'] are not allowed."
    assert ask(service, body={**HELLO, "surprise": 1}).json()["error"] == {
        "code": "unprocessable_entity",
        "message": message,
        "details": [{"code": "invalid_parameter", "target": "surprise", "message": message}],
    }


def test_passed_through_parameters_take_effect(service: LocalService) -> None:
    """`n` is honored if it is passed through or not checked, and ignored if it is dropped."""
    body = {**HELLO, "n": 3}
    assert len(ask(service, body=body, **{"extra-parameters": "pass-through"}).json()["choices"]) == 3
    assert len(ask(service, body=body, **{"extra-parameters": "drop"}).json()["choices"]) == 1
    with LocalService(require_known_parameters=False) as lenient:
        assert len(ask(lenient, body=body).json()["choices"]) == 3


def test_requests_are_recorded(service: LocalService) -> None:
    """Requests are recorded with method, path, query, headers, body and connection."""
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
    """The values of a repeated header are joined, and its spelling is kept."""
    with LocalService() as service:
        ask_raw(service, b"GET /info HTTP/1.1\r\nA: 1\r\na:2\r\nConnection: close\r\n\r\n")
        assert dict(service.requests[0].headers) == {"A": "1, 2", "Connection": "close"}
        assert service.requests[0].raw_headers == [("A", "1"), ("a", "2"), ("Connection", "close")]
        assert repr(service.requests[0].headers) == "{'A': '1, 2', 'Connection': 'close'}"
        assert len(service.requests[0].headers) == 2


def test_chunked_requests_are_read(service: LocalService) -> None:
    """A chunked request body is recorded whole."""
    with closing(connect(service)) as connection:
        chunks = iter([b'{"messages": [{"role": "user", ', b'"content": "Hello"}]}'])
        connection.request("POST", CHAT, chunks, {"api-key": "local-key"}, encode_chunked=True)
        assert connection.getresponse().status == 200
    assert service.requests[0].json() == HELLO


def test_client_that_expects_100_gets_it(service: LocalService) -> None:
    """A client that expects `100 Continue` gets it."""
    service.answer(Reply(200, b"fine", framing="close"))
    with dial(service) as client:
        client.sendall(b"POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"abc")
        assert b"".join(iter(lambda: client.recv(100), b"")).endswith(b"fine")
    assert service.requests[0].body == b"abc"


def test_big_bodies_go_both_ways(service: LocalService) -> None:
    """Bodies of 50 MB are received and sent whole."""
    service.answer(lambda request: Reply(200, request.body))
    body = bytes(range(256)) * 200_000
    assert ask(service, body=body).body == body


def test_service_can_be_closed_twice_and_started_again() -> None:
    """A closed service keeps its records and port, and can be closed and started again."""
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
    """The endpoint is reachable even if the service listens on all addresses."""
    with LocalService(host=host) as service:
        assert urlsplit(service.endpoint).hostname == reachable
        assert ask(service).status == 200


def test_endpoint_of_an_ipv6_address_is_a_url() -> None:
    """The endpoint of an IPv6 address has brackets."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with LocalService(host="::1") as service:
        assert service.endpoint.startswith("http://[::1]:")
        assert ask(service).status == 200


def test_endpoint_needs_a_start() -> None:
    """The endpoint raises RuntimeError before the first start."""
    with pytest.raises(RuntimeError, match="with"):
        _ = LocalService().endpoint


def test_credential_carries_the_key() -> None:
    """The credential carries the service's key."""
    service = LocalService(key="another")
    assert (service.credential.key, service.key) == ("another", "another")


def test_idle_connection_is_used_again_and_seen(service: LocalService) -> None:
    """An idle connection is reused, and counts as open until the client closes it."""
    with closing(connect(service)) as connection:
        for _ in range(3):
            exchange(connection)
        assert (service.connections, service.open_connections) == (1, 1)
    assert service.wait_until_closed()
    assert (service.connections, service.open_connections) == (1, 0)


@pytest.mark.parametrize("request_bytes", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nno header\r\n\r\n"])
def test_request_that_is_not_http_is_rejected(service: LocalService, request_bytes: bytes) -> None:
    """A request that is not HTTP gets status 400."""
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
def test_client_that_leaves_in_a_request_is_ignored(service: LocalService, request_bytes: bytes) -> None:
    """An incomplete request is neither recorded nor given a response."""
    with dial(service) as client:
        client.sendall(request_bytes)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b""
    assert service.requests == []


def test_many_clients_at_once_are_kept_apart(service: LocalService) -> None:
    """Every one of many concurrent clients gets its own response."""
    with_clients = [connect(service) for _ in range(200)]
    try:
        for number, connection in enumerate(with_clients):
            body = {"messages": [{"role": "user", "content": f"number-{number}"}]}
            connection.request("POST", CHAT, json.dumps(body), {"api-key": "local-key"})
        for number, connection in enumerate(with_clients):
            completion = json.loads(connection.getresponse().read())
            assert f"“number-{number}”" in completion["choices"][0]["message"]["content"]
    finally:
        for connection in with_clients:
            connection.close()
    assert service.wait_until_closed()
    assert service.connections == 200
