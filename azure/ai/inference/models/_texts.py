"""The texts of completions and updates: the contents of one choice."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from typing import Any, Mapping, Sequence

from typing_extensions import TypeGuard

from azure.ai.inference._json import is_array

Object = Mapping[str, Any]


def index_of(choice: Object) -> int:
    """Return the index of a choice; 0 if it has none."""
    index = choice.get("index")
    return index if type(index) is int else 0


def completion_text(completion: Object) -> str:
    """Return the content of the choice with the index 0, else of the first; an empty text if there is none."""
    choices = [choice for choice in _items(completion.get("choices")) if _is_object(choice)]
    chosen = next((choice for choice in choices if choice.get("index") == 0), choices[0] if choices else {})
    return _content(chosen.get("message"))


def update_text(update: Object, choice_index: int = 0) -> str:
    """Return the next text of one choice; an empty text if the update has none."""
    text = ""
    for choice in _items(update.get("choices")):
        if _is_object(choice) and index_of(choice) == choice_index:
            text += _content(choice.get("delta"))
    return text


def item_of(name: str, text: Any) -> Any:
    """Return a text as an item of the list under this key of a message: of the content, as a text part."""
    return {"type": "text", "text": text} if name == "content" else text


def _content(message: Any) -> str:
    content = message.get("content") if _is_object(message) else None
    return content if isinstance(content, str) else ""


def _items(choices: Any) -> Sequence[Any]:
    return choices if is_array(choices) else ()


def _is_object(value: Any) -> TypeGuard[Object]:
    """Return whether a value is an object, as JSON or as a model."""
    return type(value) is dict or isinstance(value, MappingABC)
