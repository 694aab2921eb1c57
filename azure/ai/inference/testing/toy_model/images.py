"""Images of the local service: a band of color for each word of the prompt, as PNG."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from azure.ai.inference._json import is_object
from azure.ai.inference.testing.toy_model.messages import split_data_url
from azure.ai.inference.testing.toy_model.png import draw_bands
from azure.ai.inference.testing.toy_model.problems import Problem

_CREATED = 1767225600
_WORD = re.compile(r"\w+")
_SIZE = re.compile(r"([1-9]\d{0,3})x([1-9]\d{0,3})")
_LONGEST_SIDE = 4096
_MOST_BANDS = 24
_MOST_IMAGES = 10
_PIXELS_OF_A_TOKEN = 4096


class _Order(NamedTuple):
    """A checked request for images."""

    prompt: str
    width: int
    height: int
    images: int
    seed: Optional[int]


def generate_images(body: Mapping[str, Any], model_name: str) -> Dict[str, Any]:
    """Return images in the form of the Model Inference API. Raise Problem if the service would reject the request."""
    order = _read_order(body)
    image_prompt = body.get("image_prompt")
    if image_prompt is not None:
        _check_image_prompt(image_prompt)
    seeds = [{} if order.seed is None else {"seed": order.seed + place} for place in range(order.images)]
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode("utf-8")).hexdigest()[:24]
    return {
        "id": f"img-{digest}",
        "object": "image.generation",
        "created": _CREATED,
        "model": body.get("model") or model_name,
        "data": [{"image": image, **seed} for image, seed in zip(_draw(order), seeds)],
        "usage": {"image_generations": order.images},
    }


def generate_openai_images(body: Mapping[str, Any]) -> Dict[str, Any]:
    """Return images in the form of OpenAI's API. `response_format: url` gets data URLs."""
    order = _read_order(body)
    wanted = body.get("response_format") or "b64_json"
    if wanted not in ("b64_json", "url"):
        raise Problem.unprocessable("response_format", "response_format must be one of b64_json, url.")
    prefix = "data:image/png;base64," if wanted == "url" else ""
    read, written = len(_WORD.findall(order.prompt)), order.images * (order.width * order.height // _PIXELS_OF_A_TOKEN)
    return {
        "created": _CREATED,
        "background": _given(body, "background", "opaque"),
        "data": [{wanted: prefix + image, "revised_prompt": order.prompt} for image in _draw(order)],
        "output_format": "png",
        "quality": _given(body, "quality", "high"),
        "size": f"{order.width}x{order.height}",
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"image_tokens": 0, "text_tokens": read},
            "output_tokens": written,
            "total_tokens": read + written,
        },
    }


def _read_order(body: Mapping[str, Any]) -> _Order:
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not prompt:
        raise Problem.unprocessable("prompt", "prompt must be a string that is not empty.")
    width, height = _read_size(body.get("size") or "auto")
    images = 1 if body.get("n") is None else body["n"]
    if not _is_whole(images, 1, _MOST_IMAGES):
        raise Problem.unprocessable("n", f"n must be a whole number from 1 to {_MOST_IMAGES}.")
    seed = body.get("seed")
    if seed is not None and type(seed) is not int:
        raise Problem.unprocessable("seed", "seed must be a whole number.")
    if (body.get("output_format") or "png") != "png":
        raise Problem.unprocessable("output_format", "output_format must be png: the local service draws nothing else.")
    return _Order(prompt, width, height, images, seed)


def _read_size(size: Any) -> Tuple[int, int]:
    fields = size if is_object(size) else {}
    parts = _SIZE.fullmatch("1024x1024" if size == "auto" else str(size))
    sides: List[Any] = [int(parts[1]), int(parts[2])] if parts else [fields.get("width"), fields.get("height")]
    if not all(_is_whole(side, 1, _LONGEST_SIDE) for side in sides):
        message = f"size must be auto, such as 1024x1024, or {{width, height}}, with sides up to {_LONGEST_SIDE}."
        raise Problem.unprocessable("size", message)
    return sides[0], sides[1]


def _is_whole(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _check_image_prompt(image_prompt: Any) -> None:
    fields = image_prompt if is_object(image_prompt) else {}
    split_data_url(str(fields.get("image", "")), "image_prompt.image")
    strength = fields.get("strength", 1)
    if isinstance(strength, bool) or not isinstance(strength, (int, float)) or not 0 <= strength <= 1:
        raise Problem.unprocessable("image_prompt.strength", "image_prompt.strength must be a number from 0 to 1.")


def _draw(order: _Order) -> List[str]:
    words = (_WORD.findall(order.prompt.lower()) or [order.prompt])[: min(_MOST_BANDS, order.height)]
    images: List[str] = []
    for place in range(order.images):
        salt = f"{order.seed or 0} {place}"
        digests = [hashlib.sha256(f"{salt} {word}".encode("utf-8", "replace")).digest() for word in words]
        image = draw_bands(order.width, order.height, [(digest[0], digest[1], digest[2]) for digest in digests])
        images.append(base64.b64encode(image).decode("ascii"))
    return images


def _given(body: Mapping[str, Any], name: str, default: str) -> Any:
    value = body.get(name)
    return default if value in (None, "auto") else value
