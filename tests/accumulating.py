"""Updates, deltas and tool calls, and the completions that they add up to."""

from __future__ import annotations

import copy
from typing import Any, Dict, List, Optional

from azure.ai.inference._core.accumulate import Accumulator


def accumulated(updates: List[Any], *, content: bool = True) -> Dict[str, Any]:
    """Return the completion that updates add up to. They stay unchanged."""
    accumulator, before = Accumulator(content=content), copy.deepcopy(updates)
    for update in updates:
        accumulator.add(update)
    completion = accumulator.completion()
    assert updates == before
    assert accumulator.completion() == completion
    return completion


def delta(delta: Any, index: Any = 0, **fields: Any) -> Dict[str, Any]:
    """Return an update with one delta."""
    return {"choices": [{"index": index, "delta": delta, **fields}]}


def message_of(*deltas: Any) -> Dict[str, Any]:
    """Return the message that the deltas of one choice add up to."""
    (choice,) = accumulated([delta(one) for one in deltas])["choices"]
    assert (choice["index"], choice["finish_reason"]) == (0, None)
    message: Dict[str, Any] = choice["message"]
    return message


def part(
    index: Any = None, call_id: Any = None, name: Any = None, arguments: Any = None, **more: Any
) -> Dict[str, Any]:
    """Return a delta of a tool call, with the given keys."""
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    head = {key: value for key, value in (("index", index), ("id", call_id)) if value is not None}
    return {**head, **({"function": function} if function else {}), **more}


def call(call_id: Optional[str], name: str, arguments: Any, **more: Any) -> Dict[str, Any]:
    """Return a whole tool call."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}, **more}
