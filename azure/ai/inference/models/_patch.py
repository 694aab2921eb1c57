"""The messages of a chat, which accept their content as a positional argument, and completions that are parsed."""

from __future__ import annotations

import importlib
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    Generic,
    List,
    Literal,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
    Union,
    overload,
)

from typing_extensions import Self

from azure.ai.inference._model_base import beside, derived, rest_discriminator, rest_field, set_beside
from azure.ai.inference.models._enums import ChatRole
from azure.ai.inference.models._models import (
    ChatCompletions,
    ChatCompletionsToolCall,
    ChatRequestAudioReference,
    ChatRequestMessage,
    ContentItem,
    EmbeddingsResult,
    ImageEmbeddingInput,
    ImageUrl,
    InputAudio,
    TextContentItem,
)

if TYPE_CHECKING:
    from azure.ai.inference._core.updates import BaseStreamingChatCompletions
    from azure.ai.inference._streaming import StreamingChatCompletions
    from azure.ai.inference.aio._streaming import AsyncStreamingChatCompletions

    Text = Union[str, Sequence[Union[TextContentItem, Mapping[str, Any]]]]

T = TypeVar("T")

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
    "ParsedChatCompletions",
    "StreamingChatCompletions",
    "SystemMessage",
    "ToolMessage",
    "UserMessage",
]

# The streams stand above the models, and are imported on first use.
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
    """Accepts ``content`` as its one positional argument, beside the arguments of every model."""

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
    """The instructions. A list of text items stays a list."""
    name: Optional[str] = rest_field(default=None)
    """The name of the author, to distinguish authors of the same role."""

    if TYPE_CHECKING:

        @overload
        def __init__(self, content: Text, *, name: Optional[str] = None) -> None: ...
        @overload
        def __init__(self, mapping: Mapping[str, Any], /) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class DeveloperMessage(_Message):
    """Instructions that set how the assistant behaves, for models that know them by this role."""

    role: Literal[ChatRole.DEVELOPER] = rest_discriminator("developer")
    """Always ``developer``."""
    content: str = rest_field()
    """The instructions. A list of text items stays a list."""
    name: Optional[str] = rest_field(default=None)
    """The name of the author, to distinguish authors of the same role."""

    if TYPE_CHECKING:

        @overload
        def __init__(self, content: Text, *, name: Optional[str] = None) -> None: ...
        @overload
        def __init__(self, mapping: Mapping[str, Any], /) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class UserMessage(_Message):
    """Input to the assistant: a text, or a list of texts, images, audio and files."""

    role: Literal[ChatRole.USER] = rest_discriminator("user")
    """Always ``user``."""
    content: Union[str, List[ContentItem]] = rest_field()
    """The input. The items of a list are models or dictionaries, and stay as they are."""
    name: Optional[str] = rest_field(default=None)
    """The name of the author, to distinguish authors of the same role."""

    if TYPE_CHECKING:

        @overload
        def __init__(
            self,
            content: Union[str, Sequence[Union[ContentItem, Mapping[str, Any]]]],
            *,
            name: Optional[str] = None,
        ) -> None: ...
        @overload
        def __init__(self, mapping: Mapping[str, Any], /) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class AssistantMessage(_Message):
    """An earlier completion, as a part of the chat's history."""

    role: Literal[ChatRole.ASSISTANT] = rest_discriminator("assistant")
    """Always ``assistant``."""
    content: Optional[str] = rest_field(default=None)
    """The text, if the assistant wrote one."""
    tool_calls: Optional[List[ChatCompletionsToolCall]] = rest_field(default=None)
    """The tool calls of the assistant; a :class:`ToolMessage` for each must follow."""
    name: Optional[str] = rest_field(default=None)
    """The name of the author, to distinguish authors of the same role."""
    refusal: Optional[str] = rest_field(default=None)
    """The reason why the assistant refused."""
    reasoning_content: Optional[str] = rest_field(default=None)
    """The reasoning, for models that need it back between tool calls."""
    audio: Optional[ChatRequestAudioReference] = rest_field(default=None, plain=True)
    """The audio of the completion, by its id."""

    if TYPE_CHECKING:

        @overload
        def __init__(
            self,
            content: Optional[str] = None,
            *,
            tool_calls: Optional[Sequence[ChatCompletionsToolCall]] = None,
            name: Optional[str] = None,
            refusal: Optional[str] = None,
            reasoning_content: Optional[str] = None,
            audio: Optional[ChatRequestAudioReference] = None,
        ) -> None: ...
        @overload
        def __init__(self, mapping: Mapping[str, Any], /) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class ToolMessage(_Message):
    """The result of a tool call."""

    role: Literal[ChatRole.TOOL] = rest_discriminator("tool")
    """Always ``tool``."""
    content: Optional[str] = rest_field(default=None)
    """The result. A list of text items stays a list."""
    tool_call_id: str = rest_field()
    """The ``id`` of the tool call in the assistant's message."""

    if TYPE_CHECKING:

        @overload
        def __init__(self, content: Optional[Text] = None, *, tool_call_id: str) -> None: ...
        @overload
        def __init__(self, mapping: Mapping[str, Any], /) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class ParsedChatCompletions(ChatCompletions, Generic[T]):
    """The response of :meth:`~azure.ai.inference.ChatCompletionsClient.parse`: a completion with its values.

    The values are beside the JSON. Pickles and copies keep them; comparisons and ``as_dict`` ignore them.
    """

    parsed_choices: List[T] = beside()
    """The value of each choice."""

    @derived
    def parsed(self) -> T:
        """The value of the first choice."""
        return self.parsed_choices[0]

    @classmethod
    def _of(cls, completions: ChatCompletions, values: List[T]) -> Self:
        """Return the same response with the values of its choices."""
        parsed = cls.__new__(cls)
        parsed.__setstate__(completions.__getstate__())
        set_beside(parsed, "parsed_choices", values)
        return parsed
