"""The fields of models: how a key of the wire dictionary is declared, read and written."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping as MappingABC
from enum import Enum
from types import SimpleNamespace
from typing import Any, Callable, Dict, Optional, Type, TypeVar, Union, get_type_hints, overload

from typing_extensions import Literal, get_args, get_origin

from azure.ai.inference._json import type_of

Convert = Callable[[Any], Any]

_new = object.__new__


class Window:
    """The slots of a model."""

    __slots__ = ("__dict__", "__weakref__", "_data")

    _data: Dict[str, Any]


# the slot itself: no __setattr__ on the way
set_data: Callable[[Window, Dict[str, Any]], None] = Window._data.__set__  # type: ignore[attr-defined]  # a descriptor

ModelType = TypeVar("ModelType", bound=Window)


def wrap(model: Type[ModelType], data: Dict[str, Any]) -> ModelType:
    """A model over a dictionary that it takes as its own, without a copy."""
    instance = _new(model)
    set_data(instance, data)
    return instance


class Codec:
    """How the values of a field come from the wire and go to it."""

    __slots__ = ("nested", "read", "write")

    def __init__(self, read: Optional[Convert], write: Convert, *, nested: bool = False) -> None:
        self.read = read
        """None for values that are read as they are."""
        self.write = write
        self.nested = nested
        """Whether they are models or lists of models, which speak for their key once they are read."""


class Field:
    """One key of the wire dictionary, seen as an attribute.

    It defines no ``__set__``: once read, the value lies in the instance dictionary and is found there first.
    """

    def __init__(self, constant: Optional[str] = None, *, leads: bool = False) -> None:
        self.constant = constant
        self.leads = leads
        self.name = ""
        self._owner: Type[Any] = Window
        self._codec: Optional[Codec] = None
        self._read: Optional[Convert] = self._read_first

    def __set_name__(self, owner: Type[Any], name: str) -> None:
        self._owner = owner
        self.name = name

    def __get__(self, instance: Optional[Window], owner: Optional[Type[Any]] = None) -> Any:
        if instance is None:
            return self
        name, read = self.name, self._read
        try:
            value = instance._data[name]
        except KeyError:
            value = None
        if read is not None and value is not None:
            value = read(value)
        instance.__dict__[name] = value
        return value

    @property
    def codec(self) -> Codec:
        """How values come and go, told by the annotation, which is resolved on first use."""
        if self._codec is None:
            self._codec = _codec_of(_annotation_of(self._owner, self.name))
            self._read = self._codec.read
        return self._codec

    def _read_first(self, value: Any) -> Any:
        """Reads until the annotation has been resolved."""
        read = self.codec.read
        return value if read is None else read(value)


def rest_field(*, default: Any = ...) -> Any:
    """Declare a field. ``default=None`` tells type checkers that the constructor does not need it."""
    del default
    return Field()


def rest_constant(value: str, *, init: Literal[False] = False) -> Any:
    """Declare a field whose value the class itself sets, behind all others."""
    del init
    return Field(value)


@overload
def rest_discriminator(value: str, *, init: Literal[False] = False) -> Any: ...
@overload
def rest_discriminator(*, init: Literal[True]) -> Any: ...
def rest_discriminator(value: Optional[str] = None, *, init: bool = False) -> Any:
    """Declare the field that tells the variants of a base class apart; a variant sets it, ahead of all others."""
    del init
    return Field(value, leads=True)


def _annotation_of(owner: Type[Any], name: str) -> Any:
    """The annotation of one field, resolved alone: those of the class and its base classes take a millisecond."""
    of_field = SimpleNamespace(__annotations__={name: owner.__annotations__[name]})
    return get_type_hints(of_field, vars(sys.modules[owner.__module__]))[name]


def _codec_of(hint: Any) -> Codec:
    origin = get_origin(hint)
    if origin is Union:
        variants = [variant for variant in get_args(hint) if variant not in (str, type(None))]
        if len(variants) == 1 and (str not in get_args(hint) or _is_class(variants[0], Enum)):
            return _codec_of(variants[0])
    elif origin is list and _is_class(get_args(hint)[0], Window):
        return _models_codec(get_args(hint)[0])
    elif _is_class(hint, Window):
        return _model_codec(hint)
    elif _is_class(hint, Enum):
        return Codec(_member_reader(hint), _plain_member)
    elif hint is datetime.datetime:
        return Codec(_read_timestamp, _write_timestamp)
    return Codec(None, _plain_member)


def _is_class(hint: Any, base: type) -> bool:
    return isinstance(hint, type) and issubclass(hint, base)


def _plain_member(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _model_codec(model: Type[Window]) -> Codec:
    def write(value: Any) -> Any:
        return model(value) if _is_mapping(value) else value  # type: ignore[call-arg]  # a model takes a mapping

    return Codec(_model_reader(model), write, nested=True)


def _models_codec(model: Type[Window]) -> Codec:
    read_one, write_one = _model_reader(model), _model_codec(model).write

    def read(value: Any) -> Any:
        if not issubclass(type_of(value), (list, tuple)) or not value:
            return value
        if type_of(value[0]) is dict or not all(map(_is_model, value)):
            return list(map(read_one, value))
        return value

    def write(value: Any) -> Any:
        kind = type_of(value)
        return [write_one(item) for item in value] if issubclass(kind, list) and any(map(_is_mapping, value)) else value

    return Codec(read, write, nested=True)


def _model_reader(model: Type[Window]) -> Convert:
    def read(value: Any) -> Any:
        if type_of(value) is dict:
            instance = _new(model)  # as `wrap` does: the reads of a stream are too many to call it
            set_data(instance, value)
            return instance
        return wrap(model, dict(value)) if _is_mapping(value) else value

    return read


def _is_model(value: Any) -> bool:
    return isinstance(value, Window)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, MappingABC) and not isinstance(value, Window)


def _member_reader(enum: Type[Enum]) -> Convert:
    members = {member.value: member for member in enum}

    def read(value: Any) -> Any:
        return members.get(value, value) if isinstance(value, str) else value

    return read


def _read_timestamp(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    try:
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    except (ValueError, OverflowError, OSError):
        return value


def _write_timestamp(value: Any) -> Any:
    if not isinstance(value, datetime.datetime):
        return value
    return int((value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)).timestamp())
