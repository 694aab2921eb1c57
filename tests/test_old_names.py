"""Undocumented names, and forms that the released package leaves behind, on which programs rely."""

from __future__ import annotations

import base64
import copy
import datetime
import functools
import importlib
import json
import pickle
import sys
from typing import Any, Callable, Dict, List, Literal, Optional

import pytest
from azure.core import serialization
from azure.core.credentials import AzureKeyCredential
from released_models import COMPLETION, RELEASED, SAMPLES, copied, facts
from worlds import World

from azure.ai.inference import models
from azure.ai.inference._model_base import Model, SdkJSONEncoder, rest_discriminator, rest_field, wrap
from azure.ai.inference.models import (
    ChatCompletions,
    ChatRequestMessage,
    ChatRole,
    ContentItem,
    ImageUrl,
    UserMessage,
    _models,
    _patch,
)
from azure.ai.inference.testing import LocalService

SAMPLES_OF_RELEASED: Dict[str, Any] = json.loads(RELEASED.read_text(encoding="utf-8"))["samples"]
needs_helpers = pytest.mark.skipif(
    not hasattr(serialization, "as_attribute_dict"), reason="azure-core before 1.35 has no helpers for models"
)
TIME = datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)


def known_facts(model: Any, name: str) -> Dict[str, Any]:
    """Return the facts of a model, without the attributes that the released package did not have."""
    made, released = facts(model), SAMPLES_OF_RELEASED[name]
    if "attribute_list" in made:
        made["attribute_list"] = [one for one in made["attribute_list"] if one in released["attribute_list"]]
    return made


@pytest.mark.parametrize("name", SAMPLES)
def test_facts_of_models(name: str) -> None:
    """`vars`, the JSON encoder and azure-core's helpers give the same results as with the released package."""
    made = known_facts(SAMPLES[name](), name)
    released = {fact: SAMPLES_OF_RELEASED[name][fact] for fact in made}

    assert made == released
    assert json.dumps(made["as_dict"]) == json.dumps(released["as_dict"])


@pytest.mark.parametrize("protocol", ["0", "4"])
@pytest.mark.parametrize("name", SAMPLES)
def test_pickles_of_the_released_package(name: str, protocol: str) -> None:
    """A pickle of the released package loads as the same model."""
    released = SAMPLES_OF_RELEASED[name]
    loaded = pickle.loads(base64.b64decode(released["pickles"][protocol]))
    made = SAMPLES[name]()

    assert (type(loaded), loaded) == (type(made), made)
    assert known_facts(loaded, name) == {fact: released[fact] for fact in facts(made)}


def test_what_was_in_a_pickle_is_a_model_in_use() -> None:
    """A completion from a pickle of the released package reads and changes like any other."""
    loaded = pickle.loads(base64.b64decode(SAMPLES_OF_RELEASED["read completion"]["pickles"]["4"]))
    loaded.choices[0].message.content = "New"
    loaded.choices.pop()
    expected = copied(COMPLETION)
    expected["choices"][0]["message"]["content"] = "New"

    assert loaded.created == datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc)
    assert loaded.note == "kept"
    assert loaded.as_dict() == expected
    assert loaded.usage.total_tokens == 3


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", SAMPLES)
def test_pickles_of_this_package(name: str, protocol: int) -> None:
    """A pickled model loads as the same model."""
    made = SAMPLES[name]()
    loaded = pickle.loads(pickle.dumps(made, protocol))

    assert (type(loaded), loaded, facts(loaded)) == (type(made), made, facts(made))


@pytest.mark.parametrize(
    "name",
    [
        *["ChatCompletions", "EmbeddingsResult", "ImageEmbeddingInput", "ImageUrl", "InputAudio", "ChatRequestMessage"],
        *["AssistantMessage", "DeveloperMessage", "SystemMessage", "ToolMessage", "UserMessage"],
        *["AsyncStreamingChatCompletions", "StreamingChatCompletions"],
    ],
)
def test_models_patch(name: str) -> None:
    """Programs can import from `models._patch`."""
    assert getattr(_patch, name) is getattr(models, name)
    assert name in dir(_patch)
    assert name in _patch.__all__


