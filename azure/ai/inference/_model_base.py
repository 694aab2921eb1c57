"""The base of all models: typed windows on one wire dictionary.

A model holds the JSON object as it came or as it will be sent. A field is a descriptor that reads one key of it; what
it reads is kept in the instance dictionary, where Python finds it without calling the descriptor again. Nested models
share the dictionaries they were read from, so a change made through them is a change of the whole.
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping as MappingABC
from collections.abc import Sequence as SequenceABC
from enum import Enum
from types import SimpleNamespace
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    ClassVar,
    Dict,
    FrozenSet,
    Iterator,
    Mapping,
    MutableMapping,
    Optional,
    Sequence,
    Tuple,
    Type,
    TypeVar,
    Union,
    cast,
    get_type_hints,
    overload,
)

from azure.core.serialization import NULL, AzureJSONEncoder
from typing_extensions import Literal, Self, dataclass_transform, get_args, get_origin

from azure.ai.inference._json import type_of

Convert = Callable[[Any], Any]

_new = object.__new__


class _Codec:
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
        self._owner: Type[Any] = Model
        self._codec: Optional[_Codec] = None
        self._read: Optional[Convert] = self._read_first

    def __set_name__(self, owner: Type[Any], name: str) -> None:
        self._owner = owner
        self.name = name

    def __get__(self, instance: Optional[Model], owner: Optional[Type[Any]] = None) -> Any:
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
    def codec(self) -> _Codec:
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


#: What the constructor of a class sets ahead, the fields that it takes, and what it sets behind them.
Plan = Tuple[Dict[str, str], Dict[str, Field], Dict[str, str]]


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
    _plan: ClassVar[Plan] = ({}, {}, {})
    _nested: ClassVar[Optional[FrozenSet[str]]] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        cls._fields = {**cls._fields, **own}
        constants = {name: field for name, field in cls._fields.items() if field.constant is not None}
        leading = {name: str(field.constant) for name, field in constants.items() if field.leads}
        trailing = {name: str(field.constant) for name, field in constants.items() if not field.leads}
        cls._nested = None
        cls._plan = (leading, {n: f for n, f in cls._fields.items() if n not in leading}, trailing)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # a message is built for each turn of a chat: a text given by name is to cost next to nothing
        if args:
            args, kwargs = self._name_arguments(args, kwargs)
        leading, fields, trailing = self._plan
        if args:
            data = self._from_mapping(args, kwargs)
        else:
            data = leading.copy()
            for name, value in kwargs.items():
                if name not in fields:
                    raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument '{name}'")
                if type(value) is str:
                    data[name] = value
                elif value is not None:
                    data[name] = fields[name].codec.write(value)
        if trailing:
            data.update(trailing)
        _set_data(self, data)

    def _name_arguments(self, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Tuple[Tuple[Any, ...], Dict[str, Any]]:
        """The arguments of the constructor, with those by name that the class takes in front of all others."""
        return args, kwargs

    def _from_mapping(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Dict[str, Any]:
        name = type(self).__name__
        if len(args) > 1 or kwargs:
            raise TypeError(f"{name}() takes keyword arguments or one mapping, not more than that")
        source = args[0]
        if not isinstance(source, MappingABC):
            raise TypeError(f"{name}() takes a mapping as its one positional argument, not {type(source).__name__}")
        given = cast("Mapping[str, Any]", source)
        fields = self._fields
        data: Dict[str, Any] = {key: constant for key, constant in self._plan[0].items() if key not in given}
        for key, value in given.items():
            data[key] = fields[key].codec.write(value) if key in fields else value
        return data

    def _wire(self) -> Dict[str, Any]:
        """The JSON object one level deep: what was read as a model stands as that model."""
        nested = self._nested
        if nested is None:
            nested = frozenset(name for name, field in self._fields.items() if field.codec.nested)
            type(self)._nested = nested
        data, read = self._data, self.__dict__
        if not nested or not read:
            return data
        live = {name: value for name, value in read.items() if name in nested and name in data}
        return {**data, **live} if live else data

    def as_dict(self, *, exclude_readonly: bool = False) -> Dict[str, Any]:
        """The JSON object as plain dictionaries, lists and scalars, which share nothing mutable with the model.

        ``exclude_readonly`` is accepted for programs that pass it; no field of this service is read-only.
        """
        del exclude_readonly
        plain: Dict[str, Any] = _plain(self)
        return plain

    def popitem(self) -> Tuple[str, Any]:
        """Remove the key that came last, and return it with its value."""
        if not self._data:
            raise KeyError("popitem(): dictionary is empty")
        key = next(reversed(list(self._data)))
        return key, self.pop(key)

    def copy(self) -> Self:
        """A model of the same class with the same content; nested models are shared."""
        duplicate = type(self).__new__(type(self))
        duplicate.__setstate__(self.__getstate__())
        return duplicate

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._fields:
            object.__setattr__(self, name, value)
        elif value is None:
            self._data.pop(name, None)
            self.__dict__.pop(name, None)
        else:
            self[name] = self._fields[name].codec.write(value)

    def __delattr__(self, name: str) -> None:
        if name not in self._fields:
            object.__delattr__(self, name)
        else:
            self.__setattr__(name, None)

    def __getitem__(self, key: str) -> Any:
        value = self._data[key]
        field = self._fields.get(key)
        return value if field is None or value is None or not field.codec.nested else getattr(self, key)

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

    if TYPE_CHECKING:

        @overload
        def __init__(self, mapping: Mapping[str, Any], /) -> None: ...
        @overload
        def __init__(self, **fields: Any) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


ModelType = TypeVar("ModelType", bound=Model)


def wrap(model: Type[ModelType], data: Dict[str, Any]) -> ModelType:
    """A model over a dictionary that it takes as its own, without a copy."""
    instance = _new(model)
    _set_data(instance, data)
    return instance


def unwrap(model: Model) -> Dict[str, Any]:
    """The dictionary that a model is a window on, as it came: nothing is read or copied."""
    return model._data


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return {key: _plain(item) for key, item in value._wire().items()}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in cast("Dict[str, Any]", value).items()}
    if type(value) in (list, tuple):
        return type(value)([_plain(item) for item in value])
    if isinstance(value, Enum):
        return value.value
    return _ENCODER.default(value) if isinstance(value, _ENCODED_AS_TEXT) else value


_ENCODED_AS_TEXT = (datetime.date, datetime.time, datetime.timedelta, bytes, bytearray)


def _annotation_of(owner: Type[Any], name: str) -> Any:
    """The annotation of one field, resolved alone: those of the class and its base classes take a millisecond."""
    of_field = SimpleNamespace(__annotations__={name: owner.__annotations__[name]})
    return get_type_hints(of_field, vars(sys.modules[owner.__module__]))[name]


def _codec_of(hint: Any) -> _Codec:
    origin = get_origin(hint)
    if origin is Union:
        variants = [variant for variant in get_args(hint) if variant not in (str, type(None))]
        if len(variants) == 1 and (str not in get_args(hint) or _is_class(variants[0], Enum)):
            return _codec_of(variants[0])
    elif origin is list and _is_class(get_args(hint)[0], Model):
        return _models_codec(get_args(hint)[0])
    elif _is_class(hint, Model):
        return _model_codec(hint)
    elif _is_class(hint, Enum):
        return _Codec(_member_reader(hint), _plain_member)
    elif hint is datetime.datetime:
        return _Codec(_read_timestamp, _write_timestamp)
    return _Codec(None, _plain_member)


def _is_class(hint: Any, base: type) -> bool:
    return isinstance(hint, type) and issubclass(hint, base)


def _plain_member(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _model_codec(model: Type[Model]) -> _Codec:
    def write(value: Any) -> Any:
        return model(value) if _is_mapping(value) else value

    return _Codec(_model_reader(model), write, nested=True)


def _models_codec(model: Type[Model]) -> _Codec:
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

    return _Codec(read, write, nested=True)


def _model_reader(model: Type[Model]) -> Convert:
    def read(value: Any) -> Any:
        if type_of(value) is dict:
            instance = _new(model)  # as `wrap` does: the reads of a stream are too many to call it
            _set_data(instance, value)
            return instance
        return wrap(model, dict(value)) if _is_mapping(value) else value

    return read


def _is_model(value: Any) -> bool:
    return isinstance(value, Model)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, MappingABC) and not isinstance(value, Model)


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


class SdkJSONEncoder(AzureJSONEncoder):
    """Encodes what request bodies may hold beyond JSON's own types: models, other mappings and sequences, times, bytes.

    Times are written as ISO 8601 (those without a zone are taken for UTC), bytes as base64.
    """

    def default(self, o: Any) -> Any:
        kind = type_of(o)
        if Model in kind.__mro__:  # a long chat has many: `issubclass` asks the abstract base classes
            return o._wire()
        if issubclass(kind, MappingABC):
            return dict(o)
        if issubclass(kind, SequenceABC) and not issubclass(kind, (bytes, bytearray)):
            return list(o)
        if isinstance(o, Enum):
            return o.value
        return None if o is NULL else super().default(o)


_ENCODER = SdkJSONEncoder(allow_nan=False)


def without_models(values: Sequence[Any]) -> Sequence[Any]:
    """A list to be encoded, with dictionaries in place of its models: the encoder would ask for each, which is slow."""
    models = {kind for kind in set(map(type, values)) if issubclass(kind, Model)}
    return [(value._wire() if value.__dict__ else value._data) if type(value) in models else value for value in values]


def encode_json(body: Any) -> str:
    """The JSON text of a request body, with the separators and escapes of ``json.dumps``.

    :raises ValueError: for NaN and infinity, which JSON cannot carry, and for a body that contains itself.
    :raises TypeError: for a value that has no JSON form.
    """
    return _ENCODER.encode(body)
