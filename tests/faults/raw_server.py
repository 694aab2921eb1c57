"""A server that does exactly what a script says on its sockets, byte for byte, including faults of networks."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import struct
import threading
import time
from types import TracebackType
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Type, Union

_PATIENCE = 20.0


class Request(NamedTuple):
    """What a client sent; `connection` counts the connections from 0, header names are lower case."""

    method: str
    target: str
    headers: Dict[str, str]
    body: bytes
    connection: int


class Connection:
    """One accepted connection, on which steps act."""

    def __init__(self, sock: socket.socket, number: int, stopping: threading.Event) -> None:
        self.socket = sock
        self.number = number
        self.stopping = stopping
        self._file = sock.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read_request(self) -> Optional[Request]:
        """Return the next request; None if the client has disconnected, even in the middle of it."""
        method, target, _ = [*self._file.readline().decode("latin-1").split(), "", "", ""][:3]
        headers: Dict[str, str] = {}
        for line in iter(self._file.readline, b""):
            name, separator, value = line.decode("latin-1").partition(":")
            if not separator:
                break
            headers[name.lower()] = value.strip()
        body = self._read_body(headers)
        whole = len(body) >= int(headers.get("content-length", 0))
        return Request(method, target, headers, body, self.number) if method and whole else None

    def _read_body(self, headers: Dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return self._file.read(int(headers.get("content-length", 0)))
        pieces = []
        while True:
            size = int(self._file.readline() or b"0", 16)
            pieces.append(self._file.read(size))
            self._file.readline()
            if not size:
                return b"".join(pieces)

    def client_has_gone(self) -> None:
        """Wait until the client closes its side, or the server stops."""
        with contextlib.suppress(OSError):
            self._file.read(1)

    def close(self) -> None:
        self._file.close()
        self.socket.close()


Step = Union[bytes, Callable[[Connection], None]]
Answer = Sequence[Step]


class _Hang(Exception):
    """The script is done with this connection."""


def cut(connection: Connection) -> None:
    """Close the connection in an orderly way, even in the middle of a response."""
    raise _Hang


def reset(connection: Connection) -> None:
    """Close the connection with a reset."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise _Hang


def stall(connection: Connection) -> None:
    """Send nothing more, until the client gives up."""
    connection.client_has_gone()
    raise _Hang


class Gate:
    """A step that waits until the test opens it: what lies behind it is not sent before."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def open(self) -> None:
        self._event.set()

    def wait(self) -> bool:
        """Return whether the gate opens in time."""
        return self._event.wait(_PATIENCE)

    def __call__(self, connection: Connection) -> None:
        if not self.wait():
            raise _Hang


class Drip:
    """A step that sends the same bytes again and again, always before a wait on the socket would time out."""

    def __init__(self, data: bytes, pause: float = 0.02) -> None:
        self._data = data
        self._pause = pause

    def __call__(self, connection: Connection) -> None:
        while not connection.stopping.wait(self._pause):
            connection.send(self._data)


class RawServer:
    """Listens on loopback and sends the n-th response to the n-th request; the last one is repeated.

    :param answers: the steps of the response to each request, or a function that returns them for a request.
    :keyword tls: the server's side of TLS, if it uses TLS.
    """

    def __init__(
        self, *answers: Union[Answer, Callable[[Request], Answer]], tls: Optional[ssl.SSLContext] = None
    ) -> None:
        self.requests: List[Request] = []
        self.connections = 0
        self._answers = answers
        self._tls = tls
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._open: Dict[int, Connection] = {}
        self._threads: List[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> RawServer:
        self._start(self._accept)
        return self

    def __exit__(
        self, exc_type: Optional[Type[BaseException]], exc: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        with self._lock:
            for connection in self._open.values():
                _shut_down(connection.socket)
        for thread in self._threads:
            thread.join(_PATIENCE)
        self._listener.close()

    def wait_for_silence(self) -> None:
        """Wait until all connections are closed, which their clients must do in time."""
        deadline = time.monotonic() + _PATIENCE
        while self._open and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not self._open

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                number, self.connections = self.connections, self.connections + 1
            self._start(self._serve, sock, number)

    def _serve(self, sock: socket.socket, number: int) -> None:
        try:
            sock = self._tls.wrap_socket(sock, server_side=True) if self._tls else sock
        except OSError:
            sock.close()
            return
        connection = Connection(sock, number, self._stopping)
        with self._lock:
            self._open[number] = connection
        try:
            while not self._stopping.is_set():
                self._answer(connection)
        except (_Hang, OSError, threading.BrokenBarrierError):
            pass
        finally:
            connection.close()
            with self._lock:
                del self._open[number]

    def _answer(self, connection: Connection) -> None:
        request = connection.read_request()
        if request is None:
            raise _Hang
        with self._lock:
            self.requests.append(request)
            answer = self._answers[min(len(self.requests), len(self._answers)) - 1]
        for step in answer(request) if callable(answer) else answer:
            if isinstance(step, bytes):
                connection.send(step)
            else:
                step(connection)


def _shut_down(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def head(status: int = 200, kind: Optional[str] = "application/json", **headers: Any) -> bytes:
    """Return the start of a response up to its body; `_` in names of headers stands for `-`."""
    lines = [f"HTTP/1.1 {status} Reason"] + [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if kind is not None:
        lines.append(f"Content-Type: {kind}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def whole(
    body: bytes, status: int = 200, kind: Optional[str] = "application/json", zipped: bool = False, **headers: Any
) -> List[Step]:
    """Return a response with a Content-Length."""
    if zipped:
        body, headers["Content_Encoding"] = gzip.compress(body), "gzip"
    return [head(status, kind, Content_Length=len(body), **headers) + body]


def chunk(data: bytes) -> bytes:
    """Return one chunk of a chunked body. An empty one is the last."""
    return b"%x\r\n%s\r\n" % (len(data), data)


LAST_CHUNK = chunk(b"")


def chunked(*pieces: Step, kind: str = "text/event-stream", status: int = 200, **headers: Any) -> List[Step]:
    """Return a response in chunks, one for each item of bytes."""
    start: List[Step] = [head(status, kind, Transfer_Encoding="chunked", **headers)]
    return start + [chunk(piece) if isinstance(piece, bytes) else piece for piece in pieces]
