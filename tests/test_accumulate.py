"""Updates accumulate to what the whole response says, however a service cuts it."""

from __future__ import annotations

import copy
from typing import Any, Dict, List

import pytest
from accumulating import accumulated, call, delta, message_of, part

from azure.ai.inference._core.accumulate import Accumulator


def test_fields_of_the_response() -> None:
    """The first id, model and time that is not empty counts; of all other keys, the last value that is not null."""
    updates = [
        {"id": "", "model": "", "created": 0, "object": "", "choices": [], "prompt_filter_results": [{"a": 1}]},
        {"id": "r1", "model": "m", "created": 5, "object": "chat.completion.chunk", "usage": None, "choices": []},
        {
            "id": "r2",
            "model": "n",
            "created": 6,
            "choices": None,
            "usage": {"total_tokens": 1},
            "system_fingerprint": "f",
        },
        {"usage": {"total_tokens": 2, "cost": 0.1}, "x": [1]},
        {"system_fingerprint": "g", "usage": None, "service_tier": None, "x": [2], "prompt_filter_results": None},
    ]

    assert accumulated(updates) == {
        "id": "r1",
        "model": "m",
        "created": 5,
        "object": "chat.completion",
        "choices": [],
        "prompt_filter_results": [{"a": 1}],
        "usage": {"total_tokens": 2, "cost": 0.1},
        "system_fingerprint": "g",
        "service_tier": None,
        "x": [2],
    }
    assert accumulated([]) == {"object": "chat.completion", "choices": []}


def test_choices() -> None:
    """Choices are distinguished by their index, 0 where it is missing or odd, and sorted by it."""
    updates = [delta({"content": "b"}, 2), delta({"content": "a"}), delta({"content": "B"}, 2, finish_reason="length")]
    updates += [{"choices": [{"delta": {"content": "A"}}]}, delta({"content": "!"}, "2"), delta({"content": "?"}, True)]

    assert accumulated(updates)["choices"] == [
        {"index": 0, "finish_reason": None, "message": {"content": "aA!?"}},
        {"index": 2, "finish_reason": "length", "message": {"content": "bB"}},
    ]


def test_fields_of_choices() -> None:
    """Of a choice the last value counts that is not null; lists go on, and objects are merged."""
    safe, high = {"hate": {"severity": "safe"}}, {"hate": {"severity": "high"}, "violence": {"filtered": False}}
    updates = [
        delta({}, finish_reason=None, logprobs=None, content_filter_results=safe, native="a"),
        delta({}, logprobs={"content": [{"token": "a"}], "refusal": None}, content_filter_results=high, native="b"),
        delta(None, finish_reason="stop", logprobs={"content": [{"token": "b"}], "refusal": None}, native=None),
        delta({}, finish_reason=None, logprobs={"content": None, "refusal": [1]}, content_filter_results={}, list=[1]),
        {"choices": [{"index": 0, "list": [2], "content_filter_offsets": {"check_offset": 3}}]},
    ]

    assert accumulated(updates)["choices"] == [
        {
            "index": 0,
            "finish_reason": "stop",
            "logprobs": {"content": [{"token": "a"}, {"token": "b"}], "refusal": [1]},
            "content_filter_results": {"hate": {"severity": "high"}, "violence": {"filtered": False}},
            "native": "b",
            "list": [1, 2],
            "content_filter_offsets": {"check_offset": 3},
            "message": {"content": None},
        }
    ]


