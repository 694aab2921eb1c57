"""Recorded HTTP requests, parsed from file objects. No sockets here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple
from urllib.parse import parse_qsl, urlsplit

_LONGEST_LINE = 65536


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
        return repr(dict(self))


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
    raw_headers: List[Tuple[str, str]]
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

    Raise ValueError if it is not an HTTP/1 request. `send_continue` is called if the client waits for `100 Continue`
    before it sends the body.
    """
    first_line = stream.readline(_LONGEST_LINE)
    if not first_line.endswith(b"\n"):
        return None
    method, target, version = first_line.decode("latin-1").split()
    raw_headers = _read_headers(stream)
    if raw_headers is None:
        return None
    headers = Headers(raw_headers)
    if headers.get("Expect", "").lower() == "100-continue":
        send_continue()
    body = _read_body(stream, headers)
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


def _read_headers(stream: BinaryIO) -> Optional[List[Tuple[str, str]]]:
    pairs: List[Tuple[str, str]] = []
    while True:
        line = stream.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            return None
        text = line.decode("latin-1").rstrip("\r\n")
        if not text:
            return pairs
        name, colon, value = text.partition(":")
        if not colon:
            raise ValueError(f"invalid header line: {text!r}")
        pairs.append((name, value.strip()))


def _read_body(stream: BinaryIO, headers: Headers) -> Optional[bytes]:
    if headers.get("Transfer-Encoding", "").lower() == "chunked":
        return _read_chunks(stream)
    length = int(headers.get("Content-Length", "0"))
    body = stream.read(length)
    return body if len(body) == length else None


def _read_chunks(stream: BinaryIO) -> Optional[bytes]:
    chunks: List[bytes] = []
    while True:
        size_line = stream.readline(_LONGEST_LINE)
        if not size_line:
            return None
        size = int(size_line.split(b";")[0], 16)
        if size == 0:
            return b"".join(chunks) if _read_headers(stream) is not None else None
        chunk = stream.read(size)
        if len(chunk) < size or not stream.readline(_LONGEST_LINE):
            return None
        chunks.append(chunk)
