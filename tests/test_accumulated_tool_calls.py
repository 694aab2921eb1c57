"""Deltas of tool calls add up to whole calls, and long streams take linear time and memory."""

from __future__ import annotations

import json
import sys
import tracemalloc
from typing import Any, Dict, List

import pytest
from accumulating import accumulated, call, delta, message_of, part

from azure.ai.inference._core.accumulate import Accumulator

CALLS: Dict[str, Any] = {
    "by their index": (
        [part(1, "b", "g", ""), part(0, "a", "f", ""), part(1, None, None, "2"), part(0, None, None, "1")],
        [call("a", "f", "1"), call("b", "g", "2")],
    ),
    "without an index by their id": (
        [part(None, "b", "g"), part(None, "a", "f"), part(None, "b", None, "2"), part(None, "a", None, "1")],
        [call("b", "g", "2"), call("a", "f", "1")],
    ),
    "without both the last one": (
        [part(None, "a", "f"), part(arguments="1"), part(arguments="2")],
        [call("a", "f", "12")],
    ),
    "an index beside parts without one": (
        [part(0, "a", "f"), part(1, "b", "g"), part(None, "a", None, "1"), part(arguments="2")],
        [call("a", "f", "1"), call("b", "g", "2")],
    ),
    "by their index, whatever their id": (
        [part(0, "a", "f"), part(1, "b", "g"), part(0, "b", None, "1")],
        [call("a", "f", "1"), call("b", "g", "")],
    ),
    "names in parts without id and index": (
        [part(name="lo"), part(name="ok", arguments="1"), part(arguments="2")],
        [call(None, "look", "12")],
    ),
    "all numbered 0": (
        [part(0, "a", "f", "1"), part(0, "b", "f", "2"), part(0, None, None, "3"), part(0, "a", None, "4")],
        [call("a", "f", "14"), call("b", "f", "23")],
    ),
    "a new id without a name is of the same call": (
        [part(0, "a", "f", "1"), part(0, "b", None, "2"), part(0, "c", "", "3")],
        [call("a", "f", "123")],
    ),
    "a late id": ([part(0, None, "f"), part(0, "a", "f", "1"), part(0, "a", None, "2")], [call("a", "f", "12")]),
    "a late id of another call": (
        [part(0, None, "f", "1"), part(0, "b", "g", "2")],
        [call(None, "f", "1"), call("b", "g", "2")],
    ),
    "an id repeated": ([part(0, "a", "f", "1"), part(0, "a", "f", "2")], [call("a", "f", "12")]),
    "names in parts": ([part(0, "a", "lo"), part(0, "a", "o"), part(0, None, "k", "1")], [call("a", "look", "1")]),
    "names repeated whole": (
        [part(0, "a", "lo"), part(0, "a", "ok"), part(0, "a", "look", "1"), part(0, "a", "look", "2")],
        [call("a", "look", "12")],
    ),
    "whole calls without id and index in one delta": (
        [[part(name="f", arguments={"a": 1}), part(name="f", arguments={"a": 2})]],
        [call(None, "f", {"a": 1}), call(None, "f", {"a": 2})],
    ),
    "whole calls without id and index in a delta each": (
        [part(name="f", arguments="1"), part(name="g", arguments="2"), part(name="g", arguments="3")],
        [call(None, "f", "1"), call(None, "g", "23")],
    ),
    "arguments that are an object": ([part(0, "a", "f", {"x": {"y": [1]}})], [call("a", "f", {"x": {"y": [1]}})]),
    "an empty object as a placeholder": ([part(0, "a", "f", {}), part(0, None, None, "1")], [call("a", "f", "1")]),
    "an empty object": ([part(0, "a", "f", {})], [call("a", "f", {})]),
    "no arguments": ([part(0, "a", "f")], [call("a", "f", "")]),
    "nothing but arguments": ([part(arguments="1")], [call(None, "", "1")]),
    "a type and unknown keys": (
        [
            part(0, "a", "f", type="function", extra={"n": 1}, x=None),
            part(0, extra=None, y=2),
            part(0, type="odd", y=3),
        ],
        [call("a", "f", "", extra={"n": 1}, x=None, y=3)],
    ),
    "unknown keys of functions": (
        [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "", "x": 1}}, part(0, None, None, "1")],
        [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "1", "x": 1}}],
    ),
    "custom tools": (
        [
            {"index": 0, "id": "a", "custom": {"name": "s", "input": ""}},
            *({"index": 0, "custom": {"input": c}} for c in "xy"),
        ],
        [{"id": "a", "type": "custom", "custom": {"name": "s", "input": "xy"}}],
    ),
    "custom tools by their type": (
        [part(0, "a", type="custom"), part(1, "b", type="mcp", server="s")],
        [{"id": "a", "type": "custom", "custom": {"name": "", "input": ""}}, {"id": "b", "type": "mcp", "server": "s"}],
    ),
    "custom tools all numbered 0": (
        [{"index": 0, "id": name, "type": "custom", "custom": {"name": "s", "input": name}} for name in "ab"],
        [{"id": name, "type": "custom", "custom": {"name": "s", "input": name}} for name in "ab"],
    ),
    "indexes that are texts": (
        [part("0", "a", "f"), part("1", "b", "g"), part("0", None, None, "1")],
        [call("a", "f", "1"), call("b", "g", "")],
    ),
    "parts of odd types": (
        [
            part(0, "a", "f"),
            5,
            None,
            "x",
            [1],
            part(0, 5, ["f"], [1]),
            {"index": 0, "function": "x"},
            part([0], arguments="1"),
        ],
        [call("a", "f", "1")],
    ),
}


