"""A key or token goes to the endpoint's origin, as the HTTP library reads URLs, and to no other."""

from __future__ import annotations

import contextlib
from typing import Any, Dict, List, Tuple

import pytest
import urllib3.util
import yarl
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from hypothesis import example, given
from hypothesis import strategies as st
from worlds import World, wait

from azure.ai.inference._core.endpoints import origin_of
from azure.ai.inference._pipeline.policies import Origin

from .calls import ANSWER, KEY, ask, chat, failure_of, with_transport
from .raw_server import RawServer, whole
from .test_secrets import TOKEN, credential_of, credentials_of, redirect

#: URLs that lead to `{evil}` in the eyes of one parser, and to `{good}` in those of another. Both are host and port.
AMBIGUOUS = {
    "backslash": "http://{evil}\\@{good}/x",
    "two backslashes": "http://{evil}\\\\@{good}/x",
    "backslash and slash": "http://{evil}\\/@{good}/x",
    "user info": "http://{evil}@{good}/x",
    "user and password": "http://user:{evil}@{good}/x",
    "two users": "http://a@{evil}@{good}/x",
    "the endpoint as user": "http://{good}@{evil}/x",
    "the endpoint as user and password": "http://a:{good}@{evil}/x",
    "tab": "http://{evil}\t@{good}/x",
    "null": "http://{evil}\0@{good}/x",
    "delete": "http://{evil}\x7f@{good}/x",
}


def options_of(world: World, kind: str, transport: str) -> Dict[str, Any]:
    return {"credential": credential_of(world, kind), **with_transport(world, transport)}


def seen(server: RawServer) -> List[List[str]]:
    """Return the credentials in the requests of a server."""
    return [credentials_of(request) for request in server.requests]


@pytest.mark.asyncio
@pytest.mark.parametrize("transport", ["default", "foreign"])
@pytest.mark.parametrize("kind", ["key", "token"])
@pytest.mark.parametrize("says", AMBIGUOUS)
async def test_ambiguous_redirect(world: World, says: str, kind: str, transport: str, tls: Any) -> None:
    """A redirect that one parser reads as the endpoint and another as elsewhere is refused, with its reason."""
    with contextlib.ExitStack() as stack:
        evil = stack.enter_context(RawServer(whole(ANSWER), tls=tls.server))
        good = stack.enter_context(RawServer(lambda _: redirect(location), tls=tls.server))
        location = AMBIGUOUS[says].format(evil=evil.url[8:], good=good.url[8:]).replace("http:", "https:")
        async with chat(world, good, **options_of(world, kind, transport)) as client:
            error: Any = await failure_of(ask(client, connection_verify=tls.bundle))
    assert evil.requests == []
    assert len(seen(good)[0]) == (2 if kind == "key" else 1)
    if says != "null" and transport == "default":  # no HTTP library lets a null through; requests may fail earlier
        assert (type(error), error.status_code, len(good.requests)) == (HttpResponseError, 307, 1), repr(error)
        assert "redirects to an invalid URL: it c" in str(error)
    assert not any(part in str(error) for part in (KEY, TOKEN, location))


@pytest.mark.asyncio
@pytest.mark.parametrize("transport", ["default", "foreign"])
@pytest.mark.parametrize("says", AMBIGUOUS)
async def test_ambiguous_url(world: World, says: str, transport: str) -> None:
    """A request to a URL that one parser reads as the endpoint and another as elsewhere carries no key."""
    with RawServer(whole(ANSWER)) as evil, RawServer(whole(ANSWER)) as good:
        url = AMBIGUOUS[says].format(evil=evil.url[7:], good=good.url[7:])
        async with chat(world, good, **options_of(world, "key", transport)) as client:
            with contextlib.suppress(Exception):
                await wait(client.send_request(HttpRequest("GET", url)))
    told = [value for server in (evil, good) for request in server.requests for value in request.headers.values()]
    assert not any(KEY in value for value in told)


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["key", "token"])
async def test_origin_as_prefix(world: World, kind: str, tls: Any) -> None:
    """A host or port that only begins with the endpoint's gets neither key nor token."""
    with RawServer(whole(ANSWER), tls=tls.server) as other:
        endpoint = other.url[:-1]  # one digit of the port less: another port, which nobody listens on
        async with chat(world, other, endpoint=endpoint, **options_of(world, kind, "default")) as client:
            await wait(client.send_request(HttpRequest("GET", other.url + "/x"), connection_verify=tls.bundle))
    assert seen(other) == [[]]


