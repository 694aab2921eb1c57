"""One turn of the assistant: reasoning and text in tokens, or a tool call, within the limits of the request."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

from azure.ai.inference._json import is_array, is_object
from azure.ai.inference.testing.toy_model.facts import Facts
from azure.ai.inference.testing.toy_model.messages import Message, last_user_message, read_messages, text_of
from azure.ai.inference.testing.toy_model.problems import Problem
from azure.ai.inference.testing.toy_model.schema import fill_schema
from azure.ai.inference.testing.toy_model.tools import call_tool
from azure.ai.inference.testing.toy_model.traits import Traits
from azure.ai.inference.testing.toy_model.wording import compose_content, compose_reasoning

_TOKEN = re.compile(r"\S+\s*|\s+")
_RANGES = {
    "frequency_penalty": (-2, 2),
    "max_completion_tokens": (0, float("inf")),
    "max_tokens": (0, float("inf")),
    "n": (1, 128),
    "presence_penalty": (-2, 2),
    "temperature": (0, 1),
    "top_logprobs": (0, 20),
    "top_p": (0, 1),
}
_WHOLE = ("max_completion_tokens", "max_tokens", "n", "top_logprobs")


class Turn(NamedTuple):
    """A turn of the assistant: tokens of reasoning and of text, and perhaps a tool call."""

    reasoning: List[str]
    tokens: List[str]
    tool_call: Optional[Dict[str, Any]]
    finish_reason: str
    usage: Dict[str, int]


def take_turn(body: Mapping[str, Any], traits: Traits, highest_temperature: float) -> Turn:
    """Return the turn that follows the messages of a request. Raise Problem if the service would reject it."""
    messages = read_messages(body)
    _check_ranges(body, highest_temperature)
    if traits.hidden_reasoning:
        _check_supported(body)
    prompt_tokens = sum(len(_TOKEN.findall(text_of(message))) for message in messages)
    text = text_of(last_user_message(messages))
    reasons = traits.reasons and body.get("reasoning_effort") != "none"
    thoughts = compose_reasoning(messages) if reasons else ""
    tags = f"<think>\n{thoughts}\n</think>\n\n" if thoughts and traits.reasoning_tags else ""
    reasoning = [] if tags else _TOKEN.findall(thoughts)
    called = call_tool(body, text)
    if called is not None and messages[-1]["role"] != "tool":
        tool_call = {"id": f"call_{digest_of(body)}", **called}
        written = called[called["type"]]
        count = len(reasoning) + len(_TOKEN.findall(tags + str(written.get("arguments", written.get("input")))))
        return Turn(reasoning, _TOKEN.findall(tags), tool_call, "tool_calls", _usage(prompt_tokens, count))
    content = _structured_content(body.get("response_format"), text, _facts_in(messages))
    content = compose_content(messages) if content is None else content
    tokens = _TOKEN.findall(tags + _cut(content, body.get("stop")))
    return _within_limit(reasoning, tokens, prompt_tokens, body)


def digest_of(body: Mapping[str, Any]) -> str:
    """Return a digest of a request, for ids that equal requests share."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode("utf-8")).hexdigest()[:24]


def _within_limit(reasoning: List[str], tokens: List[str], prompt_tokens: int, body: Mapping[str, Any]) -> Turn:
    written = len(reasoning) + len(tokens)
    limits = [body[name] for name in ("max_completion_tokens", "max_tokens") if body.get(name) is not None]
    allowed: int = min([written, *limits])
    kept = tokens[: max(allowed - len(reasoning), 0)]
    finish_reason = "stop" if allowed == written else "length"
    return Turn(reasoning[:allowed], kept, None, finish_reason, _usage(prompt_tokens, allowed))


def _check_ranges(body: Mapping[str, Any], highest_temperature: float) -> None:
    for name, (low, high) in {**_RANGES, "temperature": (0, highest_temperature)}.items():
        value = body.get(name)
        if value is None:
            continue
        whole = name in _WHOLE
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not low <= value <= high:
            raise Problem.unprocessable(name, f"{name} must be a number from {low} to {high}, not {value!r}.")


def _check_supported(body: Mapping[str, Any]) -> None:
    if body.get("max_tokens") is not None:
        message = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        )
        raise Problem.unsupported("unsupported_parameter", "max_tokens", message)
    temperature = body.get("temperature")
    if temperature not in (None, 1):
        message = (
            f"Unsupported value: 'temperature' does not support {temperature} with this model. "
            "Only the default (1) value is supported."
        )
        raise Problem.unsupported("unsupported_value", "temperature", message)


def _facts_in(messages: List[Message]) -> Facts:
    return Facts(text_of(message) for message in messages if message["role"] == "tool")


def _structured_content(response_format: Any, text: str, facts: Facts) -> Optional[str]:
    kind = response_format.get("type") if is_object(response_format) else response_format
    if kind in (None, "text"):
        return None
    if kind == "json_object":
        return json.dumps({"service": "local", "is_model": False, "you_said": text}, ensure_ascii=False)
    described = response_format.get("json_schema") if is_object(response_format) else None
    schema = described.get("schema") if is_object(described) else None
    if kind != "json_schema" or not is_object(schema):
        raise Problem.unprocessable("response_format", "response_format is not supported, or has no schema.")
    name = str(described.get("name") or "") if is_object(described) else ""
    return json.dumps(fill_schema(schema, text, name=name, facts=facts), ensure_ascii=False)


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
