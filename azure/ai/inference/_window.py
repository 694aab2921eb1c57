"""Below models: the slots that hold their JSON, and their attributes that are not fields."""

from __future__ import annotations

from collections.abc import MutableMapping as MutableMappingABC
from typing import Any, Callable, Dict, Mapping, Optional, Type, TypeVar, cast

new = object.__new__


class Window:
    """The slots of a model.

    Its instance dictionary holds the fields converted so far, and the attributes that are not fields.
    """

    __slots__ = ("__dict__", "__weakref__", "_data")

    _data: Dict[str, Any]
    _kept: Any
    """The instance dictionary. ``__dict__`` of a model is the one of the released package."""

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        from azure.ai.inference import _display

        return _display.html_of(type(self).__name__, self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print what IPython shows."""
        from azure.ai.inference import _display

        _display.print_text(printer, cycle, type(self).__name__, self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Return the schema by which pydantic validates a field of this type."""
        from azure.ai.inference import _pydantic

        return _pydantic.core_schema_of(cls)


Window._kept = vars(Window)["__dict__"]
# the slot itself, which bypasses __setattr__
set_data: Callable[[Window, Dict[str, Any]], None] = vars(Window)["_data"].__set__

ModelType = TypeVar("ModelType", bound=Window)
Value = TypeVar("Value")


def wrap(model: Type[ModelType], data: Dict[str, Any]) -> ModelType:
    """Return a model over a dictionary, without a copy."""
    instance = new(model)
    set_data(instance, data)
    return instance


class Attributes(Dict[str, Any]):
    """A dictionary of the attributes of a model that reports its changes to the model."""

    __slots__ = ("_change",)

    def __init__(self, change: Callable[..., None]) -> None:
        self._change = change

    def show(self, attributes: Mapping[str, Any]) -> None:
        """Add attributes that the model already has."""
        super().update(attributes)

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self._change(name, value)

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self._change(name)

    def __reduce__(self) -> Any:
        return dict, (dict(self),)


for _name in ("clear", "pop", "popitem", "setdefault", "update"):
    setattr(Attributes, _name, getattr(MutableMappingABC, _name))  # those of `dict` do not call the methods above


class _Derived:
    """The descriptor of :func:`derived`."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    def __get__(self, instance: Optional[Window], owner: Optional[Type[Any]] = None) -> Any:
        return self if instance is None else self._read(instance)


def derived(read: Callable[[Any], Value]) -> Value:
    """Declare a property that is not a field.

    A program that sets the attribute, or declares a field of its name, keeps its own: there is no ``__set__``.
    """
    return cast("Value", _Derived(read))


#: What the names of attributes beside the JSON begin with in the instance dictionary.
BESIDE = "."


class _Beside:
    """The descriptor of :func:`beside`."""

    def __set_name__(self, owner: Type[Any], name: str) -> None:
        self._name = BESIDE + name

    def __get__(self, instance: Optional[Window], owner: Optional[Type[Any]] = None) -> Any:
        return self if instance is None else instance._kept.get(self._name)


def beside() -> Any:
    """Declare an attribute beside the JSON of a model, which :func:`set_beside` sets; None before.

    A program that sets the attribute, or declares a field of its name, keeps its own: there is no ``__set__``.
    """
    return _Beside()


def set_beside(model: Window, name: str, value: Any) -> None:
    """Set an attribute beside the JSON of a model. Copies and pickles of the model keep it; no mapping shows it."""
    model._kept[BESIDE + name] = value
