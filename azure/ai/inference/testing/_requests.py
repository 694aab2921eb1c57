"""Recorded HTTP requests, parsed from file objects. No sockets here."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Mapping, Optional, Pattern, Sequence, Tuple
from urllib.parse import parse_qsl, urlsplit

_SECRET = ("authorization", "api-key", "proxy-authorization")
_LONGEST_LINE = 65536
_MOST_HEADERS = 1000
_LARGEST_BODY = 1 << 28
_PIECE = 1 << 20
_DIGITS = re.compile(r"[0-9]+")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")


class BodyTooLarge(ValueError):
    """The body of a request is larger than the service reads."""

    def __init__(self) -> None:
        super().__init__(f"a body can have at most {_LARGEST_BODY:,} bytes")


class Headers(Mapping[str, str]):
    """The headers of a request by case-insensitive name; the values of a repeated header are joined with `, `."""

    def __init__(self, pairs: Sequence[Tuple[str, str]]) -> None:
        self._entries: Dict[str, Tuple[str, str]] = {}
        for name, value in pairs:
            first_name, earlier = self._entries.get(name.lower(), (name, ""))
            self._entries[name.lower()] = (first_name, f"{earlier}, {value}" if earlier else value)

    def __getitem__(self, name: str) -> str:
        return self._entries[name.lower()][1]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._entries

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return repr({name: "***" if name.lower() in _SECRET else value for name, value in self.items()})


@dataclass(frozen=True)
class RecordedRequest:
    """An HTTP request as it was received."""

    method: str
    """The method, such as `POST`."""
    path: str
    """The path as it was sent, percent-encoded, without the query."""
    query: Dict[str, str]
    """The decoded query parameters; the last value wins if a name is repeated."""
    headers: Headers
    """The headers by case-insensitive name."""
    raw_headers: List[Tuple[str, str]] = field(repr=False)
    """The headers as pairs of name and value, in the order and spelling in which they were sent."""
    body: bytes
    """The body, without chunked transfer encoding; empty if there is none."""
    connection: int
    """The number of the TCP connection; requests with equal numbers shared one."""
    keep_alive: bool
    """Whether the client keeps the connection open for another request."""

    def json(self) -> Any:
        """Parse the JSON body. Raise ValueError if the body is not JSON."""
        return json.loads(self.body)


def read_request(stream: BinaryIO, connection: int, send_continue: Callable[[], None]) -> Optional[RecordedRequest]:
    """Read the next request of a connection, or return None if the client disconnects before the end of it.

    Raise ValueError if it is not an HTTP/1 request, BodyTooLarge if its body is too large. `send_continue` is called if
    the client waits for `100 Continue` before it sends the body.
    """
    first_line = _read_line(stream)
    if first_line is None:
        return None
    parts = first_line.split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise ValueError("the first line is not a method, a target and a version of HTTP/1")
    method, target, version = parts
    raw_headers = _read_headers(stream)
    if raw_headers is None:
        return None
    headers = Headers(raw_headers)
    length = _length_of_body(headers)
    if headers.get("Expect", "").lower() == "100-continue":
        send_continue()
    body = _read_chunks(stream) if length is None else _read_exactly(stream, length)
    if body is None:
        return None
    url = urlsplit(target)
    return RecordedRequest(
        method=method,
        path=url.path,
        query=dict(parse_qsl(url.query, keep_blank_values=True)),
        headers=headers,
        raw_headers=raw_headers,
        body=body,
        connection=connection,
        keep_alive=version == "HTTP/1.1" and headers.get("Connection", "").lower() != "close",
    )


def _read_line(stream: BinaryIO) -> Optional[str]:
    """Return the next line without its end; None if the client disconnects before that."""
    line = stream.readline(_LONGEST_LINE)
    if line.endswith(b"\n"):
        return line.decode("latin-1").rstrip("\r\n")
    if len(line) == _LONGEST_LINE:
        raise ValueError(f"a line is longer than {_LONGEST_LINE:,} bytes")
    return None


def _read_headers(stream: BinaryIO) -> Optional[List[Tuple[str, str]]]:
    pairs: List[Tuple[str, str]] = []
    while len(pairs) <= _MOST_HEADERS:
        text = _read_line(stream)
        if text is None:
            return None
        if not text:
            return pairs
        name, colon, value = text.partition(":")
        if not colon:
            raise ValueError(f"invalid header line: {text!r}")
        pairs.append((name, value.strip()))
    raise ValueError(f"there are more than {_MOST_HEADERS} headers")


def _length_of_body(headers: Headers) -> Optional[int]:
    """Return the length of a body; None for one in chunks."""
    encoding = headers.get("Transfer-Encoding", "").lower()
    if encoding == "chunked":
        return None
    if encoding:
        raise ValueError(f"the transfer encoding {encoding!r} is not supported")
    return _size(headers.get("Content-Length", "0"), _DIGITS, 10)


def _size(text: str, digits: Pattern[str], base: int) -> int:
    if not digits.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a size")
    size = int(text, base) if len(text.lstrip("0")) <= 16 else _LARGEST_BODY + 1
    if size > _LARGEST_BODY:
        raise BodyTooLarge
    return size


def _read_exactly(stream: BinaryIO, size: int) -> Optional[bytes]:
    """Return a number of bytes; None if the client disconnects before. Memory is taken as they arrive."""
    pieces: List[bytes] = []
    while size:
        piece = stream.read(min(size, _PIECE))
        if not piece:
            return None
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _read_chunks(stream: BinaryIO) -> Optional[bytes]:
    chunks: List[bytes] = []
    total = 0
    while True:
        size_line = _read_line(stream)
        if size_line is None:
            return None
        size = _size(size_line.partition(";")[0].rstrip(), _HEXADECIMAL, 16)
        if size == 0:
            return b"".join(chunks) if _read_headers(stream) is not None else None
        total += size
        if total > _LARGEST_BODY:
            raise BodyTooLarge
        chunk = _read_exactly(stream, size)
        end = None if chunk is None else _read_line(stream)
        if chunk is None or end is None:
            return None
        if end:
            raise ValueError("a chunk is longer than its size")
        chunks.append(chunk)
