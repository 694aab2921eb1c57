"""Content codings (RFC 9110, section 8.4.1), removed from a body chunk by chunk as it arrives."""

from __future__ import annotations

import importlib
import zlib
from typing import Any, Callable, Dict, List, Optional, Protocol

from azure.core.exceptions import DecodeError

_GZIP = 16 + zlib.MAX_WBITS
_HEAD = 2


class _Decoder(Protocol):
    def feed(self, data: bytes) -> bytes: ...


class _Gzip:
    """Decodes gzip. Several members in a row are one body; what follows the last member is dropped."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._any_whole = False

    def feed(self, data: bytes) -> bytes:
        parts: List[bytes] = []
        while data:
            try:
                parts.append(self._member.decompress(data))
            except zlib.error:
                if not self._any_whole:
                    raise
                break
            data = self._member.unused_data
            if self._member.eof:
                self._any_whole = True
                self._member = zlib.decompressobj(_GZIP)
        return b"".join(parts)


class _Deflate:
    """Decodes deflate, with the header of zlib, as the RFC defines it, or without, as some servers send it."""

    def __init__(self) -> None:
        self._head = b""
        self._inflate: Optional[Callable[[bytes], bytes]] = None

    def feed(self, data: bytes) -> bytes:
        if self._inflate is None:
            self._head += data
            if len(self._head) < _HEAD:
                return b""
            data = self._head
            has_header = data[0] & 0x0F == zlib.DEFLATED and int.from_bytes(data[:_HEAD], "big") % 31 == 0
            self._inflate = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS).decompress
        return self._inflate(data)


class _Brotli:
    """Decodes Brotli with the library of that name, which only a caller's ``Accept-Encoding`` can request."""

    def __init__(self) -> None:
        self._decompressor: Any = importlib.import_module("brotli").Decompressor()

    def feed(self, data: bytes) -> bytes:
        decoded: bytes = self._decompressor.process(data)
        return decoded


_DECODERS: Dict[str, Callable[[], _Decoder]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
}


class Unpacker:
    """Removes the content codings of a body. Unknown ones, such as ``utf-8``, are ignored.

    :param encodings: the header ``Content-Encoding``.
    """

    def __init__(self, encodings: str) -> None:
        self._encodings = encodings
        self._decoders: Optional[List[_Decoder]] = None

    def feed(self, data: bytes) -> bytes:
        """Return the decoded bytes of a chunk; none if more must arrive first.

        :raises ~azure.core.exceptions.DecodeError: if they do not match the header, or a package is missing.
        """
        try:
            if self._decoders is None:
                names = [name.strip().lower() for name in self._encodings.split(",")]
                self._decoders = [_DECODERS[name]() for name in reversed(names) if name in _DECODERS]
            for decoder in self._decoders:
                data = decoder.feed(data)
        except Exception as error:  # each coding has a class of its own
            raise DecodeError(f"content-encoding: {self._encodings}: {error}", error=error) from error
        return data
