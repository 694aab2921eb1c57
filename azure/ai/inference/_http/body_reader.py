"""The body of a response, chunk by chunk, each as soon as it arrives.

azure-core's ``iter_bytes`` waits for 4096 bytes where a response is not chunked. urllib3's ``read1`` does not, but it
reads one HTTP chunk at a time, at a higher cost than the event in it: plain chunks that have arrived are taken together
from the buffer below. Responses of other transports are read the public way.
"""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from typing import Any, Generator, Iterator, List, Mapping, Optional, Tuple

from azure.ai.inference._core.deadline import Deadline
from azure.ai.inference._core.errors import read_failure
from azure.ai.inference._http import forks, private_names
from azure.ai.inference._http.receiver import receiver_of, shut_down

_SIZE = 65536
_LAST_CHUNK = rb"(?:\r\n)?0+\r\n\r\n"
_CHUNK_HEAD = re.compile(rb"\r\n([0-9A-Fa-f]{1,15})\r\n")


def dechunk(buffered: bytes, left: int) -> Tuple[bytes, int, int]:
    """Return the data of a chunked body (RFC 9112, section 7.1), as far as a buffer holds them.

    The last chunk, and any chunk with more than a size and data, stays in the buffer.

    :param left: the bytes left of the chunk in which the buffer begins.
    :returns: the data, the bytes of the buffer that they use, and the bytes left of the chunk in which they end.
    """
    parts: List[bytes] = []
    start = 0
    while True:
        end = start + left
        parts.append(buffered[start:end])
        if end >= len(buffered):
            return b"".join(parts), len(buffered), end - len(buffered)
        head = _CHUNK_HEAD.match(buffered, end)
        left = int(head[1], 16) if head else 0
        if not head or not left:
            return b"".join(parts), end, 0
        start = head.end()


def is_closed_after_stream(headers: Mapping[str, str]) -> bool:
    """Return whether a server closes the connection of a stream soon after its end, without notice.

    llama.cpp's server does. A request that is sent meanwhile is lost, and a POST is not sent again.
    """
    return headers.get("Server") == "llama.cpp"


