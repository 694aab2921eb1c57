"""The toy model of the local service as pure functions, from the JSON of a request to the JSON of a response."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any, Dict, List

import pytest

from azure.ai.inference.testing.toy_model.chat import complete_chat, stream_chat
from azure.ai.inference.testing.toy_model.embeddings import embed_images, embed_texts
from azure.ai.inference.testing.toy_model.problems import Problem
from azure.ai.inference.testing.toy_model.schema import fill_schema

PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG" + bytes(64)).decode()
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
            "required": ["city"],
        },
    },
}
FLIGHT = {
    "type": "function",
    "function": {
        "name": "get_flight_info",
        "description": "The next flight between two cities",
        "parameters": {
            "type": "object",
            "properties": {"origin": {"type": "string"}, "destination": {"type": "string"}},
        },
    },
}


def ask(text: str, **more: Any) -> Dict[str, Any]:
    """Return a chat request with one user message."""
    return {"messages": [{"role": "user", "content": text}], **more}


def content_of(body: Dict[str, Any]) -> str:
    """Return the content of the completion for a chat request."""
    content = complete_chat(body, "m")["choices"][0]["message"]["content"]
    assert isinstance(content, str)
    return content


def call_of(body: Dict[str, Any]) -> Dict[str, Any]:
    """Return the name and the parsed arguments of the function that the completion for a chat request calls."""
    choice = complete_chat(body, "m")["choices"][0]
    function = choice["message"]["tool_calls"][0]["function"]
    assert choice["finish_reason"] == "tool_calls"
    return {"name": function["name"], "arguments": json.loads(function["arguments"])}


def rejected_target(body: Dict[str, Any]) -> str:
    """Return the target in the error for a rejected chat request."""
    with pytest.raises(Problem) as caught:
        complete_chat(body, "m")
    assert caught.value.status == 422
    return str(caught.value.as_body()["error"]["details"][0]["target"])


def test_chat_completion_is_whole() -> None:
    """A chat completion has all fields of the REST API, and states that no model wrote it."""
    completion = complete_chat(ask("Hello there", model="mine"), "m")
    assert completion == {
        "id": completion["id"],
        "object": "chat.completion",
        "created": 1767225600,
        "model": "mine",
        "system_fingerprint": "local-service",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {
                    "role": "assistant",
                    "content": "“Hello there” – that is 2 words, “Hello” the longest of them. "
                    "I am the local test service, not a model, so I know no more about it than that.",
                },
            }
        ],
        "usage": {"completion_tokens": 30, "prompt_tokens": 2, "total_tokens": 32},
    }


def test_same_request_gets_same_completion() -> None:
    """Equal requests get equal completions."""
    assert complete_chat(ask("One"), "m") == complete_chat(ask("One"), "m")
    assert complete_chat(ask("One"), "m")["id"] != complete_chat(ask("Two"), "m")["id"]


def test_conversation_is_read_whole() -> None:
    """The completion mentions instructions, attachments and earlier turns."""
    items = [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": PNG}},
        {"type": "image_url", "image_url": {"url": "https://example.com/cat.jpg"}},
        {"type": "input_audio", "input_audio": {"data": base64.b64encode(bytes(1500)).decode(), "format": "wav"}},
    ]
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": items},
    ]
    assert content_of({"messages": messages}) == (
        "“Look” – that is one word. I am the local test service, not a model, so I know no more about it than that. "
        "With your message came 2 images (png, 68 bytes; at example.com) and 1 audio clip (wav, 1.5 kB). "
        "My instructions: “Be brief.” This was your message number 2."
    )


def test_max_tokens_and_stop_cut_the_completion() -> None:
    """`max_tokens` and `stop` shorten the completion, with the matching finish reason."""
    cut = complete_chat(ask("Hello", max_tokens=2), "m")
    assert (cut["choices"][0]["finish_reason"], cut["choices"][0]["message"]["content"]) == ("length", "“Hello” – ")
    assert cut["usage"]["completion_tokens"] == 2
    stopped = complete_chat(ask("Hello", stop=["none", " that"]), "m")["choices"][0]
    assert (stopped["finish_reason"], stopped["message"]["content"]) == ("stop", "“Hello” –")


def test_stream_adds_up_to_the_plain_completion() -> None:
    """The events of a stream add up to the plain completion, in the service's order."""
    body = ask("Hello there", n=2)
    plain = complete_chat(body, "m")
    events = stream_chat(body, "m")
    for index in (0, 1):
        choices = [choice for event in events for choice in event["choices"] if choice["index"] == index]
        assert choices[0]["delta"] == {"role": "assistant", "content": ""}
        assert (
            "".join(choice["delta"].get("content", "") for choice in choices)
            == (plain["choices"][index]["message"]["content"])
        )
        assert [choice["finish_reason"] for choice in choices] == [None] * (len(choices) - 1) + ["stop"]
    assert [event["choices"] for event in events if "usage" in event] == [[]]
    assert events[-1]["usage"] == plain["usage"]
    assert {event["id"] for event in events} == {plain["id"]}


