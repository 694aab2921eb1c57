"""The base of all models: typed windows on one wire dictionary.

A model holds the JSON object as it came or as it will be sent. A field is a descriptor that reads one key of it; what it
reads is kept in the instance dictionary, where Python finds it without calling the descriptor again. Nested models share
the dictionaries they were read from, so a change made through them is a change of the whole.
"""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Mapping as MappingABC
from collections.abc import Sequence as SequenceABC
from enum import Enum
from typing import (
    Any,
    Callable,
    ClassVar,
    Dict,
    Iterator,
    List,
    Mapping,
    MutableMapping,
    Optional,
    Tuple,
    Type,
    TypeVar,
    Union,
    get_type_hints,
    overload,
)

from azure.core.serialization import NULL
from typing_extensions import Self, dataclass_transform, get_args, get_origin

Reader = Callable[[Any], Any]
EnumType = TypeVar("EnumType", bound=Enum)


class Field:
    """One key of the wire dictionary, seen as an attribute.

    It defines no ``__set__``: once read, the value lies in the instance dictionary and is found there first.
    """

    def __init__(self, constant: Optional[str] = None, *, leads: bool = False) -> None:
        self.constant = constant
        self.leads = leads
        self.name = ""
        self._owner: Type[Any] = Model
        self._resolved = False
        self._reader: Optional[Reader] = None
        self._nested = False

    def __set_name__(self, owner: Type[Any], name: str) -> None:
        self._owner = owner
        self.name = name

    def __get__(self, instance: Optional[Model], owner: Optional[Type[Any]] = None) -> Any:
        if instance is None:
            return self
        value = instance._data.get(self.name)
        if value is not None:
            reader = self._reader if self._resolved else self._resolve()
            if reader is not None:
                value = reader(value)
        instance.__dict__[self.name] = value
        return value

    @property
    def nested(self) -> bool:
        """Whether the value is a model or a list of models, which speak for their key once they are read."""
        if not self._resolved:
            self._resolve()
        return self._nested

    def _resolve(self) -> Optional[Reader]:
        self._reader, self._nested = _reader_of(get_type_hints(self._owner)[self.name])
        self._resolved = True
        return self._reader


def rest_field(*, default: Any = ...) -> Any:
    """Declare a field. ``default=None`` tells type checkers that the constructor does not need it."""
    del default
    return Field()


def rest_constant(value: str, *, init: bool = False) -> Any:
    """Declare a field whose value the class itself sets, behind all others."""
    del init
    return Field(value)


def rest_discriminator(value: Optional[str] = None, *, init: bool = False) -> Any:
    """Declare the field that tells the variants of a base class apart; a variant sets it, ahead of all others."""
    del init
    return Field(value, leads=True)


class Model(MutableMapping[str, Any]):
    """A JSON object with named fields.

    It is a mapping over its JSON, keys that no field describes included, and offers the fields as attributes. A field
    that is missing reads as None; setting a field to None removes its key. Reading never raises for what a service
    sent: a value of an unexpected JSON type is handed over as it came.
    """

    __slots__ = ("__dict__", "__weakref__", "_data")
    __hash__ = None  # type: ignore[assignment]  # a mutable mapping has no hash

    _data: Dict[str, Any]
    _fields: ClassVar[Dict[str, Field]] = {}
    _leading: ClassVar[Dict[str, str]] = {}
    _trailing: ClassVar[Dict[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        cls._fields = {**cls._fields, **own}
        cls._leading = {**cls._leading, **{n: f.constant for n, f in own.items() if f.constant and f.leads}}
        cls._trailing = {**cls._trailing, **{n: f.constant for n, f in own.items() if f.constant and not f.leads}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args:
            data = self._from_mapping(args, kwargs)
        else:
            leading = self._leading
            data = dict(leading)
            fields = self._fields
            for name, value in kwargs.items():
                if name not in fields or name in leading:
                    raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument '{name}'")
                if value is not None:
                    data[name] = value if type(value) is str else _wire_value(value)
        data.update(self._trailing)
        _set_data(self, data)

    def _from_mapping(self, args: Tuple[Any, ...], kwargs: Mapping[str, Any]) -> Dict[str, Any]:
        name = type(self).__name__
        if len(args) > 1 or kwargs:
            raise TypeError(f"{name}() takes keyword arguments or one mapping, not more than that")
        if not isinstance(args[0], MappingABC):
            raise TypeError(f"{name}() takes a mapping as its one positional argument, not {type(args[0]).__name__}")
        given: Mapping[str, Any] = args[0]
        leading = {key: constant for key, constant in self._leading.items() if key not in given}
        return {**leading, **(given._wire() if isinstance(given, Model) else given)}

    def _wire(self) -> Dict[str, Any]:
        """The JSON object one level deep: what was read as a model stands as that model."""
        data = self._data
        fields = self._fields
        live = {k: v for k, v in self.__dict__.items() if k in data and k in fields and fields[k].nested}
        return {**data, **live} if live else data

    def as_dict(self, *, exclude_readonly: bool = False) -> Dict[str, Any]:
        """The JSON object as plain dictionaries, lists and scalars, which share nothing mutable with the model.

        ``exclude_readonly`` is accepted for programs that pass it; no field of this service is read-only.
        """
        del exclude_readonly
        plain: Dict[str, Any] = _plain(self)
        return plain

    def copy(self) -> Self:
        """A model of the same class with the same content; nested models are shared."""
        duplicate = type(self).__new__(type(self))
        duplicate.__setstate__(self.__getstate__())
        return duplicate

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._fields:
            object.__setattr__(self, name, value)
        elif value is None:
            self._data.pop(name, None)
            self.__dict__.pop(name, None)
        else:
            self[name] = _wire_value(value)

    def __delattr__(self, name: str) -> None:
        if name not in self._fields:
            object.__delattr__(self, name)
        else:
            self.__setattr__(name, None)

    def __getitem__(self, key: str) -> Any:
        value = self._data[key]
        field = self._fields.get(key)
        return value if field is None or value is None or not field.nested else getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._data[key] = value
        if key in self._fields:
            self.__dict__.pop(key, None)

    def __delitem__(self, key: str) -> None:
        del self._data[key]
        if key in self._fields:
            self.__dict__.pop(key, None)

    def __contains__(self, key: object) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MappingABC):
            return NotImplemented
        return bool(_plain(self) == _plain(other))

    def __repr__(self) -> str:
        return repr(self._wire())

    def __getstate__(self) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        undeclared = {name: value for name, value in self.__dict__.items() if name not in self._fields}
        return self._wire(), undeclared

    def __setstate__(self, state: Tuple[Dict[str, Any], Dict[str, Any]]) -> None:
        data, undeclared = state
        _set_data(self, dict(data))
        self.__dict__.update(undeclared)


_set_data = Model._data.__set__  # type: ignore[attr-defined]  # the slot itself: no __setattr__ on the way


@dataclass_transform(
    kw_only_default=True, eq_default=False, field_specifiers=(rest_field, rest_constant, rest_discriminator)
)
class RequestModel(Model):
    """A model that callers write: type checkers see one keyword of the constructor for each field."""


class ResponseModel(Model):
    """A model that the service writes: built from its saved JSON, or from some of its fields by keyword."""

    @overload
    def __init__(self, mapping: Mapping[str, Any], /) -> None: ...
    @overload
    def __init__(self, **fields: Any) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


ModelType = TypeVar("ModelType", bound=Model)


def wrap(model: Type[ModelType], data: Dict[str, Any]) -> ModelType:
    """A model over a dictionary that it takes as its own, without a copy."""
    instance = model.__new__(model)
    _set_data(instance, data)
    return instance


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return {key: _plain(item) for key, item in value._wire().items()}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([_plain(item) for item in value]) if type(value) in (list, tuple) else value
    return value


def _wire_value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime.datetime):
        return int((value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)).timestamp())
    return value


