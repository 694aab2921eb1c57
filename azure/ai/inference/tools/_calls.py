"""The tool calls in the message of a model, and the message as it goes into the chat. No I/O."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping as MappingABC
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple, cast

from azure.ai.inference import _json
from azure.ai.inference.tools._run import ToolCall

#: Keys of a message that models need back when they reason between tool calls.
_REASONING = ("reasoning_content", "reasoning_details")


class ReadCall(NamedTuple):
    """A tool call as the model wrote it."""

    call: ToolCall
    wire: Mapping[str, Any]
    """The call as it goes into the chat."""
    is_custom: bool
    """Whether it calls a custom tool, whose input is text."""
    problem: Optional[str] = None
    """The reason why its arguments cannot be parsed."""
    is_blank: bool = False
    """Whether its arguments are an empty text."""

    @property
    def is_cut_off(self) -> bool:
        """Whether its arguments are incomplete, if the message was cut off."""
        return self.problem is not None or self.is_blank


def read_calls(message: Mapping[str, Any], made_in: int) -> List[ReadCall]:
    """Return the tool calls of a message. Nothing that a model writes there is an error.

    :param made_in: the number of the round, for the ids of calls that have none.
    """
    calls: Any = message.get("tool_calls")
    found = [_object(call) for call in calls if isinstance(call, MappingABC)] if _json.is_array(calls) else []
    return [_read_call(call, f"call_{made_in}_{position}") for position, call in enumerate(found)]


def _read_call(given: Mapping[str, Any], made_id: str) -> ReadCall:
    call_id = _text(given.get("id")) or made_id
    custom = _object(given.get("custom"))
    if given.get("type") == "custom" or (custom and not given.get("function")):
        call = ToolCall(call_id, _text(custom.get("name")), {"input": _text(custom.get("input"))})
        return ReadCall(call, {**given, "id": call_id}, is_custom=True)
    function = _object(given.get("function"))
    name = _text(function.get("name"))
    given_arguments = function.get("arguments")
    text, arguments, problem = _read_arguments(given_arguments)
    is_blank = isinstance(given_arguments, str) and not given_arguments.strip()
    wire = {"id": call_id, "type": "function", "function": {"name": name, "arguments": text}}
    return ReadCall(ToolCall(call_id, name, arguments), wire, is_custom=False, problem=problem, is_blank=is_blank)


def _read_arguments(given: Any) -> Tuple[str, Mapping[str, Any], Optional[str]]:
    """Return arguments as text and as JSON values, and the reason if they are not an object."""
    text = given if isinstance(given, str) else json.dumps(given, default=dict, ensure_ascii=False)
    if text.strip() in ("", "null"):
        return "{}", {}, None
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError) as error:
        return text, {}, f"The arguments are not valid JSON: {error}."
    if _json.is_object(arguments):
        return text, arguments, None
    return text, {}, f"The arguments must be a JSON object, not {_json.kind_of(arguments)}."


def assistant_message(message: Mapping[str, Any], calls: List[ReadCall]) -> Dict[str, Any]:
    """Return the message of a model as it goes into the chat, with only the keys that services accept there."""
    kept: Dict[str, Any] = {"role": "assistant"}
    content = message.get("content")
    if content and isinstance(content, (str, list)):
        kept["content"] = content
    if calls:
        kept["tool_calls"] = [call.wire for call in calls]
        kept.update((name, message[name]) for name in _REASONING if message.get(name))
    return kept


def unanswered(messages: List[Mapping[str, Any]]) -> List[ReadCall]:
    """Return the calls without a result in the assistant's message at the end of a chat.

    Only the results of its other calls may follow it. If calls have no id, they get one, in a copy of the message.
    """
    answered: Counter[str] = Counter()
    for position in range(len(messages) - 1, -1, -1):
        message = messages[position]
        if message.get("role") == "tool":
            answered[_text(message.get("tool_call_id"))] += 1
            continue
        calls = read_calls(message, 0) if message.get("role") == "assistant" else []
        left: List[ReadCall] = []
        for call in calls:
            answered[call.call.id] -= 1
            if answered[call.call.id] < 0:
                left.append(call)
        if left and not all(_text(call.get("id")) for call in message["tool_calls"]):
            messages[position] = {**message, "tool_calls": [call.wire for call in calls]}
        return left
    return []


def _object(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, MappingABC) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
