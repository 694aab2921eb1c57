"""Shapes: the JSON values of a type, and their conversion to Python values."""

from __future__ import annotations

import json
from typing import Any, Callable, Collection, Dict, List, Mapping, Optional, Sequence, Tuple

from azure.ai.inference import _json
from azure.ai.inference._json import is_array, is_object

#: The results of the options of unions for the arrays and objects within a value, by identity.
Seen = Dict[Tuple[int, int], Any]

STRING, NUMBER, BOOLEAN, NULL = "a string", "a number", "a boolean", "null"
ARRAY, OBJECT = "an array", "an object"
ALL_KINDS = (STRING, NUMBER, BOOLEAN, NULL, ARRAY, OBJECT)
_LONGEST = 60
_MOST_NAMES = 20


class MisfitError(ValueError):
    """A JSON value does not fit a type.

    :param reason: why not.
    :param place: the property or item within the value, such as ``days[0].high``; empty for the value itself.
    :param origin: the error of pydantic.
    """

    def __init__(self, reason: str, place: str = "", origin: Optional[Exception] = None) -> None:
        super().__init__(reason, place)
        self.reason = reason
        self.place = place
        self.origin = origin

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" if self.place else self.reason

    def put_into(self, name: str) -> None:
        """Put the name of a property, or an index in brackets, ahead of the place."""
        self.place = f"{name}.{self.place}" if self.place[:1] not in ("", "[") else f"{name}{self.place}"


def _found(value: Any) -> str:
    try:
        return _json.kind_of(value)
    except KeyError:  # no JSON: an argument that a program passed itself
        return type(value).__name__


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _listed(texts: Sequence[str], word: str) -> str:
    shown = [*texts[:_MOST_NAMES], *(["..."] if len(texts) > _MOST_NAMES else [])]
    return f"{', '.join(shown[:-1])} {word} {shown[-1]}" if len(shown) > 1 else "".join(shown)


def _wrong_kind(wanted: str, value: Any) -> MisfitError:
    return MisfitError(f"must be {wanted}, not {_found(value)}")


def read(shape: Shape, value: Any) -> Any:
    """Return the Python value of a JSON value.

    :raises MisfitError: if the JSON value does not fit the shape.
    """
    try:
        return shape.read(value, {})
    except RecursionError as error:
        raise MisfitError("is nested too deeply") from error


class Shape:
    """The JSON values of a type. This one holds any.

    :param schema: the JSON schema.
    :param kinds: the JSON types of the values.
    """

    def __init__(self, schema: Dict[str, Any], kinds: Sequence[str] = ALL_KINDS) -> None:
        self.schema = schema
        self.kinds = kinds

    @property
    def label(self) -> str:
        """The name for messages."""
        return _listed(self.kinds, "or")

    def read(self, value: Any, seen: Seen) -> Any:
        """Return the Python value of a JSON value.

        :raises MisfitError: if the JSON value does not fit.
        """
        del seen
        if len(self.kinds) < len(ALL_KINDS) and _found(value) not in self.kinds:
            raise _wrong_kind(self.label, value)
        return value


class Converted(Shape):
    """Scalars that a function converts. It raises an error for invalid ones.

    :param wanted: the name of valid values, for messages.
    """

    def __init__(
        self, schema: Dict[str, Any], kinds: Sequence[str], wanted: str, convert: Callable[[Any], Any]
    ) -> None:
        super().__init__(schema, kinds)
        self._wanted = wanted
        self._convert = convert

    def read(self, value: Any, seen: Seen) -> Any:
        """Return the Python value of a JSON value."""
        super().read(value, seen)
        try:
            return self._convert(value)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise MisfitError(f"must be {self._wanted}, not {_shown(value)}") from error


class Options(Shape):
    """The scalars of an enum or Literal, and their Python values.

    :param options: the scalar in JSON, and the Python value.
    """

    def __init__(self, options: Sequence[Tuple[Any, Any]]) -> None:
        self._members = {(_found(value), value): member for value, member in options}
        names = list(dict.fromkeys(_TYPE_NAMES[type(value)] for value, _ in options))
        values = [value for _, value in self._members]
        schema = {"type": names[0] if len(names) == 1 else names, "enum": values}
        super().__init__(schema, list(dict.fromkeys(kind for kind, _ in self._members)))

    @property
    def label(self) -> str:
        """The name for messages."""
        return _listed([_shown(value) for _, value in self._members], "or")

    def read(self, value: Any, seen: Seen) -> Any:
        """Return the Python value of a JSON value."""
        del seen
        kind = _found(value)
        if kind in (ARRAY, OBJECT) or (kind, value) not in self._members:
            raise MisfitError(f"must be {self.label}, not {kind if kind in (ARRAY, OBJECT) else _shown(value)}")
        return self._members[kind, value]


_TYPE_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


class Items(Shape):
    """Arrays of any length.

    :param build: makes the collection from the list of its items.
    """

    def __init__(self, item: Shape, build: Callable[[List[Any]], Any], *, bare: bool = False) -> None:
        super().__init__({"type": "array"} if bare else {"type": "array", "items": item.schema}, (ARRAY,))
        self._item = item
        self._build = build

    def read(self, value: Any, seen: Seen) -> Any:
        """Return the Python value of a JSON value."""
        if not is_array(value):
            raise _wrong_kind(ARRAY, value)
        items = [_read_within(f"[{number}]", self._item, item, seen) for number, item in enumerate(value)]
        try:
            return self._build(items)
        except TypeError as error:
            raise MisfitError(f"cannot be a {self._build.__name__}: {error}") from error