def _reader_of(hint: Any) -> Tuple[Optional[Reader], bool]:
    """How values of a type hint are read from the wire, and whether they are read as models."""
    origin = get_origin(hint)
    if origin is Union:
        variants = [variant for variant in get_args(hint) if variant not in (str, type(None))]
        if len(variants) != 1 or (str in get_args(hint) and not _is_class(variants[0], Enum)):
            return None, False
        return _reader_of(variants[0])
    if origin is list and _is_class(get_args(hint)[0], Model):
        return _models_reader(get_args(hint)[0]), True
    if _is_class(hint, Model):
        return _model_reader(hint), True
    if _is_class(hint, Enum):
        return _member_reader(hint), False
    if hint is datetime.datetime:
        return _read_timestamp, False
    return None, False


def _is_class(hint: Any, base: type) -> bool:
    return isinstance(hint, type) and issubclass(hint, base)


def _model_reader(model: Type[Model]) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is dict:
            return wrap(model, value)
        if isinstance(value, MappingABC) and not isinstance(value, Model):
            return wrap(model, dict(value))
        return value

    return read


def _models_reader(model: Type[Model]) -> Reader:
    read_one = _model_reader(model)

    def read(value: Any) -> Any:
        return [read_one(item) for item in value] if isinstance(value, (list, tuple)) else value

    return read


def _member_reader(enum: Type[EnumType]) -> Reader:
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


class SdkJSONEncoder(json.JSONEncoder):
    """Encodes what request bodies may hold beyond JSON's own types: models, other mappings, times and bytes.

    Dates and times are written as ISO 8601 (times in UTC), durations as ISO 8601 durations, bytes as base64.
    """

    def default(self, o: Any) -> Any:
        if isinstance(o, Model):
            return o._wire()
        if isinstance(o, MappingABC):
            mapping: Mapping[Any, Any] = o
            return dict(mapping)
        if isinstance(o, (bytes, bytearray)):
            return base64.b64encode(o).decode()
        if isinstance(o, SequenceABC):
            items: List[Any] = list(o)
            return items
        if isinstance(o, Enum):
            return o.value
        if o is NULL:
            return None
        return _encode_time(o) if isinstance(o, _TIMES) else super().default(o)


_TIMES = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)


def _encode_time(value: Any) -> str:
    if isinstance(value, datetime.timedelta):
        from isodate import duration_isoformat

        return str(duration_isoformat(value))
    if isinstance(value, datetime.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
        return aware.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    return str(value.isoformat())


_ENCODER = SdkJSONEncoder(allow_nan=False)


def encode_json(body: Any) -> str:
    """The JSON text of a request body, with the separators and escapes of ``json.dumps``.

    :raises ValueError: for NaN and infinity, which JSON cannot carry, and for a body that contains itself.
    :raises TypeError: for a value that has no JSON form.
    """
    return _ENCODER.encode(body)
