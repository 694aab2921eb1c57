"""Models are views of their JSON: nothing is lost, nothing is invented, and what is read can be written."""

from __future__ import annotations

import base64
import copy
import datetime
import json
import pickle
from collections import UserDict
from pathlib import Path
from typing import Any, Dict

import pytest
from azure.core.serialization import NULL

from azure.ai.inference import models
from azure.ai.inference._model_base import Model
from azure.ai.inference.models import (
    AssistantMessage,
    AudioContentFormat,
    AudioContentItem,
    ChatChoice,
    ChatCompletions,
    ChatCompletionsNamedToolChoice,
    ChatCompletionsNamedToolChoiceFunction,
    ChatCompletionsToolCall,
    ChatCompletionsToolDefinition,
    ChatRequestMessage,
    ChatResponseMessage,
    ChatRole,
    CompletionsFinishReason,
    ContentItem,
    DeveloperMessage,
    EmbeddingItem,
    FunctionCall,
    FunctionDefinition,
    ImageContentItem,
    ImageDetailLevel,
    ImageEmbeddingInput,
    ImageUrl,
    InputAudio,
    ModelInfo,
    ModelType,
    StreamingChatCompletionsUpdate,
    SystemMessage,
    TextContentItem,
    ToolMessage,
    UserMessage,
)

ANSWER: Dict[str, Any] = {
    "id": "a1",
    "object": "chat.completion",
    "created": 1_700_000_000,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "Hi", "refusal": None},
            "logprobs": {"content": []},
        }
    ],
    "usage": {"completion_tokens": 1, "prompt_tokens": 2, "total_tokens": 3},
    "system_fingerprint": "f",
}


def answer() -> ChatCompletions:
    """Return a model over a dictionary that no other test uses."""
    return ChatCompletions(copy.deepcopy(ANSWER))


def test_fields_are_read_as_their_types() -> None:
    """An attribute has the type of its annotation."""
    read = answer()

    assert (read.id, read.model, read.usage.total_tokens) == ("a1", "m", 3)
    assert read.created == datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc)
    assert isinstance(read.choices[0], ChatChoice)
    assert read.choices[0].finish_reason is CompletionsFinishReason.STOPPED
    assert read.choices[0].message.role is ChatRole.ASSISTANT
    assert read.choices[0].message.content == "Hi"


def test_items_stay_wire_values() -> None:
    """Items by key are the values that the service sent."""
    read = answer()

    assert read["created"] == 1_700_000_000
    assert read["choices"][0]["finish_reason"] == "stop"
    assert type(read["choices"][0]["finish_reason"]) is str
    assert read["system_fingerprint"] == "f"
    assert read["choices"][0]["logprobs"] == {"content": []}


def test_one_value_by_every_way() -> None:
    """A change to a value that was read in one way is seen in every other way."""
    read = answer()

    assert read["choices"] is read.choices
    assert read.get("choices") is read.choices
    assert dict(read)["choices"] is read.choices
    assert list(read.values())[4] is read.choices
    assert dict(read.items())["usage"] is read.usage
    assert read.choices[0].message is read.choices[0].message


def test_changes_to_nested_models_show() -> None:
    """A change to a nested model is a change of the JSON to send back."""
    read = answer()
    read.choices[0].message.content = "Bye"
    read.choices.append(ChatChoice(index=1))
    read.usage["total_tokens"] = 4
    expected = copy.deepcopy(ANSWER)
    expected["choices"][0]["message"]["content"] = "Bye"
    expected["choices"].append({"index": 1})
    expected["usage"]["total_tokens"] = 4

    assert read.as_dict() == expected


def test_lists_of_plain_values_are_live() -> None:
    """`item.embedding.append(1.0)` changes the model."""
    item = EmbeddingItem({"embedding": [0.5], "index": 0})
    item.embedding.append(1.0)  # type: ignore[union-attr]

    assert item.as_dict() == {"embedding": [0.5, 1.0], "index": 0}


def test_mapping_given_to_a_model_stays_the_callers() -> None:
    """A change of a model does not change the dictionary that it was made from."""
    given = copy.deepcopy(ANSWER)
    read = ChatCompletions(given)
    read.choices[0].message.content = "Bye"
    read.id = "a2"

    assert given == ANSWER


@pytest.mark.parametrize("field", ["id", "choices", "usage", "created"])
def test_missing_field_is_none(field: str) -> None:
    """A missing field is None."""
    read = ChatCompletions({})

    assert getattr(read, field) is None
    assert field not in read
    with pytest.raises(KeyError):
        read[field]


