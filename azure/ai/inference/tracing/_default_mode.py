"""The span that dashboards know from the released package: its attributes and events as plain values. No I/O."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Mapping, Tuple

from azure.ai.inference.tracing._json_text import dumps
from azure.ai.inference.tracing._outcome import Outcome
from azure.ai.inference.tracing._request import Request
from azure.ai.inference.tracing._values import integer, mapping, mappings, number, plain, some, text

SYSTEM = {"gen_ai.system": "az.ai.inference"}
UNKNOWN_MODEL = "chat"


def request_attributes(request: Request) -> Dict[str, Any]:
    """The attributes that are known before the call."""
    body = request.body
    return some(
        {
            "gen_ai.operation.name": request.operation,
            **SYSTEM,
            "gen_ai.request.model": request.model or UNKNOWN_MODEL,
            "gen_ai.request.max_tokens": number(body.get("max_tokens")),
            "gen_ai.request.temperature": number(body.get("temperature")),
            "gen_ai.request.top_p": number(body.get("top_p")),
            "server.address": request.address,
            "server.port": request.port,
        }
    )


def message_events(messages: Any) -> Iterator[Tuple[str, Any]]:
    """Name and content of an event for each message that has a role."""
    for message in mappings(messages):
        if message.get("role"):
            yield f"gen_ai.{plain(message['role'])}.message", message


def answer_attributes(outcome: Outcome) -> Dict[str, Any]:
    """The attributes that an answer, or what has come of it, adds."""
    reasons = [choice.get("finish_reason") for choice in outcome.choices]
    told = any(reasons) or (reasons and not outcome.is_broken)
    return some(
        {
            "gen_ai.response.id": text(outcome.answer.get("id")),
            "gen_ai.response.model": text(outcome.answer.get("model")),
            "gen_ai.response.finish_reasons": tuple(str(reason or "none") for reason in reasons) if told else None,
            "gen_ai.usage.input_tokens": integer(outcome.usage.get("prompt_tokens")),
            "gen_ai.usage.output_tokens": integer(outcome.usage.get("completion_tokens")),
        }
    )


def choice_events(outcome: Outcome, *, content: bool) -> Iterator[Dict[str, Any]]:
    """The content of an event for each choice. A stream has at least one, which tells how it ended."""
    for choice in outcome.choices or ([{"index": 0}] if outcome.streamed else []):
        reason = choice.get("finish_reason") or ("error" if outcome.is_broken else "none")
        message = _message(mapping(choice.get("message")), streamed=outcome.streamed, content=content)
        event = {"finish_reason": reason, "index": choice.get("index")}
        yield {"message": message, **event} if message else event


def _message(message: Mapping[str, Any], *, streamed: bool, content: bool) -> Dict[str, Any]:
    """What an event says of a message: its content, if it may; and its tool calls, with the functions if it may."""
    said: Dict[str, Any] = {}
    if content and (message.get("content") or not streamed):
        said["content"] = message.get("content")
    if message.get("tool_calls"):
        said["tool_calls"] = [_tool_call(call, content=content) for call in mappings(message["tool_calls"])]
    return said


def _tool_call(call: Mapping[str, Any], *, content: bool) -> Dict[str, Any]:
    whole = {**call, "type": call.get("type") or "function"}
    if content:
        return whole
    function = {k: v for k, v in mapping(whole.pop("function", None)).items() if k not in ("name", "arguments")}
    return {**whole, "function": function} if function else whole


def event_attributes(content: Any) -> Dict[str, str]:
    """The attributes of an event with this content."""
    return {**SYSTEM, "gen_ai.event.content": dumps(content)}