class Told:
    """The part of a pipeline's request that :class:`Origin` looks at."""

    def __init__(self, url: str) -> None:
        self.http_request = HttpRequest("GET", url, headers={"Authorization": KEY, "api-key": KEY})

    def headers(self) -> List[str]:
        return sorted(self.http_request.headers)


@pytest.mark.parametrize(
    "endpoint, url, admitted",
    [
        ("https://host.example", "https://host.example", True),
        ("https://host.example", "https://host.example/", True),
        ("https://host.example", "https://host.example/x", True),
        ("https://host.example", "https://host.example?x", True),
        ("https://host.example", "https://host.example#x", True),
        ("https://host.example", "https://host.example:/x", True),
        ("https://host.example", "https://host.example:443/x", True),
        ("https://host.example", "HTTPS://HOST.EXAMPLE/x", True),
        ("https://host.example", "https://host.example/\\@evil.example", True),
        ("https://host.example/base?v=1", "https://host.example/other", True),
        ("http://[::1]:8080/v1", "http://[::1]:8080/x", True),
        ("https://bücher.example/v1", "https://bücher.example/x", True),
        ("https://host.example", "https://host.example.evil/", False),
        ("https://host.example", "https://host.example.evil", False),
        ("https://host.example", "https://host.example@evil.example/", False),
        ("https://host.example", "https://host.example\\.evil/", False),
        ("https://host.example", "https://host.example\\/", False),
        ("https://host.example", "https://host.example%2eevil/", False),
        ("https://host.example", "https://host.example:8443/", False),
        ("https://host.example", "https://host.example:443.evil/", False),
        ("https://host.example:0", "https://host.example:00/", False),
        ("https://host.example", "https://host.example:0443/", True),
        ("https://host.example", "https://host.example.", False),
        ("https://host.example", "https://host.example\n", False),
        ("https://host.example", " https://host.example/", False),
        ("https://host.example", "http://host.example/", False),
        ("https://host.example", "http://host.example:443/", False),
        ("https://host.example", "https://evil.example/https://host.example/", False),
        ("https://host.example", "//host.example/", False),
        ("https://host.example", "https:host.example/", False),
        ("https://host.example", "https:///host.example/", False),
        ("https://host.example/base", "https://host.example.evil/base/", False),
        ("https://bücher.example", "https://evil\\@bücher.example/x", False),
        ("https://k.example", "https://\u212a.example/", False),
        ("https://host%2eexample", "https://evil%2eexample/", False),
        ("http://[fe80::1%25a]", "http://[fe80::1%25b]/", False),
    ],
)
def test_origin(endpoint: str, url: str, admitted: bool) -> None:
    """A credential goes to the endpoint's origin only; an ambiguous URL has no origin."""
    request: Any = Told(url)
    assert Origin(endpoint).admits(request) is admitted
    assert request.headers() == (["Authorization", "api-key"] if admitted else [])


def _by_urllib3(url: str) -> Tuple[Any, Any, Any]:
    parts = urllib3.util.parse_url(url)
    return parts.scheme, (parts.host or "").strip("[]"), parts.port


def _by_yarl(url: str) -> Tuple[Any, Any, Any]:
    parts = yarl.URL(url)
    return parts.scheme, parts.host, parts.port


DEFAULT_PORTS = {"http": 80, "https": 443}


@example("0:0", "http://")
@given(st.text(alphabet="ab.-_:/\\@[]#?%0158 \t\n\x7f~;", max_size=20), st.sampled_from(["http://", "HTTPS://"]))
def test_origin_as_libraries_read_it(rest: str, scheme: str) -> None:
    """An origin is read from a URL as requests and aiohttp read it."""
    url = scheme + rest
    origin = origin_of(url)
    for parse in (_by_urllib3, _by_yarl):
        with contextlib.suppress(IndexError, ValueError, urllib3.exceptions.HTTPError):
            kind, host, port = parse(url)
            if origin is not None:
                port = DEFAULT_PORTS[kind] if port is None else port
                assert (kind, host, port) == (origin[0], origin[1].strip("[]"), origin[2])


@pytest.mark.asyncio
@pytest.mark.parametrize("location", ["/x", "{url}/x", "{url}?x", "HTTP://127.0.0.1:{port}/x", "{url}/x@y"])
async def test_redirect_to_the_origin_in_other_words(world: World, location: str) -> None:
    """A redirect to the endpoint's own origin in another notation keeps the key."""
    with RawServer(lambda _: redirect(location.format(url=server.url, port=server.port)), whole(ANSWER)) as server:
        async with chat(world, server, credential=AzureKeyCredential(KEY)) as client:
            await ask(client)
    assert seen(server) == [[f"Bearer {KEY}", KEY]] * 2
