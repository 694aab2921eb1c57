"""Files as bodies, kept open for retries and redirects, as aiohttp closes a file after sending it; and large bodies."""

from __future__ import annotations

import io
from contextlib import suppress
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from azure.core.rest import HttpRequest

#: Characters, of at most four bytes. Of bodies beyond 1 MiB, aiohttp warns that sending them can block the event loop.
_LARGE = 2**18


def as_sent(body: Any) -> Any:
    """Return a large text or large bytes as a file, which aiohttp sends in parts without blocking the event loop."""
    if not isinstance(body, (bytes, str)) or len(body) < _LARGE:
        return body
    return io.BytesIO(body if isinstance(body, bytes) else body.encode())


class _Kept(io.RawIOBase):
    """Reads a file for one attempt, and leaves it open."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._start = 0
        self._ended = False
        self._reading = Lock()
        with suppress(AttributeError, OSError, ValueError):  # without a position, there is no other attempt
            self._start = file.tell()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with self._reading:
            data: bytes = b"" if self._ended else self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def end(self) -> None:
        """Read no more, and rewind: aiohttp may have read on, in a thread, when the policies had rewound the file."""
        with self._reading:
            self._ended = True
            self._file.seek(self._start)

    def fileno(self) -> int:
        number: int = self._file.fileno()
        return number

    def tell(self) -> int:
        position: int = self._file.tell()
        return position


#: The reader of the latest attempt of a request.
_latest: WeakKeyDictionary[HttpRequest, _Kept] = WeakKeyDictionary()


def keeping_file(request: Any) -> Any:
    """Return a request whose body, if it is a binary file, stays open after it has been sent. Large ones are files."""
    given = getattr(request, "content", None)
    body = as_sent(given)
    if not isinstance(body, io.IOBase) or isinstance(body, io.TextIOBase):
        return request
    kept: io.IOBase
    if body is not given:
        kept = body
    elif isinstance(body, io.BytesIO):
        kept = io.BytesIO(body.getvalue())
        kept.seek(body.tell())
    else:
        if request in _latest:
            _latest[request].end()
        _latest[request] = _Kept(body)
        kept = io.BufferedReader(_latest[request])
    return HttpRequest(request.method, request.url, headers=request.headers, content=kept)
