"""Reasoning: from fields, from a block ahead of the content, and split from streams that are cut anywhere."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any, Dict, List, Optional, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure.ai.inference._model_base import rest_field
from azure.ai.inference.models import ChatResponseMessage, StreamingChatResponseMessageUpdate
from azure.ai.inference.models._reasoning import UpdateSplitter, split, split_completion

#: Contents, and the reasoning and the rest that they consist of.
CONTENTS: List[Tuple[str, Optional[str], str]] = [
    ("<think>Hm</think>Hi", "Hm", "Hi"),
    ("\n <think>\nHm\n</think>\n\nHi\n", "Hm", "Hi\n"),
    ("<think>a <b> </thin> c</think> d </think> e", "a <b> </thin> c", "d </think> e"),
    ("<think>a<think>b</think>c", "a<think>b", "c"),
    ("<think>Hm", "Hm", ""),
    ("<think>Hm </thin", "Hm </thin", ""),
    ("<think></think>\n\nHi", None, "Hi"),
    ("<think> \n</think>", None, ""),
    ("<think>", None, ""),
    ("Hi", None, "Hi"),
    (" Hi <think>Hm</think>", None, " Hi <think>Hm</think>"),
    ("<thin", None, "<thin"),
    ("<Think>Hm", None, "<Think>Hm"),
    (" ", None, " "),
    ("", None, ""),
]
#: The same for a closing tag alone, which ends a block in whole completions only.
LONE: List[Tuple[str, Optional[str], str]] = [
    ("Hm\n</think>\n\nHi", "Hm", "Hi"),
    ("</think>Hi", None, "Hi"),
    ("Hm</think>a</think>b", "Hm", "a</think>b"),
]


@pytest.mark.parametrize(("content", "reasoning", "rest"), CONTENTS + LONE)
def test_block_ahead_of_the_content(content: str, reasoning: Optional[str], rest: str) -> None:
    """The block is read as reasoning, and the rest as `answer_text`; tags elsewhere are text. The content stays."""
    message = ChatResponseMessage(content=content)

    assert (message.reasoning_text, message.answer_text) == (reasoning, rest)
    assert message.content == content
    assert message == {"content": content}


@pytest.mark.parametrize(
    ("wire", "reasoning", "rest"),
    [
        ({"reasoning_content": "a", "reasoning": "b", "content": "Hi"}, "a", "Hi"),
        ({"reasoning_content": None, "reasoning": "b", "content": "Hi"}, "b", "Hi"),
        ({"reasoning_content": "", "reasoning": " b\n", "content": None}, " b\n", None),
        ({"reasoning_content": "a", "content": "<think>b</think>c"}, "a", "<think>b</think>c"),
        ({"reasoning_content": "", "reasoning": None, "content": "<think>b</think>c"}, "b", "c"),
        ({"reasoning_content": 5, "reasoning": ["x"], "content": "<think>b</think>c"}, "b", "c"),
        ({"content": None}, None, None),
        ({}, None, None),
        ({"content": [{"type": "text"}]}, None, [{"type": "text"}]),
    ],
)
def test_fields_come_first(wire: Dict[str, Any], reasoning: Optional[str], rest: Any) -> None:
    """A field with reasoning leaves the content alone; one without is as good as none."""
    message = ChatResponseMessage(wire)

    assert (message.reasoning_text, message.answer_text) == (reasoning, rest)


def test_reasoning_of_deltas() -> None:
    """A delta has the reasoning of its fields, and no tags."""
    read = StreamingChatResponseMessageUpdate

    assert read(reasoning_content="a", reasoning="b").reasoning_text == "a"
    assert read(reasoning_content="", reasoning="b").reasoning_text == "b"
    assert read(content="<think>Hm").reasoning_text is None


def test_a_program_keeps_its_own_attributes() -> None:
    """An attribute that a program sets, or a field that it declares, comes before the accessor of that name."""

    class Mine(ChatResponseMessage):
        reasoning_text: str = rest_field()

    message: Any = ChatResponseMessage(content="<think>Hm</think>Hi")
    message.answer_text = "mine"
    declared = Mine({"content": "<think>Hm</think>Hi", "reasoning_text": "mine"})

    assert (message.answer_text, message.reasoning_text, "answer_text" in message) == ("mine", "Hm", False)
    assert copy.copy(message).answer_text == pickle.loads(pickle.dumps(message)).answer_text == "mine"
    del message.answer_text
    assert message.answer_text == "Hi"
    assert (declared.reasoning_text, declared["reasoning_text"], declared.answer_text) == ("mine", "mine", "Hi")
    assert "<think>" in str(ChatResponseMessage.answer_text.__doc__)


def whole(content: Any, **fields: Any) -> Dict[str, Any]:
    """Return the message of a whole completion, split."""
    completion = {"choices": [{"index": 0, "message": {"content": content, **fields}}]}
    split_completion(completion)
    message: Any = completion["choices"][0]["message"]
    return dict(message)


@pytest.mark.parametrize(("content", "reasoning", "rest"), CONTENTS + LONE)
def test_whole_completions_are_split(content: str, reasoning: Optional[str], rest: str) -> None:
    """The block moves from the content to the field, which is not made for an empty one."""
    expected = {"content": rest} if reasoning is None else {"content": rest, "reasoning_content": reasoning}

    assert whole(content) == expected
    assert whole(content, reasoning="r") == {"content": content, "reasoning": "r"}


@pytest.mark.parametrize("odd", [{}, {"choices": None}, {"choices": [None, 5, {}, {"message": None}]}])
def test_odd_completions_are_left_alone(odd: Dict[str, Any]) -> None:
    """Splitting raises for no JSON that a service may send, whole or streamed."""
    left = copy.deepcopy(odd)
    split_completion(left)
    splitter = UpdateSplitter()
    splitter.split(left)

    assert left == odd
    assert whole(None) == {"content": None}
    assert whole([1]) == {"content": [1]}
    assert splitter.finish() is None


def joined(updates: List[Any]) -> Dict[str, str]:
    """Return the texts of a stream with one choice, joined, without empty ones."""
    deltas = [update["choices"][0].get("delta") or {} for update in updates]
    texts = {name: "".join(delta.get(name) or "" for delta in deltas) for name in ("reasoning_content", "content")}
    return {name: text for name, text in texts.items() if text}


def streamed(texts: List[str], *, ends: bool) -> List[Any]:
    """Return the updates of a stream with one choice, split."""
    splitter = UpdateSplitter()
    updates: List[Any] = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts]
    if ends:
        updates.append({"choices": [{"index": 0, "finish_reason": "stop", "delta": {}}]})
    for update in updates:
        splitter.split(update)
    rest = splitter.finish()
    assert ends <= (rest is None)
    return updates if rest is None else [*updates, rest]


@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize(("content", "reasoning", "rest"), CONTENTS)
def test_streams_are_split_as_wholes(content: str, reasoning: Optional[str], rest: str, ends: bool) -> None:
    """However a stream is cut, and whether or not its choice ends, it has the texts of the whole completion."""
    expected = {name: text for name, text in (("reasoning_content", reasoning), ("content", rest)) if text}

    assert joined(streamed([content], ends=ends)) == expected
    assert joined(streamed(list(content), ends=ends)) == expected
    for cut in range(len(content)):
        assert joined(streamed([content[:cut], content[cut:]], ends=ends)) == expected


PARTS = st.sampled_from(["<think>", "</think>", "<", "</", "think", ">", "/", " ", "\n", "a", "b<c"])


@given(st.booleans(), st.lists(PARTS, max_size=12), st.lists(st.integers(0, 40), max_size=6), st.booleans())
def test_streams_cut_anywhere(opened: bool, parts: List[str], cuts: List[int], ends: bool) -> None:
    """Whatever a model writes, a stream has the texts of the whole completion, unless a closing tag is alone."""
    content = ("<think>" if opened else "") + "".join(parts)
    places = sorted({min(cut, len(content)) for cut in cuts} | {0, len(content)})
    texts = [content[start:end] for start, end in zip(places, places[1:])]
    reasoning, rest = split(content) if content.lstrip().startswith("<think>") else ("", content)
    expected = {name: text for name, text in (("reasoning_content", reasoning), ("content", rest)) if text}

    assert joined(streamed(texts, ends=ends)) == expected


def test_a_closing_tag_alone_is_text_in_streams() -> None:
    """What came before it has been delivered, so nothing can be moved."""
    assert joined(streamed(["Hm", "</think>", "Hi"], ends=True)) == {"content": "Hm</think>Hi"}


def test_updates_of_a_stream() -> None:
    """Text comes as soon as it can be no tag, in the update that brought it, and every update stays one."""
    texts = ["", " <th", "ink>\n", "Hm", " m\n</", "thin", "k>", "\n", "Hi", " <think>"]
    deltas = [update["choices"][0]["delta"] for update in streamed(texts, ends=True)]

    assert deltas == [
        {"content": ""},
        {"content": ""},
        {"content": ""},
        {"content": "", "reasoning_content": "Hm"},
        {"content": "", "reasoning_content": " m"},
        {"content": ""},
        {"content": ""},
        {"content": ""},
        {"content": "Hi"},
        {"content": " <think>"},
        {},
    ]


def test_the_end_of_a_choice_releases_its_text() -> None:
    """Text that is held back comes with the finish reason, whatever its delta is."""
    for delta in ({"delta": {}}, {"delta": None}, {}, {"delta": {"content": "in"}}, {"delta": {"content": None}}):
        splitter = UpdateSplitter()
        begun: Dict[str, Any] = {"choices": [{"index": 0, "delta": {"content": " <th"}}]}
        ended: Dict[str, Any] = {"choices": [{"index": 0, "finish_reason": "length", **copy.deepcopy(delta)}]}
        splitter.split(begun)
        splitter.split(ended)
        text = " <thin" if delta.get("delta") == {"content": "in"} else " <th"
        assert (begun["choices"][0]["delta"], ended["choices"][0]["delta"]) == ({"content": ""}, {"content": text})
        assert splitter.finish() is None


@pytest.mark.parametrize("end", [{}, {"finish_reason": "stop"}])
def test_a_list_of_parts_releases_the_text_before_it(end: Dict[str, Any]) -> None:
    """Text that is held back comes ahead of the content parts that follow it; the text behind them stays whole."""
    part, splitter = {"type": "thinking", "thinking": []}, UpdateSplitter()
    contents: List[Any] = [" <th", [], [part], "<think>a</think>b"]
    updates: List[Any] = [{"choices": [{"index": 0, "delta": {"content": content}}]} for content in contents]
    updates[2]["choices"][0].update(end)
    for update in updates:
        splitter.split(update)

    deltas = [update["choices"][0]["delta"] for update in updates]
    parts = [{"type": "text", "text": " <th"}, part]
    assert deltas == [{"content": ""}, {"content": []}, {"content": parts}, {"content": "<think>a</think>b"}]
    assert splitter.finish() is None


def test_a_stream_that_does_not_end_its_choices() -> None:
    """One more update has the text that is held back, under the id of the stream."""
    splitter = UpdateSplitter()
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    for index, text in ((0, "<think>Hm </"), (1, "<th"), (2, "Hi"), ("odd", " ")):
        splitter.split({**head, "usage": None, "choices": [{"index": index, "delta": {"content": text}}]})

    assert splitter.finish() == {
        **head,
        "choices": [
            {"index": 0, "delta": {"reasoning_content": " </"}},
            {"index": 1, "delta": {"content": "<th"}},
            {"index": "odd", "delta": {"content": " "}},
        ],
    }
    assert splitter.finish() is None


def test_choices_are_split_apart() -> None:
    """Each choice has its own block, also in one update, and a missing index counts as one."""
    splitter = UpdateSplitter()
    updates: List[Any] = [
        {"choices": [{"index": 0, "delta": {"content": "<think>a"}}, {"index": 1, "delta": {"content": "b"}}]},
        {"choices": [{"delta": {"content": "</think>c"}}, {"index": 1, "delta": {"content": "<think>d"}}]},
    ]
    for update in updates:
        splitter.split(update)

    assert [[choice["delta"] for choice in update["choices"]] for update in updates] == [
        [{"content": "", "reasoning_content": "a"}, {"content": "b"}],
        [{"content": "c"}, {"content": "<think>d"}],
    ]


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_a_choice_with_a_field_is_left_alone(name: str) -> None:
    """Once a choice brings reasoning in a field, its content is text, and what was held back is in front of it."""
    splitter = UpdateSplitter()
    updates: List[Any] = [
        {"choices": [{"index": 0, "delta": {"content": "\n", "reasoning_content": None, "reasoning": ""}}]},
        {"choices": [{"index": 0, "delta": {name: "Hm", "content": "a"}}]},
        {"choices": [{"index": 0, "delta": {"content": "<think>Hi"}}]},
    ]
    for update in updates:
        splitter.split(update)

    assert [update["choices"][0]["delta"] for update in updates] == [
        {"content": "", "reasoning_content": None, "reasoning": ""},
        {name: "Hm", "content": "\na"},
        {"content": "<think>Hi"},
    ]


def test_odd_deltas_are_left_alone() -> None:
    """Contents and reasoning of other types stay, and lose nothing but the white space that was held back."""
    for delta in ({"content": {"a": 1}}, {"content": 5, "reasoning": "Hm"}, {"content": "", "tool_calls": []}):
        splitter = UpdateSplitter()
        update: Any = {"choices": [{"index": 0, "delta": copy.deepcopy(delta)}]}
        splitter.split({"choices": [{"index": 0, "delta": {"content": " "}}]})
        splitter.split(update)
        assert update["choices"][0]["delta"] == delta


def test_long_blocks_take_linear_time() -> None:
    """White space and almost-tags in 100,000 deltas are split in a moment: no text is looked at again and again."""
    texts = [" "] * 50_000 + ["<think>"] + [" "] * 50_000 + ["a"] + ["\n", "</", "x"] * 20_000 + ["</think>"] + ["b"]

    text = joined(streamed(texts, ends=True))

    assert json.dumps(text) == json.dumps({"reasoning_content": "a" + "\n</x" * 20_000, "content": "b"})
