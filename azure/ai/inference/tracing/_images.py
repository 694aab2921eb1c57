"""Prompts and generated images in the form of the conventions for generative AI. No I/O."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from azure.ai.inference.tracing._messages import Part, blob_part, input_messages, url_part
from azure.ai.inference.tracing._values import integer, mapping, mappings, text


def image_settings(body: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the settings of a request for images."""
    images = integer(body.get("n"))
    return {
        "gen_ai.output.type": "image",
        "gen_ai.request.choice.count": None if images == 1 else images,
        "gen_ai.request.seed": integer(body.get("seed")),
    }


def prompt_messages(body: Mapping[str, Any], *, binary: bool) -> List[Dict[str, Any]]:
    """Return the prompt of a request for images as a message.

    :param binary: whether to include the bytes of the image to start from.
    """
    content: List[Any] = [body["prompt"]] if text(body.get("prompt")) else []
    start = text(mapping(body.get("image_prompt")).get("image"))
    if start:
        content.append({"type": "image_url", "image_url": {"url": start}})
    return input_messages([{"role": "user", "content": content}], binary=binary) if content else []


def image_messages(response: Mapping[str, Any], *, binary: bool) -> List[Dict[str, Any]]:
    """Return generated images as messages, one for each.

    :param binary: whether to include their bytes.
    """
    output_format = text(response.get("output_format"))
    mime_type = f"image/{output_format}" if output_format else None
    return [
        {"role": "assistant", "parts": [_image_part(image, mime_type, binary=binary)], "finish_reason": "stop"}
        for image in mappings(response.get("data"))
    ]


def _image_part(image: Mapping[str, Any], mime_type: Optional[str], *, binary: bool) -> Part:
    data = text(image.get("image")) or text(image.get("b64_json"))
    url = text(image.get("url")) if data is None else data if data.startswith("data:") else None
    return url_part(url, "image", binary=binary) if url else blob_part(mime_type, "image", data or "", binary=binary)
