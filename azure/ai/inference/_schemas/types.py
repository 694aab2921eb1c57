"""From types to JSON schemas and readers: standard types, dataclasses, TypedDicts, enums, and pydantic's types."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import importlib
import inspect
import json
import math
import re
import uuid
from collections import abc, deque
from enum import Enum
from typing import (
    Any,
    Callable,
    Deque,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Type,
)

from typing_extensions import Annotated, get_args, get_origin, is_typeddict

from azure.ai.inference._schemas.annotations import (
    ANY,
    LITERALS,
    NONE,
    UNIONS,
    alias_value,
    annotations_of,
    arguments_by_variable,
    bind,
    bindings_of,
    class_hints,
    is_alias,
    is_class,
    namespace_of,
    signature_of,
    text_of,
)
from azure.ai.inference._schemas.definitions import Definitions, reference
from azure.ai.inference._schemas.docstrings import Docstring, read_docstring
from azure.ai.inference._schemas.foreign import Foreign, adapter_of, is_of_pydantic
from azure.ai.inference._schemas.shapes import (
    BOOLEAN,
    NULL,
    NUMBER,
    STRING,
    Converted,
    Items,
    Mappings,
    Named,
    Objects,
    Options,
    Shape,
    Tuples,
    Unions,
)

_SUPPORTED = (
    "give a dataclass, a TypedDict, a pydantic 2 model, an Enum, a Literal, a standard type (str, int, float, bool, "
    "Decimal, datetime, date, time, timedelta, UUID), or a list, set, tuple, union or dictionary with str keys of these"
)


class Parameter(NamedTuple):
    """A property of an object: a parameter of a function, or a field of a class."""

    name: str
    annotation: Any
    """The type, resolved."""
    required: bool = True
    default: Any = dataclasses.MISSING
    """The default. The schema has it if it is a JSON scalar."""
    description: Optional[str] = None
    """The description, unless the annotation has one."""


def shape_of_type(type_: Any) -> Tuple[Shape, Definitions]:
    """Return the shape of a type, and the definitions that its schema refers to.

    :raises TypeError: if the type has no JSON schema, or has annotations that cannot be resolved at run time.
    """
    converter = _Converter()
    return converter.convert(type_, ""), converter.definitions


def arguments_of(owner: str, parameters: Sequence[Parameter]) -> Shape:
    """Return the shape of a function's arguments: an object that becomes a dictionary of the given ones.

    :param owner: the name of the function, for messages.
    :raises TypeError: if a type has no JSON schema. The message names the function and the parameter.
    """
    converter = _Converter()
    arguments = Objects({}, dict, owner)
    schema = converter.fill(arguments, owner, parameters)
    converter.finish()
    arguments.schema = json.loads(json.dumps(converter.definitions.closed(schema)))  # a copy of its own
    return arguments


class _Converter:
    """Builds the shapes of a type and of its parts."""

    def __init__(self) -> None:
        self.definitions = Definitions()
        self._classes: Dict[Any, Shape] = {}
        self._aliases: Dict[Any, Named] = {}
        self._unfinished: Deque[Callable[[], None]] = deque()

    def convert(self, annotation: Any, place: str) -> Shape:
        """Return the shape of an annotation, and build the classes that it uses."""
        shape = self._shape(annotation, place)
        self.finish()
        return shape

    def finish(self) -> None:
        """Set the properties of classes. A queue spares the stack, which long chains of classes would exhaust."""
        while self._unfinished:
            self._unfinished.popleft()()

    def fill(
        self, shape: Objects, owner: str, parameters: Sequence[Parameter], description: Optional[str] = None
    ) -> Dict[str, Any]:
        """Set the properties of an object, and return its schema."""
        shape.properties = {one.name: self._shape(one.annotation, f"{owner}.{one.name}") for one in parameters}
        shape.required = [one.name for one in parameters if one.required]
        properties: Dict[str, Any] = {}
        for one in parameters:
            _check_default(one.default, f"{owner}.{one.name}")
            properties[one.name] = schema = {**shape.properties[one.name].schema}
            if one.description:
                schema.setdefault("description", one.description)
            if not one.required:
                schema.update(("default", value) for value in _as_json(one.default))
        return {
            "type": "object",
            **({"description": description} if description else {}),
            "properties": properties,
            "required": shape.required,
            "additionalProperties": False,
        }

    def _shape(self, annotation: Any, place: str) -> Shape:
        kind = get_origin(annotation) or annotation
        return (
            _known(annotation)
            or self._special(annotation, kind, place)
            or self._collection(annotation, kind, place)
            or self._class(annotation, kind, place)
        )

    def _special(self, annotation: Any, kind: Any, place: str) -> Optional[Shape]:
        """Return the shape of an annotation that is not a class."""
        if kind is Annotated:
            return self._annotated(annotation, place)
        if kind in LITERALS:
            return _literal(annotation, place)
        if kind in UNIONS:
            return Unions([self._shape(option, place) for option in get_args(annotation)])
        if hasattr(annotation, "__supertype__"):  # a NewType
            return self._shape(annotation.__supertype__, place)
        if is_alias(kind):
            return self._alias(annotation, kind, place)
        return None

    def _annotated(self, annotation: Any, place: str) -> Shape:
        inner, metadata = get_args(annotation)[0], annotation.__metadata__
        if is_of_pydantic(metadata):
            return self._adapted(annotation, place)
        shape = self._shape(inner, place)
        description = next(filter(None, map(_description_in, metadata)), None)
        return Named({**shape.schema, "description": description}).point_to(shape) if description else shape

    def _alias(self, annotation: Any, alias: Any, place: str) -> Shape:
        """Return the shape of a type alias. One that contains itself becomes a definition."""
        known = self._aliases.get(annotation)
        if known is not None:
            if known.is_open and not known.schema:
                known.schema = reference(self.definitions.claim(text_of(annotation)))
            return known
        named = self._aliases[annotation] = Named({})
        bindings = arguments_by_variable(alias.__type_params__, get_args(annotation))
        target = self._shape(bind(alias_value(alias, place), bindings), place)
        if named.schema:
            self.definitions.define(named.schema, target.schema)
        else:
            named.schema = target.schema
        return named.point_to(target)

    def _collection(self, annotation: Any, kind: Any, place: str) -> Optional[Shape]:
        arguments = get_args(annotation)
        if kind is tuple:
            if len(arguments) == 2 and arguments[1] is Ellipsis:
                return Items(self._shape(arguments[0], place), tuple)
            if annotation not in (tuple, Tuple):
                return Tuples([self._shape(argument, place) for argument in arguments if argument != ()])
        if is_class(kind) and kind in _MAPPINGS:
            key, value = arguments or (str, Any)
            if {**self._shape(key, place).schema, "description": ""} != {"type": "string", "description": ""}:
                raise _unsupported(annotation, place)
            return Mappings(self._shape(value, place))
        if is_class(kind) and kind in _COLLECTIONS:
            item = self._shape(arguments[0], place) if arguments else _ANYTHING
            return Items(item, _COLLECTIONS[kind], bare=not arguments)
        return None

    def _class(self, annotation: Any, cls: Any, place: str) -> Shape:
        if not is_class(cls):
            raise _unsupported(annotation, place)
        if annotation not in self._classes:
            if issubclass(cls, Enum):
                self._classes[annotation] = _enum(cls, place)
            elif hasattr(cls, "model_json_schema") and hasattr(cls, "model_validate_json"):
                self._classes[annotation] = self._model(cls, place)
            elif hasattr(cls, "__pydantic_validator__"):
                self._classes[annotation] = self._adapted(annotation, place)
            elif dataclasses.is_dataclass(cls) or is_typeddict(cls):
                return self._object(annotation, cls)
            else:
                raise _unsupported(annotation, place)
        return self._classes[annotation]

    def _object(self, annotation: Any, cls: Any) -> Shape:
        """Return the shape of a dataclass or TypedDict. Its properties are set later."""
        is_dict = is_typeddict(cls)
        build: Callable[[Dict[str, Any]], Any] = dict if is_dict else lambda values: cls(**values)
        text = text_of(annotation)
        use = reference(self.definitions.claim(text))
        shape = self._classes[annotation] = Objects(use, build, text)

        def finish() -> None:
            bindings = bindings_of(cls, get_args(annotation))
            description, texts = _documentation(cls).text, _texts_of(bindings if is_dict else cls.__mro__)
            fields = _keys_of(cls, bindings) if is_dict else _fields_of(cls, bindings)
            described = [one if one.description else one._replace(description=texts.get(one.name)) for one in fields]
            self.definitions.define(use, self.fill(shape, cls.__name__, described, description))

        self._unfinished.append(finish)
        return shape

    def _model(self, model: Any, place: str) -> Shape:
        return self._validated(model, model.model_json_schema, model.model_validate_json, place)

    def _adapted(self, annotation: Any, place: str) -> Shape:
        adapter = adapter_of(annotation)
        if adapter is None:
            raise TypeError(f"{place or text_of(annotation)}: the constraints of its annotation need pydantic")
        return self._validated(annotation, adapter.json_schema, adapter.validate_json, place)

    def _validated(
        self, annotation: Any, schema_of: Callable[[], Any], validate: Callable[[str], Any], place: str
    ) -> Shape:
        text = text_of(annotation)
        try:
            schema = schema_of()
        except Exception as error:  # pydantic has several for types without a schema
            raise TypeError(f"{place or text} has no JSON schema: {error}") from error
        return Foreign(self.definitions.move_in(schema, text), validate, text)


def _known(annotation: Any) -> Optional[Shape]:
    """Return the shared shape of a scalar or Any; None for other annotations."""
    if annotation in ANY:
        return _ANYTHING
    annotation = NONE if annotation is None else annotation
    return _SCALARS.get(annotation) if is_class(annotation) else None


def _unsupported(annotation: Any, place: str) -> TypeError:
    return TypeError(f"{f'{place}: ' if place else ''}{text_of(annotation)} has no JSON schema here: {_SUPPORTED}")


def _description_in(metadata: Any) -> Optional[str]:
    """Return the description in a part of an ``Annotated``, if it has one."""
    candidates = (metadata, getattr(metadata, "documentation", None), getattr(metadata, "description", None))
    return next((text for text in candidates if isinstance(text, str)), None)


def _check_default(value: Any, place: str) -> None:
    """Raise TypeError if a default is one of pydantic's descriptions, which only its own classes understand."""
    if any(base.__module__ == "pydantic.fields" for base in type(value).__mro__):
        name = type(value).__name__
        raise TypeError(f"{place}: a {name} cannot be the default here: put it into the annotation, with Annotated")


