"""The strict subset of JSON schema, and the formats that are made of types."""

from __future__ import annotations

import sys
from dataclasses import dataclass, make_dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

import pytest
from typing_extensions import Annotated

from azure.ai.inference._schemas.definitions import Definitions
from azure.ai.inference._schemas.format import format_of
from azure.ai.inference._schemas.strict import make_strict

TEXT = {"type": "string"}
NULL = {"type": "null"}


def closed(**properties: Any) -> Dict[str, Any]:
    """Return the strict schema of an object."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def of(node: Any, **definitions: Any) -> Dict[str, Any]:
    """Return the schema of an object with one property."""
    schema: Dict[str, Any] = {"type": "object", "properties": {"it": node}}
    return {**schema, "$defs": definitions} if definitions else schema


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (
            {
                **TEXT,
                "title": "It",
                "$schema": "s",
                "$id": "i",
                "examples": ["a"],
                "discriminator": {},
                "deprecated": True,
                "readOnly": True,
                "writeOnly": True,
            },
            TEXT,
        ),
        (
            {"type": "object", "properties": {"title": TEXT, "examples": TEXT, "default": TEXT}},
            closed(title=TEXT, examples=TEXT, default=TEXT),
        ),
        ({"const": "a", "type": "string"}, {"type": "string", "enum": ["a"]}),
        ({"oneOf": [TEXT, NULL]}, {"anyOf": [TEXT, NULL]}),
        ({"allOf": [{**TEXT, "title": "A"}], "description": "d"}, {**TEXT, "description": "d"}),
        ({"allOf": [{"allOf": [TEXT]}]}, TEXT),
        ({**TEXT, "default": None}, TEXT),
        ({**TEXT, "format": "date"}, {**TEXT, "description": 'Constraints: {"format": "date"}'}),
        (
            {**TEXT, "pattern": "ä+", "minLength": 1, "default": "ä", "description": "A text."},
            {**TEXT, "description": 'A text. Constraints: {"default": "ä", "minLength": 1, "pattern": "ä+"}'},
        ),
        (
            {"type": "array", "items": {"type": "number", "multipleOf": 2}, "maxItems": 3, "uniqueItems": True},
            {
                "type": "array",
                "items": {"type": "number", "description": 'Constraints: {"multipleOf": 2}'},
                "description": 'Constraints: {"maxItems": 3, "uniqueItems": true}',
            },
        ),
        (
            {"type": "integer", "minimum": 1, "maximum": 2, "exclusiveMinimum": 0, "exclusiveMaximum": 3},
            {
                "type": "integer",
                "description": 'Constraints: {"exclusiveMaximum": 3, "exclusiveMinimum": 0, "maximum": 2, "minimum": 1}',
            },
        ),
        ({"type": "object", "properties": {"a": TEXT}, "additionalProperties": True}, closed(a=TEXT)),
        ({"type": "object", "properties": {"a": TEXT}, "additionalProperties": {}}, closed(a=TEXT)),
        ({"type": "object", "properties": {"a": TEXT}, "required": []}, closed(a=TEXT)),
        ({"type": "object", "properties": {}}, closed()),
        ({"type": ["object", "null"], "properties": {}}, {**closed(), "type": ["object", "null"]}),
        ({"enum": ["a", 1]}, {"enum": ["a", 1]}),
    ],
)
def test_what_becomes_strict(node: Any, expected: Any) -> None:
    """A keyword that the strict subset refuses is dropped, replaced, or moved to the description."""
    assert make_strict(of(node)) == closed(it=expected)


@pytest.mark.parametrize(
    ("node", "problem"),
    [
        ({}, "it may be anything"),
        (True, "it may be anything"),
        (False, "it may be nothing"),
        ({"description": "d"}, "it may be anything"),
        ({"type": "object"}, "it is an object with any keys"),
        ({"type": "object", "additionalProperties": TEXT}, "it is an object with any keys"),
        (
            {"type": "object", "properties": {"a": TEXT}, "additionalProperties": TEXT},
            "it is an object with further keys of a type",
        ),
        ({"type": ["object", "null"]}, "it is an object with any keys"),
        ({"type": "array"}, "it is an array with any items"),
        ({"type": "array", "items": {}}, "it[] may be anything"),
        ({"type": "array", "prefixItems": [TEXT]}, "it has prefixItems"),
        ({"type": "object", "patternProperties": {}}, "it has patternProperties"),
        ({"not": {}}, "it has not"),
        ({"if": {}, "then": {}}, "it has if, then"),
        ({"allOf": [TEXT, TEXT]}, "it has allOf"),
        ({"anyOf": [TEXT], "oneOf": [TEXT]}, "it has oneOf"),
        ({"allOf": [TEXT], "type": "integer"}, "it has type twice"),
        ({"anyOf": [TEXT, {"type": "object"}]}, "it is an object with any keys"),
        ({"type": "object", "properties": {"a": {}}}, "it.a may be anything"),
        ({"$ref": "#/elsewhere"}, "it refers to #/elsewhere"),
        ({"$ref": "#/$defs/Other"}, "it refers to #/$defs/Other"),
        ({"type": "string", "x-note": 1}, "it has x-note"),
    ],
)
def test_what_cannot_be_strict(node: Any, problem: str) -> None:
    """What the subset cannot say is named with its place."""
    with pytest.raises(ValueError) as raised:
        make_strict(of(node))
    assert str(raised.value) == f"The schema cannot be strict: {problem}."


def test_places() -> None:
    """Places are named from the root or from a definition; a long list of them is cut."""
    free = {"type": "object"}
    with pytest.raises(ValueError) as raised:
        make_strict({**of({"$ref": "#/$defs/A"}, A={**TEXT, "not": {}}), "patternProperties": {}})
    assert str(raised.value) == "The schema cannot be strict: the schema has patternProperties."
    with pytest.raises(ValueError, match=r"^The schema cannot be strict: A\.b is an object with any keys\.$"):
        make_strict(of({"$ref": "#/$defs/A"}, A={"type": "object", "properties": {"b": free}}))
    many = {"type": "object", "properties": {f"p{number}": free for number in range(15)}}
    with pytest.raises(ValueError, match=r"p9 is an object with any keys; 5 more\.$"):
        make_strict(many)


def test_references() -> None:
    """A reference with keywords beside it becomes the definition; unused definitions are dropped."""
    given = of(
        {
            "anyOf": [
                {"$ref": "#/$defs/A", "description": "one"},
                {"$ref": "#/$defs/A", "default": None, "title": "A"},
                {"$ref": "#/$defs/B", "description": "lost, as B contains itself"},
                {"allOf": [{"$ref": "#/$defs/C"}], "default": "c"},
            ]
        },
        A={**TEXT, "description": "a", "title": "A"},
        B={"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#/$defs/B"}, NULL]}}},
        C={**TEXT, "description": "c"},
        D=TEXT,
    )
    assert make_strict(given) == {
        **closed(
            it={
                "anyOf": [
                    {**TEXT, "description": "one"},
                    {"$ref": "#/$defs/A"},
                    {"$ref": "#/$defs/B"},
                    {**TEXT, "description": 'c Constraints: {"default": "c"}'},
                ]
            }
        ),
        "$defs": {"A": {**TEXT, "description": "a"}, "B": closed(next={"anyOf": [{"$ref": "#/$defs/B"}, NULL]})},
    }


def test_recursion_through_others() -> None:
    """A definition contains itself through another one too; one between two such circles does not."""
    refer = [{"$ref": f"#/$defs/{name}", "description": "d"} for name in "ABMXY"]
    a, b, m, x, y = refer
    definitions = {
        "A": {"type": "object", "properties": {"b": b}},
        "B": {"type": "object", "properties": {"a": a, "m": m}},
        "M": {"type": "object", "properties": {"x": x}},
        "X": {"type": "object", "properties": {"y": y}},
        "Y": {"type": "object", "properties": {"x": x}},
    }
    strict = make_strict(of(a, **definitions))
    assert strict["properties"] == {"it": {"$ref": "#/$defs/A"}}
    assert strict["$defs"]["B"]["properties"] == {
        "a": {"$ref": "#/$defs/A"},
        "m": {**closed(x={"$ref": "#/$defs/X"}), "description": "d"},
    }
    assert list(strict["$defs"]) == ["A", "B", "X", "Y"]


@dataclass
class Item:
    name: str
    extra: Optional[Dict[str, Any]] = None


@dataclass
class Simple:
    """Something simple."""

    name: str
    count: int = 1


def test_strict_if_it_can_be() -> None:
    """A format is strict where its schema can be; `strict=True` insists, and `strict=False` sends the schema as it is."""
    plain = {
        "type": "object",
        "description": "Something simple.",
        "properties": {"name": TEXT, "count": {"type": "integer", "default": 1}},
        "required": ["name"],
        "additionalProperties": False,
    }
    strict = {
        **plain,
        "properties": {"name": TEXT, "count": {"type": "integer", "description": 'Constraints: {"default": 1}'}},
        "required": ["name", "count"],
    }
    simple, item = format_of(Simple), format_of(Item)
    assert simple.keywords(None, None) == {"name": "Simple", "schema": strict, "strict": True}
    assert simple.keywords("my-name", True) == {"name": "my-name", "schema": strict, "strict": True}
    assert simple.keywords(None, False) == {"name": "Simple", "schema": plain, "strict": False}
    assert item.keywords(None, None)["strict"] is False
    assert item.keywords(None, None) == item.keywords(None, False)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"^The schema cannot be strict: extra is an object with any keys\.$"):
            item.keywords(None, True)


@dataclass
class Recursive:
    rest: Optional[Recursive] = None


@pytest.mark.parametrize(
    ("type_", "name", "value"),
    [
        (List[Simple], "List_Simple", {"type": "array", "items": {"$ref": "#/$defs/Simple"}}),
        (int, "int", {"type": "integer"}),
        (Optional[Simple], "Optional_Simple", {"anyOf": [{"$ref": "#/$defs/Simple"}, NULL]}),
        (Union[str, None, int], "Union_str__None__int", {"anyOf": [TEXT, NULL, {"type": "integer"}]}),
        (Annotated[List[str], "some"], "List_str", {"type": "array", "items": TEXT, "description": "some"}),
        (Dict[str, str], "Dict_str__str", {"type": "object", "additionalProperties": TEXT}),
        (
            Tuple[int, ...],
            "Tuple_int__...".replace(".", "_").rstrip("_"),
            {"type": "array", "items": {"type": "integer"}},
        ),
        (List[Tuple["int", "Simple"]], "List_Tuple_int__Simple", None),
    ],
)
def test_roots_that_are_no_objects(type_: Any, name: str, value: Any) -> None:
    """A root that is no object with properties is the value of one."""
    if value is None:
        with pytest.raises(TypeError, match="has no JSON schema here"):
            format_of(type_)
        return
    made = format_of(type_).keywords(None, False)
    definitions = made["schema"].pop("$defs", {})
    assert made == {"name": name, "schema": closed(value=value), "strict": False}
    assert list(definitions) == (["Simple"] if "Simple" in name else [])


def test_roots_that_are_objects() -> None:
    """The definition of a class is the root; it stays a definition only if it contains itself."""
    assert list(format_of(Simple).keywords(None, False)["schema"]) == [
        "type",
        "description",
        "properties",
        "required",
        "additionalProperties",
    ]
    node = closed(rest={"anyOf": [{"$ref": "#/$defs/Recursive"}, NULL], "default": None})
    node["required"] = []
    assert format_of(Recursive).keywords(None, False)["schema"] == {**node, "$defs": {"Recursive": node}}
    described = format_of(Annotated[Simple, "as said here"]).keywords(None, False)["schema"]
    assert described["description"] == "as said here"


@pytest.mark.parametrize("text", ['{"value": [1, 2]}', "[1, 2]"])
def test_wrapped_or_not(text: str) -> None:
    """A model that leaves the wrapper out is understood."""
    assert format_of(List[int]).read_text(text) == [1, 2]


def test_wrappers_that_are_none() -> None:
    """An object with the key of the wrapper may be the value itself; of two misfits, the one within the wrapper counts."""
    numbers = format_of(Dict[str, int])
    assert numbers.read_text('{"value": {"value": 1}}') == {"value": 1}
    assert numbers.read_text('{"value": 1}') == {"value": 1}
    assert numbers.read_text('{"value": 1, "other": 2}') == {"value": 1, "other": 2}
    with pytest.raises(ValueError, match=r"^a: must be a number, not a string$"):
        numbers.read_text('{"value": {"a": "b"}}')


@pytest.mark.parametrize("name", ["", "a b", "ä", "x" * 65, "a\n"])
def test_illegal_names(name: str) -> None:
    """A name that services refuse is refused before it is sent."""
    with pytest.raises(ValueError, match=r"^name must be 1 to 64 letters, digits, _ and -, not "):
        format_of(Simple).keywords(name, None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Foo_", "Foo_"), ("Préface", "Pr_face"), ("天気", "value"), ("x" * 70, "x" * 64)],
)
def test_names_of_classes(name: str, expected: str) -> None:
    """The name of a class becomes one that services accept."""
    cls = make_dataclass(name, [("a", int)])
    assert format_of(cls).keywords(None, None)["name"] == expected


@pytest.mark.parametrize(("given", "shown"), [(None, "None"), ("Simple", "a str"), ({}, "a dict")])
def test_what_is_no_type(given: Any, shown: str) -> None:
    """Formats that complete() takes are refused, with a hint."""
    with pytest.raises(TypeError) as raised:
        format_of(given)
    assert str(raised.value) == (
        f"a type is needed, such as a dataclass or a pydantic model, not {shown}: complete() takes other formats"
    )


def calls_of(function: Callable[[], Any]) -> int:
    """Return how many calls of Python functions a function makes, as a measure that does not depend on the machine."""
    count = 0

    def watch(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(watch)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def chain(length: int, *, described: bool) -> Any:
    """Return a class that has another one, twice, and so on."""
    last: Any = int
    for number in range(length):
        part = Annotated[last, f"described {number}"] if described else last
        last = make_dataclass(f"Link{number}", [("a", part), ("b", Optional[part]), ("c", List[last])])
    return last


@pytest.mark.parametrize("described", [False, True])
def test_cost_of_many_classes(described: bool) -> None:
    """A chain of 500 classes is not too deep, and costs twice as much as one of 250 (square: four times)."""

    def cost(length: int) -> int:
        cls = chain(length, described=described)
        return calls_of(lambda: format_of(cls).keywords(None, None))

    half, whole = cost(250), cost(500)
    assert whole < half * 2.5


class Names(Dict[str, Any]):
    """A dictionary that counts how often it is asked for a name."""

    asked = 0

    def __contains__(self, name: object) -> bool:
        self.asked += 1
        return super().__contains__(name)


def test_cost_of_many_classes_of_one_name() -> None:
    """Many classes of one name get their names without trying all that are taken."""
    definitions = Definitions()
    definitions.by_name = names = Names()
    claimed = [definitions.claim("Same") for _ in range(500)]
    assert (len(set(claimed)), claimed[:3]) == (500, ["Same", "Same_2", "Same_3"])
    assert names.asked <= 3 * 500
