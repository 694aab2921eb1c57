"""A type as the format of completions: its name and schema, and the value of a completion's JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping as MappingABC
from functools import lru_cache
from typing import Any, Dict, Optional, Tuple

from azure.ai.inference._json import is_object
from azure.ai.inference._schemas.annotations import is_class, text_of
from azure.ai.inference._schemas.definitions import Definitions, legal_name, referred
from azure.ai.inference._schemas.foreign import Foreign, misfit_of
from azure.ai.inference._schemas.shapes import MisfitError, read
from azure.ai.inference._schemas.strict import make_strict
from azure.ai.inference._schemas.types import shape_of_type

_LONGEST_NAME = 64
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_WRAPPER = "value"


def format_of(type_: Any) -> Format:
    """Return the format of a type. Those of classes are cached.

    :raises TypeError: if the type has no JSON schema, or has annotations that cannot be resolved at run time.
    """
    if type_ is None or isinstance(type_, (str, MappingABC)):
        raise TypeError(
            f"a type is needed, such as a dataclass or a pydantic model, not {_shown(type_)}: complete() takes other "
            "formats"
        )
    return _format_of_class(type_) if is_class(type_) else Format(type_)


def _shown(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


class Format:
    """The format of a type."""

    def __init__(self, type_: Any) -> None:
        self.text = text_of(type_)
        """The type, for messages."""
        self._shape, definitions = shape_of_type(type_)
        schema, self._wraps = _root_of(self._shape.schema, definitions)
        self._name = legal_name(self.text)[:_LONGEST_NAME]
        self._schema = json.dumps(schema)  # as text, which copies fastest
        self._strict: Tuple[Optional[str], Optional[ValueError]] = (None, None)

    def keywords(self, name: Optional[str], strict: Optional[bool]) -> Dict[str, Any]:
        """Return the name, a copy of the schema, and whether it is strict.

        :raises ValueError: if the name is not legal, or if ``strict`` is True and the schema cannot be strict.
        """
        if name is not None and not _NAME.fullmatch(name):
            raise ValueError(f"name must be 1 to 64 letters, digits, _ and -, not {name!r}")
        text, error = (None, None) if strict is False else self._strict_text()
        if strict and error is not None:
            raise ValueError(str(error))
        return {"name": name or self._name, "schema": json.loads(text or self._schema), "strict": text is not None}

    def _strict_text(self) -> Tuple[Optional[str], Optional[ValueError]]:
        if self._strict == (None, None):
            try:
                self._strict = json.dumps(make_strict(json.loads(self._schema))), None
            except ValueError as error:
                self._strict = None, error
        return self._strict

    def read_text(self, text: str) -> Any:
        """Return the value of a JSON text.

        :raises MisfitError: if it is JSON that does not fit.
        :raises ValueError: if it is not JSON.
        """
        if isinstance(self._shape, Foreign) and not self._wraps:
            try:
                return self._shape.validate(text)
            except ValueError as error:
                _loads(text)
                raise misfit_of(error) from error
        return self.read(_loads(text))

    def read(self, value: Any) -> Any:
        """Return the Python value of a JSON value. A root in a wrapper may also come without it.

        :raises MisfitError: if the JSON value does not fit.
        """
        if not self._wraps or not is_object(value) or [*value] != [_WRAPPER]:
            return read(self._shape, value)
        try:
            return read(self._shape, value[_WRAPPER])
        except MisfitError as misfit:
            try:
                return read(self._shape, value)
            except MisfitError:
                raise misfit from misfit.origin


_format_of_class = lru_cache(maxsize=128)(Format)


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("JSON is nested too deeply") from error


def _root_of(schema: Dict[str, Any], definitions: Definitions) -> Tuple[Dict[str, Any], bool]:
    """Return a schema whose root is an object with properties, and whether that is a wrapper."""
    node = schema
    while referred(node) is not None:
        beside = {key: value for key, value in node.items() if key != "$ref"}
        node = {**definitions.by_name[referred(node)], **beside}
    if node.get("type") == "object" and "properties" in node:
        return definitions.closed(node), False
    wrapper = {"properties": {_WRAPPER: schema}, "required": [_WRAPPER], "additionalProperties": False}
    return definitions.closed({"type": "object", **wrapper}), True
