"""Values that the local service makes up for JSON schemas: they come from the words of the question."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional

import pytest

from azure.ai.inference.testing.toy_model.chat import complete_chat
from azure.ai.inference.testing.toy_model.facts import Facts
from azure.ai.inference.testing.toy_model.moments import iso_date, iso_time
from azure.ai.inference.testing.toy_model.problems import Problem
from azure.ai.inference.testing.toy_model.schema import fill_schema

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
NUMBER = {"type": "number"}
BOOLEAN = {"type": "boolean"}


def thing(**properties: Any) -> Dict[str, Any]:
    """Return the schema of an object whose properties are all required."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def things(**properties: Any) -> Dict[str, Any]:
    """Return the schema of a list of such objects."""
    return {"type": "array", "items": thing(**properties)}


def several(items: Dict[str, Any]) -> Dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def maybe(schema: Dict[str, Any]) -> Dict[str, Any]:
    """Return a schema that null fits too, in pydantic's way."""
    return {"anyOf": [schema, {"type": "null"}], "default": None}


EVENT = thing(title=TEXT, day=TEXT, attendees=things(name=TEXT, is_speaker=BOOLEAN))
RECIPE = thing(title=TEXT, servings=WHOLE, ingredients=things(name=TEXT, grams=NUMBER), steps=several(TEXT))
PERSON = thing(name=TEXT, age=WHOLE, city=maybe(TEXT), email=maybe(TEXT), nickname=maybe(TEXT))
FLIGHT = thing(
    destination=TEXT,
    origin=TEXT,
    passengers=WHOLE,
    date={**TEXT, "format": "date"},
    cabin={"enum": ["first", "business"]},
)
MEETING = thing(
    subject=TEXT,
    date={**TEXT, "format": "date"},
    start={**TEXT, "format": "time"},
    when={**TEXT, "format": "date-time"},
    length={**TEXT, "format": "duration"},
    participants=several(TEXT),
    location=TEXT,
    budget=NUMBER,
)
REVIEW = thing(
    rating={**WHOLE, "minimum": 1, "maximum": 5},
    sentiment={"enum": ["negative", "neutral", "positive"]},
    would_recommend=BOOLEAN,
    summary=TEXT,
)
ORDER = thing(customer=TEXT, items=things(name=TEXT, quantity=WHOLE, price=NUMBER), total=NUMBER)
FORECAST = thing(city=TEXT, days=things(day=TEXT, sky={"enum": ["sunny", "rainy"]}, high=WHOLE))
ANNA, BEN = {"name": "Anna", "age": 30}, {"name": "Ben", "age": 25}


