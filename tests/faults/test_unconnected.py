"""Connections that fail: the error, the number of attempts, and the secrets that it must not show."""

from __future__ import annotations

import contextlib
import logging
import ssl
import traceback
from typing import Any, Dict, Iterator, List, Optional, Set

import pytest
import trustme
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
)
from worlds import World

from .calls import ANSWER, COMPLETION, KEY, ask, chat, failure_of, waiting_transport
from .raw_server import Answer, RawServer, cut, head, stall, whole
from .test_deadlines import full_listener

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")
PASSWORD = "password-that-nobody-may-see"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clear proxies and certificates from the environment."""
    for name in (*PROXIES, *VARIABLES, "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def foreign_transport(world: World) -> Any:
    """Return azure-core's own transport."""
    from azure.core.pipeline.transport import AioHttpTransport, RequestsTransport

    return RequestsTransport() if world.name == "sync" else AioHttpTransport()


def other_host(tmp_path: Any) -> Any:
    """Return TLS with a certificate that is trusted, but for another host."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("other.example").configure_cert(context)
    bundle = tmp_path / "other.pem"
    authority.cert_pem.write_to_path(str(bundle))
    return context, str(bundle)


@pytest.mark.asyncio
@pytest.mark.parametrize("transport", ["own", "foreign"])
@pytest.mark.parametrize("fault", ["untrusted", "other host", "plain http"])
async def test_refused_by_tls(world: World, fault: str, transport: str, tls: Any, tmp_path: Any) -> None:
    """An untrusted certificate is not tried again, and the error names the remedy."""
    waits: List[float] = []
    context, bundle = other_host(tmp_path)
    side = {"untrusted": tls.server, "other host": context, "plain http": None}[fault]
    with RawServer(whole(ANSWER), tls=side) as server:
        options: Dict[str, Any] = {"transport": waiting_transport(world, waits)}
        if transport == "foreign":
            options["transport"] = foreign_transport(world)
        if fault == "other host":
            options["connection_verify"] = bundle
        endpoint = f"https://127.0.0.1:{server.port}"
        async with chat(world, server, endpoint=endpoint, retry_total=3, retry_backoff_factor=9, **options) as client:
            error: Any = await failure_of(ask(client))
    assert (type(error), waits, server.connections) == (ServiceRequestError, [], 1)
    assert not any(request.method == "POST" for request in server.requests)
    assert "SSLError" in [kind.__name__ for kind in type(error.inner_exception).__mro__]
    assert all(name in str(error) for name in ("connection_verify", *VARIABLES))
    assert ("may speak plain http" in str(error)) is (fault == "plain http")
    assert ("certificate verify failed" in str(error).lower()) is (fault != "plain http")
    assert str(error).count("connection_verify") == 1


@pytest.mark.asyncio
async def test_cut_while_greeting(world: World) -> None:
    """A connection lost during the TLS handshake is tried again."""
    waits: List[float] = []
    with _Cutting() as server:
        transport = waiting_transport(world, waits)
        async with chat(world, server, endpoint=server.url, retry_total=1, transport=transport) as client:  # type: ignore[arg-type]
            error: Any = await failure_of(ask(client))
    assert (isinstance(error, ServiceRequestError), len(waits), server.connections) == (True, 1, 2), repr(error)


class _Cutting:
    """Accepts connections and closes them once the first bytes have arrived."""

    def __enter__(self) -> Any:
        import socket
        import threading

        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                sock.recv(99999)
                sock.close()

    def __exit__(self, *exc_details: Any) -> None:
        import socket

        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def everything_of(error: Optional[BaseException], seen: Optional[Set[int]] = None) -> Iterator[str]:
    """Return all texts that can be reached from an error, wherever azure-core and Python keep causes."""
    seen = set() if seen is None else seen
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield f"{error} {error!r} {error.args} {vars(error)}"
    yield "".join(traceback.format_exception(type(error), error, error.__traceback__))
    for cause in (error.__cause__, error.__context__, *vars(error).values(), *error.args):
        if isinstance(cause, BaseException):
            yield from everything_of(cause, seen)


def frames_of(error: BaseException) -> Iterator[str]:
    """Return the local variables of our frames in an error's traceback."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if "azure/ai/inference" in frame.f_code.co_filename.replace("\\", "/"):
            yield repr(frame.f_locals)


