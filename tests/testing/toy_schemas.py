"""Schemas for the toy model."""

from __future__ import annotations

from typing import Any, Dict

TEXT = {"type": "string"}


WHOLE = {"type": "integer"}


NUMBER = {"type": "number"}


BOOLEAN = {"type": "boolean"}


def thing(**properties: Any) -> Dict[str, Any]:
    """Return the schema of an object whose properties are all required."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def things(**properties: Any) -> Dict[str, Any]:
    """Return the schema of a list of such objects."""
    return {"type": "array", "items": thing(**properties)}


def several(items: Dict[str, Any]) -> Dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def maybe(schema: Dict[str, Any]) -> Dict[str, Any]:
    """Return a schema that null fits too, in pydantic's way."""
    return {"anyOf": [schema, {"type": "null"}], "default": None}
