"""The fields of models: their declaration, and the conversion of their values from and to JSON."""

from __future__ import annotations

import base64
import datetime
import importlib
import sys
import types
from collections.abc import Mapping as MappingABC
from enum import Enum
from types import SimpleNamespace
from typing import (
    Any,
    Callable,
    Dict,
    List,
    Optional,
    Tuple,
    Type,
    Union,
    get_type_hints,
    overload,
)

from azure.core.serialization import AzureJSONEncoder
from typing_extensions import Literal, get_args, get_origin

from azure.ai.inference._json import type_of
from azure.ai.inference._window import Window, new, set_data, wrap

Convert = Callable[[Any], Any]


class Codec:
    """Converts the values of a field from and to JSON."""

    __slots__ = ("live", "nested", "read", "write")

    def __init__(self, read: Optional[Convert], write: Convert, *, nested: bool = False) -> None:
        self.read = read
        """None if there is nothing to convert."""
        self.write = write
        self.nested = nested
        """Whether the values are models or lists of models. Once converted, they replace their JSON."""
        self.live = nested
        """Whether items give the models too."""


class Field:
    """One key of the wire dictionary as an attribute.

    There is no ``__set__``: a converted value is in the instance dictionary, where Python looks first.
    """

    # The package has hundreds of fields, and most have none of these options.
    key = ""
    constant: Optional[str] = None
    leads = False
    plain = False
    default: Any = None
    readonly = False
    type: Any = None
    format: Optional[str] = None
    _visibility: Optional[List[str]] = None  # azure.core.serialization asks for this, and for the next
    _is_multipart_file_input = False
    _codec: Optional[Codec] = None

    def __init__(self) -> None:
        self._read: Optional[Convert] = self._read_first

    def describe(self, visibility: Optional[List[str]], is_multipart_file_input: bool) -> None:
        """Keep what :mod:`azure.core.serialization` asks a field for."""
        self._visibility, self.readonly = visibility, visibility == ["read"]
        self._is_multipart_file_input = is_multipart_file_input

    def __set_name__(self, owner: Type[Any], name: str) -> None:
        self._owner = owner
        self.name = name
        if not self.key:
            self.key = name

    @property
    def _rest_name(self) -> str:  # azure.core.serialization asks for this, too
        return self.key

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
        instance._kept[name] = value
        return value

    @property
    def codec(self) -> Codec:
        """The codec, by the type or the annotation. It is chosen on first use."""
        if self._codec is None:
            if self.type is None:
                codec = _codec_of(_annotation_of(self._owner, self.name), self.format)
            else:
                codec = _codec_of_type(self.type, self.format)
            if self.plain:
                codec.write, codec.live = _copy_json, False
            self._codec, self._read = codec, codec.read
        return self._codec

    def _read_first(self, value: Any) -> Any:
        """Choose the codec, and convert with it from now on."""
        read = self.codec.read
        return value if read is None else read(value)


