"""The list of all keywords of the clients: settings go into the body of a request, options to the pipeline or client.

Each is a key of one of these classes and is documented there. Signatures, the order of a body, the documentation of the
methods and the public classes of `options` follow from them.
"""

from __future__ import annotations

import logging
from typing import IO, TYPE_CHECKING, Any, Callable, Dict, Iterable, Mapping, Optional, Protocol, Sequence, Tuple, Union

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import RetryMode
from typing_extensions import Literal

from azure.ai.inference.models._enums import (
    ChatCompletionsToolChoicePreset,
    EmbeddingEncodingFormat,
    EmbeddingInputType,
    EndpointKind,
)
from azure.ai.inference.models._models import (
    ChatCompletionsCustomToolDefinition,
    ChatCompletionsNamedToolChoice,
    ChatCompletionsToolDefinition,
    ImageEmbeddingInput,
    JsonSchemaFormat,
)

__all__ = [
    "ChatClientOptions",
    "ChatCompletionsSettings",
    "ChatRequestOptions",
    "ChatSettings",
    "ClientOptions",
    "EmbeddingsClientOptions",
    "EmbeddingsSettings",
    "ImageGenerationClientOptions",
    "ImageGenerationSettings",
    "ParseSettings",
    "RequestOptions",
]

if TYPE_CHECKING:
    from _collections_abc import dict_keys

    from typing_extensions import TypedDict

    from azure.ai.inference._pipeline.limiter import AdaptiveLimiter

    class PlainObject(Protocol):
        """A dict or a TypedDict, but no model: a function is not a tool, even though both are mappings."""

        def keys(self) -> dict_keys[str, Any]:
            """Return the keys, of a type that no other mapping has."""
            ...

else:
    AdaptiveLimiter = Any  # it is loaded by the programs that use it
    PlainObject = Dict[str, Any]

    class TypedDict:
        """Stands for the real one, which would take 2% of the time to import the package. `options` has the real ones.

        Annotations stay texts here. Those of a class include those of its bases, as the real one's do.
        """

        __annotations__ = {}

        def __init_subclass__(cls, total: bool) -> None:
            annotations = {}
            for kind in (*cls.__bases__, cls):
                annotations.update(kind.__annotations__)
            cls.__annotations__ = annotations


Body = Union[Mapping[str, Any], bytes, IO[bytes]]
ImageInput = Sequence[Union[ImageEmbeddingInput, Mapping[str, Any]]]
Messages = Sequence[Mapping[str, Any]]
ImageSource = Iterable[Union[ImageEmbeddingInput, Mapping[str, Any]]]
Prompt = Union[str, Messages, PlainObject]
PromptSource = Iterable[Prompt]
TextSource = Iterable[str]
TextInput = Union[str, Sequence[str], Sequence[int], Sequence[Sequence[int]]]
ResponseFormat = Union[Literal["text", "json_object"], JsonSchemaFormat, Mapping[str, Any]]


