"""Annotations: resolved, with the arguments of generic classes in place of type variables, and as text."""

from __future__ import annotations

import importlib
import inspect
import sys
from types import SimpleNamespace
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Sequence, Tuple, TypeVar, Union, cast

import typing_extensions
from typing_extensions import Annotated, Literal, TypeAliasType, get_args, get_origin, get_type_hints

from azure.ai.inference import _json

Bindings = Mapping[Any, Any]

#: Any of typing, and the class that older versions of typing_extensions have in its place.
ANY = (Any, typing_extensions.Any)
#: Union in both spellings, and Literal in those of typing and typing_extensions.
UNIONS = (Union, getattr(sys.modules["types"], "UnionType", Union))
LITERALS = (Literal, getattr(sys.modules["typing"], "Literal", Literal))
_ALIASES = (TypeAliasType, getattr(sys.modules["typing"], "TypeAliasType", TypeAliasType))
NONE = type(None)
_PASSES = 3
_UNRESOLVABLE = (AttributeError, NameError, SyntaxError, TypeError)


def is_class(value: Any) -> bool:
    """Return whether a value is a class. Up to Python 3.10, ``list[int]`` claims to be one."""
    return issubclass(cast(Any, type(value)), type)


def is_alias(kind: Any) -> bool:
    """Return whether this is a type alias that has a name of its own."""
    return isinstance(kind, _ALIASES)  # an attribute would be evaluated, and may be unresolvable


def namespace_of(owner: Any) -> Mapping[str, Any]:
    """Return the attributes that a class or module itself defines."""
    return cast("Mapping[str, Any]", vars(owner))


def function_hints(function: Any) -> Dict[str, Any]:
    """Return the annotations of a function's parameters, resolved. A default of None does not make them optional.

    :raises TypeError: if one of them cannot be resolved at run time.
    """
    place = getattr(function, "__name__", type(function).__name__)
    scope = inspect.unwrap(function)
    names: Mapping[str, Any] = getattr(scope, "__globals__", {})
    parameters = getattr(scope, "__type_params__", ())
    return {
        name: _resolve(f"{place}.{name}", annotation, names, {}, parameters)
        for name, annotation in annotations_of(function).items()
        if name != "return"
    }


def annotations_of(owner: Any) -> Mapping[str, Any]:
    """Return the annotations of a function, or those of a class without its bases. They may be unresolved."""
    if sys.version_info >= (3, 14):  # evaluating them would let one unknown name hide them all
        annotationlib = importlib.import_module("annotationlib")
        return cast("Mapping[str, Any]", annotationlib.get_annotations(owner, format=annotationlib.Format.FORWARDREF))
    if sys.version_info < (3, 10) and is_class(owner):  # a class without annotations has those of its base
        return cast("Mapping[str, Any]", namespace_of(owner).get("__annotations__", {}))
    return cast("Mapping[str, Any]", getattr(owner, "__annotations__", {}))


def signature_of(function: Any) -> inspect.Signature:
    """Return the signature of a function, whose annotations may be unresolved.

    :raises TypeError: if it is not callable.
    :raises ValueError: if Python knows no signature of it.
    """
    if sys.version_info >= (3, 14):
        return inspect.signature(function, annotation_format=importlib.import_module("annotationlib").Format.FORWARDREF)
    return inspect.signature(function)


def class_hints(cls: Any, wanted: Iterable[str], bindings: Mapping[Any, Bindings]) -> Dict[str, Any]:
    """Return some of the annotations of a class and its bases, resolved and bound.

    :param bindings: see :func:`bindings_of`.
    :raises TypeError: if one of them cannot be resolved at run time.
    """
    hints: Dict[str, Any] = {}
    names = set(wanted)
    for base in reversed(cls.__mro__):
        scope = _names_in(base)
        for name, annotation in annotations_of(base).items():
            if name in names:
                place, local = f"{cls.__name__}.{name}", {**namespace_of(base), base.__name__: base}
                hint = _resolve(place, annotation, scope, local, getattr(base, "__type_params__", ()))
                hints[name] = bind(hint, bindings.get(base, {}))
    return hints


def alias_value(alias: Any, place: str) -> Any:
    """Return the type behind a type alias, resolved.

    :raises TypeError: if it cannot be resolved at run time.
    """
    place = place or str(alias.__name__)
    try:
        value = alias.__value__
    except _UNRESOLVABLE as error:
        raise _unresolved(place, error) from error
    return _resolve(place, value, _names_in(alias), {alias.__name__: alias}, alias.__type_params__)


