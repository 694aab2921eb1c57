"""Errors of HTTP libraries and proxies carry no credential to the caller, whatever went wrong below."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import pytest
from azure.core.exceptions import AzureError, ResponseNotReadError, ServiceRequestError, StreamClosedError
from azure.core.rest import HttpRequest
from worlds import World, next_of, wait

from azure.ai.inference._core.cleaning import clean

from .calls import ANSWER, KEY, STREAM, ask, chat, failure_of, with_transport
from .raw_server import Answer, RawServer, cut, reset, stall, whole
from .shown import LOGIN, PASSWORD, secrets_in, secrets_shown_by, shown_by

NAMES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clear proxies from the environment."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


#: Responses that are none.
BROKEN: Dict[str, Answer] = {
    "no HTTP": [b"oops\r\n\r\n", cut],
    "a status that is no number": [b"HTTP/1.1 abc OK\r\n\r\n", cut],
    "a header that never ends": [b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", cut],
    "cut": [cut],
    "reset": [reset],
    "stalled": [stall],
}
#: URLs of a proxy that are none, or lead nowhere.
MALFORMED = {
    "a port that is no number": f"http://{LOGIN}@127.0.0.1:port",
    "a port beyond all ports": f"http://{LOGIN}@127.0.0.1:99999",
    "no host": f"http://{LOGIN}@",
    "neither host nor mark": f"http://{LOGIN}",
    "a bracket": f"http://{LOGIN}@[::1",
    "another scheme": f"ftp://{LOGIN}@127.0.0.1:1",
    "SOCKS": f"socks5://{LOGIN}@127.0.0.1:1",
    "no scheme": f"{LOGIN}@127.0.0.1:1",
    "a slash in the password": f"http://{LOGIN}/x@127.0.0.1:1",
    "a hash in the password": f"http://{LOGIN}#x@127.0.0.1:1",
    "a question mark in the password": f"http://{LOGIN}?x@127.0.0.1:1",
    "a blank in the password": f"http://{LOGIN} x@127.0.0.1:1",
    "a backslash in the password": f"http://{LOGIN}\\x@127.0.0.1:1",
    "an escape in the password": f"http://someone:%70{PASSWORD[1:]}@127.0.0.1:1",
    "nobody there": f"http://{LOGIN}@127.0.0.1:1",
}
TRANSPORTS = pytest.mark.parametrize("transport", ["default", "foreign"])
SOURCES = pytest.mark.parametrize("source", ["option", "environment"])


def through(proxy: str, source: str, monkeypatch: pytest.MonkeyPatch) -> Dict[str, Any]:
    """Return the option that sends a call through a proxy; empty if the environment names it."""
    proxies = {"http": proxy, "https": proxy}
    if source == "option":
        return {"proxies": proxies}
    for scheme in proxies:
        monkeypatch.setenv(f"{scheme}_proxy", proxy)
    return {}


async def failures(world: World, server: RawServer, transport: str, **options: Any) -> List[Exception]:
    """Return the errors of a plain and a streamed call."""
    endpoint = options.pop("endpoint", server.url)
    async with chat(world, server, endpoint=endpoint, **with_transport(world, transport)) as client:
        return [await failure_of(ask(client, stream=streamed, **options)) for streamed in (False, True)]


@pytest.mark.asyncio
@TRANSPORTS
@pytest.mark.parametrize("says", BROKEN)
async def test_broken_response(world: World, says: str, transport: str) -> None:
    """The error of an invalid response does not show the key of its request."""
    with RawServer(BROKEN[says]) as server:
        for error in await failures(world, server, transport, read_timeout=0.2):
            assert isinstance(error, AzureError)
            assert secrets_shown_by(error) == []


@pytest.mark.asyncio
@TRANSPORTS
@SOURCES
@pytest.mark.parametrize("endpoint", ["http://service.invalid", "https://service.invalid"])
@pytest.mark.parametrize("says", [*BROKEN, "407", "502"])
async def test_broken_proxy(
    world: World, says: str, endpoint: str, source: str, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that refuses, or does not speak HTTP, shows neither its password nor the key."""
    answer = BROKEN[says] if says in BROKEN else whole(b"", int(says))
    with RawServer(answer) as proxy:
        options = through(proxy.url.replace("//", f"//{LOGIN}@"), source, monkeypatch)
        for error in await failures(
            world,
            proxy,
            transport,
            endpoint=endpoint,
            connection_timeout=0.2,
            read_timeout=0.2,
            timeout=0.4,
            **options,
        ):
            assert isinstance(error, AzureError)
            assert secrets_shown_by(error) == []
    assert transport == "foreign" or proxy.requests[0].headers["proxy-authorization"]


