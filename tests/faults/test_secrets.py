"""Keys, tokens and messages go to the endpoint, and nowhere else."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import copy
import json
import logging
import pickle
import threading
import traceback
from types import MappingProxyType
from typing import Any, Callable, Dict, List

import aiohttp
import pytest
import requests
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.core.rest import HttpRequest
from worlds import SYNC, World, opened, wait

from azure.ai.inference.testing import FakeResponse

from .calls import ANSWER, COMPLETION, KEY, STREAM, TEXT, A, ask, chat, event, failure_of, read, with_transport
from .raw_server import Answer, RawServer, Request, chunked, cut, reset, whole
from .test_statuses import AsyncToken, Token

TOKEN = "token-that-nobody-may-see"
SECRETS = (KEY, TOKEN)
REDIRECTS = [300, 303, 307, 308]


def credentials_of(request: Request) -> List[str]:
    return [request.headers[name] for name in ("authorization", "api-key") if name in request.headers]


def redirect(url: str, status: int = 307) -> Answer:
    return whole(b"", status, Location=url)


def credential_of(world: World, kind: str) -> Any:
    if kind == "key":
        return AzureKeyCredential(KEY)
    return Token() if world.name == "sync" else AsyncToken()


@pytest.mark.asyncio
async def test_both_headers(world: World) -> None:
    """The key is sent in both headers in which services look for it."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            await ask(client)
    assert credentials_of(server.requests[0]) == [f"Bearer {KEY}", KEY]


@pytest.mark.asyncio
@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
async def test_redirect_to_other_port(world: World, status: int, streamed: bool) -> None:
    """A redirect to another port does not carry the key."""
    with RawServer(whole(STREAM if streamed else ANSWER)) as other, RawServer(redirect(other.url, status)) as server:
        async with chat(world, server) as client:
            answer = await ask(client, stream=streamed)
            if streamed:
                await read(answer)
    assert len(credentials_of(server.requests[0])) == 2
    assert credentials_of(other.requests[0]) == []
    assert not any(KEY in value for value in other.requests[0].headers.values())


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [307, 308])
async def test_redirect_to_other_host(world: World, status: int) -> None:
    """A redirect to another host name does not carry the key, even on the same machine and port."""
    with RawServer(lambda request: whole(ANSWER) if request.target == "/x" else redirect(elsewhere, status)) as server:
        elsewhere = f"http://localhost:{server.port}/x"
        async with chat(world, server) as client:
            await ask(client)
    assert [len(credentials_of(request)) for request in server.requests] == [2, 0]


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["key", "token"])
@pytest.mark.parametrize("target", ["http", "https"])
async def test_redirect_from_tls(world: World, kind: str, target: str, tls: Any) -> None:
    """A redirect to another port or out of TLS carries neither key nor token."""
    options = {"credential": credential_of(world, kind), "connection_verify": tls.bundle}
    with contextlib.ExitStack() as stack:
        other = stack.enter_context(RawServer(whole(ANSWER), tls=tls.server if target == "https" else None))
        server = stack.enter_context(RawServer(redirect(other.url), tls=tls.server))
        async with chat(world, server, **options) as client:
            await ask(client)
    assert len(credentials_of(server.requests[0])) == (2 if kind == "key" else 1)
    assert credentials_of(other.requests[0]) == []


@pytest.mark.asyncio
async def test_challenge_from_another_origin(world: World, tls: Any) -> None:
    """A server that the endpoint redirects to gets no token by asking for one."""
    asked: List[Any] = []

    class Asked(Token):
        def get_token(self, *scopes: str, **options: Any) -> AccessToken:
            asked.append(options.get("claims"))
            return super().get_token(*scopes)

    class AsyncAsked(AsyncToken):
        async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
            return Asked().get_token(*scopes, **options)

    claims = base64.b64encode(b'{"need": 1}').decode()
    challenge = f'Bearer error="insufficient_claims", claims="{claims}"'
    options = {"credential": Asked() if world is SYNC else AsyncAsked(), "connection_verify": tls.bundle}
    with contextlib.ExitStack() as stack:
        refusal = whole(b"", 401, WWW_Authenticate=challenge)
        other = stack.enter_context(RawServer(refusal, whole(ANSWER), tls=tls.server))
        server = stack.enter_context(RawServer(redirect(other.url), tls=tls.server))
        async with chat(world, server, **options) as client:
            error = await failure_of(ask(client))
    assert type(error) is ClientAuthenticationError
    assert ([credentials_of(request) for request in other.requests], asked) == ([[]], [None])


