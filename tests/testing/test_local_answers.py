"""The local service's answers as pure functions: a request's JSON in, an answer's JSON out."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any, Dict, List

import pytest

from azure.ai.inference.testing.toy_model.chat import answer_chat, stream_chat
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
    """A chat request with one user message."""
    return {"messages": [{"role": "user", "content": text}], **more}


def content_of(body: Dict[str, Any]) -> str:
    """The text that answers a chat request."""
    content = answer_chat(body, "m")["choices"][0]["message"]["content"]
    assert isinstance(content, str)
    return content


def call_of(body: Dict[str, Any]) -> Dict[str, Any]:
    """Name and decoded arguments of the function that a chat request's answer calls."""
    choice = answer_chat(body, "m")["choices"][0]
    function = choice["message"]["tool_calls"][0]["function"]
    assert choice["finish_reason"] == "tool_calls"
    return {"name": function["name"], "arguments": json.loads(function["arguments"])}


def refusal(body: Dict[str, Any]) -> str:
    """The target that a refused chat request's error names."""
    with pytest.raises(Problem) as caught:
        answer_chat(body, "m")
    assert caught.value.status == 422
    return str(caught.value.as_body()["error"]["details"][0]["target"])


def test_chat_answer_is_whole() -> None:
    """If this fails, a plain chat answer has not the fields of the REST API, or hides that no model wrote it."""
    answer = answer_chat(ask("Hello there", model="mine"), "m")
    assert answer == {
        "id": answer["id"],
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


def test_same_request_gets_same_answer() -> None:
    """If this fails, answers depend on more than the request, and tests built on them are not repeatable."""
    assert answer_chat(ask("One"), "m") == answer_chat(ask("One"), "m")
    assert answer_chat(ask("One"), "m")["id"] != answer_chat(ask("Two"), "m")["id"]


def test_conversation_is_read_whole() -> None:
    """If this fails, instructions, earlier turns, images or sounds of a request are not noticed."""
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


def test_max_tokens_and_stop_cut_the_answer() -> None:
    """If this fails, `max_tokens` or `stop` has no effect on text or finish reason."""
    cut = answer_chat(ask("Hello", max_tokens=2), "m")
    assert (cut["choices"][0]["finish_reason"], cut["choices"][0]["message"]["content"]) == ("length", "“Hello” – ")
    assert cut["usage"]["completion_tokens"] == 2
    stopped = answer_chat(ask("Hello", stop=["none", " that"]), "m")["choices"][0]
    assert (stopped["finish_reason"], stopped["message"]["content"]) == ("stop", "“Hello” –")


def test_stream_joins_to_the_plain_answer() -> None:
    """If this fails, a streamed answer differs from the plain one, or its events are not in the service's order."""
    body = ask("Hello there", n=2)
    plain = answer_chat(body, "m")
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


def test_streamed_tool_call_comes_in_pieces() -> None:
    """If this fails, a streamed call's id and name are repeated, or its arguments do not join to the plain ones."""
    body = ask("What is the weather in New York, in fahrenheit?", tools=[FLIGHT, WEATHER])
    call = answer_chat(body, "m")["choices"][0]["message"]["tool_calls"][0]
    deltas = [event["choices"][0]["delta"] for event in stream_chat(body, "m") if event["choices"]]
    pieces: List[Dict[str, Any]] = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    assert pieces[0] == {
        "index": 0,
        "id": call["id"],
        "type": "function",
        "function": {"name": "get_weather", "arguments": ""},
    }
    assert len(pieces) > 2
    assert all(set(piece) == {"index", "function"} and set(piece["function"]) == {"arguments"} for piece in pieces[1:])
    assert "".join(piece["function"]["arguments"] for piece in pieces) == call["function"]["arguments"]
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
    """If this fails, the service calls another function than text or `tool_choice` ask for, or loses the values."""
    assert call_of(ask(text, tools=[FLIGHT, WEATHER], tool_choice=choice)) == expected


def test_no_call_when_told_so() -> None:
    """If this fails, `tool_choice: none` is ignored."""
    assert content_of(ask("What is the weather?", tools=[WEATHER], tool_choice="none")).startswith("“What is")


def test_tool_results_are_passed_on() -> None:
    """If this fails, the answer after a tool's result calls the tool again or does not use the result."""
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
    """If this fails, a conversation of nothing but a tool's result is not answered."""
    assert content_of({"messages": [{"role": "tool", "tool_call_id": "a", "content": "[1, null]"}]}) == (
        "The tool answered: 1, null. I am the local test service, not a model, but I am glad to pass that on."
    )


def test_conversation_without_words_is_answered() -> None:
    """If this fails, a message without a word in it is counted wrongly."""
    assert content_of(ask("?!")) == "I am the local test service, not a model, and found no words of yours to count."


def test_free_text_goes_where_it_is_asked_for() -> None:
    """If this fails, a search function is called with something else than what the user said."""
    schema = {"type": "object", "properties": {"search_query": {"type": "string"}, "top": {"type": "integer"}}}
    assert fill_schema(schema, "Find 3 red shoes") == {"search_query": "Find 3 red shoes", "top": 3}
    assert fill_schema({"type": "number"}, "costs 2.5 or 7") == 2.5


def test_structured_output_follows_the_schema() -> None:
    """If this fails, an answer with a JSON schema is no JSON of that schema."""
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
    """If this fails, the value for a JSON schema is not valid for it, or not the plainest one."""
    assert fill_schema(schema, "") == expected


def test_recursive_schema_ends() -> None:
    """If this fails, a schema that refers to itself is followed without an end, or breaks its own rules on the way."""
    node = fill_schema(TREE, "")
    depth = 0
    while node is not None:
        assert node["label"] == "example la"
        node, depth = node["left"], depth + 1
    assert depth < 10


@pytest.mark.parametrize("schema", [{"enum": []}, {"type": "object", "properties": 5}, {"allOf": [{"$ref": "#"}]}])
def test_broken_schema_is_refused(schema: Dict[str, Any]) -> None:
    """If this fails, a malformed schema ends in a crash of the service in place of a 422."""
    assert refusal(ask("x", response_format={"type": "json_schema", "json_schema": {"schema": schema}})) == "schema"


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
def test_bad_chat_requests_are_refused(body: Dict[str, Any], target: str) -> None:
    """If this fails, the service takes a request that the real one would refuse, or names the wrong part of it."""
    assert refusal(body) == target


def vectors_of(texts: List[str], **more: Any) -> List[List[float]]:
    """The embeddings of texts."""
    return [entry["embedding"] for entry in embed_texts({"input": texts, **more}, "m")["data"]]


def similarity(one: List[float], other: List[float]) -> float:
    """The cosine of two vectors of unit length."""
    return sum(a * b for a, b in zip(one, other))


def test_embeddings_answer_is_whole() -> None:
    """If this fails, an embeddings answer has not the fields of the REST API."""
    answer = embed_texts({"input": ["one two", ""], "dimensions": 2, "model": "mine"}, "m")
    vectors = [entry.pop("embedding") for entry in answer["data"]]
    assert answer == {
        "id": answer["id"],
        "object": "list",
        "data": [{"object": "embedding", "index": 0}, {"object": "embedding", "index": 1}],
        "model": "mine",
        "usage": {"prompt_tokens": 2, "total_tokens": 2},
    }
    assert [len(vector) for vector in vectors] == [2, 2]
    assert vectors[1] == [1.0, 0.0]


def test_similar_texts_are_near_each_other() -> None:
    """If this fails, similarities of embeddings say nothing about their texts."""
    cat, sitting, bread, baking = vectors_of(
        ["The cat sits on the mat", "A cat is sitting on a mat", "How do I bake bread?", "Baking bread at home"]
    )
    assert similarity(cat, cat) == pytest.approx(1)
    assert min(similarity(cat, sitting), similarity(bread, baking)) > 0.4
    assert max(similarity(one, other) for one in (cat, sitting) for other in (bread, baking)) < 0.2


def test_encoding_formats_agree() -> None:
    """If this fails, one embedding looks different in different encodings."""
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
    """If this fails, equal images differ, a small change moves an image far, or an image's text is not used."""
    one = bytes(range(256)) * 8
    near = one[:1000] + b"changed" + one[1007:]
    far = bytes(byte * 7 % 251 for byte in range(2048))
    inputs: List[Dict[str, str]] = [
        {"image": "data:image/png;base64," + base64.b64encode(data).decode()} for data in (one, one, near, far)
    ]
    answer = embed_images({"input": [*inputs, {**inputs[0], "text": "a ramp"}]}, "m")
    first, same, changed, other, with_text = (entry["embedding"] for entry in answer["data"])
    assert first == same
    assert similarity(first, changed) > 0.9
    assert abs(similarity(first, other)) < 0.3
    assert 0.5 < similarity(first, with_text) < 0.9
    assert answer["usage"] == {"prompt_tokens": 2, "total_tokens": 2}


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
def test_bad_embeddings_requests_are_refused(more: Dict[str, Any], target: str) -> None:
    """If this fails, the service takes settings of embeddings that do not exist."""
    with pytest.raises(Problem) as caught:
        embed_texts({"input": ["x"], **more}, "m")
    assert caught.value.as_body()["error"]["details"][0]["target"] == target


@pytest.mark.parametrize("entry", ["text", {"text": "no image"}, {"image": "https://example.com/a.png"}])
def test_bad_images_are_refused(entry: Any) -> None:
    """If this fails, image embeddings are made of something that is no image."""
    with pytest.raises(Problem):
        embed_images({"input": [entry]}, "m")
