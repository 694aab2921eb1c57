"""Files as bodies, kept open for retries and redirects. aiohttp closes a file after sending it."""

from __future__ import annotations

import io
from typing import Any

from azure.core.rest import HttpRequest


class _Kept(io.RawIOBase):
    """Reads a file, and leaves it open."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data: bytes = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def fileno(self) -> int:
        number: int = self._file.fileno()
        return number

    def tell(self) -> int:
        position: int = self._file.tell()
        return position


def keeping_file(request: Any) -> Any:
    """Return a request whose body, if it is a binary file, stays open after it has been sent."""
    body = getattr(request, "content", None)
    if not isinstance(body, io.IOBase) or isinstance(body, io.TextIOBase):
        return request
    kept: io.IOBase
    if isinstance(body, io.BytesIO):
        kept = io.BytesIO(body.getvalue())
        kept.seek(body.tell())
    else:
        kept = io.BufferedReader(_Kept(body))
    return HttpRequest(request.method, request.url, headers=request.headers, content=kept)