class RequestOptions(TypedDict, total=False):
    """Options of the pipeline that every method accepts; most of them are constructor options too.

    :keyword api_version: the version of the REST API, in place of the client's.
    :keyword cls: called with the pipeline's response, the result and the headers; its return value becomes the result.
    :keyword connection_cert: a client certificate: the path of one file, or of a certificate and its key.
    :keyword connection_timeout: the longest wait for a connection, in seconds.
    :keyword connection_verify: whether to verify the server's certificate, or the path of the certificates to trust.
    :keyword content_type: the media type of the body, in place of ``application/json``.
    :keyword cookies: cookies to send.
    :keyword enforce_https: whether to refuse to send tokens over plain HTTP.
    :keyword error_map: exceptions for statuses, each called with ``response=``, in place of the library's own.
    :keyword headers: headers to send with those of the client, over which they take precedence.
    :keyword http_logging_level: the level of the log records of requests and responses.
    :keyword logger: the logger of requests and responses.
    :keyword logging_body: whether bodies are logged when ``logging_enable`` is set.
    :keyword logging_enable: whether to log whole headers and bodies at level DEBUG, keys and messages included.
    :keyword merge_span: whether azure-core's INTERNAL span is left out in favor of the caller's span.
    :keyword params: query parameters to send.
    :keyword permit_redirects: whether to follow redirects.
    :keyword proxies: proxies by scheme, which take precedence over those of the environment.
    :keyword raw_request_hook: called with the request before it is sent.
    :keyword raw_response_hook: called with the response when it has arrived.
    :keyword read_timeout: the longest wait for the next bytes of the response, in seconds.
    :keyword redirect_max: the maximum number of redirects to follow.
    :keyword request_id: the value of the header ``x-ms-client-request-id``.
    :keyword response_encoding: the encoding of the response, in place of the one in its headers.
    :keyword retry_after_max: the longest wait that a response may ask for, in seconds; 120 by default. A response that
        asks for more is not retried.
    :keyword retry_backoff_factor: seconds before the first retry; each further wait is twice as long. 0.8 by default,
        and 0.25 if no connection could be made.
    :keyword retry_backoff_max: the longest wait before a retry, in seconds.
    :keyword retry_connect: the maximum number of retries of requests that could not be sent.
    :keyword retry_mode: whether the waits before retries grow.
    :keyword retry_on_methods: HTTP methods to retry even if the first request may have had its effect.
    :keyword retry_read: the maximum number of retries of requests that got no response.
    :keyword retry_status: the maximum number of retries of requests that got a status such as 503.
    :keyword retry_total: the maximum number of retries for any reason; 0 turns retries off.
    :keyword timeout: seconds for the whole call: connecting, retries, waits, and reading the response or stream.
    :keyword tracing_options: azure-core's options for the spans of this call.
    :keyword user_agent: text to put before the User-Agent header.
    """

    api_version: str
    cls: Callable[[PipelineResponse[Any, Any], Any, Mapping[str, str]], Any]
    connection_cert: Optional[Union[str, Tuple[str, str]]]
    connection_timeout: float
    connection_verify: Union[bool, str]
    content_type: Optional[str]
    cookies: Mapping[str, str]
    enforce_https: bool
    error_map: Optional[Mapping[int, Any]]
    headers: Optional[Mapping[str, str]]
    http_logging_level: int
    logger: logging.Logger
    logging_body: bool
    logging_enable: bool
    merge_span: bool
    params: Optional[Mapping[str, Any]]
    permit_redirects: bool
    proxies: Mapping[str, str]
    raw_request_hook: Callable[[PipelineRequest[Any]], Any]
    raw_response_hook: Callable[[PipelineResponse[Any, Any]], Any]
    read_timeout: float
    redirect_max: int
    request_id: Optional[str]
    response_encoding: str
    retry_after_max: Optional[float]
    retry_backoff_factor: float
    retry_backoff_max: float
    retry_connect: int
    retry_mode: Union[str, RetryMode]
    retry_on_methods: Sequence[str]
    retry_read: int
    retry_status: int
    retry_total: int
    timeout: Optional[float]
    tracing_options: Mapping[str, Any]
    user_agent: str


class ChatRequestOptions(RequestOptions, total=False):
    """Options of a call for chat completions.

    :keyword split_reasoning: whether to move a ``<think>`` block from the content of a completion, whole or streamed,
        to ``reasoning_content``. Constructors accept it too.
    """

    split_reasoning: bool


