"""Chat completions of the local service: from a request's JSON to a completion, or to the events of its stream."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

from azure.ai.inference._json import is_array, is_object
from azure.ai.inference.testing.toy_model.messages import last_user_message, read_messages, text_of
from azure.ai.inference.testing.toy_model.problems import Problem
from azure.ai.inference.testing.toy_model.schema import fill_schema
from azure.ai.inference.testing.toy_model.tools import call_tool
from azure.ai.inference.testing.toy_model.wording import compose_content

_CREATED = 1767225600
_TOKEN = re.compile(r"\S+\s*|\s+")
_ARGUMENTS_DELTA_LENGTH = 12
_RANGES = {
    "frequency_penalty": (-2, 2),
    "max_tokens": (0, float("inf")),
    "n": (1, 128),
    "presence_penalty": (-2, 2),
    "temperature": (0, 1),
    "top_p": (0, 1),
}


class _Turn(NamedTuple):
    """A turn of the assistant: tokens of text, or a tool call."""

    tokens: List[str]
    tool_call: Optional[Dict[str, Any]]
    finish_reason: str
    usage: Dict[str, int]


def complete_chat(body: Mapping[str, Any], model_name: str) -> Dict[str, Any]:
    """Return the completion for a request. Raise Problem if the service would reject the request."""
    turn = _take_turn(body)
    message: Dict[str, Any] = {"role": "assistant", "content": "".join(turn.tokens)}
    if turn.tool_call is not None:
        message = {"role": "assistant", "content": None, "tool_calls": [turn.tool_call]}
    choices = [
        {"index": index, "finish_reason": turn.finish_reason, "message": message} for index in range(body.get("n") or 1)
    ]
    return {**_envelope(body, "chat.completion", model_name), "choices": choices, "usage": turn.usage}


def stream_chat(body: Mapping[str, Any], model_name: str) -> List[Dict[str, Any]]:
    """Return the same completion as events: role, tokens and finish reason of each choice, then the usage."""
    turn = _take_turn(body)
    envelope = _envelope(body, "chat.completion.chunk", model_name)
    events: List[Dict[str, Any]] = []
    for index in range(body.get("n") or 1):
        for delta in _deltas(turn):
            events.append({**envelope, "choices": [{"index": index, "finish_reason": None, "delta": delta}]})
        events.append({**envelope, "choices": [{"index": index, "finish_reason": turn.finish_reason, "delta": {}}]})
    return [*events, {**envelope, "choices": [], "usage": turn.usage}]


def _envelope(body: Mapping[str, Any], kind: str, model_name: str) -> Dict[str, Any]:
    return {
        "id": f"chatcmpl-{_digest(body)}",
        "object": kind,
        "created": _CREATED,
        "model": body.get("model") or model_name,
        "system_fingerprint": "local-service",
    }


def _deltas(turn: _Turn) -> List[Dict[str, Any]]:
    if turn.tool_call is None:
        return [{"role": "assistant", "content": ""}, *({"content": token} for token in turn.tokens)]
    function = turn.tool_call["function"]
    arguments: str = function["arguments"]
    opening = {"index": 0, **turn.tool_call, "function": {"name": function["name"], "arguments": ""}}
    deltas: List[Dict[str, Any]] = [{"role": "assistant", "content": None, "tool_calls": [opening]}]
    for start in range(0, len(arguments), _ARGUMENTS_DELTA_LENGTH):
        delta = arguments[start : start + _ARGUMENTS_DELTA_LENGTH]
        deltas.append({"tool_calls": [{"index": 0, "function": {"arguments": delta}}]})
    return deltas


def _take_turn(body: Mapping[str, Any]) -> _Turn:
    messages = read_messages(body)
    _check_ranges(body)
    prompt_tokens = sum(len(_TOKEN.findall(text_of(message))) for message in messages)
    text = text_of(last_user_message(messages))
    function = call_tool(body, text)
    if function is not None and messages[-1]["role"] != "tool":
        tool_call = {"id": f"call_{_digest(body)}", "type": "function", "function": function}
        return _Turn([], tool_call, "tool_calls", _usage(prompt_tokens, len(_TOKEN.findall(function["arguments"]))))
    content = _structured_content(body.get("response_format"), text)
    tokens = _TOKEN.findall(_cut(compose_content(messages) if content is None else content, body.get("stop")))
    allowed = body.get("max_tokens")
    if allowed is not None and len(tokens) > allowed:
        return _Turn(tokens[:allowed], None, "length", _usage(prompt_tokens, allowed))
    return _Turn(tokens, None, "stop", _usage(prompt_tokens, len(tokens)))


def _check_ranges(body: Mapping[str, Any]) -> None:
    for name, (low, high) in _RANGES.items():
        value = body.get(name)
        if value is None:
            continue
        whole = name in ("max_tokens", "n")
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not low <= value <= high:
            raise Problem.unprocessable(name, f"{name} must be a number from {low} to {high}, not {value!r}.")


def _structured_content(response_format: Any, text: str) -> Optional[str]:
    kind = response_format.get("type") if is_object(response_format) else response_format
    if kind in (None, "text"):
        return None
    if kind == "json_object":
        return json.dumps({"service": "local", "is_model": False, "you_said": text}, ensure_ascii=False)
    described = response_format.get("json_schema") if is_object(response_format) else None
    schema = described.get("schema") if is_object(described) else None
    if kind != "json_schema" or not is_object(schema):
        raise Problem.unprocessable("response_format", "response_format is not supported, or has no schema.")
    return json.dumps(fill_schema(schema, text), ensure_ascii=False)


def _cut(text: str, stop: Any) -> str:
    sequences: Any = [stop] if isinstance(stop, str) else stop or []
    if not is_array(sequences) or not all(isinstance(sequence, str) and sequence for sequence in sequences):
        raise Problem.unprocessable("stop", "stop must be a list of non-empty strings.")
    for sequence in sequences:
        text = text.partition(sequence)[0]
    return text


def _usage(prompt_tokens: int, completion_tokens: int) -> Dict[str, int]:
    return {
        "completion_tokens": completion_tokens,
        "prompt_tokens": prompt_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode("utf-8")).hexdigest()[:24]
