"""The function that the local service calls, and its arguments."""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List, Mapping, Optional, Set

from azure.ai.inference._json import is_array, is_object
from azure.ai.inference.testing.toy_model.problems import Problem
from azure.ai.inference.testing.toy_model.schema import fill_schema

_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+")
_MEANINGFUL_LENGTH = 3


def call_tool(body: Mapping[str, Any], text: str) -> Optional[Dict[str, Any]]:
    """Return the name and the arguments (JSON text) of the function to call, or None if there is nothing to call.

    A named `tool_choice` takes precedence. Otherwise, the function whose name and description share the most words with
    the text is called, or the first one in case of a tie. Raise Problem if the service would reject the tools.
    """
    functions = _functions(body.get("tools") or [])
    choice = body.get("tool_choice") or "auto"
    if not functions or choice == "none":
        return None
    if is_object(choice):
        function = _named(functions, choice)
    elif choice in ("auto", "required"):
        said = _words(text)
        function = max(functions, key=lambda one: len(said & _words(f"{one['name']} {one.get('description') or ''}")))
    else:
        raise Problem.unprocessable("tool_choice", f"tool_choice {choice!r} is not supported.")
    arguments = fill_schema(function.get("parameters") or {"type": "object"}, text)
    return {"name": function["name"], "arguments": json.dumps(arguments, ensure_ascii=False)}


def _functions(tools: Any) -> List[Dict[str, Any]]:
    if not is_array(tools):
        raise Problem.unprocessable("tools", "tools must be a list.")
    functions: List[Dict[str, Any]] = []
    for tool in tools:
        function = tool.get("function") if is_object(tool) else None
        if not is_object(function) or not isinstance(function.get("name"), str):
            raise Problem.unprocessable("tools", "Each tool must have a function with a name.")
        functions.append(function)
    return functions


def _named(functions: List[Dict[str, Any]], choice: Mapping[str, Any]) -> Dict[str, Any]:
    named = choice.get("function")
    name = named.get("name") if is_object(named) else None
    for function in functions:
        if function["name"] == name:
            return function
    raise Problem.unprocessable("tool_choice", f"tool_choice names {name!r}, which is not among the tools.")


def _words(text: str) -> Set[str]:
    words = (word.lower() for word in _WORD.findall(text))
    return {word[:-1] if word.endswith("s") else word for word in words if len(word) > _MEANINGFUL_LENGTH}
