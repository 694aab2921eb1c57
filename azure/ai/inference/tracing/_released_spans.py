"""The span of the released package: its attributes and events as plain values. No I/O."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Mapping, Tuple

from azure.ai.inference.tracing._json_text import dumps
from azure.ai.inference.tracing._outcome import Outcome
from azure.ai.inference.tracing._request import Request
from azure.ai.inference.tracing._values import integer, mapping, mappings, number, plain, some, text

SYSTEM = {"gen_ai.system": "az.ai.inference"}
UNKNOWN_MODEL = "chat"

_CONTENT_OF_CALLS = {"function": ("name", "arguments"), "custom": ("name", "input")}


def request_attributes(request: Request) -> Dict[str, Any]:
    """Return the attributes of a request."""
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
    """Return the name and the content of an event for each message with a role."""
    for message in mappings(messages):
        if message.get("role"):
            yield f"gen_ai.{plain(message['role'])}.message", message


def response_attributes(outcome: Outcome) -> Dict[str, Any]:
    """Return the attributes of a response, as far as it has arrived."""
    reasons = [choice.get("finish_reason") for choice in outcome.choices]
    recorded = any(reasons) or (reasons and not outcome.is_broken)
    return some(
        {
            "gen_ai.response.id": text(outcome.response.get("id")),
            "gen_ai.response.model": text(outcome.response.get("model")),
            "gen_ai.response.finish_reasons": tuple(str(reason or "none") for reason in reasons) if recorded else None,
            "gen_ai.usage.input_tokens": integer(outcome.usage.get("prompt_tokens")),
            "gen_ai.usage.output_tokens": integer(outcome.usage.get("completion_tokens")),
        }
    )


def choice_events(outcome: Outcome, *, content: bool) -> Iterator[Dict[str, Any]]:
    """Return the content of an event for each choice. A stream has at least one, with its ending."""
    for choice in outcome.choices or ([{"index": 0}] if outcome.streamed else []):
        reason = choice.get("finish_reason") or ("error" if outcome.is_broken else "none")
        message = _message(mapping(choice.get("message")), streamed=outcome.streamed, content=content)
        event = {"finish_reason": reason, "index": choice.get("index")}
        yield {"message": message, **event} if message else event


def _message(message: Mapping[str, Any], *, streamed: bool, content: bool) -> Dict[str, Any]:
    """Return a message for an event: its content and the functions of its tool calls only with content recording."""
    event: Dict[str, Any] = {}
    written = _texts_of(message.get("content")) if streamed else message.get("content")
    if content and (written or not streamed):
        event["content"] = written
    if message.get("tool_calls"):
        calls = mappings(message["tool_calls"])
        event["tool_calls"] = [_tool_call(_known_of(call) if streamed else call, content=content) for call in calls]
    return event


def _texts_of(content: Any) -> str:
    """Return the texts of a streamed content, which may stand among other parts."""
    texts = [content] if isinstance(content, str) else [part.get("text") for part in mappings(content)]
    return "".join(text for text in texts if isinstance(text, str))


def _known_of(call: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the parts of a streamed tool call that the released package records."""
    kind = "custom" if call.get("type") == "custom" else "function"
    given = mapping(call.get(kind))
    return {"id": call.get("id"), "type": kind, kind: {name: given.get(name) or "" for name in _CONTENT_OF_CALLS[kind]}}


def _tool_call(call: Mapping[str, Any], *, content: bool) -> Dict[str, Any]:
    whole = {**call, "type": call.get("type") or "function"}
    if content:
        return whole
    for kind, content_names in _CONTENT_OF_CALLS.items():
        kept = {k: v for k, v in mapping(whole.pop(kind, None)).items() if k not in content_names}
        if kept:
            whole[kind] = kept
    return whole


def event_attributes(content: Any) -> Dict[str, str]:
    """Return the attributes of an event with this content."""
    return {**SYSTEM, "gen_ai.event.content": dumps(content)}
