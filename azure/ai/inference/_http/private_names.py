"""Names that other libraries do not promise. They are used in this module and nowhere else.

Each has a public way that is taken where the name is gone, and a figure for what it buys: instructions, counted with
azure-core 1.41, requests 2.34, urllib3 2.8 and aiohttp 3.14. ``nox -s pre`` runs ``tests/test_private_names.py``, which
takes each name away, against the newest releases of those libraries.
"""

from __future__ import annotations

import functools
import http.client
import importlib
import io
import os
import sys
from typing import Any, Callable, Dict, Optional, Tuple, cast

from azure.core.pipeline import PipelineContext, PipelineResponse
from azure.core.rest import HttpRequest

from azure.ai.inference._core import deadline
from azure.ai.inference._http.receiver import ReceivedResponse
from azure.ai.inference._json import type_of

#: azure-core, every version so far: the body of a response that has been read elsewhere, and the marks that it has been
#: read and decompressed. They keep the bytes that came before a fault, and check the deadline at each read. That saves
#: 4% of a call, and 30% of one with a response of 200 KB; of the latter on aiohttp, it costs 3%. Public way:
#: ``response.read()``, and the deadline is checked after it.
CONTENT = "_content"
STREAM_CONSUMED = "_is_stream_consumed"
DECOMPRESSED = "_decompressed_content"

#: azure-core, every version so far: whether a response is closed. Set for a connection that aiohttp has already
#: taken back, it saves a turn of the event loop: 3% of an asynchronous call. Public way: ``response.close()``.
CLOSED = "_is_closed"

#: azure-core, every version so far: makes the iterator behind ``iter_bytes`` and ``iter_raw``. Ours unpacks what
#: azure-core cannot, and returns bytes as they arrive; it saves no time. Public way: azure-core's own.
DOWNLOAD = "_stream_download_generator"

#: azure-core, every version so far: the option that makes ``send_request`` return the pipeline's response, with the
#: decoded JSON: 40% of a call with a response of 200 KB, 2% of a short one. Public way: the plain response, which is
#: decoded once more. Transports drop the option where azure-core does not.
RETURN_PIPELINE_RESPONSE = "_return_pipeline_response"

#: azure-core, every version so far: the class of the responses of its transport for aiohttp. Ours derives from it to
#: send with aiohttp in one pass, and to set and find attributes at once: 14% of an asynchronous call. Public way:
#: azure-core's ``send``.
ASYNC_RESPONSE = "RestAioHttpTransportResponse"

#: azure-core, every version so far: the same for its transport for requests. With it a request leaves out what requests
#: repeats for each: 22% of a call. Public way: azure-core's ``send``.
SYNC_RESPONSE = "RestRequestsTransportResponse"

#: The standard library: the variables of the environment as they are held, and how their names are. ``get`` encodes
#: each name anew, at 8,000 instructions: 5% of an asynchronous call. Public way: ``os.environ.get``.
HELD = "_data"
ENCODE_NAME = "encodekey"

#: urllib3 1.26 to 2: the response of http.client, from which bytes are read as soon as they arrive, and whose buffer
#: holds the chunks that have. Reading them together takes 43% off a stream of 100 events, 16% off one of 10. Public
#: way: ``iter_bytes``, which may wait for more bytes.
HTTP_RESPONSE = "_fp"

#: urllib3 1.26 to 2: whether a body is chunked. See above. Public way: ``read1``, a chunk at a time.
CHUNKED = "chunked"

#: http.client: the buffer that a body is read from, and the bytes left of the chunk that is being read. See above.
#: Public way: ``read1``, a chunk at a time.
BUFFER = "fp"
CHUNK_LEFT = "chunk_left"

#: socket, below http.client's buffer: the socket of a response, whose timeout is the deadline of each read, and lets
#: the end of a stream be awaited for a moment, so that its connection is used again. Public way: ``read_timeout`` ends
#: each read, the deadline is checked between reads, and the connection is closed.
SOCKET = "_sock"

#: http.client, all Pythons so far: adds a line to the head of a request. With it the headers are written at once, not
#: each checked and encoded by itself: 3% of a call. Public way: ``putheader``.
WRITE_LINE = "_output"

#: urllib3 1.26 to 2: opens the socket of a connection, before the handshake of TLS. With it the handshake ends at the
#: deadline; it saves no time. Public way: connecting takes up to twice as long as the deadline says.
NEW_SOCKET = "_new_conn"

