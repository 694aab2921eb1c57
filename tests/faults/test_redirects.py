"""A redirect sends the whole body again, and nothing of one origin to another. Cookies of servers are not kept."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any, Dict, Iterator, List

import aiohttp
import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from worlds import ASYNC, SYNC, World, updates_of, wait

from azure.ai.inference.aio._http.files import keeping_file

from .calls import ANSWER, COMPLETION, STREAM, ask, chat, failure_of, with_transport
from .raw_server import Answer, RawServer, cut, whole

BODY = b'{"messages": [{"role": "user", "content": "hi"}]}'


def redirect(url: str, status: int = 307, **headers: str) -> Answer:
    return whole(b"", status, kind=None, Location=url, **headers)


async def complete(client: Any, body: Any, **options: Any) -> Any:
    return await wait(client.complete(body, **options))


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [307, 308])
@pytest.mark.parametrize("start", [0, 10], ids=["from its start", "from its middle"])
@pytest.mark.parametrize("kind", ["file", "BytesIO", "bytes"])
async def test_sent_again(world: World, kind: str, start: int, status: int, tmp_path: Path) -> None:
    """A redirect sends the same body again, also the same part of a file."""
    path = tmp_path / "body.json"
    path.write_bytes(b" " * start + BODY)
    with path.open("rb") as file:
        body: Any = {"file": file, "BytesIO": io.BytesIO(path.read_bytes()), "bytes": BODY}[kind]
        if kind != "bytes":
            body.seek(start)
        with RawServer(redirect("/x", status), redirect("/y", status), whole(ANSWER)) as server:
            async with chat(world, server) as client:
                assert await complete(client, body) == COMPLETION
    assert [request.body for request in server.requests] == [BODY, BODY, BODY]


@pytest.mark.asyncio
@pytest.mark.parametrize("given", [False, True], ids=["own session", "given session"])
async def test_large_bodies_are_sent_without_a_warning(given: bool) -> None:
    """aiohttp warns of large bodies that are no file, which pytest turns into an error here. Images are that large."""
    import aiohttp

    body = json.dumps({"messages": [{"role": "user", "content": "a" * 1_100_000}]})
    async with contextlib.AsyncExitStack() as stack:
        options: Dict[str, Any] = {}
        if given:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            options = {"session": session, "session_owner": False}
        server = stack.enter_context(RawServer(redirect("/x"), whole(ANSWER), whole(ANSWER)))
        client = await stack.enter_async_context(chat(ASYNC, server, **options))
        assert await complete(client, body.encode()) == COMPLETION
        request = HttpRequest("POST", "/chat/completions", content=body, headers={"Content-Type": "text/x"})
        assert (await client.send_request(request)).status_code == 200
    assert [one.body == body.encode() for one in server.requests] == [True] * 3
    assert {one.headers["content-length"] for one in server.requests} == {str(len(body))}
    assert server.requests[2].headers["content-type"] == "text/x"


@pytest.mark.asyncio
async def test_file_tried_again(world: World, tmp_path: Path) -> None:
    """A file is sent again whole, with its length, and stays open."""
    path = tmp_path / "body.json"
    path.write_bytes(BODY)
    with path.open("rb") as file, RawServer([cut], whole(ANSWER)) as server:
        async with chat(world, server, retry_total=1, retry_backoff_factor=0.001) as client:
            assert await complete(client, file, retry_on_methods=["POST"]) == COMPLETION
        assert not file.closed
    sent = [(request.headers.get("content-length"), request.body) for request in server.requests]
    assert sent == [(str(len(BODY)), BODY)] * 2


def test_file_read_on_by_an_earlier_attempt(tmp_path: Path) -> None:
    """aiohttp reads files in threads: one that reads on after its attempt has failed takes nothing from the next."""
    path, body = tmp_path / "body.bin", bytes(range(256)) * 400
    path.write_bytes(b"  " + body)
    with path.open("rb", buffering=0) as file:
        file.seek(2)
        request = HttpRequest("POST", "http://localhost", content=file)
        first = keeping_file(request).content
        first.read(1)
        file.seek(2)  # as policies do before the next attempt
        first.read(50_000)
        second = keeping_file(request).content
        first.read()
        assert second.read() == body


class Pipe(io.RawIOBase):
    """A file that cannot be rewound."""

    def __init__(self) -> None:
        self._rest = BODY

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        size = len(self._rest) if size < 0 else size
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_not_rewound(world: World, streamed: bool) -> None:
    """A file that cannot be rewound is not sent again, and the response is closed."""
    with RawServer(redirect("/x"), whole(ANSWER)) as server:
        async with chat(world, server) as client:
            error = await failure_of(complete(client, Pipe(), stream=streamed))
            assert isinstance(error, HttpResponseError) and "cannot be rewound" in str(error), repr(error)
            assert error.response is not None and error.response.is_closed
    assert (error.status_code, len(server.requests)) == (307, 1)


@pytest.mark.asyncio
async def test_iterator() -> None:
    """A body from an iterator, which the first request used up, is not sent again."""
    from azure.core.rest import HttpRequest

    class Pieces:
        def __iter__(self) -> Iterator[bytes]:
            yield BODY

    with RawServer(redirect("/x"), whole(ANSWER)) as server:
        async with chat(SYNC, server) as client:

            async def send() -> Any:
                return client.send_request(HttpRequest("POST", "/", content=Pieces()))

            error = await failure_of(send())
    assert isinstance(error, HttpResponseError) and "cannot be rewound" in str(error), repr(error)


@pytest.mark.asyncio
async def test_not_followed(world: World) -> None:
    """A redirect that is not followed does not fail for a body that cannot be sent again."""
    with RawServer(redirect("/x")) as server:
        async with chat(world, server) as client:
            error = await failure_of(complete(client, Pipe(), permit_redirects=False))
    assert isinstance(error, HttpResponseError) and "rewound" not in str(error)


SECRETS = {
    "Cookie": "a=1",
    "Proxy-Authorization": "Basic cHJveHk6c2VjcmV0",
    "ocp-apim-subscription-key": "secret",
    "X-API-Key": "secret",
    "x-mine": "1",
}
NOT_FOR_OTHERS = {"cookie", "proxy-authorization", "authorization", "api-key", "ocp-apim-subscription-key", "x-api-key"}


@pytest.mark.asyncio
@pytest.mark.parametrize("own", [True, False], ids=["default transport", "azure-core's transport"])
@pytest.mark.parametrize("given", ["headers", "client's headers", "cookies"])
async def test_other_origin(world: World, given: str, own: bool) -> None:
    """A redirect to another origin carries neither cookies nor the password of a proxy, nor a key of another service."""
    if not own and world is not SYNC:
        pytest.skip("one foreign transport is enough")
    of_client = {} if own else {"transport": RequestsTransport()}
    of_client.update({"headers": SECRETS} if given == "client's headers" else {})
    of_call: Any = {"headers": {"headers": SECRETS}, "cookies": {"cookies": {"a": "1"}}}.get(given, {})
    with RawServer(whole(ANSWER)) as other, RawServer(redirect(other.url + "/x")) as server:
        async with chat(world, server, **of_client) as client:
            assert await ask(client, **of_call) == COMPLETION
    first, last = server.requests[0].headers, other.requests[0].headers
    assert first["cookie"] == "a=1"
    assert not NOT_FOR_OTHERS & last.keys()
    assert last.get("x-mine") == (None if given == "cookies" else "1")


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:(BasicAuth|The 'auth' parameter) is deprecated:DeprecationWarning")
@pytest.mark.parametrize("own", [True, False], ids=["same origin", "other origin"])
async def test_login(world: World, own: bool) -> None:
    """The login of the option `auth` is sent to the origin that it was given for, and to no other."""
    login: Any = ("someone", "secret") if world is SYNC else aiohttp.BasicAuth("someone", "secret")
    with RawServer(whole(ANSWER)) as other, RawServer(
        redirect("/x" if own else other.url + "/x"), whole(ANSWER)
    ) as server:
        async with chat(world, server, authentication_policy=SansIOHTTPPolicy()) as client:
            assert await ask(client, auth=login) == COMPLETION
    sent = [request.headers.get("authorization") for request in (*server.requests, *other.requests)]
    header = "Basic c29tZW9uZTpzZWNyZXQ="
    assert sent == [header, header if own else None]


@pytest.mark.asyncio
@pytest.mark.parametrize("given", ["headers", "cookies"])
async def test_same_origin(world: World, given: str) -> None:
    """A redirect within an origin keeps cookies."""
    of_call: Any = {"headers": SECRETS} if given == "headers" else {"cookies": {"a": "1"}}
    with RawServer(redirect("/x"), whole(ANSWER)) as server:
        async with chat(world, server) as client:
            assert await ask(client, **of_call) == COMPLETION
    assert [request.headers["cookie"] for request in server.requests] == ["a=1", "a=1"]


@pytest.mark.asyncio
async def test_there_and_back(world: World) -> None:
    """Cookies do not return with a redirect from another origin, which could choose the target."""
    with RawServer(lambda _: redirect(server.url + "/back")) as other, RawServer(
        redirect(other.url), whole(ANSWER)
    ) as server:
        async with chat(world, server) as client:
            assert await ask(client, cookies={"a": "1"}) == COMPLETION
    assert [request.headers.get("cookie") for request in server.requests] == ["a=1", None]


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_cookies_of_servers(world: World, streamed: bool) -> None:
    """A cookie that a server sets is not kept."""
    with RawServer(whole(ANSWER, Set_Cookie="theirs=1; Path=/")) as server:
        async with chat(world, server) as client:
            for _ in range(2):
                result = await ask(client, stream=streamed)
                await wait(result.close()) if streamed else None
            if not streamed:
                assert await ask(client, cookies={"mine": "1"}) == COMPLETION
    sent = [request.headers.get("cookie") for request in server.requests]
    assert sent == [None, None] if streamed else [None, None, "mine=1"]


@pytest.mark.asyncio
async def test_cookies_of_the_program() -> None:
    """A cookie that a program sets on the session of a transport is sent."""
    with RawServer(whole(ANSWER, Set_Cookie="theirs=1; Path=/")) as server:
        async with chat(SYNC, server) as client:
            await ask(client)
            client._client._pipeline._transport.session.cookies.set("mine", "1")
            for _ in range(2):
                assert await ask(client) == COMPLETION
    assert [request.headers.get("cookie") for request in server.requests] == [None, "mine=1", "mine=1"]


@pytest.mark.asyncio
async def test_connection_of_redirect(world: World) -> None:
    """The connection of a redirected stream is reused."""
    with RawServer(redirect("/x"), whole(ANSWER)) as server:
        async with chat(world, server) as client:
            await ask(client, stream=True)
        assert server.connections == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("transport", ["default", "foreign"])
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_response_of_an_invalid_redirect(world: World, streamed: bool, transport: str) -> None:
    """A response that redirects to no URL is closed: nobody will read it, so nothing else would free its connection."""
    with RawServer(whole(b"moved", 307, kind=None, Location="http://a@127.0.0.1:1@127.0.0.1:1/x")) as server:
        async with chat(world, server, **with_transport(world, transport)) as client:
            error = await failure_of(ask(client, stream=streamed))
    assert isinstance(error, HttpResponseError)
    assert error.response is not None
    assert error.response.is_closed


@pytest.mark.asyncio
async def test_response_of_an_error_of_a_hook(world: World) -> None:
    """Only responses of redirects are closed: the program that raised another error may still read its response."""

    def hook(response: Any) -> None:
        raise HttpResponseError("mine", response.http_response)

    with RawServer(whole(STREAM, kind="text/event-stream")) as server:
        async with chat(world, server) as client:
            error: Any = await failure_of(ask(client, stream=True, raw_response_hook=hook))
            assert await wait(error.response.read()) == STREAM
            await wait(error.response.close())


@pytest.mark.asyncio
async def test_left_response() -> None:
    """A streamed response that redirects is closed, which foreign transports leave unread."""
    seen: List[Any] = []
    moved = whole(b"moved", 307, kind=None, Location="/x")
    with RawServer(moved, whole(STREAM, kind="text/event-stream")) as server:
        options = {"stream": True, "raw_response_hook": lambda response: seen.append(response.http_response)}
        async with chat(SYNC, server, transport=RequestsTransport()) as client:
            assert len(await updates_of(await ask(client, **options))) == 3
            assert seen[0].is_closed
