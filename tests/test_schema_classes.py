"""Classes become definitions: their fields, docstrings, generics and constructors."""

from __future__ import annotations

import sys
from dataclasses import InitVar, dataclass, field
from typing import (
    Any,
    Dict,
    List,
    Optional,
    Tuple,
    Union,
)

import pytest
from typed_programs import TEXT, WHOLE, Box, Day, Node, Person, Sky, read, schema_of
from typing_extensions import Annotated, TypeAliasType, TypedDict

from azure.ai.inference._schemas.shapes import MisfitError


@dataclass
class LabeledBox(Box[int]):
    label: str


Json = TypeAliasType("Json", Union[Dict[str, "Json"], List["Json"], str, None])


@dataclass
class Defaults:
    """Defaults(with a docstring that begins like those of dataclasses."""

    text: str = "a"
    number: float = 1.5
    infinite: float = float("inf")
    nothing: Optional[str] = None
    sky: Sky = Sky.RAINY
    many: Tuple[int, ...] = (1, 2)
    described: int = field(default=1, metadata={"description": "from the field"})
    twice: Annotated[int, "from the annotation"] = field(default=1, metadata={"description": "from the field"})
    made: List[int] = field(default_factory=list)
    hidden: complex = field(default=0j, init=False)


def test_properties() -> None:
    """Defaults and descriptions stand where the schema says them, and fields that the constructor ignores are left out."""
    null = {"type": "null"}
    assert schema_of(Defaults)["$defs"]["Defaults"] == {
        "type": "object",
        "description": "Defaults(with a docstring that begins like those of dataclasses.",
        "properties": {
            "text": {"type": "string", "default": "a"},
            "number": {"type": "number", "default": 1.5},
            "infinite": {"type": "number"},
            "nothing": {"anyOf": [TEXT, null], "default": None},
            "sky": {"type": "string", "enum": ["sunny", "rainy"], "default": "rainy"},
            "many": {"type": "array", "items": WHOLE},
            "described": {"type": "integer", "description": "from the field", "default": 1},
            "twice": {"type": "integer", "description": "from the annotation", "default": 1},
            "made": {"type": "array", "items": WHOLE},
        },
        "required": [],
        "additionalProperties": False,
    }
    assert read(Defaults, {}) == Defaults()


@dataclass
class Documented:
    """A talk.

    It may be long.

    :param title: the title, in
        full.
    :param int minutes: how long it is.
    :param unknown: ignored.
    """

    title: str
    minutes: Annotated[int, "from the annotation"] = 0
    room: str = field(default="", metadata={"description": "from the field"})


class Attributes(TypedDict):
    """A talk.

    Attributes:
        title: the title.
    """

    title: str


@dataclass
class Workshop(Documented):
    """A workshop.

    :param room: from the docstring.
    :param tools: what to bring.
    """

    room: str = ""
    tools: str = ""


@dataclass
class Undocumented(Workshop):
    hidden: int = 0


class OtherAttributes(Attributes):
    other: str


def test_docstrings_of_bases() -> None:
    """Inherited properties are described by the docstring of the class that they come from."""
    for type_ in (Workshop, Undocumented):
        properties = schema_of(type_)["$defs"][type_.__name__]["properties"]
        assert [properties[name].get("description") for name in properties] == [
            "the title, in full.",
            "from the annotation",
            "from the docstring.",
            "what to bring.",
            *([None] if type_ is Undocumented else []),
        ]
    assert "description" not in schema_of(Undocumented)["$defs"]["Undocumented"]
    if sys.version_info >= (3, 11):  # until then a TypedDict does not know its bases
        properties = schema_of(OtherAttributes)["$defs"]["OtherAttributes"]["properties"]
        assert properties == {"title": {**TEXT, "description": "the title."}, "other": TEXT}


def test_docstrings() -> None:
    """The parameters in the docstring of a class describe its properties, unless something nearer does."""
    documented = schema_of(Documented)["$defs"]["Documented"]
    assert documented["description"] == "A talk.\n\nIt may be long."
    assert documented["properties"] == {
        "title": {**TEXT, "description": "the title, in full."},
        "minutes": {**WHOLE, "description": "from the annotation", "default": 0},
        "room": {**TEXT, "description": "from the field", "default": ""},
    }
    attributes = schema_of(Attributes)["$defs"]["Attributes"]
    assert attributes["description"] == "A talk."
    assert attributes["properties"] == {"title": {**TEXT, "description": "the title."}}