def _names_in(owner: Any) -> Mapping[str, Any]:
    """Return the names in the module of a class or alias."""
    module = sys.modules.get(str(owner.__module__))
    return {} if module is None else namespace_of(module)


def _resolve(
    place: str, annotation: Any, names: Mapping[str, Any], local: Dict[str, Any], parameters: Tuple[Any, ...]
) -> Any:
    """Return an annotation without quoted names. Python 3.8 leaves names in nested quotes unresolved."""
    for _ in range(_PASSES):
        stand_in = SimpleNamespace(__annotations__={"it": annotation}, __type_params__=parameters)
        try:
            try:
                annotation = get_type_hints(cast(Any, stand_in), cast(Any, names), include_extras=True)["it"]
            except NameError:  # a class within a class or function
                annotation = get_type_hints(cast(Any, stand_in), cast(Any, names), local, include_extras=True)["it"]
        except _UNRESOLVABLE as error:
            raise _unresolved(place, error) from error
        if not any(isinstance(part, str) or hasattr(part, "__forward_arg__") for part in _parts(annotation)):
            break
    return annotation


def _unresolved(place: str, error: Exception) -> TypeError:
    return TypeError(f"{place}: the annotation cannot be resolved at run time: {error}")


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield an annotation and its arguments, but not the values of Literal and the texts of Annotated."""
    yield annotation
    origin = get_origin(annotation)
    if origin not in LITERALS:
        arguments = get_args(annotation)
        for argument in arguments[:1] if origin is Annotated else arguments:
            yield from _parts(argument)


def bindings_of(cls: Any, arguments: Tuple[Any, ...]) -> Dict[Any, Dict[Any, Any]]:
    """Return the types bound to the type variables of a generic class and its bases, by class."""
    found = {cls: arguments_by_variable(getattr(cls, "__parameters__", ()), arguments)}
    todo: List[Any] = [cls]
    while todo:
        current = todo.pop()
        bases: Tuple[Any, ...] = namespace_of(current).get("__orig_bases__") or current.__bases__
        for base in bases:
            origin = get_origin(base) or base
            if is_class(origin) and origin not in found:
                given = [bind(argument, found[current]) for argument in get_args(base)]
                found[origin] = arguments_by_variable(getattr(origin, "__parameters__", ()), given)
                todo.append(origin)
    return found


def arguments_by_variable(variables: Sequence[Any], arguments: Sequence[Any]) -> Dict[Any, Any]:
    """Return the arguments of a generic class or alias by its type variables; none if its parameters are variadic."""
    # before Python 3.11, a variadic parameter also passes for an instance of TypeVar
    fixed = all(issubclass(_json.type_of(one), TypeVar) for one in variables)
    return dict(zip(variables, arguments)) if fixed else {}


def bind(annotation: Any, bindings: Bindings) -> Any:
    """Return an annotation with types in place of type variables."""
    if isinstance(annotation, TypeVar):
        return bindings.get(annotation, annotation)
    parameters: Tuple[Any, ...] = () if is_class(annotation) else getattr(annotation, "__parameters__", ())
    if any(parameter in bindings for parameter in parameters):
        return annotation[tuple(bindings.get(parameter, parameter) for parameter in parameters)]
    return annotation


def text_of(annotation: Any) -> str:
    """Return an annotation as text, without modules, the same on every version of Python."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is NONE or annotation is None:
        return "None"
    if origin is Annotated:
        return text_of(arguments[0])
    if origin in LITERALS:
        return f"Literal[{', '.join(str(getattr(value, 'value', value)) for value in arguments)}]"
    if origin in UNIONS:
        others = [argument for argument in arguments if argument is not NONE]
        if len(others) == 1:
            return f"Optional[{text_of(others[0])}]"
    name = _name_of(annotation, origin)
    shown = [_list_text(argument) for argument in arguments]
    return f"{name}[{', '.join(shown)}]" if shown else name


def _name_of(annotation: Any, origin: Any) -> str:
    if origin in UNIONS:
        return "Union"
    shown = repr(annotation)
    if shown.startswith("typing."):  # its names for classes, such as List
        return shown.partition("[")[0].rpartition(".")[2]
    return str(getattr(origin or annotation, "__name__", shown))


def _list_text(argument: Any) -> str:
    if _json.is_array(argument):
        return f"[{', '.join(map(text_of, argument))}]"
    return "..." if argument is Ellipsis else text_of(argument)
