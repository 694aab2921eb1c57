"""The synchronous clients, and the function that chooses one by the model of an endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Type, Union, overload

from azure.core.credentials import AzureKeyCredential, TokenCredential
from azure.core.exceptions import ResourceNotFoundError
from typing_extensions import Literal, Self, Unpack

from azure.ai.inference._chat_client import ChatClient
from azure.ai.inference._client import InferenceClient
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
    PromptSource,
    RequestKeywords,
    TextInput,
    TextSource,
)
from azure.ai.inference.models._models import ChatCompletions, EmbeddingsResult, FilePath, ImageGenerations

if TYPE_CHECKING:
    from azure.ai.inference._streaming import StreamingChatCompletions
    from azure.ai.inference.runs._plan import OnError, Progress
    from azure.ai.inference.runs._shell import ChatRun, EmbeddingsRun
else:  # imported by runs and streams; ``typing.get_type_hints`` shows Any
    ChatRun = EmbeddingsRun = OnError = Progress = StreamingChatCompletions = Any

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


class ChatCompletionsClient(ChatClient):
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

    @classmethod
    def from_environment(cls, /, **kwargs: Unpack[ChatClientKeywords]) -> Self:
        """Return a client for the endpoint, the key and the model of the environment.

        They are in ``AZURE_AI_CHAT_ENDPOINT``, ``AZURE_AI_CHAT_KEY`` and ``AZURE_AI_CHAT_MODEL``; only the model may be
        unset. Hosts of Azure get a token in place of an unset key, by azure-identity's ``DefaultAzureCredential``.

        :raises ValueError: for a variable that is not set, with its name.
        """
        return cls._from_variables(hide(kwargs))

    def with_options(self, **overrides: Unpack[ChatKeywords]) -> Self:
        """Return a copy with other settings and options, on the same connections and with the same limiter.

        The values of a call come first, then those of the copy, then those of this client. ``headers`` and
        ``model_extras`` are merged over those of this client, key by key. Closing the copy does nothing.

        :raises TypeError: for an option that only the constructor accepts, and for an unknown keyword.
        """
        return self._with_overrides({**overrides})

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
        return self._invoke(CHAT, body, {"messages": messages, "stream": stream}, kwargs)

    @keywords_of(ChatCompletionsSettings)
    def complete_many(
        self,
        prompts: PromptSource,
        *,
        max_concurrency: int = 8,
        in_order: bool = True,
        on_error: OnError = "raise",
        progress: Progress = False,
        checkpoint: Optional[FilePath] = None,
        **kwargs: Unpack[ChatKeywords],
    ) -> ChatRun:
        """Complete many chats, several at once: returns at once, and sends nothing yet.

        Iterate over the run for one outcome at a time, or call its ``collect()`` for all at once. Prompts are pulled
        just ahead, so there may be more than fit into memory.

        :keyword prompts: the chats: a list of messages each, or a text for a single user message; or a dictionary of
            ``messages`` and settings, which override those of the call. Other keys are sent as they are.
        :keyword max_concurrency: the most requests in flight.
        :keyword in_order: whether outcomes come in the order of the prompts, or as soon as each is done.
        :keyword on_error: ``raise`` ends the run with the error of the first prompt that fails, which has its place as
            ``input_index``. ``keep`` puts each error into its outcome, and goes on.
        :keyword progress: True for a bar on stderr, or a function that is called with the progress after each outcome.
        :keyword checkpoint: a file that keeps the responses, so that a run with the same settings continues where an
            earlier one ended.
        :returns: the run. Close it, or use it in a ``with`` statement, to end it early.
        :raises TypeError: if ``prompts`` is one text, or not iterable, and for an argument of a wrong type.
        :raises ValueError: for a number below 1, an unknown ``on_error``, or the checkpoint of another run.
        :raises ImportError: for ``progress=True`` without tqdm.
        :raises BlockingIOError: if another run uses the checkpoint.
        """
        from azure.ai.inference.runs._plan import RunOptions, plan_chats
        from azure.ai.inference.runs._shell import ChatRun

        options = RunOptions(max_concurrency, in_order, on_error, progress, checkpoint)
        return ChatRun(prompts, plan_chats(self, kwargs, options))


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

    @classmethod
    def from_environment(cls, /, **kwargs: Unpack[EmbeddingsClientKeywords]) -> Self:
        """Return a client for the endpoint, the key and the model of the environment.

        They are in ``AZURE_AI_EMBEDDINGS_ENDPOINT``, ``_KEY`` and ``_MODEL``. See
        :meth:`ChatCompletionsClient.from_environment`.
        """
        return cls._from_variables(hide(kwargs))

    def with_options(self, **overrides: Unpack[EmbeddingsKeywords]) -> Self:
        """Return a copy with other settings and options. See :meth:`ChatCompletionsClient.with_options`."""
        return self._with_overrides({**overrides})

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
        return self._invoke(EMBED, body, {"input": input}, kwargs)

    @keywords_of(EmbeddingsSettings)
    def embed_many(
        self,
        input: TextSource,
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
    ) -> EmbeddingsRun:
        """Embed many texts, in batches and several at once: returns at once, and sends nothing yet.

        Iterate over the run for one batch of vectors at a time, or call its ``collect()`` for all at once. Inputs are
        pulled just ahead, so there may be more than fit into memory. Base64 is requested unless ``encoding_format`` is
        given. A batch that the service refuses is halved, until the inputs that it refuses are found.

        :keyword input: the texts, each of which gets a vector.
        :keyword batch_size: the most texts in a request.
        :keyword batch_tokens: the most tokens in a request. A longer text is sent alone.
        :keyword count_tokens: returns the tokens of a text; by default its bytes in UTF-8, which are more.
        :keyword max_concurrency: the most requests in flight.
        :keyword in_order: whether batches come in the order of the texts, or as soon as each is done.
        :keyword on_error: ``raise`` ends the run with the error of the first text that fails, which has its place as
            ``input_index``. ``keep`` puts errors into the batch, and goes on.
        :keyword progress: True for a bar on stderr, or a function that is called with the progress after each batch.
        :keyword checkpoint: a file that keeps the responses, so that a run with the same settings continues where an
            earlier one ended.
        :returns: the run. Close it, or use it in a ``with`` statement, to end it early.
        :raises TypeError: if ``input`` is one text, or not iterable, and for an argument of a wrong type.
        :raises ValueError: for a number below 1, an unknown ``on_error``, or the checkpoint of another run.
        :raises ImportError: for ``progress=True`` without tqdm.
        :raises BlockingIOError: if another run uses the checkpoint.
        """
        from azure.ai.inference.runs._plan import RunOptions, TextBatches, plan_texts
        from azure.ai.inference.runs._shell import EmbeddingsRun

        options = RunOptions(max_concurrency, in_order, on_error, progress, checkpoint)
        batches = TextBatches(batch_size, batch_tokens, count_tokens)
        return EmbeddingsRun(input, plan_texts(self, kwargs, options, batches))


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

    @classmethod
    def from_environment(cls, /, **kwargs: Unpack[EmbeddingsClientKeywords]) -> Self:
        """Return a client for the endpoint, the key and the model of the environment.

        They are in ``AZURE_AI_IMAGE_EMBEDDINGS_ENDPOINT``, ``_KEY`` and ``_MODEL``. See
        :meth:`ChatCompletionsClient.from_environment`.
        """
        return cls._from_variables(hide(kwargs))

    def with_options(self, **overrides: Unpack[EmbeddingsKeywords]) -> Self:
        """Return a copy with other settings and options. See :meth:`ChatCompletionsClient.with_options`."""
        return self._with_overrides({**overrides})

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
        return self._invoke(EMBED_IMAGES, body, {"input": input}, kwargs)

    @keywords_of(EmbeddingsSettings)
    def embed_many(
        self,
        input: ImageSource,
        *,
        batch_size: int = 1,
        max_concurrency: int = 8,
        in_order: bool = True,
        on_error: OnError = "raise",
        progress: Progress = False,
        checkpoint: Optional[FilePath] = None,
        **kwargs: Unpack[EmbeddingsKeywords],
    ) -> EmbeddingsRun:
        """Embed many images, or images with texts: returns at once, and sends nothing yet.

        Its run, options and errors are those of :meth:`EmbeddingsClient.embed_many`.

        :keyword input: the images, each of which gets a vector.
        :keyword batch_size: the most images in a request.
        :keyword max_concurrency: the most requests in flight.
        :keyword in_order: whether batches come in the order of the images, or as soon as each is done.
        :keyword on_error: whether to ``raise`` the error of the first image that fails, or to ``keep`` errors.
        :keyword progress: True for a bar on stderr, or a function that is called with the progress after each batch.
        :keyword checkpoint: a file that keeps the responses.
        :returns: the run.
        """
        from azure.ai.inference.runs._plan import RunOptions, plan_images
        from azure.ai.inference.runs._shell import EmbeddingsRun

        options = RunOptions(max_concurrency, in_order, on_error, progress, checkpoint)
        return EmbeddingsRun(input, plan_images(self, kwargs, options, batch_size))


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

    @classmethod
    def from_environment(cls, /, **kwargs: Unpack[ImageGenerationClientKeywords]) -> Self:
        """Return a client for the endpoint, the key and the model of the environment.

        They are in ``AZURE_AI_IMAGES_ENDPOINT``, ``_KEY`` and ``_MODEL``. See
        :meth:`ChatCompletionsClient.from_environment`.
        """
        return cls._from_variables(hide(kwargs))

    def with_options(self, **overrides: Unpack[ImageGenerationKeywords]) -> Self:
        """Return a copy with other settings and options. See :meth:`ChatCompletionsClient.with_options`."""
        return self._with_overrides({**overrides})

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
        return self._invoke(GENERATE_IMAGES, body, {"prompt": prompt}, kwargs)


_CLIENTS: Dict[
    Operation, Type[Union[ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient, ImageGenerationClient]]
] = {
    CHAT: ChatCompletionsClient,
    EMBED: EmbeddingsClient,
    EMBED_IMAGES: ImageEmbeddingsClient,
    GENERATE_IMAGES: ImageGenerationClient,
}