def test_base_of_streams() -> None:
    """The base class of both streams identifies a stream."""
    for stream in (models.StreamingChatCompletions, models.AsyncStreamingChatCompletions):
        assert issubclass(stream, _patch.BaseStreamingChatCompletions)
    assert not hasattr(models, "BaseStreamingChatCompletions")


@pytest.mark.parametrize("module", [models, _patch])
def test_unknown_names_of_lazy_modules(module: Any) -> None:
    """A misspelt import is an ImportError that names it."""
    with pytest.raises(AttributeError, match=f"module '{module.__name__}' has no attribute 'Absent'"):
        module.Absent  # noqa: B018 - looked up


@pytest.mark.parametrize("role", ["Assistant", "Developer", "System", "Tool", "User"])
def test_old_names_of_messages(role: str) -> None:
    """Programs can build messages by their old names."""
    assert getattr(_models, f"ChatRequest{role}Message") is getattr(models, f"{role}Message")


def test_prompts_patch() -> None:
    """Programs can import the template class from `prompts._patch`."""
    patch, prompts = (importlib.import_module(f"azure.ai.inference.{name}") for name in ("prompts._patch", "prompts"))

    assert patch.PromptTemplate is prompts.PromptTemplate


def test_names_of_tracing() -> None:
    """Programs can import the old names of telemetry."""
    tracing = importlib.import_module("azure.ai.inference.tracing")
    trace_type = tracing.TraceType

    assert tracing.AIInferenceInstrumentor.__module__ == "azure.ai.inference.tracing"
    assert trace_type.__module__ == "azure.ai.inference.tracing"
    assert {member.name: member.value for member in trace_type} == {"INFERENCE": "Inference"}
    assert trace_type("Inference") is trace_type.INFERENCE is trace_type["inference"]
    assert trace_type.INFERENCE == "Inference"


def test_private_attributes_of_clients(world: World, service: LocalService) -> None:
    """Integrations find the endpoint, the pipeline and the model of a client."""
    client = world.ChatCompletionsClient(service.endpoint, AzureKeyCredential("key"))

    assert client._config.endpoint == service.endpoint
    assert client._client._base_url == "{endpoint}"
    assert client._model_info is None


class Note(ChatRequestMessage, discriminator="note"):
    """A message of a role of its own, without annotations."""

    role = rest_discriminator(name="role")
    content = rest_field()


class Summary(ChatRequestMessage, discriminator="summary"):
    """A message whose constructor names its role, and with fields of every kind."""

    role: Literal["summary"] = rest_discriminator(name="role")  # type: ignore[assignment]  # as in released code
    content: str = rest_field()
    made_at: Optional[datetime.datetime] = rest_field(name="madeAt", visibility=["read"], format="rfc3339")
    sent_at: Optional[datetime.datetime] = rest_field(name="sentAt", format="unix-timestamp")
    due: Optional[datetime.datetime] = rest_field(format="rfc7231")
    day: Optional[datetime.date] = rest_field()
    took: Optional[datetime.timedelta] = rest_field()
    blob: Optional[bytes] = rest_field()
    safe_blob: Optional[bytes] = rest_field(name="safeBlob", format="base64url", visibility=["read", "create"])
    number: Any = rest_field(type=int)
    image: Any = rest_field(name="img", type=ImageUrl)
    images: Optional[List[ImageUrl]] = rest_field(name="imgs")
    level: int = rest_field(default=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, role="summary", **kwargs)


SUMMARY_FIELDS: Dict[str, Any] = {
    "content": "c",
    "made_at": TIME,
    "sent_at": TIME,
    "due": TIME,
    "day": TIME.date(),
    "took": datetime.timedelta(hours=1),
    "blob": b"\xff\xfe>",
    "safe_blob": b"\xff\xfe>?",
    "number": 7,
    "image": ImageUrl(url="u"),
    "images": [ImageUrl(url="v")],
}
SUMMARY_JSON: Dict[str, Any] = {
    "level": 3,
    "role": "summary",
    "content": "c",
    "madeAt": "2024-01-02T03:04:05Z",
    "sentAt": 1_704_164_645,
    "due": "Tue, 02 Jan 2024 03:04:05 GMT",
    "day": "2024-01-02",
    "took": "PT01H00M00S",
    "blob": "//4+",
    "safeBlob": "__4-Pw",
    "number": 7,
    "img": {"url": "u"},
    "imgs": [{"url": "v"}],
}