def test_unknown_attribute_raises() -> None:
    """A misspelt attribute raises an AttributeError."""
    with pytest.raises(AttributeError, match="'ChatCompletions' object has no attribute 'chocies'"):
        answer().chocies  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    ("wire", "read"),
    [
        (1.5, datetime.datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=datetime.timezone.utc)),
        ("2024-01-01", "2024-01-01"),
        (True, True),
        (10**30, 10**30),
        (float("nan"), None),
        ([1], [1]),
    ],
)
def test_created_that_is_no_time_is_handed_over(wire: Any, read: Any) -> None:
    """An odd time is returned as it came, without an error."""
    got = ChatCompletions({"created": wire}).created

    assert got == read if read is not None else got != got


def test_created_is_written_as_seconds() -> None:
    """An assigned time is written as Unix seconds."""
    read = answer()
    read.created = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)

    assert read["created"] == 946684800
    assert read.created == datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)
    assert ChatCompletions({"created": datetime.datetime(2000, 1, 1)})["created"] == 946684800


@pytest.mark.parametrize("wrong", [None, 5, "text", {"a": 1}, [1, None, "x"], [[]]])
def test_wrong_types_are_handed_over(wrong: Any) -> None:
    """A value of an unexpected type is returned as it came, without an error."""
    read = ChatCompletions({"choices": wrong, "usage": wrong, "id": wrong, "created": wrong})

    assert read.choices == wrong
    assert read.usage == wrong
    assert read.id == wrong
    assert read.as_dict() == {"choices": wrong, "usage": wrong, "id": wrong, "created": wrong}


def test_unknown_enum_value_stays_a_string() -> None:
    """A new value of the service stays a str."""
    assert ChatChoice({"finish_reason": "tired"}).finish_reason == "tired"
    assert ChatChoice({"finish_reason": {}}).finish_reason == {}
    assert ModelInfo({"model_type": "chat"}).model_type == "chat"
    assert ModelInfo({"model_type": "embeddings"}).model_type is ModelType.EMBEDDINGS


def test_enum_is_written_as_its_value() -> None:
    """An enum member is written as its string."""
    audio = InputAudio(data="x", format=AudioContentFormat.WAV)

    assert type(audio["format"]) is str
    assert audio["format"] == "wav"
    assert audio.format is AudioContentFormat.WAV
    assert repr(ImageUrl(url="u", detail=ImageDetailLevel.HIGH)) == "{'url': 'u', 'detail': 'high'}"


def test_setting_none_removes() -> None:
    """Setting a field to None removes it."""
    read = answer()
    read.usage = None  # type: ignore[assignment]
    read.id = "a3"
    del read.model

    assert "usage" not in read
    assert read.usage is None
    assert read.id == "a3" == read["id"]
    assert "model" not in read


def test_it_is_a_mutable_mapping() -> None:
    """A model works as a mutable mapping."""
    usage = models.CompletionsUsage(completion_tokens=1, prompt_tokens=2)
    usage.update(total_tokens=3, extra="x")

    assert list(usage) == ["completion_tokens", "prompt_tokens", "total_tokens", "extra"]
    assert (len(usage), "extra" in usage, "absent" in usage, bool(usage)) == (4, True, False, True)
    assert usage.popitem() == ("extra", "x")
    assert usage.pop("total_tokens") == 3
    assert usage.total_tokens is None
    assert usage.setdefault("prompt_tokens", 9) == 2
    assert usage.get("absent", "default") == "default"
    del usage["prompt_tokens"]
    assert usage == {"completion_tokens": 1}
    usage.clear()
    assert not usage
    with pytest.raises(KeyError, match="dictionary is empty"):
        usage.popitem()
    assert not isinstance(usage, dict)


def test_equality_is_by_content() -> None:
    """A model equals another model or a mapping with the same content."""
    message = UserMessage("hi")

    assert message == {"role": "user", "content": "hi"} == message
    assert message == UserDict(role="user", content="hi")
    assert message == ChatResponseMessage(role="user", content="hi")
    assert message != UserMessage("ho")
    assert message != None  # noqa: E711
    assert message != [("role", "user")]
    with pytest.raises(TypeError, match="unhashable"):
        hash(message)


def test_json_dumps_refuses_models_and_takes_their_dict() -> None:
    """`json.dumps` refuses a model and accepts its dictionary, as in the released package."""
    with pytest.raises(TypeError):
        json.dumps(answer())

    assert json.loads(json.dumps(answer().as_dict())) == ANSWER


