"""The sentences of the local service. They use the user's own words, and say that no model wrote them."""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any, Dict, List, Mapping

from ._messages import Message, describe_attachments, last_user_message, text_of

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_INTRODUCTION = "I am the local test service, not a model"


def compose_reply(messages: List[Message]) -> str:
    """A friendly answer to a conversation: about tool results if it ends with them, else about the user's words."""
    if messages[-1]["role"] == "tool":
        return _reply_to_tools(messages)
    user = last_user_message(messages)
    said = text_of(user)
    words = _WORD.findall(said)
    sentences: List[str] = []
    if words:
        longest = max(words, key=len)
        sentences.append(f"You said “{_shorten(said)}”.")
        sentences.append(
            f"{_INTRODUCTION}, so I can only give your words back: {_count(words)}, “{longest}” the longest."
        )
    else:
        sentences.append(f"{_INTRODUCTION}, and I found no words of yours to give back.")
    attachments = describe_attachments(user)
    if attachments:
        sentences.append(f"With them came {attachments}." if words else f"But I received {attachments}.")
    for message in messages:
        if message["role"] in ("developer", "system"):
            sentences.append(f"My instructions read “{_shorten(text_of(message))}”.")
    turns = sum(message["role"] == "user" for message in messages)
    if turns > 1:
        sentences.append(f"This was your message number {turns}.")
    return " ".join(sentences)


def _reply_to_tools(messages: List[Message]) -> str:
    names = _called_functions(messages)
    sentences: List[str] = []
    question = text_of(last_user_message(messages))
    if question:
        sentences.append(f"You asked “{_shorten(question)}”.")
    last_call = max((place for place, message in enumerate(messages) if message["role"] != "tool"), default=-1)
    for message in messages[last_call + 1 :]:
        name = names.get(str(message.get("tool_call_id")), "The tool")
        sentences.append(f"{name} answered: {_describe_result(text_of(message))}.")
    sentences.append(f"{_INTRODUCTION}, but I am glad to pass that on.")
    return " ".join(sentences)


def _called_functions(messages: List[Message]) -> Dict[str, str]:
    calls = [call for message in messages for call in message.get("tool_calls") or []]
    return {str(call.get("id")): str(call.get("function", {}).get("name", "The tool")) for call in calls}


def _describe_result(text: str) -> str:
    try:
        return _describe_value(json.loads(text))
    except ValueError:
        return text.rstrip(".")


def _describe_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_describe_value(entry)}" for name, entry in value.items())
    if isinstance(value, list):
        return ", ".join(_describe_value(entry) for entry in value)
    return value if isinstance(value, str) else json.dumps(value)


def _shorten(text: str) -> str:
    return textwrap.shorten(text, 300, placeholder=" …")


def _count(words: List[str]) -> str:
    return "one word" if len(words) == 1 else f"{len(words)} words"
