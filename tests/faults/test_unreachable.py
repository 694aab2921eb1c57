"""Services that cannot be reached are retried soon, and refusals of a policy are not; the waits are noted."""

from __future__ import annotations

import re
import socket
from types import SimpleNamespace
from typing import Any, Dict, List

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.pipeline.policies import RetryMode, SansIOHTTPPolicy
from azure.core.pipeline.transport import AioHttpTransport, RequestsTransport
from azure.core.rest import HttpRequest
from worlds import SYNC, World, opened, wait

from azure.ai.inference._pipeline import retry
from azure.ai.inference.testing import FakeResponse

from .calls import (
    ANSWER,
    about,
    ask,
    chat,
    closed_port,
    failure_of,
    retrying,
    waiting_transport,
)
from .raw_server import RawServer, cut, head, whole
from .shown import secrets_shown_by


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> List[str]:
    """Install a resolver that finds no name, and return the names that it was given."""
    names: List[str] = []
    resolve = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **options: Any) -> Any:
        if host != "nobody.example":
            return resolve(host, *args, **options)
        names.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names


UNREACHABLE = ["refused", "unknown"]


def unreachable(says: str) -> str:
    return f"http://127.0.0.1:{closed_port()}" if says == "refused" else "http://nobody.example"


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("says", UNREACHABLE)
async def test_no_connection(world: World, says: str, streamed: bool, nobody: List[str]) -> None:
    """A connection that fails, which is safe to retry, is retried soon, and its error is right."""
    waits: List[float] = []
    with RawServer(whole(ANSWER)) as server:
        async with retrying(world, server, waits, endpoint=unreachable(says)) as client:
            error: Any = await failure_of(ask(client, stream=streamed))
    assert type(error) is ServiceRequestError
    assert about(waits, 0.25, 0.5, 1)
    assert re.search(r" \(tried 4 times in \d+\.\d s\)$", str(error))
    assert str(error) == error.message
    assert len(nobody) == (4 if says == "unknown" else 0)


@pytest.mark.asyncio
@pytest.mark.parametrize("says", UNREACHABLE)
async def test_no_connection_for_others(world: World, says: str, nobody: List[str]) -> None:
    """Other calls than chats, and other transports, are retried as soon."""
    for foreign in (False, True):
        waits: List[float] = []
        base = waiting_transport(world, waits)
        if foreign:
            base = (RequestsTransport if world is SYNC else AioHttpTransport)()
            base.sleep = note(world, waits)
        options = {"transport": base, "retry_connect": 2}
        async with opened(world.EmbeddingsClient(unreachable(says), AzureKeyCredential("k"), **options)) as client:
            for call in (lambda client=client: client.embed(input=["a"]), client.get_model_info):
                with pytest.raises(ServiceRequestError, match=r"\(tried 3 times in \d+\.\d s\)$"):
                    await wait(call())
        assert about(waits, 0.25, 0.5, 0.25, 0.5)


def note(world: World, waits: List[float]) -> Any:
    """Return a transport's `sleep` that notes the wait."""

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    return waits.append if world is SYNC else sleep


#: Options that say how long to wait, and the waits.
CHOSEN: Dict[str, Any] = {
    "nothing": ({}, [0.25, 0.5, 1]),
    "other options": ({"retry_backoff_max": 0.4, "retry_total": 5}, [0.25, 0.4, 0.4]),
    "a factor": ({"retry_backoff_factor": 0.8}, [0.8, 1.6, 3.2]),
    "a factor of zero": ({"retry_backoff_factor": 0}, [0, 0, 0]),
    "a mode": ({"retry_mode": "fixed"}, [0.8, 0.8, 0.8]),
    "a mode and a factor": ({"retry_mode": RetryMode.Fixed, "retry_backoff_factor": 3}, [3, 3, 3]),
    "the usual mode": ({"retry_mode": "exponential"}, [0.8, 1.6, 3.2]),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".b"])