class ChatSettings(ChatRequestOptions, total=False):
    """Settings of every chat completion. None leaves a setting out: the client's default applies, else the service's.

    :keyword frequency_penalty: from -2 to 2: the penalty for a token grows with each time it has been written.
    :keyword presence_penalty: from -2 to 2: the penalty for a token that has been written at all.
    :keyword temperature: from 0 to 1: the randomness of the completion. Change this or ``top_p``, not both.
    :keyword top_p: from 0 to 1: the share of probability from which tokens are sampled.
    :keyword max_tokens: the maximum number of tokens in the completion.
    :keyword stop: one or more texts that end the completion.
    :keyword tool_choice: whether the model calls tools, and which.
    :keyword seed: a number with which the service tries to return equal completions for equal requests.
    :keyword model: the model to use, if the endpoint serves several.
    :keyword model_extras: parameters beyond these, merged into the body; None removes one. The header
        ``extra-parameters: pass-through`` goes with them.
    :keyword audio: voice and format of audio output, with the modality ``audio``.
    :keyword data_sources: data for the model to search (Azure OpenAI On Your Data).
    :keyword logit_bias: from -100 to 100 for each token id: its bias when tokens are sampled.
    :keyword logprobs: whether to return the log probabilities of the tokens written.
    :keyword max_completion_tokens: the maximum number of tokens in the completion, reasoning included.
    :keyword metadata: up to 16 pairs of text to store with the completion.
    :keyword modalities: the kinds of output: ``text``, ``audio``.
    :keyword moderation: the moderation of the request by a model of the service.
    :keyword n: from 1 to 128: the number of choices.
    :keyword parallel_tool_calls: whether the model may call several tools at once.
    :keyword prediction: text that much of the completion is expected to match.
    :keyword prompt_cache_key: a key that makes similar prompts share the service's cache.
    :keyword prompt_cache_options: how the service's cache of prompts is used.
    :keyword prompt_cache_retention: how long the service caches the prompt: ``in_memory`` or ``24h``.
    :keyword reasoning_effort: the effort of reasoning models. See
        :class:`~azure.ai.inference.models.ReasoningEffort`.
    :keyword safety_identifier: a stable identifier of the end user, by which the service detects abuse.
    :keyword service_tier: the tier that processes the request. See :class:`~azure.ai.inference.models.ServiceTier`.
    :keyword store: whether the service stores the completion.
    :keyword stream_options: options of a stream, such as ``{"include_usage": True}``.
    :keyword top_logprobs: from 0 to 20: the number of likely tokens to return at each place, with ``logprobs``.
    :keyword user: an identifier of the end user.
    :keyword user_security_context: the end user and application, for Microsoft Defender.
    :keyword verbosity: the length of the completion. See :class:`~azure.ai.inference.models.Verbosity`.
    :keyword web_search_options: options of the service's web search.
    """

    frequency_penalty: Optional[float]
    presence_penalty: Optional[float]
    temperature: Optional[float]
    top_p: Optional[float]
    max_tokens: Optional[int]
    stop: Optional[Union[str, Sequence[str]]]
    tool_choice: Optional[
        Union[str, ChatCompletionsToolChoicePreset, ChatCompletionsNamedToolChoice, Mapping[str, Any]]
    ]
    seed: Optional[int]
    model: Optional[str]
    model_extras: Optional[Mapping[str, Any]]
    audio: Optional[Mapping[str, Any]]
    data_sources: Optional[Sequence[Mapping[str, Any]]]
    logit_bias: Optional[Mapping[str, float]]
    logprobs: Optional[bool]
    max_completion_tokens: Optional[int]
    metadata: Optional[Mapping[str, str]]
    modalities: Optional[Sequence[str]]
    moderation: Optional[Mapping[str, Any]]
    n: Optional[int]
    parallel_tool_calls: Optional[bool]
    prediction: Optional[Mapping[str, Any]]
    prompt_cache_key: Optional[str]
    prompt_cache_options: Optional[Mapping[str, Any]]
    prompt_cache_retention: Optional[str]
    reasoning_effort: Optional[str]
    safety_identifier: Optional[str]
    service_tier: Optional[str]
    store: Optional[bool]
    stream_options: Optional[Mapping[str, Any]]
    top_logprobs: Optional[int]
    user: Optional[str]
    user_security_context: Optional[Mapping[str, Any]]
    verbosity: Optional[str]
    web_search_options: Optional[Mapping[str, Any]]


class ParseSettings(ChatSettings, total=False):
    """Settings of a chat completion that is parsed.

    :keyword tools: functions that the model may call.
    """

    tools: Optional[Sequence[Union[ChatCompletionsToolDefinition, ChatCompletionsCustomToolDefinition, PlainObject]]]


class ChatCompletionsSettings(ParseSettings, total=False):
    """Settings of a chat completion.

    :keyword response_format: ``"text"``, ``"json_object"``, a :class:`~azure.ai.inference.models.JsonSchemaFormat`,
        or the dictionary that the service accepts.
    """

    response_format: Optional[ResponseFormat]


class EmbeddingsSettings(RequestOptions, total=False):
    """Settings of embeddings. None leaves a setting out: the client's default applies, else the service's.

    :keyword dimensions: the number of dimensions of each vector, for models that offer a choice.
    :keyword encoding_format: the format of the vectors; the service's default is floats.
    :keyword input_type: the purpose of the inputs, for models that treat queries and documents differently.
    :keyword model: the model to use, if the endpoint serves several.
    :keyword model_extras: parameters beyond these, merged into the body; None removes one. The header
        ``extra-parameters: pass-through`` goes with them.
    :keyword user: an identifier of the end user.
    """

    dimensions: Optional[int]
    encoding_format: Optional[Union[str, EmbeddingEncodingFormat]]
    input_type: Optional[Union[str, EmbeddingInputType]]
    model: Optional[str]
    model_extras: Optional[Mapping[str, Any]]
    user: Optional[str]