def test_discriminator_by_name() -> None:
    """A message class of a program's own is accepted, and sent with its role."""
    note = Note(content="x")

    assert note.as_dict() == {"role": "note", "content": "x"}
    assert (note.role, note.content) == ("note", "x")
    assert json.dumps(Note(content="x", role="other").as_dict()) == '{"content": "x", "role": "other"}'
    assert Note({"content": "x"}) == Note({"content": "x", "role": "note"}) == note
    assert json.dumps([UserMessage("hi"), note], cls=SdkJSONEncoder) == (
        '[{"role": "user", "content": "hi"}, {"role": "note", "content": "x"}]'
    )


def test_role_named_by_the_constructor() -> None:
    """A message class written like those of the released package can be built in every form."""
    assert Summary(content="c", level=1).as_dict() == {"level": 1, "role": "summary", "content": "c"}
    assert Summary({"content": "c"}).as_dict() == {"level": 3, "role": "summary", "content": "c"}
    assert Summary({"role": "given"}).role == "given"
    with pytest.raises(TypeError, match="one mapping"):
        Summary({"content": "c"}, content="d")
    with pytest.raises(TypeError, match=r"Summary.__init__\(\) got an unexpected keyword argument 'madeAt'"):
        Summary(madeAt=TIME)


def test_role_of_a_message_is_no_keyword() -> None:
    """A message cannot be built with a role that contradicts its class."""
    with pytest.raises(TypeError, match="unexpected keyword argument 'role'"):
        UserMessage(content="x", role="system")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="one mapping"):
        UserMessage({"content": "x"}, role="system")  # type: ignore[call-overload]


def test_discriminator_of_content_items() -> None:
    """Content items, too, can have variants of a program's own."""

    class Video(ContentItem, discriminator="video_url"):
        type = rest_discriminator(name="type")
        video_url: ImageUrl = rest_field(visibility=["read", "create"])

    assert Video(video_url={"url": "u"}).as_dict() == {"type": "video_url", "video_url": {"url": "u"}}
    assert type(Video(video_url={"url": "u"}).video_url) is ImageUrl


def test_fields_are_written() -> None:
    """A field that a program declares is sent under its key and in its form."""
    assert json.dumps(Summary(**SUMMARY_FIELDS).as_dict()) == json.dumps(SUMMARY_JSON)


def test_a_format_needs_no_annotation() -> None:
    """A time or bytes without an annotation are sent in the form of the field."""

    class Entry(ContentItem, discriminator="entry"):
        at = rest_field(format="unix-timestamp")
        other = rest_field(format="unix-timestamp")

    assert Entry(at=TIME, other=ChatRole.USER).as_dict() == {"type": "entry", "at": 1_704_164_645, "other": "user"}


@pytest.mark.parametrize("make", [Summary, functools.partial(wrap, Summary)])
def test_fields_are_read(make: Callable[[Any], Summary]) -> None:
    """A field that a program declares is read by its declaration."""
    read = make(copy.deepcopy(SUMMARY_JSON))

    assert {name: getattr(read, name) for name in SUMMARY_FIELDS} == SUMMARY_FIELDS
    assert (read.due, read.took) == (TIME, datetime.timedelta(hours=1))
    assert type(read.images[0]) is type(read.image) is ImageUrl  # type: ignore[index]
    assert read.image is read.image is read["img"]
    assert read["imgs"] is read.images
    assert read["madeAt"] == SUMMARY_JSON["madeAt"]


@pytest.mark.skipif(sys.version_info < (3, 10), reason="Python has no such annotations before")
def test_newer_annotations() -> None:
    """Fields with modern annotations are read, on every version of Python."""

    class Answer(ChatCompletions):
        image: ImageUrl | None = rest_field()
        images: list[ImageUrl] | None = rest_field()
        scores: list[float] = rest_field()

    answer = Answer({"image": {"url": "u"}, "images": [{"url": "v"}], "scores": [0.5]})

    assert (type(answer.image), type(answer.images[0]), answer.scores) == (ImageUrl, ImageUrl, [0.5])  # type: ignore[index]


