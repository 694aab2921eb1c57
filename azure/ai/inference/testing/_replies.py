"""The outcomes that `LocalService` can be scripted with, and their bytes on the wire. No I/O."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Literal,
    Mapping,
    Optional,
    Protocol,
    Sequence,
    Tuple,
    Union,
    runtime_checkable,
)

from azure.ai.inference.testing._requests import Headers, RecordedRequest

_REASONS: Dict[int, str] = {status.value: status.phrase for status in HTTPStatus}

Framing = Literal["content-length", "chunked", "close"]
"""The framing that marks the end of a body: `Content-Length`, `Transfer-Encoding: chunked`, or a closed connection."""

HeaderPairs = Union[Mapping[str, str], Sequence[Tuple[str, str]]]


@runtime_checkable
class SemaphoreGate(Protocol):
    """A gate that lets one event through per `release()`, such as a `threading.Semaphore(0)`."""

    def acquire(self, blocking: bool = ..., timeout: Optional[float] = ...) -> bool:
        """Wait for an event's turn, at most `timeout` seconds. Return False if it has not come."""
        ...


class EventGate(Protocol):
    """A gate that lets everything through once it is set, such as a `threading.Event`."""

    def wait(self, timeout: Optional[float] = ...) -> bool:
        """Wait until the gate is open, at most `timeout` seconds. Return False if it is not."""
        ...


Gate = Union[SemaphoreGate, EventGate]


@dataclass(frozen=True)
class Reply:
    """An HTTP response.

    A header given here replaces the one that the service would add. A reply with its own `Content-Length` or
    `Transfer-Encoding` is sent as it is, correct or not, and the connection is closed after it: a length that is too
    long makes a truncated response.
    """

    status: int = 200
    """The status code. 204 and 304 are sent without a body."""
    body: Any = b""
    """The body: `bytes`, `str` (sent as UTF-8, `text/plain`), or a value to send as JSON (`application/json`)."""
    headers: HeaderPairs = ()
    """The headers, as a mapping or as pairs (which can repeat a name)."""
    reason: Optional[str] = None
    """The reason phrase; by default the standard one of the status."""
    framing: Framing = "content-length"
    """The framing of the body."""
    chunks: Optional[Iterable[bytes]] = None
    """The body in chunks, instead of `body`. Each is sent separately, with `chunked` framing as its own HTTP chunk."""
    gzip: bool = False
    """Whether to compress the body, chunk by chunk, and to set `Content-Encoding`."""


class Stream:
    """A stream of server-sent events, each sent separately, as its own TCP segment (and chunk).

    :param events: The events. A dict is encoded as `data: {json}` and an empty line; `str` and `bytes` are sent as they
        are. A list can be sent repeatedly, an iterator only once.
    :keyword framing: The framing of the body. `content-length` needs all events before the first is sent.
    :keyword gzip: Whether to compress the stream. It is flushed after every event.
    :keyword done: Whether to end with the event `data: [DONE]`.
    :keyword newline: The line end of encoded events (dicts and `[DONE]`).
    :keyword headers: Additional headers. `Content-Type` is `text/event-stream` unless given here.
    :keyword gate: Controls when each event is sent. A semaphore is acquired once before each event, including `[DONE]`;
        a `threading.Event` must be set before the next event is sent. The status line and the headers do not wait for
        it, and the end of the body follows the last event immediately. Waiting ends within 0.2 seconds once the client
        disconnects or the service is closed.
    """

    def __init__(
        self,
        events: Iterable[Union[Mapping[str, Any], str, bytes]],
        *,
        framing: Framing = "chunked",
        gzip: bool = False,
        done: bool = True,
        newline: str = "\n",
        headers: Optional[HeaderPairs] = None,
        gate: Optional[Gate] = None,
    ) -> None:
        self.events = events
        self.framing: Framing = framing
        self.gzip = gzip
        self.done = done
        self.newline = newline
        self.headers: HeaderPairs = headers or ()
        self.gate = gate


@dataclass(frozen=True)
class Disconnect:
    """A closed connection instead of a complete response."""

    after: bytes = b""
    """Raw bytes to send first: none, part of the headers, or the headers and part of the body."""
    reset: bool = False
    """Whether to reset the connection (RST), which can lose bytes sent before, instead of closing it in order (FIN)."""