class ChunkReader:
    """Reads the body of a response, decompressed.

    :param deadline: the moment at which each wait on the socket ends.
    """

    def __init__(self, response: Any, deadline: Optional[Deadline] = None) -> None:
        raw = private_names.prompt_body(response)
        self._response = response
        self._deadline = deadline
        self._raw = raw
        plain = raw is not None and not raw.headers.get("content-encoding")
        self._source = private_names.chunk_source(raw) if plain else None
        self._forks = forks.count
        self._receiver = receiver_of(private_names.http_response_of(raw))
        if self._receiver is not None:
            self._receiver.deadline = deadline
        self._public: Iterator[bytes] = iter(response.iter_bytes()) if raw is None else iter(())

    def read(self) -> bytes:
        """Return the next bytes; none at the end.

        :raises ~azure.core.exceptions.AzureError: if they do not arrive, or not in time, or cannot be decompressed.
        """
        if self._deadline is not None:
            left = self._deadline.check()
            if self._receiver is None:
                self._limit_waits(left)
        try:
            return self._read_buffered() or self._read_next()
        except Exception as error:
            raise read_failure(error, self._response, self._deadline) from error

    def _read_buffered(self) -> bytes:
        """Return the data of the chunks in the buffer; none if http.client must read on."""
        source = self._source
        while source is not None:
            buffer = private_names.buffer_of(source)
            if buffer is None or not _fits_buffer(private_names.chunk_left(source)):
                break
            data, used, left = dechunk(buffer.peek(1), private_names.chunk_left(source) or 0)
            if not used:
                break
            buffer.read(used)
            private_names.set_chunk_left(source, left)
            if data:
                return data
        return b""

    def _read_next(self) -> bytes:
        raw = self._raw
        if raw is None:
            return next(filter(None, self._public), b"")
        while True:
            chunk: bytes = raw.read1(_SIZE, True)
            if self._source is not None and (private_names.chunk_left(self._source) or 0) < 0:
                raise ValueError("a chunk of the response has a negative size")
            if chunk or raw.closed:
                return chunk

    def ends_within(self, seconds: float) -> bool:
        """Return whether the body ends within this time. Bytes that arrive before its end are dropped."""
        if self._raw is None or is_closed_after_stream(self._response.headers):
            return False
        if self._receiver is not None:
            return self._ends_before(Deadline(seconds))
        return self._ends_in_buffer(Deadline(seconds))

    def _ends_before(self, deadline: Deadline) -> bool:
        """Return whether the body ends before the deadline, which the receiver keeps at each wait."""
        self._receiver.deadline = deadline
        while self._raw.closed or deadline.left() > 0:
            try:
                if not self.read():
                    return True
            except Exception:  # whatever it was, the connection will not be used again
                return False
        return False

    def _ends_in_buffer(self, deadline: Deadline) -> bool:
        """Return whether the body has ended, or its end arrives at once: nothing else limits the waits for it."""
        try:
            if self._raw.closed:
                return True
            if not self._end_has_arrived(deadline):
                return False
            while self.read():
                pass
        except Exception:  # whatever it was, the connection will not be used again
            return False
        return True

    def _end_has_arrived(self, deadline: Deadline) -> bool:
        """Return whether exactly the rest of the body is in the buffer."""
        source, length = private_names.chunk_source(self._raw), self._raw.length_remaining
        if source is None:
            buffered = b"" if length is None else self._peek(private_names.http_response_of(self._raw), deadline)
            return length is not None and len(buffered) >= length
        if private_names.chunk_left(source):
            return False
        buffered = self._peek(source, deadline)
        if buffered == b"\r\n":  # it ends the data of a chunk, and often comes with them
            source.fp.read(2)
            private_names.set_chunk_left(source, None)
            buffered = self._peek(source, deadline)
        return bool(re.fullmatch(_LAST_CHUNK, buffered))

    def _peek(self, http_response: Any, deadline: Deadline) -> bytes:
        """Return the bytes in the buffer, after one wait at most."""
        buffered: bytes = http_response.fp.peek(1) if self._limit_waits(deadline.left()) else b""
        return buffered

    def _limit_waits(self, seconds: float) -> bool:
        """Limit the next waits on the socket. Return False if no time is left or the socket cannot be reached."""
        sock = private_names.socket_of(self._raw) if seconds > 0 else None
        if sock is None:
            return False
        limit = sock.gettimeout()
        sock.settimeout(seconds if limit is None else min(seconds, limit))
        return True

    def wake(self) -> None:
        """End the wait of another thread for bytes, where its socket can be reached."""
        if self._receiver is not None:
            self._receiver.wake()
        elif self._forks == forks.count:
            shut_down(private_names.socket_of(self._raw))


def _fits_buffer(left: Optional[int]) -> bool:
    """Return whether a chunk has begun, and the buffer of a socket can hold the rest of it."""
    return left is not None and 0 <= left <= io.DEFAULT_BUFFER_SIZE


class Body:
    """The body of a response, as far as it can be read.

    The status of an error matters more than its body: a fault ends its body and is not raised.
    """

    def __init__(self, response: Any) -> None:
        self._response = response
        self._chunks: List[bytes] = []

    def add(self, chunk: bytes) -> bool:
        """Add a chunk. Return whether there may be more."""
        self._chunks.append(chunk)
        return bool(chunk)

    def end(self, error: Optional[Exception] = None) -> None:
        """Make the chunks the body of the response, and raise the error that ended it if the status is not one."""
        private_names.set_body(self._response, b"".join(self._chunks))
        if error is not None and self._response.status_code < 400:
            raise error


@contextmanager
def public_reading(response: Any, deadline: Optional[Deadline]) -> Generator[None, None, None]:
    """Apply the rules of :class:`Body` to a response that reads its body itself, whose deadline is checked after it."""
    try:
        yield
        if deadline is not None:
            deadline.check()
    except Exception as error:
        if response.status_code < 400:
            raise read_failure(error, response, deadline) from error