def test_an_overridden_field_keeps_its_annotation() -> None:
    """A field without an annotation is read like that of the base class."""

    class Answer(ChatCompletions):
        created = rest_field(format="rfc3339")
        usage = rest_field(visibility=["read"])

    answer = Answer({"created": "2024-01-02T03:04:05Z", "usage": {"total_tokens": 1}})

    assert (answer.created, type(answer.usage)) == (TIME, models.CompletionsUsage)


@pytest.mark.parametrize("make", [Summary, functools.partial(wrap, Summary)])
def test_renamed_fields_are_changed(make: Callable[[Any], Summary]) -> None:
    """A field with a key of its own is changed under that key."""
    summary = make(copy.deepcopy(SUMMARY_JSON))
    assert (summary.image.url, summary.sent_at, summary.safe_blob) == ("u", TIME, b"\xff\xfe>?")
    summary.image = ImageUrl(url="w")
    summary["sentAt"] = 0
    summary.images.append(ImageUrl(url="x"))  # type: ignore[union-attr]
    del summary.made_at
    del summary["safeBlob"]
    expected = {**SUMMARY_JSON, "img": {"url": "w"}, "sentAt": 0, "imgs": [{"url": "v"}, {"url": "x"}]}
    del expected["madeAt"], expected["safeBlob"]

    assert summary.as_dict() == expected
    assert summary.sent_at == datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    assert (summary.made_at, summary.safe_blob) == (None, None)
    assert summary.copy().as_dict() == pickle.loads(pickle.dumps(summary)).as_dict() == expected


@pytest.mark.parametrize("name", ["made_at", "sent_at", "due", "day", "took", "blob", "safe_blob", "number"])
@pytest.mark.parametrize("value", [True, "\N{SNOWMAN}", [1], {"a": 1}, 1e300])
def test_what_cannot_be_read_is_handed_over(name: str, value: Any) -> None:
    """A value that cannot be converted is returned as the service sent it."""
    summary = Summary(content="c")
    summary[type(summary)._attr_to_rest_field[name]._rest_name] = value
    expected = (
        {True: 1, 1e300: int(1e300)}.get(value, value)
        if name == "number" and not isinstance(value, (list, dict))
        else value
    )

    assert getattr(summary, name) == expected


def test_read_only_fields_are_left_out_on_request() -> None:
    """`exclude_readonly=True` leaves out the fields that only the service sets, and no others."""
    summary = Summary(**SUMMARY_FIELDS)
    expected = {key: value for key, value in SUMMARY_JSON.items() if key != "madeAt"}

    assert summary.as_dict(exclude_readonly=True) == expected
    assert json.loads(json.dumps([summary], cls=SdkJSONEncoder, exclude_readonly=True)) == [expected]
    assert json.loads(json.dumps({"a": summary}, cls=SdkJSONEncoder)) == {"a": SUMMARY_JSON}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (None, ["2024-01-02T03:04:05Z", "//4+"]),
        ("rfc3339", ["2024-01-02T03:04:05Z", "//4+"]),
        ("unix-timestamp", [1_704_164_645, "//4+"]),
        ("rfc7231", ["Tue, 02 Jan 2024 03:04:05 GMT", "//4+"]),
        ("base64url", ["2024-01-02T03:04:05Z", "__4-"]),
    ],
)
def test_format_of_the_encoder(form: Optional[str], expected: Any) -> None:
    """The encoder writes times and bytes in the requested form."""
    encoded = json.dumps([TIME, b"\xff\xfe>"], cls=SdkJSONEncoder, format=form)

    assert json.loads(encoded) == expected


@needs_helpers
def test_helpers_for_declared_fields() -> None:
    """azure-core's helpers know the fields of a program's own model."""
    summary = Summary(**SUMMARY_FIELDS)
    names = {field._rest_name: name for name, field in Summary._attr_to_rest_field.items()}
    expected = {names[key]: value for key, value in SUMMARY_JSON.items()}

    assert serialization.is_generated_model(summary)
    assert not serialization.is_generated_model({})
    assert serialization.attribute_list(summary) == list(names.values())
    assert serialization.as_attribute_dict(summary) == expected
    del expected["made_at"]
    assert serialization.as_attribute_dict(summary, exclude_readonly=True) == expected