def _as_json(value: Any) -> Iterator[Any]:
    """Yield the JSON value of a default, if it has a short one."""
    value = value.value if isinstance(value, Enum) else value
    if type(value) in (str, int, bool, NONE) or (type(value) is float and math.isfinite(value)):
        yield value


def _literal(annotation: Any, place: str) -> Shape:
    values = _values_of(annotation)
    return _options([(value.value if isinstance(value, Enum) else value, value) for value in values], annotation, place)


def _values_of(literal: Any) -> Iterator[Any]:
    for value in get_args(literal):
        if get_origin(value) in LITERALS:  # Python 3.8 does not flatten them
            yield from _values_of(value)
        else:
            yield value


def _enum(enum: Type[Enum], place: str) -> Shape:
    return _options([(member.value, member) for member in enum], enum, place)


def _options(options: Sequence[Tuple[Any, Any]], annotation: Any, place: str) -> Shape:
    if not options or any(type(value) not in (str, int, float, bool, NONE) for value, _ in options):
        raise _unsupported(annotation, place)
    return Options(options)


def _documentation(cls: Any) -> Docstring:
    """Return the description of a class in its docstring, and those of its parameters."""
    doc = namespace_of(cls).get("__doc__")
    name = cls.__name__
    if not isinstance(doc, str) or doc == name or (doc.startswith(f"{name}(") and doc.endswith(")")):
        return Docstring("", {})  # the docstring that dataclasses generate
    return read_docstring(doc)