class RenamedField(Field):
    """A field whose key may differ from its name. Other fields save the lookup of the key."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key

    def __get__(self, instance: Optional[Window], owner: Optional[Type[Any]] = None) -> Any:
        if instance is None:
            return self
        value, read = instance._data.get(self.key), self._read
        if read is not None and value is not None:
            value = read(value)
        instance._kept[self.name] = value
        return value


def rest_field(
    *,
    name: Optional[str] = None,
    type: Optional[Callable[..., Any]] = None,
    visibility: Optional[List[str]] = None,
    default: Any = ...,
    format: Optional[str] = None,
    is_multipart_file_input: bool = False,
    plain: bool = False,
    xml: Optional[Dict[str, Any]] = None,
) -> Any:
    """Declare a field. With ``default=None``, type checkers do not require it in the constructor.

    :keyword name: the key, if it differs from the name of the attribute.
    :keyword type: converts the value from JSON, in place of the annotation.
    :keyword visibility: ``["read"]`` for a field that ``exclude_readonly=True`` leaves out.
    :keyword default: the value in a new model, if not None.
    :keyword format: the form of a time or of bytes: ``unix-timestamp``, ``rfc7231``, ``base64url``; by default ISO 8601
        and base64.
    :keyword is_multipart_file_input: for :mod:`azure.core.serialization`.
    :keyword plain: whether items give JSON where the attribute gives a model. It keeps programs running that read the
        key before it became a field, as in ``json.dumps(dict(completion.usage))``.
    :keyword xml: ignored.
    """
    del xml
    field = Field() if name is None else RenamedField(name)
    if default is not None and default is not ...:
        field.default = default
    if plain:
        field.plain = True
    if format is not None:
        field.format = format
    if type is not None:
        field.type = type
    if visibility is not None or is_multipart_file_input:
        field.describe(visibility, is_multipart_file_input)
    return field


def rest_constant(value: str, *, init: Literal[False] = False) -> Any:
    """Declare a field that the class itself sets, after all others."""
    del init
    field = Field()
    field.constant = value
    return field


@overload
def rest_discriminator(value: str, *, init: Literal[False] = False) -> Any: ...
@overload
def rest_discriminator(*, init: Literal[True] = True, name: Optional[str] = None, **options: Any) -> Any: ...
def rest_discriminator(
    value: Optional[str] = None, *, init: bool = True, name: Optional[str] = None, **options: Any
) -> Any:
    """Declare the field that distinguishes the variants of a base class. A variant sets it, before all others.

    Without ``value``, it is the discriminator of ``class Variant(Base, discriminator="value")``, or an argument of the
    constructor.
    """
    del init
    field: Field = rest_field(name=name, **options)
    field.constant = value
    field.leads = True
    return field


def _annotation_of(owner: Type[Any], name: str) -> Any:
    """Return the annotation of one field. Those of a class and its bases take a millisecond to resolve."""
    for base in owner.__mro__:
        if sys.version_info < (3, 10):  # a class without annotations has those of its base
            own = vars(base).get("__annotations__")
        else:
            own = getattr(base, "__annotations__", None)
        if own and name in own:
            of_field = SimpleNamespace(__annotations__={name: own[name]})
            return get_type_hints(of_field, vars(sys.modules[base.__module__]))[name]
    return Any


def _codec_of(hint: Any, form: Optional[str]) -> Codec:
    origin = get_origin(hint)
    if origin in _UNIONS:
        variants = [variant for variant in get_args(hint) if variant not in (str, type(None))]
        if len(variants) == 1 and (str not in get_args(hint) or _is_class(variants[0], Enum)):
            return _codec_of(variants[0], form)
    elif origin is list and _is_class(get_args(hint)[0], Window):
        return _models_codec(get_args(hint)[0])
    elif _is_class(hint, Window):
        return _model_codec(hint)
    elif _is_class(hint, Enum):
        return Codec(_member_reader(hint), _plain_member)
    elif hint is bytes or hint in _ISO_READERS:
        return _form_codec(hint, form)
    return Codec(None, _plain_member if form is None else _form_writer(form))


def _codec_of_type(of_type: Any, form: Optional[str]) -> Codec:
    codec = _codec_of(of_type, form)
    if codec.read is not None or not callable(of_type):
        return codec

    def read(value: Any) -> Any:
        try:
            return of_type(value)
        except _UNREADABLE:
            return value

    return Codec(read, codec.write)


def _is_class(hint: Any, base: type) -> bool:
    # up to Python 3.10, list[int] is an instance of type
    return get_origin(hint) is None and isinstance(hint, type) and issubclass(hint, base)


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
            instance = new(model)  # `wrap`, inlined: this runs for each model in a stream
            set_data(instance, value)
            return instance
        return wrap(model, dict(value)) if _is_mapping(value) else value

    return read


def _copy_json(value: Any) -> Any:
    """Return a copy of JSON, so that a model does not change what it was made from. Models stay what they are."""
    from azure.ai.inference import _deep

    return _deep.copy(value, lambda part: part)


def _is_model(value: Any) -> bool:
    return isinstance(value, Window)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, MappingABC) and not isinstance(value, Window)


def _member_reader(enum: Type[Enum]) -> Convert:
    members = {member.value: member for member in enum}

    def read(value: Any) -> Any:
        return members.get(value, value) if isinstance(value, str) else value

    return read


def _form_codec(kind: type, form: Optional[str]) -> Codec:
    """Return the codec of times or bytes, which have several forms in JSON."""
    read_form = _READERS.get((kind, form)) or _default_reader(kind)
    on_wire = (int, float) if read_form is _read_timestamp else (str,)

    def read(value: Any) -> Any:
        if type_of(value) in on_wire:
            try:
                return read_form(value)
            except _UNREADABLE:
                pass  # returned as it is
        return value

    return Codec(read, _form_writer(form))


def _form_writer(form: Optional[str]) -> Convert:
    def write(value: Any) -> Any:
        return write_form(value, form) if isinstance(value, (bytes, *_ISO_READERS)) else _plain_member(value)

    return write


def _default_reader(kind: type) -> Convert:
    if kind is bytes:
        return base64.b64decode
    reader: Convert = getattr(importlib.import_module("isodate"), _ISO_READERS[kind])
    return reader


def write_form(value: Any, form: Optional[str]) -> Any:
    """Return a time or bytes in a form that JSON can carry: that of a field or encoder, else ISO 8601 or base64.

    :raises TypeError: if the value is anything else.
    """
    kind = datetime.datetime if isinstance(value, datetime.datetime) else bytes if isinstance(value, bytes) else None
    return _WRITERS.get((kind, form), _TEXT_ENCODER.default)(value)


def _read_timestamp(value: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)


def _write_timestamp(value: datetime.datetime) -> int:
    return int(_in_utc(value).timestamp())


def _read_http_date(text: str) -> datetime.datetime:
    from email.utils import parsedate_to_datetime

    return parsedate_to_datetime(text)


def _write_http_date(value: datetime.datetime) -> str:
    from email.utils import format_datetime

    return format_datetime(_in_utc(value), usegmt=True)


def _read_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _write_base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _in_utc(value: datetime.datetime) -> datetime.datetime:
    """Return the time in UTC. Without a time zone, it is in UTC already."""
    return value.astimezone(datetime.timezone.utc) if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)


_UNIONS = (Union, getattr(types, "UnionType", Union))
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError)
_TEXT_ENCODER = AzureJSONEncoder()
_ISO_READERS = {
    datetime.date: "parse_date",
    datetime.datetime: "parse_datetime",
    datetime.time: "parse_time",
    datetime.timedelta: "parse_duration",
}
_READERS: Dict[Tuple[Any, Any], Convert] = {
    (datetime.datetime, "unix-timestamp"): _read_timestamp,
    (datetime.datetime, "rfc7231"): _read_http_date,
    (bytes, "base64url"): _read_base64url,
}
_WRITERS: Dict[Tuple[Any, Any], Convert] = {
    (datetime.datetime, "unix-timestamp"): _write_timestamp,
    (datetime.datetime, "rfc7231"): _write_http_date,
    (bytes, "base64url"): _write_base64url,
}
