"""Long texts are encoded as the standard library encodes them."""

from __future__ import annotations

import copy
import json
import string
from typing import Any, Dict, List
from uuid import uuid4

import pytest

from azure.ai.inference._core import long_texts
from azure.ai.inference._core.body import UNSET, Call
from azure.ai.inference._core.long_texts import LongTexts
from azure.ai.inference._core.operations import CHAT
from azure.ai.inference.models import ImageContentItem, ImageUrl, TextContentItem, UserMessage

LONG = "data:image/png;base64," + "A/+b" * 20_000
PLAIN = "".join(set(string.printable[:95]) - set('"\\')) * 800


def encoded(body: Dict[str, Any]) -> Any:
    """The text of a body, whether its long texts were laid in, and whether it was left as it is."""
    before = copy.deepcopy(body)
    texts = LongTexts()
    taken = texts.taken_from(body)
    assert body == before
    return texts.laid_into(json.dumps(taken)), taken is not body


def message(*parts: Any, **more: Any) -> Dict[str, Any]:
    return {"role": "user", "content": [*parts], **more}


def image(url: str = LONG) -> Dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, "detail": "low"}}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"messages": [message(image())]}, id="an image"),
        pytest.param({"a": 1, "messages": [message(image()), message(image(PLAIN), image())], "z": [1]}, id="several"),
        pytest.param({"messages": [message({"type": "input_audio", "input_audio": {"data": LONG}})]}, id="audio"),
        pytest.param({"messages": [{"role": "user", "content": "a"}, message(image())]}, id="beside a text"),
        pytest.param({"input": [{"image": LONG, "text": "a"}, {"image": LONG}]}, id="images to embed"),
    ],
)
def test_laid_in(body: Dict[str, Any]) -> None:
    """A long text is laid into the JSON that the standard library would write."""
    assert encoded(body) == (json.dumps(body), True)


@pytest.mark.parametrize("odd", ['"', "\\", "\n", "\x7f", "\x1f", "\xe9", "\U0001f600", "\ud800"])
@pytest.mark.parametrize("place", [0, 40_000, -1])
def test_with_escapes(odd: str, place: int) -> None:
    """A text with a character that JSON escapes is left to the encoder."""
    text = LONG + odd if place < 0 else LONG[:place] + odd + LONG[place:]
    body = {"messages": [message(image(text))]}
    assert encoded(body) == (json.dumps(body), False)


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"role": "user", "content": "short"}]},
        {"messages": [{"role": "user", "content": LONG}, {"role": "assistant", "content": None}]},
        {"messages": [{"role": "assistant"}]},
        {"messages": []},
        {"messages": None},
        {"input": [LONG]},
        {"input": [[1, 2], [3]]},
        {"prompt": LONG},
    ],
)
def test_left(body: Dict[str, Any]) -> None:
    """A body without long texts in its parts is left as it is."""
    assert encoded(body) == (json.dumps(body), False)


def test_mark_of_another_body(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller's text that looks like the mark of another body is sent as it is."""
    marks: List[Any] = []

    def noted() -> Any:
        marks.append(uuid4())
        return marks[-1]

    monkeypatch.setattr(long_texts, "uuid4", noted)
    encoded({"messages": [message(image())]})
    seen = marks[0].hex
    forged = {"messages": [message(image(), {"text": f"{seen}0"}, {"text": f'"{seen}0"'}, {"text": '"0"'})]}
    assert encoded(forged) == (json.dumps(forged), True)
    assert len(set(marks)) == 2


def test_texts_that_hold_marks() -> None:
    """A long text is not searched for marks."""
    texts = LongTexts()
    first = {"messages": [message(image())]}
    mark = texts.taken_from(first)["messages"][0]["content"][0]["image_url"]["url"]
    long = LONG + mark
    taken = texts.taken_from({"messages": [message(image(long), image())]})
    assert json.loads(texts.laid_into(json.dumps(taken)))["messages"][0] == message(image(long), image())


def test_of_models() -> None:
    """A message that is a model is encoded as before, and not changed."""
    made = UserMessage(content=[TextContentItem(text="a"), ImageContentItem(image_url=ImageUrl(url=LONG))])
    before = made.as_dict()
    call = Call(CHAT, UNSET, {"messages": [made], "stream": UNSET}, {"temperature": 0.5}, {})
    text = call.encode()
    assert isinstance(text, str)
    assert json.loads(text) == {"messages": [before], "temperature": 0.5}
    assert text == json.dumps(json.loads(text))
    assert made.as_dict() == before
