"""The asynchronous clients, and the function that chooses one by the model of an endpoint."""

from __future__ import annotations

from typing import Any, Dict, Optional, Type, Union, overload

from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import ResourceNotFoundError
from typing_extensions import Literal, Unpack

from azure.ai.inference._core.body import UNSET
from azure.ai.inference._core.hiding import hide_arguments
from azure.ai.inference._core.keywords import (
    ChatBodyKeywords,
    ChatClientKeywords,
    ChatKeywords,
    EmbeddingsClientKeywords,
    EmbeddingsKeywords,
    ImageGenerationClientKeywords,
    ImageGenerationKeywords,
    RequestKeywords,
)
from azure.ai.inference._core.operations import (
    CHAT,
    EMBED,
    EMBED_IMAGES,
    GENERATE_IMAGES,
    NOT_LOADABLE,
    Operation,
    operation_of,
)
from azure.ai.inference._core.signatures import keywords_of
from azure.ai.inference.aio._client import AsyncInferenceClient
from azure.ai.inference.aio._streaming import AsyncStreamingChatCompletions
from azure.ai.inference.models._models import ChatCompletions, EmbeddingsResult, ImageGenerations
from azure.ai.inference.options import (
    Body,
    ChatClientOptions,
    ChatCompletionsSettings,
    EmbeddingsClientOptions,
    EmbeddingsSettings,
    ImageGenerationClientOptions,
    ImageGenerationSettings,
    ImageInput,
    Messages,
    TextInput,
)

Credential = Union[AzureKeyCredential, AsyncTokenCredential]


async def load_client(
    endpoint: str, credential: Credential, **kwargs: Any
) -> Union[ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient, ImageGenerationClient]:
    """Return the client for the model of an endpoint. See :func:`azure.ai.inference.load_client`."""
    endpoint, credential = hide_arguments(endpoint, credential, kwargs)
    asking = AsyncInferenceClient(endpoint, credential, **kwargs)
    try:
        model_info = await asking.get_model_info()
    except ResourceNotFoundError as error:
        from azure.ai.inference._core.errors import explain_missing_route

        explain_missing_route(error, NOT_LOADABLE, asking._config)
        raise
    finally:
        if kwargs.get("transport") is None:
            await asking.close()
    client = _CLIENTS[operation_of(model_info.get("model_type"))](endpoint, credential, **kwargs)
    client._model_info = model_info
    return client


class ChatCompletionsClient(AsyncInferenceClient):
    """A client for chat completions, whole or streamed. See :class:`azure.ai.inference.ChatCompletionsClient`."""

    _operation = CHAT

    @keywords_of(ChatClientOptions)
    def __init__(self, endpoint: str, credential: Credential, **kwargs: Unpack[ChatClientKeywords]) -> None:
        endpoint, credential = hide_arguments(endpoint, credential, kwargs)
        super().__init__(endpoint, credential, **kwargs)

    @overload
    async def complete(
        self, *, messages: Messages, stream: Literal[False] = False, **kwargs: Unpack[ChatKeywords]
    ) -> ChatCompletions: ...
    @overload
    async def complete(
        self, *, messages: Messages, stream: Literal[True], **kwargs: Unpack[ChatKeywords]
    ) -> AsyncStreamingChatCompletions: ...
    @overload
    async def complete(
        self, *, messages: Messages, stream: Optional[bool] = None, **kwargs: Unpack[ChatKeywords]
    ) -> Union[AsyncStreamingChatCompletions, ChatCompletions]: ...
    @overload
    async def complete(
        self, body: Body, *, stream: Optional[bool] = None, **kwargs: Unpack[ChatBodyKeywords]
    ) -> Union[AsyncStreamingChatCompletions, ChatCompletions]: ...
    @keywords_of(ChatCompletionsSettings)
    async def complete(
        self, body: Body = UNSET, *, messages: Messages = UNSET, stream: Optional[bool] = None, **kwargs: Any
    ) -> Union[AsyncStreamingChatCompletions, ChatCompletions]:
        """Complete a chat. See :meth:`azure.ai.inference.ChatCompletionsClient.complete`."""
        completion: Union[AsyncStreamingChatCompletions, ChatCompletions]
        completion = await self._invoke(CHAT, body, {"messages": messages, "stream": stream}, kwargs)
        return completion


