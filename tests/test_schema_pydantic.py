"""Types of pydantic: their own schemas are sent, and they validate the JSON themselves."""

# The annotations of models are evaluated here, as pydantic on Python 3.8 needs it.
import datetime
import subprocess
import sys
from dataclasses import dataclass, make_dataclass
from typing import Any, Dict, Generic, List, Optional, TypeVar, Union

import pytest
from typing_extensions import Annotated, Literal

from azure.ai.inference._schemas import shapes
from azure.ai.inference._schemas.format import format_of
from azure.ai.inference._schemas.shapes import MisfitError
from azure.ai.inference._schemas.types import shape_of_type
from azure.ai.inference.exceptions import ResponseFormatError
from azure.ai.inference.models import ChatCompletions
from azure.ai.inference.tools import tool

pydantic = pytest.importorskip("pydantic", minversion="2")

T = TypeVar("T")


class Item(pydantic.BaseModel):
    """Something in a box."""

    name: str = pydantic.Field(alias="itemName", description="how it is called", min_length=1)
    bought: Optional[datetime.date] = None


class Parcel(pydantic.BaseModel):
    item: Item
    others: List[Item] = []  # noqa: RUF012 - pydantic copies it


class Pair(pydantic.BaseModel, Generic[T]):
    one: T
    two: T


class Tree(pydantic.BaseModel):
    children: List["Tree"] = []  # noqa: RUF012 - pydantic copies it


class Frozen(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True, extra="forbid")
    day: datetime.date


class Names(pydantic.RootModel[List[str]]):
    pass


class Cat(pydantic.BaseModel):
    kind: Literal["cat"]


class Dog(pydantic.BaseModel):
    kind: Literal["dog"]


class Owner(pydantic.BaseModel):
    pet: Union[Cat, Dog] = pydantic.Field(discriminator="kind")


@pydantic.dataclasses.dataclass
class Point:
    x: int
    y: int = pydantic.Field(default=0, le=9)


@dataclass
class Shelf:
    parcel: Parcel
    point: Point
    trees: Dict[str, Tree]
    names: Names
    day: Frozen
    count: Annotated[int, pydantic.Field(ge=1, description="how many")]
    pair: Optional[Pair[int]] = None


VALUE = {
    "parcel": {"item": {"itemName": "a", "bought": "2026-11-26"}},
    "point": {"x": 1, "y": 2},
    "trees": {"oak": {"children": [{}]}},
    "names": ["a"],
    "day": {"day": "2026-11-26"},
    "count": 2,
    "pair": {"one": 1, "two": 2},
}


def read(type_: Any, value: Any) -> Any:
    """Return the value of a type for a JSON value."""
    return shapes.read(shape_of_type(type_)[0], value)


@pytest.mark.parametrize("model", [Item, Parcel, Pair[int], Frozen, Owner])
def test_schemas_of_models(model: Any) -> None:
    """The schema of a model is its own, unchanged."""
    before = model.model_json_schema()
    made = format_of(model).keywords(None, False)
    assert made["schema"] == before == model.model_json_schema()


