"""The synchronous clients, and the function that chooses one by the model of an endpoint."""

from __future__ import annotations

from typing import Any, Dict, Optional, Type, Union, overload

from azure.core.credentials import AzureKeyCredential, TokenCredential
from azure.core.exceptions import ResourceNotFoundError
from typing_extensions import Literal, Unpack

from azure.ai.inference._client import InferenceClient
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
from azure.ai.inference._streaming import StreamingChatCompletions
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

Credential = Union[AzureKeyCredential, TokenCredential]


def load_client(
    endpoint: str, credential: Credential, **kwargs: Any
) -> Union[ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient, ImageGenerationClient]:
    """Return the client for the model of an endpoint, which the route ``/info`` or ``/models`` reports.

    Azure OpenAI deployments have neither route: construct a client of the class you need there.

    :param endpoint: the URL below which the routes of the service lie.
    :param credential: a key, or a token credential.
    :keyword kwargs: the keywords of the client's constructor.
    :returns: the client, with its model info cached.
    :raises ~azure.core.exceptions.ResourceNotFoundError: if the endpoint does not have this route.
    :raises ~azure.core.exceptions.HttpResponseError: for any other status than 200.
    :raises ValueError: if there is no client for the model.
    """
    endpoint, credential = hide_arguments(endpoint, credential, kwargs)
    asking = InferenceClient(endpoint, credential, **kwargs)
    try:
        model_info = asking.get_model_info()
    except ResourceNotFoundError as error:
        from azure.ai.inference._core.errors import explain_missing_route

        explain_missing_route(error, NOT_LOADABLE, asking._config)
        raise
    finally:
        if kwargs.get("transport") is None:
            asking.close()
    client = _CLIENTS[operation_of(model_info.get("model_type"))](endpoint, credential, **kwargs)
    client._model_info = model_info
    return client


class ChatCompletionsClient(InferenceClient):
    """A client for chat completions, whole or streamed.

    Settings given here are the defaults of every call; :meth:`complete` documents them. The other keywords are options:
    :class:`~azure.ai.inference.options.ClientOptions`, and those of single calls,
    :class:`~azure.ai.inference.options.ChatRequestOptions`, which then apply to all calls.

    :param endpoint: the URL below which the routes of the service lie.
    :param credential: a key, which may change between requests, or a token credential.
    :raises ValueError: if the endpoint or the credential is None, or for a ``response_format`` that the service does
        not know. A wrong endpoint is reported by the first call.
    :raises TypeError: if the credential is neither a key nor a token credential.
    """

    _operation = CHAT

    @keywords_of(ChatClientOptions)
    def __init__(self, endpoint: str, credential: Credential, **kwargs: Unpack[ChatClientKeywords]) -> None:
        endpoint, credential = hide_arguments(endpoint, credential, kwargs)
        super().__init__(endpoint, credential, **kwargs)

    @overload
    def complete(
        self, *, messages: Messages, stream: Literal[False] = False, **kwargs: Unpack[ChatKeywords]
    ) -> ChatCompletions: ...
    @overload
    def complete(
        self, *, messages: Messages, stream: Literal[True], **kwargs: Unpack[ChatKeywords]
    ) -> StreamingChatCompletions: ...
    @overload
    def complete(
        self, *, messages: Messages, stream: Optional[bool] = None, **kwargs: Unpack[ChatKeywords]
    ) -> Union[StreamingChatCompletions, ChatCompletions]: ...
    @overload
    def complete(
        self, body: Body, *, stream: Optional[bool] = None, **kwargs: Unpack[ChatBodyKeywords]
    ) -> Union[StreamingChatCompletions, ChatCompletions]: ...
    @keywords_of(ChatCompletionsSettings)
    def complete(
        self, body: Body = UNSET, *, messages: Messages = UNSET, stream: Optional[bool] = None, **kwargs: Any
    ) -> Union[StreamingChatCompletions, ChatCompletions]:
        """Complete a chat: ``POST /chat/completions``.

        Pass the messages and the settings by name, or a ``body`` to send as it is, without the client's settings.
        Further keywords are options of this call, :class:`~azure.ai.inference.options.ChatRequestOptions`.

        :param body: the whole request: a mapping, or JSON as bytes or as a binary file.
        :keyword messages: the chat so far; the model writes the next message.
        :keyword stream: whether to receive the completion in updates, as the model writes it.
        :returns: the completion, or the stream of its updates.
        :raises TypeError: if ``messages`` is missing, for a value that has no JSON form, or for an unknown keyword.
        :raises ValueError: for NaN and infinity, a ``response_format`` that the service does not know, or an endpoint
            that is not an http(s) URL.
        :raises ~azure.core.exceptions.HttpResponseError: for any other status than 200;
            :mod:`azure.ai.inference.exceptions` has the kinds that programs handle differently.
        :raises ~azure.core.exceptions.ServiceRequestError: if the service cannot be reached.
        :raises ~azure.core.exceptions.ServiceResponseError: if there is no response, or not in time.
        """
        completion: Union[StreamingChatCompletions, ChatCompletions]
        completion = self._invoke(CHAT, body, {"messages": messages, "stream": stream}, kwargs)
        return completion


