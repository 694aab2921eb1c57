"""Types of programs, and what becomes of them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import (
    Any,
    Generic,
    List,
    Optional,
    TypeVar,
)

from typing_extensions import Annotated, NotRequired, Required, TypedDict

from azure.ai.inference._schemas import shapes
from azure.ai.inference._schemas.types import shape_of_type

T = TypeVar("T")


class Sky(enum.Enum):
    """Not a description."""

    SUNNY = "sunny"
    RAINY = "rainy"


@dataclass
class Day:
    """A day of a forecast."""

    high: float
    sky: Sky = Sky.SUNNY


@dataclass
class Node:
    name: str
    children: List[Node] = field(default_factory=list)
    parent: Optional["Node"] = None  # noqa: UP037 - quoted within quotes


@dataclass
class Box(Generic[T]):
    item: T
    others: List[T]


class Address(TypedDict, total=False):
    """Where someone lives."""

    street: Required[str]
    city: Annotated[str, "the town"]


class Person(TypedDict):
    name: str
    address: NotRequired[Address]


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


def schema_of(type_: Any) -> Any:
    """Return the schema of a type where it is used, with the definitions that it needs."""
    shape, definitions = shape_of_type(type_)
    return definitions.closed(shape.schema)


def read(type_: Any, value: Any) -> Any:
    """Return the value of a type for a JSON value, without regard to wrappers."""
    return shapes.read(shape_of_type(type_)[0], value)