def _texts_of(classes: Iterable[Any]) -> Dict[str, str]:
    """Return the descriptions of the parameters of a class and its bases, in this order."""
    texts: Dict[str, str] = {}
    for cls in classes:
        if dataclasses.is_dataclass(cls) or is_typeddict(cls):
            texts = {**_documentation(cls).parameters, **texts}
    return texts


def _fields_of(cls: Any, bindings: Mapping[Any, Mapping[Any, Any]]) -> List[Parameter]:
    """Return the parameters of a dataclass.

    :raises TypeError: if its constructor does not accept them, or needs others.
    """
    fields = [field for field in dataclasses.fields(cls) if field.init]
    hints = class_hints(cls, [field.name for field in fields], bindings)
    parameters = [
        Parameter(
            field.name,
            hints[field.name],
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
            field.default,
            field.metadata.get("description"),
        )
        for field in fields
    ]
    _check_constructor(cls, parameters)
    return parameters


def _check_constructor(cls: Any, parameters: Sequence[Parameter]) -> None:
    if inspect.isabstract(cls):
        raise TypeError(f"{cls.__name__} cannot be made: it is abstract")
    signature = signature_of(cls)
    try:
        signature.bind(**{one.name: None for one in parameters})
        signature.bind(**{one.name: None for one in parameters if one.required})
    except TypeError as error:  # another constructor than that of dataclasses, or one that needs an InitVar
        raise TypeError(f"{cls.__name__} cannot be made of its fields: {error}") from error


