"""From types to JSON schemas, and from JSON to values of the types."""

from __future__ import annotations

import datetime
import enum
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import (
    AbstractSet,
    Any,
    Collection,
    Dict,
    FrozenSet,
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
    Union,
)

import pytest
import typing_extensions
from typed_programs import DAY, TEXT, WHOLE, Address, Day, Person, Sky, read, schema_of
from typing_extensions import Annotated, Literal, TypeAliasType

from azure.ai.inference._schemas.shapes import MisfitError

UserId = NewType("UserId", int)


class Mixed(enum.Enum):
    YES = True
    HALF = 0.5
    TEXT = "1"


@dataclass
class Forecast:
    city: str
    days: List[Day]


Names = TypeAliasType("Names", List[str])


MOMENT = datetime.datetime(2026, 11, 26, 9, 30, tzinfo=datetime.timezone.utc)


SERIAL = uuid.UUID("12345678-1234-5678-1234-567812345678")


@pytest.mark.parametrize(
    ("type_", "schema", "value", "expected"),
    [
        (str, TEXT, "a", "a"),
        (bool, {"type": "boolean"}, True, True),
        (None, {"type": "null"}, None, None),
        (type(None), {"type": "null"}, None, None),
        (Any, {}, [1, {"a": None}], [1, {"a": None}]),
        (typing_extensions.Any, {}, None, None),
        (Dict[str, typing_extensions.Any], {"type": "object", "additionalProperties": True}, {"a": 1}, {"a": 1}),
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
        (datetime.date, {**TEXT, "format": "date"}, "20261126", MOMENT.date()),
        (datetime.date, {**TEXT, "format": "date"}, "2026-W48-4", MOMENT.date()),
        (datetime.date, {**TEXT, "format": "date"}, "2026-330", MOMENT.date()),
        (datetime.time, {**TEXT, "format": "time"}, "09:30:00", MOMENT.time()),
        (datetime.time, {**TEXT, "format": "time"}, "0930", MOMENT.time()),
        (datetime.time, {**TEXT, "format": "time"}, "T09:30:00.000+00:00", MOMENT.timetz()),
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
        (datetime.date, "2026-11-26T09:30:00Z", 'must be a date in ISO 8601, not "2026-11-26T09:30:00Z"'),
        (datetime.date, "26-11-26", 'must be a date in ISO 8601, not "26-11-26"'),
        (datetime.date, "2026", 'must be a date in ISO 8601, not "2026"'),
        (datetime.datetime, "2026-11-26", 'must be a date with a time in ISO 8601, not "2026-11-26"'),
        (datetime.datetime, "2026-11-26T09:30 Z", 'must be a date with a time in ISO 8601, not "2026-11-26T09:30 Z"'),
        (datetime.time, "09:30 or so", 'must be a time in ISO 8601, not "09:30 or so"'),
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


def test_first_fit_of_moments() -> None:
    """A date with a time is no date, so that a union does not lose the time."""
    assert read(Union[datetime.date, datetime.datetime], "2026-11-26T09:30:00Z") == MOMENT


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
