"""The seam of every call: an observer, if one is wanted, follows the call from its arguments to its end."""

from __future__ import annotations

from typing import Any, Callable, ContextManager, Optional, Protocol

from azure.ai.inference._core.body import Call
from azure.ai.inference._model_base import Model
from azure.ai.inference._version import VERSION

#: The name and version of the library on its spans.
INSTRUMENTATION = {"library_name": "azure-ai-inference", "library_version": VERSION}


class Observer(Protocol):
    """Follows one call. Its methods never raise: what they record is never worth a failed call."""

    def current(self) -> ContextManager[Any]:
        """Return the context to enter while the call waits for the service."""
        ...

    def reading(self) -> ContextManager[Any]:
        """Return the context to enter while a stream waits for bytes."""
        ...

    def stream(self) -> bool:
        """Note that the response is a stream. Return whether to report its updates and its end."""
        ...

    def update(self, update: Model) -> None:
        """Note the next update of the stream."""
        ...

    def response(self, result: Any) -> None:
        """Note that the call is over and has returned this."""
        ...

    def error(self, error: BaseException) -> None:
        """Note that the call, or reading its stream, has failed."""
        ...

    def end(self) -> None:
        """Note that the stream has been read to its end."""
        ...

    def close(self) -> None:
        """Note that the stream has been closed before its end."""
        ...

    def abandon(self) -> None:
        """Note that the stream has been dropped before its end."""
        ...


#: Returns the observer of a client's call; None for a call that it does not follow.
Begin = Callable[[Any, Call], Optional[Observer]]

_begin: Optional[Begin] = None


def watch(begin: Optional[Begin]) -> None:
    """Let this function choose the observer of every call from now on; None ends that."""
    global _begin
    _begin = begin


def begin_call(client: Any, call: Call) -> Optional[Observer]:
    """Return the observer of a call; None if nobody watches."""
    return None if _begin is None else _begin(client, call)