class ImageGenerationSettings(RequestOptions, total=False):
    """Settings of an image generation. None leaves a setting out: the client's default applies, else the service's.

    :keyword background: the background of the images: ``transparent``, ``opaque`` or ``auto``.
    :keyword image_prompt: an image for the model to start from: an
        :class:`~azure.ai.inference.models.ImagePrompt`, or its fields.
    :keyword model: the model to use, if the endpoint serves several.
    :keyword model_extras: parameters beyond these, merged into the body; None removes one. The header
        ``extra-parameters: pass-through`` goes with them.
    :keyword moderation: how strictly the service filters images: ``low`` or ``auto``.
    :keyword n: from 1 to 10: the number of images.
    :keyword negative_prompt: what the images must not show.
    :keyword output_compression: from 0 to 100: the compression of JPEG and WebP images, in percent.
    :keyword output_format: the format of the images, such as ``png`` or ``jpeg``.
    :keyword quality: the quality of the images, such as ``standard``, ``hd``, ``low`` or ``high``.
    :keyword response_format: whether to return images (``b64_json``) or their URLs (``url``); some models return images
        only, and refuse it.
    :keyword safety_identifier: a stable identifier of the end user, by which the service detects abuse.
    :keyword seed: a number with which the service tries to return equal images for equal requests.
    :keyword size: the size of the images, such as ``1024x1024``, or ``{"width": 1024, "height": 1024}``.
    :keyword style: the style of the images: ``vivid`` or ``natural``.
    :keyword user: an identifier of the end user.
    """

    background: Optional[str]
    image_prompt: Optional[Mapping[str, Any]]
    model: Optional[str]
    model_extras: Optional[Mapping[str, Any]]
    moderation: Optional[str]
    n: Optional[int]
    negative_prompt: Optional[str]
    output_compression: Optional[int]
    output_format: Optional[str]
    quality: Optional[str]
    response_format: Optional[str]
    safety_identifier: Optional[str]
    seed: Optional[int]
    size: Optional[Union[str, Mapping[str, int]]]
    style: Optional[str]
    user: Optional[str]


class ClientOptions(TypedDict, total=False):
    """Options that only the constructors of the clients accept.

    :keyword additional_allowed_query_params: query parameters that logs and spans may show.
    :keyword authentication_policy: replaces the policy that sends the credential.
    :keyword auto_request_id: whether requests without a request id get one.
    :keyword base_headers: headers to send; those in ``headers`` take precedence.
    :keyword base_user_agent: replaces the User-Agent header.
    :keyword blocked_redirect_headers: headers to remove when a redirect leads to another host.
    :keyword config: azure-core's configuration of the pipeline client.
    :keyword connection_data_block_size: bytes to read at a time.
    :keyword credential_scopes: the scopes of the tokens to request from a token credential.
    :keyword custom_hook_policy: replaces the policy that calls ``raw_request_hook`` and ``raw_response_hook``.
    :keyword disable_redirect_cleanup: whether to keep sensitive headers when a redirect leads to another host.
    :keyword enable_cae: whether to request tokens for Continuous Access Evaluation.
    :keyword endpoint_kind: the rules that the endpoint follows, in place of those that its URL implies. See
        :class:`~azure.ai.inference.models.EndpointKind`.
    :keyword headers_policy: replaces the policy that adds ``headers``.
    :keyword http_logging_policy: replaces the policy that logs requests and responses, without secrets.
    :keyword instrumentation_config: the name and version of the library on the spans of HTTP requests.
    :keyword limiter: the limiter of the requests, which clients may share. See
        :class:`~azure.ai.inference.runs.AdaptiveLimiter`.
    :keyword logging_policy: replaces the policy of ``logging_enable``.
    :keyword loop: the event loop of the asynchronous transport, which otherwise finds it itself.
    :keyword max_connections: the maximum number of open connections; calls wait for a free one. By default a
        synchronous client opens as many as it needs and keeps 512, an asynchronous one opens 1,000 at most.
    :keyword network_span_namer: called with the HTTP request to name its span.
    :keyword per_call_policies: policies to add before the retry policy.
    :keyword per_retry_policies: policies to add after the retry policy.
    :keyword pipeline: replaces the whole pipeline, transport included.
    :keyword policies: replaces the policies of the pipeline.
    :keyword proxy_policy: replaces the policy that passes on ``proxies``.
    :keyword redirect_on_status_codes: statuses of redirects to follow, beside the usual ones.
    :keyword redirect_policy: replaces the policy that follows redirects.
    :keyword redirect_remove_headers: headers to remove when a redirect is followed.
    :keyword request_id_header_name: the name of the request id header.
    :keyword request_id_policy: replaces the policy that adds request ids.
    :keyword retry_on_status_codes: statuses to retry, beside the usual ones.
    :keyword retry_policy: replaces the policy that retries requests.
    :keyword sdk_moniker: the name and version of the library in the User-Agent header.
    :keyword session: the session of the HTTP library to send with.
    :keyword session_owner: whether closing the client closes ``session``.
    :keyword tracing_attributes: attributes of the spans of HTTP requests.
    :keyword transport: replaces the transport.
    :keyword use_env_settings: whether the environment may name proxies and certificates.
    :keyword user_agent_overwrite: whether ``user_agent`` replaces the User-Agent header.
    :keyword user_agent_policy: replaces the policy that adds the User-Agent header.
    :keyword user_agent_use_env: whether ``AZURE_HTTP_USER_AGENT`` is added to the User-Agent header.
    """

    additional_allowed_query_params: Sequence[str]
    authentication_policy: Any
    auto_request_id: bool
    base_headers: Mapping[str, str]
    base_user_agent: str
    blocked_redirect_headers: Sequence[str]
    config: Any
    connection_data_block_size: int
    credential_scopes: Optional[Sequence[str]]
    custom_hook_policy: Any
    disable_redirect_cleanup: bool
    enable_cae: bool
    endpoint_kind: Optional[Union[str, EndpointKind]]
    headers_policy: Any
    http_logging_policy: Any
    instrumentation_config: Mapping[str, Any]
    limiter: Optional[AdaptiveLimiter]
    logging_policy: Any
    loop: Any
    max_connections: Optional[int]
    network_span_namer: Callable[[Any], str]
    per_call_policies: Any
    per_retry_policies: Any
    pipeline: Any
    policies: Any
    proxy_policy: Any
    redirect_on_status_codes: Sequence[int]
    redirect_policy: Any
    redirect_remove_headers: Sequence[str]
    request_id_header_name: str
    request_id_policy: Any
    retry_on_status_codes: Sequence[int]
    retry_policy: Any
    sdk_moniker: str
    session: Any
    session_owner: bool
    tracing_attributes: Mapping[str, Any]
    transport: Any
    use_env_settings: bool
    user_agent_overwrite: bool
    user_agent_policy: Any
    user_agent_use_env: bool


