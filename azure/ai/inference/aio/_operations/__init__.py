"""The asynchronous operations of the REST API."""

from azure.ai.inference.aio._operations._operations import (
    ChatCompletionsClientOperationsMixin,
    EmbeddingsClientOperationsMixin,
    ImageEmbeddingsClientOperationsMixin,
)

__all__ = [
    "ChatCompletionsClientOperationsMixin",
    "EmbeddingsClientOperationsMixin",
    "ImageEmbeddingsClientOperationsMixin",
]