def _keys_of(cls: Any, bindings: Mapping[Any, Mapping[Any, Any]]) -> List[Parameter]:
    """Return the keys of a TypedDict. Python does not list its bases."""
    names = list(annotations_of(cls))
    required = getattr(cls, "__required_keys__", names if cls.__total__ else ())
    merged = {variable: value for bound in bindings.values() for variable, value in bound.items()}
    keys: List[Parameter] = []
    for name, hint in class_hints(cls, names, {cls: merged}).items():
        annotation, says = _unqualified(hint)
        keys.append(Parameter(name, annotation, name in required if says is None else says))
    return keys


def _unqualified(hint: Any) -> Tuple[Any, Optional[bool]]:
    """Return a key's annotation without qualifiers, and whether they say that the key is required."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        inner, says = _unqualified(arguments[0])
        return (hint if inner is arguments[0] else Annotated[(inner, *hint.__metadata__)]), says
    word = str(origin).rpartition(".")[2]
    if word not in ("NotRequired", "ReadOnly", "Required"):
        return hint, None
    inner, says = _unqualified(arguments[0])
    return inner, says if word == "ReadOnly" else word == "Required"


def _whole(value: Any) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise ValueError
    return int(value)


def _iso_reader(kind: type, name: str, form: str) -> Callable[[str], Any]:
    whole = re.compile(form)

    def read(text: str) -> Any:
        if whole.fullmatch(text) is None:  # isodate 0.6 ignores what follows: 24-01-02 is a day of 2401
            raise ValueError
        value = getattr(importlib.import_module("isodate"), name)(text)
        if not isinstance(value, kind):
            raise TypeError  # a duration of years or months, which differ in length
        return value

    return read


def _text(form: str, wanted: str, read: Callable[[str], Any]) -> Shape:
    return Converted({"type": "string", "format": form}, (STRING,), wanted, read)


_DAY = r"\d{4}-?(?:\d{2}-?\d{2}|\d{3}|W\d{2}-?\d)"
_TIME = r"\d{2}(?::?\d{2}(?::?\d{2})?)?(?:[.,]\d+)?(?:Z|[+-]\d{2}(?::?\d{2})?)?"
_ANYTHING = Shape({})
_SCALARS: Dict[Any, Shape] = {
    object: _ANYTHING,
    str: Shape({"type": "string"}, (STRING,)),
    bool: Shape({"type": "boolean"}, (BOOLEAN,)),
    NONE: Shape({"type": "null"}, (NULL,)),
    int: Converted({"type": "integer"}, (NUMBER,), "a whole number", _whole),
    float: Converted({"type": "number"}, (NUMBER,), "a number", float),
    decimal.Decimal: Converted(
        {"type": "number"}, (NUMBER, STRING), "a number", lambda value: decimal.Decimal(str(value))
    ),
    datetime.datetime: _text(
        "date-time",
        "a date with a time in ISO 8601",
        _iso_reader(datetime.datetime, "parse_datetime", f"{_DAY}T{_TIME}"),
    ),
    datetime.date: _text("date", "a date in ISO 8601", _iso_reader(datetime.date, "parse_date", _DAY)),
    datetime.time: _text("time", "a time in ISO 8601", _iso_reader(datetime.time, "parse_time", f"T?{_TIME}")),
    datetime.timedelta: _text(
        "duration", "a duration in ISO 8601 of days or less", _iso_reader(datetime.timedelta, "parse_duration", ".*")
    ),
    uuid.UUID: _text("uuid", "a UUID", uuid.UUID),
}
_COLLECTIONS: Dict[Any, Callable[[List[Any]], Any]] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    abc.Sequence: list,
    abc.MutableSequence: list,
    abc.Iterable: list,
    abc.Collection: list,
    abc.Set: set,
}
_MAPPINGS = (dict, abc.Mapping, abc.MutableMapping)
