"""The asynchronous clients, and the function that chooses one by the model of an endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AsyncIterable, Callable, Dict, Mapping, Optional, Type, Union, overload

from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import ResourceNotFoundError
from typing_extensions import Literal, Self, Unpack

from azure.ai.inference._core.body import UNSET
from azure.ai.inference._core.hiding import hide, hide_arguments
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
from azure.ai.inference._keywords import (
    Body,
    ChatBodyKeywords,
    ChatClientKeywords,
    ChatClientOptions,
    ChatCompletionsSettings,
    ChatKeywords,
    EmbeddingsClientKeywords,
    EmbeddingsClientOptions,
    EmbeddingsKeywords,
    EmbeddingsSettings,
    ImageGenerationClientKeywords,
    ImageGenerationClientOptions,
    ImageGenerationKeywords,
    ImageGenerationSettings,
    ImageInput,
    ImageSource,
    Messages,
    Prompt,
    PromptSource,
    RequestKeywords,
    TextInput,
    TextSource,
)
from azure.ai.inference.aio._chat_client import AsyncChatClient
from azure.ai.inference.aio._client import AsyncInferenceClient
from azure.ai.inference.models._models import (
    ChatCompletions,
    EmbeddingsResult,
    FilePath,
    ImageEmbeddingInput,
    ImageGenerations,
)

if TYPE_CHECKING:
    from azure.ai.inference.aio._runs import AsyncChatRun, AsyncEmbeddingsRun
    from azure.ai.inference.aio._streaming import AsyncStreamingChatCompletions
    from azure.ai.inference.runs._plan import OnError, Progress
else:  # imported by runs and streams; ``typing.get_type_hints`` shows Any
    AsyncChatRun = AsyncEmbeddingsRun = AsyncStreamingChatCompletions = OnError = Progress = Any

Credential = Union[AzureKeyCredential, AsyncTokenCredential]
AsyncImageSource = Union[ImageSource, AsyncIterable[Union[ImageEmbeddingInput, Mapping[str, Any]]]]
AsyncPromptSource = Union[PromptSource, AsyncIterable[Prompt]]
AsyncTextSource = Union[TextSource, AsyncIterable[str]]


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


class ChatCompletionsClient(AsyncChatClient):
    """A client for chat completions, whole or streamed. See :class:`azure.ai.inference.ChatCompletionsClient`."""

    _operation = CHAT

    @keywords_of(ChatClientOptions)
    def __init__(self, endpoint: str, credential: Credential, **kwargs: Unpack[ChatClientKeywords]) -> None:
        endpoint, credential = hide_arguments(endpoint, credential, kwargs)
        super().__init__(endpoint, credential, **kwargs)

    @classmethod
    def from_environment(cls, /, **kwargs: Unpack[ChatClientKeywords]) -> Self:
        """Return a client of the environment: :meth:`azure.ai.inference.ChatCompletionsClient.from_environment`."""
        return cls._from_variables(hide(kwargs))

    def with_options(self, **overrides: Unpack[ChatKeywords]) -> Self:
        """Return a copy: :meth:`azure.ai.inference.ChatCompletionsClient.with_options`."""
        return self._with_overrides({**overrides})

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
        return await self._invoke(CHAT, body, {"messages": messages, "stream": stream}, kwargs)

    @keywords_of(ChatCompletionsSettings)
    def complete_many(
        self,
        prompts: AsyncPromptSource,
        *,
        max_concurrency: int = 8,
        in_order: bool = True,
        on_error: OnError = "raise",
        progress: Progress = False,
        checkpoint: Optional[FilePath] = None,
        **kwargs: Unpack[ChatKeywords],
    ) -> AsyncChatRun:
        """Complete many chats. See :meth:`azure.ai.inference.ChatCompletionsClient.complete_many`."""
        from azure.ai.inference.aio._runs import AsyncChatRun
        from azure.ai.inference.runs._plan import RunOptions, plan_chats

        options = RunOptions(max_concurrency, in_order, on_error, progress, checkpoint)
        return AsyncChatRun(prompts, plan_chats(self, kwargs, options))


class EmbeddingsClient(AsyncInferenceClient):
    """A client for embeddings of texts. See :class:`azure.ai.inference.EmbeddingsClient`."""

    _operation = EMBED

    @keywords_of(EmbeddingsClientOptions)
    def __init__(self, endpoint: str, credential: Credential, **kwargs: Unpack[EmbeddingsClientKeywords]) -> None:
        endpoint, credential = hide_arguments(endpoint, credential, kwargs)
        super().__init__(endpoint, credential, **kwargs)

    @classmethod
    def from_environment(cls, /, **kwargs: Unpack[EmbeddingsClientKeywords]) -> Self:
        """Return a client of the environment: :meth:`azure.ai.inference.EmbeddingsClient.from_environment`."""
        return cls._from_variables(hide(kwargs))

    def with_options(self, **overrides: Unpack[EmbeddingsKeywords]) -> Self:
        """Return a copy: :meth:`azure.ai.inference.EmbeddingsClient.with_options`."""
        return self._with_overrides({**overrides})

    @overload
    async def embed(self, *, input: TextInput, **kwargs: Unpack[EmbeddingsKeywords]) -> EmbeddingsResult: ...
    @overload
    async def embed(self, body: Body, **kwargs: Unpack[RequestKeywords]) -> EmbeddingsResult: ...
    @keywords_of(EmbeddingsSettings)
    async def embed(self, body: Body = UNSET, *, input: TextInput = UNSET, **kwargs: Any) -> EmbeddingsResult:
        """Embed texts. See :meth:`azure.ai.inference.EmbeddingsClient.embed`."""
        return await self._invoke(EMBED, body, {"input": input}, kwargs)

    @keywords_of(EmbeddingsSettings)
    def embed_many(
        self,
        input: AsyncTextSource,
        *,
        batch_size: int = 96,
        batch_tokens: int = 200_000,
        count_tokens: Optional[Callable[[str], int]] = None,
        max_concurrency: int = 8,
        in_order: bool = True,
        on_error: OnError = "raise",
        progress: Progress = False,
        checkpoint: Optional[FilePath] = None,
        **kwargs: Unpack[EmbeddingsKeywords],
    ) -> AsyncEmbeddingsRun:
        """Embed many texts. See :meth:`azure.ai.inference.EmbeddingsClient.embed_many`."""
        from azure.ai.inference.aio._runs import AsyncEmbeddingsRun
        from azure.ai.inference.runs._plan import RunOptions, TextBatches, plan_texts

        options = RunOptions(max_concurrency, in_order, on_error, progress, checkpoint)
        batches = TextBatches(batch_size, batch_tokens, count_tokens)
        return AsyncEmbeddingsRun(input, plan_texts(self, kwargs, options, batches))


class ImageEmbeddingsClient(AsyncInferenceClient):
    """A client for embeddings of images. See :class:`azure.ai.inference.ImageEmbeddingsClient`."""

    _operation = EMBED_IMAGES

    @keywords_of(EmbeddingsClientOptions)
    def __init__(self, endpoint: str, credential: Credential, **kwargs: Unpack[EmbeddingsClientKeywords]) -> None:
        endpoint, credential = hide_arguments(endpoint, credential, kwargs)
        super().__init__(endpoint, credential, **kwargs)

    @classmethod
    def from_environment(cls, /, **kwargs: Unpack[EmbeddingsClientKeywords]) -> Self:
        """Return a client of the environment: :meth:`azure.ai.inference.ImageEmbeddingsClient.from_environment`."""
        return cls._from_variables(hide(kwargs))

    def with_options(self, **overrides: Unpack[EmbeddingsKeywords]) -> Self:
        """Return a copy: :meth:`azure.ai.inference.ImageEmbeddingsClient.with_options`."""
        return self._with_overrides({**overrides})

    @overload
    async def embed(self, *, input: ImageInput, **kwargs: Unpack[EmbeddingsKeywords]) -> EmbeddingsResult: ...
    @overload
    async def embed(self, body: Body, **kwargs: Unpack[RequestKeywords]) -> EmbeddingsResult: ...
    @keywords_of(EmbeddingsSettings)
    async def embed(self, body: Body = UNSET, *, input: ImageInput = UNSET, **kwargs: Any) -> EmbeddingsResult:
        """Embed images, or images with texts. See :meth:`azure.ai.inference.ImageEmbeddingsClient.embed`."""
        return await self._invoke(EMBED_IMAGES, body, {"input": input}, kwargs)

    @keywords_of(EmbeddingsSettings)
    def embed_many(
        self,
        input: AsyncImageSource,
        *,
        batch_size: int = 1,
        max_concurrency: int = 8,
        in_order: bool = True,
        on_error: OnError = "raise",
        progress: Progress = False,
        checkpoint: Optional[FilePath] = None,
        **kwargs: Unpack[EmbeddingsKeywords],
    ) -> AsyncEmbeddingsRun:
        """Embed many images. See :meth:`azure.ai.inference.ImageEmbeddingsClient.embed_many`."""
        from azure.ai.inference.aio._runs import AsyncEmbeddingsRun
        from azure.ai.inference.runs._plan import RunOptions, plan_images

        options = RunOptions(max_concurrency, in_order, on_error, progress, checkpoint)
        return AsyncEmbeddingsRun(input, plan_images(self, kwargs, options, batch_size))


class ImageGenerationClient(AsyncInferenceClient):
    """A client for the generation of images. See :class:`azure.ai.inference.ImageGenerationClient`."""

    _operation = GENERATE_IMAGES

    @keywords_of(ImageGenerationClientOptions)
    def __init__(self, endpoint: str, credential: Credential, **kwargs: Unpack[ImageGenerationClientKeywords]) -> None:
        endpoint, credential = hide_arguments(endpoint, credential, kwargs)
        super().__init__(endpoint, credential, **kwargs)

    @classmethod
    def from_environment(cls, /, **kwargs: Unpack[ImageGenerationClientKeywords]) -> Self:
        """Return a client of the environment: :meth:`azure.ai.inference.ImageGenerationClient.from_environment`."""
        return cls._from_variables(hide(kwargs))

    def with_options(self, **overrides: Unpack[ImageGenerationKeywords]) -> Self:
        """Return a copy: :meth:`azure.ai.inference.ImageGenerationClient.with_options`."""
        return self._with_overrides({**overrides})

    @overload
    async def generate(self, *, prompt: str, **kwargs: Unpack[ImageGenerationKeywords]) -> ImageGenerations: ...
    @overload
    async def generate(self, body: Body, **kwargs: Unpack[RequestKeywords]) -> ImageGenerations: ...
    @keywords_of(ImageGenerationSettings)
    async def generate(self, body: Body = UNSET, *, prompt: str = UNSET, **kwargs: Any) -> ImageGenerations:
        """Generate images. See :meth:`azure.ai.inference.ImageGenerationClient.generate`."""
        return await self._invoke(GENERATE_IMAGES, body, {"prompt": prompt}, kwargs)


_CLIENTS: Dict[
    Operation, Type[Union[ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient, ImageGenerationClient]]
] = {
    CHAT: ChatCompletionsClient,
    EMBED: EmbeddingsClient,
    EMBED_IMAGES: ImageEmbeddingsClient,
    GENERATE_IMAGES: ImageGenerationClient,
}