def test_models_within_others() -> None:
    """Models, RootModels, pydantic's dataclasses and its constraints may be anywhere within other types."""
    schema = format_of(Shelf).keywords(None, False)["schema"]
    assert schema["properties"] == {
        "parcel": {"$ref": "#/$defs/Parcel"},
        "point": {"$ref": "#/$defs/Point"},
        "trees": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Tree"}},
        "names": {"items": {"type": "string"}, "title": "Names", "type": "array"},
        "day": {"$ref": "#/$defs/Frozen"},
        "count": {"description": "how many", "minimum": 1, "type": "integer"},
        "pair": {"anyOf": [{"$ref": "#/$defs/Pair_int"}, {"type": "null"}], "default": None},
    }
    assert sorted(schema["$defs"]) == ["Frozen", "Item", "Pair_int", "Parcel", "Point", "Tree"]
    day = datetime.date(2026, 11, 26)
    assert read(Shelf, VALUE) == Shelf(
        parcel=Parcel(item=Item(itemName="a", bought=day)),
        point=Point(1, 2),
        trees={"oak": Tree(children=[Tree()])},
        names=Names(["a"]),
        day=Frozen(day=day),
        count=2,
        pair=Pair[int](one=1, two=2),
    )


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"parcel": {"item": {"itemName": ""}}}, "parcel.item.itemName: String should have at least 1 character"),
        ({"point": {"x": 1, "y": 10}}, "point.y: Input should be less than or equal to 9"),
        ({"trees": {"oak": {"children": [{}, 1]}}}, "trees.oak.children[1]: Input should be "),
        ({"names": ["a", 1]}, "names[1]: Input should be a valid string"),
        ({"day": {"day": "2026-11-26", "more": 1}}, "day.more: Extra inputs are not permitted"),
        ({"count": 0}, "count: Input should be greater than or equal to 1"),
    ],
)
def test_misfits(change: Dict[str, Any], place: str) -> None:
    """A misfit names the place, through pydantic's types too, and pydantic's error is its origin."""
    with pytest.raises(MisfitError) as raised:
        read(Shelf, {**VALUE, **change})
    assert str(raised.value).startswith(place)
    assert isinstance(raised.value.origin, pydantic.ValidationError)


@pytest.mark.parametrize(("type_", "content"), [(Item, '{"itemName": ""}'), (List[Item], '[{"itemName": ""}]')])
def test_causes(type_: Any, content: str) -> None:
    """The cause of an error is pydantic's own."""
    completions = ChatCompletions({"choices": [{"index": 0, "message": {"content": content}}]})
    with pytest.raises(ResponseFormatError, match="itemName: String should have at least 1 character") as raised:
        completions.content_as(type_)
    assert isinstance(raised.value.__cause__, pydantic.ValidationError)


def test_roots() -> None:
    """A RootModel is wrapped unless it has properties, and read with or without the wrapper."""
    names = format_of(Names)
    assert names.keywords(None, False)["schema"]["properties"] == {
        "value": {"items": {"type": "string"}, "title": "Names", "type": "array"}
    }
    assert names.read_text('{"value": ["a"]}') == names.read_text('["a"]') == Names(["a"])
    tree = format_of(Tree)
    assert list(tree.keywords(None, False)["schema"]["$defs"]) == ["Tree"]
    assert tree.read_text('{"children": [{}]}') == Tree(children=[Tree()])
    with pytest.raises(ValueError, match="Expecting"):
        tree.read_text('{"children": [')


def test_strict_models() -> None:
    """What strict schemas cannot demand stands in the descriptions, and is checked by pydantic."""
    made = format_of(Parcel).keywords(None, None)
    assert made["strict"]
    item = made["schema"]["$defs"]["Item"]
    assert item == {
        "type": "object",
        "description": "Something in a box.",
        "properties": {
            "itemName": {"type": "string", "description": 'how it is called Constraints: {"minLength": 1}'},
            "bought": {
                "anyOf": [{"type": "string", "description": 'Constraints: {"format": "date"}'}, {"type": "null"}]
            },
        },
        "required": ["itemName", "bought"],
        "additionalProperties": False,
    }
    assert format_of(Owner).keywords(None, None)["schema"]["properties"]["pet"] == {
        "anyOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}]
    }


def model(name: str, **fields: Any) -> Any:
    """Return a new model."""
    return pydantic.create_model(name, **{field: (type_, ...) for field, type_ in fields.items()})


def test_definitions_of_one_name() -> None:
    """Definitions that are equal are shared; others are renamed, with whatever refers to them."""
    inner, other = model("Inner", a=int), model("Inner", a=str)
    outer, another = model("Outer", inner=inner), model("Outer", inner=other)
    third = model("Third", outer=another, inner=other)

    @dataclass
    class Root:
        one: outer
        same: inner
        two: another
        three: third

    schema = format_of(Root).keywords(None, False)["schema"]
    assert [schema["properties"][name]["$ref"][8:] for name in ("one", "same", "two", "three")] == [
        "Outer",
        "Inner",
        "Outer_2",
        "Third",
    ]

    def inner_type(name: str) -> Any:
        definition = schema["$defs"][name]["properties"]["inner"]["$ref"][8:]
        return schema["$defs"][definition]["properties"]["a"]["type"]

    of_third = schema["$defs"]["Third"]["properties"]["outer"]["$ref"][8:]
    assert [inner_type(name) for name in ("Outer", "Outer_2", "Third", of_third)] == ["integer", *["string"] * 3]
    value = {"one": {"inner": {"a": 1}}, "same": {"a": 1}, "two": {"inner": {"a": "b"}}}
    three = {"outer": {"inner": {"a": "b"}}, "inner": {"a": "b"}}
    assert read(Root, {**value, "three": three}).three.outer.inner.a == "b"


