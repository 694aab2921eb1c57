"""The settings of a call and of its client become one body. The wire tests compare it with the released package."""

from __future__ import annotations

import ast
import copy
import enum
import inspect
import io
import json
import pickle
import re
from collections import UserDict
from types import MappingProxyType
from typing import Any, Dict, NamedTuple, Set, Type, TypedDict, get_type_hints

import pytest
from azure.core.serialization import NULL
from worlds import World

from azure.ai.inference import _keywords, options
from azure.ai.inference._core.body import UNSET, Call, WireBody, client_settings
from azure.ai.inference._core.operations import CHAT, EMBED
from azure.ai.inference._core.signatures import keyword_docs, settings_of
from azure.ai.inference.models import JsonSchemaFormat, UserMessage
from azure.ai.inference.options import ChatCompletionsSettings, EmbeddingsSettings, ImageGenerationSettings

HI = [{"role": "user", "content": "hi"}]
LISTINGS = [kind for kind in ast.parse(inspect.getsource(_keywords)).body if isinstance(kind, ast.ClassDef)]


class Sent(NamedTuple):
    """The result of a call's merge."""

    body: WireBody
    streams: bool = False
    passes_extras: bool = False


def sent(call: Call) -> Sent:
    """Return what a call sends."""
    return Sent(call.encode(), call.streams, call.passes_extras)


def chat_call(stream: Any = None, defaults: Any = None, messages: Any = HI, **given: Any) -> Sent:
    """Return the request of a chat with these settings."""
    return sent(Call(CHAT, UNSET, {"messages": messages, "stream": stream}, given, defaults or {}))


def body_call(body: Any, stream: Any = None) -> Sent:
    """Return the request of a chat with a body of the caller's."""
    return sent(Call(CHAT, body, {"messages": UNSET, "stream": stream}, {}, {}))


def test_call_wins_over_client() -> None:
    """A call's value overrides the client's, even if it is falsy; None stands for the client's."""
    defaults = client_settings(CHAT, {"temperature": 0.5, "stop": ["x"], "seed": 1, "model": None})

    assert chat_call(defaults=defaults, temperature=0.0, stop=[], top_p=0) == Sent(
        '{"messages": [{"role": "user", "content": "hi"}], "seed": 1, "stop": [], "temperature": 0.0, "top_p": 0}',
        streams=False,
        passes_extras=False,
    )


def test_extras_replace_extras_as_a_whole() -> None:
    """A call's extras replace the client's as a whole; an empty dictionary does not."""
    defaults = client_settings(CHAT, {"model_extras": {"a": 1, "b": 2}})

    assert chat_call(defaults=defaults).body == '{"messages": [{"role": "user", "content": "hi"}], "a": 1, "b": 2}'
    assert chat_call(defaults=defaults, model_extras={}).passes_extras
    assert chat_call(defaults=defaults, model_extras={"c": 3}) == Sent(
        '{"messages": [{"role": "user", "content": "hi"}], "c": 3}', streams=False, passes_extras=True
    )


def test_extras_may_remove_and_ask_for_a_stream() -> None:
    """A None among the extras removes a key, and a stream that they ask for is read as one."""
    call = chat_call(temperature=1, model_extras={"temperature": None, "stream": True})

    assert call == Sent(
        '{"messages": [{"role": "user", "content": "hi"}], "stream": true}', streams=True, passes_extras=True
    )


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ("text", {"type": "text"}),
        ("json_object", {"type": "json_object"}),
        ({"type": "new"}, {"type": "new"}),
        (
            JsonSchemaFormat(name="n", schema={}, strict=True),
            {"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "strict": True}},
        ),
    ],
)
def test_response_formats(given: Any, wire: Dict[str, Any]) -> None:
    """The service gets the given response format."""
    assert json.loads(str(chat_call(response_format=given).body)) == {"messages": HI, "response_format": wire}


