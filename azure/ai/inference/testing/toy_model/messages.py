"""The messages of a chat request: validation, text and attachments."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Dict, List, Mapping, Tuple
from urllib.parse import urlsplit

from azure.ai.inference._json import is_array, is_object
from azure.ai.inference.testing.toy_model.problems import Problem

_ROLES = ("assistant", "developer", "function", "system", "tool", "user")
_ITEM_TYPES = ("audio_url", "file", "image_url", "input_audio", "refusal", "text")
_ATTACHMENTS = {"audio_url": "audio clip", "file": "file", "image_url": "image", "input_audio": "audio clip"}

Message = Mapping[str, Any]


def read_messages(body: Mapping[str, Any]) -> List[Message]:
    """Return the messages of a request. Raise Problem if the REST API would reject them."""
    messages = body.get("messages")
    if not is_array(messages) or not messages:
        raise Problem.unprocessable("messages", "messages must be a list of at least one message.")
    for position, message in enumerate(messages):
        where = f"messages[{position}]"
        if not is_object(message) or message.get("role") not in _ROLES:
            raise Problem.unprocessable(where, f"{where} must have one of the roles {', '.join(_ROLES)}.")
        content = message.get("content")
        if content is not None and not isinstance(content, str):
            _check_items(content, f"{where}.content")
        _check_tool_calls(message.get("tool_calls") or [], f"{where}.tool_calls")
    return messages


def _check_items(content: Any, where: str) -> None:
    if not is_array(content):
        raise Problem.unprocessable(where, f"{where} must be a string or a list of content items.")
    for item in content:
        kind = item.get("type") if is_object(item) else None
        if kind not in _ITEM_TYPES or kind not in item:
            raise Problem.unprocessable(where, f"{where} must have items of the types {', '.join(_ITEM_TYPES)}.")


def _check_tool_calls(calls: Any, where: str) -> None:
    for call in calls if is_array(calls) else [None]:
        fields = call if is_object(call) else {}
        called = fields.get("function") or fields.get("custom")
        name = called.get("name") if is_object(called) else None
        if not isinstance(name, str) or not isinstance(fields.get("id"), str):
            raise Problem.unprocessable(where, f"{where} must be a list of calls with an id and a function name.")


def text_of(message: Message) -> str:
    """Return the whole text of a message; the texts of several content items are joined with spaces."""
    content = message.get("content")
    if is_array(content):
        return " ".join(str(item["text"]) for item in content if item["type"] == "text")
    return content or ""


def last_user_message(messages: List[Message]) -> Message:
    """Return the last message of the user, or one without text if there is none."""
    return next((message for message in reversed(messages) if message["role"] == "user"), {"role": "user"})


def describe_attachments(message: Message) -> str:
    """Describe the attachments of a message, such as `1 image (png, 68 bytes)`; return "" if there are none."""
    content = message.get("content")
    kinds: Dict[str, List[str]] = {"image": [], "audio clip": [], "file": []}
    for item in content if is_array(content) else []:
        if item["type"] in _ATTACHMENTS:
            kinds[_ATTACHMENTS[item["type"]]].append(_describe_item(item))
    counted = [
        f"{len(found)} {kind}{'s' if len(found) > 1 else ''} ({'; '.join(found)})"
        for kind, found in kinds.items()
        if found
    ]
    return " and ".join(counted)


def _describe_item(item: Mapping[str, Any]) -> str:
    value = item[item["type"]]
    fields: Mapping[str, Any] = value if is_object(value) else {}
    if item["type"] == "input_audio":
        return f"{fields.get('format', 'unknown format')}, {_size(fields.get('data'), 'input_audio.data')}"
    if item["type"] == "file":
        return str(fields.get("filename") or fields.get("file_id") or "without a name")
    url = str(fields.get("url", ""))
    if url.startswith("data:"):
        media_type, data = split_data_url(url, item["type"])
        return f"{media_type.split('/')[-1]}, {_count_bytes(len(data))}"
    return f"at {urlsplit(url).netloc or url}"


def split_data_url(url: str, where: str) -> Tuple[str, bytes]:
    """Return the media type and the bytes of a data URL. Raise Problem, with the target `where`, if it is not one."""
    head, _, data = url.partition(",")
    if not head.startswith("data:") or not head.endswith(";base64"):
        raise Problem.unprocessable(where, f"{where} must be a data URL in base64.")
    return head[len("data:") : -len(";base64")], _decode(data, where)


def _size(data: Any, where: str) -> str:
    return _count_bytes(len(_decode(str(data), where)))


def _decode(data: str, where: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem.unprocessable(where, f"{where} is not valid base64: {error}") from error


def _count_bytes(size: int) -> str:
    return f"{size} bytes" if size < 1000 else f"{size / 1000:.1f} kB"
