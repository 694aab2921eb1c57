"""The models of requests and responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List

from azure.ai.inference.models import _models, _patch
from azure.ai.inference.models._enums import (
    AudioContentFormat,
    ChatCompletionsToolChoicePreset,
    ChatRole,
    CompletionsFinishReason,
    EmbeddingEncodingFormat,
    EmbeddingInputType,
    EndpointKind,
    ImageDetailLevel,
    ModelType,
)
from azure.ai.inference.models._models import (
    AudioContentItem,
    ChatChoice,
    ChatCompletions,
    ChatCompletionsNamedToolChoice,
    ChatCompletionsNamedToolChoiceFunction,
    ChatCompletionsToolCall,
    ChatCompletionsToolDefinition,
    ChatRequestMessage,
    ChatResponseMessage,
    CompletionsUsage,
    ContentItem,
    EmbeddingItem,
    EmbeddingsResult,
    EmbeddingsUsage,
    FunctionCall,
    FunctionDefinition,
    ImageContentItem,
    ImageEmbeddingInput,
    ImageUrl,
    InputAudio,
    JsonSchemaFormat,
    ModelInfo,
    StreamingChatChoiceUpdate,
    StreamingChatCompletionsUpdate,
    StreamingChatResponseMessageUpdate,
    StreamingChatResponseToolCallUpdate,
    TextContentItem,
)
from azure.ai.inference.models._patch import (
    AssistantMessage,
    DeveloperMessage,
    SystemMessage,
    ToolMessage,
    UserMessage,
)

if TYPE_CHECKING:
    from azure.ai.inference._streaming import StreamingChatCompletions
    from azure.ai.inference.aio._streaming import AsyncStreamingChatCompletions

__all__ = [
    "AssistantMessage",
    "AsyncStreamingChatCompletions",
    "AudioContentFormat",
    "AudioContentItem",
    "ChatChoice",
    "ChatCompletions",
    "ChatCompletionsNamedToolChoice",
    "ChatCompletionsNamedToolChoiceFunction",
    "ChatCompletionsToolCall",
    "ChatCompletionsToolChoicePreset",
    "ChatCompletionsToolDefinition",
    "ChatRequestMessage",
    "ChatResponseMessage",
    "ChatRole",
    "CompletionsFinishReason",
    "CompletionsUsage",
    "ContentItem",
    "DeveloperMessage",
    "EmbeddingEncodingFormat",
    "EmbeddingInputType",
    "EmbeddingItem",
    "EmbeddingsResult",
    "EmbeddingsUsage",
    "EndpointKind",
    "FunctionCall",
    "FunctionDefinition",
    "ImageContentItem",
    "ImageDetailLevel",
    "ImageEmbeddingInput",
    "ImageUrl",
    "InputAudio",
    "JsonSchemaFormat",
    "ModelInfo",
    "ModelType",
    "StreamingChatChoiceUpdate",
    "StreamingChatCompletions",
    "StreamingChatCompletionsUpdate",
    "StreamingChatResponseMessageUpdate",
    "StreamingChatResponseToolCallUpdate",
    "SystemMessage",
    "TextContentItem",
    "ToolMessage",
    "UserMessage",
]

# Old names, under which the released package has the same classes without their positional content.
for _message in (AssistantMessage, DeveloperMessage, SystemMessage, ToolMessage, UserMessage):
    setattr(_models, f"ChatRequest{_message.__name__}", _message)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_patch, name)  # the streams, which it fetches when they are asked for


def __dir__() -> List[str]:
    return sorted({*globals(), *__all__})
