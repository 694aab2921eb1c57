"""Functions of programs, as tools."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import TYPE_CHECKING, Any

from azure.ai.inference.tools import ToolCall, ToolContext

if TYPE_CHECKING:
    pass

if TYPE_CHECKING:
    Later = int


CONTEXT: Any = ToolContext("state", ToolCall("c1", "t", {}), 1, [])


class Unit(Enum):
    C = "celsius"
    F = "fahrenheit"


@dataclasses.dataclass
class Place:
    """A place on Earth."""

    name: str
    north: float = 0.0
