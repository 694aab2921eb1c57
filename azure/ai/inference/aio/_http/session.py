"""The aiohttp sessions of asynchronous clients: one for each event loop, and not shared with forked processes."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import select
import socket
import weakref
from collections import deque
from typing import Any, AsyncGenerator, Callable, Deque, Dict, List, NamedTuple, Optional, Set

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

from azure.ai.inference._core.deadline import Deadline, current_attempt
from azure.ai.inference._core.errors import read_failure
from azure.ai.inference._http import forks, private_names
from azure.ai.inference._http.body_reader import is_closed_after_stream
from azure.ai.inference._http.decoding import Unpacker
from azure.ai.inference.aio._deadline import wait_within
from azure.ai.inference.aio._http.latin1 import send_as_latin1

#: The most connections of a session, unless ``max_connections`` is given.
MAX_CONNECTIONS = 1000
#: The longest line in the head of a response, as in the standard library.
MAX_LINE = 65536
_MOST_UNASKED = 64


class Protocol(ResponseHandler):
    """A connection that never leaves a reader waiting, and never takes bytes between two calls for a response.

    aiohttp lets the reader of a body wait for ever when the peer breaks the rules of HTTP, up to version 3.11 also when
    the client is closed, and the reader of a head when an interim response came first.
    """

    is_known = False
    """Whether a call has used it before."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._home = loop
        self.unasked: Deque[bytes] = deque(maxlen=_MOST_UNASKED)
        """The bytes that arrived while no call was using the connection."""

    def rest(self) -> None:
        """Note the return to the pool, where no data is expected."""
        vars(self)["data_received"] = self.unasked.append  # aiohttp calls this for each chunk, mostly without data

    def work(self) -> None:
        """Note the departure from the pool."""
        vars(self).pop("data_received", None)
        self.unasked.clear()

    async def read(self) -> Any:
        head = await super().read()
        if 100 <= head[0].code < 200 and not len(self):
            self.start_timeout()
        headers = head[0].headers
        if is_closed_after_stream(headers) and headers.get("Content-Type") == "text/event-stream":
            self.force_close()
        return head

    @property
    def should_close(self) -> bool:
        """Whether it cannot be used again, as when its event loop is closed, which aiohttp does not ask."""
        return self._home.is_closed() or super().should_close

    def close(self) -> None:
        if self._home.is_closed():  # the loop is closed; the socket closes with its object
            self.transport = None
            return
        payload = private_names.payload_of(self)
        super().close()
        if payload is not None and not payload.is_eof():
            payload.set_exception(aiohttp.ClientPayloadError("The connection has been closed."))

    def set_exception(self, exc: Any, *args: Any, **kwargs: Any) -> None:
        super().set_exception(exc, *args, **kwargs)
        payload = private_names.payload_of(self)
        if isinstance(exc, HttpProcessingError) and payload is not None:
            payload.set_exception(aiohttp.ClientPayloadError(str(exc)))


class Response(aiohttp.ClientResponse):
    """Returns the bytes before a fault, then raises the fault. aiohttp would drop those bytes."""

    unpacks = False
    """Whether :meth:`read` removes the content codings of the body. If not, azure-core does, or a recorder keeps it."""
    deadline: Optional[Deadline] = None

    async def read_arrived(self) -> bytes:
        """Return the next bytes of the body, as they were sent; none at the end."""
        try:
            return await self.content.readany()
        except Exception:
            arrived = private_names.arrived_in(self.content)
            if not arrived:
                raise
            return arrived

    async def read(self) -> bytes:
        """Return the whole body. It raises the errors of :meth:`ChunkReader.read`."""
        try:
            left = None if self.deadline is None else self.deadline.check()
            body = await wait_within(super().read(), left)
            encodings = self.headers.get("Content-Encoding") if self.unpacks else None
            return Unpacker(encodings).feed(body) if encodings else body
        except Exception as error:
            raise read_failure(error, None, self.deadline) from error


class PatientResponse(Response):
    """Ends each wait for bytes itself, where connections cannot do so."""

    _patience: Optional[float] = None

    async def start(self, connection: Any) -> Any:
        self._patience = connection.protocol.read_timeout
        return await super().start(connection)

    async def read_arrived(self) -> bytes:
        return await wait_within(super().read_arrived(), self._patience)


