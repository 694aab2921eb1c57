"""The synchronous clients, and the function that chooses one by what the endpoint serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Sequence, Type, Union, overload

from azure.core.credentials import AzureKeyCredential, TokenCredential
from azure.core.exceptions import ResourceNotFoundError
from azure.core.tracing.decorator import distributed_trace
from typing_extensions import Literal, Unpack

from azure.ai.inference._client import InferenceClient
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
from azure.ai.inference._operations import (
    ChatCompletionsClientOperationsMixin,
    EmbeddingsClientOperationsMixin,
    ImageEmbeddingsClientOperationsMixin,
)
from azure.ai.inference.models._enums import EmbeddingEncodingFormat, EmbeddingInputType
from azure.ai.inference.models._models import ChatCompletions, EmbeddingsResult
from azure.ai.inference.models._streaming import StreamingChatCompletions

if TYPE_CHECKING:
    from azure.ai.inference.options import ChatCompletionsSettings, EmbeddingsSettings, RequestOptions

Credential = Union[AzureKeyCredential, TokenCredential]


def load_client(
    endpoint: str, credential: Credential, **kwargs: Any
) -> Union[ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient]:
    """Make the client that fits the model behind an endpoint, which is asked on the route ``/info``.

    GitHub Models and Azure OpenAI endpoints do not have this route: construct a client of the class you need there.

    :param endpoint: the URL below which the routes of the service lie.
    :param credential: a key, or a token credential.
    :keyword kwargs: what the client's constructor takes.
    :returns: the client, which already knows its model info.
    :raises ~azure.core.exceptions.ResourceNotFoundError: if the endpoint does not have this route.
    :raises ~azure.core.exceptions.HttpResponseError: for any other status than 200.
    :raises ValueError: if no client fits the model.
    """
    asking = InferenceClient(endpoint, credential, **kwargs)
    try:
        model_info = asking.get_model_info()
    except ResourceNotFoundError as error:
        set_message(error, operations.NOT_LOADABLE)
        raise
    finally:
        if kwargs.get("transport") is None:
            asking.close()
    client = _CLIENTS[operations.client_kind(model_info.get("model_type"))](endpoint, credential, **kwargs)
    client._model_info = model_info
    return client


class ChatCompletionsClient(ChatCompletionsClientOperationsMixin, InferenceClient):
    """Answers chats, whole or streamed.

    The settings given here hold for every call that does not say otherwise; :meth:`complete` describes them. Beyond
    them the constructor takes ``api_version``, ``credential_scopes`` and the options of azure-core's pipeline, such as
    ``headers``, ``timeout``, ``retry_total``, ``logging_enable`` and ``transport``.

    :param endpoint: the URL below which the routes of the service lie.
    :param credential: a key, which is sent with every request as it is then, or a token credential.
    :raises ValueError: if the endpoint or the credential is None, or the endpoint is no URL for a client, or for a
        ``response_format`` that the service does not know.
    :raises TypeError: if the credential is neither a key nor a token credential.
    """

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
    def complete(
        self, *, messages: Messages, stream: Literal[False] = False, **kwargs: Unpack[ChatCompletionsSettings]
    ) -> ChatCompletions: ...
    @overload
    def complete(
        self, *, messages: Messages, stream: Literal[True], **kwargs: Unpack[ChatCompletionsSettings]
    ) -> StreamingChatCompletions: ...
    @overload
    def complete(
        self, *, messages: Messages, stream: Optional[bool] = None, **kwargs: Unpack[ChatCompletionsSettings]
    ) -> Union[StreamingChatCompletions, ChatCompletions]: ...
    @overload
    def complete(
        self, body: Body, *, stream: Optional[bool] = None, **kwargs: Unpack[RequestOptions]
    ) -> Union[StreamingChatCompletions, ChatCompletions]: ...
    def complete(
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
    ) -> Union[StreamingChatCompletions, ChatCompletions]:
        """Answer a chat: ``POST /chat/completions``.

        Give the messages and the settings by name, or a ``body`` that is sent as it is, without the client's settings.
        Further keywords are options of azure-core's pipeline, for this call.

        :param body: the whole request: a mapping, or JSON as bytes or as a binary file.
        :keyword messages: the chat so far; the model writes the next message.
        :keyword stream: whether the answer is wanted in pieces as it is written.
        :keyword frequency_penalty: from -2 to 2: how much words are avoided the more the answer already has them.
        :keyword presence_penalty: from -2 to 2: how much words are avoided that the answer already has.
        :keyword temperature: from 0 to 1: how freely words are chosen. Change this or ``top_p``, not both.
        :keyword top_p: from 0 to 1: words are chosen among the likeliest that make up this share of the probability.
        :keyword max_tokens: the most tokens that the answer may have.
        :keyword response_format: ``"text"``, ``"json_object"``, a :class:`~azure.ai.inference.models.JsonSchemaFormat`,
            or the dictionary that the service takes.
        :keyword stop: texts at which the answer ends.
        :keyword tools: functions that the model may ask to be called.
        :keyword tool_choice: whether and which tools the model calls.
        :keyword seed: makes the service try to answer the same request the same way.
        :keyword model: the model to ask, where the endpoint serves several.
        :keyword model_extras: parameters beyond these, laid over the body; None removes one. The header
            ``extra-parameters: pass-through`` goes with them.
        :returns: the answer, or the stream of its updates if one was asked for.
        :raises TypeError: if there are no messages, or for a value that has no JSON form, or an unknown keyword.
        :raises ValueError: for NaN and infinity, or a ``response_format`` that the service does not know.
        :raises ~azure.core.exceptions.HttpResponseError: for any other status than 200;
            :mod:`azure.ai.inference.exceptions` has the kinds that are worth telling apart.
        :raises ~azure.core.exceptions.ServiceRequestError: if the service cannot be reached.
        :raises ~azure.core.exceptions.ServiceResponseError: if the answer does not come, or not in time.
        """
        if body is UNSET:
            call = settings_call(*chat_wire(messages, stream, locals(), self._settings))
        else:
            call = body_call(body, stream)
        return self._complete(call, **kwargs)


class EmbeddingsClient(EmbeddingsClientOperationsMixin, InferenceClient):
    """Makes vectors of texts.

    The settings given here hold for every call that does not say otherwise; :meth:`embed` describes them. Beyond them
    the constructor takes what that of :class:`ChatCompletionsClient` takes.

    :param endpoint: the URL below which the routes of the service lie.
    :param credential: a key, which is sent with every request as it is then, or a token credential.
    :raises ValueError: if the endpoint or the credential is None, or the endpoint is no URL for a client.
    :raises TypeError: if the credential is neither a key nor a token credential.
    """

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
    def embed(self, *, input: Sequence[str], **kwargs: Unpack[EmbeddingsSettings]) -> EmbeddingsResult: ...
    @overload
    def embed(self, body: Body, **kwargs: Unpack[RequestOptions]) -> EmbeddingsResult: ...
    @distributed_trace
    def embed(
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
        """Make vectors of texts: ``POST /embeddings``.

        Give the texts and the settings by name, or a ``body`` that is sent as it is, without the client's settings.
        Further keywords are options of azure-core's pipeline, for this call.

        :param body: the whole request: a mapping, or JSON as bytes or as a binary file.
        :keyword input: the texts; each makes a vector.
        :keyword dimensions: how many numbers a vector has, for models that let one choose.
        :keyword encoding_format: in which form vectors are sent; numbers, if left out.
        :keyword input_type: what the texts are for, for models that tell queries from documents.
        :keyword model: the model to ask, where the endpoint serves several.
        :keyword model_extras: parameters beyond these, laid over the body; None removes one. The header
            ``extra-parameters: pass-through`` goes with them.
        :returns: the vectors, in the order of the texts.
        :raises TypeError: if there is no input, or for a value that has no JSON form, or an unknown keyword.
        :raises ValueError: for NaN and infinity.
        :raises ~azure.core.exceptions.HttpResponseError: for any other status than 200;
            :mod:`azure.ai.inference.exceptions` has the kinds that are worth telling apart.
        :raises ~azure.core.exceptions.ServiceRequestError: if the service cannot be reached.
        :raises ~azure.core.exceptions.ServiceResponseError: if the answer does not come, or not in time.
        """
        if body is UNSET:
            call = settings_call(*embeddings_wire(input, locals(), self._settings))
        else:
            call = body_call(body)
        return self._embed(call, **kwargs)


class ImageEmbeddingsClient(ImageEmbeddingsClientOperationsMixin, InferenceClient):
    """Makes vectors of images.

    The settings given here hold for every call that does not say otherwise; :meth:`embed` describes them. Beyond them
    the constructor takes what that of :class:`ChatCompletionsClient` takes.

    :param endpoint: the URL below which the routes of the service lie.
    :param credential: a key, which is sent with every request as it is then, or a token credential.
    :raises ValueError: if the endpoint or the credential is None, or the endpoint is no URL for a client.
    :raises TypeError: if the credential is neither a key nor a token credential.
    """

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
    def embed(self, *, input: ImageInput, **kwargs: Unpack[EmbeddingsSettings]) -> EmbeddingsResult: ...
    @overload
    def embed(self, body: Body, **kwargs: Unpack[RequestOptions]) -> EmbeddingsResult: ...
    @distributed_trace
    def embed(
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
        """Make vectors of images, or of images with texts: ``POST /images/embeddings``.

        Its settings, options and errors are those of :meth:`EmbeddingsClient.embed`.

        :param body: the whole request: a mapping, or JSON as bytes or as a binary file.
        :keyword input: the images; each makes a vector.
        :returns: the vectors, in the order of the images.
        """
        if body is UNSET:
            call = settings_call(*embeddings_wire(input, locals(), self._settings))
        else:
            call = body_call(body)
        return self._embed(call, **kwargs)


_CLIENTS: Dict[str, Type[Union[ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient]]] = {
    operations.CHAT: ChatCompletionsClient,
    operations.EMBEDDINGS: EmbeddingsClient,
    operations.IMAGE_EMBEDDINGS: ImageEmbeddingsClient,
}
