"""The asynchronous clients. Their default transport is aiohttp: ``pip install azure-ai-inference[aio]``."""

import importlib
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
    from azure.ai.inference.aio._tools import AsyncStreamingToolRun

__all__ = [
    "AsyncChatRun",
    "AsyncEmbeddingsRun",
    "AsyncStreamingToolRun",
    "ChatCompletionsClient",
    "EmbeddingsClient",
    "ImageEmbeddingsClient",
    "ImageGenerationClient",
    "load_client",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "_tools" if name == "AsyncStreamingToolRun" else "_runs"  # on first use: plain calls need neither
    return getattr(importlib.import_module(f"azure.ai.inference.aio.{module}"), name)


def __dir__() -> List[str]:
    return sorted({*globals(), *__all__})