def test_as_dict_shares_nothing() -> None:
    """A change of the plain data does not change the model."""
    read = answer()
    plain = read.as_dict()
    plain["choices"][0]["message"]["content"] = "Bye"

    assert read == ANSWER
    assert type(plain["choices"][0]) is dict


def test_as_dict_is_plain_all_the_way_down() -> None:
    """`json.dumps(model.as_dict())` works for all that a request may hold."""
    definition = FunctionDefinition(
        name="n",
        parameters={
            "day": datetime.date(2024, 1, 2),
            "role": ChatRole.USER,
            "raw": b"x",
            "absent": NULL,
            "pair": (1, UserMessage("a")),
        },
    )

    assert definition.as_dict() == {
        "name": "n",
        "parameters": {
            "day": "2024-01-02",
            "role": "user",
            "raw": "eA==",
            "absent": None,
            "pair": (1, {"role": "user", "content": "a"}),
        },
    }


def test_printing() -> None:
    """A response prints as its JSON."""
    assert str(answer()) == json.dumps(ANSWER, indent=2)
    assert repr(answer()) == repr(ANSWER)
    assert str(UserMessage("hi")) == "{'role': 'user', 'content': 'hi'}"


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda m: m.copy(), lambda m: pickle.loads(pickle.dumps(m))]
)
def test_duplicates(duplicate: Any) -> None:
    """A copied or pickled model has the same class and content, and is independent."""
    read = answer()
    read.note = "mine"  # type: ignore[attr-defined]
    read.choices[0].message.content = "Bye"
    twin = duplicate(read)
    twin.id = "a2"

    assert type(twin) is ChatCompletions
    assert twin.note == "mine"
    assert twin.choices[0].message.content == "Bye"
    assert isinstance(twin.choices[0], ChatChoice)
    assert read.id == "a1"
    assert twin.as_dict() == {**read.as_dict(), "id": "a2"}


def test_undeclared_attributes_stay_off_the_wire() -> None:
    """An undeclared attribute on a model is not sent."""

    class Noted(UserMessage):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.note = "mine"

    message = Noted("hi")

    assert message.note == "mine"
    assert message == {"role": "user", "content": "hi"}
    del message.note
    assert not hasattr(message, "note")


def test_unknown_keyword_is_refused() -> None:
    """A misspelt keyword raises a TypeError."""
    with pytest.raises(TypeError, match=r"UserMessage.__init__\(\) got an unexpected keyword argument 'contents'"):
        UserMessage(contents="hi")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"got an unexpected keyword argument 'role'"):
        UserMessage(role="system")  # type: ignore[call-overload]


@pytest.mark.parametrize("wrong", [5, "abc", [], None])
def test_positional_argument_must_be_a_mapping(wrong: Any) -> None:
    """A model is made from a JSON object only."""
    with pytest.raises(TypeError, match="ChatCompletions.* takes a mapping"):
        ChatCompletions(wrong)
    with pytest.raises(TypeError, match="one mapping"):
        ChatCompletions({}, {})  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="one mapping"):
        ChatCompletions({}, id="x")  # type: ignore[call-overload]


def test_none_keywords_are_left_out() -> None:
    """An optional field that is None is not sent."""
    assert FunctionDefinition(name="n", description=None) == {"name": "n"}
    assert UserMessage(content="") == {"role": "user", "content": ""}


