"""Models as fields of pydantic's classes."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Union

import pytest

from azure.ai.inference._model_base import rest_field
from azure.ai.inference.models import (
    AssistantMessage,
    ChatCompletions,
    ChatCompletionsCustomToolDefinition,
    ChatCompletionsToolCall,
    ChatCompletionsToolDefinition,
    ChatRequestMessage,
    CompletionsUsage,
    CustomToolCall,
    CustomToolDefinition,
    FunctionCall,
    FunctionDefinition,
    SystemMessage,
    TextContentItem,
    ToolMessage,
    UserMessage,
)

pydantic = pytest.importorskip("pydantic", minversion="2")

COMPLETION: Dict[str, Any] = {
    "id": "c1",
    "created": 1,
    "surprise": [1, {"a": None}],
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}],
}


@pytest.fixture(scope="module")
def turn() -> Any:
    """Return a class with models as fields."""
    return pydantic.create_model(
        "Turn",
        messages=(List[ChatRequestMessage], ...),
        completion=(Optional[ChatCompletions], None),
        usage=(Dict[str, CompletionsUsage], {}),
    )


def test_instances_stay_themselves(turn: Any) -> None:
    """A model that is given as a field is the same object afterwards."""
    message, completion = UserMessage("hi"), ChatCompletions(COMPLETION)
    made = turn(messages=[message], completion=completion)
    assert made.messages[0] is message
    assert made.completion is completion


def test_objects_become_models(turn: Any) -> None:
    """An object of JSON becomes a model, in Python and from JSON, with all its keys."""
    given = {
        "messages": [{"role": "user", "content": "hi"}],
        "completion": COMPLETION,
        "usage": {"a": {"total_tokens": 1}},
    }
    for made in (turn(**given), turn.model_validate_json(json.dumps(given))):
        assert type(made.completion) is ChatCompletions
        assert made.completion == COMPLETION
        assert made.completion.choices[0].message.content == "hi"
        assert made.messages == [{"role": "user", "content": "hi"}]
        assert made.usage["a"].total_tokens == 1


def test_json_and_back(turn: Any) -> None:
    """What is written as JSON is read again as an equal object."""
    made = turn(messages=[SystemMessage("s"), UserMessage("u")], completion=ChatCompletions(COMPLETION))
    dumped = made.model_dump()
    assert dumped == {
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}],
        "completion": COMPLETION,
        "usage": {},
    }
    assert type(dumped["completion"]) is dict
    assert json.loads(made.model_dump_json()) == dumped
    assert turn.model_validate_json(made.model_dump_json()).completion == made.completion


@pytest.mark.parametrize("value", [1, "text", [1], [["a", 1]]])
def test_other_values_are_refused(turn: Any, value: Any) -> None:
    """A value that is no object is a validation error."""
    with pytest.raises(pydantic.ValidationError):
        turn(messages=[], completion=value)
    with pytest.raises(pydantic.ValidationError):
        turn.model_validate_json(json.dumps({"messages": [], "completion": value}))


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_json_schema(turn: Any, mode: str) -> None:
    """The JSON schema of a class, which web frameworks publish, has an object for each model."""
    schema = turn.model_json_schema(mode=mode)
    any_object = pydantic.TypeAdapter(Dict[str, Any]).json_schema()  # newer releases say more of it
    assert any_object["type"] == "object"
    assert schema["properties"]["messages"]["items"] == any_object
    assert any_object in schema["properties"]["completion"]["anyOf"]


def test_type_adapter_of_a_subclass() -> None:
    """A program's own subclass of a model works as a field too."""

    class Mine(ChatCompletions):
        pass

    adapter = pydantic.TypeAdapter(List[Mine])
    (made,) = adapter.validate_python([COMPLETION])
    assert type(made) is Mine
    assert adapter.dump_python([made]) == [COMPLETION]


MESSAGES = [
    SystemMessage("s"),
    UserMessage([TextContentItem(text="u")]),
    AssistantMessage("a"),
    ToolMessage("t", tool_call_id="c1"),
    ChatRequestMessage(role="critic"),
]


def test_each_role_has_its_class() -> None:
    """A chat that is read from JSON has messages of the classes from which it was written."""
    adapter = pydantic.TypeAdapter(List[ChatRequestMessage])
    read = adapter.validate_json(adapter.dump_json(MESSAGES))
    assert [(type(one), one) for one in read] == [(type(one), one) for one in MESSAGES]


TOOLS = [
    ChatCompletionsToolDefinition(function=FunctionDefinition(name="f")),
    ChatCompletionsCustomToolDefinition(custom=CustomToolDefinition(name="c")),
]
CALLS = [
    ChatCompletionsToolCall(id="1", function=FunctionCall(name="f", arguments="{}")),
    ChatCompletionsToolCall(id="2", custom=CustomToolCall(name="c", input="x")),
]


def test_each_role_of_a_program_has_its_class() -> None:
    """A message becomes one of the class that a program declares for its role, and of no other."""

    class Reminder(ChatRequestMessage, discriminator="reminder"):
        text: str = rest_field()

    read = pydantic.TypeAdapter(ChatRequestMessage).validate_python
    assert [type(read({"role": role, "text": "a"})) for role in ("reminder", "?")] == [Reminder, ChatRequestMessage]
    assert type(pydantic.TypeAdapter(Reminder).validate_python({"role": "reminder", "text": "a"})) is Reminder
    with pytest.raises(pydantic.ValidationError, match="role must be 'reminder'"):
        pydantic.TypeAdapter(Reminder).validate_python({"role": "?", "text": "a"})


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        (Union[SystemMessage, UserMessage, AssistantMessage, ToolMessage], MESSAGES[:4]),
        (Union[ChatCompletionsToolDefinition, ChatCompletionsCustomToolDefinition], TOOLS),
        (ChatCompletionsToolCall, CALLS),
    ],
)
def test_unions_of_classes(type_: Any, values: List[Any]) -> None:
    """In a union of classes, an object becomes one of the class for its role or type, and keeps that."""
    adapter = pydantic.TypeAdapter(List[type_])
    read = adapter.validate_json(adapter.dump_json(values))
    assert [(type(one), one) for one in read] == [(type(one), one) for one in values]


@pytest.mark.parametrize(
    ("type_", "value", "reason"),
    [
        (UserMessage, {"role": "assistant", "content": "a"}, "role must be 'user'"),
        (ChatCompletionsToolDefinition, {"type": "custom", "custom": {"name": "c"}}, "type must be 'function'"),
    ],
)
def test_objects_of_another_class_are_refused(type_: Any, value: Any, reason: str) -> None:
    """A message of one role is none of another, and the error says so."""
    with pytest.raises(pydantic.ValidationError, match=reason):
        pydantic.TypeAdapter(type_).validate_python(value)
    read = pydantic.TypeAdapter(type_).validate_python({**value, "role": None, "type": None})
    assert type(read) is type_


def test_what_was_not_validated_is_written(turn: Any) -> None:
    """pydantic sets fields without validation on request. JSON in place of a model is still written."""
    made = turn(messages=[], completion=COMPLETION).model_copy(update={"completion": {"id": "c2"}})
    assert made.model_dump()["completion"] == {"id": "c2"}
    assert json.loads(made.model_dump_json())["completion"] == {"id": "c2"}