#: aiohttp 3: the bytes that arrived before a fault; it saves no time. Public way: the fault at once.
ARRIVED = "_read_nowait"

#: aiohttp 3: the class of a connection and its body, to end a read that aiohttp would leave waiting for ever; they
#: save no time. Public way: we limit each read by ``read_timeout``, as aiohttp itself forgets it there.
FACTORY = "_factory"
PAYLOAD = "_payload"

#: aiohttp 3: wakes the next call that waits for a connection. Ours wakes none whose event loop is closed; it saves no
#: time. Public way: aiohttp's own, which reports a closed loop where one is destroyed with several calls.
WAKE_NEXT = "_release_waiter"

#: The responses that are read below urllib3: any other class of a patched library would be passed over.
_READ_BY_HTTP_CLIENT = (http.client.HTTPResponse, ReceivedResponse)


def pipeline_response_wanted() -> Dict[str, bool]:
    """Return the option that asks ``send_request`` for the pipeline's response."""
    return {RETURN_PIPELINE_RESPONSE: True}


def as_pipeline_response(result: Any) -> PipelineResponse[HttpRequest, Any]:
    """Return the pipeline's response that ``send_request`` was asked for, even if it returned the plain one."""
    if isinstance(result, PipelineResponse):
        return cast("PipelineResponse[HttpRequest, Any]", result)
    context = PipelineContext(None)
    context[deadline.CONTEXT_NAME] = deadline.deadline_of_request(result.request)
    return PipelineResponse(result.request, result, context)


def takes_body(response: Any, *, decompresses: bool = False) -> bool:
    """Return whether bytes can be made the body of one of azure-core's responses.

    :param decompresses: whether responses of this kind may decompress their body once more.
    """
    names = (CONTENT, STREAM_CONSUMED, DECOMPRESSED) if decompresses else (CONTENT, STREAM_CONSUMED)
    return all(hasattr(response, name) for name in names)


def set_body(response: Any, body: bytes) -> None:
    """Make bytes the body of one of azure-core's responses."""
    setattr(response, CONTENT, body)
    setattr(response, STREAM_CONSUMED, True)
    setattr(response, DECOMPRESSED, True)  # means nothing to those that never decompress


def end_unread(response: Any) -> None:
    """Give an empty body to one of azure-core's responses that will not be read.

    Within ``except``, the text of an error otherwise asks for the body again and again, to the recursion limit, and
    Python 3.8 may abort.
    """
    if takes_body(response, decompresses=False) and getattr(response, CONTENT) is None:
        set_body(response, b"")


def mark_unpacked(response: Any) -> bool:
    """Mark the body of one of azure-core's responses as unpacked. Return False if it is unpacked in any case."""
    if not hasattr(response, DECOMPRESSED):
        return False
    setattr(response, DECOMPRESSED, True)
    return True


class _Download:
    """Makes the chunks of a streamed response, in place of azure-core's factory. It is pickled as that one."""

    def __init__(self, replaced: Any, chunks_of: Callable[[Any, bool], Any]) -> None:
        self._replaced = replaced
        self._chunks_of = chunks_of

    def __call__(self, pipeline: Any, response: Any, *, decompress: bool = True) -> Any:
        return self._chunks_of(response, decompress)

    def __reduce__(self) -> Any:
        return _same, (self._replaced,)


def _same(value: Any) -> Any:
    return value


def set_download(response: Any, chunks_of: Callable[[Any, bool], Any]) -> None:
    """Set the factory of ``iter_bytes`` and ``iter_raw``, which takes the response and whether to unpack."""
    if hasattr(response, DOWNLOAD):
        setattr(response, DOWNLOAD, _Download(getattr(response, DOWNLOAD), chunks_of))


def async_response_class() -> Any:
    """Return the class of the responses of azure-core's transport for aiohttp; None if it has another name."""
    return getattr(importlib.import_module("azure.core.rest._aiohttp"), ASYNC_RESPONSE, None)


def sync_response_class() -> Any:
    """Return the class of the responses of azure-core's transport for requests; None if it has another name."""
    return getattr(importlib.import_module("azure.core.rest._requests_basic"), SYNC_RESPONSE, None)


