"""From types to JSON schemas, and from JSON to values of the types."""

from __future__ import annotations

import abc
import datetime
import enum
import sys
import uuid
from dataclasses import InitVar, dataclass, field
from decimal import Decimal
from typing import (
    AbstractSet,
    Any,
    Collection,
    Dict,
    FrozenSet,
    Generic,
    Iterable,
    List,
    Mapping,
    MutableMapping,
    MutableSequence,
    NewType,
    Optional,
    Sequence,
    Set,
    Tuple,
    TypeVar,
    Union,
)

import pytest
from typing_extensions import Annotated, Literal, NotRequired, Required, TypeAliasType, TypedDict

from azure.ai.inference._schemas import shapes
from azure.ai.inference._schemas.annotations import function_hints
from azure.ai.inference._schemas.format import format_of
from azure.ai.inference._schemas.shapes import MisfitError
from azure.ai.inference._schemas.types import Parameter, arguments_of, shape_of_type

T = TypeVar("T")
UserId = NewType("UserId", int)


class Sky(enum.Enum):
    """Not a description."""

    SUNNY = "sunny"
    RAINY = "rainy"


class Mixed(enum.Enum):
    YES = True
    HALF = 0.5
    TEXT = "1"


@dataclass
class Day:
    """A day of a forecast."""

    high: float
    sky: Sky = Sky.SUNNY


@dataclass
class Forecast:
    city: str
    days: List[Day]


@dataclass
class Node:
    name: str
    children: List[Node] = field(default_factory=list)
    parent: Optional["Node"] = None  # noqa: UP037 - quoted within quotes


@dataclass
class Box(Generic[T]):
    item: T
    others: List[T]


@dataclass
class LabeledBox(Box[int]):
    label: str


class Address(TypedDict, total=False):
    """Where someone lives."""

    street: Required[str]
    city: Annotated[str, "the town"]


class Person(TypedDict):
    name: str
    address: NotRequired[Address]


Json = TypeAliasType("Json", Union[Dict[str, "Json"], List["Json"], str, None])
Names = TypeAliasType("Names", List[str])
DAY = {
    "type": "object",
    "description": "A day of a forecast.",
    "properties": {
        "high": {"type": "number"},
        "sky": {"type": "string", "enum": ["sunny", "rainy"], "default": "sunny"},
    },
    "required": ["high"],
    "additionalProperties": False,
}
WHOLE = {"type": "integer"}
TEXT = {"type": "string"}
MOMENT = datetime.datetime(2026, 11, 26, 9, 30, tzinfo=datetime.timezone.utc)
SERIAL = uuid.UUID("12345678-1234-5678-1234-567812345678")


def schema_of(type_: Any) -> Any:
    """Return the schema of a type where it is used, with the definitions that it needs."""
    shape, definitions = shape_of_type(type_)
    return definitions.closed(shape.schema)


def read(type_: Any, value: Any) -> Any:
    """Return the value of a type for a JSON value, without regard to wrappers."""
    return shapes.read(shape_of_type(type_)[0], value)


