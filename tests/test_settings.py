"""How a call's settings and the client's become one body. The wire tests compare it with the released package."""

from __future__ import annotations

import enum
import inspect
import io
import json
from collections import UserDict
from types import MappingProxyType
from typing import Any, Dict, Set, Type, get_type_hints

import pytest
from azure.core.serialization import NULL
from worlds import World

from azure.ai.inference._core.body import (
    CHAT_SETTINGS,
    EMBEDDINGS_SETTINGS,
    Call,
    body_call,
    chat_wire,
    embeddings_wire,
    keep_settings,
    settings_call,
)
from azure.ai.inference.models import JsonSchemaFormat, UserMessage
from azure.ai.inference.options import ChatCompletionsSettings, EmbeddingsSettings, RequestOptions

HI = [{"role": "user", "content": "hi"}]
NO_CHAT_SETTINGS: Dict[str, Any] = dict.fromkeys([*CHAT_SETTINGS, "model_extras"])


def chat_call(stream: Any = None, defaults: Any = None, **given: Any) -> Call:
    """The call for a chat with these settings."""
    return settings_call(*chat_wire(HI, stream, {**NO_CHAT_SETTINGS, **given}, defaults or {}))


def test_call_wins_over_client() -> None:
    """If this fails, a value that is falsy gives way to the client's, or a client's to nothing."""
    defaults = keep_settings(CHAT_SETTINGS, {"temperature": 0.5, "stop": ["x"], "seed": 1, "model": None})

    assert chat_call(defaults=defaults, temperature=0.0, stop=[], top_p=0) == Call(
        '{"messages": [{"role": "user", "content": "hi"}], "seed": 1, "stop": [], "temperature": 0.0, "top_p": 0}',
        stream=False,
        passes_extras=False,
    )


def test_extras_replace_extras_as_a_whole() -> None:
    """If this fails, a call's extras are mixed with the client's, or an empty dictionary switches them off."""
    defaults = keep_settings(CHAT_SETTINGS, {"model_extras": {"a": 1, "b": 2}})

    assert chat_call(defaults=defaults).body == '{"messages": [{"role": "user", "content": "hi"}], "a": 1, "b": 2}'
    assert chat_call(defaults=defaults, model_extras={}).passes_extras
    assert chat_call(defaults=defaults, model_extras={"c": 3}) == Call(
        '{"messages": [{"role": "user", "content": "hi"}], "c": 3}', stream=False, passes_extras=True
    )


def test_extras_may_remove_and_ask_for_a_stream() -> None:
    """If this fails, a None among the extras is sent, or a stream that they ask for is read as a whole answer."""
    call = chat_call(temperature=1, model_extras={"temperature": None, "stream": True})

    assert call == Call(
        '{"messages": [{"role": "user", "content": "hi"}], "stream": true}', stream=True, passes_extras=True
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
    """If this fails, the service is asked for another format."""
    body, _ = chat_wire(HI, None, {**NO_CHAT_SETTINGS, "response_format": given}, {})

    assert body == {"messages": HI, "response_format": wire}


@pytest.mark.parametrize("wrong", ["", "zzz", 5, []])
def test_unknown_response_format_is_refused(wrong: Any, world: World) -> None:
    """If this fails, a wrong format is found out by the service only, or not at all."""
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
    """If this fails, invalid JSON is sent, or the error does not tell which argument is wrong."""
    with pytest.raises(error, match=says):
        chat_call(**given)


def test_body_that_contains_itself_is_refused() -> None:
    """If this fails, a circular body ends in a RecursionError."""
    body: Dict[str, Any] = {}
    body["body"] = body

    with pytest.raises(ValueError, match="body cannot be sent as JSON"):
        body_call(body)


def test_key_that_is_no_string_is_refused() -> None:
    """If this fails, the error blames a value for what is wrong with its key."""
    with pytest.raises(TypeError, match="The body cannot be sent as JSON: keys must be str"):
        body_call({("a", "b"): 1})


def test_values_beyond_json_have_a_form() -> None:
    """If this fails, an enumeration, azure-core's null or a sequence of one's own cannot be sent."""

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
    """If this fails, a lone message is sent as a list of its letters or keys."""
    with pytest.raises(TypeError, match=says):
        chat_wire(messages, None, NO_CHAT_SETTINGS, {})


def test_embeddings_need_input() -> None:
    """If this fails, a request without input is sent."""
    with pytest.raises(TypeError, match="missing required argument: input"):
        embeddings_wire(None, dict.fromkeys([*EMBEDDINGS_SETTINGS, "model_extras"]), {})


@pytest.mark.parametrize(
    ("body", "stream", "call"),
    [
        ({"a": "é"}, None, Call('{"a": "\\u00e9"}', stream=False, passes_extras=False)),
        ({"stream": True}, None, Call('{"stream": true}', stream=True, passes_extras=False)),
        ({"stream": "yes"}, None, Call('{"stream": "yes"}', stream=False, passes_extras=False)),
        ({"a": 1}, True, Call('{"a": 1}', stream=True, passes_extras=False)),
        (MappingProxyType({"a": 1}), None, Call('{"a": 1}', stream=False, passes_extras=False)),
        (UserMessage("x"), None, Call('{"role": "user", "content": "x"}', stream=False, passes_extras=False)),
        (b'{"stream": true}', None, Call(b'{"stream": true}', stream=True, passes_extras=False)),
        (b'{"stream": false}', None, Call(b'{"stream": false}', stream=False, passes_extras=False)),
        (b'["stream"]', None, Call(b'["stream"]', stream=False, passes_extras=False)),
        (b'{"stream": tru', None, Call(b'{"stream": tru', stream=False, passes_extras=False)),
        (b"", True, Call(b"", stream=True, passes_extras=False)),
    ],
)
def test_bodies(body: Any, stream: Any, call: Call) -> None:
    """If this fails, a caller's own body is changed, or its answer read the wrong way."""
    assert body_call(body, stream) == call


def test_files_are_sent_as_they_are() -> None:
    """If this fails, a file is read before it is sent."""
    file = io.BytesIO(b'{"stream": true}')

    assert body_call(file) == Call(file, stream=False, passes_extras=False)
    assert file.tell() == 0


@pytest.mark.parametrize("body", ["text", 5, None, [1]])
def test_other_bodies_are_refused(body: Any) -> None:
    """If this fails, something that no route takes is sent."""
    with pytest.raises(TypeError, match="body must be a mapping, bytes or a binary file, not"):
        body_call(body)


@pytest.mark.parametrize(
    ("client", "method", "settings", "names"),
    [
        ("ChatCompletionsClient", "complete", ChatCompletionsSettings, CHAT_SETTINGS),
        ("EmbeddingsClient", "embed", EmbeddingsSettings, EMBEDDINGS_SETTINGS),
        ("ImageEmbeddingsClient", "embed", EmbeddingsSettings, EMBEDDINGS_SETTINGS),
    ],
)
def test_signatures_and_settings_agree(client: str, method: str, settings: Any, names: Any, world: World) -> None:
    """If this fails, a setting is known to type checkers but not to the method, or the other way round."""
    own = set(get_type_hints(settings)) - set(get_type_hints(RequestOptions))
    call = keywords_of(getattr(getattr(world, client), method)) - {"messages", "stream", "input"}
    construct = keywords_of(getattr(world, client).__init__)

    assert own == call == construct == {*names, "model_extras"}


def keywords_of(function: Any) -> Set[str]:
    """The names of the keyword-only parameters."""
    parameters = inspect.signature(function).parameters.values()
    return {parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY}