@pytest.mark.parametrize("wrong", ["", "zzz", 5, []])
def test_unknown_response_format_is_refused(wrong: Any, world: World) -> None:
    """A wrong response format is refused before anything is sent."""
    with pytest.raises(ValueError, match="Unsupported `response_format`"):
        chat_call(response_format=wrong)
    with pytest.raises(ValueError, match="Unsupported `response_format`"):
        world.ChatCompletionsClient("https://host.example", None, response_format=wrong)


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"temperature": float("nan")}, ValueError, "temperature cannot be sent as JSON"),
        ({"model_extras": {"x": [float("inf")]}}, ValueError, "x cannot be sent as JSON"),
        ({"seed": {1, 2}}, TypeError, "seed cannot be sent as JSON"),
        ({"model_extras": {"x": object()}}, TypeError, "x cannot be sent as JSON"),
    ],
)
def test_values_without_json_are_refused(given: Dict[str, Any], error: Type[Exception], says: str) -> None:
    """A value without a JSON form is refused, and the error names its argument."""
    with pytest.raises(error, match=says):
        chat_call(**given)


def test_body_that_contains_itself_is_refused() -> None:
    """A circular body raises a ValueError, not a RecursionError."""
    body: Dict[str, Any] = {}
    body["body"] = body

    with pytest.raises(ValueError, match="body cannot be sent as JSON"):
        body_call(body)


def test_key_that_is_no_string_is_refused() -> None:
    """The error of a key that is not a str names the key."""
    with pytest.raises(TypeError, match="The body cannot be sent as JSON: keys must be str"):
        body_call({("a", "b"): 1})


def test_values_beyond_json_have_a_form() -> None:
    """An enumeration, azure-core's null and a sequence of one's own can be sent."""

    class Level(enum.Enum):
        LOW = 1

    call = chat_call(model_extras={"level": Level.LOW, "absent": NULL, "range": range(2), "map": UserDict(a=b"x")})

    assert json.loads(str(call.body)) == {
        "messages": HI,
        "level": 1,
        "absent": None,
        "range": [0, 1],
        "map": {"a": "eA=="},
    }


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ("hi", "messages must be a list of messages, not str"),
        (b"hi", "messages must be a list of messages, not bytes"),
        ({"role": "user"}, "messages must be a list of messages, not dict"),
        (UserMessage("hi"), "messages must be a list of messages, not UserMessage"),
        (iter([]), "messages must be a list of messages, not list_iterator"),
        (None, "missing required argument: messages"),
    ],
)
def test_messages_must_be_a_list(messages: Any, says: str) -> None:
    """A lone message is refused."""
    with pytest.raises(TypeError, match=says):
        chat_call(messages=messages)


def test_embeddings_need_input() -> None:
    """A request without input is refused."""
    with pytest.raises(TypeError, match="missing required argument: input"):
        Call(EMBED, UNSET, {"input": None}, {}, {}).encode()


@pytest.mark.parametrize(
    ("body", "stream", "call"),
    [
        ({"a": "é"}, None, Sent('{"a": "\\u00e9"}', streams=False, passes_extras=False)),
        ({"stream": True}, None, Sent('{"stream": true}', streams=True, passes_extras=False)),
        ({"stream": "yes"}, None, Sent('{"stream": "yes"}', streams=False, passes_extras=False)),
        ({"a": 1}, True, Sent('{"a": 1}', streams=True, passes_extras=False)),
        (MappingProxyType({"a": 1}), None, Sent('{"a": 1}', streams=False, passes_extras=False)),
        (UserMessage("x"), None, Sent('{"role": "user", "content": "x"}', streams=False, passes_extras=False)),
        (b'{"stream": true}', None, Sent(b'{"stream": true}', streams=True, passes_extras=False)),
        (b'{"stream": false}', None, Sent(b'{"stream": false}', streams=False, passes_extras=False)),
        (b'["stream"]', None, Sent(b'["stream"]', streams=False, passes_extras=False)),
        (b'{"stream": tru', None, Sent(b'{"stream": tru', streams=False, passes_extras=False)),
        (b"", True, Sent(b"", streams=True, passes_extras=False)),
    ],
)
def test_bodies(body: Any, stream: Any, call: Sent) -> None:
    """A caller's own body is not changed, and its response is read in the right way."""
    assert body_call(body, stream) == call


def test_files_are_sent_as_they_are() -> None:
    """A file is not read before it is sent."""
    file = io.BytesIO(b'{"stream": true}')

    assert body_call(file) == Sent(file, streams=False, passes_extras=False)
    assert file.tell() == 0


