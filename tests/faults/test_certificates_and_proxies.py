"""Certificates and proxies of the environment follow the same variables and rules in both worlds."""

from __future__ import annotations

import base64
import contextlib
import shutil
import socket
import ssl
import threading
from pathlib import Path
from typing import Any, Dict, List

import pytest
import trustme
from azure.core.exceptions import ServiceRequestError
from worlds import World

from azure.ai.inference._http.proxies import environment_proxies

from .calls import ANSWER, COMPLETION, KEY, ask, chat, failure_of
from .raw_server import Answer, Connection, RawServer, Request, whole
from .test_unconnected import VARIABLES, bare

pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")

__all__ = ["bare"]  # a fixture for all tests here


def write_authority(path: Path, **names: Any) -> ssl.SSLContext:
    """Write the certificate of a new authority, and return a server's side of TLS that it signed."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.mark.asyncio
@pytest.mark.parametrize("name", VARIABLES)
async def test_variable(world: World, name: str, tls: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An authority named by one of the usual variables is trusted."""
    with RawServer(whole(ANSWER), tls=tls.server) as server:
        async with chat(world, server) as client:
            monkeypatch.setenv(name, tls.bundle)
            assert await ask(client) == COMPLETION
            assert await ask(client, connection_verify=True) == COMPLETION
        assert server.connections == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("winner, loser", [VARIABLES[:2], VARIABLES[1:], VARIABLES[::2]])
