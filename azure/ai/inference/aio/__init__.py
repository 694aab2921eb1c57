"""The asynchronous clients. Their default transport is aiohttp: ``pip install azure-ai-inference[aio]``."""

from azure.ai.inference.aio._patch import (
    ChatCompletionsClient,
    EmbeddingsClient,
    ImageEmbeddingsClient,
    ImageGenerationClient,
    load_client,
)

__all__ = [
    "ChatCompletionsClient",
    "EmbeddingsClient",
    "ImageEmbeddingsClient",
    "ImageGenerationClient",
    "load_client",
]
