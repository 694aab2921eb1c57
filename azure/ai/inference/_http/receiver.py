"""The bytes of one response, below http.client: each wait for them ends at the deadline, or earlier on demand.

http.client reads a status line, headers, chunk sizes and trailers in loops of its own. A limit per call of it would
hold for each byte of a peer that sends one at a time.
"""

from __future__ import annotations

import http.client
import io
import socket
from contextlib import suppress
from threading import RLock
from typing import Any, Callable, Optional, Tuple, cast

from azure.ai.inference._core.deadline import Deadline, current_deadline
from azure.ai.inference._http import forks
from azure.ai.inference._http.heads import begin_at_once

#: No head of a response is longer, interim responses included. http.client reads 100 headers of 64 KiB each.
_MAX_HEAD = 16 * 1024 * 1024


class Receiver(io.RawIOBase):
    """Receives the bytes of one response.

    :param sock: the socket.
    :param parts: its file, which keeps it open, its ``recv_into``, and its timeout, which limits each wait.
    :param connection: the connection, which is closed if the response has surplus bytes.
    """

    def __init__(self, sock: Any, parts: Tuple[Any, Callable[[Any], int], Optional[float]], connection: Any) -> None:
        self._sock = sock
        self._file, self._receive, self._limit = parts
        self._connection = connection
        self._forks = forks.count
        self._closing = RLock()
        self._stopped = False
        self.deadline: Optional[Deadline] = current_deadline()
        self.head_left: Optional[int] = _MAX_HEAD

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Receive bytes into a buffer. Return their number: 0 at the end, and after :meth:`stop`.

        :raises OSError: if they do not arrive, or not in time, or belong to the parent of this forked process.
        """
        if self._stopped:
            return 0
        if self._forks != forks.count:
            raise ConnectionError("The response belongs to the process that this one was forked from.")
        if self.deadline is not None:
            self._sock.settimeout(within(self.deadline, self._limit))
        received = self._receive(buffer)
        if self.head_left is not None:
            self.head_left -= received
            if self.head_left < 0:
                raise http.client.HTTPException("The head of the response has no end.")
        return received

    def stop(self) -> None:
        """Stop receiving."""
        self._stopped = True

    def leave(self, *, surplus: bool) -> None:
        """Close the connection if surplus bytes have arrived: they would be read as the next response."""
        pending = getattr(self._sock, "pending", None)
        if self._connection is not None and (surplus or (pending is not None and pending())):
            self._connection.close()
        self._connection = None

    def wake(self) -> None:
        """End the wait of another thread for bytes, and stop receiving."""
        with self._closing:
            if not self.closed:
                shut_down(self._sock)

    def close(self) -> None:
        with self._closing:
            self._file.close()
            super().close()


class _Buffer(io.BufferedReader):
    """Buffers the bytes of one response, and reports at its end whether any are left."""

    raw: Receiver

    def close(self) -> None:
        if not self.closed:
            receiver = self.raw
            receiver.stop()
            with suppress(OSError, ValueError):
                receiver.leave(surplus=bool(self.peek(1)))
        super().close()


class Source:
    """The object that http.client uses as the socket of a response."""

    def __init__(self, buffer: _Buffer) -> None:
        self._buffer = buffer

    def makefile(self, mode: str) -> _Buffer:
        return self._buffer


def source_of(sock: Any, connection: Any) -> Optional[Source]:
    """Return what a response is read from; None for a mock of a socket, which http.client itself can read."""
    try:
        receive, limit = sock.recv_into, sock.gettimeout()
        file = sock.makefile("rb", buffering=0)
    except (AttributeError, TypeError):
        return None
    return Source(_Buffer(Receiver(sock, (file, receive, limit), connection)))


class ReceivedResponse(http.client.HTTPResponse):
    """http.client's response, read by a :class:`Receiver`. Interim responses are skipped.

    http.client itself only skips those with status 100, and takes any other for the response.
    """

    def __init__(self, source: Source, *args: Any, method: Optional[str] = None, **kwargs: Any) -> None:
        self._has_body = method not in (None, "HEAD")
        super().__init__(cast("Any", source), *args, **{"method": method, **kwargs})

    def begin(self) -> None:
        buffer, begun = cast("Any", self.fp), cast("Any", self.headers)
        plain = begin_at_once(self, buffer.peek(1)) if self._has_body and begun is None else 0
        if plain:
            buffer.read(plain)
            buffer.raw.head_left = None
            return
        super().begin()
        while 100 <= self.status < 200:
            self.headers = self.msg = None  # type: ignore[assignment] # as before the first call
            super().begin()
        receiver_of(self).head_left = None


def receiver_of(response: Any) -> Any:
    """Return the receiver of a response of http.client; None if it has another or has ended."""
    receiver = getattr(getattr(response, "fp", None), "raw", None)
    return receiver if type(receiver) is Receiver else None


def within(deadline: Deadline, limit: Any) -> float:
    """Return the seconds that a wait may take.

    :param limit: its own limit, if it is a number.
    :raises TimeoutError: once the deadline has passed.
    """
    left = deadline.left()
    if left <= 0:
        raise socket.timeout(deadline.message)
    return min(left, limit) if isinstance(limit, (int, float)) else left


def shut_down(sock: Any) -> None:
    """Shut down both directions of a socket below TLS, which the waiting thread may be using."""
    kind: Any = socket.socket
    below = getattr(kind, "shutdown", None) if isinstance(sock, kind) else None  # eventlet's class has none
    with suppress(OSError, ValueError):
        if below is not None:
            below(sock, socket.SHUT_RDWR)
        elif sock is not None:
            with socket.fromfd(sock.fileno(), socket.AF_INET, socket.SOCK_STREAM) as same:
                same.shutdown(socket.SHUT_RDWR)