def test_streamed_tool_call_comes_in_deltas() -> None:
    """A streamed tool call has its id and name once, and deltas that add up to the arguments."""
    body = ask("What is the weather in New York, in fahrenheit?", tools=[FLIGHT, WEATHER])
    call = complete_chat(body, "m")["choices"][0]["message"]["tool_calls"][0]
    deltas = [event["choices"][0]["delta"] for event in stream_chat(body, "m") if event["choices"]]
    call_deltas: List[Dict[str, Any]] = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    assert call_deltas[0] == {
        "index": 0,
        "id": call["id"],
        "type": "function",
        "function": {"name": "get_weather", "arguments": ""},
    }
    assert len(call_deltas) > 2
    assert all(
        set(call_delta) == {"index", "function"} and set(call_delta["function"]) == {"arguments"}
        for call_delta in call_deltas[1:]
    )
    assert "".join(call_delta["function"]["arguments"] for call_delta in call_deltas) == call["function"]["arguments"]
    assert deltas[-1] == {}


@pytest.mark.parametrize(
    ("text", "choice", "expected"),
    [
        (
            "What is the weather in New York, in fahrenheit?",
            "auto",
            {"name": "get_weather", "arguments": {"city": "New York", "unit": "fahrenheit"}},
        ),
        (
            "What's the next flight from Seattle to Miami?",
            "required",
            {"name": "get_flight_info", "arguments": {"origin": "Seattle", "destination": "Miami"}},
        ),
        (
            "weather in paris please",
            {"type": "function", "function": {"name": "get_weather"}},
            {"name": "get_weather", "arguments": {"city": "paris", "unit": "celsius"}},
        ),
        (
            "I start from Oslo",
            None,
            {"name": "get_flight_info", "arguments": {"origin": "Oslo", "destination": "example destination"}},
        ),
        (
            'A flight from "the hills" to “the sea”',
            "auto",
            {"name": "get_flight_info", "arguments": {"origin": "the hills", "destination": "the sea"}},
        ),
    ],
)
def test_most_fitting_function_is_called(text: str, choice: Any, expected: Dict[str, Any]) -> None:
    """The function that best fits the text or `tool_choice` is called, with values from the text."""
    assert call_of(ask(text, tools=[FLIGHT, WEATHER], tool_choice=choice)) == expected


def test_no_call_if_tool_choice_is_none() -> None:
    """`tool_choice: none` is honored."""
    assert content_of(ask("What is the weather?", tools=[WEATHER], tool_choice="none")).startswith("“What is")


def test_tool_results_are_passed_on() -> None:
    """The completion after tool results contains them and calls no tool again."""
    calls = [
        {"id": "a", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}},
        {"id": "b", "type": "function", "function": {"name": "get_time", "arguments": "{}"}},
    ]
    messages = [
        {"role": "user", "content": "How is it in Rome?"},
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "a", "content": '{"degrees": 21, "sky": ["clear", "blue"]}'},
        {"role": "tool", "tool_call_id": "b", "content": "It is noon."},
    ]
    assert content_of({"messages": messages, "tools": [WEATHER]}) == (
        "You asked: “How is it in Rome?” get_weather answered: degrees 21, sky clear, blue. "
        "get_time answered: It is noon. I am the local test service, not a model, but I am glad to pass that on."
    )


def test_tool_result_without_a_question_or_call_is_passed_on() -> None:
    """A conversation of nothing but a tool result gets a completion."""
    assert content_of({"messages": [{"role": "tool", "tool_call_id": "a", "content": "[1, null]"}]}) == (
        "The tool answered: 1, null. I am the local test service, not a model, but I am glad to pass that on."
    )


def test_conversation_without_words_is_completed() -> None:
    """A message without words gets a completion."""
    assert content_of(ask("?!")) == "I am the local test service, not a model, and found no words of yours to count."