@pytest.mark.asyncio
async def test_redirect_home(world: World) -> None:
    """A redirect within the endpoint's own origin keeps the key."""
    with RawServer(redirect("/x"), whole(ANSWER)) as server:
        async with chat(world, server) as client:
            await ask(client)
    assert [(request.target, len(credentials_of(request))) for request in server.requests][1] == ("/x", 2)


@pytest.mark.asyncio
async def test_redirect_there_and_back(world: World) -> None:
    """A redirect by way of another origin does not carry the key there, and succeeds."""
    with contextlib.ExitStack() as stack:
        other = stack.enter_context(RawServer(lambda _: redirect(server.url + "/back")))
        server = stack.enter_context(RawServer(redirect(other.url), whole(ANSWER)))
        async with chat(world, server) as client:
            assert await ask(client) == COMPLETION
    assert credentials_of(other.requests[0]) == []


@pytest.mark.asyncio
async def test_redirect_then_retry(world: World) -> None:
    """A request that is redirected to another origin and then retried does not carry the key."""
    busy = whole(b"", 503, Retry_After=0)
    with RawServer(busy, whole(ANSWER)) as other, RawServer(redirect(other.url)) as server:
        async with chat(world, server, retry_total=1) as client:
            await ask(client)
    assert [credentials_of(request) for request in other.requests] == [[], []]


@pytest.mark.asyncio
async def test_redirect_for_ever(world: World) -> None:
    """A loop of redirects ends with azure-core's error."""
    with RawServer(redirect("/x")) as server:
        async with chat(world, server) as client:
            error = await failure_of(ask(client, redirect_max=3))
    assert isinstance(error, HttpResponseError)
    assert len(server.requests) == 4


@pytest.mark.asyncio
@pytest.mark.parametrize("url", ["http://other.invalid:0x/", "ftp://127.0.0.1/", "http://[::1", "http:///x"])
async def test_redirect_nowhere(world: World, url: str) -> None:
    """A redirect to an invalid URL raises azure-core's error, which does not show the key."""
    with RawServer(redirect(url)) as server:
        async with chat(world, server) as client:
            error = await failure_of(ask(client))
    assert isinstance(error, AzureError), repr(error)
    assert KEY not in "".join(traceback.format_exception(type(error), error, error.__traceback__))


@pytest.mark.asyncio
async def test_request_of_ones_own(world: World) -> None:
    """A program's request to another server through the client does not carry the key."""
    with RawServer(whole(ANSWER)) as other, RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            await wait(client.send_request(HttpRequest("GET", other.url + "/x")))
            await wait(client.send_request(HttpRequest("GET", "/x")))
    assert (credentials_of(other.requests[0]), len(credentials_of(server.requests[0]))) == ([], 2)


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["key", "token"])
@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("https://host.example", "https://host.example.evil/"),
        ("https://host.example/", "https://host.example.evil/"),
        ("https://host.example", "https://host.example@evil.example/"),
        ("https://host.example", "https://host.example:8443/"),
        ("https://host.example:84", "https://host.example:8443/"),
        ("https://host.example", "https://host.exampl/"),
        ("https://host.example?a=b", "https://host.example.evil/?a=b"),
        ("https://host.example/models", "https://host.example.evil/models/"),
        ("https://host.example/models", "http://host.example/models/"),
    ],
)
async def test_other_origins(world: World, endpoint: str, url: str, kind: str) -> None:
    """No credential goes to another origin, however much its URL looks like the endpoint's."""
    transport = world.FakeTransport(lambda request: FakeResponse(200, {}))
    client = world.ChatCompletionsClient(endpoint, credential_of(world, kind), transport=transport)
    async with opened(client):
        await wait(client.send_request(HttpRequest("GET", url)))
        await wait(client.send_request(HttpRequest("GET", "/x")))
    found = [sorted({"Authorization", "api-key"} & set(request.headers)) for request in transport.requests]
    at_home = ["Authorization", "api-key"] if kind == "key" else ["Authorization"]
    assert found == [[], at_home]


@pytest.mark.asyncio
async def test_rotation(world: World) -> None:
    """A replaced key is no longer sent, in either header."""
    credential = AzureKeyCredential(KEY)
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server, credential=credential) as client:
            await ask(client)
            credential.update("new")
            await ask(client)
    assert [credentials_of(request) for request in server.requests] == [[f"Bearer {KEY}", KEY], ["Bearer new", "new"]]


