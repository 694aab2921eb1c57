"""The methods of the clients that are replaced while they are instrumented."""

from __future__ import annotations

import functools
import inspect
import types
from typing import Any, Callable, Mapping, Optional, Sequence, Type

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient, aio
from azure.ai.inference.tracing import _default_recorder, _latest_recorder
from azure.ai.inference.tracing._recorder import LOGGER, Recorder, attempt
from azure.ai.inference.tracing._request import Request, read_chat, read_embeddings
from azure.ai.inference.tracing._spans import is_enabled
from azure.ai.inference.tracing._streams import follow
from azure.ai.inference.tracing._switches import Switches

Reader = Callable[[Any, Sequence[Any], Mapping[str, Any]], Request]

_NOT_RECORDING = Recorder()


class Replacement:
    """A function put in the place of a method. It passes everything through while ``switches`` is None.

    :param original: what stood in that place: the method, or what another tool had made of it.
    :param read: tells what request the arguments of a call will become.
    """

    def __init__(self, original: Any, read: Reader, *, awaits: bool) -> None:
        self.original = original
        self.switches: Optional[Switches] = None
        self._read = read
        self._bind = _binder(original)
        self._bind_undecorated = _binder(_undecorated(original))
        self.function = functools.wraps(original)(self._awaiting() if awaits else self._waiting())
        # inspect.getfullargspec does not look behind __wrapped__
        vars(self.function).update(__signature__=inspect.signature(original), _original=original)

    def _waiting(self) -> Callable[..., Any]:
        def call(client: Any, /, *args: Any, **kwargs: Any) -> Any:
            recorder = self._begin(client, args, kwargs)
            with recorder.current():
                try:
                    result = self._method(client, recorder)(*args, **kwargs)
                except BaseException as error:
                    recorder.error(error)
                    raise
            attempt(follow, result, recorder)
            return result

        return call

    def _awaiting(self) -> Callable[..., Any]:
        async def call(client: Any, /, *args: Any, **kwargs: Any) -> Any:
            recorder = self._begin(client, args, kwargs)
            with recorder.current():
                try:
                    result = await self._method(client, recorder)(*args, **kwargs)
                except BaseException as error:
                    recorder.error(error)
                    raise
            attempt(follow, result, recorder)
            return result

        return call

    def _begin(self, client: Any, args: Sequence[Any], options: Mapping[str, Any]) -> Recorder:
        try:
            switches = self.switches
            if switches is None or not is_enabled(options):
                return _NOT_RECORDING
            begin = _latest_recorder.begin if switches.latest else _default_recorder.begin
            return begin(switches, self._read(client, args, options))
        except Exception:  # telemetry is never worth a failed call
            LOGGER.debug("A call could not be recorded.", exc_info=True)
            return _NOT_RECORDING

    def _method(self, client: Any, recorder: Recorder) -> Callable[..., Any]:
        """The original, bound to a client; without azure-core's span around it where the recorder has one."""
        return self._bind_undecorated(client) if recorder.has_span else self._bind(client)


class Hook:
    """A method of a client class that can be instrumented."""

    def __init__(self, owner: Type[Any], name: str, read: Reader, *, awaits: bool) -> None:
        self._owner = owner
        self._name = name
        self._read = read
        self._awaits = awaits
        self._replacement: Optional[Replacement] = None

    def install(self, switches: Switches) -> None:
        """Replace the method; if it is already replaced, and others have wrapped it since, only set the switches."""
        method = vars(self._owner)[self._name]
        replacement = self._replacement
        if replacement is None or not _wraps(method, replacement.function):
            self._turn_off()
            replacement = self._replacement = Replacement(method, self._read, awaits=self._awaits)
            setattr(self._owner, self._name, replacement.function)
        replacement.switches = switches

    def remove(self) -> None:
        """Put the method back; if others have wrapped it since, leave them alone and let it pass calls through."""
        self._turn_off()
        replacement = self._replacement
        if replacement is not None and vars(self._owner)[self._name] is replacement.function:
            setattr(self._owner, self._name, replacement.original)
            self._replacement = None

    def _turn_off(self) -> None:
        if self._replacement is not None:
            self._replacement.switches = None


def _wraps(function: Any, wrapped: Any) -> bool:
    """Whether a function is another one, or has been made by wrapping it."""
    while function is not None and function is not wrapped:
        function = getattr(function, "__wrapped__", None)
    return function is wrapped


def _binder(function: Any) -> Callable[[Any], Callable[..., Any]]:
    """Binds a function to a client the way Python does for methods; what is no function stays as it is."""
    return getattr(function, "__get__", lambda _: function)


def _undecorated(method: Any) -> Any:
    """What azure-core's tracing decorator wraps; the method itself if anything else has been put around it."""
    if type(method) is not types.FunctionType or not method.__globals__["__name__"].startswith("azure.core.tracing."):
        return method
    body = inspect.unwrap(method)

    def call(client: Any, /, *args: Any, merge_span: Any = None, parent_span: Any = None, **kwargs: Any) -> Any:
        del merge_span, parent_span  # the decorator's own options, about the span that is left out
        return body(client, *args, **kwargs)

    return call


_CHAT = (
    Hook(ChatCompletionsClient, "complete", read_chat, awaits=False),
    Hook(aio.ChatCompletionsClient, "complete", read_chat, awaits=True),
)
_EMBEDDINGS = (
    Hook(EmbeddingsClient, "embed", read_embeddings, awaits=False),
    Hook(aio.EmbeddingsClient, "embed", read_embeddings, awaits=True),
    Hook(ImageEmbeddingsClient, "embed", read_embeddings, awaits=False),
    Hook(aio.ImageEmbeddingsClient, "embed", read_embeddings, awaits=True),
)


def install(switches: Switches) -> None:
    """Replace the methods that are recorded with these switches, and put back the others."""
    for hook in _CHAT:
        hook.install(switches)
    for hook in _EMBEDDINGS:
        if switches.latest:
            hook.install(switches)
        else:
            hook.remove()


def remove() -> None:
    """Put all methods back."""
    for hook in (*_CHAT, *_EMBEDDINGS):
        hook.remove()
