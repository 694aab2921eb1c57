"""The sentences of the local service. They use the user's own words, and state that no model wrote them."""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any, Dict, List

from azure.ai.inference._json import is_array, is_object
from azure.ai.inference.testing.toy_model.messages import Message, describe_attachments, last_user_message, text_of

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_INTRODUCTION = "I am the local test service, not a model"


def compose_content(messages: List[Message]) -> str:
    """Compose the content of a completion, about final tool results if there are any, else about the user's words."""
    if messages[-1]["role"] == "tool":
        return _compose_tool_results(messages)
    user = last_user_message(messages)
    said = text_of(user)
    words = _WORD.findall(said)
    sentences: List[str] = []
    if words:
        sentences.append(f"“{_shorten(said)}” – that is {_count(words)}.")
        sentences.append(f"{_INTRODUCTION}, so I know no more about it than that.")
    else:
        sentences.append(f"{_INTRODUCTION}, and found no words of yours to count.")
    attachments = describe_attachments(user)
    if attachments:
        sentences.append(f"With your message came {attachments}.")
    for message in messages:
        if message["role"] in ("developer", "system"):
            sentences.append(f"My instructions: “{_shorten(text_of(message))}”")
    turns = sum(message["role"] == "user" for message in messages)
    if turns > 1:
        sentences.append(f"This was your message number {turns}.")
    return " ".join(sentences)


def compose_reasoning(messages: List[Message]) -> str:
    """Compose the reasoning ahead of a completion."""
    if messages[-1]["role"] == "tool":
        return "The tools have answered. I pass on their results."
    said = text_of(last_user_message(messages))
    return f"The user wrote “{_shorten(said)}”. I am not a model, so I can only count and repeat words."


def _compose_tool_results(messages: List[Message]) -> str:
    names = _called_functions(messages)
    sentences: List[str] = []
    question = text_of(last_user_message(messages))
    if question:
        sentences.append(f"You asked: “{_shorten(question)}”")
    last_call = max((place for place, message in enumerate(messages) if message["role"] != "tool"), default=-1)
    for message in messages[last_call + 1 :]:
        name = names.get(message.get("tool_call_id", ""), "The tool")
        sentences.append(f"{name} answered: {_describe_result(text_of(message))}.")
    sentences.append(f"{_INTRODUCTION}, but I am glad to pass that on.")
    return " ".join(sentences)


def _called_functions(messages: List[Message]) -> Dict[str, str]:
    names: Dict[str, str] = {}
    for message in messages:
        calls: List[Dict[str, Any]] = message.get("tool_calls") or []
        names.update((call["id"], (call.get("function") or call["custom"])["name"]) for call in calls)
    return names


def _describe_result(text: str) -> str:
    try:
        return _describe_value(json.loads(text))
    except ValueError:
        return text.rstrip(".")


def _describe_value(value: Any) -> str:
    if is_object(value):
        return ", ".join(f"{name} {_describe_value(entry)}" for name, entry in value.items())
    if is_array(value):
        return ", ".join(_describe_value(entry) for entry in value)
    return value if isinstance(value, str) else json.dumps(value)


def _shorten(text: str) -> str:
    return textwrap.shorten(text, 300, placeholder=" …")


def _count(words: List[str]) -> str:
    if len(words) == 1:
        return "one word"
    return f"{len(words)} words, “{max(words, key=len)}” the longest of them"