@pytest.mark.asyncio
@pytest.mark.parametrize("code", [*range(9), *range(10, 32), 127])
async def test_control_characters(world: World, code: int) -> None:
    """No control character but a tab is sent in a header; the error names the header and hides the value."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            error = await failure_of(ask(client, headers={"X-A": f"secret{chr(code)}value"}))
    assert (type(error), server.requests) == (ValueError, [])
    assert "X-A" in str(error)
    assert "secret" not in str(error)


@pytest.mark.asyncio
async def test_other_injections(world: World) -> None:
    """A request id, a user agent or a content type from outside adds no headers to the request."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            for option in ("request_id", "user_agent", "content_type"):
                error = await failure_of(ask(client, **{option: "a\r\nX-Evil: 1"}))
                assert type(error) is ValueError
    assert server.requests == []


def test_str_key(world: World) -> None:
    """A key that is not wrapped is not shown in the error's text."""
    with pytest.raises(TypeError, match="str") as caught:
        world.ChatCompletionsClient("https://a.example", KEY)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("url", ["https://me:pw@a.example", "https://me@a.example", "https://:pw@a.example/x"])
@pytest.mark.asyncio
async def test_user_in_url(world: World, url: str) -> None:
    """A password in the URL is neither sent nor shown."""
    async with opened(world.ChatCompletionsClient(url, AzureKeyCredential(KEY))) as client:
        error = await failure_of(ask_later(client))
        assert isinstance(error, ValueError)
        assert "pw" not in f"{error} {client} {client!r}"


async def ask_later(client: Any) -> Any:
    return await ask(client)


@pytest.mark.asyncio
async def test_pickle(world: World) -> None:
    """A client cannot be pickled: its key would go with it."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                with pytest.raises(TypeError, match="pickled"):
                    pickle.dumps(client, protocol)


async def refused(client: Any) -> List[Any]:
    """Return the objects of refused requests that a program may pickle."""
    errors: List[Any] = [await failure_of(ask(client)), await failure_of(ask(client, stream=True))]
    response = await wait(client.send_request(HttpRequest("GET", "/x"), headers={"X-API-Key": KEY, "Cookie": KEY}))
    return [*errors, response, response.request, *(error.response for error in errors)]


@pytest.mark.asyncio
@pytest.mark.parametrize("transport", ["default", "foreign", "session"])
async def test_pickled_failures(world: World, transport: str) -> None:
    """A pickled error, which a process pool or a queue of tasks stores, holds no credential. Its request keeps them."""
    options = with_transport(world, transport)
    if transport == "session":
        options = {"session": requests.Session() if world is SYNC else aiohttp.ClientSession()}
    with RawServer(whole(b'{"error": {"code": "x", "message": "no"}}', 400)) as server:
        async with chat(world, server, **options) as client:
            found = await refused(client)
        if transport == "session":
            await wait(options["session"].close())
    for one in found:
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):  # old releases of multidict know no lower one
            pickled = pickle.dumps(one, protocol)
            assert KEY.encode() not in pickled
            loaded = pickle.loads(pickled)
            assert (type(loaded), str(loaded)) == (type(one), str(one))
    request = found[0].response.request
    for kept in (request, copy.copy(request), copy.deepcopy(request)):
        assert kept.headers["api-key"] == KEY
    assert pickle.loads(pickle.dumps(request)).headers["api-key"] == "***"


@pytest.mark.asyncio
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
async def test_copy(world: World, duplicate: Callable[[Any], Any]) -> None:
    """A client that is copied, in a program's settings, works and shares its connections."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            await ask(client)
            assert await ask(duplicate(client)) == COMPLETION
    assert server.connections == 1


@pytest.mark.asyncio
async def test_callers_dicts(world: World) -> None:
    """A call does not change the caller's arguments."""
    headers, params = {"X-A": "1"}, {"p": "1"}
    extras, body = {"e": {"f": 1}}, {"messages": [{"role": "user", "content": TEXT}]}
    given = copy.deepcopy((headers, params, extras, body))
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server, headers=headers) as client:
            await ask(client, headers=headers, params=params, model_extras=extras)
            await wait(client.complete(body, headers=MappingProxyType(headers)))
    assert (headers, params, extras, body) == given


def everything(client: Any) -> str:
    """Return all that can be printed of a client and its parts."""
    parts = [client, client._config, client._config.credential, client._client, client._client._pipeline]
    parts += [client._config.authentication_policy, vars(client).keys()]
    return " ".join(f"{part!r} {part}" for part in parts)


@pytest.mark.asyncio
async def test_printed(world: World) -> None:
    """Neither `print` nor `repr` of a client, a credential, a response or a stream shows a key."""
    with RawServer(whole(ANSWER), chunked(STREAM, b"")) as server:
        async with chat(world, server) as client:
            text = everything(client) + repr(await ask(client))
            stream = await ask(client, stream=True)
            text += f"{stream!r} {stream} {vars(stream)}"
            await read(stream)
    assert KEY not in text