class EmbeddingsClient(InferenceClient):
    """A client for embeddings of texts.

    Settings given here are the defaults of every call; :meth:`embed` documents them. The other keywords are those of
    :class:`ChatCompletionsClient`.

    :param endpoint: the URL below which the routes of the service lie.
    :param credential: a key, which may change between requests, or a token credential.
    :raises ValueError: if the endpoint or the credential is None. A wrong endpoint is reported by the first call.
    :raises TypeError: if the credential is neither a key nor a token credential.
    """

    _operation = EMBED

    @keywords_of(EmbeddingsClientOptions)
    def __init__(self, endpoint: str, credential: Credential, **kwargs: Unpack[EmbeddingsClientKeywords]) -> None:
        endpoint, credential = hide_arguments(endpoint, credential, kwargs)
        super().__init__(endpoint, credential, **kwargs)

    @overload
    def embed(self, *, input: TextInput, **kwargs: Unpack[EmbeddingsKeywords]) -> EmbeddingsResult: ...
    @overload
    def embed(self, body: Body, **kwargs: Unpack[RequestKeywords]) -> EmbeddingsResult: ...
    @keywords_of(EmbeddingsSettings)
    def embed(self, body: Body = UNSET, *, input: TextInput = UNSET, **kwargs: Any) -> EmbeddingsResult:
        """Embed texts: ``POST /embeddings``.

        Pass the texts and the settings by name, or a ``body`` to send as it is, without the client's settings.
        Further keywords are options of this call, :class:`~azure.ai.inference.options.RequestOptions`.

        :param body: the whole request: a mapping, or JSON as bytes or as a binary file.
        :keyword input: a text, texts, tokens, or lists of tokens; each text or list gets a vector.
        :returns: the vectors, in the order of the texts.
        :raises TypeError: if ``input`` is missing, for a value that has no JSON form, or for an unknown keyword.
        :raises ValueError: for NaN and infinity, or an endpoint that is not an http(s) URL.
        :raises ~azure.core.exceptions.HttpResponseError: for any other status than 200;
            :mod:`azure.ai.inference.exceptions` has the kinds that programs handle differently.
        :raises ~azure.core.exceptions.ServiceRequestError: if the service cannot be reached.
        :raises ~azure.core.exceptions.ServiceResponseError: if there is no response, or not in time.
        """
        embeddings: EmbeddingsResult = self._invoke(EMBED, body, {"input": input}, kwargs)
        return embeddings


