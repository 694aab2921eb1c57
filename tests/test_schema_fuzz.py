"""Random types: JSON becomes their values and the same JSON again, and the local service follows their schemas."""

from __future__ import annotations

import contextlib
import datetime
import enum
import itertools
import json
import uuid
from dataclasses import field, fields, is_dataclass, make_dataclass
from decimal import Decimal
from typing import Any, Callable, Dict, FrozenSet, List, NamedTuple, Optional, Set, Tuple, Union

import pytest
from azure.core.credentials import AzureKeyCredential
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typing_extensions import Annotated, Literal, TypedDict

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference._schemas import shapes
from azure.ai.inference._schemas.format import format_of
from azure.ai.inference._schemas.types import shape_of_type
from azure.ai.inference.models import UserMessage
from azure.ai.inference.testing import LocalService

Json = Any
_NUMBERS = itertools.count()


class Made(NamedTuple):
    """A type, and its JSON values."""

    type_: Any
    values: st.SearchStrategy[Json]


class Color(enum.Enum):
    RED = "red"
    TWO = 2
    NO = False


def text_of(values: st.SearchStrategy[Any], text: Callable[[Any], str] = lambda value: str(value.isoformat())) -> Any:
    """Return the texts of values."""
    return values.map(text)


SCALARS = [
    Made(str, st.text()),
    Made(int, st.integers()),
    Made(float, st.floats(allow_nan=False, allow_infinity=False)),
    Made(bool, st.booleans()),
    Made(type(None), st.none()),
    Made(Color, st.sampled_from(["red", 2, False])),
    Made(Literal["a", 1, True], st.sampled_from(["a", 1, True])),
    Made(datetime.datetime, text_of(st.datetimes(datetime.datetime(1000, 1, 1)))),
    Made(datetime.date, text_of(st.dates(datetime.date(1000, 1, 1)))),
    Made(datetime.time, text_of(st.times())),
    Made(uuid.UUID, text_of(st.uuids(), str)),
    Made(Decimal, st.decimals(allow_nan=False, allow_infinity=False).map(str)),
    Made(Annotated[int, "a number"], st.integers()),
]
NAMES = st.sampled_from(["name", "title", "count", "from_", "class_of", "x"])
HASHABLE = [Made(str, st.text()), Made(bool, st.booleans())]


def sequences(items: st.SearchStrategy[Made]) -> st.SearchStrategy[Made]:
    """Return lists, tuples and mappings of other types."""
    lists = items.map(lambda item: Made(List[item.type_], st.lists(item.values, max_size=3)))
    tuples = items.map(lambda item: Made(Tuple[item.type_, ...], st.lists(item.values, max_size=3)))
    pairs = st.tuples(items, items).map(
        lambda pair: Made(
            Tuple[pair[0].type_, pair[1].type_],
            st.tuples(pair[0].values, pair[1].values).map(list),
        )
    )
    mappings = items.map(
        lambda item: Made(
            Dict[str, item.type_],
            st.dictionaries(st.text(), item.values, max_size=3),
        )
    )
    optional = items.map(lambda item: Made(Optional[item.type_], st.none() | item.values))
    return lists | tuples | pairs | mappings | optional


def a_dataclass(parts: Dict[str, Made]) -> Made:
    """Return a dataclass whose last field is optional."""
    specs: List[Any] = [(name, part.type_) for name, part in parts.items()]
    specs.append(("more", Optional[int], field(default=None)))
    cls = make_dataclass(f"Class{next(_NUMBERS) % 7}", specs)
    required = {name: part.values for name, part in parts.items()}
    return Made(cls, st.fixed_dictionaries(required, optional={"more": st.none() | st.integers()}))


def a_typed_dict(parts: Dict[str, Made]) -> Made:
    """Return a TypedDict."""
    cls = TypedDict(f"Dict{next(_NUMBERS) % 7}", {name: part.type_ for name, part in parts.items()})
    return Made(cls, st.fixed_dictionaries({name: part.values for name, part in parts.items()}))


def classes(items: st.SearchStrategy[Made]) -> st.SearchStrategy[Made]:
    """Return classes with fields of other types."""
    parts = st.dictionaries(NAMES, items, max_size=4)
    return parts.map(a_dataclass) | parts.map(a_typed_dict)


TYPES = st.recursive(st.sampled_from(SCALARS), lambda items: sequences(items) | classes(items), max_leaves=8)


