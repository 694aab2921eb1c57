"""Names that other libraries do not promise. They are used in this module and nowhere else.

Each has a figure for what it buys, and a public way that its users take where the name is gone. ``nox -s pre`` runs
``tests/test_private_names.py`` against the newest releases of those libraries.
"""

from __future__ import annotations

import io
from typing import Any, Callable, Optional, cast

from azure.core.pipeline import PipelineContext, PipelineResponse
from azure.core.rest import HttpRequest

#: azure-core, every version so far: the body of a response that has been read elsewhere. It keeps the bytes that came
#: before a fault, and the deadline of each read. Public way: ``response.read()``.
CONTENT = "_content"
STREAM_CONSUMED = "_is_stream_consumed"
DECOMPRESSED = "_decompressed_content"

#: azure-core, every version so far: whether a response is closed. Set for a connection that aiohttp has already
#: taken back, it saves a turn of the event loop a call. Public way: ``response.close()``.
CLOSED = "_is_closed"

#: azure-core, every version so far: makes the iterator behind ``iter_bytes`` and ``iter_raw``. Ours unpacks what
#: azure-core cannot, and returns bytes as they arrive. Public way: azure-core's own.
DOWNLOAD = "_stream_download_generator"

#: azure-core, every version so far: the option that makes ``send_request`` return the pipeline's response, with the
#: decoded JSON (half of a 200 KB response) and the deadline of a stream. Public way: the plain response.
RETURN_PIPELINE_RESPONSE = {"_return_pipeline_response": True}

#: urllib3 1.26 to 2: the response of http.client, whose buffer holds the chunks that have arrived. Reading them
#: together takes 46% off a stream. Public way: ``read1``, a chunk at a time.
HTTP_RESPONSE = "_fp"

#: http.client: the bytes left of the chunk that is being read. See above.
CHUNK_LEFT = "chunk_left"

#: socket, below http.client's buffer: the socket of a response, whose timeout is the deadline of each read. Public
#: way: the deadline is checked between reads.
SOCKET = "_sock"

#: aiohttp 3: the bytes that arrived before a fault. Public way: the fault at once.
ARRIVED = "_read_nowait"

#: aiohttp 3: the class of a connection and its body, to end a read that aiohttp would leave waiting for ever. Public
#: way: ``read_timeout`` ends it.
FACTORY = "_factory"
PAYLOAD = "_payload"


def as_pipeline_response(result: Any) -> PipelineResponse[HttpRequest, Any]:
    """Return the pipeline's response that ``send_request`` was asked for, even if it returned the plain one."""
    if isinstance(result, PipelineResponse):
        return cast("PipelineResponse[HttpRequest, Any]", result)
    return PipelineResponse(result.request, result, PipelineContext(None))


def takes_body(response: Any) -> bool:
    """Return whether bytes can be made the body of one of azure-core's responses."""
    return hasattr(response, CONTENT)


def set_body(response: Any, body: bytes) -> None:
    """Make bytes the body of one of azure-core's responses."""
    setattr(response, CONTENT, body)
    setattr(response, STREAM_CONSUMED, True)
    setattr(response, DECOMPRESSED, True)


def mark_unpacked(response: Any) -> bool:
    """Tell one of azure-core's responses that its body comes unpacked. Return False if it unpacks it in any case."""
    if not hasattr(response, DECOMPRESSED):
        return False
    setattr(response, DECOMPRESSED, True)
    return True


def set_download(response: Any, chunks_of: Callable[[Any, bool], Any]) -> None:
    """Let a function of the response and whether to unpack make what ``iter_bytes`` and ``iter_raw`` read."""

    def download(pipeline: Any, response: Any, *, decompress: bool = True) -> Any:  # noqa: ARG001 - azure-core's names
        return chunks_of(response, decompress)

    if hasattr(response, DOWNLOAD):
        setattr(response, DOWNLOAD, download)


def mark_closed(response: Any, *, closed: bool) -> None:
    """Make one of azure-core's responses closed without waiting, if it is."""
    if closed and hasattr(response, CLOSED):
        setattr(response, CLOSED, True)


def http_response_of(raw: Any) -> Any:
    """Return http.client's response below urllib3's; None if it cannot be reached."""
    return getattr(raw, HTTP_RESPONSE, None)


def chunk_left(http_response: Any) -> Optional[int]:
    """Return the bytes left of the current chunk; None between two chunks."""
    left: Optional[int] = getattr(http_response, CHUNK_LEFT)
    return left


def set_chunk_left(http_response: Any, left: int) -> None:
    """Set the bytes left of the current chunk."""
    setattr(http_response, CHUNK_LEFT, left)


def chunk_source(raw: Any) -> Any:
    """Return http.client's response below urllib3's if it reads a chunked body from a buffer; else None."""
    source: Any = http_response_of(raw) if raw.chunked else None
    reachable = hasattr(source, CHUNK_LEFT) and isinstance(source.fp, io.BufferedReader)
    return source if reachable else None


def socket_of(raw: Any) -> Any:
    """Return the socket below urllib3's response; None if it cannot be reached."""
    buffer = getattr(http_response_of(raw), "fp", None)
    return getattr(getattr(buffer, "raw", None), SOCKET, None)


def arrived_in(content: Any) -> bytes:
    """Return the bytes that aiohttp received before a fault."""
    read: Callable[[int], bytes] = getattr(content, ARRIVED, lambda _: b"")
    return read(-1)


def payload_of(protocol: Any) -> Any:
    """Return the body that an aiohttp connection is receiving; None if there is none."""
    return getattr(protocol, PAYLOAD, None)


def set_protocol_factory(connector: Any, factory: Callable[[], Any]) -> None:
    """Let an aiohttp connector make its connections with this factory, if it makes them with one."""
    if hasattr(connector, FACTORY):
        setattr(connector, FACTORY, factory)
