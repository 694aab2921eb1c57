"""The asynchronous clients. Their default transport is aiohttp: ``pip install azure-ai-inference[aio]``."""

from typing import TYPE_CHECKING, Any, List

from azure.ai.inference.aio._patch import (
    ChatCompletionsClient,
    EmbeddingsClient,
    ImageEmbeddingsClient,
    ImageGenerationClient,
    load_client,
)

if TYPE_CHECKING:
    from azure.ai.inference.aio._runs import AsyncChatRun, AsyncEmbeddingsRun

__all__ = [
    "AsyncChatRun",
    "AsyncEmbeddingsRun",
    "ChatCompletionsClient",
    "EmbeddingsClient",
    "ImageEmbeddingsClient",
    "ImageGenerationClient",
    "load_client",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from azure.ai.inference.aio import _runs  # on first use: plain calls do not need it

    return getattr(_runs, name)


def __dir__() -> List[str]:
    return sorted({*globals(), *__all__})