def dumped(value: Any) -> Json:
    """Return the JSON of a value."""
    if is_dataclass(value):
        return {one.name: dumped(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {key: dumped(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [dumped(item) for item in value]
    if isinstance(value, enum.Enum):
        return value.value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value) if isinstance(value, (uuid.UUID, Decimal)) else value


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_values_of_random_types(data: st.DataObject) -> None:
    """JSON that fits a type becomes its value, which has the same JSON again."""
    made = data.draw(TYPES)
    value = data.draw(made.values)
    assert without_more(dumped(shapes.read(shape_of_type(made.type_)[0], value))) == without_more(value)


def without_more(value: Json) -> Json:
    """Return JSON without what defaults fill in."""
    if isinstance(value, dict):
        return {key: without_more(item) for key, item in value.items() if key != "more" or item is not None}
    return [without_more(item) for item in value] if isinstance(value, list) else value


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(NAMES | st.just("more"), children, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(TYPES, ODD)
def test_any_json_for_random_types(made: Made, value: Json) -> None:
    """JSON that does not fit is a misfit and no other error."""
    with contextlib.suppress(shapes.MisfitError):
        shapes.read(shape_of_type(made.type_)[0], value)


def check_strict(node: Any) -> None:
    """Check that a schema is in the strict subset."""
    if isinstance(node, list):
        for item in node:
            check_strict(item)
    elif isinstance(node, dict):
        allowed = {"type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "$ref", "$defs"}
        assert set(node) <= allowed | {"description"}
        if "properties" in node:
            assert (node["required"], node["additionalProperties"]) == (list(node["properties"]), False)
        for group in ("properties", "$defs"):
            for part in node.get(group, {}).values():
                check_strict(part)
        for name in ("items", "anyOf"):
            check_strict(node.get(name))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(TYPES)
def test_strict_schemas_of_random_types(made: Made) -> None:
    """A schema that says that it is strict is in the strict subset, and its references lead somewhere."""
    keywords = format_of(made.type_).keywords(None, None)
    schema = keywords["schema"]
    if keywords["strict"]:
        check_strict(schema)
    text = json.dumps(schema)
    names = {part.partition('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert names == set(schema.get("$defs", {}))
    assert (schema["type"], "properties" in schema) == ("object", True)


@pytest.fixture(scope="module")
def client() -> Any:
    """Return a client of the local service."""
    with LocalService() as service, ChatCompletionsClient(service.endpoint, AzureKeyCredential(service.key)) as client:
        yield client


QUESTIONS = ["hi", "Anna, 30, pays $12.50 on 4 July at 3 pm; Ben is not sure. Two red cats."]


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(made=TYPES, question=st.sampled_from(QUESTIONS))
def test_random_types_with_the_local_service(client: Any, made: Made, question: str) -> None:
    """The local service follows the schema of any type, strict or not, with JSON that fits."""
    parsed = client.parse(messages=[UserMessage(question)], response_format=made.type_)
    assert len(parsed.parsed_choices) == 1


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(
    fields_=st.dictionaries(NAMES.filter(lambda name: name[-1] != "_"), st.sampled_from(SCALARS[:6] + SCALARS[7:11])),
    is_nested=st.booleans(),
    question=st.sampled_from(QUESTIONS),
)
def test_random_models_with_the_local_service(
    client: Any, fields_: Dict[str, Made], is_nested: bool, question: str
) -> None:
    """The local service follows the schema of any pydantic model, with JSON that it validates."""
    pydantic = pytest.importorskip("pydantic", minversion="2")
    made = {name: (Union[part.type_, List[part.type_]], ...) for name, part in fields_.items()}
    model = pydantic.create_model("Model", **made, more=(Optional[int], None))
    if is_nested:
        model = pydantic.create_model("Outer", inner=(model, ...), others=(List[model], []))
    parsed = client.parse(messages=[UserMessage(question)], response_format=model)
    assert type(parsed.parsed) is model


@given(st.sampled_from(HASHABLE), st.data())
def test_sets(made: Made, data: st.DataObject) -> None:
    """Sets hold what the array holds."""
    value = data.draw(st.lists(made.values))
    assert shapes.read(shape_of_type(Set[made.type_])[0], value) == set(value)
    assert shapes.read(shape_of_type(FrozenSet[made.type_])[0], value) == frozenset(value)
