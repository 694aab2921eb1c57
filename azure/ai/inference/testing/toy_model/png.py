"""PNG files of colored bands, made with the standard library."""

from __future__ import annotations

import struct
import zlib
from typing import Sequence, Tuple

Color = Tuple[int, int, int]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DEPTH_IN_BITS = 8
_PALETTE = 3


def draw_bands(width: int, height: int, colors: Sequence[Color]) -> bytes:
    """Return a PNG file with at most 256 bands of equal height, from top to bottom."""
    compressor = zlib.compressobj(9)
    rows = (b"\0" + bytes([row * len(colors) // height]) * width for row in range(height))
    pixels = b"".join(map(compressor.compress, rows)) + compressor.flush()
    header = struct.pack(">IIBBBBB", width, height, _DEPTH_IN_BITS, _PALETTE, 0, 0, 0)
    palette = b"".join(map(bytes, colors))
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", pixels), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
