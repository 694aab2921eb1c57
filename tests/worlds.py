"""One way to use the synchronous and the asynchronous clients, so that a test is written once for both."""

from __future__ import annotations

import inspect
from typing import Any, Callable, List, NamedTuple

import azure.ai.inference
import azure.ai.inference.aio
from azure.ai.inference.models import AsyncStreamingChatCompletions, StreamingChatCompletions
from azure.ai.inference.testing import AsyncFakeTransport, FakeTransport


class World(NamedTuple):
    """The public names of one world; whatever may need `await` goes through :func:`wait`."""

    name: str
    ChatCompletionsClient: Any
    EmbeddingsClient: Any
    ImageEmbeddingsClient: Any
    ImageGenerationClient: Any
    load_client: Callable[..., Any]
    StreamingChatCompletions: Any
    FakeTransport: Any

    @property
    def clients(self) -> List[Any]:
        """Return the classes of all clients."""
        return [getattr(self, name) for name in self._fields if name.endswith("Client")]


SYNC = World(
    "sync",
    azure.ai.inference.ChatCompletionsClient,
    azure.ai.inference.EmbeddingsClient,
    azure.ai.inference.ImageEmbeddingsClient,
    azure.ai.inference.ImageGenerationClient,
    azure.ai.inference.load_client,
    StreamingChatCompletions,
    FakeTransport,
)
ASYNC = World(
    "async",
    azure.ai.inference.aio.ChatCompletionsClient,
    azure.ai.inference.aio.EmbeddingsClient,
    azure.ai.inference.aio.ImageEmbeddingsClient,
    azure.ai.inference.aio.ImageGenerationClient,
    azure.ai.inference.aio.load_client,
    AsyncStreamingChatCompletions,
    AsyncFakeTransport,
)


async def wait(value: Any) -> Any:
    """Return the result of a call in either world."""
    return await value if inspect.isawaitable(value) else value


async def next_of(stream: Any) -> Any:
    """Return the next update of a stream; raise StopAsyncIteration at its end in either world."""
    if hasattr(stream, "__anext__"):
        return await stream.__anext__()
    try:
        return next(stream)
    except StopIteration:
        raise StopAsyncIteration from None


async def updates_of(stream: Any) -> List[Any]:
    """Return all updates of a stream."""
    return [update async for update in stream] if hasattr(stream, "__aiter__") else list(stream)


class opened:  # noqa: N801 - reads as a word after `async with`
    """``async with opened(client)``: a client or stream of either world, closed in the end."""

    def __init__(self, resource: Any) -> None:
        self._resource = resource

    async def __aenter__(self) -> Any:
        return self._resource

    async def __aexit__(self, *exc_details: Any) -> None:
        await wait(self._resource.close())