async def test_order(
    world: World, winner: str, loser: str, tls: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The variables have the same precedence as in the synchronous world."""
    write_authority(tmp_path / "other.pem")
    with RawServer(whole(ANSWER, Connection="close"), tls=tls.server) as server:
        async with chat(world, server) as client:
            monkeypatch.setenv(winner, tls.bundle)
            monkeypatch.setenv(loser, str(tmp_path / "other.pem"))
            assert await ask(client) == COMPLETION
            monkeypatch.setenv(winner, str(tmp_path / "other.pem"))
            monkeypatch.setenv(loser, tls.bundle)
            assert type(await failure_of(ask(client))) is ServiceRequestError


@pytest.mark.asyncio
async def test_own_choice(world: World, tls: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The program's choice overrides the environment, which is not consulted when it must not be."""
    write_authority(tmp_path / "other.pem")
    with RawServer(whole(ANSWER, Connection="close"), tls=tls.server) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other.pem"))
        async with chat(world, server) as client:
            assert await ask(client, connection_verify=tls.bundle) == COMPLETION
            assert await ask(client, connection_verify=Path(tls.bundle)) == COMPLETION
            assert await ask(client, connection_verify=False) == COMPLETION
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", tls.bundle)
        async with chat(world, server, use_env_settings=False) as client:
            assert type(await failure_of(ask(client))) is ServiceRequestError


@pytest.mark.asyncio
@pytest.mark.parametrize("where", [*VARIABLES, "`connection_verify`", "`connection_cert`"])
async def test_missing_file(world: World, where: str, tls: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file raises an error that names it."""
    missing = "/nowhere/missing.pem"
    options: Dict[str, Any] = {where.strip("`"): missing} if where.startswith("`") else {}
    if not options:
        monkeypatch.setenv(where, missing)
    with RawServer(whole(ANSWER), tls=tls.server) as server:
        async with chat(world, server, retry_total=3) as client:
            error = await failure_of(ask(client, **options))
        async with chat(world, server, **options) as client:
            again = await failure_of(ask(client))
        assert server.connections == 0
    for one in (error, again):
        assert (type(one), where in str(one), missing in str(one)) == (ValueError, True, True), repr(one)


@pytest.mark.asyncio
async def test_missing_file_for_plain_http(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain http ignores missing certificates of the environment, but not those of the call."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/missing.pem")
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            assert await ask(client) == COMPLETION
            error = await failure_of(ask(client, connection_verify="/nowhere/named.pem"))
    assert (type(error), "/nowhere/named.pem" in str(error)) == (ValueError, True)


@pytest.mark.asyncio
@pytest.mark.parametrize("option", ["connection_verify", "connection_cert"])
async def test_no_certificates_in_it(world: World, option: str, tls: Any, tmp_path: Path) -> None:
    """A file without certificates raises a ValueError that names it, before anything is sent."""
    path = tmp_path / "notes.pem"
    path.write_text("shopping list")
    with RawServer(whole(ANSWER), tls=tls.server) as server:
        async with chat(world, server) as client:
            error = await failure_of(ask(client, **{option: str(path)}))
    assert (type(error), str(path) in str(error), server.connections) == (ValueError, True, 0)


@pytest.mark.asyncio
async def test_folder(world: World, tls: Any, tmp_path: Path) -> None:
    """A folder of certificates is read as a folder."""
    with RawServer(whole(ANSWER), tls=tls.server) as server:
        async with chat(world, server) as client:
            error = await failure_of(ask(client, connection_verify=str(tmp_path)))
    assert (type(error), "certificate verify failed" in str(error).lower()) == (ServiceRequestError, True)


@pytest.mark.asyncio
async def test_file_replaced(world: World, tls: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Certificates that are renewed while the program runs are read again."""
    bundle = tmp_path / "bundle.pem"
    write_authority(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with RawServer(whole(ANSWER), tls=tls.server) as server:
        async with chat(world, server) as client:
            assert type(await failure_of(ask(client))) is ServiceRequestError
            shutil.copyfile(tls.bundle, bundle)
            assert await ask(client) == COMPLETION


@pytest.mark.asyncio
@pytest.mark.parametrize("form", ["one file", "two files", "two files and no password"])
async def test_client_certificate(world: World, form: str, tmp_path: Path) -> None:
    """A service that requests a client certificate gets it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    bundle, mine, key = (str(tmp_path / name) for name in ("bundle.pem", "mine.pem", "key.pem"))
    authority.cert_pem.write_to_path(bundle)
    own = authority.issue_cert("client.example")
    own.private_key_and_cert_chain_pem.write_to_path(mine)
    own.private_key_pem.write_to_path(key)
    cert: Any = {"one file": mine, "two files": (mine, key), "two files and no password": (mine, key, None)}[form]
    with RawServer(whole(ANSWER), tls=context) as server:
        async with chat(world, server, connection_verify=bundle, connection_cert=cert) as client:
            for _ in range(2):
                assert await ask(client) == COMPLETION
        assert server.connections == 1


@pytest.mark.asyncio
async def test_connections_kept(world: World, tls: Any) -> None:
    """Connections are reused with certificates of the program's own."""
    with RawServer(whole(ANSWER), tls=tls.server) as server:
        async with chat(world, server, connection_verify=tls.bundle) as client:
            for _ in range(5):
                await ask(client)
            assert server.connections == 1
            await ask(client, connection_verify=False)
            assert server.connections == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["all_proxy", "ALL_PROXY"])
async def test_proxy_for_all(world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy for all schemes is used."""
    with RawServer(whole(ANSWER)) as proxy, RawServer(whole(ANSWER)) as server:
        monkeypatch.setenv(name, proxy.url)
        async with chat(world, server) as client:
            await ask(client)
    assert (len(proxy.requests), len(server.requests)) == (1, 0)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "value", ["127.0.0.0/8", "10.0.0.0/8, 127.0.0.1/32", ".example,127.0.0.1", "127.0.0.1:{port}", "::1,127.0.0.0/8"]
)
async def test_no_proxy(world: World, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network excluded from the proxy is reached directly."""
    with RawServer(whole(ANSWER)) as proxy, RawServer(whole(ANSWER)) as server:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", value.format(port=server.port))
        async with chat(world, server) as client:
            await ask(client)
    assert (len(proxy.requests), len(server.requests)) == (0, 1)


#: What `NO_PROXY` holds, a URL, and whether that is reached without the proxy.
BYPASSES = [
    ("127.0.0.0/8", "http://127.9.9.9", True),
    ("127.0.0.0/8", "http://128.0.0.1", False),
    ("127.0.0.0/8", "http://127.0.0.1.example", False),
    ("10.1.2.3/8", "http://10.9.9.9:81/x", True),
    ("10.0.0.1", "http://10.0.0.1:81/x", True),
    ("10.0.0.1:81", "http://10.0.0.1:81/x", True),
    ("10.0.0.1:82", "http://10.0.0.1:81/x", False),
    ("fe80::/10", "http://[fe80::1]/x", True),
    ("fe80::/10", "http://[::1]/x", False),
    ("::1", "http://[::1]:81/x", True),
    ("example.com", "https://example.com/x", True),
    ("example.com", "https://api.example.com/x", True),
    ("Example.COM", "https://api.EXAMPLE.com/x", True),
    (".example.com", "https://api.example.com/x", True),
    ("api.example.com:8443", "https://api.example.com:8443/x", True),
    ("example.com", "https://example.com.evil/x", False),
    ("example.com/8", "https://example.com/x", False),
    (" a.example , example.com ", "https://example.com/x", True),
    (",,", "https://example.com/x", False),
    ("*", "https://example.com/x", True),
]


@pytest.mark.parametrize("value, url, bypassed", BYPASSES)
def test_bypass(value: str, url: str, bypassed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules of `NO_PROXY` are those of requests."""
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example")
    monkeypatch.setenv("NO_PROXY", value)
    assert environment_proxies(url) == ({} if bypassed else {"all": "http://proxy.example"})


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "form", ["{url}", "{address}", "//{address}", "{url}/", "http://user:p%40ss@{address}", "user:p%40ss@{address}"]
)
async def test_forms_of_a_proxy(world: World, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy works in every notation, and gets its password."""
    with RawServer(whole(ANSWER)) as proxy, RawServer(whole(ANSWER)) as server:
        monkeypatch.setenv("HTTP_PROXY", form.format(url=proxy.url, address=proxy.url[7:]))
        async with chat(world, server) as client:
            await ask(client)
    expected = "Basic " + base64.b64encode(b"user:p@ss").decode() if "user" in form else None
    assert [request.headers.get("proxy-authorization") for request in proxy.requests] == [expected]


@pytest.mark.asyncio
@pytest.mark.parametrize("key", ["http", "http://127.0.0.1", "all", "all://127.0.0.1"])
async def test_own_proxies(world: World, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the program's own is found by every key that requests knows."""
    with RawServer(whole(ANSWER)) as proxy, RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            await ask(client, proxies={key: proxy.url})
            await ask(client, proxies={"https": proxy.url, "http://other.example": proxy.url, "https://127.0.0.1": "x"})
    assert (len(proxy.requests), len(server.requests)) == (1, 1)


@pytest.mark.asyncio
async def test_proxy_switched_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program can bypass the environment's proxy for one call."""
    with RawServer(whole(ANSWER)) as proxy, RawServer(whole(ANSWER)) as server:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        async with chat(world, server) as client:
            await ask(client, proxies={"http": None})
            await ask(client, proxies={"http": ""})
            await ask(client)
    assert (len(proxy.requests), len(server.requests)) == (1, 2)


def tunnel(request: Request) -> Answer:
    """Open the tunnel of a CONNECT request, and forward data in both directions."""

    def carry(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                data = source.recv(65536)
                if not data:
                    break
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def connect(connection: Connection) -> None:
        host, _, port = request.target.partition(":")
        with socket.create_connection((host, int(port))) as service:
            connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=carry, args=(service, connection.socket), daemon=True)
            back.start()
            carry(connection.socket, service)
            back.join(10)

    return [connect]


@pytest.mark.asyncio
async def test_tunnel(world: World, tls: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through a proxy's tunnel, the environment's certificates count, and the proxy does not see the key."""
    seen: List[Request] = []
    with RawServer(whole(ANSWER), tls=tls.server) as server, RawServer(tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:word@127.0.0.1:{proxy.port}")
        monkeypatch.setenv("SSL_CERT_FILE", tls.bundle)
        async with chat(world, server) as client:
            for _ in range(2):
                assert await ask(client) == COMPLETION
        seen = list(proxy.requests)
    assert [(request.method, request.target) for request in seen] == [("CONNECT", server.url[8:])]
    assert seen[0].headers["proxy-authorization"] == "Basic " + base64.b64encode(b"user:word").decode()
    assert not any(KEY in value for value in seen[0].headers.values())
    assert not any("proxy-authorization" in request.headers for request in server.requests)
    assert len(server.requests) == 2


@pytest.mark.asyncio
async def test_untrusted_behind_tunnel(world: World, tls: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An untrusted certificate behind a proxy is not tried again, and the proxy's password stays hidden."""
    with RawServer(whole(ANSWER), tls=tls.server) as server, RawServer(tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:word@127.0.0.1:{proxy.port}")
        async with chat(world, server, retry_total=3) as client:
            error = await failure_of(ask(client))
        assert len(proxy.requests) == 1
    assert (type(error), "connection_verify" in str(error), "word" in repr(error)) == (ServiceRequestError, True, False)