class ChatClientOptions(ChatCompletionsSettings, ClientOptions, total=False):
    """Keywords of the constructors of chat completions clients."""


class EmbeddingsClientOptions(EmbeddingsSettings, ClientOptions, total=False):
    """Keywords of the constructors of embeddings clients."""


class ImageGenerationClientOptions(ImageGenerationSettings, ClientOptions, total=False):
    """Keywords of the constructors of image generation clients."""


# As type checkers see them, in the signatures of methods and constructors. The classes above stay open, since programs
# extend them. These are closed: otherwise ty accepts any other keyword, a misspelt one too.
if TYPE_CHECKING:

    class RequestKeywords(RequestOptions, total=False, closed=True):
        """Keywords of a method that has options only."""

    class ChatBodyKeywords(ChatRequestOptions, total=False, closed=True):
        """Keywords of a chat completion with a body of the caller's."""

    class ChatKeywords(ChatCompletionsSettings, total=False, closed=True):
        """Keywords of a chat completion."""

    class ParseKeywords(ParseSettings, total=False, closed=True):
        """Keywords of a chat completion that is parsed."""

    class ToolRunKeywords(ChatSettings, total=False, closed=True):
        """Keywords of a tool run."""

    class ChatClientKeywords(ChatClientOptions, total=False, closed=True):
        """Keywords of the constructors of chat completions clients."""

    class EmbeddingsKeywords(EmbeddingsSettings, total=False, closed=True):
        """Keywords of embeddings."""

    class EmbeddingsClientKeywords(EmbeddingsClientOptions, total=False, closed=True):
        """Keywords of the constructors of embeddings clients."""

    class ImageGenerationKeywords(ImageGenerationSettings, total=False, closed=True):
        """Keywords of an image generation."""

    class ImageGenerationClientKeywords(ImageGenerationClientOptions, total=False, closed=True):
        """Keywords of the constructors of image generation clients."""

else:
    RequestKeywords = RequestOptions
    ChatBodyKeywords = ChatRequestOptions
    ChatKeywords = ChatCompletionsSettings
    ParseKeywords = ParseSettings
    ToolRunKeywords = ChatSettings
    ChatClientKeywords = ChatClientOptions
    EmbeddingsKeywords = EmbeddingsSettings
    EmbeddingsClientKeywords = EmbeddingsClientOptions
    ImageGenerationKeywords = ImageGenerationSettings
    ImageGenerationClientKeywords = ImageGenerationClientOptions
