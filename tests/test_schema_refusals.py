"""Types and annotations without a schema are refused with their place; deep and repeated ones are read once."""

from __future__ import annotations

import abc
import enum
import sys
import uuid
from dataclasses import InitVar, dataclass
from decimal import Decimal
from typing import (
    Any,
    Dict,
    Generic,
    List,
    Optional,
    Tuple,
    TypeVar,
    Union,
)

import pytest
from typed_programs import DAY, TEXT, WHOLE, Box, Day, Node, Sky, read, schema_of
from typing_extensions import Literal, TypeAliasType, TypeVarTuple, Unpack

from azure.ai.inference._schemas import shapes
from azure.ai.inference._schemas.annotations import function_hints
from azure.ai.inference._schemas.format import format_of
from azure.ai.inference._schemas.shapes import MisfitError
from azure.ai.inference._schemas.types import Parameter, arguments_of

Ts = TypeVarTuple("Ts")
Item = TypeVar("Item")


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
class Abstract(abc.ABC):
    text: str

    @abc.abstractmethod
    def method(self) -> None:
        raise NotImplementedError


@dataclass
class Variadic(Generic[Unpack[Ts]]):
    items: Tuple[Unpack[Ts]]


@dataclass
class PartlyVariadic(Generic[Item, Unpack[Ts]]):
    item: Item


@dataclass
class OfVariadic(Variadic[int, str]):
    item: int


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
        (Variadic[int, str], "Variadic.items: "),
        (PartlyVariadic[int, str, float], "PartlyVariadic.item: Item has no JSON schema here"),
        (OfVariadic, "OfVariadic.items: "),
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


VariadicAlias = TypeAliasType("VariadicAlias", Tuple[Unpack[Ts]], type_params=(Ts,))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="typing_extensions lacks arguments of such aliases")
def test_variadic_aliases() -> None:
    """An alias with any number of arguments is refused rather than cut to its first."""
    with pytest.raises(TypeError, match=r"has no JSON schema here"):
        schema_of(VariadicAlias[int, str])


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