@pytest.mark.parametrize(
    ("type_", "schema", "value", "expected"),
    [
        (str, TEXT, "a", "a"),
        (bool, {"type": "boolean"}, True, True),
        (None, {"type": "null"}, None, None),
        (type(None), {"type": "null"}, None, None),
        (Any, {}, [1, {"a": None}], [1, {"a": None}]),
        (object, {}, "a", "a"),
        (int, WHOLE, 1, 1),
        (int, WHOLE, 1.0, 1),
        (float, {"type": "number"}, 1, 1.0),
        (float, {"type": "number"}, 1.5, 1.5),
        (Decimal, {"type": "number"}, 0.1, Decimal("0.1")),
        (Decimal, {"type": "number"}, "12.340", Decimal("12.340")),
        (datetime.datetime, {**TEXT, "format": "date-time"}, "2026-11-26T09:30:00Z", MOMENT),
        (datetime.datetime, {**TEXT, "format": "date-time"}, "2026-11-26T10:30:00+01:00", MOMENT),
        (datetime.date, {**TEXT, "format": "date"}, "2026-11-26", MOMENT.date()),
        (datetime.time, {**TEXT, "format": "time"}, "09:30:00", MOMENT.time()),
        (datetime.timedelta, {**TEXT, "format": "duration"}, "PT90M", datetime.timedelta(minutes=90)),
        (uuid.UUID, {**TEXT, "format": "uuid"}, str(SERIAL), SERIAL),
        (Sky, {**TEXT, "enum": ["sunny", "rainy"]}, "rainy", Sky.RAINY),
        (Mixed, {"type": ["boolean", "number", "string"], "enum": [True, 0.5, "1"]}, True, Mixed.YES),
        (Mixed, {"type": ["boolean", "number", "string"], "enum": [True, 0.5, "1"]}, "1", Mixed.TEXT),
        (Literal["a"], {**TEXT, "enum": ["a"]}, "a", "a"),
        (
            Literal["a", Literal["b"]],  # noqa: RUF041 - Python 3.8 does not flatten it
            {**TEXT, "enum": ["a", "b"]},
            "b",
            "b",
        ),
        (Literal[1, None], {"type": ["integer", "null"], "enum": [1, None]}, None, None),  # noqa: PYI061 - one enum
        (Literal[Sky.SUNNY], {**TEXT, "enum": ["sunny"]}, "sunny", Sky.SUNNY),
        (Optional[int], {"anyOf": [WHOLE, {"type": "null"}]}, None, None),
        (Union[int, float], {"anyOf": [WHOLE, {"type": "number"}]}, 1.5, 1.5),
        (Union[float, int], {"anyOf": [{"type": "number"}, WHOLE]}, 1, 1.0),
        (Annotated[int, "how many"], {**WHOLE, "description": "how many"}, 1, 1),
        (Annotated[int, 7, "how many", "more"], {**WHOLE, "description": "how many"}, 1, 1),
        (UserId, WHOLE, 7, 7),
        (Names, {"type": "array", "items": TEXT}, ["a"], ["a"]),
        (list, {"type": "array"}, [1], [1]),
        (List, {"type": "array"}, [1], [1]),
        (List[int], {"type": "array", "items": WHOLE}, [1, 2.0], [1, 2]),
        (Sequence[int], {"type": "array", "items": WHOLE}, [1], [1]),
        (MutableSequence[int], {"type": "array", "items": WHOLE}, [1], [1]),
        (Iterable[int], {"type": "array", "items": WHOLE}, [1], [1]),
        (Collection[int], {"type": "array", "items": WHOLE}, [1], [1]),
        (Set[int], {"type": "array", "items": WHOLE}, [1, 1], {1}),
        (set, {"type": "array"}, [1], {1}),
        (AbstractSet[int], {"type": "array", "items": WHOLE}, [1], {1}),
        (FrozenSet[int], {"type": "array", "items": WHOLE}, [1], frozenset([1])),
        (tuple, {"type": "array"}, [1, "a"], (1, "a")),
        (Tuple[int, ...], {"type": "array", "items": WHOLE}, [1, 2, 3], (1, 2, 3)),
        (
            Tuple[int, str],
            {"type": "array", "prefixItems": [WHOLE, TEXT], "minItems": 2, "maxItems": 2},
            [1, "a"],
            (1, "a"),
        ),
        (Tuple[()], {"type": "array", "prefixItems": [], "minItems": 0, "maxItems": 0}, [], ()),
        (dict, {"type": "object", "additionalProperties": True}, {"a": [1]}, {"a": [1]}),
        (Dict[str, Any], {"type": "object", "additionalProperties": True}, {"a": 1}, {"a": 1}),
        (Dict[str, int], {"type": "object", "additionalProperties": WHOLE}, {"a": 1.0}, {"a": 1}),
        (Mapping[str, int], {"type": "object", "additionalProperties": WHOLE}, {"a": 1}, {"a": 1}),
        (MutableMapping[str, int], {"type": "object", "additionalProperties": WHOLE}, {}, {}),
        (Day, {"$ref": "#/$defs/Day", "$defs": {"Day": DAY}}, {"high": 1, "sky": "rainy"}, Day(1.0, Sky.RAINY)),
        (Day, {"$ref": "#/$defs/Day", "$defs": {"Day": DAY}}, {"high": 1}, Day(1.0)),
    ],
)
def test_types(type_: Any, schema: Any, value: Any, expected: Any) -> None:
    """A type has this schema, and a JSON value becomes a value of the type."""
    result = read(type_, value)
    assert (schema_of(type_), result, type(result)) == (schema, expected, type(expected))


