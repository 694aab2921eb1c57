"""Clients for AI models on Azure AI Foundry, Azure OpenAI and OpenAI-compatible servers."""

from azure.ai.inference._patch import (
    ChatCompletionsClient,
    EmbeddingsClient,
    ImageEmbeddingsClient,
    ImageGenerationClient,
    load_client,
)
from azure.ai.inference._version import VERSION

__version__ = VERSION

__all__ = [
    "ChatCompletionsClient",
    "EmbeddingsClient",
    "ImageEmbeddingsClient",
    "ImageGenerationClient",
    "load_client",
]