class Tuples(Shape):
    """Arrays of a fixed length, with a shape for each item."""

    def __init__(self, items: Sequence[Shape]) -> None:
        length = len(items)
        schema: Dict[str, Any] = {"type": "array", "prefixItems": [item.schema for item in items]}
        super().__init__({**schema, "minItems": length, "maxItems": length}, (ARRAY,))
        self._items = items

    def read(self, value: Any, seen: Seen) -> Any:
        """Return the Python value of a JSON value."""
        if not is_array(value):
            raise _wrong_kind(ARRAY, value)
        if len(value) != len(self._items):
            raise MisfitError(f"must have {len(self._items)} items, not {len(value)}")
        pairs = enumerate(zip(self._items, value))
        return tuple(_read_within(f"[{number}]", shape, item, seen) for number, (shape, item) in pairs)


class Mappings(Shape):
    """Objects with any keys."""

    def __init__(self, value: Shape) -> None:
        super().__init__({"type": "object", "additionalProperties": value.schema or True}, (OBJECT,))
        self._value = value

    def read(self, value: Any, seen: Seen) -> Any:
        """Return the Python value of a JSON value."""
        if not is_object(value):
            raise _wrong_kind(OBJECT, value)
        return {key: _read_within(key, self._value, item, seen) for key, item in value.items()}


class Objects(Shape):
    """Objects with known properties, which are set after the construction: a class may contain itself.

    :param schema: the schema where the class is used.
    :param build: makes the Python value from those of the given properties.
    :param label: the name for messages.
    """

    properties: Mapping[str, Shape]
    required: Collection[str]

    def __init__(self, schema: Dict[str, Any], build: Callable[[Dict[str, Any]], Any], label: str) -> None:
        super().__init__(schema, (OBJECT,))
        self._build = build
        self._label = label

    @property
    def label(self) -> str:
        """The name for messages."""
        return self._label

    def read(self, value: Any, seen: Seen) -> Any:
        """Return the Python value of a JSON value."""
        if not is_object(value):
            raise _wrong_kind(OBJECT, value)
        for name in value:
            if name not in self.properties:
                known = f"; known: {_listed(list(self.properties), 'and')}" if self.properties else ""
                raise MisfitError(f"is unknown{known}", name)
        for name in self.required:
            if name not in value:
                raise MisfitError("is missing", name)
        given = [(name, shape) for name, shape in self.properties.items() if name in value]
        values = {name: _read_within(name, shape, value[name], seen) for name, shape in given}
        try:
            return self._build(values)
        except (AssertionError, ValueError) as error:  # a check of the class itself
            raise MisfitError(str(error) or f"fails a check of {self._label}") from error


class Unions(Shape):
    """The values of several shapes. The first that fits decides."""

    def __init__(self, options: Sequence[Shape]) -> None:
        kinds = dict.fromkeys(kind for option in options for kind in option.kinds)
        super().__init__({"anyOf": [option.schema for option in options]}, list(kinds))
        self._options = options

    @property
    def label(self) -> str:
        """The name for messages."""
        return _listed(list(dict.fromkeys(option.label for option in self._options)), "or")

    def read(self, value: Any, seen: Seen) -> Any:
        """Return the Python value of a JSON value."""
        kind = _found(value)
        misfits: List[Tuple[Shape, MisfitError]] = []
        for option in self._options:
            if kind in option.kinds:
                result = _read_once(option, value, seen)
                if not isinstance(result, MisfitError):
                    return result
                misfits.append((option, result))
        if not misfits:
            raise _wrong_kind(self.label, value)
        if len(misfits) == 1:
            misfit = misfits[0][1]
            raise MisfitError(misfit.reason, misfit.place, misfit.origin)
        reasons = [f"{option.label}: {str(misfit)[: 2 * _LONGEST]}" for option, misfit in misfits[:_MOST_NAMES]]
        raise MisfitError(f"fits none of its types ({'; '.join(reasons)})")


def _read_once(option: Shape, value: Any, seen: Seen) -> Any:
    """Return the result of an option for a value, or its misfit, computed once for each array and object.

    Otherwise, classes that contain each other would be tried twice at each level, in exponential time.
    """
    key = (id(option), id(value))
    if key in seen:
        return seen[key]
    try:
        result: Any = option.read(value, seen)
    except MisfitError as misfit:
        result = MisfitError(misfit.reason, misfit.place, misfit.origin)  # without its traceback
    if isinstance(value, (list, dict)):
        seen[key] = result
    return result


class Named(Shape):
    """A shape that is set later: that of a described type, or of an alias, which may contain itself."""

    is_open = True
    """Whether the other shape has not been set yet."""

    def point_to(self, target: Shape) -> Shape:
        """Set the other shape."""
        self._target, self.kinds, self.is_open = target, target.kinds, False
        return self

    @property
    def label(self) -> str:
        """The name for messages."""
        return self._target.label

    def read(self, value: Any, seen: Seen) -> Any:
        """Return the Python value of a JSON value."""
        return self._target.read(value, seen)


def _read_within(name: str, shape: Shape, value: Any, seen: Seen) -> Any:
    try:
        return shape.read(value, seen)
    except MisfitError as misfit:
        misfit.put_into(name)
        raise
