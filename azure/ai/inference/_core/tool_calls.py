"""The deltas of tool calls, accumulated into whole calls."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Union

from azure.ai.inference._json import is_object

_KEYS = frozenset({"index", "id", "type", "function", "custom"})


class ToolCalls:
    """The tool calls of one message.

    :param content: whether to keep names, inputs and all else that a model wrote.
    """

    def __init__(self, *, content: bool) -> None:
        self._content = content
        self._calls: List[_ToolCall] = []
        self._by_index: Dict[Union[int, str], _ToolCall] = {}
        """The latest call of each index: some gateways number all calls 0."""
        self._by_id: Dict[str, _ToolCall] = {}

    def add(self, deltas: List[Any]) -> None:
        """Add the deltas of one update."""
        for place, delta in enumerate(deltas):
            if not is_object(delta):
                continue
            call_id = _text(delta.get("id"))
            call = self._call_of(delta, call_id, place)
            if call_id and not call.id:
                call.id = call_id
                self._by_id[call_id] = call
            call.add(delta, content=self._content)

    def _call_of(self, delta: Dict[str, Any], call_id: str, place: int) -> _ToolCall:
        """Return the call that a delta belongs to: by its index, else by its id, else the last one."""
        index = delta.get("index")
        if isinstance(index, (int, str)):
            call = self._by_index.get(index)
            if call is not None and call_id and call_id != call.id:
                other = self._by_id.get(call_id)
                if other is not None and other.index == index:
                    call = other
                elif call.is_over(delta):
                    call = None
            if call is None:
                call = self._by_index[index] = self._begin(index)
            return call
        call = self._by_id.get(call_id) if call_id else None
        if not call_id and not place and self._calls and not self._calls[-1].is_whole(delta):
            call = self._calls[-1]
        return self._begin(None) if call is None else call

    def _begin(self, index: Union[int, str, None]) -> _ToolCall:
        self._calls.append(_ToolCall(index))
        return self._calls[-1]

    def whole(self) -> List[Dict[str, Any]]:
        """Return the calls so far."""
        calls = self._calls
        if all(isinstance(call.index, int) for call in calls):
            calls = sorted(calls, key=lambda call: call.index or 0)
        return [call.whole() for call in calls]


class _ToolCall:
    """The deltas of one tool call."""

    __slots__ = ("_custom", "_fields", "_function", "_type", "id", "index")

    def __init__(self, index: Union[int, str, None]) -> None:
        self.index = index
        self.id = ""
        self._type = ""
        self._fields: Dict[str, Any] = {}
        self._function: Optional[_Called] = None
        self._custom: Optional[_Called] = None

    def add(self, delta: Dict[str, Any], *, content: bool) -> None:
        """Add a delta."""
        self._type = self._type or _text(delta.get("type"))
        function, custom = delta.get("function"), delta.get("custom")
        if is_object(function):
            self._function = self._function or _Called("arguments")
            self._function.add(function, content=content)
        if is_object(custom):
            self._custom = self._custom or _Called("input")
            self._custom.add(custom, content=content)
        if content:
            _keep_last(self._fields, delta, _KEYS)

    def is_over(self, delta: Dict[str, Any]) -> bool:
        """Return whether a delta with the same index but another id begins another call: it has a name."""
        name = _name_in(delta)
        return bool(name) and (bool(self.id) or self._has_other_name(name))

    def is_whole(self, delta: Dict[str, Any]) -> bool:
        """Return whether a delta without index and id begins another call: it has a name after arguments."""
        name, called = _name_in(delta), self._function or self._custom
        return bool(name) and called is not None and called.has_input and self._has_other_name(name)

    def _has_other_name(self, name: str) -> bool:
        called = self._function or self._custom
        return called is not None and called.has_name and not called.is_named(name)

    def whole(self) -> Dict[str, Any]:
        """Return the call so far."""
        kind = self._type or ("function" if self._custom is None else "custom")
        call: Dict[str, Any] = {"id": self.id or None, "type": kind, **self._fields}
        if self._function is not None or kind == "function":
            call["function"] = (self._function or _Called("arguments")).whole()
        if self._custom is not None or kind == "custom":
            call["custom"] = (self._custom or _Called("input")).whole()
        return call


class _Called:
    """The function or the custom tool of a call."""

    __slots__ = ("_fields", "_key", "_length", "_name", "_object", "_texts")

    def __init__(self, key: str) -> None:
        self._key = key
        self._name: List[str] = []
        self._length = 0
        self._texts: List[str] = []
        self._object: Any = None
        self._fields: Dict[str, Any] = {}

    @property
    def has_name(self) -> bool:
        return bool(self._name)

    @property
    def has_input(self) -> bool:
        return bool(self._texts or self._object)

    def is_named(self, name: str) -> bool:
        """Return whether this is the whole name so far."""
        return len(name) == self._length and name == "".join(self._name)

    def add(self, delta: Dict[str, Any], *, content: bool) -> None:
        """Add a delta. Some services repeat the whole name in each."""
        if not content:
            return
        name, value = _text(delta.get("name")), delta.get(self._key)
        if name and not self.is_named(name):
            self._name.append(name)
            self._length += len(name)
        if isinstance(value, str):
            if value:
                self._texts.append(value)
        elif is_object(value):
            self._object = value
        _keep_last(self._fields, delta, frozenset({"name", self._key}))

    def whole(self) -> Dict[str, Any]:
        """Return the function or tool so far. An empty object is a placeholder for the text that follows."""
        text = "".join(self._texts)
        value = self._object if self._object or (self._object is not None and not text) else text
        return {"name": "".join(self._name), self._key: value, **self._fields}


def _keep_last(fields: Dict[str, Any], delta: Dict[str, Any], but: Any) -> None:
    """Keep the last values of unknown keys that are not null."""
    for name, value in delta.items():
        if name not in but and (value is not None or name not in fields):
            fields[name] = value


def _name_in(delta: Dict[str, Any]) -> str:
    for key in ("function", "custom"):
        called = delta.get(key)
        if is_object(called):
            name = _text(called.get("name"))
            if name:
                return name
    return ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