class EmbeddingsClient(AsyncInferenceClient):
    """A client for embeddings of texts. See :class:`azure.ai.inference.EmbeddingsClient`."""

    _operation = EMBED

    @keywords_of(EmbeddingsClientOptions)
    def __init__(self, endpoint: str, credential: Credential, **kwargs: Unpack[EmbeddingsClientKeywords]) -> None:
        endpoint, credential = hide_arguments(endpoint, credential, kwargs)
        super().__init__(endpoint, credential, **kwargs)

    @overload
    async def embed(self, *, input: TextInput, **kwargs: Unpack[EmbeddingsKeywords]) -> EmbeddingsResult: ...
    @overload
    async def embed(self, body: Body, **kwargs: Unpack[RequestKeywords]) -> EmbeddingsResult: ...
    @keywords_of(EmbeddingsSettings)
    async def embed(self, body: Body = UNSET, *, input: TextInput = UNSET, **kwargs: Any) -> EmbeddingsResult:
        """Embed texts. See :meth:`azure.ai.inference.EmbeddingsClient.embed`."""
        embeddings: EmbeddingsResult = await self._invoke(EMBED, body, {"input": input}, kwargs)
        return embeddings


class ImageEmbeddingsClient(AsyncInferenceClient):
    """A client for embeddings of images. See :class:`azure.ai.inference.ImageEmbeddingsClient`."""

    _operation = EMBED_IMAGES

    @keywords_of(EmbeddingsClientOptions)
    def __init__(self, endpoint: str, credential: Credential, **kwargs: Unpack[EmbeddingsClientKeywords]) -> None:
        endpoint, credential = hide_arguments(endpoint, credential, kwargs)
        super().__init__(endpoint, credential, **kwargs)

    @overload
    async def embed(self, *, input: ImageInput, **kwargs: Unpack[EmbeddingsKeywords]) -> EmbeddingsResult: ...
    @overload
    async def embed(self, body: Body, **kwargs: Unpack[RequestKeywords]) -> EmbeddingsResult: ...
    @keywords_of(EmbeddingsSettings)
    async def embed(self, body: Body = UNSET, *, input: ImageInput = UNSET, **kwargs: Any) -> EmbeddingsResult:
        """Embed images, or images with texts. See :meth:`azure.ai.inference.ImageEmbeddingsClient.embed`."""
        embeddings: EmbeddingsResult = await self._invoke(EMBED_IMAGES, body, {"input": input}, kwargs)
        return embeddings


class ImageGenerationClient(AsyncInferenceClient):
    """A client for the generation of images. See :class:`azure.ai.inference.ImageGenerationClient`."""

    _operation = GENERATE_IMAGES

    @keywords_of(ImageGenerationClientOptions)
    def __init__(self, endpoint: str, credential: Credential, **kwargs: Unpack[ImageGenerationClientKeywords]) -> None:
        endpoint, credential = hide_arguments(endpoint, credential, kwargs)
        super().__init__(endpoint, credential, **kwargs)

    @overload
    async def generate(self, *, prompt: str, **kwargs: Unpack[ImageGenerationKeywords]) -> ImageGenerations: ...
    @overload
    async def generate(self, body: Body, **kwargs: Unpack[RequestKeywords]) -> ImageGenerations: ...
    @keywords_of(ImageGenerationSettings)
    async def generate(self, body: Body = UNSET, *, prompt: str = UNSET, **kwargs: Any) -> ImageGenerations:
        """Generate images. See :meth:`azure.ai.inference.ImageGenerationClient.generate`."""
        images: ImageGenerations = await self._invoke(GENERATE_IMAGES, body, {"prompt": prompt}, kwargs)
        return images


_CLIENTS: Dict[
    Operation, Type[Union[ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient, ImageGenerationClient]]
] = {
    CHAT: ChatCompletionsClient,
    EMBED: EmbeddingsClient,
    EMBED_IMAGES: ImageEmbeddingsClient,
    GENERATE_IMAGES: ImageGenerationClient,
}
