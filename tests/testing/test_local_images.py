"""Images of the local service: real PNG files, in the forms of both APIs."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any, Dict, Tuple

import pytest
from local_http import ask

from azure.ai.inference.testing import LocalService
from azure.ai.inference.testing.toy_model.images import generate_images, generate_openai_images
from azure.ai.inference.testing.toy_model.problems import Problem

BOAT = {"prompt": "a red boat", "size": "16x9"}


def read_png(data: bytes) -> Tuple[int, int, bytes]:
    """Return width, height and pixels of a PNG file, after checking its signature, checksums and end."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: Dict[bytes, bytes] = {}
    place = 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        name, content = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        assert data[place + 8 + length : place + 12 + length] == struct.pack(">I", zlib.crc32(name + content))
        chunks[name] = content
        place += 12 + length
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert rest == [8, 3, 0, 0, 0]
    rows = zlib.decompress(chunks[b"IDAT"])
    assert len(rows) == height * (width + 1)
    colors = [chunks[b"PLTE"][start : start + 3] for start in range(0, len(chunks[b"PLTE"]), 3)]
    pixels = b"".join(
        colors[color] for row in range(height) for color in rows[row * (width + 1) + 1 : (row + 1) * (width + 1)]
    )
    return width, height, pixels


def images_of(body: Dict[str, Any]) -> Any:
    """Return the decoded images of a request."""
    return [base64.b64decode(entry["image"]) for entry in generate_images(body, "m")["data"]]


def test_models_route_sends_images(service: LocalService) -> None:
    """The route `/models` sends `image` and the number of images."""
    path = "/models/images/generations?api-version=2025-05-15-preview"
    response = ask(service, path=path, body={**BOAT, "n": 2, "seed": 5})
    result = response.json()
    first, second = (entry.pop("image") for entry in result["data"])
    assert result == {
        "id": result["id"],
        "object": "image.generation",
        "created": 1767225600,
        "model": "local-model",
        "data": [{"seed": 5}, {"seed": 6}],
        "usage": {"image_generations": 2},
    }
    assert read_png(base64.b64decode(first))[:2] == read_png(base64.b64decode(second))[:2] == (16, 9)
    assert first != second


@pytest.mark.parametrize(
    "path", ["/openai/v1/images/generations", "/openai/deployments/mine/images/generations?api-version=x"]
)
def test_openai_routes_send_b64_json(service: LocalService, path: str) -> None:
    """OpenAI's API sends `b64_json`, what it chose for `auto`, and tokens."""
    result = ask(service, path=path, body={"prompt": "a red boat", "model": "mine", "quality": "auto"}).json()
    (entry,) = result["data"]
    image = base64.b64decode(entry.pop("b64_json"))
    assert read_png(image)[:2] == (1024, 1024)
    assert len(image) < 10_000
    assert result == {
        "created": 1767225600,
        "background": "opaque",
        "data": [{"revised_prompt": "a red boat"}],
        "output_format": "png",
        "quality": "high",
        "size": "1024x1024",
        "usage": {
            "input_tokens": 3,
            "input_tokens_details": {"image_tokens": 0, "text_tokens": 3},
            "output_tokens": 256,
            "total_tokens": 259,
        },
    }


def test_url_holds_the_image() -> None:
    """`response_format: url` gets a URL that holds the image."""
    (entry,) = generate_openai_images({**BOAT, "response_format": "url"})["data"]
    head, _, data = entry["url"].partition(",")
    assert head == "data:image/png;base64"
    assert read_png(base64.b64decode(data))[:2] == (16, 9)


def test_words_are_bands_of_color() -> None:
    """Each word of the prompt is a band of one color, which it keeps in other prompts."""
    (image,) = images_of({"prompt": "red boat", "size": {"width": 2, "height": 4}})
    (other,) = images_of({"prompt": "boat red", "size": {"width": 2, "height": 4}})
    pixels, other_pixels = read_png(image)[2], read_png(other)[2]
    assert (pixels[:12], pixels[12:]) == (pixels[:3] * 4, pixels[12:15] * 4)
    assert (pixels[:12], pixels[12:]) == (other_pixels[12:], other_pixels[:12])
    assert pixels[:3] != pixels[12:15]


@pytest.mark.parametrize("size", [(1, 1), (1, 4096), (672, 1566)])
@pytest.mark.parametrize("prompt", ["?!", "one", " ".join(map(str, range(300)))])
def test_any_size_and_prompt_makes_a_valid_file(size: Tuple[int, int], prompt: str) -> None:
    """The file is valid for one row and many words, and for no words at all."""
    (image,) = images_of({"prompt": prompt, "size": f"{size[0]}x{size[1]}"})
    assert read_png(image)[:2] == size


def test_same_request_gets_same_images() -> None:
    """Equal requests get equal images, and a seed makes others."""
    assert generate_images(BOAT, "m") == generate_images(BOAT, "m")
    assert images_of({**BOAT, "seed": 1}) != images_of({**BOAT, "seed": 2})


@pytest.mark.parametrize(
    ("more", "target"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"size": "big"}, "size"),
        ({"size": "0x5"}, "size"),
        ({"size": "5000x5"}, "size"),
        ({"size": {"width": 5}}, "size"),
        ({"size": {"width": True, "height": 5}}, "size"),
        ({"n": 0}, "n"),
        ({"n": 11}, "n"),
        ({"seed": "x"}, "seed"),
        ({"output_format": "jpg"}, "output_format"),
        ({"image_prompt": {"image": "https://example.com/a.png"}}, "image_prompt.image"),
        ({"image_prompt": 5}, "image_prompt.image"),
        ({"image_prompt": {"image": "data:image/png;base64,AAAA", "strength": 2}}, "image_prompt.strength"),
    ],
)
def test_invalid_image_requests_are_rejected(more: Dict[str, Any], target: str) -> None:
    """An invalid request is rejected with the invalid parameter as the target."""
    with pytest.raises(Problem) as caught:
        generate_images({**BOAT, **more}, "m")
    assert caught.value.as_body()["error"]["details"][0]["target"] == target


def test_image_prompt_is_accepted() -> None:
    """An image as part of the prompt is accepted, with its strength."""
    body = {**BOAT, "image_prompt": {"image": "data:image/png;base64,AAAA", "strength": 0.5}}
    assert len(images_of(body)) == 1


def test_invalid_response_format_is_rejected() -> None:
    """A response format that is not described is rejected."""
    with pytest.raises(Problem, match="response_format"):
        generate_openai_images({**BOAT, "response_format": "gif"})


@pytest.mark.parametrize(("mode", "status"), [("error", 422), ("pass-through", 200)])
def test_parameters_of_openai_need_the_header(service: LocalService, mode: str, status: int) -> None:
    """On the route `/models`, a parameter that only OpenAI's API has needs the header `extra-parameters`."""
    path = "/models/images/generations?api-version=x"
    assert ask(service, path=path, body={**BOAT, "user": "me"}, **{"extra-parameters": mode}).status == status
