"""The messages of a chat: models whose content may be given in front, without its name."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Dict, List, Literal, Mapping, Optional, Sequence, Tuple, Union, overload

from azure.ai.inference._model_base import rest_discriminator, rest_field
from azure.ai.inference.models._enums import ChatRole
from azure.ai.inference.models._models import (
    ChatCompletions,
    ChatCompletionsToolCall,
    ChatRequestMessage,
    ContentItem,
    EmbeddingsResult,
    ImageEmbeddingInput,
    ImageUrl,
    InputAudio,
)

if TYPE_CHECKING:
    from azure.ai.inference._core.updates import BaseStreamingChatCompletions
    from azure.ai.inference._streaming import StreamingChatCompletions
    from azure.ai.inference.aio._streaming import AsyncStreamingChatCompletions

# The released package defines these here; programs and its pickles know them by this module.
__all__ = [
    "AssistantMessage",
    "AsyncStreamingChatCompletions",
    "BaseStreamingChatCompletions",
    "ChatCompletions",
    "ChatRequestMessage",
    "DeveloperMessage",
    "EmbeddingsResult",
    "ImageEmbeddingInput",
    "ImageUrl",
    "InputAudio",
    "StreamingChatCompletions",
    "SystemMessage",
    "ToolMessage",
    "UserMessage",
]

# The streams stand above the models, and are fetched when they are asked for.
_STREAMS = {
    "AsyncStreamingChatCompletions": "azure.ai.inference.aio._streaming",
    "BaseStreamingChatCompletions": "azure.ai.inference._core.updates",
    "StreamingChatCompletions": "azure.ai.inference._streaming",
}


def __getattr__(name: str) -> Any:
    if name not in _STREAMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_STREAMS[name]), name)


def __dir__() -> List[str]:
    return sorted({*globals(), *_STREAMS})


class _Message(ChatRequestMessage):
    """Takes ``content`` as its one positional argument, or else what every model takes."""

    def _name_arguments(self, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Tuple[Tuple[Any, ...], Dict[str, Any]]:
        if len(args) != 1 or (type(args[0]) is not str and isinstance(args[0], Mapping)):
            return args, kwargs
        if kwargs.get("content") is not None:
            raise ValueError("content cannot be provided as positional and keyword arguments")
        kwargs["content"] = args[0]
        return (), kwargs


class SystemMessage(_Message):
    """Instructions that set how the assistant behaves."""

    role: Literal[ChatRole.SYSTEM] = rest_discriminator("system")
    """Always ``system``."""
    content: str = rest_field()
    """The instructions."""

    if TYPE_CHECKING:

        @overload
        def __init__(self, content: str) -> None: ...
        @overload
        def __init__(self, mapping: Mapping[str, Any], /) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class DeveloperMessage(_Message):
    """Instructions that set how the assistant behaves, for models that know them by this name."""

    role: Literal[ChatRole.DEVELOPER] = rest_discriminator("developer")
    """Always ``developer``."""
    content: str = rest_field()
    """The instructions."""

    if TYPE_CHECKING:

        @overload
        def __init__(self, content: str) -> None: ...
        @overload
        def __init__(self, mapping: Mapping[str, Any], /) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class UserMessage(_Message):
    """The input that the assistant answers: a text, or a list of texts, images and sounds."""

    role: Literal[ChatRole.USER] = rest_discriminator("user")
    """Always ``user``."""
    content: Union[str, List[ContentItem]] = rest_field()
    """The input. Items of a list may be models or the dictionaries that they stand for, and stay what they are."""

    if TYPE_CHECKING:

        @overload
        def __init__(self, content: Union[str, Sequence[Union[ContentItem, Mapping[str, Any]]]]) -> None: ...
        @overload
        def __init__(self, mapping: Mapping[str, Any], /) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class AssistantMessage(_Message):
    """An answer of the assistant, handed back as a part of the chat's history."""

    role: Literal[ChatRole.ASSISTANT] = rest_discriminator("assistant")
    """Always ``assistant``."""
    content: Optional[str] = rest_field(default=None)
    """The text, if the assistant wrote one."""
    tool_calls: Optional[List[ChatCompletionsToolCall]] = rest_field(default=None)
    """The tools that the assistant called; each wants its :class:`ToolMessage` to follow."""

    if TYPE_CHECKING:

        @overload
        def __init__(
            self, content: Optional[str] = None, *, tool_calls: Optional[Sequence[ChatCompletionsToolCall]] = None
        ) -> None: ...
        @overload
        def __init__(self, mapping: Mapping[str, Any], /) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class ToolMessage(_Message):
    """The result of a tool that the assistant called."""

    role: Literal[ChatRole.TOOL] = rest_discriminator("tool")
    """Always ``tool``."""
    content: Optional[str] = rest_field(default=None)
    """The result."""
    tool_call_id: str = rest_field()
    """The ``id`` of the call in the assistant's message."""

    if TYPE_CHECKING:

        @overload
        def __init__(self, content: Optional[str] = None, *, tool_call_id: str) -> None: ...
        @overload
        def __init__(self, mapping: Mapping[str, Any], /) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...
