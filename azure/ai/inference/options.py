"""The keywords of the clients' methods, each said once: the options of the pipeline, and the settings of calls.

Type checkers read them; at run time nothing needs them.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional, Sequence, Tuple, Union

from azure.core.pipeline import PipelineRequest, PipelineResponse
from typing_extensions import TypedDict

from azure.ai.inference._core.body import ResponseFormat, ToolChoice, Tools
from azure.ai.inference.models._enums import EmbeddingEncodingFormat, EmbeddingInputType


class RequestOptions(TypedDict, total=False):
    """The options of azure-core's pipeline that every method takes."""

    api_version: str
    """The version of the REST API, in place of the client's."""
    cls: Callable[[PipelineResponse[Any, Any], Any, Mapping[str, str]], Any]
    """Called with the pipeline's response, the result and the headers; what it returns becomes the result."""
    connection_cert: Optional[Union[str, Tuple[str, str]]]
    """A client certificate: the path of one file, or of a certificate and its key."""
    connection_timeout: float
    """Seconds to wait for a connection."""
    connection_verify: Union[bool, str]
    """Whether to check the server's certificate, or the path of the certificates to check it with."""
    content_type: Optional[str]
    """The media type of the body, in place of ``application/json``."""
    cookies: Mapping[str, str]
    """Cookies to send."""
    error_map: Optional[Mapping[int, Any]]
    """Exceptions for statuses, each called with ``response=``, ahead of the library's own."""
    headers: Optional[Mapping[str, str]]
    """Headers to send, over those of the client."""
    logging_body: bool
    """Whether bodies are logged when ``logging_enable`` is."""
    logging_enable: bool
    """Whether headers and bodies are logged in full, at level DEBUG: keys and messages too."""
    merge_span: bool
    """Whether the spans of azure-core's decorators are merged into the caller's."""
    params: Optional[Mapping[str, Any]]
    """Query parameters to send."""
    permit_redirects: bool
    """Whether redirects are followed."""
    proxies: Mapping[str, str]
    """Proxies by scheme, over those of the environment."""
    raw_request_hook: Callable[[PipelineRequest[Any]], Any]
    """Called with the request before it is sent."""
    raw_response_hook: Callable[[PipelineResponse[Any, Any]], Any]
    """Called with the response when it has come."""
    read_timeout: float
    """Seconds to wait for the next bytes of the answer."""
    redirect_max: int
    """How many redirects are followed."""
    request_id: Optional[str]
    """The value of the header ``x-ms-client-request-id``."""
    response_encoding: str
    """The encoding of the answer, whatever its headers say."""
    retry_backoff_factor: float
    """Seconds before the first retry; each further wait is twice as long."""
    retry_backoff_max: float
    """Seconds that no wait between retries exceeds."""
    retry_connect: int
    """How often a request that could not be sent is tried again."""
    retry_on_methods: Sequence[str]
    """HTTP methods that may be sent twice, also when the first request may have had its effect."""
    retry_read: int
    """How often a request is tried again whose answer did not come."""
    retry_status: int
    """How often a request is tried again that was answered with a status such as 503."""
    retry_total: int
    """How often a request is tried again for whatever reason; 0 switches retries off."""
    timeout: Optional[float]
    """Seconds for the whole call: connecting, retries, the waits between them, and reading the answer or stream."""
    tracing_options: Mapping[str, Any]
    """azure-core's options for the spans of this call."""
    user_agent: str
    """Text to put ahead of the User-Agent header."""


class ChatCompletionsSettings(RequestOptions, total=False):
    """What a chat completion is asked for with. A setting that is None is not sent, and the service's default holds."""

    frequency_penalty: Optional[float]
    """From -2 to 2: how much words are avoided the more the answer already has them."""
    presence_penalty: Optional[float]
    """From -2 to 2: how much words are avoided that the answer already has."""
    temperature: Optional[float]
    """From 0 to 1: how freely words are chosen. Change this or ``top_p``, not both."""
    top_p: Optional[float]
    """From 0 to 1: words are chosen among the likeliest that make up this share of the probability."""
    max_tokens: Optional[int]
    """The most tokens that the answer may have."""
    response_format: Optional[ResponseFormat]
    """``"text"``, ``"json_object"``, a :class:`JsonSchemaFormat`, or the dictionary that the service takes."""
    stop: Optional[Sequence[str]]
    """Texts at which the answer ends."""
    tools: Optional[Tools]
    """Functions that the model may ask to be called."""
    tool_choice: Optional[ToolChoice]
    """Whether and which tools the model calls."""
    seed: Optional[int]
    """Makes the service try to answer the same request the same way."""
    model: Optional[str]
    """The model to ask, where the endpoint serves several."""
    model_extras: Optional[Mapping[str, Any]]
    """Parameters beyond these, laid over the body; the header ``extra-parameters: pass-through`` goes with them."""


class EmbeddingsSettings(RequestOptions, total=False):
    """What embeddings are asked for with. A setting that is None is not sent, and the service's default holds."""

    dimensions: Optional[int]
    """How many numbers a vector has, for models that let one choose."""
    encoding_format: Optional[Union[str, EmbeddingEncodingFormat]]
    """In which form vectors are sent; numbers, if left out."""
    input_type: Optional[Union[str, EmbeddingInputType]]
    """What the inputs are for, for models that tell queries from documents."""
    model: Optional[str]
    """The model to ask, where the endpoint serves several."""
    model_extras: Optional[Mapping[str, Any]]
    """Parameters beyond these, laid over the body; the header ``extra-parameters: pass-through`` goes with them."""