async def test_name_that_no_resolver_takes(world: World, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that has no form in ASCII is an error of the family, and not tried again. A redirect may lead there."""
    resolve = socket.getaddrinfo

    def look_up(name: Any, *args: Any, **options: Any) -> Any:
        return resolve(name.encode("idna"), *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with RawServer([head(307, None, Location=f"http://{host}/", Content_Length=0)]) as server:
        async with chat(world, server, endpoint=f"http://{host}", retry_total=3) as client:
            errors = [await failure_of(ask(client)), await failure_of(ask(client, stream=True))]
        async with chat(world, server, retry_total=3) as client:
            errors.append(await failure_of(ask(client)))
    for error in errors:
        assert type(error) is ServiceRequestError, repr(error)
        assert "tried" not in str(error)
        assert secrets_shown_by(error) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["constructor", "call"])
@pytest.mark.parametrize("says", CHOSEN)
async def test_waits_that_are_chosen(world: World, says: str, where: str) -> None:
    """Waits that a program has chosen hold for failed connections, too."""
    options, expected = CHOSEN[says]
    waits: List[float] = []
    with RawServer(whole(ANSWER)) as server:
        more = options if where == "constructor" else {}
        async with retrying(world, server, waits, endpoint=unreachable("refused"), **more) as client:
            await failure_of(ask(client, **(options if where == "call" else {})))
    assert about(waits, *expected)


@pytest.mark.asyncio
async def test_one_attempt(world: World) -> None:
    """The error of the only attempt does not count attempts."""
    with RawServer(whole(ANSWER)) as server:
        for options in ({"retry_total": 0}, {"retry_connect": 0}):
            async with retrying(world, server, [], endpoint=unreachable("refused"), **options) as client:
                assert "tried" not in str(await failure_of(ask(client)))


@pytest.mark.asyncio
async def test_transport_without_a_cause(world: World) -> None:
    """The error of a transport without a cause does not count as a policy's refusal."""

    def refuse(request: Any) -> FakeResponse:
        raise ServiceRequestError("no route")

    transport = world.FakeTransport(refuse)
    async with opened(
        world.ChatCompletionsClient("https://h.example", AzureKeyCredential("k"), transport=transport)
    ) as c:
        for _ in range(2):
            error = await failure_of(ask(c))
            assert re.fullmatch(r"no route \(tried 4 times in \d+\.\d s\)", str(error))
    assert about(transport.slept, 0.25, 0.5, 1, 0.25, 0.5, 1)


@pytest.mark.asyncio
async def test_time_that_was_tried(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says for how long the call was tried, waits included."""
    moments = iter([100.0, 101.84])
    monkeypatch.setattr(retry, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    with RawServer(whole(ANSWER)) as server:
        async with retrying(world, server, [], endpoint=unreachable("refused"), retry_connect=1) as client:
            assert str(await failure_of(ask(client))).endswith(" (tried 2 times in 1.8 s)")


@pytest.mark.asyncio
async def test_lost_connection_says_how_often(world: World) -> None:
    """The error of a connection that is lost again and again counts the attempts."""
    with RawServer([cut]) as server:
        async with retrying(world, server, []) as client:
            error = await failure_of(ask(client, retry_on_methods=["POST"], retry_read=2))
    assert isinstance(error, ServiceResponseError)
    assert re.search(r" \(tried 3 times in \d+\.\d s\)$", str(error))


class Refusing(SansIOHTTPPolicy):  # type: ignore[type-arg]
    """A policy that refuses every request."""

    def __init__(self, error: AzureError) -> None:
        self.error = error
        self.count = 0

    def on_request(self, request: Any) -> None:
        self.count += 1
        raise self.error


class Token:
    """A token credential for either world, whose tokens are not requested."""

    def get_token(self, *scopes: str, **options: Any) -> Any:
        raise AssertionError("a token is of no use here")


@pytest.mark.asyncio
@pytest.mark.parametrize("foreign", [False, True], ids=["ours", "fake"])
async def test_token_over_http_not_retried(world: World, foreign: bool) -> None:
    """A token that is refused over plain http is not retried."""
    waits: List[float] = []
    with RawServer(whole(ANSWER)) as server:
        transport = world.FakeTransport(lambda _: FakeResponse()) if foreign else waiting_transport(world, waits)
        async with opened(world.ChatCompletionsClient(server.url, Token(), transport=transport)) as client:
            calls = [
                lambda: ask(client),
                lambda: ask(client, stream=True),
                lambda: ask(client, retry_on_methods=["POST"]),
                client.get_model_info,
                lambda: client.send_request(HttpRequest("GET", "/info")),
            ]
            for call in calls:
                with pytest.raises(ServiceRequestError, match="non-TLS") as caught:
                    await wait(call())
                assert "tried" not in str(caught.value)
    assert (server.requests, waits, getattr(transport, "slept", [])) == ([], [], [])


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", [AzureError, ServiceRequestError, ServiceResponseError, HttpResponseError])
async def test_refusal_not_retried(world: World, kind: Any) -> None:
    """A request that one of the program's own policies refuses is not retried."""
    policy = Refusing(kind("over budget"))
    transport = world.FakeTransport(lambda _: FakeResponse())
    options = {"transport": transport, "per_retry_policies": policy}
    async with opened(world.EmbeddingsClient("https://h.example", AzureKeyCredential("k"), **options)) as client:
        for call in (lambda: client.embed(input=["a"], retry_on_methods=["POST"]), client.get_model_info):
            with pytest.raises(kind, match="^over budget$"):
                await wait(call())
    assert (policy.count, transport.slept) == (2, [])