#: Faults whose errors must not show a secret.
FAULTS: Dict[str, Answer] = {
    "401": whole(b'{"error": {"code": "x", "message": "bad key"}}', 401),
    "404": whole(b"", 404),
    "429": whole(b"", 429),
    "500": whole(b"<html>", 500, "text/html"),
    "cut": [cut],
    "reset": [reset],
    "no JSON": whole(b"oops"),
    "no HTTP": [b"oops\r\n\r\n", cut],
    "broken stream": [*chunked(A), cut],
    "odd event": chunked(event(b"{oops"), b""),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("level", [logging.INFO, logging.DEBUG], ids=["info", "debug"])
@pytest.mark.parametrize("says", FAULTS)
async def test_logs_and_errors(world: World, says: str, level: int, caplog: pytest.LogCaptureFixture) -> None:
    """No key or message is in the logs, and no key in an error's text, causes or traceback."""
    errors: List[Any] = []
    with RawServer(FAULTS[says]) as server, caplog.at_level(level):
        async with chat(world, server, retry_total=1, retry_backoff_factor=0) as client:
            for streamed in (False, True):
                try:
                    answer = await ask(client, stream=streamed)
                    errors.append((await read(answer))[1] if streamed else None)
                except Exception as error:
                    errors.append(error)
    found = [error for error in errors if error is not None]
    assert found
    told = "".join("".join(traceback.format_exception(type(e), e, e.__traceback__)) + repr(e) for e in found)
    assert KEY not in told
    ours = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("asyncio"))
    assert KEY not in ours
    assert TEXT not in ours
    assert "hello" not in ours


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["key", "token"])
@pytest.mark.parametrize("enable", [False, True], ids=["quiet", "logging_enable"])
async def test_logs(world: World, kind: str, enable: bool, tls: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Without `logging_enable`, or with it on INFO, no key, token or message is logged."""
    options = {"credential": credential_of(world, kind), "connection_verify": tls.bundle, "logging_enable": enable}
    level = logging.INFO if enable else logging.DEBUG
    with RawServer(whole(ANSWER), chunked(STREAM, b""), tls=tls.server) as server, caplog.at_level(level):
        async with chat(world, server, **options) as client:
            await ask(client)
            await read(await ask(client, stream=True))
    assert "/chat/completions" in caplog.text
    assert not any(secret in caplog.text for secret in (*SECRETS, TEXT))


@pytest.mark.asyncio
async def test_unknown_keyword(world: World) -> None:
    """A misspelt setting is refused."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            error = await failure_of(ask(client, temprature=1))
    assert (type(error), "'temprature'" in str(error), server.requests) == (TypeError, True, [])


def echo(request: Request) -> Answer:
    """Return a response with the text of the request, as an update or whole."""
    body = json.loads(request.body)
    text = body["messages"][0]["content"]
    if body.get("stream"):
        piece = {"choices": [{"index": 0, "finish_reason": "stop", "delta": {"content": text}}]}
        return chunked(event(json.dumps(piece).encode()), event(b"[DONE]"), b"")
    return whole(json.dumps({"choices": [{"message": {"content": text}}]}).encode())


def test_threads() -> None:
    """Threads that share a client get their own responses."""
    wrong: List[str] = []
    begin = threading.Barrier(64)

    def talk(client: Any, number: int) -> None:
        begin.wait(10)
        for turn in range(4):
            text = f"{number}-{turn}"
            messages = [{"role": "user", "content": text}]
            whole_answer = client.complete(messages=messages).choices[0].message.content
            streamed = [update.choices[0].delta.content for update in client.complete(messages=messages, stream=True)]
            if (whole_answer, streamed) != (text, [text]):
                wrong.append(text)

    with RawServer(echo) as server, SYNC.ChatCompletionsClient(server.url, AzureKeyCredential(KEY)) as client:
        threads = [threading.Thread(target=talk, args=(client, number)) for number in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert (wrong, len(server.requests)) == ([], 64 * 8)


@pytest.mark.asyncio
async def test_tasks() -> None:
    """Tasks that share a client get their own responses."""
    from worlds import ASYNC

    async def talk(client: Any, number: int) -> bool:
        messages = [{"role": "user", "content": f"task {number}"}]
        answer = await client.complete(messages=messages)
        stream = await client.complete(messages=messages, stream=True)
        texts = [update.choices[0].delta.content async for update in stream]
        return [answer.choices[0].message.content] == texts == [f"task {number}"]

    with RawServer(echo) as server:
        async with chat(ASYNC, server) as client:
            assert all(await asyncio.gather(*(talk(client, number) for number in range(200))))
    assert len(server.requests) == 400
    assert len(asyncio.all_tasks()) == 1