def held_variables(names: Tuple[str, ...]) -> Tuple[Any, ...]:
    """Return variables as the environment holds them, as bytes or text, to compare; None for those that are not set."""
    held: Any = getattr(os.environ, HELD, None)
    encode: Any = getattr(os.environ, ENCODE_NAME, None)
    if type_of(held) is not dict or encode is None:
        return tuple(map(os.environ.get, names))
    return tuple(map(held.get, _encoded(names, encode)))


@functools.lru_cache(maxsize=8)
def _encoded(names: Tuple[str, ...], encode: Callable[[str], Any]) -> Tuple[Any, ...]:
    return tuple(map(encode, names))


def mark_closed(response: Any, *, closed: bool) -> None:
    """Mark one of azure-core's responses as closed without waiting, if it is."""
    if closed:
        setattr(response, CLOSED, True)


def prompt_body(response: Any) -> Any:
    """Return urllib3's own response over http.client's own, or ours, if it returns bytes as soon as they arrive."""
    raw: Any = getattr(getattr(response, "internal_response", None), "raw", None)
    library = sys.modules.get("urllib3.response")
    own = library is not None and type(raw) is library.HTTPResponse and hasattr(raw, "read1")
    return raw if own and type(http_response_of(raw)) in _READ_BY_HTTP_CLIENT and not response.is_closed else None


def http_response_of(raw: Any) -> Any:
    """Return http.client's response below urllib3's; None if it cannot be reached."""
    return getattr(raw, HTTP_RESPONSE, None)


def chunk_left(http_response: Any) -> Optional[int]:
    """Return the bytes left of the current chunk; None between two chunks."""
    left: Optional[int] = getattr(http_response, CHUNK_LEFT)
    return left


def set_chunk_left(http_response: Any, left: Optional[int]) -> None:
    """Set the bytes left of the current chunk; None between two chunks."""
    setattr(http_response, CHUNK_LEFT, left)


def buffer_of(http_response: Any) -> Any:
    """Return the buffer that http.client reads a body from; None after its end, or if it cannot be reached."""
    return getattr(http_response, BUFFER, None)


def chunk_source(raw: Any) -> Any:
    """Return http.client's response below urllib3's if it reads a chunked body from a buffer; else None."""
    source: Any = http_response_of(raw) if getattr(raw, CHUNKED, False) else None
    reachable = hasattr(source, CHUNK_LEFT) and isinstance(buffer_of(source), io.BufferedReader)
    return source if reachable else None


def socket_of(raw: Any) -> Any:
    """Return the socket below urllib3's response; None if it cannot be reached."""
    return getattr(getattr(buffer_of(http_response_of(raw)), "raw", None), SOCKET, None)


def writes_lines(connection: Any) -> bool:
    """Return whether a connection of http.client lets a line be added to the head of a request."""
    return hasattr(connection, WRITE_LINE)


def write_line(connection: Any, line: bytes) -> None:
    """Add a line to the head of a request."""
    getattr(connection, WRITE_LINE)(line)


class OpensSocket:
    """A base of a urllib3 connection that sees its socket before the handshake of TLS."""

    def _new_conn(self) -> Any:
        parent: Any = super()
        if not hasattr(parent, NEW_SOCKET):
            return parent._new_conn()
        return self.opened(getattr(parent, NEW_SOCKET)())

    def opened(self, sock: Any) -> Any:
        """Return the socket to use from here on."""
        raise NotImplementedError


class WakesNext:
    """A base of an aiohttp connector that wakes no waiting call once it is closed."""

    def _release_waiter(self) -> None:
        own, parent = cast(Any, self), cast(Any, super())
        if not hasattr(parent, WAKE_NEXT):
            parent._release_waiter()
        elif not own.closed:
            getattr(parent, WAKE_NEXT)()


def arrived_in(content: Any) -> bytes:
    """Return the bytes that aiohttp received before a fault."""
    read: Callable[[int], bytes] = getattr(content, ARRIVED, lambda _: b"")
    return read(-1)


def payload_of(protocol: Any) -> Any:
    """Return the body that an aiohttp connection is receiving; None if there is none."""
    return getattr(protocol, PAYLOAD, None)


def ends_reading(connector: Any, protocol: Any) -> bool:
    """Return whether an aiohttp connector takes a factory of connections, and theirs can end a reading."""
    return hasattr(connector, FACTORY) and hasattr(protocol, PAYLOAD)


def set_protocol_factory(connector: Any, factory: Callable[[], Any]) -> None:
    """Make an aiohttp connector use this factory of connections, if it has one."""
    setattr(connector, FACTORY, factory)
