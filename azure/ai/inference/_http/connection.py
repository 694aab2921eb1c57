"""The connections and pools of the default transport: urllib3's, with waits that keep the deadline of a call.

Imported only while the classes of urllib3 and http.client are their own: replacements must be used.
"""

from __future__ import annotations

import http.client
import queue
from threading import Condition
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Optional

import urllib3
import urllib3.connection
from urllib3.util import SKIP_HEADER

from azure.ai.inference._core.deadline import Attempt, Deadline, current_attempt
from azure.ai.inference._core.hiding import HiddenBytes, HiddenDict, HiddenText
from azure.ai.inference._http import forks, private_names
from azure.ai.inference._http.private_names import OpensSocket
from azure.ai.inference._http.receiver import ReceivedResponse, source_of, within
from azure.ai.inference._json import type_of

if TYPE_CHECKING:
    _Base = http.client.HTTPConnection
    _PoolBase = urllib3.HTTPConnectionPool
else:
    _Base = _PoolBase = object


#: Bytes of a file to send at a time, as azure-core sets it for other versions of requests.
_BLOCK_SIZE = 32768
_LONGEST_HEAD = 65536
_LONGEST_JOINED = 65536


class _Connection(OpensSocket, _Base):
    """Limits each wait of a connection to the rest of the deadline, below http.client and urllib3."""

    _forks = 0
    _lines: Optional[HiddenBytes] = None
    """The headers of the request that is being sent, if they are written at once."""
    _head: Optional[HiddenBytes] = None
    """What comes before the body that is about to follow; nothing yet if empty, None if they are not sent together."""
    socket_options: Any

    def connect(self) -> None:
        self._forks = forks.count
        attempt = current_attempt.get()
        if attempt is None:
            super().connect()
        else:
            self._connect_within(attempt)
        forks.watch_socket(self.sock)

    def _connect_within(self, attempt: Attempt) -> None:
        options = self.socket_options
        self.socket_options = _Untried(attempt.deadline, options)
        try:
            super().connect()
        finally:
            self.socket_options = options
        attempt.connected = True

    def opened(self, sock: Any) -> Any:
        """Limit the TLS handshake to the time left after connecting."""
        try:
            self._limit_wait(sock)
        except OSError:
            sock.close()
            raise
        return sock

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:  # reused, with the limit of its last use
            if isinstance(self.timeout, (int, float)):
                self.sock.settimeout(self.timeout)
            attempt = current_attempt.get()
            if attempt is not None:
                attempt.connected = True
        super().putrequest(*args, **kwargs)

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request, all at once if it is short."""
        parts = HiddenDict(kwargs)
        del kwargs  # it shows the credential
        body = parts.get("body")
        self._lines = _lines_of(parts.get("headers")) if private_names.writes_lines(self) else None
        if self._lines is not None:
            parts["headers"] = _Names.fromkeys(parts["headers"])
        self._head = HiddenBytes() if isinstance(body, bytes) and 0 < len(body) <= _LONGEST_JOINED else None
        try:
            super().request(*args, **parts)
        finally:
            self._lines = self._head = None

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        if self._lines is not None:
            private_names.write_line(self, self._lines)
        super().endheaders(*args, **kwargs)

    def send(self, data: Any) -> None:
        if self._head is not None:
            if not self._head:
                self._head = HiddenBytes(data)  # it holds the credential
                return
            data, self._head = HiddenBytes(self._head + data), None
        elif type(data) is bytes and len(data) <= _LONGEST_HEAD:
            data = HiddenBytes(data)  # the head holds the credential
        if self.sock is not None:
            if self._forks != forks.count:
                raise ConnectionError("The connection belongs to the process that this one was forked from.")
            self._limit_wait(self.sock)
        super().send(data)

    def _limit_wait(self, sock: Any) -> None:
        attempt = current_attempt.get()
        if attempt is not None:
            sock.settimeout(within(attempt.deadline, self.timeout))

    def response_class(self, sock: Any, *args: Any, **kwargs: Any) -> http.client.HTTPResponse:  # type: ignore[override] # a class
        """Return the response that http.client reads from a socket. It expects a class here."""
        source = source_of(sock, self)
        if source is None:
            return http.client.HTTPResponse(sock, *args, **kwargs)
        return ReceivedResponse(source, *args, **kwargs)


def _lines_of(headers: Any) -> Optional[HiddenBytes]:
    """Return the lines of headers, to write them at once; None if http.client must look at each."""
    if type_of(headers) is not dict or not {*map(type, headers), *map(type, headers.values())} <= {str}:
        return None
    names, values = HiddenText("".join(headers)), HiddenText("".join(headers.values()))
    if "user-agent" not in map(str.lower, headers):  # urllib3 adds it
        return None
    plain = names.isascii() and names.isprintable() and values.isascii() and values.isprintable()
    if not plain or "" in headers or " " in names or ":" in names or SKIP_HEADER in values:
        return None
    return HiddenBytes("\r\n".join([f"{name}: {value}" for name, value in headers.items()]).encode("ascii"))


class _Names(Dict[str, str]):
    """Stands in for the headers of a request that are written another way: it has their names only."""

    def items(self) -> Any:
        return ()

    def copy(self) -> Any:
        return self


class _Untried:
    """The options of a new socket. urllib3 sets them before it tries an address, which fails once time is up."""

    def __init__(self, deadline: Deadline, options: Optional[Iterable[Any]]) -> None:
        self._deadline = deadline
        self._options = options or ()

    def __iter__(self) -> Iterator[Any]:
        within(self._deadline, None)
        return iter(self._options)


class HTTPConnection(_Connection, urllib3.connection.HTTPConnection):
    """A connection without TLS. Messages of errors show its name."""


class HTTPSConnection(_Connection, urllib3.connection.HTTPSConnection):
    """A connection with TLS."""


class IdleConnections:
    """The idle connections of a pool, the last used first.

    It takes a lock only to wait, so that no forked process finds it locked by a thread of its parent.
    """

    def __init__(self, maxsize: int) -> None:
        self._maxsize = maxsize
        self._idle: List[Any] = []
        self._waiting = 0
        self._returned = Condition()

    def get(self, block: bool = True, timeout: Optional[float] = None) -> Any:
        """Return an idle connection, or None for a new one.

        :raises queue.Empty: if there is none.
        """
        try:
            return self._idle.pop()
        except IndexError:
            if not block:
                raise queue.Empty from None
        with self._returned:
            self._waiting += 1
            try:
                self._returned.wait_for(lambda: self._idle, timeout)
                return self._idle.pop()
            except IndexError:
                raise queue.Empty from None
            finally:
                self._waiting -= 1

    def put(self, connection: Any, block: bool = True) -> None:
        """Add a connection, or None for the right to a new one.

        :raises queue.Full: if the pool is full.
        """
        if len(self._idle) >= self._maxsize:
            raise queue.Full
        self._idle.append(connection)
        if self._waiting:
            with self._returned:
                self._returned.notify()

    def qsize(self) -> int:
        """Return the number of idle connections."""
        return len(self._idle)


class _Pool(_PoolBase):
    """A pool of such connections."""

    QueueCls: Any = IdleConnections

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "blocksize": _BLOCK_SIZE})

    def urlopen(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request. The wait for a free connection is limited like connecting."""
        kwargs = HiddenDict(kwargs)
        if self.block:
            kwargs["pool_timeout"] = _longest_wait(kwargs.get("timeout"))
        return super().urlopen(*args, **kwargs)


class HTTPConnectionPool(_Pool, urllib3.HTTPConnectionPool):
    ConnectionCls: Any = HTTPConnection


class HTTPSConnectionPool(_Pool, urllib3.HTTPSConnectionPool):
    ConnectionCls: Any = HTTPSConnection


def _longest_wait(timeout: Any) -> Optional[float]:
    attempt = current_attempt.get()
    limit = getattr(timeout, "connect_timeout", None)
    return limit if attempt is None else within(attempt.deadline, limit)


POOLS = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}
