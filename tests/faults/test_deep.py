"""JSON nested as deeply as it can be decoded is shown, compared and converted, or refused when it is read."""

from __future__ import annotations

import copy
import json
from typing import Any, List

import pytest
from azure.core.credentials import AzureKeyCredential
from worlds import World, opened, updates_of, wait

from azure.ai.inference import _deep
from azure.ai.inference._model_base import encode_json
from azure.ai.inference.exceptions import ResponseDecodeError
from azure.ai.inference.models import AssistantMessage, ChatCompletions, UserMessage

from .calls import COMPLETION, DONE, END, KEY, A, ask, chat, event
from .raw_server import RawServer, whole

DEPTHS = [100, 250, 400, 900, 3_000]


def deep(depth: int, kind: str) -> bytes:
    """Return JSON of this depth."""
    ends = {"objects": ('{"a": ', "}"), "arrays": ("[", "]"), "both": ('{"a": [', "]}")}[kind]
    levels = depth // 2 if kind == "both" else depth
    return (ends[0] * levels + "1.5" + ends[1] * levels).encode()


def level(value: Any) -> int:
    """Return the depth of a value."""
    depth = 0
    while isinstance(value, (dict, list)):
        value = next(iter(value.values() if isinstance(value, dict) else value))
        depth += 1
    assert value == 1.5
    return depth


def check(model: Any, same: Any, depth: int) -> None:
    """Check that a response works as programs use it."""
    innermost: Any
    place: Any
    assert level(model.as_dict()["x"]) == level(model["x"]) == depth
    assert model == same
    assert (model != same) is False
    assert model != {**same.as_dict(), "x": 1}
    other = same.as_dict()
    innermost, place = other, "x"
    while isinstance(innermost[place], (dict, list)):
        innermost, place = innermost[place], next(iter(innermost[place])) if isinstance(innermost[place], dict) else 0
    innermost[place] = 2.5
    assert model != other
    assert str(model).count("1.5") == repr(model).count("1.5") == 1
    assert model.copy() == copy.copy(model) == same
    assert model.as_dict()["x"] is not model["x"]


async def read_all(world: World, answers: Any) -> List[Any]:
    """Return the models of these responses: a completion, an update, vectors and model info."""
    with RawServer(*answers) as server:
        embeddings = world.EmbeddingsClient(server.url, AzureKeyCredential(KEY))
        async with opened(embeddings) as client, chat(world, server) as chats:
            models = [await ask(chats), (await updates_of(await ask(chats, stream=True)))[1]]
            return [*models, await wait(client.embed(input=["a"])), await wait(client.get_model_info())]


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["objects", "arrays", "both"])
@pytest.mark.parametrize("depth", DEPTHS)
async def test_response(world: World, depth: int, kind: str) -> None:
    """A response that has been read can be shown and compared, however deep it is."""
    x = deep(depth, kind)
    body = json.dumps(COMPLETION).encode()[:-1] + b', "x": ' + x + b"}"
    update = END[len(b"data: ") : -3] + b', "x": ' + x + b"}"
    vectors = b'{"data": [{"index": 0, "embedding": [0.5]}], "x": ' + x + b"}"
    info = b'{"model_name": "m", "x": ' + x + b"}"
    answers = [whole(body), whole(A + event(update) + DONE), whole(vectors), whole(info)]
    try:
        models = await read_all(world, answers)
    except ResponseDecodeError:  # at a depth that this Python does not decode
        models = []
    same_models = await read_all(world, answers) if models else []
    for model, same in zip(models, same_models):
        check(model, same, depth)


@pytest.mark.parametrize("indent", [None, 2])
def test_text_is_the_standard_librarys(indent: Any) -> None:
    """A deep response is shown in the same form as any other."""
    value = {"a": [1, {"b": None, "c": []}, "é"], "d": {}, "e": {"f": {"g": [[True]]}}, "h": 1.5}
    assert _deep.show(value, json.dumps, indent) == json.dumps(value, indent=indent)
    assert _deep.show(value, repr) == repr(value)


def test_copy_and_comparison() -> None:
    """A deep model equals its copy only, and shares nothing mutable with it."""
    value = {"a": [1, {"b": None}, (2, [3])], "c": float("nan")}
    duplicate = _deep.copy(value, lambda item: item)
    assert duplicate == {"a": [1, {"b": None}, [2, [3]]], "c": value["c"]}
    assert _deep.are_equal(duplicate, _deep.copy(value, lambda item: item))
    for other in (
        {},
        {"a": []},
        {**duplicate, "a": [1, {"b": 0}, [2, [3]]]},
        {**duplicate, "a": [1]},
        [],
        None,
        {"c": 1, "a": 5},
    ):
        assert not _deep.are_equal(duplicate, other)


def test_model_in_a_deep_message() -> None:
    """Models within deep JSON become plain data where plain data are expected."""
    value: Any = UserMessage("hi")
    for _ in range(900):
        value = {"a": value}
    message = AssistantMessage({"content": "x", "deep": value, "usage": UserMessage("b")})
    plain = message.as_dict()
    value = plain["deep"]
    while "a" in value:
        value = value["a"]
    assert (type(value), value) == (dict, {"role": "user", "content": "hi"})
    assert type(plain["usage"]) is dict


def test_model_that_contains_itself() -> None:
    """Converting a model that contains itself raises a ValueError."""
    message = UserMessage("hi")
    message["self"] = [message]
    with pytest.raises(ValueError, match="Circular"):
        message.as_dict()
    shared = {"a": 1}
    assert _deep.copy([shared, shared], lambda item: item) == [shared, shared]


def test_deep_request() -> None:
    """A deep model is encoded."""
    model = ChatCompletions({"x": json.loads(deep(200, "objects"))})
    assert json.loads(encode_json(model)) == model.as_dict()


@pytest.mark.parametrize("depth", [500, 3_000])
def test_models_of_any_depth(depth: int) -> None:
    """Deep models that differ only at their core are unequal, and comparing them is not recursive."""

    def model(core: float) -> ChatCompletions:
        value: Any = core
        for _ in range(depth):
            value = {"a": value}
        return ChatCompletions({"x": value})

    check(model(1.5), model(1.5), depth)
    assert model(1.5) != model(2.5)