@pytest.mark.parametrize("says", CALLS)
def test_tool_calls(says: str) -> None:
    """Deltas of tool calls add up to the calls that the model made."""
    deltas, calls = CALLS[says]
    parts = [one if isinstance(one, list) and one != [1] else [one] for one in deltas]

    assert message_of(*({"tool_calls": one} for one in parts)) == {"content": None, "tool_calls": calls}


def steps(updates: List[Dict[str, Any]]) -> int:
    """Return the lines of Python that accumulating takes."""
    count = 0

    def local(frame: Any, event: str, arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return local

    accumulator, before = Accumulator(content=True), sys.gettrace()
    sys.settrace(lambda frame, event, arg: local)
    try:
        for update in updates:
            accumulator.add(update)
        accumulator.completion()
    finally:
        sys.settrace(before)
    return count


def many_texts(number: int) -> List[Dict[str, Any]]:
    return [delta({"content": "word "}, logprobs={"content": [{"token": "word "}]}) for _ in range(number)]


def many_calls(number: int) -> List[Dict[str, Any]]:
    ids = [f"c{i}" for i in range(number)]
    names = [delta({"tool_calls": [part(0, call_id, "f", "")]}) for call_id in ids]
    return [*names, *(delta({"tool_calls": [part(None, call_id, None, "1")]}) for call_id in ids)]


def many_parts_of_a_name(number: int) -> List[Dict[str, Any]]:
    return [delta({"tool_calls": [part(0, "a", "n", "1")]}) for _ in range(number)]


@pytest.mark.parametrize("make", [many_texts, many_calls, many_parts_of_a_name])
def test_nothing_is_quadratic(make: Any) -> None:
    """Ten times as many updates take ten times as many steps, and no step grows with what came before."""
    few, many = steps(make(100)), steps(make(1000))

    assert many < 10.5 * few


def test_long_streams() -> None:
    """20,000 texts and 1,000 tool calls accumulate to all of them, in memory of about their size."""
    texts = many_texts(20_000)
    tracemalloc.start()
    try:
        accumulator = Accumulator(content=True)
        for update in texts:
            accumulator.add(update)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    message = accumulator.completion()["choices"][0]["message"]
    calls = accumulated(many_calls(1000))["choices"][0]["message"]["tool_calls"]

    assert message == {"content": "word " * 20_000}
    assert held < 20_000 * 8 * 2 * 2
    assert [json.dumps(one) for one in calls] == [json.dumps(call(f"c{i}", "f", "1")) for i in range(1000)]
