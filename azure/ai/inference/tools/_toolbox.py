"""The tools of a run, and the handling of each call of the model. No I/O."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from collections.abc import Sequence as SequenceABC
from typing import Any, Callable, Dict, List, Mapping, Optional, cast

from azure.ai.inference import _deep
from azure.ai.inference._schemas.shapes import MisfitError
from azure.ai.inference.tools._calls import ReadCall
from azure.ai.inference.tools._functions import FunctionTool, as_tool
from azure.ai.inference.tools._run import ToolCall, ToolContext, ToolResult


class PlannedCall:
    """A tool call of the current round that gets its result from the run."""

    __slots__ = ("call", "context", "function", "in_thread", "result")

    def __init__(self, call: ToolCall, context: ToolContext[Any]) -> None:
        self.call: ToolCall = call
        self.context: ToolContext[Any] = context
        self.in_thread: bool = False
        """Whether an asynchronous client makes the call in a thread."""
        self.function: Optional[Callable[[], Any]] = None
        """Makes the call; None if it must not be made."""
        self.result: Optional[ToolResult] = None

    @property
    def content(self) -> Optional[str]:
        """The text for the model; None if there is no result."""
        return None if self.result is None else self.result.content

    def make(self) -> Any:
        """Make the call, and return what the function returns."""
        if self.function is None:
            raise RuntimeError(f"{self.call.name} is not to be called.")
        try:
            return self.function()
        except StopIteration as error:  # it would stop the iteration over the run
            raise RuntimeError(f"{self.call.name} raised StopIteration") from error

    def answer(self, content: str, value: Any = None, *, is_error: bool = False) -> None:
        """Set the text for the model. The call is not made any more."""
        self.function = None
        self.result = ToolResult(self.call, content, value, is_error)


class Toolbox:
    """The tools of a run by name.

    :param awaits: whether coroutine functions can be awaited.
    :raises TypeError: if the tools are not a list, or one of them is not a tool and cannot become one.
    :raises ValueError: for a definition without a name, and for two tools with one name.
    """

    def __init__(self, tools: Any, *, awaits: bool) -> None:
        if not isinstance(tools, SequenceABC) or isinstance(tools, (str, bytes)):
            kind = type(cast(Any, tools)).__name__
            raise TypeError(f"tools must be a list of functions and tool definitions, not {kind}.")
        self.definitions: List[Any] = []
        """The definitions to send."""
        self._functions: Dict[str, Optional[FunctionTool[..., Any]]] = {}
        self._awaits = awaits
        for tool in cast("List[Any]", tools):
            self._add(tool)

    def _add(self, tool: Any) -> None:
        function: Optional[FunctionTool[..., Any]] = None
        definition = tool
        if not isinstance(tool, MappingABC):
            if not callable(tool):
                raise TypeError(f"A tool must be a function or a tool definition, not {type(tool).__name__}.")
            function = as_tool(tool)
            if function._is_coroutine and not self._awaits:
                raise TypeError(f"{function.name} is a coroutine function: use the client of azure.ai.inference.aio.")
            definition = function.definition
        name = _name_of(definition)
        if name in self._functions:
            raise ValueError(f"Two tools have the name {name!r}.")
        self._functions[name] = function
        self.definitions.append(definition)

    def plan(self, read: ReadCall, context: ToolContext[Any]) -> Optional[PlannedCall]:
        """Return the planned call; None if it is left to the caller."""
        call = read.call
        function = self._functions.get(call.name)
        if call.name in self._functions and function is None:
            return None
        planned = PlannedCall(call, context)
        if function is None or read.is_custom:
            kind, known = "custom tool" if read.is_custom else "tool", ", ".join(self._functions) or "none"
            planned.answer(f"There is no {kind} {call.name!r}. Known tools: {known}.", is_error=True)
        elif read.problem is not None:
            planned.answer(read.problem, is_error=True)
        else:
            try:
                arguments = _deep.copy(call.arguments, lambda part: part)  # the function may change its own
                planned.function = function._bind(arguments, context)
                planned.in_thread = function._in_thread and not function._is_coroutine
            except MisfitError as misfit:
                planned.answer(f"The arguments do not fit: {misfit}.", is_error=True)
        return planned

    def description_of(self, name: str) -> Optional[str]:
        """Return the description of a function."""
        function = self._functions[name]
        return None if function is None else function.definition.function.description


def _name_of(definition: Mapping[str, Any]) -> str:
    described: Any = definition.get("function") or definition.get("custom")
    given = cast("Mapping[str, Any]", described) if isinstance(described, MappingABC) else None
    if given is None:
        raise ValueError(
            "A tool definition has neither function nor custom: a FunctionDefinition belongs in a "
            "ChatCompletionsToolDefinition."
        )
    name = given.get("name")
    if not isinstance(name, str) or not name:
        raise ValueError("A tool definition has no name.")
    return name