@pytest.mark.parametrize(
    ("type_", "value", "message"),
    [
        (str, 1, "must be a string, not a number"),
        (str, None, "must be a string, not null"),
        (bool, 1, "must be a boolean, not a number"),
        (bool, "true", "must be a boolean, not a string"),
        (None, 0, "must be null, not a number"),
        (int, "1", "must be a number, not a string"),
        (int, True, "must be a number, not a boolean"),
        (int, 1.5, "must be a whole number, not 1.5"),
        (int, float("inf"), "must be a whole number, not Infinity"),
        (float, False, "must be a number, not a boolean"),
        (float, 10**400, f"must be a number, not 1{'0' * 59}..."),
        (Decimal, "a lot", 'must be a number, not "a lot"'),
        (datetime.datetime, "now", 'must be a date with a time in ISO 8601, not "now"'),
        (datetime.date, 7, "must be a string, not a number"),
        (datetime.date, "2026-13-01", 'must be a date in ISO 8601, not "2026-13-01"'),
        (datetime.time, "noon", 'must be a time in ISO 8601, not "noon"'),
        (datetime.timedelta, "P1M", 'must be a duration in ISO 8601 of days or less, not "P1M"'),
        (uuid.UUID, "1", 'must be a UUID, not "1"'),
        (Sky, "foggy", 'must be "sunny" or "rainy", not "foggy"'),
        (Sky, ["sunny"], 'must be "sunny" or "rainy", not an array'),
        (Mixed, 1, 'must be true, 0.5 or "1", not 1'),
        (Literal[1], True, "must be 1, not true"),
        (Literal[True], 1, "must be true, not 1"),
        (Optional[int], "1", "must be a number or null, not a string"),
        (Union[int, str], [], "must be a number or a string, not an array"),
        (Optional[Day], {"high": "x"}, "high: must be a number, not a string"),
        (
            Union[Day, Address],
            {"a": 1},
            "fits none of its types (Day: a: is unknown; known: high and sky; Address: a: is unknown; known: street and city)",
        ),
        (List[int], {}, "must be an array, not an object"),
        (List[int], [1, "2"], "[1]: must be a number, not a string"),
        (Tuple[int, str], [1], "must have 2 items, not 1"),
        (Tuple[int, str], {}, "must be an array, not an object"),
        (Tuple[int, str], [1, 2], "[1]: must be a string, not a number"),
        (Dict[str, int], [], "must be an object, not an array"),
        (Dict[str, List[int]], {"a": [1, None]}, "a[1]: must be a number, not null"),
        (Day, [], "must be an object, not an array"),
        (Day, {}, "high: is missing"),
        (Day, {"high": 1, "low": 2}, "low: is unknown; known: high and sky"),
        (Forecast, {"city": "a", "days": [{"high": "7"}]}, "days[0].high: must be a number, not a string"),
        (Person, {"name": "a", "address": {}}, "address.street: is missing"),
    ],
)
def test_misfits(type_: Any, value: Any, message: str) -> None:
    """A value of another JSON type, or none of a type's, is refused with its place."""
    with pytest.raises(MisfitError) as raised:
        read(type_, value)
    assert str(raised.value) == message


def test_unhashable_items() -> None:
    """A set whose items cannot be in a set is refused, not a TypeError of a stranger."""
    with pytest.raises(MisfitError, match=r"cannot be a set: unhashable|cannot be a set: cannot use"):
        read(Set[Any], [{}])


@dataclass
class Positive:
    value: int

    def __post_init__(self) -> None:
        if self.value < 1:
            raise ValueError("value must be positive")
        if self.value > 100:
            raise AssertionError(*(["value must be less"] if self.value > 200 else []))


@pytest.mark.parametrize(
    ("value", "message"),
    [(0, "value must be positive"), (101, "fails a check of Positive"), (201, "value must be less")],
)
def test_checks_of_classes(value: int, message: str) -> None:
    """A ValueError or AssertionError of the class itself is a misfit, as it is in pydantic's classes, with its place."""
    with pytest.raises(MisfitError, match=rf"^\[1\]: {message}$"):
        read(List[Positive], [{"value": 1}, {"value": value}])


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


class Plain:
    pass


class NoMembers(enum.Enum):
    pass


class OddMembers(enum.Enum):
    PAIR = (1, 2)


@dataclass
class Bad:
    f: complex


@dataclass
class Unresolvable:
    f: Missing  # noqa: F821 - so that it cannot be resolved


@dataclass
class Seeded:
    text: str
    seed: InitVar[int]


@dataclass
class SeededByDefault:
    text: str
    seed: InitVar[int] = 3


@dataclass
class Abstract(abc.ABC):
    text: str

    @abc.abstractmethod
    def method(self) -> None:
        raise NotImplementedError


@dataclass(init=False)
class OtherNames:
    text: str

    def __init__(self, given: str) -> None:
        self.text = given


@dataclass(init=False)
class FewerNames:
    text: str
    number: int = 0

    def __init__(self, text: str) -> None:
        self.text = text