@pytest.mark.parametrize("body", ["text", 5, None, [1]])
def test_other_bodies_are_refused(body: Any) -> None:
    """A body that no route accepts is refused."""
    with pytest.raises(TypeError, match="body must be a mapping, bytes or a binary file, not"):
        body_call(body)


def test_embeddings_are_never_a_stream() -> None:
    """A body of embeddings with `stream` still returns a whole response."""
    assert not Call(EMBED, {"input": ["x"], "stream": True}, {"input": UNSET}, {}, {}).streams
    assert not Call(EMBED, UNSET, {"input": ["x"]}, {"model_extras": {"stream": True}}, {}).streams


def test_settings_beside_a_body_are_ignored() -> None:
    """Settings beside a body neither change it nor reach the pipeline as options."""
    call = Call(CHAT, {"a": 1}, {"messages": UNSET, "stream": None}, {"temperature": 1, "timeout": 5}, {"seed": 1})

    assert (sent(call), call.options) == (Sent('{"a": 1}'), {"timeout": 5})


@pytest.mark.parametrize(
    ("client", "method", "settings"),
    [
        ("ChatCompletionsClient", "complete", ChatCompletionsSettings),
        ("EmbeddingsClient", "embed", EmbeddingsSettings),
        ("ImageEmbeddingsClient", "embed", EmbeddingsSettings),
        ("ImageGenerationClient", "generate", ImageGenerationSettings),
    ],
)
def test_signatures_and_settings_agree(client: str, method: str, settings: Any, world: World) -> None:
    """A setting that type checkers know is in the signature of the method and of the constructor, and documented."""
    owner = getattr(world, client)
    call = keywords_of(getattr(owner, method)) - {"messages", "stream", "input", "prompt"}

    assert set(settings_of(settings)) == call == keywords_of(owner.__init__)
    for name in call:
        assert f":keyword {name}: " in (getattr(owner, method).__doc__ or "")


def keywords_of(function: Any) -> Set[str]:
    """Return the names of the keyword-only parameters."""
    parameters = inspect.signature(function).parameters.values()
    return {parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("name", options.__all__)
def test_every_keyword_is_documented_where_it_is_listed(name: str) -> None:
    """Each key of a class of keywords has its line in the docstring of the class that lists it, and no line is left."""
    (listing,) = (kind for kind in LISTINGS if kind.name == name)
    listed = [
        key.target.id for key in listing.body if isinstance(key, ast.AnnAssign) and isinstance(key.target, ast.Name)
    ]

    assert list(keyword_docs(getattr(options, name))) == listed


def test_unset_stays_the_same_object() -> None:
    """Copies and pickles of signatures and options keep ``UNSET``, which code compares by ``is``."""
    again = [copy.copy(UNSET), copy.deepcopy([UNSET])[0], pickle.loads(pickle.dumps(UNSET))]

    assert ([each is UNSET for each in again], repr(UNSET)) == ([True, True, True], "UNSET")


@pytest.mark.parametrize("name", options.__all__)
def test_listed_keywords_are_typed_dicts(name: str) -> None:
    """The public class of a list is a TypedDict with its keys and its documentation, and types in place of texts."""
    listed, kind = getattr(_keywords, name), getattr(options, name)
    types = kind.__annotations__

    assert isinstance(kind, type(TypedDict("TypedDict", {})))
    assert (kind.__module__, kind.__qualname__, kind.__doc__) == (options.__name__, name, listed.__doc__)
    assert (kind.__total__, list(types)) == (False, list(listed.__annotations__))
    assert types == get_type_hints(kind) == get_type_hints(listed)


@pytest.mark.parametrize("method", ["complete", "parse", "run_tools"])
def test_methods_document_their_settings(world: World, method: str) -> None:
    """The documentation of a method has the whole text of each setting, without blank lines in between."""
    docs = inspect.getdoc(getattr(world.ChatCompletionsClient, method)) or ""
    listed = keyword_docs(options.ChatSettings)

    assert [text for text in listed.values() if text not in docs] == []
    assert listed["reasoning_effort"].endswith("\n    :class:`~azure.ai.inference.models.ReasoningEffort`.")
    assert re.search(r"\n[ ]*\n *:keyword", docs[docs.index(":keyword") :]) is None
