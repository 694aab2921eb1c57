"""What `LocalService` can be told to answer, and the bytes that this makes on the wire. No I/O."""

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
"""How the end of a body is told: by `Content-Length`, by `Transfer-Encoding: chunked`, or by closing the connection."""

HeaderPairs = Union[Mapping[str, str], Sequence[Tuple[str, str]]]


@runtime_checkable
class SemaphoreGate(Protocol):
    """A gate that lets one event through per `release()`, such as a `threading.Semaphore(0)`."""

    def acquire(self, blocking: bool = ..., timeout: Optional[float] = ...) -> bool: ...


class EventGate(Protocol):
    """A gate that lets everything through once it is set, such as a `threading.Event`."""

    def wait(self, timeout: Optional[float] = ...) -> bool: ...


Gate = Union[SemaphoreGate, EventGate]


@dataclass(frozen=True)
class Reply:
    """One HTTP answer.

    A header that is given takes the place of the one the service would add. With a `Content-Length` or
    `Transfer-Encoding` of its own the reply is sent as it is, true or not, and the connection is closed after it: so
    a length that is too long makes a truncated answer.
    """

    status: int = 200
    """The status code. 204 and 304 are sent without a body."""
    body: Any = b""
    """`bytes` and `str` (as UTF-8, `text/plain`) are sent as they are; anything else as JSON, `application/json`."""
    headers: HeaderPairs = ()
    """Headers, as a mapping or as pairs (which may repeat a name)."""
    reason: Optional[str] = None
    """The reason phrase; by default the one that belongs to the status."""
    framing: Framing = "content-length"
    """How the end of the body is told."""
    chunks: Optional[Iterable[bytes]] = None
    """The body in pieces, in place of `body`: each is sent by itself, with `chunked` framing as a chunk of its own."""
    gzip: bool = False
    """Compress the body, piece by piece, and say so in `Content-Encoding`."""


class Stream:
    """A stream of server-sent events, each of them sent by itself, as a TCP segment (and chunk) of its own.

    :param events: A dict becomes `data: {json}` and an empty line; `str` and `bytes` are sent raw, as they are. A list
        can be sent again and again, an iterator only once.
    :keyword framing: How the end of the body is told. `content-length` needs all events before the first is sent.
    :keyword gzip: Compress the stream; it is flushed after every event.
    :keyword done: End with the event `data: [DONE]`.
    :keyword newline: The line end of the events that are made here (of dicts and `[DONE]`).
    :keyword headers: More headers; `Content-Type` is `text/event-stream` unless given here.
    :keyword gate: Decides when each event is sent. A semaphore is acquired once before each event, `[DONE]` included;
        an event must be set before the next event goes out. The status line and the headers pass without it, and the
        end of the body follows the last event at once. When the client hangs up or the service is closed, the waiting
        ends within 0.2 seconds.
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
    """The end of the connection in place of an answer."""

    after: bytes = b""
    """Raw bytes to send before it: nothing, a part of the headers, or headers and a part of the body."""
    reset: bool = False
    """False closes the connection in order (FIN), True resets it (RST); bytes sent before may then be lost."""


@dataclass(frozen=True)
class Stall:
    """Silence: the connection stays open, and nothing comes, until the client hangs up or the service is closed."""

    before: bytes = b""
    """Raw bytes to send first."""


Answer = Union[Reply, Stream, Disconnect, Stall]
Script = Union[Answer, Callable[[RecordedRequest], Optional[Answer]]]
"""An answer, or a function that makes one for a request; where it returns None, the service answers as it usually does.

What such a function raises ends the connection and is reported by `threading.excepthook`; so does what an iterator of
events or chunks raises.
"""


@dataclass(frozen=True)
class WireAnswer:
    """A reply or stream in the bytes of HTTP/1.1."""

    head: bytes
    pieces: Iterable[bytes]
    """The body, piece by piece, each made when it is asked for."""
    end: Callable[[], bytes]
    """Makes what ends the body, once all pieces are sent."""
    keeps_open: bool
    """Whether the connection can be used again afterwards."""


def encode_answer(answer: Union[Reply, Stream], method: str, *, keep_alive: bool) -> WireAnswer:
    """The bytes of an answer to a request of that method."""
    reply = answer if isinstance(answer, Reply) else _stream_reply(answer)
    headers = _complete_headers(reply)
    keep_alive = keep_alive and Headers(headers).get("Connection", "").lower() != "close"
    if method == "HEAD" or reply.status in (204, 304):
        return WireAnswer(_head(reply, headers), (), bytes, keep_alive)
    pieces: Iterable[bytes] = [_body_bytes(reply.body)] if reply.chunks is None else reply.chunks
    finish: Callable[[], bytes] = bytes
    if reply.gzip:
        compressor = zlib.compressobj(wbits=31)
        pieces = (compressor.compress(piece) + compressor.flush(zlib.Z_SYNC_FLUSH) for piece in pieces)
        finish = compressor.flush
    if "Content-Length" in Headers(headers) or "Transfer-Encoding" in Headers(headers):
        return WireAnswer(_head(reply, headers), pieces, finish, keeps_open=False)
    if reply.framing == "chunked":
        head = _head(reply, [*headers, ("Transfer-Encoding", "chunked")])
        return WireAnswer(head, map(_chunk, pieces), lambda: _chunk(finish()) + b"0\r\n\r\n", keep_alive)
    if reply.framing == "close":
        return WireAnswer(_head(reply, [*headers, ("Connection", "close")]), pieces, finish, keeps_open=False)
    pieces = list(pieces)
    end = finish()
    length = sum(map(len, pieces)) + len(end)
    return WireAnswer(_head(reply, [*headers, ("Content-Length", str(length))]), pieces, lambda: end, keep_alive)


def _stream_reply(stream: Stream) -> Reply:
    headers = _pairs(stream.headers)
    if "Content-Type" not in Headers(headers):
        headers.append(("Content-Type", "text/event-stream"))
    return Reply(headers=headers, framing=stream.framing, chunks=_event_pieces(stream), gzip=stream.gzip)


def _event_pieces(stream: Stream) -> Iterator[bytes]:
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


def _pairs(headers: HeaderPairs) -> List[Tuple[str, str]]:
    return list(headers.items() if isinstance(headers, Mapping) else headers)


def _complete_headers(reply: Reply) -> List[Tuple[str, str]]:
    headers = _pairs(reply.headers)
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


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""


def _head(reply: Reply, headers: Sequence[Tuple[str, str]]) -> bytes:
    reason = _REASONS.get(reply.status, "") if reply.reason is None else reply.reason
    lines = [f"HTTP/1.1 {reply.status} {reason}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