@dataclass(init=False)
class NoDefault:
    text: str = ""

    def __init__(self, text: str) -> None:
        self.text = text


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


@pytest.mark.parametrize(
    ("type_", "message"),
    [
        (Seeded, "Seeded cannot be made of its fields: missing a required argument: 'seed'"),
        (Abstract, "Abstract cannot be made: it is abstract"),
        (OtherNames, "OtherNames cannot be made of its fields: missing a required argument: 'given'"),
        (FewerNames, "FewerNames cannot be made of its fields: got an unexpected keyword argument 'number'"),
        (NoDefault, "NoDefault cannot be made of its fields: missing a required argument: 'text'"),
        (List[Optional[Seeded]], "Seeded cannot be made of its fields: "),
        (complex, "complex has no JSON schema here: give a dataclass, "),
        (Bad, "Bad.f: complex has no JSON schema here: give a dataclass, "),
        (List[Bad], "Bad.f: complex has no JSON schema here: give a dataclass, "),
        (bytes, "bytes has no JSON schema here"),
        (Plain, "Plain has no JSON schema here"),
        (NoMembers, "NoMembers has no JSON schema here"),
        (OddMembers, "OddMembers has no JSON schema here"),
        (Literal[b"a"], "Literal[b'a'] has no JSON schema here"),
        (Dict[int, str], "Dict[int, str] has no JSON schema here"),
        (Dict[Sky, str], "Dict[Sky, str] has no JSON schema here"),
        (Box, "Box.item: T has no JSON schema here"),
        (5, "5 has no JSON schema here"),
        (Day(1.0), "Day(high=1.0, sky=<Sky.SUNNY: 'sunny'>) has no JSON schema here"),
        (Unresolvable, "Unresolvable.f: the annotation cannot be resolved at run time: name 'Missing' is not defined"),
    ],
)
def test_types_without_schema(type_: Any, message: str) -> None:
    """A type without a JSON schema is refused, and the message names the place and what is supported."""
    with pytest.raises(TypeError) as raised:
        schema_of(type_)
    assert str(raised.value).startswith(message)


BrokenAlias = TypeAliasType("BrokenAlias", List["Nowhere"])  # noqa: F821 - so that it cannot be resolved


def test_unresolvable_aliases() -> None:
    """An alias of an unknown name is refused, too."""
    with pytest.raises(TypeError, match=r"^BrokenAlias: the annotation cannot be resolved at run time: name 'Nowhere'"):
        schema_of(BrokenAlias)