@pytest.mark.parametrize(
    ("model", "wire"),
    [
        (SystemMessage("s"), '{"role": "system", "content": "s"}'),
        (DeveloperMessage(content="d"), '{"role": "developer", "content": "d"}'),
        (UserMessage(UserDict(content="u")), '{"role": "user", "content": "u"}'),
        (UserMessage({"content": "u", "role": "user", "name": "x"}), '{"content": "u", "role": "user", "name": "x"}'),
        (AssistantMessage(None), '{"role": "assistant"}'),
        (
            AssistantMessage("a", tool_calls=[ChatCompletionsToolCall(id="1", function=FunctionCall(name="f"))]),
            '{"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f"}, "type": "function"}], "content": "a"}',
        ),
        (ToolMessage("t", tool_call_id="1"), '{"role": "tool", "tool_call_id": "1", "content": "t"}'),
        (ToolMessage(tool_call_id="1", content="t"), '{"role": "tool", "tool_call_id": "1", "content": "t"}'),
        (TextContentItem(text="x"), '{"type": "text", "text": "x"}'),
        (TextContentItem({"text": "x"}), '{"type": "text", "text": "x"}'),
        (ImageContentItem(image_url=ImageUrl(url="u")), '{"type": "image_url", "image_url": {"url": "u"}}'),
        (
            AudioContentItem(input_audio=InputAudio(data="d", format="mp3")),
            '{"type": "input_audio", "input_audio": {"data": "d", "format": "mp3"}}',
        ),
        (
            ChatCompletionsToolDefinition(function=FunctionDefinition(name="f", parameters={"type": "object"})),
            '{"function": {"name": "f", "parameters": {"type": "object"}}, "type": "function"}',
        ),
        (
            ChatCompletionsNamedToolChoice(function=ChatCompletionsNamedToolChoiceFunction(name="f")),
            '{"function": {"name": "f"}, "type": "function"}',
        ),
        (ChatCompletionsToolCall({"id": "1", "type": "other"}), '{"id": "1", "type": "function"}'),
        (ContentItem(type="new"), '{"type": "new"}'),
        (ChatRequestMessage(role="new"), '{"role": "new"}'),
        (UserMessage([{"type": "text", "text": "x"}]), '{"role": "user", "content": [{"type": "text", "text": "x"}]}'),
    ],
)
def test_keys_and_their_order(model: Model, wire: str) -> None:
    """A request has the same bytes as that of the released package."""
    assert json.dumps(model.as_dict()) == wire


def test_content_may_be_given_once() -> None:
    """A second content raises a ValueError."""
    with pytest.raises(ValueError, match="content cannot be provided as positional and keyword arguments"):
        UserMessage("a", content="b")  # type: ignore[call-overload]


def test_content_items_stay_what_they_are() -> None:
    """Dictionaries stay dictionaries, and the list stays the caller's."""
    items: list[Any] = [{"type": "text", "text": "x"}, TextContentItem(text="y")]
    message = UserMessage(items)
    items.append({"type": "new"})

    assert message.content is items
    assert type(message.content[0]) is dict
    assert message.as_dict()["content"] == [
        {"type": "text", "text": "x"},
        {"type": "text", "text": "y"},
        {"type": "new"},
    ]


def test_files_are_read(tmp_path: Path) -> None:
    """`load` returns a data URL or base64 of a file."""
    file = tmp_path / "file"
    file.write_bytes(bytes(range(256)))
    encoded = base64.b64encode(bytes(range(256))).decode()

    assert ImageUrl.load(image_file=str(file), image_format="png", detail="low") == {
        "url": f"data:image/png;base64,{encoded}",
        "detail": "low",
    }
    assert ImageEmbeddingInput.load(image_file=str(file), image_format="png", text="t") == {
        "image": f"data:image/png;base64,{encoded}",
        "text": "t",
    }
    assert InputAudio.load(audio_file=str(file), audio_format="wav") == {"data": encoded, "format": "wav"}


@pytest.mark.parametrize(
    "load",
    [
        lambda name: ImageUrl.load(image_file=name, image_format="png"),
        lambda name: ImageEmbeddingInput.load(image_file=name, image_format="png"),
        lambda name: InputAudio.load(audio_file=name, audio_format="wav"),
    ],
)
def test_missing_file_is_told(load: Any, tmp_path: Path) -> None:
    """A missing file raises an error."""
    with pytest.raises(FileNotFoundError):
        load(str(tmp_path / "none"))


def test_enum_members_by_name_without_regard_to_case() -> None:
    """`ChatRole["User"]` and `ChatRole.user` work."""
    assert ChatRole["User"] is ChatRole.user is ChatRole.USER  # type: ignore[attr-defined]
    assert ChatRole.USER == "user"
    assert json.dumps(ChatRole.USER) == '"user"'


def test_names_that_must_not_exist() -> None:
    """Names that programs check to distinguish versions do not exist."""
    assert not hasattr(models, "ChatCompletionsResponseFormatJSON")
    assert not hasattr(UserMessage, "model_dump")
    assert not hasattr(UserMessage, "parse")


def test_streamed_updates_are_models() -> None:
    """The fields of an update have their types."""
    update = StreamingChatCompletionsUpdate(
        {
            "choices": [
                {
                    "index": 0,
                    "finish_reason": None,
                    "delta": {"tool_calls": [{"index": 0, "function": {"arguments": "{"}}]},
                }
            ]
        }
    )
    call = update.choices[0].delta.tool_calls[0]  # type: ignore[index]

    assert call.function.arguments == "{"
    assert call["index"] == 0
    assert call.id is None
    assert update.choices[0].finish_reason is None
