"""The tool that the local service calls, and its arguments or input."""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List, Mapping, Optional, Set, Tuple

from azure.ai.inference._json import is_array, is_object
from azure.ai.inference.testing.toy_model.problems import Problem
from azure.ai.inference.testing.toy_model.schema import fill_schema

_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+")
_MEANINGFUL_LENGTH = 3

Tool = Tuple[str, Dict[str, Any]]
"""The type of a tool, `function` or `custom`, and its description."""


def call_tool(body: Mapping[str, Any], text: str) -> Optional[Dict[str, Any]]:
    """Return the call of a tool, with its type, its name and its arguments (JSON text) or input, or None.

    A named `tool_choice` takes precedence. Otherwise, the tool whose name and description share the most words with
    the text is called, or the first one in case of a tie. Raise Problem if the service would reject the tools.
    """
    tools = _read_tools(body.get("tools") or [])
    choice = body.get("tool_choice") or "auto"
    if not tools or choice == "none":
        return None
    if is_object(choice) and choice.get("type") == "allowed_tools":
        tools = _allowed(tools, choice)
    elif is_object(choice):
        tools = [_named(tools, choice)]
    elif choice not in ("auto", "required"):
        raise Problem.unprocessable("tool_choice", f"tool_choice {choice!r} is not supported.")
    said = _words(text)
    kind, tool = max(tools, key=lambda one: len(said & _words(f"{one[1]['name']} {one[1].get('description') or ''}")))
    if kind == "custom":
        return {"type": kind, kind: {"name": tool["name"], "input": text}}
    arguments = fill_schema(tool.get("parameters") or {"type": "object"}, text, name=tool["name"])
    return {"type": kind, kind: {"name": tool["name"], "arguments": json.dumps(arguments, ensure_ascii=False)}}


def _read_tools(tools: Any) -> List[Tool]:
    if not is_array(tools):
        raise Problem.unprocessable("tools", "tools must be a list.")
    return [_read_tool(tool) for tool in tools]


def _read_tool(tool: Any) -> Tool:
    kind = "custom" if is_object(tool) and tool.get("type") == "custom" else "function"
    described = tool.get(kind) if is_object(tool) else None
    if not is_object(described) or not isinstance(described.get("name"), str):
        raise Problem.unprocessable("tools", f"Each tool must have a {kind} with a name.")
    return kind, described


def _named(tools: List[Tool], choice: Mapping[str, Any]) -> Tool:
    named = choice.get("custom") or choice.get("function")
    name = named.get("name") if is_object(named) else None
    for tool in tools:
        if tool[1]["name"] == name:
            return tool
    raise Problem.unprocessable("tool_choice", f"tool_choice names {name!r}, which is not among the tools.")


def _allowed(tools: List[Tool], choice: Mapping[str, Any]) -> List[Tool]:
    allowed = choice.get("allowed_tools")
    named = allowed.get("tools") if is_object(allowed) else None
    if not is_array(named) or not named:
        raise Problem.unprocessable("tool_choice", "allowed_tools must have a list of at least one tool.")
    return [_named(tools, one if is_object(one) else {}) for one in named]


def _words(text: str) -> Set[str]:
    words = (word.lower() for word in _WORD.findall(text))
    return {word[:-1] if word.endswith("s") else word for word in words if len(word) > _MEANINGFUL_LENGTH}
