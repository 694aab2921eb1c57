"""The seam of every call: an observer follows it from its arguments to its end."""

from __future__ import annotations

import contextlib
from typing import Any, Callable, ContextManager, Mapping, Optional

from typing_extensions import Self

from azure.ai.inference._core.body import Call
from azure.ai.inference._core.operations import ResultT
from azure.ai.inference._model_base import Model
from azure.ai.inference._version import VERSION

#: The name and version of the library on its spans.
INSTRUMENTATION = {"library_name": "azure-ai-inference", "library_version": VERSION}


class Observer:
    """Follows one call. This one records nothing. Others never raise: telemetry must not fail a call."""

    def current(self) -> ContextManager[Any]:
        """Return the context to enter while the call waits for the service."""
        return _NO_CONTEXT

    def reading(self) -> ContextManager[Any]:
        """Return the context to enter while a stream waits for bytes."""
        return _NO_CONTEXT

    def stream(self) -> bool:
        """Note that the response is a stream. Return whether to report its updates and its end."""
        return False

    def update(self, update: Model) -> None:
        """Note the next update of the stream."""

    def response(self, result: Any) -> None:
        """Note the end of the call, and its result."""

    def error(self, error: BaseException) -> None:
        """Note that the call, or reading its stream, has failed."""

    def end(self) -> None:
        """Note that the stream has been read to its end."""

    def close(self) -> None:
        """Note that the stream has been closed before its end."""

    def abandon(self) -> None:
        """Note that the stream has been dropped before its end."""


class ToolUse:
    """A call of a tool's function."""

    def __init__(self, name: str, description: Optional[str], call_id: str, arguments: Mapping[str, Any]) -> None:
        self.name = name
        self.description = description
        self.call_id = call_id
        self.arguments = arguments


class ToolObserver:
    """Follows one call of a tool's function. This one records nothing; others never raise."""

    def current(self) -> ContextManager[Any]:
        """Return the context to enter while the function runs."""
        return _NO_CONTEXT

    def end(self, content: Optional[str], error: Optional[BaseException]) -> None:
        """Note the end of the call.

        :param content: the text for the model, if any.
        :param error: the error of the function, even if the model gets its text.
        """


_NO_CONTEXT: ContextManager[None] = contextlib.nullcontext()

#: The observer of a call that nobody watches.
NOBODY = Observer()

_NO_TOOL_OBSERVER = ToolObserver()

#: Returns the observer of a client's call.
Begin = Callable[[Any, Call], Observer]

#: Returns the observer of a tool call of a run with these options.
BeginTool = Callable[[ToolUse, Mapping[str, Any]], ToolObserver]

_begin: Optional[Begin] = None
_begin_tool: Optional[BeginTool] = None


def watch(begin: Optional[Begin], begin_tool: Optional[BeginTool] = None) -> None:
    """Set the functions that begin the observers of all calls and tool calls; None for no observers."""
    global _begin, _begin_tool
    _begin, _begin_tool = begin, begin_tool


def begin_call(client: Any, call: Call) -> Observer:
    """Return the observer of a call."""
    return NOBODY if _begin is None else _begin(client, call)


class ObservedCall:
    """The context in which a call waits for the service, and its observer."""

    def __init__(self, client: Any, call: Call) -> None:
        observer = self._observer = begin_call(client, call)
        self._context = observer.current()
        self.span = call.operation.span if observer is NOBODY else None
        """The name of azure-core's INTERNAL span to send the call within; None for none."""
        self.options = call.options if observer is NOBODY else call.observed_options()
        """The options to send the call with."""

    def __enter__(self) -> Self:
        self._context.__enter__()
        return self

    def __exit__(self, kind: Any, error: Optional[BaseException], trace: Any) -> None:
        if error is not None:
            from azure.ai.inference._core.request_ids import add_request_id  # late, as errors are

            add_request_id(error)
            self._observer.error(error)
        self._context.__exit__(kind, error, trace)

    def follow(self, result: ResultT) -> ResultT:
        """Return the result of the call. If it is a stream, the observer follows it to its end."""
        if self._observer is not NOBODY:
            from azure.ai.inference._core.updates import follow  # it imports this module

            follow(result, self._observer)
        return result


def begin_tool(use: ToolUse, options: Mapping[str, Any]) -> ToolObserver:
    """Return the observer of a tool call."""
    return _NO_TOOL_OBSERVER if _begin_tool is None else _begin_tool(use, options)
