"""Generated images: from JSON to bytes and files."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, Dict

import pytest

from azure.ai.inference.models import GeneratedImage

PNG = b"\x89PNG" + bytes(range(256))
TEXT = base64.b64encode(PNG).decode()


@pytest.mark.parametrize(
    "wire",
    [
        {"image": TEXT},
        {"b64_json": TEXT},
        {"image": f"data:image/png;base64,{TEXT}"},
        {"b64_json": "\n".join(TEXT[i : i + 76] for i in range(0, len(TEXT), 76))},
        {"image": "", "b64_json": TEXT, "url": "https://x"},
        {"image": None, "b64_json": TEXT},
    ],
)
def test_image_as_bytes_and_file(wire: Dict[str, Any], tmp_path: Path) -> None:
    """The image is decoded from either field, a data URL and base64 with line ends included."""
    image = GeneratedImage(wire)
    image.save(tmp_path / "path.png")
    image.save(str(tmp_path / "text.png"))

    assert image.as_bytes() == PNG
    assert [file.read_bytes() for file in sorted(tmp_path.iterdir())] == [PNG, PNG]


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        ({"url": "https://x"}, "URL and no image.*response_format='b64_json'"),
        ({"image": "", "url": "https://x"}, "URL and no image"),
        ({}, "no image"),
        ({"image": 5, "b64_json": []}, "no image"),
        ({"image": "AAAA!"}, "base64|base 64"),
        ({"image": "AAA"}, "padding"),
    ],
)
def test_image_that_cannot_be_decoded(wire: Dict[str, Any], error: str, tmp_path: Path) -> None:
    """Where there is nothing to decode, the error says so, and no file is written."""
    image = GeneratedImage(wire)

    with pytest.raises(ValueError, match=f"(?i){error}"):
        image.as_bytes()
    with pytest.raises(ValueError, match=f"(?i){error}"):
        image.save(tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
