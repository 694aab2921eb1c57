"""Chat completions of the local service: from a request's JSON to a completion, or to the events of its stream."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from azure.ai.inference._json import is_object
from azure.ai.inference.testing.toy_model.details import (
    COMPLETION_FILTERS,
    PROMPT_FILTERS,
    logprobs_of,
    service_tier_of,
    usage_details,
)
from azure.ai.inference.testing.toy_model.traits import Traits, traits_of
from azure.ai.inference.testing.toy_model.turn import Turn, digest_of, take_turn

CREATED = 1767225600
_ARGUMENTS_DELTA_LENGTH = 12

Delta = Tuple[Dict[str, Any], Optional[str]]
"""A delta, and the token of content in it."""


class Rules(NamedTuple):
    """The rules of a route for chat completions."""

    highest_temperature: float = 1
    usage_on_request: bool = False
    """Whether a stream has usage only if `stream_options` asks for it."""
    detailed: bool = False
    """Whether all completions have every field that services send today."""
    deployment: Optional[str] = None
    """The deployment in the path, which takes the place of the model in the body."""


def complete_chat(body: Mapping[str, Any], model_name: str, rules: Optional[Rules] = None) -> Dict[str, Any]:
    """Return the completion for a request. Raise Problem if the service would reject the request."""
    writer = _Writer(body, model_name, rules or Rules())
    return writer.completion()


def stream_chat(body: Mapping[str, Any], model_name: str, rules: Optional[Rules] = None) -> List[Dict[str, Any]]:
    """Return the same completion as events: role, tokens and finish reason of each choice, then the usage."""
    writer = _Writer(body, model_name, rules or Rules())
    return writer.events()


class _Writer:
    """Writes the response to one request."""

    def __init__(self, body: Mapping[str, Any], model_name: str, rules: Rules) -> None:
        self._body = body
        self._rules = rules
        self._model = body.get("model") or model_name
        self._traits: Traits = traits_of(rules.deployment or self._model)
        self._detailed = rules.detailed or self._traits.detailed
        self._turn: Turn = take_turn(body, self._traits, rules.highest_temperature)

    def completion(self) -> Dict[str, Any]:
        turn = self._turn
        has_reasoning = bool(turn.reasoning) and self._traits.reasoning_field
        message: Dict[str, Any] = {
            "role": "assistant",
            "content": None if turn.tool_call is not None and not turn.tokens else "".join(turn.tokens),
            **({"reasoning_content": "".join(turn.reasoning)} if has_reasoning else {}),
            **({"tool_calls": [turn.tool_call]} if turn.tool_call is not None else {}),
            **({"refusal": None, "annotations": []} if self._detailed else {}),
        }
        choices = [
            self._choice(index, turn.finish_reason, {"message": message}, turn.tokens) for index in range(self._count())
        ]
        filters = {"prompt_filter_results": PROMPT_FILTERS} if self._detailed else {}
        return {**self._envelope("chat.completion"), **filters, "choices": choices, "usage": self._usage()}

    def events(self) -> List[Dict[str, Any]]:
        options = self._body.get("stream_options")
        asked_for = is_object(options) and options.get("include_usage") is True
        envelope = self._envelope("chat.completion.chunk")
        waiting: Dict[str, Any] = {"usage": None} if self._rules.usage_on_request and asked_for else {}
        events: List[Dict[str, Any]] = []
        if self._detailed:
            events.append({**envelope, "choices": [], "prompt_filter_results": PROMPT_FILTERS, **waiting})
        for index in range(self._count()):
            for delta, token in self._deltas():
                choice = self._choice(index, None, {"delta": delta}, [] if token is None else [token])
                events.append({**envelope, "choices": [choice], **waiting})
            last = self._choice(index, self._turn.finish_reason, {"delta": {}}, [])
            events.append({**envelope, "choices": [last], **waiting})
        if asked_for or not self._rules.usage_on_request:
            events.append({**envelope, "choices": [], "usage": self._usage()})
        return events

    def _count(self) -> int:
        return int(self._body.get("n") or 1)

    def _envelope(self, kind: str) -> Dict[str, Any]:
        tier = service_tier_of(self._body.get("service_tier"), self._detailed)
        return {
            "id": f"chatcmpl-{digest_of(self._body)}",
            "object": kind,
            "created": CREATED,
            "model": self._model,
            "system_fingerprint": "local-service",
            **({} if tier is None else {"service_tier": tier}),
        }

    def _choice(
        self, index: int, finish_reason: Optional[str], content: Mapping[str, Any], tokens: List[str]
    ) -> Dict[str, Any]:
        choice: Dict[str, Any] = {"index": index, "finish_reason": finish_reason, **content}
        asked_for = self._body.get("logprobs") is True
        if asked_for or self._detailed:
            alternatives = self._body.get("top_logprobs") or 0
            choice["logprobs"] = logprobs_of(tokens, alternatives) if asked_for and tokens else None
        if self._detailed:
            choice["content_filter_results"] = COMPLETION_FILTERS
        return choice

    def _deltas(self) -> List[Delta]:
        turn = self._turn
        refusal = {"refusal": None} if self._detailed else {}
        shown = turn.reasoning if self._traits.reasoning_field else []
        deltas: List[Delta] = [({"reasoning_content": token}, None) for token in shown]
        deltas += [({"content": token}, token) for token in turn.tokens]
        if turn.tool_call is None:
            return [({"role": "assistant", "content": "", **refusal}, None), *deltas]
        calls = _call_deltas(turn.tool_call)
        opening = {"role": "assistant", "content": None, **({} if deltas else calls.pop(0)), **refusal}
        return [(opening, None), *deltas, *((call, None) for call in calls)]

    def _usage(self) -> Dict[str, Any]:
        usage: Dict[str, Any] = dict(self._turn.usage)
        if self._detailed or self._traits.counts_reasoning:
            usage.update(usage_details(len(self._turn.reasoning)))
        return usage


def _call_deltas(tool_call: Mapping[str, Any]) -> List[Dict[str, Any]]:
    """Return the deltas of a tool call: its id and its name with the first one, then the parts of its text."""
    kind: str = tool_call["type"]
    field = "arguments" if kind == "function" else "input"
    text: str = tool_call[kind][field]
    deltas: List[Dict[str, Any]] = [
        {"tool_calls": [{"index": 0, **tool_call, kind: {"name": tool_call[kind]["name"], field: ""}}]}
    ]
    for start in range(0, len(text), _ARGUMENTS_DELTA_LENGTH):
        part = text[start : start + _ARGUMENTS_DELTA_LENGTH]
        deltas.append({"tool_calls": [{"index": 0, kind: {field: part}}]})
    return deltas
