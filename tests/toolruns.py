"""Responses with tool calls for the local service, tools, and runs in either world."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Sequence, Union

from worlds import World, opened, wait

from azure.ai.inference.exceptions import ToolError
from azure.ai.inference.models import ChatCompletionsCustomToolDefinition, CustomToolDefinition
from azure.ai.inference.testing import LocalService, Reply, Stream

#: A chat that asks for something.
ASK = [{"role": "user", "content": "Go"}]


def call(name: str, arguments: Any = "{}", call_id: Any = "c1") -> Dict[str, Any]:
    """Return a tool call as a service sends it."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def asks(*calls: Any, finish_reason: str = "tool_calls", **message: Any) -> Reply:
    """Return a response with tool calls."""
    return whole({"content": None, "tool_calls": [*calls], **message}, finish_reason)


def says(content: Any = "Done.", finish_reason: str = "stop", **message: Any) -> Reply:
    """Return a response with a text."""
    return whole({"content": content, **message}, finish_reason)


def whole(message: Dict[str, Any], finish_reason: str) -> Reply:
    """Return a response with one choice."""
    choice = {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", **message}}
    usage = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}
    return Reply(body={"id": "r", "created": 1, "model": "m", "choices": [choice], "usage": usage})


def streamed(reply: Reply, **options: Any) -> Stream:
    """Return the same response as a stream: its text by character, its calls in two updates each, and its usage."""
    body: Dict[str, Any] = reply.body
    (choice,) = body["choices"]
    message = choice["message"]
    deltas: List[Dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": character} for character in message["content"] or ""]
    for index, one in enumerate(message.get("tool_calls", ())):
        function = {**one["function"], "arguments": ""}
        deltas.append({"tool_calls": [{**one, "index": index, "function": function}]})
        deltas.append({"tool_calls": [{"index": index, "function": {"arguments": one["function"]["arguments"]}}]})
    head = {"id": body["id"], "created": 1, "model": body["model"]}
    events = [{**head, "choices": [{"index": 0, "finish_reason": None, "delta": delta}]} for delta in deltas]
    events.append({**head, "choices": [{"index": 0, "finish_reason": choice["finish_reason"], "delta": {}}]})
    events.append({**head, "choices": [], "usage": body["usage"]})
    return Stream(events, **options)


def result(content: str, call_id: str = "c1") -> Dict[str, Any]:
    """Return the message with the result of a call."""
    return {"role": "tool", "content": content, "tool_call_id": call_id}


def assistant(*calls: Any, **message: Any) -> Dict[str, Any]:
    """Return the message with calls as it goes into the chat."""
    return {"role": "assistant", **message, "tool_calls": [*calls]}


def bodies(service: LocalService) -> List[Dict[str, Any]]:
    """Return the JSON of all requests."""
    return [json.loads(request.body) for request in service.requests]


def histories(service: LocalService) -> List[Any]:
    """Return the messages of all requests."""
    return [body["messages"] for body in bodies(service)]


async def run(
    world: World, service: LocalService, tools: Sequence[Any], *replies: Union[Reply, Stream, Any], **options: Any
) -> Any:
    """Return the run of a chat with tools, for which the service has these responses."""
    client_options = options.pop("client_options", {})
    service.answer(*replies)
    client = world.ChatCompletionsClient(service.endpoint, service.credential, retry_total=0, **client_options)
    async with opened(client):
        return await wait(client.run_tools(**{"messages": ASK, "tools": tools, **options}))


ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add two numbers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer", "default": 1}},
            "required": ["a"],
            "additionalProperties": False,
        },
    },
}


DEFINED = {"type": "function", "function": {"name": "defined"}}


def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


def nothing() -> None:
    """Do nothing."""


def broken(text: str = "") -> str:
    """Raise an error."""
    raise {"tool": ToolError, "value": ValueError, "stop": StopIteration, "exit": SystemExit}.get(text, KeyError)(text)


CUSTOM = ChatCompletionsCustomToolDefinition(custom=CustomToolDefinition(name="shell"))