@dataclass(frozen=True)
class Stall:
    """A connection that is open but silent, until the client disconnects or the service is closed."""

    before: bytes = b""
    """Raw bytes to send first."""


Outcome = Union[Reply, Stream, Disconnect, Stall]
Script = Union[Outcome, Callable[[RecordedRequest], Optional[Outcome]]]
"""An outcome, or a function that returns one for a request, or None for the default behavior of the service.

An exception raised by such a function, or by an iterator of events or chunks, ends the connection and is reported by
`threading.excepthook`.
"""


@dataclass(frozen=True)
class WireResponse:
    """A reply or stream as HTTP/1.1 bytes."""

    head: bytes
    chunks: Iterable[bytes]
    """The chunks of the body, each created on demand."""
    end: Callable[[], bytes]
    """Returns the end of the body, once all chunks are sent."""
    keeps_open: bool
    """Whether the connection can be reused afterwards."""


def encode_response(response: Union[Reply, Stream], method: str, *, keep_alive: bool) -> WireResponse:
    """Encode a reply or stream, for a request with the given method."""
    reply = response if isinstance(response, Reply) else _stream_reply(response)
    headers = _complete_headers(reply)
    keep_alive = keep_alive and Headers(headers).get("Connection", "").lower() != "close"
    if method == "HEAD" or reply.status in (204, 304):
        return WireResponse(_head(reply, headers), (), bytes, keep_alive)
    chunks: Iterable[bytes] = [_body_bytes(reply.body)] if reply.chunks is None else reply.chunks
    finish: Callable[[], bytes] = bytes
    if reply.gzip:
        compressor = zlib.compressobj(wbits=31)
        chunks = (compressor.compress(chunk) + compressor.flush(zlib.Z_SYNC_FLUSH) for chunk in chunks)
        finish = compressor.flush
    if "Content-Length" in Headers(headers) or "Transfer-Encoding" in Headers(headers):
        return WireResponse(_head(reply, headers), chunks, finish, keeps_open=False)
    if reply.framing == "chunked":
        head = _head(reply, [*headers, ("Transfer-Encoding", "chunked")])
        return WireResponse(head, map(_chunk, chunks), lambda: _chunk(finish()) + b"0\r\n\r\n", keep_alive)
    if reply.framing == "close":
        return WireResponse(_head(reply, [*headers, ("Connection", "close")]), chunks, finish, keeps_open=False)
    chunks = list(chunks)
    end = finish()
    length = sum(map(len, chunks)) + len(end)
    return WireResponse(_head(reply, [*headers, ("Content-Length", str(length))]), chunks, lambda: end, keep_alive)


def _stream_reply(stream: Stream) -> Reply:
    headers = pairs_of(stream.headers)
    if "Content-Type" not in Headers(headers):
        headers.append(("Content-Type", "text/event-stream"))
    return Reply(headers=headers, framing=stream.framing, chunks=_event_chunks(stream), gzip=stream.gzip)


def _event_chunks(stream: Stream) -> Iterator[bytes]:
    for event in stream.events:
        if isinstance(event, bytes):
            yield event
        else:
            text = event if isinstance(event, str) else _event_text(json.dumps(event), stream.newline)
            yield text.encode("utf-8")
    if stream.done:
        yield _event_text("[DONE]", stream.newline).encode("utf-8")


def _event_text(data: str, newline: str) -> str:
    return f"data: {data}{newline}{newline}"


def pairs_of(headers: HeaderPairs) -> List[Tuple[str, str]]:
    """Return headers as pairs of name and value."""
    return list(headers.items() if isinstance(headers, Mapping) else headers)


def _complete_headers(reply: Reply) -> List[Tuple[str, str]]:
    headers = pairs_of(reply.headers)
    given = Headers(headers)
    if "Content-Type" not in given and reply.chunks is None and not isinstance(reply.body, bytes):
        is_text = isinstance(reply.body, str)
        headers.append(("Content-Type", "text/plain; charset=utf-8" if is_text else "application/json"))
    if "Content-Encoding" not in given and reply.gzip:
        headers.append(("Content-Encoding", "gzip"))
    return headers


def _body_bytes(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode("utf-8")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def _head(reply: Reply, headers: Sequence[Tuple[str, str]]) -> bytes:
    reason = _REASONS.get(reply.status, "") if reply.reason is None else reply.reason
    lines = [f"HTTP/1.1 {reply.status} {reason}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