def test_discriminators_are_renamed() -> None:
    """The mapping of a discriminator follows the names of the definitions."""

    @dataclass
    class Root:
        cat: model("Cat", a=int)
        owner: Owner

    schema = format_of(Root).keywords(None, False)["schema"]
    pet = schema["$defs"]["Owner"]["properties"]["pet"]
    assert pet["discriminator"]["mapping"] == {"cat": "#/$defs/Cat_2", "dog": "#/$defs/Dog"}
    assert pet["oneOf"] == [{"$ref": "#/$defs/Cat_2"}, {"$ref": "#/$defs/Dog"}]


def test_models_without_a_schema() -> None:
    """A model whose fields have no JSON schema is refused like any other type."""
    odd = pydantic.create_model(
        "Odd", __config__=pydantic.ConfigDict(arbitrary_types_allowed=True), field=(subprocess.Popen, ...)
    )

    @dataclass
    class Root:
        part: odd

    with pytest.raises(TypeError, match=r"^Root\.part has no JSON schema: "):
        format_of(Root)


def with_field(city: str = pydantic.Field(description="the city")) -> str:
    raise NotImplementedError


@dataclass
class WithField:
    high: float = pydantic.Field(7.5, ge=0)


@pytest.mark.parametrize(
    ("define", "place"),
    [(lambda: tool(with_field).definition, "with_field.city"), (lambda: format_of(WithField), "WithField.high")],
)
def test_fields_as_defaults(define: Any, place: str) -> None:
    """A function or dataclass would get the description itself as the value, so that it is refused."""
    reason = "a FieldInfo cannot be the default here: put it into the annotation, with Annotated"
    with pytest.raises(TypeError, match=f"^{place}: {reason}$"):
        define()


def test_version_1() -> None:
    """A model of pydantic 1 is refused: its schema cannot say that a value may be null."""
    v1 = pytest.importorskip("pydantic.v1") if sys.version_info < (3, 14) else None
    if v1 is not None:
        with pytest.raises(TypeError, match=r"^Old has no JSON schema here: give .* a pydantic 2 model"):
            format_of(v1.create_model("Old", a=(int, ...)))


WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pydantic", "pydantic_core"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
from dataclasses import dataclass, make_dataclass
from typing import Optional
from typing_extensions import Annotated
import annotated_types
from azure.ai.inference._schemas.format import format_of
@dataclass
class Day:
    high: float
    low: Optional[float] = None
assert format_of(Day).keywords(None, None)["strict"]
assert format_of(Day).read_text('{"high": 1}') == Day(1.0)
try:
    format_of(Annotated[int, annotated_types.Ge(1)])
except TypeError as error:
    print(error)
"""


def test_without_pydantic() -> None:
    """Standard types need no pydantic, and its constraints say that they do."""
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("int: the constraints of its annotation need pydantic\n", "")


def test_pydantic_is_not_imported() -> None:
    """A type that is not pydantic's does not load it."""
    program = (
        "import sys; from dataclasses import make_dataclass; from azure.ai.inference.models import JsonSchemaFormat; "
        "JsonSchemaFormat.from_type(make_dataclass('A', [('a', int)])); print('pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_cost_of_many_models() -> None:
    """Each of 200 models brings the definition that they share: it stays one, and is compared once for each."""
    shared = model("Shared", **{f"p{number}": int for number in range(20)})
    models = [model(f"User{number}", shared=shared) for number in range(200)]
    root = make_dataclass("Root", [(f"m{number}", one) for number, one in enumerate(models)])
    assert len(format_of(root).keywords(None, False)["schema"]["$defs"]) == 201
