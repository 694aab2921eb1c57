"""Whole completions, cut into updates at any place, accumulate to themselves."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest
from accumulating import accumulated, message_of
from hypothesis import given
from hypothesis import strategies as st

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage
from azure.ai.inference.testing import LocalService

TEXTS = st.text(max_size=12)
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | TEXTS, lambda inner: st.lists(inner, max_size=3))
FUNCTIONS = st.builds(lambda name, arguments: {"name": f"f{name}", "arguments": arguments}, st.integers(0, 9), TEXTS)
MESSAGES = st.fixed_dictionaries(
    {"role": st.just("assistant"), "content": st.none() | TEXTS},
    optional={
        "refusal": st.none() | TEXTS,
        "reasoning_content": TEXTS,
        "annotations": st.lists(VALUES, min_size=1, max_size=3),
        "audio": st.fixed_dictionaries(
            {"id": st.just("s"), "data": TEXTS, "transcript": TEXTS, "expires_at": st.just(5)}
        ),
    },
)


@st.composite
def completions(draw: Any) -> Dict[str, Any]:
    """Draw a whole completion."""
    choices = []
    for index in range(draw(st.integers(1, 3))):
        message = draw(MESSAGES)
        functions = draw(st.lists(FUNCTIONS, max_size=3))
        if functions:
            calls = enumerate(functions)
            message["tool_calls"] = [{"id": f"c{i}", "type": "function", "function": one} for i, one in calls]
            message["content"] = message["content"] or None
        tokens = draw(st.lists(st.fixed_dictionaries({"token": TEXTS, "bytes": st.just([1])}), max_size=4))
        logprobs = {"content": tokens, "refusal": None} if tokens else None
        choices.append({"index": index, "finish_reason": "stop", "logprobs": logprobs, "message": message})
    head = {"id": "r", "object": "chat.completion", "created": 5, "model": "m", "system_fingerprint": "f"}
    return {**head, "choices": choices, "usage": {"total_tokens": 5}}


def cut(draw: Any, value: Any) -> List[Any]:
    """Return the parts of a text or list; other values stay whole."""
    if not isinstance(value, (str, list)) or not value:
        return [value]
    places = sorted({0, len(value), *draw(st.lists(st.integers(0, len(value)), max_size=3))})
    return [value[start:end] for start, end in zip(places, places[1:])]


def deltas_of(draw: Any, message: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Return the deltas of a message, each key cut by itself: first the role, at the end tool calls, in turn."""
    empty = message["content"] == "" or ((message["content"] or "tool_calls" in message) and draw(st.booleans()))
    deltas: List[Dict[str, Any]] = [{"role": message["role"], "content": "" if empty else None}]
    for name, value in message.items():
        if name == "audio":
            deltas += [{name: {"id": value["id"]}}, *({name: {"data": part}} for part in cut(draw, value["data"]))]
            deltas += [{name: {"transcript": part}} for part in cut(draw, value["transcript"])]
            deltas.append({name: {"expires_at": value["expires_at"]}})
        elif name not in ("role", "tool_calls") and not (name == "content" and not value):
            deltas += [{name: part} for part in cut(draw, value)]
    style = draw(st.sampled_from(["index", "id", "zero"]))
    for index, whole in enumerate(message.get("tool_calls") or ()):
        place = {"index": {"index": index}, "id": {}, "zero": {"index": 0}}[style]
        repeated = {"id": whole["id"]} if style == "id" else {}
        opening = {**place, "id": whole["id"], "type": "function", "function": {"name": whole["function"]["name"]}}
        deltas.append({"tool_calls": [opening]})
        for text in cut(draw, whole["function"]["arguments"]):
            deltas.append({"tool_calls": [{**place, **repeated, "function": {"arguments": text}}]})
    return deltas


def updates_of(draw: Any, completion: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Return the updates of a completion, with the deltas of its choices mixed."""
    queues = []
    for choice in completion["choices"]:
        others = {name: value for name, value in choice.items() if name not in ("index", "message", "finish_reason")}
        logprobs = others.pop("logprobs", None)
        parts: List[Dict[str, Any]] = [{"delta": one} for one in deltas_of(draw, choice["message"])]
        if logprobs is not None:
            parts += [{"logprobs": {**logprobs, "content": tokens}} for tokens in cut(draw, logprobs["content"])]
        elif "logprobs" in choice:
            parts.append({"logprobs": None})
        parts += [{name: value} for name, value in others.items()]
        parts.append({"delta": {}, "finish_reason": choice["finish_reason"]})
        queues.append([{"index": choice["index"], "finish_reason": None, **part} for part in parts])
    once = ("choices", "usage", "prompt_filter_results")
    head = {name: value for name, value in completion.items() if name not in once}
    head["object"] = "chat.completion.chunk"
    updates = []
    while any(queues):
        queue = draw(st.sampled_from([queue for queue in queues if queue]))
        together = draw(st.integers(1, 2))
        choices, queue[:together] = queue[:together], []
        updates.append({**head, "usage": None, "choices": choices})
    ends = {name: completion[name] for name in once if name in completion}
    return [*updates, {**head, **ends, "choices": []}]


@given(st.data(), completions())
def test_completions_cut_anywhere(data: Any, completion: Dict[str, Any]) -> None:
    """However a service cuts a completion and mixes its choices, the updates accumulate to all of it."""
    assert accumulated(updates_of(data.draw, completion)) == completion


@given(st.data(), st.lists(TEXTS | st.lists(st.just({"type": "thinking"}), max_size=2), min_size=1, max_size=5))
def test_contents_of_texts_and_lists(data: Any, contents: List[Any]) -> None:
    """Texts that are cut anywhere among lists of content parts accumulate to a list of all of them, in order."""
    parts: List[Any] = []
    for content in contents:
        if not isinstance(content, str):
            parts += content
        elif content and parts and parts[-1]["type"] == "text":
            parts[-1] = {"type": "text", "text": parts[-1]["text"] + content}
        elif content:
            parts.append({"type": "text", "text": content})
    whole: Any = parts
    if all(part["type"] == "text" for part in parts):
        whole = "".join(part["text"] for part in parts)
    cuts = [part for content in contents for part in (cut(data.draw, content) if content else [content])]
    assert (message_of(*({"content": part} for part in cuts))["content"] or "") == whole


@pytest.fixture(scope="module")
def wholes() -> List[Dict[str, Any]]:
    """Whole completions of the local service."""
    tool = {
        "type": "function",
        "function": {"name": "look", "parameters": {"properties": {"city": {"type": "string"}}}},
    }
    settings: List[Dict[str, Any]] = [
        {},
        {"n": 3, "logprobs": True, "top_logprobs": 2},
        {"tools": [tool], "tool_choice": "required"},
        {"tools": [tool], "tool_choice": "required", "n": 2, "model": "local-detailed"},
        {"response_format": "json_object"},
        {"model": "local-reasoner", "max_tokens": 3},
        {"model": "local-thinker", "split_reasoning": True},
        {"model": "local-detailed", "logprobs": True},
    ]
    with LocalService() as service, ChatCompletionsClient(service.endpoint, service.credential) as client:
        messages = [UserMessage("How is the weather in Paris?")]
        return [client.complete(messages=messages, **one).as_dict() for one in settings]


@given(st.data())
def test_completions_of_the_local_service_cut_anywhere(wholes: List[Dict[str, Any]], data: Any) -> None:
    """The same holds for what the local service returns."""
    completion = data.draw(st.sampled_from(wholes))
    assert accumulated(updates_of(data.draw, completion)) == completion