@pytest.mark.skipif(
    not hasattr(serialization, "get_backcompat_attr_name"), reason="azure-core before 1.37 knows no older names"
)
def test_older_names_of_attributes() -> None:
    """azure-core can look up the older name of an attribute, which is the same here."""
    names = [serialization.get_backcompat_attr_name(UserMessage("hi"), name) for name in ("content", "other")]

    assert names == ["content", "other"]


def test_what_the_helpers_ask_for() -> None:
    """Other versions of azure-core's helpers, and those of programs, find the fields."""
    fields = Summary._attr_to_rest_field

    assert Model._is_model
    assert (fields["made_at"]._rest_name, fields["made_at"]._visibility) == ("madeAt", ["read"])
    assert (fields["content"]._rest_name, fields["content"]._visibility) == ("content", None)
    assert not fields["content"]._is_multipart_file_input
    assert rest_field(is_multipart_file_input=True)._is_multipart_file_input


class Cached(UserMessage):
    """A message with an attribute that is computed once."""

    @functools.cached_property
    def words(self) -> List[str]:
        return str(self.content).split()


def test_vars_of_a_response() -> None:
    """`vars` of a response is the same whether or not it has been read."""
    unread, read = (wrap(ChatCompletions, copied(COMPLETION)) for _ in range(2))
    assert read.choices[0].message.content == "Hi"
    texts = [json.dumps(completion, default=lambda o: o.__dict__) for completion in (unread, read)]

    assert texts == [SAMPLES_OF_RELEASED["completion"]["vars"]] * 2


def test_vars_is_what_the_model_holds() -> None:
    """`vars` shows the JSON of the model itself, not a copy, and no converted values."""
    completion: Any = wrap(ChatCompletions, copied(COMPLETION))
    completion.note = "n"
    shown = vars(completion)

    assert list(shown) == ["_data", "note"]
    assert shown["_data"] == COMPLETION
    assert shown["_data"] is completion._data
    assert shown["_data"]["choices"] is completion.choices
    assert shown["_data"]["usage"] is completion.usage
    shown["_data"]["model"] = "other"
    assert completion.model == "other"


def test_changes_of_vars_are_changes_of_the_model() -> None:
    """Attributes set through `__dict__` are set on the model."""
    message: Any = Cached("some words")
    message.__dict__["a"] = 1
    message.__dict__.update(b=2, c=3)
    del message.__dict__["a"]

    assert message.words is message.words
    assert message.__dict__.pop("c") == 3
    assert message.__dict__.setdefault("d", 4) == message.d == 4
    assert (message.b, hasattr(message, "a"), hasattr(message, "c")) == (2, False, False)
    message.__dict__["content"] = "of a field: not seen, as the field reads its key"
    assert message.content == "some words"
    assert vars(message) == {
        "_data": {"role": "user", "content": "some words"},
        "words": ["some", "words"],
        "b": 2,
        "d": 4,
    }


def test_models_are_made_from_attributes() -> None:
    """A program can copy a model by its `__dict__`."""
    message: Any = UserMessage("a")
    message.note = "n"
    duplicate: Any = UserMessage.__new__(UserMessage)
    assert vars(duplicate) == {}
    duplicate.__dict__.update(message.__dict__)

    assert (duplicate, duplicate.content, duplicate.note) == (message, "a", "n")
    duplicate.__dict__ = {"_data": {"role": "user", "content": "b"}}
    assert (duplicate.content, hasattr(duplicate, "note"), message.content) == ("b", False, "a")
    duplicate.__dict__["_data"] = {"role": "user", "content": "c"}
    assert duplicate.content == "c"
    assert pickle.loads(pickle.dumps(vars(duplicate))) == copy.deepcopy(vars(duplicate)) == vars(duplicate)


def test_a_value_that_was_read_goes_with_its_json() -> None:
    """A model shows no field of JSON that it no longer holds."""
    completion = ChatCompletions(copied(COMPLETION))
    assert completion.choices[0].message.content == "Hi"
    completion.__dict__["_data"] = {"choices": [], "id": "c2"}

    assert (completion.choices, completion.id, completion.usage) == ([], "c2", None)
