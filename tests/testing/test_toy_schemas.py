"""Values that the local service makes up for JSON schemas: they come from the words of the question."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional

import pytest
from toy_schemas import BOOLEAN, NUMBER, TEXT, WHOLE, maybe, several, thing, things

from azure.ai.inference.testing.toy_model.schema import fill_schema

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