class Connector(private_names.WakesNext, aiohttp.TCPConnector):
    """Makes connections, and reuses one only if nothing has arrived on it since."""

    forgotten = False
    """Whether it belongs to another process."""

    def __init__(self, limit: int) -> None:
        self._home = asyncio.get_running_loop()
        super().__init__(limit=limit)
        ends = private_names.ends_reading(self, Protocol(self._home))
        self.response_class = Response if ends else PatientResponse
        make: Callable[..., ResponseHandler] = Protocol
        private_names.set_protocol_factory(self, functools.partial(make, loop=self._home))

    async def connect(self, req: Any, *args: Any, **kwargs: Any) -> Any:
        connection = await super().connect(req, *args, **kwargs)
        protocol: Any = connection.protocol
        while getattr(protocol, "is_known", False) and _has_unread(protocol):
            connection.close()
            connection = await super().connect(req, *args, **kwargs)
            protocol = connection.protocol
        send_as_latin1(protocol, req.headers)
        if isinstance(protocol, Protocol):
            protocol.work()
            connection.add_callback(protocol.rest)
        if not getattr(protocol, "is_known", False):
            protocol.is_known = True
            forks.renew_in_child(protocol, _cut_off)
        attempt = current_attempt.get()
        if attempt is not None:
            attempt.connected = True
        return connection

    @property
    def closed(self) -> bool:
        """Whether it can no longer send: it or its event loop is closed, or it belongs to another process."""
        return self.forgotten or self._home.is_closed() or super().closed

    def __del__(self, *args: Any, **kwargs: Any) -> None:
        if not self.closed:
            super().__del__(*args, **kwargs)


def _socket_of(protocol: Any) -> Any:
    return None if protocol.transport is None else protocol.transport.get_extra_info("socket")


def _has_unread(protocol: Any) -> bool:
    """Return whether data arrived on an idle connection: the next call would take them for its response."""
    if protocol.should_close or any(getattr(protocol, "unasked", ())):
        return True
    sock = _socket_of(protocol)
    if sock is None or not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(sock.fileno(), select.POLLIN)
    return bool(poll.poll(0))


class _Parts(NamedTuple):
    connector: Connector
    keeper: AsyncGenerator[None, None]
    """Closes the session when its event loop shuts down, as loops do with all asynchronous generators."""


class LoopSessions:
    """The sessions of a transport, one for each event loop that it is used in.

    :param limit: the most connections of each session.
    """

    def __init__(self, limit: Optional[int] = None) -> None:
        self._limit = limit or MAX_CONNECTIONS
        self.by_loop: Dict[Any, aiohttp.ClientSession] = {}
        """The sessions that are open, by their event loops."""
        self._parts: Dict[Any, _Parts] = {}
        forks.renew_in_child(self, LoopSessions.leave)

    async def open(self) -> None:
        """Open a session for the running event loop. Forget those of loops that were closed."""
        for known, session in list(self.by_loop.items()):
            if session.closed:
                self.drop(known)
        connector = Connector(self._limit)
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            response_class=connector.response_class,
            auto_decompress=False,
        )
        loop = asyncio.get_running_loop()
        keeper = _keep(session, loop, weakref.ref(self))
        self.by_loop[loop], self._parts[loop] = session, _Parts(connector, keeper)
        await keeper.__anext__()

    async def close(self) -> None:
        """Close the session of the running event loop, let other loops close theirs, and forget those that are gone."""
        try:
            running: Optional[asyncio.AbstractEventLoop] = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        for loop, parts in list(self._parts.items()):
            if loop is running:
                await parts.keeper.aclose()
            else:
                with contextlib.suppress(RuntimeError):  # it has been closed
                    loop.call_soon_threadsafe(_close_soon, parts.keeper)
            self.drop(loop)

    def drop(self, loop: Any) -> None:
        """Forget the session of an event loop."""
        self.by_loop.pop(loop, None)
        self._parts.pop(loop, None)

    def leave(self) -> None:
        """Forget all sessions without closing what another process uses."""
        for parts in self._parts.values():
            parts.connector.forgotten = True
            _inherited.append(parts)
        self.by_loop.clear()
        self._parts.clear()


async def _keep(
    session: aiohttp.ClientSession, loop: asyncio.AbstractEventLoop, owner: Callable[[], Optional[LoopSessions]]
) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        sessions = owner()
        if sessions is not None:
            sessions.drop(loop)
        await session.close()


def _close_soon(keeper: AsyncGenerator[None, None]) -> None:
    task = asyncio.ensure_future(keeper.aclose())
    _closing.add(task)
    task.add_done_callback(_closing.discard)


_closing: Set[asyncio.Future[None]] = set()
_inherited: List[_Parts] = []


def _cut_off(protocol: ResponseHandler) -> None:
    """Cut a forked process off from its parent's connection, so that it neither reads, writes nor closes it.

    The socket's descriptor becomes one end of a closed pair. Closing the transport would end the TLS session, and
    remove the socket from the selector, which both processes share.
    """
    sock = _socket_of(protocol)
    number = -1 if sock is None else sock.fileno()
    if number >= 0:
        dead_end, other_end = socket.socketpair()
        other_end.close()
        os.dup2(dead_end.fileno(), number, inheritable=False)
        dead_end.close()