def test_typed_dicts() -> None:
    """Required and NotRequired decide, whatever the dictionary is, also where the annotations are texts."""
    assert schema_of(Person) == {
        "$ref": "#/$defs/Person",
        "$defs": {
            "Person": {
                "type": "object",
                "properties": {"name": TEXT, "address": {"$ref": "#/$defs/Address"}},
                "required": ["name"],
                "additionalProperties": False,
            },
            "Address": {
                "type": "object",
                "description": "Where someone lives.",
                "properties": {"street": TEXT, "city": {**TEXT, "description": "the town"}},
                "required": ["street"],
                "additionalProperties": False,
            },
        },
    }
    value = {"name": "a", "address": {"street": "b"}}
    assert read(Person, value) == value


def test_classes_that_contain_themselves() -> None:
    """A class may contain itself, also quoted within quotes on Python 3.8, which leaves such names unresolved."""
    schema = schema_of(Node)
    assert schema["$defs"]["Node"]["properties"] == {
        "name": TEXT,
        "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
        "parent": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}], "default": None},
    }
    assert read(Node, {"name": "a", "children": [{"name": "b"}]}) == Node("a", [Node("b")])


def test_aliases_that_contain_themselves() -> None:
    """A type alias may contain itself: it becomes a definition."""
    options = [
        {"type": "object", "additionalProperties": {"$ref": "#/$defs/Json"}},
        {"type": "array", "items": {"$ref": "#/$defs/Json"}},
        TEXT,
        {"type": "null"},
    ]
    assert schema_of(Json) == {"$ref": "#/$defs/Json", "$defs": {"Json": {"anyOf": options}}}
    value = {"a": ["b", {"c": None}]}
    assert read(Json, value) == value
    with pytest.raises(MisfitError, match=r"^a\[0\]: must be .* not a number$"):
        read(Json, {"a": [1]})


def test_generic_classes() -> None:
    """The arguments of a generic class stand for its type variables, in its subclasses too."""
    boxed = schema_of(Box[Day])["$defs"]["Box_Day"]["properties"]
    assert boxed == {
        "item": {"$ref": "#/$defs/Day"},
        "others": {"type": "array", "items": {"$ref": "#/$defs/Day"}},
    }
    labeled = schema_of(LabeledBox)["$defs"]["LabeledBox"]["properties"]
    assert labeled == {"item": WHOLE, "others": {"type": "array", "items": WHOLE}, "label": TEXT}
    assert read(Box[Day], {"item": {"high": 1}, "others": []}) == Box(Day(1.0), [])


def test_local_classes() -> None:
    """A class within a function may contain itself."""

    @dataclass
    class Local:
        rest: Optional[Local] = None

    assert read(Local, {"rest": {"rest": None}}) == Local(Local())


def test_classes_of_one_name() -> None:
    """Two classes of one name have two definitions."""

    def make(of_type: Any) -> Any:
        cls = type("Same", (), {"__annotations__": {"value": of_type}, "__module__": __name__})
        return dataclass(cls)

    one, other = make(int), make(str)
    schema = schema_of(Tuple[one, other])
    assert [item["$ref"] for item in schema["prefixItems"]] == ["#/$defs/Same", "#/$defs/Same_2"]
    assert [schema["$defs"][name]["properties"]["value"] for name in ("Same", "Same_2")] == [WHOLE, TEXT]


@dataclass
class SeededByDefault:
    text: str
    seed: InitVar[int] = 3


@dataclass(init=False)
class SameNames:
    text: str
    number: int = 0

    def __init__(self, text: str, *, number: int = 0, **others: Any) -> None:
        self.text, self.number = text.upper(), number


def test_constructors_of_their_own() -> None:
    """A dataclass may have any constructor that accepts its fields."""
    assert read(SameNames, {"text": "a"}) == SameNames("a")
    assert read(SeededByDefault, {"text": "a"}) == SeededByDefault("a")