def test_free_text_goes_where_it_is_asked_for() -> None:
    """A parameter for free text gets the user's text, and a number the number in it."""
    schema = {"type": "object", "properties": {"search_query": {"type": "string"}, "top": {"type": "integer"}}}
    assert fill_schema(schema, "Find 3 red shoes") == {"search_query": "Find 3 red shoes", "top": 3}
    assert fill_schema({"type": "number"}, "costs 2.5 or 7") == 2.5


def test_structured_output_follows_the_schema() -> None:
    """A completion with a response format is JSON of that format."""
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "person", "schema": schema}}
    assert json.loads(content_of(ask("Extract: Alice is 30", response_format=wanted))) == {"name": "Alice", "age": 30}
    assert json.loads(content_of(ask("Hi", response_format={"type": "json_object"}))) == {
        "service": "local",
        "is_model": False,
        "you_said": "Hi",
    }


TREE = {
    "$defs": {
        "Node": {
            "type": "object",
            "properties": {
                "label": {"type": "string", "minLength": 8, "maxLength": 10},
                "left": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
            },
            "required": ["label", "left"],
        }
    },
    "$ref": "#/$defs/Node",
}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"const": 7}, 7),
        ({"enum": ["x", "y"], "default": "y"}, "y"),
        ({"enum": [3, 4]}, 3),
        ({"type": ["null", "boolean"]}, True),
        ({"type": "null"}, None),
        ({"type": "integer"}, 1),
        ({"type": "integer", "minimum": 2.5}, 3),
        ({"type": "integer", "exclusiveMinimum": 9, "multipleOf": 5}, 10),
        ({"type": "integer", "maximum": -4}, -4),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.75),
        ({"type": "string", "format": "date"}, "2026-01-01"),
        ({"type": "string", "default": "given"}, "given"),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 2}, [True, True]),
        ({"type": "array", "items": {"type": "boolean"}, "maxItems": 0}, []),
        ({"type": "array", "prefixItems": [{"const": 1}, {"const": "a"}], "items": False}, [1, "a"]),
        ({"allOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {"const": 2}}}]}, {"a": 1, "b": 2}),
        ({"oneOf": [{"const": "first"}, {"const": "second"}]}, "first"),
        ({"type": "object", "required": ["free"]}, {"free": "example free"}),
        ({"properties": {"on": {"type": "boolean", "default": False}}}, {"on": False}),
        ({}, "example value"),
    ],
)
def test_schema_is_filled(schema: Dict[str, Any], expected: Any) -> None:
    """The value for a JSON schema is the plainest valid one."""
    assert fill_schema(schema, "") == expected


def test_recursive_schema_ends() -> None:
    """A recursive schema gets a finite value that is valid for it."""
    node = fill_schema(TREE, "")
    depth = 0
    while node is not None:
        assert node["label"] == "example la"
        node, depth = node["left"], depth + 1
    assert depth < 10


@pytest.mark.parametrize("schema", [{"enum": []}, {"type": "object", "properties": 5}, {"allOf": [{"$ref": "#"}]}])
def test_malformed_schema_is_rejected(schema: Dict[str, Any]) -> None:
    """A malformed schema is rejected with status 422."""
    assert (
        rejected_target(ask("x", response_format={"type": "json_schema", "json_schema": {"schema": schema}}))
        == "schema"
    )


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "nobody"}]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "odd"}]}]}, "messages[0].content"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "a"}]}]}, "messages[0].tool_calls"),
        (ask("x", temperature=1.5), "temperature"),
        (ask("x", max_tokens=-1), "max_tokens"),
        (ask("x", max_tokens=1.5), "max_tokens"),
        (ask("x", top_p=True), "top_p"),
        (ask("x", stop=[1]), "stop"),
        (ask("x", tools={"a": 1}), "tools"),
        (ask("x", tools=[{"type": "function"}]), "tools"),
        (ask("x", tools=[WEATHER], tool_choice="maybe"), "tool_choice"),
        (ask("x", tools=[WEATHER], tool_choice={"function": {"name": "other"}}), "tool_choice"),
        (ask("x", response_format={"type": "xml"}), "response_format"),
        (ask("x", response_format={"type": "json_schema"}), "response_format"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:x"}}]}]},
            "image_url",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "?"}}]}]},
            "input_audio.data",
        ),
    ],
)
def test_invalid_chat_requests_are_rejected(body: Dict[str, Any], target: str) -> None:
    """An invalid chat request is rejected with the invalid parameter as the target."""
    assert rejected_target(body) == target


