"""What stands in a cassette, and which recording a request gets."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from cassettes import HELLO, KEY, NOWHERE, Kit, complete, recordings_in
from worlds import SYNC, World, opened, updates_of, wait

from azure.ai.inference.models import UserMessage
from azure.ai.inference.testing import (
    AsyncReplayTransport,
    FakeResponse,
    FakeTransport,
    LocalService,
    RecordedRequest,
    RecordingTransport,
    ReplayTransport,
    Reply,
    Stream,
    UnmatchedRequestError,
)

PLANTED = {
    "key": "KEY-0123456789",
    "header": "HEADER-0123456789",
    "cookie": "COOKIE-0123456789",
    "proxy": "PROXY-0123456789",
    "subscription": "SUBSCRIPTION-0123456789",
    "api": "API-0123456789",
    "sig": "SIG+/0123456789==",
    "code": "CODE-0123456789",
    "token": "TOKEN-0123456789",
    "set": "SET-COOKIE-0123456789",
    "source": "SOURCE-0123456789",
}


def echo(request: RecordedRequest) -> Any:
    """Return all that a request has: a service that repeats secrets."""
    everything = {**dict(request.headers), **request.query}
    headers = [("Set-Cookie", PLANTED["set"]), ("x-echo", request.headers["api-key"]), ("x-request-id", "r1")]
    headers += [("x-api-key", PLANTED["key"]), ("Content-Location", f"https://u:{PLANTED['key']}@h/?sig=1234567890")]
    if request.json().get("stream"):
        text = json.dumps({"choices": [{"index": 0, "delta": {"content": str(everything)}, "finish_reason": "stop"}]})
        middle = text.index(PLANTED["key"]) + 5
        return Stream([f"data: {text[:middle]}", f"{text[middle:]}\n\n"], headers=headers)
    return Reply(200, {"id": "echo", "choices": [{"message": {"content": str(everything)}}]}, headers)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.asyncio
async def test_secrets(world: World, kit: Kit, service: LocalService, cassette: Path, stream: bool) -> None:
    """No secret is in a cassette, wherever it was: in headers, cookies, the query, data sources, or repeated in a response."""
    service.answer_always(echo)
    names = {
        "subscription-key": "subscription",
        "api-key": "api",
        "sig": "sig",
        "code": "code",
        "access_token": "token",
    }
    sources = [{"type": "x", "parameters": {"authentication": {"type": "api_key", "key": PLANTED["source"]}}}]
    client = world.ChatCompletionsClient(
        service.endpoint, AzureKeyCredential(PLANTED["key"]), transport=kit.record(cassette)
    )
    asking: Dict[str, Any] = {
        "messages": HELLO,
        "stream": stream,
        "data_sources": sources,
        "params": {**{name: PLANTED[key] for name, key in names.items()}, "tier": "a"},
        "headers": {
            "Cookie": f"a=1; b={PLANTED['cookie']}",
            "Proxy-Authorization": f"Basic {PLANTED['proxy']}",
            "x-auth-token": PLANTED["header"],
            "x-plain": "PLAIN-0123456789",
        },
    }
    async with opened(client):
        response = await wait(client.complete(**asking))
        response = await updates_of(response) if stream else response
    (exchange,) = recordings_in(cassette)

    assert [name for name, secret in PLANTED.items() if secret in json.dumps(exchange)] == []
    assert PLANTED["key"] in str(response)
    assert exchange["request"]["headers"] == {"Content-Type": "application/json", "Accept": "application/json"}
    assert dict(exchange["request"]["query"]) == {
        **dict.fromkeys(names, "***"),
        "api-version": "2024-05-01-preview",
        "tier": "a",
    }
    assert {name.lower(): value for name, value in exchange["response"]["headers"].items()} == {
        "content-type": "text/event-stream" if stream else "application/json",
        "content-location": "https://h/?sig=***",
        "x-echo": "*" * len(PLANTED["key"]),
        "x-request-id": "r1",
    }

    other = AzureKeyCredential("OTHER-KEY-0123456789")
    asking["params"] = {"tier": "a", "sig": "another"}
    asking["data_sources"] = json.loads(json.dumps(sources).replace("SOURCE", "ELSEWHERE"))
    async with opened(world.ChatCompletionsClient(NOWHERE, other, transport=kit.replay(cassette))) as client:
        assert await wait(client.complete(**asking)) is not None


def test_secret_across_chunks(cassette: Path) -> None:
    """A secret is masked even if it arrived in two chunks."""
    chunks = [b"My key: KEY-01", b"23456789", b"."]
    with RecordingTransport(cassette, FakeTransport(lambda _: FakeResponse(body=chunks))) as transport:
        request = HttpRequest("GET", "http://h/", headers={"api-key": "KEY-0123456789"})
        assert [*transport.send(request, stream=True).iter_bytes()] == chunks
    described = recordings_in(cassette)[0]["response"]["chunks"]
    assert [chunk["text"] for chunk in described] == ["My key: ******", "********", "."]


@pytest.mark.asyncio
async def test_each_once_in_order(world: World, kit: Kit, cassette: Path, service: LocalService) -> None:
    """Equal requests get their responses in the order of the recordings, and none twice."""
    service.answer(*(Reply(200, {"id": name, "choices": []}) for name in "abc"))
    client = world.ChatCompletionsClient(service.endpoint, service.credential, transport=kit.record(cassette))
    async with opened(client):
        for content in ("x", "y", "x"):
            await wait(client.complete(messages=[UserMessage(content)]))
    transport = kit.replay(cassette)
    async with opened(world.ChatCompletionsClient(NOWHERE, KEY, transport=transport)) as client:
        ids = [(await wait(client.complete(messages=[UserMessage(content)]))).id for content in ("x", "x", "y")]
        with pytest.raises(UnmatchedRequestError) as caught:
            await wait(client.complete(messages=[UserMessage("x")]))
    assert ids == ["a", "c", "b"]
    assert str(caught.value) == (
        "No recording in one.json matches POST /chat/completions. It was recorded 2 times, which is used up."
    )


REQUEST = {
    "method": "POST",
    "path": "/a",
    "query": [["api-version", "1"], ["sig", "***"], ["tier", "a"]],
    "headers": {},
    "json": {"messages": [{"role": "user", "content": "Hi"}], "n": 1, "stop": ["x"]},
}


BODY: Dict[str, Any] = {"stop": ["x"], "n": 1, "messages": [{"content": "Hi", "role": "user"}]}


def written(cassette: Path, *requests: Any) -> Path:
    """Write a cassette with a response to each request."""
    response = {"status": 200, "headers": {}, "json": {"choices": []}}
    recordings = [{"request": request, "response": response} for request in requests]
    cassette.parent.mkdir(exist_ok=True)
    cassette.write_text(json.dumps({"version": 1, "recordings": recordings}), "utf-8")
    return cassette


@pytest.mark.parametrize(
    ("method", "url", "body", "expected"),
    [
        ("POST", "https://any.example:8443/a?tier=a", BODY, None),
        ("POST", "http://other.example/a?tier=a&api-version=2&sig=abc&code=x", BODY, None),
        ("POST", "http://h/a", BODY, ['query.tier: recorded ["a"], sent nothing']),
        ("POST", "http://h/a?tier=a&tier=b", BODY, ['query.tier[1]: recorded nothing, sent "b"']),
        ("PUT", "http://h/b?tier=a", BODY, ['method: recorded "POST", sent "PUT"', 'path: recorded "/a", sent "/b"']),
        ("POST", "http://h/a?tier=a", {**BODY, "n": True}, ["body.n: recorded 1, sent true"]),
        ("POST", "http://h/a?tier=a", {**BODY, "n": 1.0}, None),
        ("POST", "http://h/a?tier=a", {**BODY, "stop": []}, ['body.stop[0]: recorded "x", sent nothing']),
        (
            "POST",
            "http://h/a?tier=a",
            {**BODY, "messages": [{"role": "user", "content": "h" * 300}], "seed": 1},
            [
                f'body.messages[0].content: recorded "Hi", sent "{"h" * 199}…',
                "body.seed: recorded nothing, sent 1",
            ],
        ),
        ("POST", "http://h/a?tier=a", None, [f"body: recorded {json.dumps({'json': REQUEST['json']})}, sent null"]),
    ],
)
def test_matching(cassette: Path, method: str, url: str, body: Any, expected: Any) -> None:
    """Method, path, query and JSON decide, and what differs is shown."""
    transport = ReplayTransport(written(cassette, REQUEST))
    request = HttpRequest(method, url, json=body)
    if expected is None:
        assert transport.send(request).json() == {"choices": []}
        return
    with pytest.raises(UnmatchedRequestError) as caught:
        transport.send(request)
    lines = str(caught.value).splitlines()
    assert lines[:2] == [
        f"No recording in one.json matches {method} {'/b' if method == 'PUT' else '/a'}. 0 of 1 recordings are used.",
        "The nearest is number 1. It differs in:",
    ]
    assert [line.strip() for line in lines[2:]] == expected


def test_nearest(cassette: Path) -> None:
    """The recording with the fewest differences is shown, with twenty of them at most, and no secret."""
    far = {**REQUEST, "path": "/z", "json": {str(number): number for number in range(30)}}
    transport = ReplayTransport(written(cassette, far, REQUEST))
    transport.send(HttpRequest("POST", "http://h/a?tier=a", json=BODY))
    with pytest.raises(UnmatchedRequestError) as caught:
        transport.send(
            HttpRequest("POST", "http://h/a?tier=b&sig=SECRET", json=BODY, headers={"api-key": "SECRET-KEY"})
        )
    assert str(caught.value).splitlines() == [
        "No recording in one.json matches POST /a. 1 of 2 recordings are used.",
        "The nearest is number 2, which is used. It differs in:",
        '  query.tier[0]: recorded "a", sent "b"',
    ]
    transport = ReplayTransport(written(cassette, far))
    with pytest.raises(UnmatchedRequestError, match=r"(?s)  and 14 more$"):
        transport.send(HttpRequest("POST", "http://h/z", json=BODY))
    transport = ReplayTransport(written(cassette))
    with pytest.raises(UnmatchedRequestError, match="The cassette is empty"):
        transport.send(HttpRequest("GET", "http://h/z"))


@pytest.mark.asyncio
async def test_not_retried(world: World, kit: Kit, cassette: Path) -> None:
    """A request without a recording fails at once, with an error that handlers of service errors do not catch."""
    with pytest.raises(UnmatchedRequestError, match="messages"):
        await complete(world, NOWHERE, kit.replay(written(cassette, REQUEST)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value"),
        ("[]", "list indices"),
        ('{"version": 2, "recordings": []}', "its version is 2, not 1"),
        ('{"version": 1}', "recordings"),
        ('{"version": 1, "recordings": [{"request": {}, "response": {}}]}', "method"),
        (json.dumps({"version": 1, "recordings": [{"request": REQUEST, "response": {"status": 200}}]}), "headers"),
    ],
)
def test_no_cassette(tmp_path: Path, text: str, reason: str) -> None:
    """A file that is no cassette is named with what is wrong with it."""
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"other.json is not a cassette: .*{reason}"):
        ReplayTransport(path)
    with pytest.raises(FileNotFoundError):
        AsyncReplayTransport(tmp_path / "missing.json")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", {}),
        (b"text", {"text": "text"}),
        ("Grüße".encode(), {"text": "Grüße"}),
        (b"\xff\x00", {"base64": "/wA="}),
        (b"[1, 2]", {"json": [1, 2]}),
        (b"[" * 500 + b"]" * 500, {"text": "[" * 500 + "]" * 500}),
        (b'{"a": "\\ud83d"}', {"json": {"a": "\ud83d"}}),
    ],
)
def test_bodies(cassette: Path, content: bytes, expected: Any) -> None:
    """Any body is recorded and played: of a request, and of a response."""
    transport = RecordingTransport(cassette, FakeTransport(lambda request: FakeResponse(body=request.content or b"")))
    with transport:
        recorded = transport.send(HttpRequest("POST", "http://h/", content=content)).content
    (exchange,) = recordings_in(cassette)
    found = [{name: part[name] for name in ("json", "text", "base64") if name in part} for part in exchange.values()]
    played = ReplayTransport(cassette).send(HttpRequest("POST", "http://h/", content=content)).content

    assert found == [expected, expected]
    assert recorded == content
    assert played == content or json.loads(played) == json.loads(content)


def test_files(cassette: Path, tmp_path: Path) -> None:
    """A file as body is recorded and still sent from where it began; one that can be read only once matches any other."""
    path = tmp_path / "body.json"
    path.write_bytes(b'..{"a": 1}')
    with open(path, "rb") as file, RecordingTransport(cassette, FakeTransport(lambda _: FakeResponse())) as transport:
        file.seek(2)
        transport.send(HttpRequest("POST", "http://h/", content=file))
        assert file.tell() == 2
        transport.send(HttpRequest("POST", "http://h/", content=iter([b"once"])))
        transport.send(HttpRequest("POST", "http://h/", data={"a": "b c"}))
    bodies = [{**exchange["request"]} for exchange in recordings_in(cassette)]
    assert [body.get("json") or body.get("type") or body.get("text") for body in bodies] == [
        {"a": 1},
        "list_iterator",
        "a=b+c",
    ]
    ReplayTransport(cassette).send(HttpRequest("POST", "http://h/", content=iter([b"other"])))


def test_embeddings_stand_in_one_line(cassette: Path, service: LocalService) -> None:
    """An embedding is written on one line of the cassette."""
    with SYNC.EmbeddingsClient(service.endpoint, service.credential, transport=RecordingTransport(cassette)) as client:
        recorded = client.embed(input=["a [1,\n 2] b", "c"])
    with SYNC.EmbeddingsClient(NOWHERE, KEY, transport=ReplayTransport(cassette)) as client:
        assert client.embed(input=["a [1,\n 2] b", "c"]) == recorded
    assert len(cassette.read_text("utf-8").splitlines()) < 80


def test_older_cassette_is_replaced(cassette: Path, service: LocalService) -> None:
    """A cassette that cannot be written leaves the older one, and no other file."""
    written(cassette, REQUEST)
    before = cassette.read_bytes()
    transport = RecordingTransport(cassette)
    with pytest.raises(TypeError), SYNC.ChatCompletionsClient(service.endpoint, KEY, transport=transport) as client:
        client.send_request(HttpRequest("POST", "/info", headers={"x": "1"}, content=b"{}"))
        transport._recordings[0]._head["status"] = object()  # no service can do this
    assert cassette.read_bytes() == before
    assert [*cassette.parent.iterdir()] == [cassette]


def test_cassette_that_cannot_be_written(tmp_path: Path) -> None:
    """Closing raises the error of the file, after the inner transport is closed, and leaves no other file."""
    (tmp_path / "one.json").mkdir()
    inner = FakeTransport(lambda _: FakeResponse())
    with pytest.raises(OSError, match=r"one\.json"):
        RecordingTransport(tmp_path / "one.json", inner).close()
    assert inner.closed
    assert [*tmp_path.iterdir()] == [tmp_path / "one.json"]


@pytest.mark.parametrize("record", [ReplayTransport, RecordingTransport])
@pytest.mark.asyncio
async def test_closed(record: Any, cassette: Path) -> None:
    """A transport that is closed refuses further requests."""
    transport = record(written(cassette, REQUEST))
    with transport:
        pass
    with pytest.raises(ValueError, match="closed"):
        transport.open()


def test_forked_process_does_not_write(cassette: Path, service: LocalService) -> None:
    """A process that is forked off does not replace the cassette of its parent."""
    if not hasattr(os, "fork"):
        pytest.skip("no fork here")
    transport = RecordingTransport(cassette)
    with SYNC.ChatCompletionsClient(service.endpoint, service.credential, transport=transport) as client:
        client.complete(messages=HELLO)
        child = os.fork()
        if not child:
            transport.close()
            os._exit(0)
        os.waitpid(child, 0)
        assert not cassette.exists()
    assert len(recordings_in(cassette)) == 1


def test_error_of_a_service(cassette: Path, service: LocalService) -> None:
    """An error response is played like any other."""
    errors: List[Tuple[type, str]] = []
    for transport in (RecordingTransport(cassette), ReplayTransport):
        made = transport(cassette) if isinstance(transport, type) else transport
        client = SYNC.ChatCompletionsClient(service.endpoint, service.credential, transport=made)
        with client, pytest.raises(HttpResponseError) as caught:
            client.complete(messages=HELLO, model="error-deployment", stream=True)
        errors.append((type(caught.value), str(caught.value).splitlines()[0]))
    assert errors[0] == errors[1]