def unresolvable(source: str) -> Any:
    """The class, function or alias ``It`` of a program that does not postpone the evaluation of annotations."""
    namespace: Dict[str, Any] = {"__name__": __name__}
    exec(compile(source, "program", "exec", dont_inherit=True), namespace)
    return namespace["It"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs the statement `type`")
def test_unresolvable_lazy_aliases() -> None:
    """An alias is a statement since Python 3.12, and its value is evaluated late."""
    with pytest.raises(TypeError, match=r"^It: the annotation cannot be resolved at run time: name 'Nowhere'"):
        schema_of(unresolvable("type It = list[Nowhere]"))


@pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations are evaluated with the definition")
@pytest.mark.parametrize(
    "source",
    [
        "import dataclasses\n@dataclasses.dataclass\nclass It:\n a: int\n b: list[Nowhere]",
        "import dataclasses\n@dataclasses.dataclass(slots=True)\nclass It:\n a: int\n b: list[Nowhere] = ()",
        "import typing\nclass It(typing.TypedDict):\n a: int\n b: list[Nowhere]",
    ],
)
def test_unresolvable_lazy_annotations(source: str) -> None:
    """Annotations are evaluated late since Python 3.14. The message names the place all the same."""
    with pytest.raises(TypeError, match=r"^It\.b: the annotation cannot be resolved at run time: name 'Nowhere'"):
        schema_of(unresolvable(source))


@pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations are evaluated with the definition")
def test_lazy_annotations_without_meaning() -> None:
    """An annotation that is not needed may be unresolvable."""
    source = "import dataclasses, typing\n@dataclasses.dataclass\nclass It:\n a: int\n b: typing.ClassVar[Nowhere] = 1"
    assert schema_of(unresolvable(source)) == schema_of(unresolvable(source.replace("Nowhere", "int")))


class Own:
    """Makes its schema and reads JSON itself, as pydantic's models do."""

    @staticmethod
    def model_json_schema() -> Any:
        return {"type": "string"}

    @staticmethod
    def model_validate_json(text: str) -> Any:
        raise ValueError(f"{text} is wrong")


def test_classes_that_act_as_models() -> None:
    """Classes with the methods of pydantic's models are used like them."""
    assert schema_of(Own) == TEXT
    with pytest.raises(MisfitError, match=r'^"a" is wrong$'):
        read(Own, "a")
    with pytest.raises(
        MisfitError, match=r'^fits none of its types \(Own: "a" is wrong; "b": must be "b", not "a"; a '
    ):
        read(Union[Own, Literal["b"], uuid.UUID], "a")


def test_values_of_programs() -> None:
    """Values that no JSON has, which a program may pass itself, are misfits."""
    with pytest.raises(MisfitError, match=r"^must be a string, not Decimal$"):
        read(str, Decimal(1))
    with pytest.raises(MisfitError, match=r"^must be \"sunny\" or \"rainy\", not \"Decimal\('1'\)\"$"):
        read(Sky, Decimal(1))


def search(text: str, limit: "Optional[int]" = None, days: List["Day"] = []) -> None:  # noqa: B006, UP037 - never called
    raise NotImplementedError


def test_arguments_of_functions() -> None:
    """The parameters of a function are the properties of an object, which becomes a dictionary of what is given."""
    hints = function_hints(search)
    assert hints == {"text": str, "limit": Optional[int], "days": List[Day]}
    arguments = arguments_of(
        "search",
        [
            Parameter("text", hints["text"], description="the words"),
            Parameter("limit", hints["limit"], False, None),
            Parameter("days", hints["days"], False, ()),
        ],
    )
    assert arguments.schema == {
        "type": "object",
        "properties": {
            "text": {"type": "string", "description": "the words"},
            "limit": {"anyOf": [WHOLE, {"type": "null"}], "default": None},
            "days": {"type": "array", "items": {"$ref": "#/$defs/Day"}},
        },
        "required": ["text"],
        "additionalProperties": False,
        "$defs": {"Day": DAY},
    }
    assert shapes.read(arguments, {"text": "a", "days": [{"high": 1}]}) == {"text": "a", "days": [Day(1.0)]}
    for value, message in [
        ({"text": "a", "day": 1}, "day: is unknown; known: text, limit and days"),
        ({}, "text: is missing"),
        ([], "must be an object, not an array"),
        ({"text": "a", "days": [{"high": "1"}]}, "days[0].high: must be a number, not a string"),
    ]:
        with pytest.raises(MisfitError) as raised:
            shapes.read(arguments, value)
        assert str(raised.value) == message
    with pytest.raises(TypeError, match=r"^search\.text: complex has no JSON schema here"):
        arguments_of("search", [Parameter("text", complex)])


def of_unknown(text: Missing) -> None:  # noqa: F821 - so that it cannot be resolved
    raise NotImplementedError


def of_optional(limit: int = None) -> Missing:  # noqa: F821, RUF013 - as programs write it
    raise NotImplementedError


def test_annotations_of_functions() -> None:
    """A default of None makes no type optional, as it does up to Python 3.10. Unknown names are reported, unless only
    the return value needs them."""
    assert function_hints(of_optional) == {"limit": int}
    with pytest.raises(TypeError, match=r"^of_unknown\.text: the annotation cannot be resolved at run time: name 'M"):
        function_hints(of_unknown)


@dataclass
class Left:
    rest: Union[Left, Right, None]
    x: int


@dataclass
class Right:
    rest: Union[Left, Right, None]
    x: List[str]


def test_nested_unions_are_read_once() -> None:
    """Alternatives that contain each other would be read twice at each level: 2**60 times here."""
    value: Any = {"rest": None, "x": 1}
    for _ in range(60):
        value = {"rest": value, "x": ["a"]}
    assert read(Union[Left, Right], value).rest.x == ["a"]
    value = {"rest": None, "x": {}}
    for _ in range(60):
        value = {"rest": value, "x": 1}
    with pytest.raises(MisfitError, match=r"^fits none of its types \(Left: rest: fits none .{200,300}$"):
        read(Union[Left, Right], value)


def test_depth() -> None:
    """Values that are nested more deeply than the stack allows are misfits."""
    value: Any = {"name": "a"}
    for _ in range(10_000):
        value = {"name": "a", "parent": value}
    with pytest.raises(MisfitError, match=r"^is nested too deeply$"):
        read(Node, value)


def test_formats_of_classes_are_kept() -> None:
    """The schema of a class is made once; what one call changes in it is not seen by the next."""
    first = format_of(Day)
    first.keywords(None, None)["schema"]["properties"].clear()
    assert format_of(Day) is first
    assert first.keywords(None, False)["schema"]["properties"] == DAY["properties"]
