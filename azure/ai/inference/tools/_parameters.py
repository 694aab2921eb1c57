"""The parameters of a function: the schema of its arguments, and their values for a call."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Dict, List, Mapping, Set, Tuple

from typing_extensions import Annotated, get_args, get_origin

from azure.ai.inference._schemas.annotations import UNIONS, alias_value, function_hints, is_alias, signature_of
from azure.ai.inference._schemas.docstrings import read_docstring
from azure.ai.inference._schemas.shapes import Shape, read
from azure.ai.inference._schemas.strict import make_strict
from azure.ai.inference._schemas.types import Parameter, arguments_of
from azure.ai.inference.tools._run import ToolContext

Call = Tuple[Tuple[Any, ...], Dict[str, Any]]
"""Positional arguments, and arguments by name."""

_REFUSED = {
    inspect.Parameter.POSITIONAL_ONLY: "is positional-only",
    inspect.Parameter.VAR_POSITIONAL: "accepts any arguments",
    inspect.Parameter.VAR_KEYWORD: "accepts any arguments",
}


class Arguments:
    """The arguments of a function.

    :param shape: their schema and their reader.
    :param contexts: the parameters that get the :class:`ToolContext`.
    """

    def __init__(self, shape: Shape, contexts: Set[str]) -> None:
        self._shape = shape
        self._contexts = contexts

    def schema(self, *, strict: bool) -> Mapping[str, Any]:
        """Return the schema, strict on demand.

        :raises ValueError: if it cannot be strict.
        """
        return make_strict(self._shape.schema) if strict else self._shape.schema

    def read(self, arguments: Mapping[str, Any], context: ToolContext[Any]) -> Call:
        """Return the arguments of a call.

        :raises MisfitError: if they do not fit the parameters.
        """
        values: Dict[str, Any] = read(self._shape, arguments)
        return (), {**values, **dict.fromkeys(self._contexts, context)}


class FreeArguments:
    """Arguments with a schema of the caller's, passed on as one mapping."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema

    def schema(self, *, strict: bool) -> Mapping[str, Any]:
        """Return the schema as it is."""
        del strict
        return self._schema

    def read(self, arguments: Mapping[str, Any], context: ToolContext[Any]) -> Call:
        """Return the arguments of a call."""
        del context
        return (arguments,), {}


def function_of(function: Any) -> Any:
    """Return the function or method inside partials, or that of a callable object."""
    while isinstance(function, functools.partial):
        function = function.func
    return function if inspect.isroutine(function) or isinstance(function, type) else type(function).__call__


def read_parameters(function: Any, name: str) -> Arguments:
    """Return the parameters of a function.

    :raises TypeError: if it cannot be a tool.
    """
    inner = function_of(function)
    _check_kind(inner, name)
    try:
        hints = function_hints(inner)
        parameters = signature_of(function).parameters
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} cannot be a tool: {error}") from error
    texts = read_docstring(inner.__doc__).parameters
    contexts: Set[str] = set()
    shown: List[Parameter] = []
    for one in parameters.values():
        if one.name in _bound(function):
            continue
        if one.kind in _REFUSED:
            raise TypeError(f"{name}.{one.name} cannot be a parameter of a tool: it {_REFUSED[one.kind]}.")
        if one.name not in hints:
            raise TypeError(f"{name}.{one.name} cannot be a parameter of a tool: it has no annotation.")
        hint = hints[one.name]
        if _is_context(hint):
            contexts.add(one.name)
        else:
            shown.append(_parameter(one, hint, texts))
    return Arguments(arguments_of(name, shown), contexts)


def _parameter(given: inspect.Parameter, hint: Any, texts: Mapping[str, str]) -> Parameter:
    """Return a parameter as a property of the arguments."""
    text = texts.get(given.name)
    if given.default is given.empty:
        return Parameter(given.name, hint, description=text)
    return Parameter(given.name, hint, required=False, default=given.default, description=text)


def _is_context(hint: Any) -> bool:
    """Return whether an annotation is that of a context: also optional, described, or with a name of its own."""
    kind = get_origin(hint) or hint
    if kind is Annotated:
        return _is_context(get_args(hint)[0])
    if kind in UNIONS:
        return any(map(_is_context, get_args(hint)))
    return kind is ToolContext or (is_alias(kind) and _is_context(alias_value(kind, "")))


def _bound(function: Any) -> Set[str]:
    """Return the names of the arguments that partials bind by name."""
    names: Set[str] = set()
    while isinstance(function, functools.partial):
        names |= function.keywords.keys()
        function = function.func
    return names


def _check_kind(function: Any, name: str) -> None:
    reason = None
    if isinstance(function, type):
        reason = "it is a class"
    elif inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        reason = "it is a generator"
    if reason is not None:
        raise TypeError(f"{name} cannot be a tool: {reason}.")
