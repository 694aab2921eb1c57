"""Messages, completions and tools in the form of the conventions for generative AI. No I/O."""

from __future__ import annotations

import base64
import json
from typing import Any, Dict, List, Mapping, Optional, Sequence
from urllib.parse import unquote_to_bytes

from azure.ai.inference.tracing._values import items, mapping, mappings, plain, some

Part = Dict[str, Any]

_AUDIO_TYPES = {"mp3": "audio/mpeg"}
_FINISH_REASONS = {"tool_calls": "tool_call"}


def input_messages(messages: Any, *, binary: bool) -> List[Dict[str, Any]]:
    """Return the messages of a request.

    :param binary: whether to include the bytes of images and audio.
    """
    return [
        some({"role": plain(message.get("role")), "parts": _parts(message, binary=binary), "name": message.get("name")})
        for message in mappings(messages)
    ]


def output_messages(choices: Sequence[Mapping[str, Any]]) -> List[Dict[str, Any]]:
    """Return the messages of a completion, one for each choice."""
    return [
        {
            "role": "assistant",
            "parts": _parts(mapping(choice.get("message")), binary=False),
            "finish_reason": finish_reason(choice, _FINISH_REASONS),
        }
        for choice in choices
    ]


def finish_reason(choice: Mapping[str, Any], names: Optional[Mapping[str, str]] = None) -> str:
    """Return the finish reason of a choice, renamed by ``names``; ``error`` if there is none."""
    reason = str(choice.get("finish_reason") or "error")
    return (names or {}).get(reason, reason)


def tool_definitions(tools: Any) -> List[Dict[str, Any]]:
    """Return the tools that the model may call."""
    definitions: List[Dict[str, Any]] = []
    for tool in mappings(tools):
        function = mapping(tool.get("function")) or mapping(tool.get("custom")) or tool
        described = {name: function.get(name) for name in ("name", "description", "parameters")}
        definitions.append(some({"type": plain(tool.get("type")) or "function", **described}))
    return definitions


def _parts(message: Mapping[str, Any], *, binary: bool) -> List[Part]:
    content = message.get("content")
    if plain(message.get("role")) == "tool":
        return [{"type": "tool_call_response", "id": message.get("tool_call_id"), "response": content}]
    parts: List[Part] = []
    reasoning = message.get("reasoning_content") or message.get("reasoning")
    if reasoning:
        parts.append({"type": "reasoning", "content": reasoning})
    if content and isinstance(content, str):
        parts.append(_text(content))
    parts.extend(_item_part(item, binary=binary) for item in items(content))
    parts.extend(_tool_call_part(call) for call in mappings(message.get("tool_calls")))
    return parts


def _text(content: Any) -> Part:
    return {"type": "text", "content": content}


def _item_part(item: Any, *, binary: bool) -> Part:
    if isinstance(item, str):
        return _text(item)
    fields = mapping(item)
    kind = str(plain(fields.get("type")))
    if kind == "text":
        return _text(fields.get("text"))
    value = mapping(fields.get(kind))
    if kind in ("image_url", "audio_url") and value:
        return url_part(str(value.get("url")), kind[:5], binary=binary)
    if kind == "input_audio" and value:
        audio_format = str(plain(value.get("format")))
        mime_type = _AUDIO_TYPES.get(audio_format, f"audio/{audio_format}")
        return blob_part(mime_type, "audio", str(value.get("data")), binary=binary)
    if kind == "file" and value:
        return _file_part(value, binary=binary)
    return {**fields, "type": kind}


def _file_part(file: Mapping[str, Any], *, binary: bool) -> Part:
    if file.get("file_id"):
        return {"type": "file", "mime_type": None, "modality": "document", "file_id": file["file_id"]}
    data = str(file.get("file_data") or "")
    if data[:5].lower() == "data:":
        return url_part(data, "document", binary=binary)
    return blob_part(None, "document", data, binary=binary)


def url_part(url: str, modality: str, *, binary: bool) -> Part:
    """Return a part that is given by its URL, which may hold its bytes."""
    if url[:5].lower() != "data:":
        return {"type": "uri", "mime_type": None, "modality": modality, "uri": url}
    head, _, data = url[5:].partition(",")
    mime_type, *parameters = head.split(";")
    if "base64" not in parameters:
        data = base64.b64encode(unquote_to_bytes(data)).decode("ascii") if binary else ""
    return blob_part(mime_type or None, modality, data, binary=binary)


def blob_part(mime_type: Optional[str], modality: str, data: str, *, binary: bool) -> Part:
    """Return a part that is given by its bytes, in base64."""
    return {"type": "blob", "mime_type": mime_type, "modality": modality, "content": data if binary else ""}


def _tool_call_part(call: Mapping[str, Any]) -> Part:
    function, custom = mapping(call.get("function")), mapping(call.get("custom"))
    arguments = _parsed(function.get("arguments")) if function else custom.get("input")
    name = (function or custom).get("name") or ""
    return {"type": "tool_call", "id": call.get("id"), "name": name, "arguments": arguments}


def _parsed(arguments: Any) -> Any:
    try:
        return json.loads(arguments)
    except (TypeError, ValueError, RecursionError):
        return arguments
