"""`.text`: the content of a completion, and the next text of a stream."""

from __future__ import annotations

import copy
import pickle
from typing import Any, List

import pytest

from azure.ai.inference._model_base import rest_field
from azure.ai.inference.models import (
    ChatChoice,
    ChatCompletions,
    ChatResponseMessage,
    StreamingChatCompletionsUpdate,
)


def whole(index: Any, content: Any) -> Any:
    """Return a choice of a completion."""
    return {"index": index, "message": {"content": content}}


def delta(index: Any, content: Any) -> Any:
    """Return a choice of an update."""
    return {"index": index, "delta": {"content": content}}


@pytest.mark.parametrize(
    ("choices", "text"),
    [
        ([whole(0, "a")], "a"),
        ([whole(1, "b"), whole(0, "a")], "a"),
        ([whole(2, "c"), whole(1, "b")], "c"),
        ([{"message": {"content": "a"}}], "a"),
        ([{"message": {"content": "b"}}, whole(0, "a")], "a"),
        ([whole("0", "a"), whole(1, "b")], "a"),
        ([whole(0, "<think>Hm</think>Hi")], "<think>Hm</think>Hi"),
        ([whole(0, None), whole(1, "b")], ""),
        ([whole(0, ["a"])], ""),
        ([whole(0, 5)], ""),
        ([None, "x", whole(0, "a")], "a"),
        ([{"index": 0}, whole(1, "b")], ""),
        ([{"index": 0, "message": "x"}], ""),
        ([], ""),
        (None, ""),
        ({"0": whole(0, "a")}, ""),
    ],
)
def test_text_of_a_completion(choices: Any, text: str) -> None:
    """The text is the content of the choice with index 0, else of the first, as it came; else empty."""
    assert ChatCompletions({"choices": choices}).text == text
    assert ChatCompletions().text == ""


@pytest.mark.parametrize(
    ("choices", "text"),
    [
        ([delta(0, "a")], "a"),
        ([delta(1, "b"), delta(0, "a")], "a"),
        ([delta(1, "b")], ""),
        ([{"delta": {"content": "a"}}], "a"),
        ([delta(None, "a")], "a"),
        ([delta(0, "a"), delta(1, "b"), delta(0, "c")], "ac"),
        ([delta(0, None)], ""),
        ([delta(0, [])], ""),
        ([{"index": 0}, {"index": 0, "delta": None}], ""),
        ([None, 5], ""),
        ([], ""),
        (None, ""),
    ],
)
def test_text_of_an_update(choices: Any, text: str) -> None:
    """The text is the delta of the choice with index 0, or without an index, and of no other."""
    assert StreamingChatCompletionsUpdate({"choices": choices}).text == text
    assert StreamingChatCompletionsUpdate().text == ""


def test_text_of_what_a_program_makes() -> None:
    """The text follows the models that a program has built, or changed."""
    message = ChatResponseMessage(role="assistant", content="a")
    made = ChatCompletions(choices=[ChatChoice(index=0, message=message)])
    read = ChatCompletions({"choices": [whole(0, "a")]})
    read.choices[0].message.content = "b"
    read.choices.append(ChatChoice(whole(1, "c")))
    update = StreamingChatCompletionsUpdate({"choices": [delta(1, "b")]})
    update.choices[0]["index"] = 0

    assert (made.text, read.text, update.text) == ("a", "b", "b")
    read.choices[:1] = []
    assert read.text == "c"


def test_a_program_keeps_its_own_text() -> None:
    """An attribute that a program sets, or a field that it declares, comes before the accessor. It is no JSON."""

    class Mine(ChatCompletions):
        text: str = rest_field()

    models: List[Any] = [ChatCompletions({"choices": [whole(0, "a")]})]
    models.append(StreamingChatCompletionsUpdate({"choices": [delta(0, "a")]}))
    for model in models:
        json = model.as_dict()
        model.text = "mine"
        assert (model.text, model.as_dict(), "text" in model) == ("mine", json, False)
        assert copy.copy(model).text == pickle.loads(pickle.dumps(model)).text == "mine"
        del model.text
        assert model.text == "a"
    assert Mine({"choices": [whole(0, "a")], "text": "mine"}).text == "mine"
    assert "index 0" in str(ChatCompletions.text.__doc__)