def vectors_of(texts: List[str], **more: Any) -> List[List[float]]:
    """Return the embeddings of texts."""
    return [entry["embedding"] for entry in embed_texts({"input": texts, **more}, "m")["data"]]


def similarity(one: List[float], other: List[float]) -> float:
    """Return the cosine similarity of two unit vectors."""
    return sum(a * b for a, b in zip(one, other))


def test_embeddings_result_is_whole() -> None:
    """An embeddings result has all fields of the REST API."""
    result = embed_texts({"input": ["one two", ""], "dimensions": 2, "model": "mine"}, "m")
    vectors = [entry.pop("embedding") for entry in result["data"]]
    assert result == {
        "id": result["id"],
        "object": "list",
        "data": [{"object": "embedding", "index": 0}, {"object": "embedding", "index": 1}],
        "model": "mine",
        "usage": {"prompt_tokens": 2, "total_tokens": 2},
    }
    assert [len(vector) for vector in vectors] == [2, 2]
    assert vectors[1] == [1.0, 0.0]


def test_similar_texts_are_near_each_other() -> None:
    """Similar texts have similar embeddings."""
    cat, sitting, bread, baking = vectors_of(
        ["The cat sits on the mat", "A cat is sitting on a mat", "How do I bake bread?", "Baking bread at home"]
    )
    assert similarity(cat, cat) == pytest.approx(1)
    assert min(similarity(cat, sitting), similarity(bread, baking)) > 0.4
    assert max(similarity(one, other) for one in (cat, sitting) for other in (bread, baking)) < 0.2


def test_encoding_formats_agree() -> None:
    """All encoding formats hold the same embedding."""
    formats = ["float", "base64", "int8", "uint8", "binary", "ubinary"]
    exact, packed, signed, unsigned, bits, unsigned_bits = (
        embed_texts({"input": "hi you", "dimensions": 12, "encoding_format": name}, "m")["data"][0]["embedding"]
        for name in formats
    )
    assert list(struct.unpack("<12f", base64.b64decode(packed))) == exact
    assert signed == [round(number / max(map(abs, exact)) * 127) for number in exact]
    assert unsigned == [number + 128 for number in signed]
    assert [byte + 128 for byte in bits] == unsigned_bits
    assert f"{unsigned_bits[0]:08b}{unsigned_bits[1]:08b}" == "".join("01"[number > 0] for number in exact) + "0000"


def test_images_are_compared_by_their_bytes() -> None:
    """Equal images have equal embeddings, similar images similar ones, and their text counts."""
    one = bytes(range(256)) * 8
    near = one[:1000] + b"changed" + one[1007:]
    far = bytes(byte * 7 % 251 for byte in range(2048))
    inputs: List[Dict[str, str]] = [
        {"image": "data:image/png;base64," + base64.b64encode(data).decode()} for data in (one, one, near, far)
    ]
    result = embed_images({"input": [*inputs, {**inputs[0], "text": "a ramp"}]}, "m")
    first, same, changed, other, with_text = (entry["embedding"] for entry in result["data"])
    assert first == same
    assert similarity(first, changed) > 0.9
    assert abs(similarity(first, other)) < 0.3
    assert 0.5 < similarity(first, with_text) < 0.9
    assert result["usage"] == {"prompt_tokens": 2, "total_tokens": 2}


@pytest.mark.parametrize(
    ("more", "target"),
    [
        ({"input": []}, "input"),
        ({"input": [1]}, "input"),
        ({"encoding_format": "hex"}, "encoding_format"),
        ({"dimensions": -1}, "dimensions"),
        ({"dimensions": "many"}, "dimensions"),
        ({"input_type": "poem"}, "input_type"),
    ],
)
def test_invalid_embeddings_requests_are_rejected(more: Dict[str, Any], target: str) -> None:
    """An invalid embeddings request is rejected with the invalid parameter as the target."""
    with pytest.raises(Problem) as caught:
        embed_texts({"input": ["x"], **more}, "m")
    assert caught.value.as_body()["error"]["details"][0]["target"] == target


@pytest.mark.parametrize("entry", ["text", {"text": "no image"}, {"image": "https://example.com/a.png"}])
def test_invalid_images_are_rejected(entry: Any) -> None:
    """An input that is not an image is rejected."""
    with pytest.raises(Problem):
        embed_images({"input": [entry]}, "m")