NO_HTTP: Dict[str, Answer] = {
    "a word": [b"oops\r\n\r\n", cut],
    "another protocol": [b"SSH-2.0-OpenSSH_9.6\r\n", cut],
    "binary": [b"\x15\x03\x01\x00\x02\x02\x46" * 9, cut],
    "a header without colon": [b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", cut],
    "two lengths": [head(Content_Length="1, 2") + b"{}", cut],
    "nothing": [cut],
}


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("transport", ["own", "foreign"])
@pytest.mark.parametrize("says", NO_HTTP)
async def test_no_http(
    world: World, says: str, transport: str, streamed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """The error of a response that is not HTTP does not carry the request with its key."""
    if world.name == "sync" and says == "a header without colon":
        pytest.skip("the standard library takes such a line for the end of the head")
    options: Dict[str, Any] = {"transport": foreign_transport(world)} if transport == "foreign" else {}
    with RawServer(NO_HTTP[says], whole(ANSWER)) as server, caplog.at_level(logging.DEBUG):
        async with chat(world, server, **options) as client:
            error: Any = await failure_of(ask(client, stream=streamed))
            assert await ask(client) == COMPLETION
    assert isinstance(error, (ServiceResponseError, ServiceRequestError) if transport == "foreign" else AzureError)
    assert not any(KEY in text for text in everything_of(error))
    assert not any(KEY in text for text in frames_of(error))
    assert KEY not in caplog.text
    if transport == "own":
        assert isinstance(error, ServiceResponseError), repr(error)
        assert "http://" not in "".join([str(error), repr(error), repr(error.inner_exception)])


@pytest.mark.asyncio
async def test_timeouts_without_url(world: World) -> None:
    """The error of a connection that takes too long does not show the URL, whose query may be a secret."""
    with RawServer([stall]) as server, full_listener() as url:
        async with chat(world, server, endpoint=f"{url}/x?sig={PASSWORD}") as client:
            error: Any = await failure_of(ask(client, connection_timeout=0.1))
        async with chat(world, server, endpoint=f"{server.url}/x?sig={PASSWORD}") as client:
            late: Any = await failure_of(ask(client, read_timeout=0.1))
    assert type(error) is ServiceRequestTimeoutError
    assert str(error) == "The connection was not made in time."
    assert str(late) == "The response did not begin in time."
    for one in (error, late):
        assert not any(PASSWORD in text for text in everything_of(one))


#: What a proxy is named as, and the words of the error.
UNUSABLE = {
    "port": (f"http://user:{PASSWORD}@127.0.0.1:{PASSWORD}", "is not a URL"),
    "brackets": (f"http://user:{PASSWORD}@[::1", "is not a URL"),
    "white space": (f"http://user:{PASSWORD}@127.0.0.1: 80", "is not a URL"),
    "no host": (f"http://user:{PASSWORD}@", "is not a URL"),
    "port 0": (f"http://user:{PASSWORD}@127.0.0.1:0", "is not a URL"),
    "socks": (f"socks5://user:{PASSWORD}@127.0.0.1:1", "socks5"),
    "unknown scheme": (f"proxy://user:{PASSWORD}@127.0.0.1:1", "proxy"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["HTTP_PROXY", "all_proxy", "`proxies`"])
@pytest.mark.parametrize("says", UNUSABLE)
async def test_unusable_proxy(world: World, says: str, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unusable proxy is not tried again, and the error does not show its password."""
    url, words = UNUSABLE[says]
    waits: List[float] = []
    options: Dict[str, Any] = {"proxies": {"http": url}} if where == "`proxies`" else {}
    if not options:
        monkeypatch.setenv(where, url)
    with RawServer(whole(ANSWER)) as server:
        transport = waiting_transport(world, waits)
        async with chat(world, server, retry_total=3, transport=transport) as client:
            error: Any = await failure_of(ask(client, **options))
    assert (type(error), waits, server.requests) == (ServiceRequestError, [], [])
    assert (where in str(error), words in str(error)) == (True, True)
    assert not any(PASSWORD in text for text in everything_of(error))
    assert options or not any(PASSWORD in text for text in frames_of(error))


@pytest.mark.asyncio
@pytest.mark.parametrize("status, attempts", [(407, 1), (403, 1), (503, 2)])
async def test_tunnel_refused(world: World, status: int, attempts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that refuses a tunnel is named and not tried again; its password and the key stay hidden."""
    waits: List[float] = []
    with RawServer(whole(b"", status)) as proxy:
        url = f"http://user:{PASSWORD}@127.0.0.1:{proxy.port}"
        monkeypatch.setenv("HTTPS_PROXY", url)
        options: Dict[str, Any] = {"retry_total": 1, "transport": waiting_transport(world, waits)}
        async with chat(world, proxy, endpoint="https://service.invalid", **options) as client:
            error: Any = await failure_of(ask(client))
    assert (type(error), len(waits), len(proxy.requests)) == (ServiceRequestError, attempts - 1, attempts)
    assert f"127.0.0.1:{proxy.port}" in str(error)
    assert str(status) in str(error)
    assert "HTTPS_PROXY" in str(error)
    assert proxy.requests[0].method == "CONNECT"
    assert not any(KEY in value for value in proxy.requests[0].headers.values())
    for text in (*everything_of(error), *frames_of(error)):
        assert KEY not in text
        assert PASSWORD not in text


@pytest.mark.asyncio
async def test_plain_proxy_refuses(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over plain http, a proxy's refusal is a response like any other."""
    with RawServer(whole(b"who are you?", 407, "text/plain")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://user:{PASSWORD}@127.0.0.1:{proxy.port}")
        async with chat(world, proxy, endpoint="http://service.invalid", retry_total=3) as client:
            error: Any = await failure_of(ask(client))
    assert (type(error), error.status_code, len(proxy.requests)) == (HttpResponseError, 407, 1)
    for text in (*everything_of(error), *frames_of(error)):
        assert KEY not in text
        assert PASSWORD not in text


@pytest.mark.asyncio
async def test_unreachable_proxy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unreachable proxy is named, without its password."""
    with RawServer(whole(ANSWER)) as gone:
        port = gone.port
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@127.0.0.1:{port}")
    async with chat(world, gone, endpoint="https://service.invalid") as client:
        error: Any = await failure_of(ask(client))
    assert type(error) is ServiceRequestError
    assert f"the proxy 127.0.0.1:{port}" in str(error)
    for text in (*everything_of(error), *frames_of(error)):
        assert KEY not in text
        assert PASSWORD not in text