class ImageEmbeddingsClient(InferenceClient):
    """A client for embeddings of images.

    Settings given here are the defaults of every call; :meth:`embed` documents them. The other keywords are those of
    :class:`ChatCompletionsClient`.

    :param endpoint: the URL below which the routes of the service lie.
    :param credential: a key, which may change between requests, or a token credential.
    :raises ValueError: if the endpoint or the credential is None. A wrong endpoint is reported by the first call.
    :raises TypeError: if the credential is neither a key nor a token credential.
    """

    _operation = EMBED_IMAGES

    @keywords_of(EmbeddingsClientOptions)
    def __init__(self, endpoint: str, credential: Credential, **kwargs: Unpack[EmbeddingsClientKeywords]) -> None:
        endpoint, credential = hide_arguments(endpoint, credential, kwargs)
        super().__init__(endpoint, credential, **kwargs)

    @overload
    def embed(self, *, input: ImageInput, **kwargs: Unpack[EmbeddingsKeywords]) -> EmbeddingsResult: ...
    @overload
    def embed(self, body: Body, **kwargs: Unpack[RequestKeywords]) -> EmbeddingsResult: ...
    @keywords_of(EmbeddingsSettings)
    def embed(self, body: Body = UNSET, *, input: ImageInput = UNSET, **kwargs: Any) -> EmbeddingsResult:
        """Embed images, or images with texts: ``POST /images/embeddings``.

        Its options and errors are those of :meth:`EmbeddingsClient.embed`.

        :param body: the whole request: a mapping, or JSON as bytes or as a binary file.
        :keyword input: the images; each gets a vector.
        :returns: the vectors, in the order of the images.
        """
        embeddings: EmbeddingsResult = self._invoke(EMBED_IMAGES, body, {"input": input}, kwargs)
        return embeddings


class ImageGenerationClient(InferenceClient):
    """A client for the generation of images.

    Settings given here are the defaults of every call; :meth:`generate` documents them. The other keywords are those of
    :class:`ChatCompletionsClient`.

    :param endpoint: the URL below which the routes of the service lie.
    :param credential: a key, which may change between requests, or a token credential.
    :raises ValueError: if the endpoint or the credential is None. A wrong endpoint is reported by the first call.
    :raises TypeError: if the credential is neither a key nor a token credential.
    """

    _operation = GENERATE_IMAGES

    @keywords_of(ImageGenerationClientOptions)
    def __init__(self, endpoint: str, credential: Credential, **kwargs: Unpack[ImageGenerationClientKeywords]) -> None:
        endpoint, credential = hide_arguments(endpoint, credential, kwargs)
        super().__init__(endpoint, credential, **kwargs)

    @overload
    def generate(self, *, prompt: str, **kwargs: Unpack[ImageGenerationKeywords]) -> ImageGenerations: ...
    @overload
    def generate(self, body: Body, **kwargs: Unpack[RequestKeywords]) -> ImageGenerations: ...
    @keywords_of(ImageGenerationSettings)
    def generate(self, body: Body = UNSET, *, prompt: str = UNSET, **kwargs: Any) -> ImageGenerations:
        """Generate images: ``POST /images/generations``.

        Pass the prompt and the settings by name, or a ``body`` to send as it is, without the client's settings.
        Further keywords are options of this call, :class:`~azure.ai.inference.options.RequestOptions`.

        The routes ``/models`` and ``/openai/v1`` have settings of their own, which are sent to either as they are.

        :param body: the whole request: a mapping, or JSON as bytes or as a binary file.
        :keyword prompt: what the images must show.
        :returns: the images; each can be saved as a file.
        :raises TypeError: if ``prompt`` is missing, for a value that has no JSON form, or for an unknown keyword.
        :raises ValueError: for NaN and infinity, or an endpoint that is not an http(s) URL.
        :raises ~azure.core.exceptions.HttpResponseError: for any other status than 200;
            :mod:`azure.ai.inference.exceptions` has the kinds that programs handle differently.
        :raises ~azure.core.exceptions.ServiceRequestError: if the service cannot be reached.
        :raises ~azure.core.exceptions.ServiceResponseError: if there is no response, or not in time.
        """
        images: ImageGenerations = self._invoke(GENERATE_IMAGES, body, {"prompt": prompt}, kwargs)
        return images


_CLIENTS: Dict[
    Operation, Type[Union[ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient, ImageGenerationClient]]
] = {
    CHAT: ChatCompletionsClient,
    EMBED: EmbeddingsClient,
    EMBED_IMAGES: ImageEmbeddingsClient,
    GENERATE_IMAGES: ImageGenerationClient,
}
