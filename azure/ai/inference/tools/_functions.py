"""Functions as tools: the definition that the model gets, and the arguments of a call."""

from __future__ import annotations

import functools
import inspect
import re
from typing import Any, Callable, Generic, Mapping, Optional, TypeVar, Union, cast, overload

from typing_extensions import ParamSpec

from azure.ai.inference._schemas.docstrings import read_docstring
from azure.ai.inference.models._models import ChatCompletionsToolDefinition, FunctionDefinition
from azure.ai.inference.tools._parameters import Arguments, FreeArguments, function_of, read_parameters
from azure.ai.inference.tools._run import ToolContext

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class FunctionTool(Generic[P, R]):
    """A function as a tool. Calling it calls the function.

    The model gets the name, the docstring and the parameters of the function; see :func:`tool`.

    :param function: a function, method, partial or callable object; also a coroutine function, for asynchronous
        clients. A parameter annotated with :class:`ToolContext` is filled in, and hidden from the model.
    :param name: the name of the tool; that of the function by default.
    :param description: the description of the tool; the docstring by default, without its parameters, return value,
        errors and examples.
    :param strict: whether the arguments must follow the schema exactly, for services that offer it.
    :param in_thread: whether asynchronous clients call a plain function in a thread, rather than on the event loop.
    :raises ValueError: if the name is not 1 to 64 letters, digits, ``_`` and ``-``.
    :raises TypeError: if the function cannot be called.
    """

    def __init__(
        self,
        function: Callable[P, R],
        *,
        name: Optional[str] = None,
        description: Optional[str] = None,
        strict: bool = False,
        in_thread: bool = True,
    ) -> None:
        if not callable(function):
            raise TypeError(f"A tool must be a function, not {type(function).__name__}.")
        functools.update_wrapper(self, function)
        self._function = function
        self._name = _legal_name(function, name)
        self._description = description
        self._strict = strict
        self._in_thread = in_thread
        inner = function_of(function)
        self._is_coroutine: bool = (
            inner._is_coroutine if isinstance(inner, FunctionTool) else inspect.iscoroutinefunction(inner)
        )
        self._known: Union[Arguments, FreeArguments, None] = None
        self._defined: Optional[ChatCompletionsToolDefinition] = None

    @classmethod
    def from_schema(
        cls,
        function: Callable[[Mapping[str, Any]], S],
        *,
        name: str,
        description: Optional[str] = None,
        parameters: Mapping[str, Any],
        in_thread: bool = True,
    ) -> FunctionTool[Any, S]:
        """Return a tool whose parameters have a JSON schema already, such as one of an MCP server.

        :param function: called with the arguments as one mapping, which is not checked against the schema.
        :param name: the name of the tool.
        :param description: the description of the tool.
        :param parameters: the JSON schema of the arguments, which the model gets as it is.
        :param in_thread: whether asynchronous clients call a plain function in a thread.
        """
        made: FunctionTool[[Mapping[str, Any]], S] = FunctionTool(
            function, name=name, description=description or "", in_thread=in_thread
        )
        made._known = FreeArguments(parameters)
        return made

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._function(*args, **kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> FunctionTool[..., R]:
        """Return the tool of a bound method."""
        function: Any = self._function
        if instance is None or not hasattr(function, "__get__") or isinstance(function, (type, functools.partial)):
            return self
        return FunctionTool(
            function.__get__(instance, owner),
            name=self._name,
            description=self._description,
            strict=self._strict,
            in_thread=self._in_thread,
        )

    @property
    def name(self) -> str:
        """The name of the tool."""
        return self._name

    @property
    def definition(self) -> ChatCompletionsToolDefinition:
        """The definition that the model gets. It is made on first use, when all names in annotations are known.

        :raises TypeError: if the function cannot be a tool, such as for a parameter without an annotation.
        :raises ValueError: if ``strict`` is True and the schema cannot be strict.
        """
        if self._defined is None:
            description = self._description
            if description is None:
                description = read_docstring(function_of(self._function).__doc__).text
            self._defined = ChatCompletionsToolDefinition(
                function=FunctionDefinition(
                    name=self._name,
                    description=description or None,
                    parameters=self._arguments().schema(strict=self._strict),
                    strict=self._strict or None,
                )
            )
        return self._defined

    def _arguments(self) -> Union[Arguments, FreeArguments]:
        if self._known is None:
            self._known = read_parameters(self._function, self._name)
        return self._known

    def _bind(self, arguments: Mapping[str, Any], context: ToolContext[Any]) -> Callable[[], Any]:
        """Return a function that makes a call.

        :raises MisfitError: if the arguments do not fit the parameters.
        """
        args, keywords = self._arguments().read(arguments, context)
        return functools.partial(self._function, *args, **keywords)

    def __repr__(self) -> str:
        return f"<FunctionTool {self._name}>"


def _legal_name(function: Any, given: Optional[str]) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", type(function).__name__) if given is None else given
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        hint = ": pass another as name=" if given is None else ""
        raise ValueError(f"The name of a tool must be 1 to 64 letters, digits, _ and -, not {name!r}{hint}.")
    return name


def as_tool(function: Any) -> FunctionTool[..., Any]:
    """Return a function as a tool. A class method that is a tool keeps its options."""
    if isinstance(function, FunctionTool):
        return cast("FunctionTool[..., Any]", function)
    inner: Any = getattr(function, "__func__", None)
    if isinstance(inner, FunctionTool):
        return cast("FunctionTool[..., Any]", inner).__get__(function.__self__)
    return FunctionTool(function)


@overload
def tool(function: Callable[P, R], /) -> FunctionTool[P, R]: ...
@overload
def tool(
    *, name: Optional[str] = None, description: Optional[str] = None, strict: bool = False, in_thread: bool = True
) -> Callable[[Callable[P, R]], FunctionTool[P, R]]: ...
def tool(
    function: Optional[Callable[..., Any]] = None,
    /,
    *,
    name: Optional[str] = None,
    description: Optional[str] = None,
    strict: bool = False,
    in_thread: bool = True,
) -> Any:
    """Make a function a tool: ``@tool``, or ``@tool(name=...)``. Functions without options need no decorator.

    :param function: the function; see :class:`FunctionTool`, which also documents the options.
    """

    def decorate(function: Callable[..., Any]) -> FunctionTool[..., Any]:
        return FunctionTool(function, name=name, description=description, strict=strict, in_thread=in_thread)

    return decorate if function is None else decorate(function)
