"""The keywords of methods and constructors as type checkers see them.

The classes in `options` stay open, since programs extend them. These are closed: otherwise ty accepts any other
keyword, a misspelt one too. At run time they are the same classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from azure.ai.inference.options import (
    ChatClientOptions,
    ChatCompletionsSettings,
    ChatRequestOptions,
    ChatSettings,
    EmbeddingsClientOptions,
    EmbeddingsSettings,
    ImageGenerationClientOptions,
    ImageGenerationSettings,
    ParseSettings,
    RequestOptions,
)

if TYPE_CHECKING:

    class RequestKeywords(RequestOptions, total=False, closed=True):
        """Keywords of a method that has options only."""

    class ChatBodyKeywords(ChatRequestOptions, total=False, closed=True):
        """Keywords of a chat completion with a body of the caller's."""

    class ChatKeywords(ChatCompletionsSettings, total=False, closed=True):
        """Keywords of a chat completion."""

    class ParseKeywords(ParseSettings, total=False, closed=True):
        """Keywords of a chat completion that is parsed."""

    class ToolRunKeywords(ChatSettings, total=False, closed=True):
        """Keywords of a tool run."""

    class ChatClientKeywords(ChatClientOptions, total=False, closed=True):
        """Keywords of the constructors of chat completions clients."""

    class EmbeddingsKeywords(EmbeddingsSettings, total=False, closed=True):
        """Keywords of embeddings."""

    class EmbeddingsClientKeywords(EmbeddingsClientOptions, total=False, closed=True):
        """Keywords of the constructors of embeddings clients."""

    class ImageGenerationKeywords(ImageGenerationSettings, total=False, closed=True):
        """Keywords of an image generation."""

    class ImageGenerationClientKeywords(ImageGenerationClientOptions, total=False, closed=True):
        """Keywords of the constructors of image generation clients."""

else:
    RequestKeywords = RequestOptions
    ChatBodyKeywords = ChatRequestOptions
    ChatKeywords = ChatCompletionsSettings
    ParseKeywords = ParseSettings
    ToolRunKeywords = ChatSettings
    ChatClientKeywords = ChatClientOptions
    EmbeddingsKeywords = EmbeddingsSettings
    EmbeddingsClientKeywords = EmbeddingsClientOptions
    ImageGenerationKeywords = ImageGenerationSettings
    ImageGenerationClientKeywords = ImageGenerationClientOptions