def test_deltas() -> None:
    """Of a delta the first role that is not empty counts; texts are joined, lists go on, objects are merged."""
    assert message_of({"role": ""}, {"role": "tool"}, {"role": "user"}) == {"role": "tool", "content": None}
    assert message_of(
        {"role": None, "content": "", "refusal": None, "score": 1},
        {"role": "assistant", "content": "a", "reasoning_content": "x", "annotations": [{"n": 1}], "score": 2},
        {"role": "user", "content": None, "reasoning_content": "y", "refusal": "no", "note": "p", "score": None},
        {"content": "b", "annotations": [{"n": 2}, {"n": 3}], "note": "q", "flag": True},
        {"audio": {"id": "s1", "data": "AA", "transcript": "Hel"}, "function_call": {"name": "f", "arguments": "{"}},
        {
            "audio": {"id": "s1", "data": "BB", "transcript": "lo"},
            "function_call": {"arguments": "}"},
            "context": {"a": 1},
        },
        {"audio": {"data": "", "expires_at": 5}, "flag": False, "context": {"b": {"c": 2}}},
    ) == {
        "role": "assistant",
        "content": "ab",
        "refusal": "no",
        "score": 2,
        "reasoning_content": "xy",
        "annotations": [{"n": 1}, {"n": 2}, {"n": 3}],
        "note": "pq",
        "flag": False,
        "audio": {"id": "s1", "data": "AABB", "transcript": "Hello", "expires_at": 5},
        "function_call": {"name": "f", "arguments": "{}"},
        "context": {"a": 1, "b": {"c": 2}},
    }


CALL = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}
WHOLE_CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def test_contents_without_text() -> None:
    """A content is null if no text came and there are tool calls, or if there is none at all."""
    assert message_of({"content": ""}, {"content": ""}) == {"content": ""}
    assert message_of({"role": "assistant"}) == {"role": "assistant", "content": None}
    assert message_of({"content": None}, {"tool_calls": None}, {"tool_calls": [5]}) == {"content": None}
    assert message_of({"content": ""}, {"tool_calls": [5]}) == {"content": ""}
    for texts in ([], [""], ["", ""], [None]):
        calling = message_of(*({"content": text} for text in texts), {"tool_calls": [CALL]})
        assert calling == {"content": None, "tool_calls": [WHOLE_CALL]}
    assert message_of({"content": "a"}, {"tool_calls": [CALL]}) == {"content": "a", "tool_calls": [WHOLE_CALL]}


THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}


def text_part(text: str) -> Dict[str, Any]:
    """Return a text as a content part."""
    return {"type": "text", "text": text}


@pytest.mark.parametrize(
    ("contents", "content"),
    [
        (["", [THOUGHT], [THOUGHT], "a", "b"], [THOUGHT, THOUGHT, text_part("ab")]),
        ([[THOUGHT], "a", [THOUGHT], "b", "c"], [THOUGHT, text_part("a"), THOUGHT, text_part("bc")]),
        (["a", "b", [text_part("c")], "d"], [text_part("ab"), text_part("c"), text_part("d")]),
        (["a", ["x", 5], ""], [text_part("a"), "x", 5]),
        (["a", [], "b"], "ab"),
        ([[], "a"], "a"),
        (["", []], ""),
        (["", [THOUGHT], ""], [THOUGHT]),
    ],
)
def test_contents_of_texts_and_parts(contents: List[Any], content: Any) -> None:
    """Texts among lists of content parts become parts, so that nothing is lost and the order stays."""
    assert message_of(*({"content": one} for one in contents)) == {"content": content}


def test_texts_among_lists_of_other_keys() -> None:
    """Only the content has text parts: under other keys, a text among lists is an item itself."""
    assert message_of({"x": [1]}, {"x": "a"}, {"x": "b"}, {"x": [2]}) == {"content": None, "x": [1, "ab", 2]}
    assert message_of({"x": "a"}, {"x": [1]}) == {"content": None, "x": ["a", 1]}
    assert message_of({"role": "user"}, {"role": ["x"]}, {"role": "y"}) == {"content": None, "role": "user"}
    calling = message_of({"content": []}, {"content": ""}, {"tool_calls": [CALL]})
    assert calling == {"content": None, "tool_calls": [WHOLE_CALL]}


