"""Updates, accumulated into one completion."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, cast

from azure.ai.inference import _deep
from azure.ai.inference._core.tool_calls import ToolCalls
from azure.ai.inference._json import is_array, is_object, type_of
from azure.ai.inference.models._texts import index_of, item_of, update_text

#: Keys of a response whose first value is kept; of other keys, the last value is.
_FIRST_OF_RESPONSE = frozenset({"id", "model", "created"})
#: Texts of a delta that are never split.
_FIRST_OF_DELTA = frozenset({"role", "id", "type", "format"})
_NO_CONTENT = frozenset({"id", "model", "usage"})
#: Keys of a choice that are built here.
_OURS = frozenset({"index", "message"})


class _Texts(List[str]):
    """The parts of a text."""


class _Items(List[Any]):
    """A list of our own, to which the lists of further updates are added."""


class _Object(Dict[str, Any]):
    """An object of our own, into which the objects of further updates are merged."""


class Accumulator:
    """Accumulates updates into a completion in the form of a whole response. It accepts any JSON.

    :param content: whether to keep texts and all else that a model wrote; without it, only the ids of the response and
        its tool calls, the finish reasons and the usage are kept.
    """

    def __init__(self, *, content: bool) -> None:
        self._content = content
        self._fields: Dict[str, Any] = {}
        self._settled = {"object"}
        """Keys whose value is final."""
        self._choices: Dict[int, _Choice] = {}
        self._followed: Dict[int, List[str]] = {}
        """The texts of the choices that are followed."""

    def add(self, update: Mapping[str, Any]) -> None:
        """Add the next update."""
        fields, settled = self._fields, self._settled
        for name, value in update.items():
            if name in settled:
                continue
            if name == "choices":
                fields.setdefault(name)
                for choice in value if type_of(value) is list else ():
                    if type_of(choice) is dict:
                        self._choice_at(index_of(choice)).add(choice)
            elif self._content or name in _NO_CONTENT:
                if value is None:
                    fields.setdefault(name)
                    continue
                fields[name] = value
                if value and name in _FIRST_OF_RESPONSE:
                    settled.add(name)
        for index, texts in self._followed.items():
            texts.append(update_text(update, index))

    def _choice_at(self, index: int) -> _Choice:
        choice = self._choices.get(index)
        if choice is None:
            choice = self._choices[index] = _Choice(content=self._content)
        return choice

    def follow(self, index: int) -> Sequence[str]:
        """Return the texts of a choice so far. Further ones will be appended."""
        texts = self._followed.get(index)
        if texts is None:
            choice = self._choices.get(index)
            texts = self._followed[index] = [] if choice is None else choice.texts()
        return texts

    def completion(self) -> Dict[str, Any]:
        """Return the completion so far. It shares nothing mutable with updates and other completions."""
        choices = [{"index": index, **self._choices[index].whole()} for index in sorted(self._choices)]
        completion = {**self._fields, "object": "chat.completion", "choices": choices}
        return cast("Dict[str, Any]", _deep.copy(completion, _joined))


class _Choice:
    """The parts of one choice."""

    __slots__ = ("_content", "_fields", "_message", "_tool_calls")

    def __init__(self, *, content: bool) -> None:
        self._content = content
        self._fields: Dict[str, Any] = {"finish_reason": None}
        self._message: Dict[str, Any] = {}
        self._tool_calls: Optional[ToolCalls] = None

    def add(self, choice: Dict[str, Any]) -> None:
        """Add the part of an update."""
        fields = self._fields
        for name, value in choice.items():
            if name == "delta":
                if type_of(value) is dict:
                    self._add_delta(value)
            elif name == "finish_reason":
                if value is not None:
                    fields[name] = value
            elif self._content and name not in _OURS:
                _merge(fields, name, value, _replace)

    def _add_delta(self, delta: Dict[str, Any]) -> None:
        message = self._message
        for name, value in delta.items():
            known: Any = message.get(name)
            if type_of(known) is _Texts and type_of(value) is str:
                known.append(value)
            elif name == "tool_calls":
                if value and type_of(value) is list:
                    self._tool_calls = self._tool_calls or ToolCalls(content=self._content)
                    self._tool_calls.add(value)
            elif self._content:
                _merge(message, name, value, _join)

    def texts(self) -> List[str]:
        """Return the texts that came as content so far, also those between its items."""
        content: Any = self._message.get("content")
        if isinstance(content, str):
            return [content]
        if type_of(content) is _Texts:
            return [*content]
        items: List[Any] = [item for item in content if type_of(item) is _Object] if is_array(content) else []
        return [text for item in items for text in item["text"]]

    def whole(self) -> Dict[str, Any]:
        """Return the choice so far."""
        message: Dict[str, Any] = {"content": None, **self._message}
        calls = [] if self._tool_calls is None else self._tool_calls.whole()
        if calls:
            message["tool_calls"] = calls
            if _joined(message["content"]) in ("", []):
                message["content"] = None
        return {**self._fields, "message": message}


#: Returns the new value of a key, given its name, its value so far, and the next value, which is not null.
_Rule = Callable[[str, Any, Any], Any]


def _merge(target: Dict[str, Any], name: str, value: Any, rule: _Rule) -> None:
    """Merge a value into an object of our own: objects key by key, lists by appending."""
    pending = [(target, name, value)]
    while pending:
        target, name, value = pending.pop()
        known = target.get(name)
        if value is None:
            target.setdefault(name)
        elif known is None:
            target[name] = value
        elif is_object(value) and is_object(known):
            if type_of(known) is not _Object:
                target[name] = known = _Object(known)
            pending.extend((known, key, value[key]) for key in value)
        elif is_array(value) and is_array(known) and type_of(known) is not _Texts:
            if type_of(known) is not _Items:
                target[name] = known = _Items(known)
            known.extend(value)
        else:
            target[name] = rule(name, known, value)


def _replace(_name: str, _known: Any, value: Any) -> Any:
    """Keep the last value."""
    return value


def _join(name: str, known: Any, value: Any) -> Any:
    """Join texts, and texts with lists; keep the last number. Drop other values whose type differs from the first."""
    if type_of(value) is str:
        return _with_text(name, known, value)
    if type_of(value) is list and type_of(known) in (str, _Texts) and name not in _FIRST_OF_DELTA:
        return _with_items(name, known, value)
    kept: Any = known
    return kept if isinstance(known, (str, list, dict)) or isinstance(value, (list, dict)) else value


def _with_text(name: str, known: Any, value: str) -> Any:
    if type_of(known) is _Texts:
        known.append(value)
    elif type_of(known) is str:
        return _Texts([known, value]) if name not in _FIRST_OF_DELTA else known or value
    elif is_array(known) and value:
        return _with_last_text(name, known, value) if known else value
    return known


def _with_last_text(name: str, known: List[Any], value: str) -> _Items:
    """Add a text to a list, or to the text at the end of it."""
    items = known if type(known) is _Items else _Items(known)
    last = items[-1]
    texts = last["text"] if type_of(last) is _Object else last
    if type_of(texts) is _Texts:
        texts.append(value)
    else:
        items.append(_item(name, [value]))
    return items


def _with_items(name: str, known: Any, value: List[Any]) -> Any:
    """Add the items of a list to a text, which becomes an item too."""
    if not value:
        return known
    text = [known] if type_of(known) is str else known
    return _Items([_item(name, text), *value] if any(text) else value)


def _item(name: str, text: List[str]) -> Any:
    item = item_of(name, _Texts(text))
    return _Object(item) if is_object(item) else item


def _joined(value: Any) -> Any:
    return "".join(value) if type_of(value) is _Texts else value
