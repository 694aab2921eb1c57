"""The toy model finds values for a schema in the text."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional

import pytest
from toy_schemas import BOOLEAN, NUMBER, TEXT, WHOLE, maybe, several, thing, things

from azure.ai.inference.testing.toy_model.chat import complete_chat
from azure.ai.inference.testing.toy_model.facts import Facts
from azure.ai.inference.testing.toy_model.moments import iso_date, iso_time
from azure.ai.inference.testing.toy_model.problems import Problem
from azure.ai.inference.testing.toy_model.schema import fill_schema

ANNA, BEN = {"name": "Anna", "age": 30}, {"name": "Ben", "age": 25}


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Is Alice a student?", "is_student", True),
        ("Alice is not a student.", "is_student", False),
        ("Alice doesn’t speak.", "is_speaker", False),
        ("Ben gives a lecture.", "is_speaker", True),
        ("I like it here", "is_open", False),
        ("Oslo", "is_open", False),
        ("Hello there", "is_open", True),
        ("", "is_open", True),
    ],
)
def test_booleans_are_what_the_text_says(text: str, name: str, expected: bool) -> None:
    """A boolean is true if the text says so or is a mere greeting, and false if it says the opposite or nothing."""
    assert fill_schema(thing(**{name: BOOLEAN}), text) == {name: expected}


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("Work in progress", ["done", "in_progress"], "in_progress"),
        ("It clouds over", ["sunny", "cloud"], "cloud"),
        ("Room 12", [11, 12], 12),
        ("I love it", ["positive", "negative"], "positive"),
        ("It is a table", ["positive", "negative", "neutral"], "neutral"),
        ("It is a table", ["positive", "negative"], "positive"),
        ("Hello", ["a", None], "a"),
        ("Hello there, friend", ["a", None], None),
        ("Hello", [True, False], True),
    ],
)
def test_options_are_found_in_the_text(text: str, options: List[Any], expected: Any) -> None:
    """An enum gets the option that the text mentions or is in favor of, else null or its first one."""
    assert fill_schema({"enum": options}, text) == expected


@pytest.mark.parametrize(
    ("text", "answer"),
    [("What is 17 + 25?", 42), ("7 times 6", 42), ("9 / 2", 4.5), ("8 divided by 4", 2), ("5−7", -2), ("1 / 0", 1)],
)
def test_calculations_are_made(text: str, answer: float) -> None:
    """A number that is asked for as `answer` is the result of the calculation in the text."""
    assert fill_schema(thing(answer=NUMBER), text) == {"answer": answer}


def test_answers_say_that_there_is_no_model() -> None:
    """An `answer` in words says that no model gave it; the result of a calculation stands for itself."""
    answer = "I am the local test service, not a model, and repeat: “Why is the sky blue?”"
    assert fill_schema(thing(answer=TEXT), "Why is the sky blue?") == {"answer": answer}
    assert fill_schema(thing(answer=TEXT), "17 + 25") == {"answer": "42"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (maybe(TEXT), None),
        (maybe(NUMBER), None),
        ({"type": ["integer", "null"]}, None),
        (maybe(thing(city=TEXT)), None),
        (maybe(BOOLEAN), None),
        ({"anyOf": [{"type": "null"}, {"type": "null"}]}, None),
        ({**maybe(NUMBER), "default": 5}, 5),
        (NUMBER, 1),
        ({"anyOf": [NUMBER, TEXT]}, 1),
    ],
)
def test_null_stands_for_what_the_text_does_not_have(schema: Dict[str, Any], expected: Any) -> None:
    """A nullable property without a mention is null, unless it has a default."""
    assert fill_schema(thing(x=schema), "I like it here") == {"x": expected}


@pytest.mark.parametrize("schema", [maybe(NUMBER), {**NUMBER, "default": None}, {"type": ["number", "null"]}])
def test_default_of_null_is_no_default(schema: Dict[str, Any]) -> None:
    """A number with a default of null is filled, also without a text."""
    assert fill_schema(schema, "costs 2.5") == 2.5
    assert fill_schema(schema, "Hello") == fill_schema(schema, "") == 1


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({**WHOLE, "description": 'The size. Constraints: {"minimum": 3, "maximum": 9}'}, 3),
        ({**WHOLE, "description": 'Constraints: {"default": 7}'}, 7),
        ({**TEXT, "description": 'Constraints: {"format": "date"}'}, "2026-01-01"),
        ({**WHOLE, "description": "Constraints: {none}"}, 1),
        ({**WHOLE, "minimum": 4, "description": 'Constraints: {"minimum": 3}'}, 4),
        ({"$ref": "#/$defs/Size", "description": 'Constraints: {"default": 8}'}, 8),
        ({"anyOf": [{**WHOLE, "description": "A"}, TEXT], "description": 'B Constraints: {"default": 9}'}, 9),
    ],
)
def test_constraints_in_a_description_are_honored(schema: Dict[str, Any], expected: Any) -> None:
    """Keywords at the end of a description, where a strict schema has them, count like keywords."""
    assert fill_schema({**schema, "$defs": {"Size": WHOLE}}, "") == expected


def test_names_of_any_key_get_their_numbers() -> None:
    """An object with any keys has the names in the text, with their numbers."""
    schema = {"type": "object", "additionalProperties": WHOLE}
    assert fill_schema(schema, "Anna has 3 points, Ben 5 and Carla 12.") == {"Anna": 3, "Ben": 5, "Carla": 12}
    assert fill_schema(schema, "2 apples and 3 pears") == {"apples": 2, "pears": 3}
    assert fill_schema({"type": "object", "additionalProperties": TEXT}, "Anna has 3 points") == {}
    assert fill_schema({"type": "object", "additionalProperties": True}, "Anna has 3 points") == {}


def test_description_says_what_a_vague_name_does_not() -> None:
    """A property whose name says nothing gets what its description asks for."""
    schema = thing(q={**TEXT, "description": "The city to look up"})
    assert fill_schema(schema, "What would Anna do in Oslo?") == {"q": "Oslo"}


def test_tool_results_precede_mentions() -> None:
    """After tool results, a structured completion has their values, by the names of its properties."""
    schema = thing(
        city=TEXT, sky={"enum": ["clear", "cloudy"]}, degrees=WHOLE, is_windy=BOOLEAN, humidity=maybe(NUMBER)
    )
    results = ["no JSON", '[{"city": "Bergen", "weather": {"sky": "cloudy", "degrees_celsius": 17, "windy": true}}]']
    messages: List[Dict[str, Any]] = [{"role": "user", "content": "Do I need an umbrella in Oslo today?"}]
    messages += [{"role": "tool", "tool_call_id": "a", "content": result} for result in results]
    response_format = {"type": "json_schema", "json_schema": {"name": "weather", "schema": schema}}
    completion = complete_chat({"messages": messages, "response_format": response_format}, "m")
    assert json.loads(completion["choices"][0]["message"]["content"]) == {
        "city": "Bergen",
        "sky": "cloudy",
        "degrees": 17,
        "is_windy": False,
        "humidity": None,
    }


@pytest.mark.parametrize(
    ("results", "schema", "expected"),
    [
        (['{"city": "Rome"}', '{"city": "Oslo"}'], thing(city=TEXT), {"city": "Oslo"}),
        (['{"city": "Rome", "home_city": "Oslo"}'], thing(city=TEXT), {"city": "Rome"}),
        (['{"age": 5}'], thing(people=things(name=TEXT, age=WHOLE)), {"people": [ANNA, BEN]}),
        (['{"age": true}', '{"age": "old"}', '{"": 5}'], thing(age=NUMBER), {"age": 30}),
    ],
)
def test_last_result_of_the_exact_name_counts(results: List[str], schema: Dict[str, Any], expected: Any) -> None:
    """Of several results the last one counts, an exact name before a longer one, and neither in entries of lists."""
    assert fill_schema(schema, "Anna is 30 and Ben is 25.", facts=Facts(results)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02-03", "2026-02-03"),
        ("2026-02-31", None),
        ("3rd of May", "2026-05-03"),
        ("3 Sep 2027", "2027-09-03"),
        ("December 24th, 2025", "2025-12-24"),
        ("thursday", "2026-01-01"),
        ("Wednesday", "2026-01-07"),
        ("today", "2026-01-01"),
        ("tomorrow", "2026-01-02"),
        ("31 June", None),
        ("soon", None),
    ],
)
def test_dates_are_read(text: str, expected: Optional[str]) -> None:
    """Dates in words and digits are dates of the calendar, from Thursday, 1 January 2026 on."""
    assert iso_date(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15:30", "15:30:00"),
        ("7:05:09", "07:05:09"),
        ("3 pm", "15:00:00"),
        ("12 am", "00:00:00"),
        ("12:15 p.m.", "12:15:00"),
        ("noon", "12:00:00"),
        ("midnight", "00:00:00"),
        ("later", None),
    ],
)
def test_times_are_read(text: str, expected: Optional[str]) -> None:
    """Times of day in words and digits are read."""
    assert iso_time(text) == expected


@pytest.mark.parametrize(
    ("schema", "text", "expected"),
    [
        ({**TEXT, "format": "date-time"}, "2026-02-03T10:30:00Z", "2026-02-03T10:30:00Z"),
        ({**TEXT, "format": "date-time"}, "at noon", "2026-01-01T12:00:00Z"),
        ({**TEXT, "format": "date-time"}, "on Friday", "2026-01-02T12:00:00Z"),
        ({**TEXT, "format": "date"}, "on 2026-02-31", "2026-01-01"),
        ({**TEXT, "format": "duration"}, "for 3 apples", "PT1H"),
        ({**TEXT, "format": "duration"}, "for two weeks", "P2W"),
        ({**TEXT, "format": "uri"}, "see https://b.co/x.", "https://b.co/x"),
        ({**TEXT, "format": "time"}, "hello", "12:00:00Z"),
        (thing(email=TEXT), "hello", {"email": "someone@example.com"}),
        (thing(emails=several({**TEXT, "format": "email"})), "to a@b.co, c@d.eu", {"emails": ["a@b.co", "c@d.eu"]}),
        (thing(company=TEXT, person=TEXT), "Anna joined Acme Inc", {"company": "Acme Inc", "person": "Anna"}),
        (thing(persons=TEXT, cities=TEXT), "Anna likes Rome", {"persons": "Anna", "cities": "Rome"}),
        (thing(dishes=several(TEXT)), 'I ate "soup" and "fish"', {"dishes": ["soup", "fish"]}),
        (thing(year=WHOLE), "two of them in 1999", {"year": 1999}),
        (thing(year=WHOLE), "two of them", {"year": 2026}),
        (thing(city=TEXT), "Alice is here", {"city": "example city"}),
        (thing(name=TEXT), "the word 's", {"name": "example name"}),
    ],
)
def test_formats_are_taken_from_the_text(schema: Dict[str, Any], text: str, expected: Any) -> None:
    """Formats and vague texts get values that fit, and examples where the text has none."""
    assert fill_schema(schema, text) == expected


def nested(levels: int) -> Dict[str, Any]:
    """Return the schema of lists in lists."""
    return {**several(nested(levels - 1) if levels else WHOLE), "minItems": 9}


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({**several(WHOLE), "minItems": 10**9}, "more than 20,000 values"),
        (nested(9), "more than 20,000 values"),
        ({**TEXT, "minLength": 10**12}, "at most 1,000,000 characters"),
    ],
)
def test_schema_of_a_large_value_is_refused(schema: Dict[str, Any], reason: str) -> None:
    """A short schema whose smallest value is large is refused."""
    with pytest.raises(Problem, match=reason):
        fill_schema(schema, "Hello")


def test_name_of_the_schema_says_what_a_name_is_of() -> None:
    """The name of a response format, and that of a tool, count as the owner of its properties."""
    schema = thing(name=TEXT)
    assert fill_schema(schema, "In Oslo lives Anna", name="Person") == {"name": "Anna"}
    assert fill_schema(schema, "In Oslo lives Anna", name="City") == {"name": "Oslo"}
    response_format = {"type": "json_schema", "json_schema": {"name": "Person", "schema": schema}}
    body = {"messages": [{"role": "user", "content": "In Oslo lives Anna"}]}
    completion = complete_chat({**body, "response_format": response_format}, "m")
    assert completion["choices"][0]["message"]["content"] == '{"name": "Anna"}'
    tools = [{"type": "function", "function": {"name": "find_person", "parameters": schema}}]
    call = complete_chat({**body, "tools": tools}, "m")["choices"][0]["message"]["tool_calls"][0]
    assert call["function"] == {"name": "find_person", "arguments": '{"name": "Anna"}'}


@pytest.mark.parametrize(
    "text", ["\n" * 20_000, "“" * 20_000, "1 2 3 " * 4_000, "a" * 1_000_000, "Anna is 30. " * 9_000]
)
def test_long_texts_are_bounded_work(text: str) -> None:
    """A long text is read up to a bound, so that no schema takes minutes."""
    value = fill_schema(thing(people=things(name=TEXT, age=WHOLE)), text)
    assert 0 < len(value["people"]) <= 50