def test_values_of_odd_types() -> None:
    """JSON of an unexpected type raises nothing, and no text that came is lost to it."""
    odd: List[Any] = [None, 5, True, "x", [], [5], {}, {"x": 5}]
    for value in odd:
        accumulated(
            [{"choices": value}, {"choices": [value]}, delta(value), delta({"tool_calls": value}), {"id": value}]
        )
        accumulated([delta({"tool_calls": [value]}), delta({"tool_calls": [{"function": value, "custom": value}]})])
        called = {"index": value, "id": value, "type": value, "function": {"name": value, "arguments": value}}
        accumulated([delta({"tool_calls": [called, {**called, "index": 0}]}), {"choices": [{"index": value}]}])
        if not isinstance(value, (str, list)):
            assert message_of({"content": "a"}, {"content": value}, {"content": "b"}) == {"content": "ab"}
            assert message_of({"content": "a"}, {"content": "b"}, {"content": value}) == {"content": "ab"}
    assert message_of({"x": 1}, {"x": {}}, {"x": "a"}) == {"content": None, "x": 1}


def test_updates_nested_deeply() -> None:
    """JSON nested more deeply than Python calls functions accumulates as any other."""
    deep: Dict[str, Any] = {}
    for _ in range(5000):
        deep = {"a": deep}
    accumulator = Accumulator(content=True)
    for _ in range(2):
        accumulator.add(delta({"x": deep}, logprobs=deep))
    value = accumulator.completion()["choices"][0]["message"]["x"]
    depth = 0
    while value:
        value, depth = value["a"], depth + 1
    assert depth == 5000


def test_completions_share_nothing() -> None:
    """A change of a completion changes neither an update nor the next completion."""
    update = delta({"annotations": [{"n": [1]}]}, logprobs={"content": [{"token": "a"}]}, list=[[1]])
    update["usage"] = {"details": {"x": 1}}
    accumulator = Accumulator(content=True)
    accumulator.add(update)
    first, before = accumulator.completion(), copy.deepcopy(update)
    choice = first["choices"][0]
    choice["message"]["annotations"][0]["n"].append(2)
    choice["logprobs"]["content"][0]["token"] = "b"
    choice["list"][0].append(2)
    first["usage"]["details"]["x"] = 2

    assert update == before
    assert accumulator.completion() == {
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "finish_reason": None,
                "logprobs": {"content": [{"token": "a"}]},
                "list": [[1]],
                "message": {"content": None, "annotations": [{"n": [1]}]},
            }
        ],
        "usage": {"details": {"x": 1}},
    }


def test_without_content_nothing_written_is_kept() -> None:
    """Only ids, the model, the usage, finish reasons and the kinds of tool calls are kept."""
    secret: Dict[str, Any] = {"secret": ["secret"]}
    calls = [
        part(0, "a", "secret", "secret", secret=1),
        part(0, "b", "secret", secret),
        {"index": 1, "id": "c", "type": "custom", "custom": {"name": "secret", "input": "secret"}},
        part(name="secret", arguments="secret"),
    ]
    texts = {"content": "secret", "reasoning_content": "secret", "refusal": "secret", "audio": secret, "x": "secret"}
    updates = [
        {"id": "r", "model": "m", "created": 5, "usage": {"total_tokens": 1}, "secret": 1, "system_fingerprint": "f"},
        delta({**texts, "role": "secret", "tool_calls": calls}, logprobs=secret, secret=1),
        delta({**texts, "tool_calls": calls[1:3]}, finish_reason="stop"),
    ]
    accumulator = Accumulator(content=False)
    for update in updates:
        accumulator.add(update)

    assert accumulator.completion() == {
        "id": "r",
        "model": "m",
        "usage": {"total_tokens": 1},
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {
                    "content": None,
                    "tool_calls": [
                        call("a", "", ""),
                        call("b", "", ""),
                        {"id": "c", "type": "custom", "custom": {"name": "", "input": ""}},
                        call(None, "", ""),
                    ],
                },
            }
        ],
    }
    assert "secret" not in str(held_by(accumulator))


def held_by(value: Any) -> Any:
    """Yield all values that an object holds, however deep."""
    if isinstance(value, (list, tuple)):
        return [held_by(item) for item in value]
    if isinstance(value, dict):
        return {name: held_by(item) for name, item in value.items()}
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    names = [*slots, *getattr(value, "__dict__", {})]
    return {name: held_by(getattr(value, name)) for name in names} if names else value
