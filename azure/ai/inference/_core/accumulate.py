"""Updates, accumulated to one completion."""

from __future__ import annotations

from typing import Any, Dict, List, Optional


class _ToolCall:
    """The deltas of one tool call."""

    __slots__ = ("arguments", "id", "index", "name")

    def __init__(self, index: Any, call_id: Any) -> None:
        self.index = index
        self.id = call_id
        self.name: List[str] = []
        self.arguments: List[str] = []

    def whole(self) -> Dict[str, Any]:
        function = {"name": "".join(self.name), "arguments": "".join(self.arguments)}
        return {"id": self.id, "type": "function", "function": function}


class _Choice:
    """The deltas of one choice."""

    __slots__ = ("content", "finish_reason", "reasoning", "tool_calls")

    def __init__(self) -> None:
        self.content: List[str] = []
        self.reasoning: List[str] = []
        self.tool_calls: List[_ToolCall] = []
        self.finish_reason: Optional[str] = None

    def tool_call_of(self, delta: Dict[str, Any]) -> _ToolCall:
        """Return the call that a delta belongs to: by its index, else by its id, else the last one."""
        index, call_id = delta.get("index"), delta.get("id")
        for call in self.tool_calls:
            if call.index == index if index is not None else (call_id and call.id == call_id):
                call.id = call.id or call_id
                return call
        if index is None and not call_id and self.tool_calls:
            return self.tool_calls[-1]
        self.tool_calls.append(_ToolCall(index, call_id))
        return self.tool_calls[-1]

    def whole(self, index: int) -> Dict[str, Any]:
        message: Dict[str, Any] = {}
        if self.reasoning:
            message["reasoning_content"] = "".join(self.reasoning)
        if self.content:
            message["content"] = "".join(self.content)
        if self.tool_calls:
            message["tool_calls"] = [call.whole() for call in self.tool_calls]
        return {"index": index, "finish_reason": self.finish_reason, "message": message}


class Accumulator:
    """Accumulates updates to a completion in the form of a whole response.

    :param content: whether to keep texts; without them, tool calls only have their ids.
    """

    def __init__(self, *, content: bool) -> None:
        self._content = content
        self._id: Optional[str] = None
        self._model: Optional[str] = None
        self._usage: Any = None
        self._choices: Dict[int, _Choice] = {}

    def add(self, update: Dict[str, Any]) -> None:
        """Add the next update."""
        if not self._id:
            self._id = update.get("id")
        if not self._model:
            self._model = update.get("model")
        usage = update.get("usage")
        if usage is not None:
            self._usage = usage
        for choice in update.get("choices") or ():
            self._add_choice(choice)

    def _add_choice(self, update: Dict[str, Any]) -> None:
        index = update.get("index")
        if not isinstance(index, int):
            index = 0
        choice = self._choices.get(index)
        if choice is None:
            choice = self._choices[index] = _Choice()
        finish_reason = update.get("finish_reason")
        if finish_reason is not None:
            choice.finish_reason = finish_reason
        message = update.get("delta")
        if not message:
            return
        if self._content:
            _append(choice.content, message.get("content"))
            _append(choice.reasoning, message.get("reasoning_content"))
        for delta in message.get("tool_calls") or ():
            call = choice.tool_call_of(delta)
            function = delta.get("function")
            if self._content and function:
                _append(call.name, function.get("name"))
                _append(call.arguments, function.get("arguments"))

    def completion(self) -> Dict[str, Any]:
        """Return the completion so far."""
        choices = [self._choices[index].whole(index) for index in sorted(self._choices)]
        return {"id": self._id, "model": self._model, "usage": self._usage, "choices": choices}


def _append(deltas: List[str], delta: Any) -> None:
    if delta and isinstance(delta, str):
        deltas.append(delta)
