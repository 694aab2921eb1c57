"""Waits below http.client: dripping bytes keep no synchronous call beyond its deadline, nor a stream beyond its end."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import SimpleNamespace
from typing import Any, Dict, Iterator, List, NamedTuple

import pytest
from azure.core.exceptions import (
    IncompleteReadError,
    ServiceRequestTimeoutError,
    ServiceResponseTimeoutError,
    StreamClosedError,
)
from azure.core.pipeline.transport import RequestsTransport
from worlds import SYNC

from azure.ai.inference._http.receiver import shut_down

from .calls import ANSWER, COMPLETION, DONE, END, STREAM, A, ask, chat, failure_of, patiently, read
from .raw_server import LAST_CHUNK, Answer, Connection, Gate, RawServer, chunk, chunked, cut, head, stall, whole


def late(timeout: float) -> float:
    """Return the longest time for a call with this timeout: 0.5 s beyond a short one, more on a busy machine."""
    return timeout + max(0.5, timeout)


@contextlib.contextmanager
def takes_at_most(seconds: float) -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds


class Somewhere(NamedTuple):
    """A server other than the endpoint."""

    url: str


class Drip:
    """A step that sends bytes one at a time, always before a wait on the socket would time out, then again and again."""

    def __init__(self, data: bytes, again: bytes = b"") -> None:
        self._data, self._again = data, again

    def __call__(self, connection: Connection) -> None:
        data = self._data
        while data:
            for byte in data:
                if connection.stopping.wait(0.02):
                    return
                connection.send(bytes([byte]))
            data = self._again


def flood(data: bytes) -> Any:
    """Return a step that sends the same bytes as fast as possible, until the client has disconnected."""

    def send(connection: Connection) -> None:
        while True:
            connection.send(data * 1000)

    return send


#: What drips, or never ends, while a call waits for its response.
DRIPS: Dict[str, Answer] = {
    "a status line": [Drip(b"HTTP/1.1 200 " + b"O" * 500)],
    "headers": [head()[:-2], Drip(b"X-Drip: 1\r\n", again=b"X-Drip: 1\r\n")],
    "interim responses": [Drip(b"HTTP/1.1 102 Processing\r\n\r\n", again=b"HTTP/1.1 102 Processing\r\n\r\n")],
    "interim responses with status 100": [Drip(b"HTTP/1.1 100 C\r\n\r\n", again=b"HTTP/1.1 100 C\r\n\r\n")],
    "a flood of interim responses": [flood(b"HTTP/1.1 102 Processing\r\n\r\n")],
    "a chunk extension": [*chunked(kind="application/json"), b"5;", Drip(b"x" * 500)],
    "a size of a chunk": [*chunked(kind="application/json"), Drip(b"0" * 500)],
    "a chunk": [*chunked(kind="application/json"), b"500\r\n", Drip(b" " * 500)],
    "trailers": [*chunked(ANSWER, kind="application/json"), b"0\r\n", Drip(b"X: 1\r\n", again=b"X: 1\r\n")],
    "a body": [head(Content_Length=9999), Drip(b" " * 500)],
    "a body until the end": [head(Connection="close"), Drip(b" " * 500)],
}


@pytest.mark.asyncio
@pytest.mark.parametrize("says", DRIPS)
async def test_whole(says: str) -> None:
    """Dripping bytes do not hold a call beyond its deadline."""

    async def scenario(seconds: float) -> None:
        with RawServer(DRIPS[says], whole(ANSWER)) as server:
            async with chat(SYNC, server) as client:
                with takes_at_most(late(seconds)):
                    error = await failure_of(ask(client, timeout=seconds))
                assert await ask(client) == COMPLETION
        assert (type(error), str(error)) == (
            ServiceResponseTimeoutError,
            f"The call took longer than its timeout of {seconds:g} seconds.",
        )

    await patiently(scenario)


#: What drips, or never ends, in a stream before its end.
STREAMED: Dict[str, Answer] = {
    "a chunk extension": [*chunked(A), b"5;", Drip(b"x" * 500)],
    "a size of a chunk": [*chunked(A), Drip(b"0" * 500)],
    "a chunk": [*chunked(A), b"500\r\n", Drip(b": ping\n" * 80)],
    "comments": [head(kind="text/event-stream") + A, Drip(b": ping\n", again=b": ping\n")],
    "trailers": [*chunked(A), b"0\r\n", Drip(b"X: 1\r\n", again=b"X: 1\r\n")],
    "a flood of trailers": [*chunked(A), b"0\r\n", flood(b"X: 1\r\n")],
}


@pytest.mark.asyncio
@pytest.mark.parametrize("says", STREAMED)
async def test_streamed(says: str) -> None:
    """Dripping bytes do not hold a stream beyond the deadline of its call, and what came before is delivered."""

    async def scenario(seconds: float) -> None:
        with RawServer(STREAMED[says], whole(ANSWER)) as server:
            async with chat(SYNC, server) as client:
                with takes_at_most(late(seconds)):
                    texts, error = await read(await ask(client, stream=True, timeout=seconds))
                assert await ask(client) == COMPLETION
        limited = says == "a flood of trailers" and isinstance(error, IncompleteReadError)  # by Python, from 3.14 on
        assert (texts, limited or type(error)) == (["a"], limited or ServiceResponseTimeoutError)

    await patiently(scenario)


#: What follows the last update of a stream.
ENDS: Dict[str, Answer] = {
    "endless trailers": [chunk(DONE) + b"0\r\n", flood(b"X: 1\r\n")],
    "dripped trailers": [chunk(DONE) + b"0\r\n", Drip(b"X: 1\r\n", again=b"X: 1\r\n")],
    "a trailer without end": [chunk(DONE) + b"0\r\n", Drip(b"X" * 1000)],
    "a dripped chunk extension": [chunk(DONE) + b"5;", Drip(b"x" * 1000)],
    "a dripped size of a chunk": [chunk(DONE), Drip(b"0" * 1000)],
    "endless events": [chunk(DONE), flood(chunk(A))],
    "endless events in one chunk": [b"fffffff\r\n" + DONE, flood(A)],
    "nothing": [chunk(DONE), stall],
}


@pytest.mark.asyncio
@pytest.mark.parametrize("says", ENDS)
@pytest.mark.parametrize("own", [True, False], ids=["default transport", "azure-core's transport"])
async def test_end_of_stream(says: str, own: bool) -> None:
    """A stream waits at most 50 ms for the end of its body, and closes a connection with more data."""
    options: Dict[str, Any] = {} if own else {"transport": RequestsTransport()}
    gate = Gate()
    with RawServer([*chunked(A, END), gate, *ENDS[says]], whole(ANSWER)) as server:
        async with chat(SYNC, server, **options) as client:
            stream = await ask(client, stream=True)
            assert [update.choices[0].finish_reason for update in (next(stream), next(stream))] == [None, "stop"]
            gate.open()
            with takes_at_most(2.5):  # 50 ms, and time enough for a busy machine
                assert await read(stream) == ([], None)
            assert await ask(client) == COMPLETION
        assert server.connections == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("own", [True, False], ids=["default transport", "azure-core's transport"])
@pytest.mark.parametrize(
    "answer",
    [
        chunked(STREAM, b""),
        [*chunked(STREAM[: -len(DONE)]), chunk(DONE) + LAST_CHUNK],
        whole(STREAM + b"\n", kind="text/event-stream"),
    ],
    ids=["chunks", "last chunk", "length"],
)
async def test_used_again(own: bool, answer: Answer) -> None:
    """A connection is reused once the whole body has arrived."""
    options: Dict[str, Any] = {} if own else {"transport": RequestsTransport()}
    with RawServer(answer) as server:
        async with chat(SYNC, server, **options) as client:
            for _ in range(3):
                assert await read(await ask(client, stream=True)) == (["a", "b", None], None)
        assert server.connections == 1


@contextlib.contextmanager
def dripping_listener(*data: bytes) -> Iterator[int]:
    """Yield the port of a server that drips bytes to any client, whatever it sends."""
    stopping = threading.Event()

    def serve() -> None:
        with contextlib.suppress(OSError):
            sock, _ = listener.accept()
            with sock:
                for byte in b"".join(data):
                    if stopping.wait(0.02):
                        return
                    sock.sendall(bytes([byte]))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stopping.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


@pytest.mark.asyncio
async def test_handshake() -> None:
    """A dripping TLS handshake does not hold a call beyond its deadline."""

    async def scenario(seconds: float) -> None:
        with dripping_listener(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + b"\x00" * 1000) as port:
            async with chat(SYNC, Somewhere(f"https://127.0.0.1:{port}")) as client:
                with takes_at_most(late(seconds)):
                    error = await failure_of(ask(client, timeout=seconds))
        assert type(error) is ServiceRequestTimeoutError

    await patiently(scenario)


@pytest.mark.asyncio
async def test_tunnel() -> None:
    """A dripping response to CONNECT does not hold a call beyond its deadline."""

    async def scenario(seconds: float) -> None:
        with RawServer([Drip(b"HTTP/1.1 200 O\r\n", again=b"X: 1\r\n")]) as proxy:
            async with chat(SYNC, proxy, endpoint="https://127.0.0.1:1", proxies={"https": proxy.url}) as client:
                with takes_at_most(late(seconds)):
                    error = await failure_of(ask(client, timeout=seconds))
        assert type(error) is ServiceRequestTimeoutError

    await patiently(scenario)


@pytest.mark.asyncio
async def test_several_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """All addresses of a name share the time that the call may take."""
    tried: List[Any] = []

    class Socket(socket.socket):
        def connect(self, address: Any) -> None:
            tried.append(address)
            threading.Event().wait(self.gettimeout())
            raise socket.timeout("timed out")

    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", 80)) for n in range(1, 9)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: addresses)
    monkeypatch.setattr(socket, "socket", Socket)
    async with chat(SYNC, Somewhere("http://service.invalid")) as client:
        error = await failure_of(ask(client, timeout=0.2))
    monkeypatch.undo()
    assert (type(error), tried) == (ServiceRequestTimeoutError, [("127.0.0.1", 80)])


@pytest.mark.asyncio
@pytest.mark.parametrize("used", [False, True], ids=["new connection", "used connection"])
async def test_sending(used: bool) -> None:
    """A body that the service does not read is not sent beyond the deadline of its call."""

    async def scenario(seconds: float) -> None:
        with deaf_server(after=1 if used else 0) as url:
            async with chat(SYNC, Somewhere(url)) as client:
                if used:
                    assert await ask(client, timeout=20) == COMPLETION
                with takes_at_most(late(seconds)):
                    error = await failure_of(complete(client, b" " * 50_000_000, timeout=seconds))
        assert type(error) is ServiceResponseTimeoutError

    await patiently(scenario)


@contextlib.contextmanager
def deaf_server(after: int) -> Iterator[str]:
    """Yield the URL of a server that responds to some requests, and then reads nothing from its one connection."""
    stopping = threading.Event()

    def serve() -> None:
        with contextlib.suppress(OSError):
            sock, _ = listener.accept()
            with sock:
                for _ in range(after):
                    sock.recv(65536)
                    sock.sendall(bytes(whole(ANSWER)[0]))  # type: ignore[arg-type]
                stopping.wait(50)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        stopping.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


async def complete(client: Any, body: bytes, **options: Any) -> Any:
    return client.complete(body, **options)


class Reader(threading.Thread):
    """A thread that reads a stream to its end, and keeps the error that ended it."""

    def __init__(self, stream: Any) -> None:
        super().__init__(daemon=True)
        self.stream = stream
        self.texts: List[Any] = []
        self.error: Any = None
        self.first = threading.Event()

    def run(self) -> None:
        try:
            for update in self.stream:
                self.texts.append(update.choices[0].delta.content)
                self.first.set()
        except Exception as error:
            self.error = error


#: Streams that stop in the middle: by chunks, by length, and until the connection ends.
STALLED: Dict[str, Answer] = {
    "chunks": chunked(A, stall),
    "within a chunk": [*chunked(A), b"500\r\nda", stall],
    "length": [head(kind="text/event-stream", Content_Length=9999) + A, stall],
    "until the end": [head(kind="text/event-stream", Connection="close") + A, stall],
    "until the end, finished": [head(kind="text/event-stream", Connection="close") + A + END, stall],
}


@pytest.mark.asyncio
@pytest.mark.parametrize("says", STALLED)
@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("own", [True, False], ids=["default transport", "azure-core's transport"])
async def test_closed_by_another_thread(says: str, secure: bool, own: bool, tls: Any) -> None:
    """`close()` returns at once, and ends the reading thread with StreamClosedError."""
    options: Dict[str, Any] = {"connection_verify": tls.bundle} if secure else {}
    if not own:
        options = {"transport": RequestsTransport(**options)}
    with RawServer(STALLED[says], whole(ANSWER), tls=tls.server if secure else None) as server:
        async with chat(SYNC, server, read_timeout=60, **options) as client:
            reader = Reader(await ask(client, stream=True))
            reader.start()
            assert reader.first.wait(20)
            with takes_at_most(20):
                reader.stream.close()
                reader.stream.close()
                reader.join(30)
            assert type(reader.error) is StreamClosedError
            assert type(await failure_of(next_update(reader.stream))) is StreamClosedError
            assert await ask(client) == COMPLETION
        assert server.connections == 2


async def next_update(stream: Any) -> Any:
    return next(stream)


class GreenSocket:
    """A socket as eventlet builds it: its class has not the methods of a socket."""

    _real = socket.socket

    def __init__(self, *args: Any, **options: Any) -> None:
        self._sock = self._real(*args, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def __enter__(self) -> GreenSocket:
        return self

    def __exit__(self, *exc_details: Any) -> None:
        self._sock.close()


def test_shut_down_foreign() -> None:
    """A thread that waits on a TLS connection of another library, which is no socket, can be woken, too."""
    one, other = socket.socketpair()
    with one, other:
        shut_down(SimpleNamespace(fileno=one.fileno))
        assert other.recv(1) == b""


def test_shut_down_green(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that waits on a socket of eventlet can be woken, too."""
    one, other = socket.socketpair()
    monkeypatch.setattr(socket, "socket", GreenSocket)
    with one, other, GreenSocket(one.family, one.type, one.proto, fileno=one.detach()) as green:
        shut_down(green)
        assert other.recv(1) == b""


@pytest.mark.asyncio
async def test_closed_after_its_end() -> None:
    """Closing a stream that has been read does not break the next call on its connection."""
    gate, arrived = Gate(), Gate()
    with RawServer(whole(STREAM, kind="text/event-stream"), [lambda _: arrived.open(), gate, *whole(ANSWER)]) as server:
        async with chat(SYNC, server) as client:
            stream = await ask(client, stream=True)
            next(stream)  # the whole body has arrived, and is in the reader
            results: List[Any] = []
            other = threading.Thread(target=lambda: results.append(client.complete(messages=[{"role": "user"}])))
            other.start()
            assert arrived.wait()
            stream.close()
            gate.open()
            other.join(20)
            assert results == [COMPLETION]


@pytest.mark.asyncio
async def test_cut_while_reading() -> None:
    """A stream that breaks off does not claim that it was closed."""
    with RawServer([*chunked(A), cut]) as server:
        async with chat(SYNC, server) as client:
            texts, error = await read(await ask(client, stream=True))
    assert (texts, type(error).__name__) == (["a"], "IncompleteReadError")