@pytest.mark.parametrize(
    ("text", "schema", "expected"),
    [
        (
            "Extract the event: Anna gives a talk called “Bees” on Tuesday, and Ben listens.",
            EVENT,
            {
                "title": "Bees",
                "day": "Tuesday",
                "attendees": [{"name": "Anna", "is_speaker": True}, {"name": "Ben", "is_speaker": False}],
            },
        ),
        (
            "Pancakes for 4 people: 250 g of flour, 500g milk and 100 g of eggs. Whisk everything. Fry thin pancakes.",
            RECIPE,
            {
                "title": "Pancakes",
                "servings": 4,
                "ingredients": [
                    {"name": "flour", "grams": 250},
                    {"name": "milk", "grams": 500},
                    {"name": "eggs", "grams": 100},
                ],
                "steps": ["Whisk everything.", "Fry thin pancakes."],
            },
        ),
        (
            "Bread for two\n- 500g flour\n- 10g salt\n1. Knead it.\n2. Bake it.",
            RECIPE,
            {
                "title": "Bread",
                "servings": 2,
                "ingredients": [{"name": "flour", "grams": 500}, {"name": "salt", "grams": 10}],
                "steps": ["Knead it.", "Bake it."],
            },
        ),
        (
            "Alice is 30 and lives in Paris. Write to alice@example.com.",
            PERSON,
            {"name": "Alice", "age": 30, "city": "Paris", "email": "alice@example.com", "nickname": None},
        ),
        (
            "In Lisbon I met Maria, a 25-year-old teacher.",
            PERSON,
            {"name": "Maria", "age": 25, "city": "Lisbon", "email": None, "nickname": None},
        ),
        (
            "Book a business flight to Miami from Seattle for two people on 4 July.",
            FLIGHT,
            {
                "destination": "Miami",
                "origin": "Seattle",
                "passengers": 2,
                "date": "2026-07-04",
                "cabin": "business",
            },
        ),
        (
            'A meeting called "Roadmap" with Alice, Bob and Carol in Berlin on March 12, 2027 at 3 pm: 90 minutes, $1,200.50',
            MEETING,
            {
                "subject": "Roadmap",
                "date": "2027-03-12",
                "start": "15:00:00Z",
                "when": "2027-03-12T15:00:00Z",
                "length": "PT90M",
                "participants": ["Alice", "Bob", "Carol"],
                "location": "Berlin",
                "budget": 1200.5,
            },
        ),
        (
            "The headphones broke after 2 days. Terrible. I would not recommend them.",
            REVIEW,
            {
                "rating": 1,
                "sentiment": "negative",
                "would_recommend": False,
                "summary": "The headphones broke after 2 days.",
            },
        ),
        (
            "5 stars! Great sound, and I recommend them.",
            REVIEW,
            {"rating": 5, "sentiment": "positive", "would_recommend": True, "summary": "5 stars!"},
        ),
        (
            "John orders 2 coffees for $3.50 and 1 cake for $4, $11 in total.",
            ORDER,
            {
                "customer": "John",
                "items": [
                    {"name": "coffees", "quantity": 2, "price": 3.5},
                    {"name": "cake", "quantity": 1, "price": 4},
                ],
                "total": 11,
            },
        ),
        (
            "Lisbon: Monday sunny with 24 degrees, Tuesday rainy with 18 degrees.",
            FORECAST,
            {
                "city": "Lisbon",
                "days": [{"day": "Monday", "sky": "sunny", "high": 24}, {"day": "Tuesday", "sky": "rainy", "high": 18}],
            },
        ),
        (
            'I read "Dune" by Frank Herbert (1965) and "Emma" by Jane Austen (1815).',
            things(title=TEXT, author=TEXT, year=WHOLE),
            [
                {"title": "Dune", "author": "Frank Herbert", "year": 1965},
                {"title": "Emma", "author": "Jane Austen", "year": 1815},
            ],
        ),
        (
            "Alice, 30, from Paris; Bob, 25, from Rome.",
            thing(people=things(name=TEXT, age=WHOLE, city=TEXT)),
            {"people": [{"name": "Alice", "age": 30, "city": "Paris"}, {"name": "Bob", "age": 25, "city": "Rome"}]},
        ),
        (
            'Leo Tolstoy wrote "War and Peace" in 1869, and Jane Austen wrote "Emma" in 1815.',
            things(title=TEXT, author=TEXT, year=WHOLE),
            [
                {"title": "War and Peace", "author": "Leo Tolstoy", "year": 1869},
                {"title": "Emma", "author": "Jane Austen", "year": 1815},
            ],
        ),
        (
            "Alice is 30 Bob and Carol is 25",
            thing(people=things(name=TEXT, age=WHOLE)),
            {"people": [{"name": "Alice", "age": 30}, {"name": "Carol", "age": 25}]},
        ),
        (
            "Alice is nice. She is 30.",
            thing(people=things(name=TEXT, age=WHOLE)),
            {"people": [{"name": "Alice", "age": 30}]},
        ),
        (
            "Anna gives a talk, and Ben listens.",
            thing(people=things(name=TEXT, is_speaker=maybe(BOOLEAN), is_rich=maybe(BOOLEAN))),
            {
                "people": [
                    {"name": "Anna", "is_speaker": True, "is_rich": None},
                    {"name": "Ben", "is_speaker": False, "is_rich": None},
                ]
            },
        ),
        ("I start from Oslo", thing(destination=TEXT), {"destination": "example destination"}),
        ("See Anna Tuesday", thing(person=TEXT, day=TEXT), {"person": "Anna", "day": "Tuesday"}),
        ("x " * 10_000 + "Anna", thing(person=TEXT), {"person": "example person"}),
        (
            "Alice is 30 Bob is 25",
            thing(people=things(name=TEXT, age=WHOLE)),
            {"people": [{"name": "Alice", "age": 30}, {"name": "Bob", "age": 25}]},
        ),
    ],
)
def test_values_come_from_the_question(text: str, schema: Dict[str, Any], expected: Any) -> None:
    """Each property has the person, place, title, date or number that the question has for it."""
    assert fill_schema(schema, text) == expected


@pytest.mark.parametrize(
    ("text", "name", "items", "expected"),
    [
        ("My favorite colors are red, green and dark blue.", "colors", TEXT, ["red", "green", "dark blue"]),
        ("Colors: red, green", "colors", TEXT, ["red", "green"]),
        ("Compare Python, Rust and Go.", "languages", TEXT, ["Python", "Rust", "Go"]),
        ("Sort 3, 1 and two.", "numbers", WHOLE, [3, 1, 2]),
        ("Write to a@b.co or https://b.co/x.", "emails", TEXT, ["a@b.co"]),
        ("Write to a@b.co or https://b.co/x.", "links", TEXT, ["https://b.co/x"]),
        ("On Friday or tomorrow", "dates", {**TEXT, "format": "date"}, ["2026-01-02", "2026-01-02"]),
        ("On Friday or tomorrow", "days", TEXT, ["Friday", "tomorrow"]),
        ("Green or red, not blue", "colors", {"enum": ["red", "blue", "green"]}, ["green", "red", "blue"]),
        ("Buy milk. Call Bob!", "tasks", TEXT, ["Buy milk.", "Call Bob!"]),
        ("From Oslo to Rome with Anna", "cities", TEXT, ["Oslo", "Rome"]),
        ("Hello there", "cities", TEXT, ["example cities"]),
        ("Hello there, friend", "flags", BOOLEAN, [False]),
    ],
)
def test_lists_have_an_entry_for_each_mention(text: str, name: str, items: Dict[str, Any], expected: List[Any]) -> None:
    """A list has all that the question has of a kind, or one example."""
    assert fill_schema(thing(**{name: several(items)}), text) == {name: expected}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"maxItems": 2}, ["Ana", "Bob"]),
        ({"minItems": 4}, ["Ana", "Bob", "Ana", "example names"]),
        ({"uniqueItems": True}, ["Ana", "Bob"]),
    ],
)
def test_lists_keep_their_bounds(rules: Dict[str, Any], expected: List[str]) -> None:
    """A list is cut, filled up, or freed of repetitions as its schema wants it."""
    assert fill_schema(thing(names={**several(TEXT), **rules}), "Ana, Bob and Ana") == {"names": expected}