@pytest.mark.asyncio
@TRANSPORTS
@SOURCES
@pytest.mark.parametrize("says", MALFORMED)
async def test_malformed_proxy(
    world: World, says: str, source: str, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy with a malformed URL does not show its password."""
    options = through(MALFORMED[says], source, monkeypatch)
    with RawServer(whole(ANSWER)) as server:
        for error in await failures(world, server, transport, endpoint="http://service.invalid", **options):
            assert secrets_shown_by(error) == []
            if transport == "default":
                assert type(error) is ServiceRequestError, repr(error)


@pytest.mark.asyncio
@TRANSPORTS
async def test_signature_of_a_request(world: World, transport: str) -> None:
    """An error that names its request does not show the values in the query."""
    with RawServer(whole(STREAM), whole(ANSWER)) as server:
        endpoint = f"{server.url}?signature={PASSWORD}"
        async with chat(world, server, endpoint=endpoint, **with_transport(world, transport)) as client:
            stream = await ask(client, stream=True, params={"subscription-key": PASSWORD})
            await wait(stream.close())
            response = await wait(client.send_request(HttpRequest("GET", "/info"), stream=True))
            errors = [await failure_of(next_of(stream)), await failure_of(read_content(response))]
            await wait(response.close())
    assert [type(error) for error in errors] == [StreamClosedError, ResponseNotReadError]
    for error in errors:
        assert "?signature=***" in str(error)
        assert secrets_in(shown_by(error)) == []
    assert "&subscription-key=***&api-version=2024-05-01-preview'" in str(errors[0])


async def read_content(response: Any) -> Any:
    return response.content


@pytest.mark.asyncio
@TRANSPORTS
@pytest.mark.parametrize("says", [*BROKEN, "refused"])
async def test_signature_in_the_endpoint(world: World, says: str, transport: str) -> None:
    """An error does not show a signature in the query of the endpoint, as some gateways require."""
    with RawServer(BROKEN.get(says, [])) as server:
        origin = "http://127.0.0.1:1" if says == "refused" else server.url
        endpoint = f"{origin}/x?sig={PASSWORD}&v=1"
        for error in await failures(world, server, transport, endpoint=endpoint, read_timeout=0.2):
            assert isinstance(error, AzureError)
            shown = [one for one in shown_by(error) if not one.where.startswith("request in ")]
            assert secrets_in(iter(shown)) == []


class Chained(Exception):
    """An error of a program's own, with data that it needs later."""

    def __init__(self, text: str, response: Any) -> None:
        super().__init__(text, response)
        self.response = response


def failed(text: str) -> Tuple[BaseException, object]:
    """Return an error with several causes, each of which shows this text, and an object that it holds."""
    kept = object()
    try:
        try:
            raise OSError(5, text, text)
        except OSError as error:
            raise Chained(text, kept) from ValueError(text.encode(), (text,), error)
    except Chained as error:
        return error, kept


@pytest.mark.parametrize(
    "text",
    [
        f"Bearer {KEY}",
        f"the key {KEY}",
        f"http://{LOGIN}@proxy.example",
        "https://unknown:word@proxy.example/x",
        f"invalid literal for int() with base 10: {PASSWORD!r}",
    ],
)
def test_texts(text: str) -> None:
    """No text among the causes of an error shows a key, or the user info of a URL."""
    error, kept = failed(text)
    request = HttpRequest("POST", "http://a.example", headers={"Authorization": f"Bearer {KEY}", "api-key": KEY})
    clean(error, request, {"http": f"http://{LOGIN}@proxy.example", "https": None, "odd": 5})
    texts = [shown for shown in shown_by(error) if "traceback" not in shown.where and not shown.where.endswith(".py")]
    assert secrets_in(iter(texts)) == []
    assert not any("unknown:word" in shown.text for shown in texts if " in /" not in shown.where)
    assert vars(error) == {"response": kept}


def test_plain_errors() -> None:
    """An error without a secret is not changed."""
    error, kept = failed("a plain text of a@b.example, see https://a.example/@b")
    before = [(type(shown), shown) for shown in shown_by(error)]
    clean(error, None, None)
    clean(error, HttpRequest("GET", "http://a.example"), {})
    assert [(type(shown), shown) for shown in shown_by(error)] == before
    assert vars(error) == {"response": kept}


class Fixed(Exception):
    """An error that cannot be changed."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise RuntimeError(name)


def test_errors_that_cannot_be_changed() -> None:
    """An error that cannot be changed is raised as it is, with its cause cleaned."""
    error, cause = Fixed("text"), ValueError(f"http://{LOGIN}@proxy.example")
    BaseException.__setattr__(error, "__cause__", cause)
    clean(error)
    assert (str(error), str(cause)) == ("text", "http://***@proxy.example")
