"""The asynchronous clients, and the function that chooses one by what the endpoint serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Sequence, Type, Union, overload

from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import ResourceNotFoundError
from azure.core.tracing.decorator_async import distributed_trace_async
from typing_extensions import Literal, Unpack

from azure.ai.inference._core import operations
from azure.ai.inference._core.body import (
    CHAT_SETTINGS,
    EMBEDDINGS_SETTINGS,
    UNSET,
    Body,
    ImageInput,
    Messages,
    ResponseFormat,
    ToolChoice,
    Tools,
    body_call,
    chat_wire,
    embeddings_wire,
    keep_settings,
    settings_call,
)
from azure.ai.inference._core.errors import set_message
from azure.ai.inference.aio._client import AsyncInferenceClient
from azure.ai.inference.aio._operations import (
    ChatCompletionsClientOperationsMixin,
    EmbeddingsClientOperationsMixin,
    ImageEmbeddingsClientOperationsMixin,
)
from azure.ai.inference.models._enums import EmbeddingEncodingFormat, EmbeddingInputType
from azure.ai.inference.models._models import ChatCompletions, EmbeddingsResult
from azure.ai.inference.models._streaming import AsyncStreamingChatCompletions

if TYPE_CHECKING:
    from azure.ai.inference.options import ChatCompletionsSettings, EmbeddingsSettings, RequestOptions

Credential = Union[AzureKeyCredential, AsyncTokenCredential]


async def load_client(
    endpoint: str, credential: Credential, **kwargs: Any
) -> Union[ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient]:
    """Make the client that fits the model behind an endpoint. See :func:`azure.ai.inference.load_client`."""
    asking = AsyncInferenceClient(endpoint, credential, **kwargs)
    try:
        model_info = await asking.get_model_info()
    except ResourceNotFoundError as error:
        set_message(error, operations.NOT_LOADABLE)
        raise
    finally:
        if kwargs.get("transport") is None:
            await asking.close()
    client = _CLIENTS[operations.client_kind(model_info.get("model_type"))](endpoint, credential, **kwargs)
    client._model_info = model_info
    return client


class ChatCompletionsClient(ChatCompletionsClientOperationsMixin, AsyncInferenceClient):
    """Answers chats, whole or streamed. See :class:`azure.ai.inference.ChatCompletionsClient`."""

    def __init__(
        self,
        endpoint: str,
        credential: Credential,
        *,
        frequency_penalty: Optional[float] = None,
        presence_penalty: Optional[float] = None,
        temperature: Optional[float] = None,
        top_p: Optional[float] = None,
        max_tokens: Optional[int] = None,
        response_format: Optional[ResponseFormat] = None,
        stop: Optional[Sequence[str]] = None,
        tools: Optional[Tools] = None,
        tool_choice: Optional[ToolChoice] = None,
        seed: Optional[int] = None,
        model: Optional[str] = None,
        model_extras: Optional[Mapping[str, Any]] = None,
        **kwargs: Any,
    ) -> None:
        self._settings = keep_settings(CHAT_SETTINGS, locals())
        super().__init__(endpoint, credential, **kwargs)

    @overload
    async def complete(
        self, *, messages: Messages, stream: Literal[False] = False, **kwargs: Unpack[ChatCompletionsSettings]
    ) -> ChatCompletions: ...
    @overload
    async def complete(
        self, *, messages: Messages, stream: Literal[True], **kwargs: Unpack[ChatCompletionsSettings]
    ) -> AsyncStreamingChatCompletions: ...
    @overload
    async def complete(
        self, *, messages: Messages, stream: Optional[bool] = None, **kwargs: Unpack[ChatCompletionsSettings]
    ) -> Union[AsyncStreamingChatCompletions, ChatCompletions]: ...
    @overload
    async def complete(
        self, body: Body, *, stream: Optional[bool] = None, **kwargs: Unpack[RequestOptions]
    ) -> Union[AsyncStreamingChatCompletions, ChatCompletions]: ...
    async def complete(
        self,
        body: Body = UNSET,
        *,
        messages: Messages = UNSET,
        stream: Optional[bool] = None,
        frequency_penalty: Optional[float] = None,
        presence_penalty: Optional[float] = None,
        temperature: Optional[float] = None,
        top_p: Optional[float] = None,
        max_tokens: Optional[int] = None,
        response_format: Optional[ResponseFormat] = None,
        stop: Optional[Sequence[str]] = None,
        tools: Optional[Tools] = None,
        tool_choice: Optional[ToolChoice] = None,
        seed: Optional[int] = None,
        model: Optional[str] = None,
        model_extras: Optional[Mapping[str, Any]] = None,
        **kwargs: Any,
    ) -> Union[AsyncStreamingChatCompletions, ChatCompletions]:
        """Answer a chat. See :meth:`azure.ai.inference.ChatCompletionsClient.complete`."""
        if body is UNSET:
            call = settings_call(*chat_wire(messages, stream, locals(), self._settings))
        else:
            call = body_call(body, stream)
        return await self._complete(call, **kwargs)


class EmbeddingsClient(EmbeddingsClientOperationsMixin, AsyncInferenceClient):
    """Makes vectors of texts. See :class:`azure.ai.inference.EmbeddingsClient`."""

    _model_info_span = "EmbeddingsClient.get_model_info"

    def __init__(
        self,
        endpoint: str,
        credential: Credential,
        *,
        dimensions: Optional[int] = None,
        encoding_format: Optional[Union[str, EmbeddingEncodingFormat]] = None,
        input_type: Optional[Union[str, EmbeddingInputType]] = None,
        model: Optional[str] = None,
        model_extras: Optional[Mapping[str, Any]] = None,
        **kwargs: Any,
    ) -> None:
        self._settings = keep_settings(EMBEDDINGS_SETTINGS, locals())
        super().__init__(endpoint, credential, **kwargs)

    @overload
    async def embed(self, *, input: Sequence[str], **kwargs: Unpack[EmbeddingsSettings]) -> EmbeddingsResult: ...
    @overload
    async def embed(self, body: Body, **kwargs: Unpack[RequestOptions]) -> EmbeddingsResult: ...
    @distributed_trace_async
    async def embed(
        self,
        body: Body = UNSET,
        *,
        input: Sequence[str] = UNSET,
        dimensions: Optional[int] = None,
        encoding_format: Optional[Union[str, EmbeddingEncodingFormat]] = None,
        input_type: Optional[Union[str, EmbeddingInputType]] = None,
        model: Optional[str] = None,
        model_extras: Optional[Mapping[str, Any]] = None,
        **kwargs: Any,
    ) -> EmbeddingsResult:
        """Make vectors of texts. See :meth:`azure.ai.inference.EmbeddingsClient.embed`."""
        if body is UNSET:
            call = settings_call(*embeddings_wire(input, locals(), self._settings))
        else:
            call = body_call(body)
        return await self._embed(call, **kwargs)


class ImageEmbeddingsClient(ImageEmbeddingsClientOperationsMixin, AsyncInferenceClient):
    """Makes vectors of images. See :class:`azure.ai.inference.ImageEmbeddingsClient`."""

    _model_info_span = "ImageEmbeddingsClient.get_model_info"

    def __init__(
        self,
        endpoint: str,
        credential: Credential,
        *,
        dimensions: Optional[int] = None,
        encoding_format: Optional[Union[str, EmbeddingEncodingFormat]] = None,
        input_type: Optional[Union[str, EmbeddingInputType]] = None,
        model: Optional[str] = None,
        model_extras: Optional[Mapping[str, Any]] = None,
        **kwargs: Any,
    ) -> None:
        self._settings = keep_settings(EMBEDDINGS_SETTINGS, locals())
        super().__init__(endpoint, credential, **kwargs)

    @overload
    async def embed(self, *, input: ImageInput, **kwargs: Unpack[EmbeddingsSettings]) -> EmbeddingsResult: ...
    @overload
    async def embed(self, body: Body, **kwargs: Unpack[RequestOptions]) -> EmbeddingsResult: ...
    @distributed_trace_async
    async def embed(
        self,
        body: Body = UNSET,
        *,
        input: ImageInput = UNSET,
        dimensions: Optional[int] = None,
        encoding_format: Optional[Union[str, EmbeddingEncodingFormat]] = None,
        input_type: Optional[Union[str, EmbeddingInputType]] = None,
        model: Optional[str] = None,
        model_extras: Optional[Mapping[str, Any]] = None,
        **kwargs: Any,
    ) -> EmbeddingsResult:
        """Make vectors of images. See :meth:`azure.ai.inference.ImageEmbeddingsClient.embed`."""
        if body is UNSET:
            call = settings_call(*embeddings_wire(input, locals(), self._settings))
        else:
            call = body_call(body)
        return await self._embed(call, **kwargs)


_CLIENTS: Dict[str, Type[Union[ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient]]] = {
    operations.CHAT: ChatCompletionsClient,
    operations.EMBEDDINGS: EmbeddingsClient,
    operations.IMAGE_EMBEDDINGS: ImageEmbeddingsClient,
}
