"""Functions and calls for the tests of tool runs."""

from __future__ import annotations

from azure.ai.inference.exceptions import (
    ToolError,
)
from azure.ai.inference.models import (
    ChatCompletionsCustomToolDefinition,
    CustomToolDefinition,
)

ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add two numbers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer", "default": 1}},
            "required": ["a"],
            "additionalProperties": False,
        },
    },
}


DEFINED = {"type": "function", "function": {"name": "defined"}}


def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


def nothing() -> None:
    """Do nothing."""


def broken(text: str = "") -> str:
    """Raise an error."""
    raise {"tool": ToolError, "value": ValueError, "stop": StopIteration, "exit": SystemExit}.get(text, KeyError)(text)


CUSTOM = ChatCompletionsCustomToolDefinition(custom=CustomToolDefinition(name="shell"))
