"""The base of all models: typed views of one JSON object.

A model holds the JSON object of a request or response. A field is a descriptor that converts one key of it. The value
is kept in the instance dictionary, where Python finds it without calling the descriptor again. Nested models share the
dictionaries of the outer one, so a change of a nested model changes the whole.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping as MappingABC
from collections.abc import MutableMapping as MutableMappingABC
from collections.abc import Sequence as SequenceABC
from enum import Enum
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    ClassVar,
    Dict,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    Optional,
    Sequence,
    Tuple,
    Type,
    cast,
    overload,
)

from azure.core.serialization import NULL, AzureJSONEncoder
from typing_extensions import Self, dataclass_transform

from azure.ai.inference._fields import Field, rest_constant, rest_discriminator, rest_field, write_form
from azure.ai.inference._json import type_of
from azure.ai.inference._window import BESIDE, Attributes, Window, beside, derived, set_beside, set_data, wrap

__all__ = [
    "Model",
    "RequestModel",
    "ResponseModel",
    "SdkJSONEncoder",
    "beside",
    "derived",
    "encode_json",
    "indented",
    "rest_constant",
    "rest_discriminator",
    "rest_field",
    "set_beside",
    "unwrap",
    "without_models",
    "wrap",
]

if TYPE_CHECKING:
    from azure.ai.inference._numbers import Digits

    _Mapping = MutableMapping[str, Any]
else:
    _Mapping = MutableMappingABC  # typing.Generic would add 9% to the cost of each class

#: The keys that a constructor sets first, the fields whose keyword is their key, and the keys that it sets last.
Plan = Tuple[Dict[str, Any], Dict[str, Field], Dict[str, str]]


class _OfClass:
    """An attribute of a class, computed on first use. The package has many classes; a program uses a few."""

    def __init__(self, name: str, compute: Callable[[Type[Model]], Any]) -> None:
        self._name = name
        self._compute = compute

    def __get__(self, instance: Optional[Model], owner: Type[Model]) -> Any:
        value = self._compute(owner)
        setattr(owner, self._name, value)
        return value


def _fields_of(model: Type[Model]) -> Dict[str, Field]:
    names = [names for base in reversed(model.__mro__) for names in vars(base).items()]
    return {name: field for name, field in names if isinstance(field, Field)}


def _by_key_of(model: Type[Model]) -> Dict[str, Field]:
    return {field.key: field for field in model._attr_to_rest_field.values()}


def _nested_of(model: Type[Model]) -> Dict[str, str]:
    return {name: field.key for name, field in model._attr_to_rest_field.items() if field.codec.nested}


def _plan_of(model: Type[Model]) -> Plan:
    plan: Plan = ({}, {}, {})
    leading, fields, trailing = plan
    for name, field in model._attr_to_rest_field.items():
        value = field.constant or (model._discriminator if field.leads else field.default)
        if field.constant and not field.leads:
            trailing[field.key] = field.constant
        elif value is not None:
            leading[field.key] = value
        if name == field.key and not (field.leads and value):
            fields[name] = field
    return plan


_FIELDS: Any = _OfClass("_attr_to_rest_field", _fields_of)
_BY_KEY: Any = _OfClass("_by_key", _by_key_of)
_NESTED: Any = _OfClass("_nested", _nested_of)
_PLAN: Any = _OfClass("_plan", _plan_of)


class Model(_Mapping, Window):
    """A JSON object with named fields.

    It is a mapping over its JSON, with the fields as attributes; keys without a field are kept. A missing field is None
    as an attribute, and setting a field to None removes its key. A value of an unexpected JSON type is returned as it
    is: reading a response never raises.
    """

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]  # a mutable mapping has no hash

    _is_model: ClassVar[bool] = True  # azure.core.serialization asks for this, and for the next
    _attr_to_rest_field: ClassVar[Dict[str, Field]] = _FIELDS
    _by_key: ClassVar[Dict[str, Field]] = _BY_KEY
    _nested: ClassVar[Dict[str, str]] = _NESTED
    _plan: ClassVar[Plan] = _PLAN
    _discriminator: ClassVar[Optional[str]] = None

    def __init_subclass__(cls, *, discriminator: Optional[str] = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if discriminator is not None:
            cls._discriminator = discriminator
        cls._attr_to_rest_field, cls._by_key, cls._nested, cls._plan = _FIELDS, _BY_KEY, _NESTED, _PLAN

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # a long chat has many messages: keywords with a text take the shortest path
        if args:
            args, kwargs = self._name_arguments(args, kwargs)
        leading, fields, trailing = self._plan
        if args:
            data = self._from_mapping(args, kwargs)
        else:
            data = leading.copy()
            for name, value in kwargs.items():
                if name not in fields:
                    self._set_other(data, name, value)
                elif type(value) is str:
                    data[name] = value
                elif value is not None:
                    data[name] = fields[name].codec.write(value)
        if trailing:
            self._set_constants(data, trailing)
        set_data(self, data)

    def _set_constants(self, data: Dict[str, Any], constants: Dict[str, str]) -> None:
        """Set the keys that the class itself sets last."""
        data.update(constants)

    def _name_arguments(self, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Tuple[Tuple[Any, ...], Dict[str, Any]]:
        """Return the arguments of the constructor, after naming positional ones where the class has a name for them."""
        return args, kwargs

    def _set_other(self, data: Dict[str, Any], name: str, value: Any) -> None:
        """Set a field whose key is not its name, or a discriminator that is not constant."""
        field = self._attr_to_rest_field.get(name)
        if field is None or (field.leads and field.constant):
            raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument '{name}'")
        if value is not None:
            data.pop(field.key, None)
            data[field.key] = field.codec.write(value)

    def _are_discriminators(self, names: Iterable[str]) -> bool:
        fields = [self._attr_to_rest_field.get(name) for name in names]
        return all(field is not None and field.leads and not field.constant for field in fields)

    def _from_mapping(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Dict[str, Any]:
        name, leading = type(self).__name__, self._plan[0]
        if len(args) > 1 or (kwargs and not self._are_discriminators(kwargs)):
            raise TypeError(f"{name}() takes keyword arguments or one mapping, not more than that")
        if kwargs:  # the constructor of a subclass may pass its discriminator on, beside any arguments
            leading = leading.copy()
            for key, value in kwargs.items():
                self._set_other(leading, key, value)
        source = args[0]
        if not isinstance(source, MappingABC):
            raise TypeError(f"{name}() takes a mapping as its one positional argument, not {type(source).__name__}")
        given = cast("Mapping[str, Any]", source)
        by_key = self._by_key
        data: Dict[str, Any] = {key: value for key, value in leading.items() if key not in given}
        for key, value in given.items():
            data[key] = by_key[key].codec.write(value) if key in by_key else value
        return data

    def _wire(self, exclude_readonly: bool = False) -> Dict[str, Any]:
        """Return the JSON object, with converted models in place of their JSON."""
        nested, data, read = self._nested, self._data, self._kept
        if nested and read:
            live = {nested[name]: value for name, value in read.items() if name in nested and nested[name] in data}
            if live:
                data = {**data, **live}
        if exclude_readonly:
            by_key = self._by_key
            return {key: value for key, value in data.items() if key not in by_key or not by_key[key].readonly}
        return data

    def as_dict(self, *, exclude_readonly: bool = False) -> Dict[str, Any]:
        """Return the JSON object as plain dictionaries, lists and scalars, which share nothing mutable with the model.

        :keyword exclude_readonly: leave out fields with ``visibility=["read"]``. The models of this package have none.
        """
        plain: Dict[str, Any] = _plain_writable(self) if exclude_readonly else _plain(self)
        return plain

    def popitem(self) -> Tuple[str, Any]:
        """Remove and return the last key and its value."""
        if not self._data:
            raise KeyError("popitem(): dictionary is empty")
        key = next(reversed(list(self._data)))
        return key, self.pop(key)

    def copy(self) -> Self:
        """Return a model of the same class with the same content. Nested models are shared."""
        duplicate = wrap(type(self), self._data.copy())
        duplicate._kept.update(self._kept)
        return duplicate

    def __setattr__(self, name: str, value: Any) -> None:
        field = self._attr_to_rest_field.get(name)
        if field is None:
            object.__setattr__(self, name, value)
        elif value is None:
            self._data.pop(field.key, None)
            self._kept.pop(name, None)
        else:
            self[field.key] = field.codec.write(value)

    def __delattr__(self, name: str) -> None:
        if name not in self._attr_to_rest_field:
            object.__delattr__(self, name)
        else:
            self.__setattr__(name, None)

    def __getitem__(self, key: str) -> Any:
        value = self._data[key]
        field = self._by_key.get(key)
        return value if field is None or value is None or not field.codec.live else getattr(self, field.name)

    def __setitem__(self, key: str, value: Any) -> None:
        self._data[key] = value
        field = self._by_key.get(key)
        if field is not None:
            self._kept.pop(field.name, None)

    def __delitem__(self, key: str) -> None:
        del self._data[key]
        field = self._by_key.get(key)
        if field is not None:
            self._kept.pop(field.name, None)

    def __contains__(self, key: object) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MappingABC):
            return NotImplemented
        mine, theirs = _plain(self), _plain(other)
        try:
            return bool(mine == theirs)
        except RecursionError:
            from azure.ai.inference import _deep  # late, as few values are nested so deeply

            return _deep.are_equal(mine, theirs)

    _repr_pretty_ = Window._repr_pretty_  # IPython asks the class that has __repr__, or one before it

    def __repr__(self) -> str:
        try:
            return repr(self._wire())
        except RecursionError:
            from azure.ai.inference import _deep

            return _deep.show(_plain(self), repr)

    def _undeclared(self) -> Dict[str, Any]:
        fields = self._attr_to_rest_field
        return {name: value for name, value in self._kept.items() if name not in fields}

    def __getstate__(self) -> Dict[str, Any]:
        return {"_data": self._wire(), **self._undeclared()}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        undeclared = dict(state)
        set_data(self, dict(undeclared.pop("_data")))
        self._kept.update(undeclared)

    @property
    def __dict__(self) -> Dict[str, Any]:
        """The JSON as ``_data``, and the attributes that are not fields. A change of it changes the model."""
        attributes = Attributes(self._change_attribute)
        data: Optional[Dict[str, Any]] = getattr(self, "_data", None)
        if data is not None:  # it is right after `__new__`, which programs call to copy models by their attributes
            for name, key in self._nested.items():
                if key in data and self._by_key[key].codec.live:
                    data[key] = getattr(self, name)
            attributes.show({"_data": data})
        if self._kept:
            shown = self._undeclared().items()
            attributes.show({name: value for name, value in shown if not name.startswith(BESIDE)})
        return attributes

    @__dict__.setter
    def __dict__(self, attributes: Mapping[str, Any]) -> None:
        self._kept.clear()
        self.__dict__.update(attributes)

    def _change_attribute(self, name: str, *value: Any) -> None:
        """Do what ``vars(model)[name] = value`` does, or without a value ``del vars(model)[name]``."""
        if name == "_data" and value:
            undeclared = self._undeclared()
            self._kept.clear()
            self._kept.update(undeclared)
            set_data(self, value[0])
        elif name not in self._attr_to_rest_field:
            self._kept.pop(name, None)
            self._kept.update((name, one) for one in value)


@dataclass_transform(
    kw_only_default=True, eq_default=False, field_specifiers=(rest_field, rest_constant, rest_discriminator)
)
class RequestModel(Model):
    """A model that callers write. Type checkers see a keyword of the constructor for each field."""


class ResponseModel(Model):
    """A model that services send. A program may build it from JSON, or from some of its fields by keyword."""

    if TYPE_CHECKING:

        @overload
        def __init__(self, mapping: Mapping[str, Any], /) -> None: ...
        @overload
        def __init__(self, **fields: Any) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


def unwrap(model: Model) -> Dict[str, Any]:
    """Return the wire dictionary of a model, without a copy."""
    return model._data


def _plainer(wire: Callable[[Model], Dict[str, Any]]) -> Callable[[Any], Any]:
    """Return a function that converts models to plain data, all the way down. ``wire`` returns the JSON of a model."""

    def plain(value: Any) -> Any:
        if isinstance(value, Window):
            return {key: plain(item) for key, item in wire(cast(Model, value)).items()}
        if isinstance(value, dict):
            return {key: plain(item) for key, item in cast("Dict[str, Any]", value).items()}
        if type(value) in (list, tuple):
            return type(value)([plain(item) for item in value])
        if isinstance(value, Enum):
            return value.value
        return _ENCODER.default(value) if isinstance(value, _ENCODED) else value

    def opened(value: Any) -> Any:
        if isinstance(value, Window):
            return wire(cast(Model, value))
        return cast(Any, value) if isinstance(value, (dict, list, tuple)) else plain(value)

    def plain_at_any_depth(value: Any) -> Any:
        try:
            return plain(value)
        except RecursionError:
            from azure.ai.inference import _deep

            return _deep.copy(value, opened)

    return plain_at_any_depth


def _writable(model: Model) -> Dict[str, Any]:
    return model._wire(exclude_readonly=True)


_plain = _plainer(Model._wire)
_plain_writable = _plainer(_writable)
_ENCODED = (datetime.date, datetime.time, datetime.timedelta, bytes, bytearray, type(NULL))


class SdkJSONEncoder(AzureJSONEncoder):
    """Encodes models, other mappings and sequences, times and bytes, beside JSON's own types.

    Times are ISO 8601 (without a time zone: UTC), bytes are base64.

    :keyword exclude_readonly: leave out the fields of models declared with ``visibility=["read"]``.
    :keyword format: another form of times and bytes, as for a field.
    """

    def __init__(self, *args: Any, exclude_readonly: bool = False, format: Optional[str] = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wire = _writable if exclude_readonly else Model._wire
        self._format = format

    def default(self, o: Any) -> Any:
        kind = type_of(o)
        if Model in kind.__mro__:  # `issubclass` would ask the abstract base classes
            return self._wire(o)
        if issubclass(kind, MappingABC):
            return dict(o)
        if issubclass(kind, SequenceABC) and not issubclass(kind, (bytes, bytearray)):
            return list(o)
        if isinstance(o, Enum):
            return o.value
        return None if o is NULL else self._write_other(o)

    def _write_other(self, o: Any) -> Any:
        try:
            return super().default(o) if self._format is None else write_form(o, self._format)
        except TypeError:
            number = self._number(o)
            if number is None:
                raise
            return number

    def _number(self, o: Any) -> Any:
        from azure.ai.inference._numbers import plain_number  # late, as few bodies have any but Python's own

        return plain_number(o)


class _InexactError(Exception):
    """Signals a decimal that no float is equal to."""


class _BodyEncoder(SdkJSONEncoder):
    """Encodes a request body, and keeps all digits of a decimal, or raises an error if there is no place for them."""

    def __init__(self, digits: Optional[Digits] = None) -> None:
        super().__init__(allow_nan=False)
        self._digits = digits

    def _number(self, o: Any) -> Any:
        from azure.ai.inference._numbers import is_exact, plain_number

        number = plain_number(o)
        if number is None or is_exact(o, number):
            return number
        if self._digits is None:
            raise _InexactError
        return self._digits.keep(o)


_ENCODER = _BodyEncoder()


def without_models(values: Sequence[Any]) -> Sequence[Any]:
    """Return a list with dictionaries in place of models, for which the encoder would call back."""
    models = {kind for kind in set(map(type, values)) if issubclass(kind, Model)}
    return [(value._wire() if value._kept else value._data) if type(value) in models else value for value in values]


def indented(model: Model) -> str:
    """Return a model as JSON text, indented by 2."""
    plain = model.as_dict()
    try:
        return json.dumps(plain, indent=2, cls=SdkJSONEncoder)
    except RecursionError:
        from azure.ai.inference import _deep

        return _deep.show(plain, SdkJSONEncoder().encode, 2)


def encode_json(body: Any) -> str:
    """Return the JSON text of a request body, with the separators and escapes of ``json.dumps``.

    :raises ValueError: for NaN and infinity, which JSON cannot carry, and for a body that contains itself.
    :raises TypeError: for a value that has no JSON form.
    """
    try:
        return _ENCODER.encode(body)
    except _InexactError:
        from azure.ai.inference._numbers import Digits

        digits = Digits()
        return digits.restore(_BodyEncoder(digits).encode(body))
