"""The base of all models: typed windows on one wire dictionary.

A model holds the JSON object as it came or as it will be sent. A field is a descriptor that reads one key of it; what
it reads is kept in the instance dictionary, where Python finds it without calling the descriptor again. Nested models
share the dictionaries they were read from, so a change made through them is a change of the whole.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping as MappingABC
from collections.abc import Sequence as SequenceABC
from enum import Enum
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Dict,
    FrozenSet,
    Iterator,
    Mapping,
    MutableMapping,
    Optional,
    Sequence,
    Tuple,
    cast,
    overload,
)

from azure.core.serialization import NULL, AzureJSONEncoder
from typing_extensions import Self, dataclass_transform

from azure.ai.inference._fields import Field, Window, rest_constant, rest_discriminator, rest_field, set_data, wrap
from azure.ai.inference._json import type_of

__all__ = [
    "Model",
    "RequestModel",
    "ResponseModel",
    "SdkJSONEncoder",
    "encode_json",
    "rest_constant",
    "rest_discriminator",
    "rest_field",
    "unwrap",
    "without_models",
    "wrap",
]

#: What the constructor of a class sets ahead, the fields that it takes, and what it sets behind them.
Plan = Tuple[Dict[str, str], Dict[str, Field], Dict[str, str]]


class Model(MutableMapping[str, Any], Window):
    """A JSON object with named fields.

    It is a mapping over its JSON, keys that no field describes included, and offers the fields as attributes. A field
    that is missing reads as None; setting a field to None removes its key. Reading never raises for what a service
    sent: a value of an unexpected JSON type is handed over as it came.
    """

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]  # a mutable mapping has no hash

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
        set_data(self, data)

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
        set_data(self, dict(data))
        self.__dict__.update(undeclared)


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