LETTERS = {**TEXT, "maxLength": 1}
PAIR = thing(color={"enum": ["red"]}, size={"enum": [1, 2]})


def strings(name: str) -> Dict[str, Any]:
    """Return the schema of a string of a format."""
    return {**TEXT, "format": name}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (TEXT, ["example things", "example things 2", "example things 3"]),
        ({**TEXT, "maxLength": 5}, ["examp", "exa 2", "exa 3"]),
        (LETTERS, ["e", "a", "b"]),
        (WHOLE, [1, 2, 0]),
        ({**WHOLE, "minimum": 1}, [1, 2, 3]),
        ({**WHOLE, "multipleOf": 5, "maximum": 10}, [0, 5, -5]),
        ({**NUMBER, "minimum": 9, "maximum": 11}, [9, 10, 11]),
        ({"type": ["boolean", "null"]}, [True, False, None]),
        ({"enum": ["red", "green", "blue"]}, ["red", "green", "blue"]),
        (maybe({"enum": [1, True]}), [1, True, 1]),  # there is no third value
        (strings("date"), ["2026-01-01", "2026-01-02", "2026-01-03"]),
        (
            strings("date-time"),
            ["2026-01-01T12:00:00Z", "2026-01-02T12:00:00Z", "2026-01-03T12:00:00Z"],
        ),
        (strings("duration"), ["PT1H", "PT3H", "PT4H"]),
        (strings("email"), ["someone@example.com", "someone2@example.com", "someone3@example.com"]),
        (strings("hostname"), ["example.com", "host2.example.com", "host3.example.com"]),
        (strings("ipv4"), ["127.0.0.1", "127.0.0.2", "127.0.0.3"]),
        (strings("time"), ["12:00:00Z", "12:02:00Z", "12:03:00Z"]),
        (strings("uri"), ["https://example.com/", "https://example.com/2", "https://example.com/3"]),
        (
            strings("uuid"),
            [f"00000000-0000-4000-8000-00000000000{number}" for number in (0, 2, 3)],
        ),
        (thing(id=WHOLE), [{"id": 1}, {"id": 2}, {"id": 0}]),
        (PAIR, [{"color": "red", "size": 1}, {"color": "red", "size": 2}, {"color": "red", "size": 1}]),
        ({**several(WHOLE), "minItems": 2, "uniqueItems": True}, [[1, 2], [0, 2], [3, 2]]),
        (several({"const": 1}), [[1], [], [1, 1]]),
        ({"const": "x"}, ["x", "x", "x"]),
    ],
)
def test_entries_differ_where_they_must(items: Dict[str, Any], expected: List[Any]) -> None:
    """A list of unique items gets as many different values as its schema has."""
    schema = thing(things={**several(items), "uniqueItems": True, "minItems": 3})
    assert json.dumps(fill_schema(schema, "")) == json.dumps({"things": expected})  # where true is not 1


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (maybe(WHOLE), [30, None, 1]),
        (maybe(strings("time")), [None, "12:00:00Z", "12:02:00Z"]),
        (maybe(BOOLEAN), [None, False, True]),
        (thing(size=maybe(NUMBER)), [{"size": 30}, {"size": None}, {"size": 1}]),
        (thing(note=maybe(TEXT)), [{"note": None}, {"note": "example"}, {"note": "example 2"}]),
    ],
)
def test_null_is_one_of_different_entries(items: Dict[str, Any], expected: List[Any]) -> None:
    """Entries that can be null differ too."""
    schema = thing(things={**several(items), "uniqueItems": True, "minItems": 3})
    assert fill_schema(schema, "The number 30 is what it says.") == {"things": expected}


@pytest.mark.parametrize("default", [[], None])
def test_list_with_a_default_is_empty_without_mentions(default: Optional[List[str]]) -> None:
    """A list with a default gets no example."""
    schema = {"anyOf": [several(TEXT), {"type": "null"}], "default": default}
    assert fill_schema(thing(tags=schema), "I like it here") == {"tags": default}
    assert fill_schema(thing(tags=schema), "Hello there") == {"tags": ["example tags"]}


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
