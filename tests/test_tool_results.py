"""The result of a tool becomes text, or is the tool's fault."""

from __future__ import annotations

import datetime
import math
import uuid
from collections import deque
from decimal import Decimal
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, NamedTuple

import pytest
from tool_samples import CONTEXT, Place, Unit

from azure.ai.inference.models import UserMessage
from azure.ai.inference.tools import FunctionTool
from azure.ai.inference.tools._texts import result_text

if TYPE_CHECKING:
    pass

if TYPE_CHECKING:
    Later = int


class Level(IntEnum):
    LOW = 1


class Row(NamedTuple):
    a: int
    b: str


class Dumped:
    def model_dump(self, mode: str) -> Dict[str, str]:
        return {"mode": mode}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a \u00e9\U0001f600 'text'", "a \u00e9\U0001f600 'text'"),
        ("", ""),
        (Unit.F, "fahrenheit"),
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        (Level.LOW, "1"),
        ({"a": [1, "\u00e9"], 2: None}, '{"a": [1, "\u00e9"], "2": null}'),
        (MappingProxyType({"a": 1}), '{"a": 1}'),
        ((1, 2), "[1, 2]"),
        (range(3), "[0, 1, 2]"),
        ({3, 1, 2}, "[1, 2, 3]"),
        (frozenset({1}), "[1]"),
        ([{1, "a"}][:0], "[]"),
        (deque([1]), "[1]"),
        (Row(1, "x"), '[1, "x"]'),
        ([Place("Rome", 41.9)], '[{"name": "Rome", "north": 41.9}]'),
        ([Unit.C], '["celsius"]'),
        (UserMessage("Hi"), '{"role": "user", "content": "Hi"}'),
        ([Dumped()], '[{"mode": "json"}]'),
        (datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.timezone.utc), '"2026-01-02T03:04:00+00:00"'),
        (datetime.date(2026, 1, 2), '"2026-01-02"'),
        (datetime.time(3, 4), '"03:04:00"'),
        (datetime.timedelta(hours=1, seconds=5), '"PT1H5S"'),
        (Decimal("1.10"), '"1.10"'),
        (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
    ],
)
def test_texts_of_results(value: Any, text: str) -> None:
    """A text stays what it is, and everything else becomes JSON that reads well."""
    assert result_text(value) == text


class Marked(str):
    """A text of a class that templates use."""

    __slots__ = ()


def test_texts_of_other_classes() -> None:
    """A result that is a str of another class becomes a plain str, as the chat must be picklable."""
    assert (result_text(Marked("a")), type(result_text(Marked("a")))) == ("a", str)


def test_sets_of_several_kinds() -> None:
    """A set whose items have no order is a valid result."""
    assert result_text({1, "a"}) in ('[1, "a"]', '["a", 1]')


RING: List[Any] = []


RING.append(RING)


DEEP: List[Any] = []


for _ in range(100_000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (b"bytes", TypeError, "A result of bytes has no JSON form: return a text."),
        (object, TypeError, "A result of type type has no JSON form."),
        ([object()], TypeError, "A result of type object has no JSON form."),
        (Place, TypeError, "A result of type type has no JSON form."),
        (math.nan, ValueError, "Out of range float values are not JSON compliant"),
        (RING, ValueError, "Circular reference detected"),
        (DEEP, ValueError, "A result is nested too deeply for JSON."),
        ({(1, 2): 3}, TypeError, "keys must be str, int, float, bool or None, not tuple"),
    ],
    ids=["bytes", "class", "object", "dataclass", "nan", "ring", "deep", "keys"],
)
def test_results_without_json(value: Any, error: Any, message: str) -> None:
    """What has no JSON form is an error of the tool, and of these two classes only."""
    with pytest.raises(error) as raised:
        result_text(value)

    assert type(raised.value) is error
    assert str(raised.value).startswith(message)


def test_thousand_parameters_take_linear_time() -> None:
    """A schema of many parameters, and its arguments, take linear time."""
    source = ", ".join(f"p{number}: int = 0" for number in range(1000))
    namespace: Dict[str, Callable[..., Any]] = {}
    exec(f"def wide({source}): return p999", namespace)
    made = FunctionTool(namespace["wide"])
    arguments: Mapping[str, Any] = {f"p{number}": number for number in range(1000)}

    assert len(made.definition.function.parameters["properties"]) == 1000
    assert made._bind(arguments, CONTEXT)() == 999
