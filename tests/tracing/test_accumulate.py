"""Updates are merged, without a stream."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest

from azure.ai.inference._core.accumulate import Accumulator

from .harness import piece, usage_piece


def merged(updates: List[Dict[str, Any]], *, content: bool = True) -> Dict[str, Any]:
    """Return the whole response to which updates add up."""
    answer = Accumulator(content=content)
    for update in updates:
        answer.add(update)
    return answer.completion()


def call(call_id: Any, name: str, arguments: str) -> Dict[str, Any]:
    """Return a whole tool call."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(
    ("pieces", "calls"),
    [
        (
            [
                {"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}},
                {"index": 1, "id": "b", "function": {"name": "g", "arguments": ""}},
                {"index": 0, "function": {"arguments": "1"}},
                {"index": 1, "function": {"arguments": "2"}},
                {"index": 0, "function": {"arguments": "3"}},
            ],
            [call("a", "f", "13"), call("b", "g", "2")],
        ),
        (
            [{"index": 0, "id": "a", "function": {"name": "lo"}}, {"index": 0, "id": "a", "function": {"name": "ok"}}],
            [call("a", "look", "")],
        ),
        (
            [{"id": "a", "function": {"name": "f"}}, {"id": "b"}, {"id": "a", "function": {"arguments": "1"}}],
            [call("a", "f", "1"), call("b", "", "")],
        ),
        (
            [{"id": "a", "function": {"name": "f"}}, {"function": {"arguments": "1"}}, {"function": None}],
            [call("a", "f", "1")],
        ),
        ([{"function": {"arguments": "1"}}], [call(None, "", "1")]),
        ([{"index": 0, "function": {"arguments": "1"}}, {"index": 0, "id": "late"}], [call("late", "", "1")]),
    ],
)
def test_r24_tool_calls(pieces: List[Dict[str, Any]], calls: List[Dict[str, Any]]) -> None:
    """Requirement 24: the parts of tool calls are joined correctly."""
    answer = merged([piece({"tool_calls": [part]}) for part in pieces])

    assert answer["choices"] == [{"index": 0, "finish_reason": None, "message": {"content": None, "tool_calls": calls}}]


def test_r24_choices_are_kept_apart() -> None:
    """Requirement 24: the texts of several choices are not mixed."""
    updates = [piece({"content": "b1"}, index=1), piece({"content": "a1"}), piece({"content": "b2"}, index=1)]
    updates += [piece({"content": "a2", "reasoning_content": "r"}, "length"), piece({}, "stop", index=1)]

    assert merged(updates)["choices"] == [
        {"index": 0, "finish_reason": "length", "message": {"content": "a1a2", "reasoning_content": "r"}},
        {"index": 1, "finish_reason": "stop", "message": {"content": "b1b2"}},
    ]


def test_r25_identity_and_usage() -> None:
    """Requirement 25: id, model and usage are kept, even if only some updates have them."""
    updates = [
        {"id": "", "model": "", "choices": []},
        piece({"content": "x"}, "stop", usage={"prompt_tokens": 1}),
        {"id": "r2", "model": "other", "choices": None, "usage": {"prompt_tokens": 2}},
        {"choices": [], "usage": None},
    ]

    whole = merged(updates)
    assert (whole["id"], whole["model"], whole["usage"]) == ("r1", "served", {"prompt_tokens": 2})
    assert merged([usage_piece({"prompt_tokens": 3})])["choices"] == []


def test_r27_without_content_no_text_is_kept() -> None:
    """Requirement 27: texts that are not recorded are not accumulated either."""
    secret = {"content": "secret", "reasoning_content": "secret"}
    calls = [{"index": 0, "id": "a", "function": {"name": "secret", "arguments": "secret"}}]

    assert merged([piece({**secret, "tool_calls": calls})], content=False)["choices"] == [
        {"index": 0, "finish_reason": None, "message": {"content": None, "tool_calls": [call("a", "", "")]}}
    ]
