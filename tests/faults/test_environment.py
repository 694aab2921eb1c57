"""The environment of calls: proxies, certificates and netrc; and the encodings that requests offer."""

from __future__ import annotations

import contextlib
import importlib
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError
from worlds import World

from .calls import ANSWER, COMPLETION, KEY, STREAM, ask, chat, failure_of, read
from .raw_server import RawServer, whole

PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clear proxies and certificates from the environment."""
    for name in (*PROXIES, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY"])
async def test_proxy(world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program behind a proxy reaches the service."""
    with RawServer(whole(ANSWER)) as proxy, RawServer(whole(ANSWER)) as server:
        monkeypatch.setenv(name, proxy.url)
        async with chat(world, server, endpoint="http://service.invalid/v1") as client:
            assert await ask(client) == COMPLETION
    assert proxy.requests[0].target.startswith("http://service.invalid/v1/chat/completions?")


@pytest.mark.asyncio
async def test_proxy_set_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that is set or removed while the program runs takes effect."""
    with RawServer(whole(ANSWER)) as proxy, RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            await ask(client)
            monkeypatch.setenv("http_proxy", proxy.url)
            await ask(client)
            monkeypatch.delenv("http_proxy")
            await ask(client)
    assert (len(server.requests), len(proxy.requests)) == (2, 1)


@pytest.mark.asyncio
@pytest.mark.parametrize("value", ["127.0.0.1", "*", "example.com,127.0.0.1"])
async def test_no_proxy(world: World, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service excluded from the proxy is reached directly."""
    with RawServer(whole(ANSWER)) as proxy, RawServer(whole(ANSWER)) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", value)
        async with chat(world, server) as client:
            await ask(client)
    assert (len(server.requests), len(proxy.requests)) == (1, 0)


@pytest.mark.asyncio
async def test_own_proxies(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy given to the call overrides the environment's."""
    with RawServer(whole(ANSWER)) as mine, RawServer(whole(ANSWER)) as proxy, RawServer(whole(ANSWER)) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        async with chat(world, server) as client:
            await ask(client, proxies={"http": mine.url})
    assert (len(mine.requests), len(proxy.requests), len(server.requests)) == (1, 0, 0)


@pytest.mark.asyncio
async def test_environment_unused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """`use_env_settings=False` ignores the environment."""
    with RawServer(whole(ANSWER)) as proxy, RawServer(whole(ANSWER)) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        async with chat(world, server, use_env_settings=False) as client:
            await ask(client)
    assert (len(server.requests), len(proxy.requests)) == (1, 0)


#: The options of each world's HTTP library that a call may have; None says the same as no option.
OPTIONS = {
    "sync": ["connection_timeout", "read_timeout", "connection_verify", "connection_cert", "cookies", "auth", "hooks"],
    "async": [
        *["connection_timeout", "read_timeout", "connection_verify", "connection_cert", "cookies", "auth", "proxy"],
        *["proxy_auth", "trace_request_ctx"],
    ],
}


@pytest.mark.asyncio
async def test_options_of_the_library(world: World) -> None:
    """A call accepts every option of its HTTP library."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            for name in OPTIONS[world.name]:
                assert await ask(client, **{name: None}) == COMPLETION


@pytest.mark.asyncio
async def test_netrc(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The key is sent, not a login from netrc."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            await ask(client)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.asyncio
async def test_encodings(world: World) -> None:
    """A request offers the encodings that the client decodes, unless the call names its own."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            await ask(client)
            await ask(client, headers={"Accept-Encoding": "identity"})
    offered = [request.headers["accept-encoding"] for request in server.requests]
    assert offered[1] == "identity"
    if world.name == "async":
        assert offered[0] == "gzip, deflate"


#: The modules that pack each encoding; which of them are there decides what the synchronous client offers.
PACKERS = {
    "gzip": ["gzip"],
    "deflate": ["zlib"],
    "br": ["brotlicffi", "brotli"],
    "zstd": ["compression.zstd", "backports.zstd", "zstandard"],
}


def packed(body: bytes, encoding: str) -> bytes:
    """Return the body in this encoding."""
    for name in PACKERS[encoding]:
        with contextlib.suppress(ImportError):
            data: bytes = importlib.import_module(name).compress(body)
            return data
    raise AssertionError(f"{encoding} is offered, and nothing that could unpack it is installed")


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
async def test_offered_encodings(world: World, streamed: bool) -> None:
    """The client decodes every encoding that it offers."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            await ask(client)
    offered = server.requests[0].headers["accept-encoding"].split(", ")
    body, kind = (STREAM, "text/event-stream") if streamed else (ANSWER, "application/json")
    responses = [whole(packed(body, encoding), kind=kind, Content_Encoding=encoding) for encoding in offered]
    with RawServer(*responses) as server:
        async with chat(world, server) as client:
            for _ in offered:
                response = await ask(client, stream=streamed)
                if streamed:
                    assert await read(response) == (["a", "b", None], None)
                else:
                    assert response == COMPLETION
    assert offered[:2] == ["gzip", "deflate"]


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
async def test_foreign_authority(world: World, streamed: bool, tls: Any) -> None:
    """A server with an untrusted certificate gets no key, and raises the error of a failed connection."""
    with RawServer(whole(ANSWER), tls=tls.server) as server:
        async with chat(world, server) as client:
            error = await failure_of(ask(client, stream=streamed))
    assert (type(error), server.requests) == (ServiceRequestError, [])
    assert "certificate verify failed" in str(error).lower()


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["constructor", "call"])
async def test_own_authority(world: World, where: str, tls: Any) -> None:
    """A private service is reached if the program trusts its authority."""
    options = {"connection_verify": tls.bundle}
    with RawServer(whole(ANSWER), tls=tls.server) as server:
        async with chat(world, server, **(options if where == "constructor" else {})) as client:
            assert await ask(client, **(options if where == "call" else {})) == COMPLETION


@pytest.mark.asyncio
async def test_trust_of_a_call(world: World, tls: Any) -> None:
    """An authority trusted by one call is not trusted by the next calls on new connections."""
    with RawServer(whole(ANSWER, Connection="close"), tls=tls.server) as server:
        async with chat(world, server) as client:
            await ask(client, connection_verify=tls.bundle)
            assert type(await failure_of(ask(client))) is ServiceRequestError


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
async def test_authority_of_environment(name: str, tls: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authorities named by the environment are trusted, as with requests."""
    from worlds import SYNC

    with RawServer(whole(ANSWER), tls=tls.server) as server:
        async with chat(SYNC, server) as client:
            monkeypatch.setenv(name, tls.bundle)
            assert await ask(client) == COMPLETION


@pytest.mark.asyncio
async def test_plain_server_for_tls(world: World) -> None:
    """A server that does not speak TLS fails at once, with an error of the family."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server, endpoint=f"https://127.0.0.1:{server.port}") as client:
            error = await failure_of(ask(client))
    assert isinstance(error, ServiceRequestError)
