"""Create the images and the audio that the samples send: `python samples/make_data.py`."""

from __future__ import annotations

import math
import struct
import wave
import zlib
from pathlib import Path
from typing import Callable, Tuple

DATA = Path(__file__).parent / "data"
SIZE = 96
Color = Tuple[int, int, int]

SKY, SUN, SEA, SAIL, HULL, GRASS, TREE, TRUNK = (
    (190, 222, 246), (250, 200, 70), (45, 105, 160), (250, 250, 245),
    (140, 70, 45), (120, 175, 90), (45, 120, 65), (110, 75, 45),
)  # fmt: skip


def boat(x: float, y: float) -> Color:
    """Return the color at a point of a sailing boat under the sun."""
    if math.hypot(x - 0.78, y - 0.2) < 0.12:
        return SUN
    if 0.15 < y < 0.62 and 0.3 < x < 0.3 + (y - 0.15) * 0.75:
        return SAIL
    if 0.65 < y < 0.78 and abs(x - 0.48) < 0.3 - (y - 0.65):
        return HULL
    return SEA if y > 0.7 + 0.015 * math.sin(x * 30) else SKY


def tree(x: float, y: float) -> Color:
    """Return the color at a point of a tree on a meadow."""
    if math.hypot(x - 0.5, y - 0.38) < 0.25 + 0.02 * math.sin(12 * math.atan2(y - 0.38, x - 0.5)):
        return TREE
    if abs(x - 0.5) < 0.04 and 0.6 < y < 0.85:
        return TRUNK
    return GRASS if y > 0.8 else SKY


def write_png(path: Path, image: Callable[[float, float], Color]) -> None:
    """Write a square image as a PNG file: a header, the compressed rows of pixels, and an end."""
    places = [place / SIZE for place in range(SIZE)]
    rows = b"".join(b"\0" + bytes(part for x in places for part in image(x, y)) for y in places)
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(rows, 9)) + png_chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_wav(path: Path, frequencies: Tuple[float, ...], seconds: float = 0.25, rate: int = 8000) -> None:
    """Write a sequence of tones, each of them fading out, as a WAV file."""
    frames = bytearray()
    for frequency in frequencies:
        for frame in range(int(seconds * rate)):
            loudness = 12000 * (1 - frame / (seconds * rate))
            frames += struct.pack("<h", round(loudness * math.sin(2 * math.pi * frequency * frame / rate)))
    with wave.open(str(path), "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(rate)
        audio.writeframes(bytes(frames))


if __name__ == "__main__":
    DATA.mkdir(exist_ok=True)
    write_png(DATA / "boat.png", boat)
    write_png(DATA / "tree.png", tree)
    write_wav(DATA / "three_tones.wav", (440.0, 554.4, 659.3))
