"""The objects of the REST API, one class each: first those that callers write, then those that services send.

Annotations are resolved at run time, so they keep to what Python 3.8 can evaluate.
"""

from __future__ import annotations

import base64
import datetime
import os
from typing import TYPE_CHECKING, Any, Dict, List, Literal, Mapping, Optional, Sequence, Type, TypeVar, Union, overload

from typing_extensions import Self

from azure.ai.inference._model_base import (
    RequestModel,
    ResponseModel,
    beside,
    derived,
    indented,
    rest_constant,
    rest_discriminator,
    rest_field,
    unwrap,
)
from azure.ai.inference.models import _texts
from azure.ai.inference.models._enums import (
    AudioContentFormat,
    ChatRole,
    CompletionsFinishReason,
    EmbeddingEncodingFormat,
    ImageDetailLevel,
    ModelType,
    ServiceTier,
)

if TYPE_CHECKING:
    import numpy

    FilePath = Union[str, os.PathLike[str]]
else:
    FilePath = Union[str, os.PathLike]  # Python 3.8 has no other form

T = TypeVar("T")

# What callers write.


class ChatRequestMessage(RequestModel):
    """A message of a chat. Each role has a subclass."""

    role: str = rest_discriminator(init=True)
    """The author. See :class:`ChatRole` for the known values."""


class ChatRequestAudioReference(RequestModel):
    """A reference to the audio of an earlier completion."""

    id: str = rest_field()
    """The id of the audio."""


class ContentItem(RequestModel):
    """A part of the content of a message. Each type has a subclass."""

    type: str = rest_discriminator(init=True)
    """The type: ``text``, ``image_url``, ``input_audio``, ``audio_url``, ``file``."""


class TextContentItem(ContentItem):
    """Text in a message."""

    type: Literal["text"] = rest_discriminator("text")
    """Always ``text``."""
    text: str = rest_field()
    """The text."""


class ImageUrl(RequestModel):
    """The URL of an image, and the detail to process it in."""

    url: str = rest_field()
    """The URL of the image, or the image itself as a data URL."""
    detail: Optional[Union[str, ImageDetailLevel]] = rest_field(default=None)
    """The level of detail; ``auto`` by default."""

    @classmethod
    def load(cls, *, image_file: str, image_format: str, detail: Optional[Union[str, ImageDetailLevel]] = None) -> Self:
        """Return the data URL of an image file.

        :keyword image_file: the path of the file.
        :keyword image_format: the format of the file, such as ``png`` or ``jpeg``: the subtype of its media type.
        :keyword detail: the level of detail.
        :raises FileNotFoundError: if there is no such file.
        """
        return cls(url=_data_url(image_file, image_format), detail=detail)


class ImageContentItem(ContentItem):
    """An image in a message."""

    type: Literal["image_url"] = rest_discriminator("image_url")
    """Always ``image_url``."""
    image_url: ImageUrl = rest_field()
    """The image."""


class InputAudio(RequestModel):
    """Audio, within the request."""

    data: str = rest_field()
    """The audio as base64."""
    format: Union[str, AudioContentFormat] = rest_field()
    """The format of the audio: ``wav`` or ``mp3``."""

    @classmethod
    def load(cls, *, audio_file: str, audio_format: str) -> Self:
        """Return the audio of a file.

        :keyword audio_file: the path of the file.
        :keyword audio_format: the format of the file: ``wav`` or ``mp3``.
        :raises FileNotFoundError: if there is no such file.
        """
        return cls(data=_base64_of(audio_file), format=audio_format)


class AudioContentItem(ContentItem):
    """Audio in a message."""

    type: Literal["input_audio"] = rest_discriminator("input_audio")
    """Always ``input_audio``."""
    input_audio: InputAudio = rest_field()
    """The audio."""


class AudioUrl(RequestModel):
    """The URL of audio."""

    url: str = rest_field()
    """The URL, or the audio itself as a data URL."""


class AudioUrlContentItem(ContentItem):
    """Audio in a message, by its URL."""

    type: Literal["audio_url"] = rest_discriminator("audio_url")
    """Always ``audio_url``."""
    audio_url: AudioUrl = rest_field()
    """The audio."""


class InputFile(RequestModel):
    """A file: one that was uploaded, by its id, or one within the request, by its data and name."""

    file_id: Optional[str] = rest_field(default=None)
    """The id of an uploaded file."""
    file_data: Optional[str] = rest_field(default=None)
    """The file as base64, or as a data URL where the service asks for one."""
    filename: Optional[str] = rest_field(default=None)
    """The name of the file."""


class FileContentItem(ContentItem):
    """A file in a message."""

    type: Literal["file"] = rest_discriminator("file")
    """Always ``file``."""
    file: InputFile = rest_field()
    """The file."""


class FunctionCall(RequestModel):
    """The function of a tool call."""

    name: str = rest_field()
    """The name of the function."""
    arguments: str = rest_field()
    """The arguments as JSON text, as the model wrote them. Check them before the call: the text may be invalid, or name
    unknown parameters."""


class CustomToolCall(RequestModel):
    """The custom tool of a tool call."""

    name: str = rest_field()
    """The name of the tool."""
    input: str = rest_field()
    """The input of the tool, as the model wrote it: free text, or text in the format of the tool."""


class ChatCompletionsToolCall(RequestModel):
    """A tool call that the model asks for, with either a function or a custom tool."""

    id: str = rest_field()
    """The id that the :class:`ToolMessage` with the result refers to."""
    type: Literal["function", "custom"] = rest_constant("function")
    """``function`` or ``custom``."""
    function: FunctionCall = rest_field()
    """The function to call; None if ``type`` is ``custom``."""
    custom: Optional[CustomToolCall] = rest_field(default=None, plain=True)
    """The custom tool to call."""

    if TYPE_CHECKING:

        @overload
        def __init__(self, *, id: str, function: FunctionCall) -> None: ...
        @overload
        def __init__(self, *, id: str, custom: CustomToolCall) -> None: ...
        @overload
        def __init__(self, mapping: Mapping[str, Any], /) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def _set_constants(self, data: Dict[str, Any], constants: Dict[str, str]) -> None:
        data.update(constants)
        if "custom" in data and "function" not in data:
            data["type"] = "custom"


class FunctionDefinition(RequestModel):
    """A function that the model may call."""

    name: str = rest_field()
    """The name of the function."""
    description: Optional[str] = rest_field(default=None)
    """The purpose of the function, by which the model chooses it."""
    parameters: Optional[Any] = rest_field(default=None)
    """The parameters as a JSON schema of type ``object``."""
    strict: Optional[bool] = rest_field(default=None)
    """Whether the arguments must follow the schema exactly. Only a subset of JSON schema is supported then."""


class ChatCompletionsToolDefinition(RequestModel):
    """A tool that the model may call: a function."""

    type: Literal["function"] = rest_constant("function")
    """Always ``function``."""
    function: FunctionDefinition = rest_field()
    """The function."""


class CustomToolDefinition(RequestModel):
    """A tool whose input is text instead of JSON."""

    name: str = rest_field()
    """The name of the tool."""
    description: Optional[str] = rest_field(default=None)
    """The purpose of the tool, by which the model chooses it."""
    format: Optional[Mapping[str, Any]] = rest_field(default=None)
    """The format of the input, such as ``{"type": "text"}``, or a grammar; free text by default."""


class ChatCompletionsCustomToolDefinition(RequestModel):
    """A tool that the model may call: a custom tool."""

    type: Literal["custom"] = rest_constant("custom")
    """Always ``custom``."""
    custom: CustomToolDefinition = rest_field()
    """The custom tool."""


class ChatCompletionsNamedToolChoiceFunction(RequestModel):
    """The function of a :class:`ChatCompletionsNamedToolChoice`."""

    name: str = rest_field()
    """The name of the function."""


class ChatCompletionsNamedToolChoice(RequestModel):
    """Makes the model call a particular function."""

    type: Literal["function"] = rest_constant("function")
    """Always ``function``."""
    function: ChatCompletionsNamedToolChoiceFunction = rest_field()
    """The function to call."""


class JsonSchemaFormat(RequestModel):
    """Makes the model write JSON that is valid for a schema."""

    name: str = rest_field()
    """A name for the schema: letters, digits, ``_`` and ``-``."""
    schema: Dict[str, Any] = rest_field()
    """The JSON schema."""
    description: Optional[str] = rest_field(default=None)
    """The purpose of the schema, which helps the model."""
    strict: Optional[bool] = rest_field(default=None)
    """Whether the completion must follow the schema exactly. Only a subset of JSON schema is supported then."""

    @classmethod
    def from_type(cls, type_: Type[Any], *, name: Optional[str] = None, strict: Optional[bool] = None) -> Self:
        """Return the format of a type.

        :param type_: the type, as for :meth:`~azure.ai.inference.ChatCompletionsClient.parse`.
        :keyword name: the name of the schema, in place of the type's.
        :keyword strict: whether the schema is strict; by default if it can be.
        :raises TypeError: if the type has no JSON schema.
        :raises ValueError: if the name is not legal, or if ``strict`` is True and the schema cannot be strict.
        """
        from azure.ai.inference._schemas.format import format_of

        return cls(**format_of(type_).keywords(name, strict))


class ChatCompletionsStreamOptions(RequestModel):
    """Options of streamed completions."""

    include_usage: Optional[bool] = rest_field(default=None)
    """Whether the last update has the usage."""
    include_obfuscation: Optional[bool] = rest_field(default=None)
    """Whether updates are padded with random text, so that their sizes do not give away their content."""


class ChatCompletionsAudioOptions(RequestModel):
    """Options of audio that the model generates, with the modality ``audio``."""

    voice: str = rest_field()
    """The name of the voice."""
    format: str = rest_field()
    """The format of the audio: ``wav``, ``aac``, ``mp3``, ``flac``, ``opus`` or ``pcm16``."""


class ChatCompletionsPrediction(RequestModel):
    """Text that the completion is likely to repeat, such as a file to edit: what matches is generated faster."""

    type: Literal["content"] = rest_constant("content")
    """Always ``content``."""
    content: Union[str, Sequence[Union[TextContentItem, Mapping[str, Any]]]] = rest_field()
    """The text."""


class UserSecurityContext(RequestModel):
    """The end user of an application, for Microsoft Defender."""

    application_name: Optional[str] = rest_field(default=None)
    """The name of the application."""
    end_user_id: Optional[str] = rest_field(default=None)
    """The id of the end user in Microsoft Entra."""
    end_user_tenant_id: Optional[str] = rest_field(default=None)
    """The id of the end user's tenant in Microsoft Entra."""
    source_ip: Optional[str] = rest_field(default=None)
    """The IP address of the end user."""


class ImageEmbeddingInput(RequestModel):
    """An image to embed, with a text for models that embed both together."""

    image: str = rest_field()
    """The image as a data URL."""
    text: Optional[str] = rest_field(default=None)
    """A text to embed together with the image. For models without this, services return status 422."""

    @classmethod
    def load(cls, *, image_file: str, image_format: str, text: Optional[str] = None) -> Self:
        """Return an image file as an input.

        :keyword image_file: the path of the file.
        :keyword image_format: the format of the file, such as ``png`` or ``jpeg``: the subtype of its media type.
        :keyword text: a text to embed together with the image.
        :raises FileNotFoundError: if there is no such file.
        """
        return cls(image=_data_url(image_file, image_format), text=text)


class ImagePrompt(RequestModel):
    """An image for the model to start from."""

    image: str = rest_field()
    """The image as a data URL."""
    strength: Optional[float] = rest_field(default=None)
    """How far the result follows this image, from 0 to 1; 1 by default."""

    @classmethod
    def load(cls, *, image_file: str, image_format: str, strength: Optional[float] = None) -> Self:
        """Return an image file as a prompt.

        :keyword image_file: the path of the file.
        :keyword image_format: the format of the file, such as ``png`` or ``jpeg``: the subtype of its media type.
        :keyword strength: how far the result follows this image, from 0 to 1.
        :raises FileNotFoundError: if there is no such file.
        """
        return cls(image=_data_url(image_file, image_format), strength=strength)


# What services send.


class CompletionsUsageDetails(ResponseModel):
    """The completion tokens by kind."""

    reasoning_tokens: Optional[int] = rest_field(default=None)
    """Tokens of reasoning."""
    audio_tokens: Optional[int] = rest_field(default=None)
    """Tokens of audio."""
    text_tokens: Optional[int] = rest_field(default=None)
    """Tokens of text."""
    accepted_prediction_tokens: Optional[int] = rest_field(default=None)
    """Tokens of the prediction that the completion repeats."""
    rejected_prediction_tokens: Optional[int] = rest_field(default=None)
    """Tokens of the prediction that the completion does not repeat. They are billed like those of the completion."""
    total_tokens: Optional[int] = rest_field(default=None)
    """All completion tokens."""


class PromptUsageDetails(ResponseModel):
    """The prompt tokens by kind."""

    cached_tokens: Optional[int] = rest_field(default=None)
    """Tokens that came from a cache."""
    cache_write_tokens: Optional[int] = rest_field(default=None)
    """Tokens that were written to a cache."""
    audio_tokens: Optional[int] = rest_field(default=None)
    """Tokens of audio."""
    text_tokens: Optional[int] = rest_field(default=None)
    """Tokens of text."""
    image_tokens: Optional[int] = rest_field(default=None)
    """Tokens of images."""


class CompletionsUsage(ResponseModel):
    """The token usage of a chat completion."""

    completion_tokens: int = rest_field()
    """Tokens that the model generated, reasoning included."""
    prompt_tokens: int = rest_field()
    """Tokens of the messages and tools."""
    total_tokens: int = rest_field()
    """The sum of both."""
    completion_tokens_details: Optional[CompletionsUsageDetails] = rest_field(default=None, plain=True)
    """The completion tokens by kind."""
    prompt_tokens_details: Optional[PromptUsageDetails] = rest_field(default=None, plain=True)
    """The prompt tokens by kind."""


class TopLogProb(ResponseModel):
    """One of the most likely tokens at a position."""

    token: str = rest_field()
    """The token."""
    logprob: float = rest_field()
    """The logarithm of its probability."""
    bytes: Optional[List[int]] = rest_field(default=None)
    """Its UTF-8 bytes: a character may be spread over several tokens."""


class TokenLogProb(ResponseModel):
    """A token and its probability."""

    token: str = rest_field()
    """The token."""
    logprob: float = rest_field()
    """The logarithm of its probability."""
    bytes: Optional[List[int]] = rest_field(default=None)
    """Its UTF-8 bytes: a character may be spread over several tokens."""
    top_logprobs: Optional[List[TopLogProb]] = rest_field(default=None)
    """The most likely tokens at this position, as many as ``top_logprobs`` asked for."""


class ChatChoiceLogProbs(ResponseModel):
    """The probabilities of the tokens of a choice, if ``logprobs`` asked for them."""

    content: Optional[List[TokenLogProb]] = rest_field(default=None)
    """The tokens of the content."""
    refusal: Optional[List[TokenLogProb]] = rest_field(default=None)
    """The tokens of the refusal."""


class ContentFilterResult(ResponseModel):
    """The verdict of a content filter in one category."""

    filtered: Optional[bool] = rest_field(default=None)
    """Whether the content was filtered."""
    severity: Optional[str] = rest_field(default=None)
    """The severity, for categories that have one: ``safe``, ``low``, ``medium``, ``high``."""
    detected: Optional[bool] = rest_field(default=None)
    """Whether the category was detected, for categories without a severity."""
    citation: Optional[Dict[str, Any]] = rest_field(default=None)
    """The license and URL of protected material."""
    details: Optional[List[Dict[str, Any]]] = rest_field(default=None)
    """The verdict of each custom blocklist or topic."""


class ContentFilterResults(ResponseModel):
    """The verdicts of the content filters of Azure, by category. Categories that were not checked are None."""

    hate: Optional[ContentFilterResult] = rest_field(default=None)
    """Hate speech."""
    self_harm: Optional[ContentFilterResult] = rest_field(default=None)
    """Self-harm."""
    sexual: Optional[ContentFilterResult] = rest_field(default=None)
    """Sexual content."""
    violence: Optional[ContentFilterResult] = rest_field(default=None)
    """Violence."""
    profanity: Optional[ContentFilterResult] = rest_field(default=None)
    """Profanity."""
    jailbreak: Optional[ContentFilterResult] = rest_field(default=None)
    """Attempts of the user to make the model break its rules."""
    indirect_attack: Optional[ContentFilterResult] = rest_field(default=None)
    """Instructions to the model that are hidden in documents."""
    protected_material_text: Optional[ContentFilterResult] = rest_field(default=None)
    """Known text that may be under copyright."""
    protected_material_code: Optional[ContentFilterResult] = rest_field(default=None)
    """Known source code, with its license."""
    ungrounded_material: Optional[ContentFilterResult] = rest_field(default=None)
    """Statements that the given documents do not support."""
    personally_identifiable_information: Optional[ContentFilterResult] = rest_field(default=None)
    """Data that identifies a person."""
    custom_blocklists: Optional[ContentFilterResult] = rest_field(default=None)
    """Terms on blocklists of the resource. Older services send a list here."""
    custom_topics: Optional[ContentFilterResult] = rest_field(default=None)
    """Topics that the resource blocks."""
    error: Optional[Dict[str, Any]] = rest_field(default=None)
    """The ``code`` and ``message`` of an error of the filter, in which case the content was not checked."""


class PromptFilterResult(ResponseModel):
    """The verdicts of the content filters of Azure on a part of the prompt."""

    prompt_index: int = rest_field()
    """The position in the prompt, from 0."""
    content_filter_results: Optional[ContentFilterResults] = rest_field(default=None)
    """The verdicts."""


class UrlCitation(ResponseModel):
    """A web page that a part of a message is based on."""

    url: str = rest_field()
    """The URL of the page."""
    title: Optional[str] = rest_field(default=None)
    """The title of the page."""
    start_index: Optional[int] = rest_field(default=None)
    """The position of the first character of the part in the content, from 0."""
    end_index: Optional[int] = rest_field(default=None)
    """The position behind the last character of the part."""


class ChatAnnotation(ResponseModel):
    """A note on a part of a message."""

    type: str = rest_field()
    """The type: ``url_citation``."""
    url_citation: Optional[UrlCitation] = rest_field(default=None)
    """The citation of a web page."""


class ChatCompletionsAudio(ResponseModel):
    """Audio that the model generated. In a stream, an update has a part of it."""

    id: Optional[str] = rest_field(default=None)
    """The id, for a :class:`ChatRequestAudioReference` in later requests."""
    data: Optional[str] = rest_field(default=None)
    """The audio as base64, in the format that the request asked for."""
    transcript: Optional[str] = rest_field(default=None)
    """The text of the audio."""
    format: Optional[str] = rest_field(default=None)
    """The format of the audio, from services that report it."""
    expires_at: Optional[datetime.datetime] = rest_field(default=None, format="unix-timestamp")
    """The time in UTC until which ``id`` can be referred to. In JSON: seconds since 1970."""


class ChatResponseMessage(ResponseModel):
    """A message that the model wrote."""

    role: Union[str, ChatRole] = rest_field()
    """The author: the assistant."""
    content: str = rest_field()
    """The text; None if the model calls tools instead."""
    tool_calls: Optional[List[ChatCompletionsToolCall]] = rest_field(default=None)
    """The tool calls whose results the chat needs to go on."""
    refusal: Optional[str] = rest_field(default=None)
    """The reason why the model refuses, in place of the content."""
    reasoning_content: Optional[str] = rest_field(default=None)
    """The reasoning, from services that send it under this name. See :attr:`reasoning_text`."""
    reasoning: Optional[str] = rest_field(default=None)
    """The reasoning, from services that send it under this name. See :attr:`reasoning_text`."""
    reasoning_details: Optional[List[Dict[str, Any]]] = rest_field(default=None)
    """The parts of the reasoning, from OpenRouter; they may be summaries or encrypted."""
    annotations: Optional[List[ChatAnnotation]] = rest_field(default=None, plain=True)
    """Citations in the content."""
    audio: Optional[ChatCompletionsAudio] = rest_field(default=None, plain=True)
    """The audio, if the request asked for the modality ``audio``."""
    context: Optional[Dict[str, Any]] = rest_field(default=None)
    """The documents and the intent of Azure OpenAI On Your Data (``data_sources``)."""

    @derived
    def reasoning_text(self) -> Optional[str]:
        """The reasoning, whichever service it came from; None if there is none.

        It is ``reasoning_content`` or ``reasoning``, or else the text between ``<think>`` and ``</think>`` ahead of the
        content. OpenAI's own models report only the number of reasoning tokens, in the usage.
        """
        from azure.ai.inference.models import _reasoning

        return _reasoning.reasoning_text(unwrap(self))

    @derived
    def answer_text(self) -> Optional[str]:
        """The content, without reasoning between ``<think>`` and ``</think>`` ahead of it; None if there is none."""
        from azure.ai.inference.models import _reasoning

        text: Optional[str] = _reasoning.answer_text(unwrap(self))
        return text


class ChatChoice(ResponseModel):
    """One of the completions that a request asked for."""

    index: int = rest_field()
    """The position among the choices, from 0."""
    finish_reason: Union[str, CompletionsFinishReason] = rest_field()
    """Why the completion ended."""
    message: ChatResponseMessage = rest_field()
    """The completion."""
    logprobs: Optional[ChatChoiceLogProbs] = rest_field(default=None, plain=True)
    """The probabilities of the tokens, if ``logprobs`` asked for them."""
    content_filter_results: Optional[ContentFilterResults] = rest_field(default=None, plain=True)
    """The verdicts of the content filters of Azure on the completion."""


class ChatCompletions(ResponseModel):
    """The response of the route ``/chat/completions``."""

    request_id: Optional[str] = beside()
    """The id of the request, by which the service finds it; None if the model did not come from a call. It is not part
    of the JSON."""
    id: str = rest_field()
    """The id that the service gave to the response."""
    created: datetime.datetime = rest_field(format="unix-timestamp")
    """The time of the response in UTC. In JSON: seconds since 1970."""
    model: str = rest_field()
    """The model that wrote the completion."""
    choices: List[ChatChoice] = rest_field()
    """The completions: one, unless the request asked for more."""
    usage: CompletionsUsage = rest_field()
    """The token usage."""
    object: Optional[str] = rest_field(default=None)
    """Always ``chat.completion``."""
    system_fingerprint: Optional[str] = rest_field(default=None)
    """The configuration that the model ran in. With the same ``seed``, completions are repeatable as long as it is the
    same."""
    service_tier: Optional[Union[str, ServiceTier]] = rest_field(default=None)
    """The class of processing that the request got."""
    metadata: Optional[Dict[str, str]] = rest_field(default=None)
    """The metadata of the request."""
    moderation: Optional[Dict[str, Any]] = rest_field(default=None)
    """The results of the moderation that the request asked for."""
    prompt_filter_results: Optional[List[PromptFilterResult]] = rest_field(default=None, plain=True)
    """The verdicts of the content filters of Azure on the prompt."""

    @derived
    def text(self) -> str:
        """The content of the choice with the index 0, or else of the first choice; an empty text if there is none.

        It is as the service sent it: :attr:`ChatResponseMessage.answer_text` leaves reasoning out.
        """
        return _texts.completion_text(self._wire())

    def content_as(self, type_: Type[T], *, choice_index: int = 0) -> T:
        """Return the content of a choice as a value of a type.

        :param type_: the type, as for :meth:`~azure.ai.inference.ChatCompletionsClient.parse`.
        :keyword choice_index: the index of the choice.
        :raises ~azure.ai.inference.exceptions.ResponseFormatError: if the content is not JSON or does not fit the type,
            or as ``ResponseTruncatedError`` if it is cut off.
        :raises ~azure.ai.inference.exceptions.RefusalError: if the model refused the request.
        :raises ~azure.ai.inference.exceptions.ContentFilterError: if the content filter ended the completion.
        :raises TypeError: if the type has no JSON schema.
        """
        from azure.ai.inference._schemas.format import format_of
        from azure.ai.inference.models import _reading

        value: T = _reading.read_choice(self, choice_index, format_of(type_))
        return value

    def __str__(self) -> str:
        return indented(self)


class StreamingChatResponseToolCallUpdate(ResponseModel):
    """A part of a tool call. Parts of one call have the same ``index``; join their ``arguments`` in order."""

    id: str = rest_field()
    """The id that the :class:`ToolMessage` with the result refers to. Only in the first part."""
    function: FunctionCall = rest_field()
    """The function: its name in the first part, the JSON text of its arguments in parts."""
    index: Optional[int] = rest_field(default=None)
    """The position of the call among those of the message, from 0."""
    type: Optional[str] = rest_field(default=None)
    """``function`` or ``custom``. Only in the first part."""
    custom: Optional[CustomToolCall] = rest_field(default=None, plain=True)
    """The custom tool: its name in the first part, its input in parts."""


class StreamingChatResponseMessageUpdate(ResponseModel):
    """A delta: a part of a message. Join the texts of all deltas in order."""

    role: Optional[Union[str, ChatRole]] = rest_field(default=None)
    """The author. Only in the first delta."""
    content: Optional[str] = rest_field(default=None)
    """The next part of the text."""
    tool_calls: Optional[List[StreamingChatResponseToolCallUpdate]] = rest_field(default=None)
    """The next parts of tool calls."""
    refusal: Optional[str] = rest_field(default=None)
    """The next part of the refusal."""
    reasoning_content: Optional[str] = rest_field(default=None)
    """The next part of the reasoning, from services that send it under this name. See :attr:`reasoning_text`."""
    reasoning: Optional[str] = rest_field(default=None)
    """The next part of the reasoning, from services that send it under this name. See :attr:`reasoning_text`."""
    reasoning_details: Optional[List[Dict[str, Any]]] = rest_field(default=None)
    """The next parts of the reasoning, from OpenRouter; they may be summaries or encrypted."""
    annotations: Optional[List[ChatAnnotation]] = rest_field(default=None, plain=True)
    """Citations in the content."""
    audio: Optional[ChatCompletionsAudio] = rest_field(default=None, plain=True)
    """The next part of the audio."""

    @derived
    def reasoning_text(self) -> Optional[str]:
        """The next part of the reasoning, ``reasoning_content`` or ``reasoning``; None if there is none.

        Reasoning between ``<think>`` and ``</think>`` in the content is not here, unless the call has
        ``split_reasoning=True``.
        """
        from azure.ai.inference.models import _reasoning

        return _reasoning.reasoning_field(unwrap(self))


class StreamingChatChoiceUpdate(ResponseModel):
    """A part of one of the completions that a request asked for."""

    index: int = rest_field()
    """The position of the completion among the choices, from 0."""
    finish_reason: Union[str, CompletionsFinishReason] = rest_field()
    """Why the completion ended; None before its last part."""
    delta: StreamingChatResponseMessageUpdate = rest_field()
    """The delta of the message. None in some updates of content filters, which come after the text."""
    logprobs: Optional[ChatChoiceLogProbs] = rest_field(default=None, plain=True)
    """The probabilities of the tokens of this part, if ``logprobs`` asked for them."""
    content_filter_results: Optional[ContentFilterResults] = rest_field(default=None, plain=True)
    """The verdicts of the content filters of Azure on this part, or on the part at ``content_filter_offsets``."""
    content_filter_offsets: Optional[Dict[str, int]] = rest_field(default=None)
    """The part of the completion that an asynchronous content filter checked: ``check_offset``, ``start_offset``,
    ``end_offset``."""


class StreamingChatCompletionsUpdate(ResponseModel):
    """One event of a streamed response of the route ``/chat/completions``."""

    id: str = rest_field()
    """The id that the service gave to the response, the same in all its updates."""
    created: datetime.datetime = rest_field(format="unix-timestamp")
    """The time of the response in UTC. In JSON: seconds since 1970."""
    model: str = rest_field()
    """The model that writes the completion."""
    choices: List[StreamingChatChoiceUpdate] = rest_field()
    """The parts of completions; empty in an update that only has the usage."""
    usage: Optional[CompletionsUsage] = rest_field(default=None)
    """The token usage, in the last update. Some services send it only with ``stream_options``."""
    object: Optional[str] = rest_field(default=None)
    """Always ``chat.completion.chunk``."""
    system_fingerprint: Optional[str] = rest_field(default=None)
    """The configuration that the model runs in."""
    service_tier: Optional[Union[str, ServiceTier]] = rest_field(default=None)
    """The class of processing that the request got."""
    moderation: Optional[Dict[str, Any]] = rest_field(default=None)
    """The results of the moderation that the request asked for."""
    prompt_filter_results: Optional[List[PromptFilterResult]] = rest_field(default=None, plain=True)
    """The verdicts of the content filters of Azure on the prompt. Some services send them in an update without choices,
    which is skipped."""
    obfuscation: Optional[str] = rest_field(default=None)
    """Random text that pads the update. See :class:`ChatCompletionsStreamOptions`."""

    @derived
    def text(self) -> str:
        """The next text of the choice with the index 0; empty if the update has none."""
        return _texts.update_text(self._wire())


class EmbeddingItem(ResponseModel):
    """The vector of one input."""

    embedding: Union[str, List[float]] = rest_field()
    """The vector: numbers, or with the encoding format ``base64`` a string of little-endian 32-bit floats."""
    index: int = rest_field()
    """The position of the input in the request, from 0."""
    object: Optional[str] = rest_field(default=None)
    """Always ``embedding``."""

    def as_array(self, encoding_format: Union[str, EmbeddingEncodingFormat] = "float") -> numpy.ndarray[Any, Any]:
        """Return the vector as a NumPy array, whether it came as numbers or as base64.

        :param encoding_format: the requested format, which decides the data type: 32-bit floats, or with
            ``int8``, ``uint8``, ``binary`` and ``ubinary`` integers of 8 bits. Bits stay packed.
        :raises ImportError: if NumPy is not installed.
        :raises ValueError: if there is no vector of this format, or for an unknown format.
        """
        from azure.ai.inference._vectors import arrays_of

        vector: numpy.ndarray[Any, Any] = arrays_of([self._data.get("embedding")], encoding_format)[0]
        return vector


class EmbeddingsUsage(ResponseModel):
    """The token usage of embeddings."""

    prompt_tokens: int = rest_field()
    """Tokens of the inputs."""
    total_tokens: int = rest_field()
    """Tokens of the inputs, and others that the service counts."""


class EmbeddingsResult(ResponseModel):
    """The response of the routes ``/embeddings`` and ``/images/embeddings``."""

    request_id: Optional[str] = beside()
    """The id of the request, by which the service finds it; None if the model did not come from a call. It is not part
    of the JSON."""
    id: str = rest_field()
    """The id that the service gave to the response; None from OpenAI."""
    data: List[EmbeddingItem] = rest_field()
    """The vectors, one for each input."""
    usage: EmbeddingsUsage = rest_field()
    """The token usage."""
    model: str = rest_field()
    """The model that made the vectors."""
    object: Optional[str] = rest_field(default=None)
    """Always ``list``."""

    def as_array(self, encoding_format: Union[str, EmbeddingEncodingFormat] = "float") -> numpy.ndarray[Any, Any]:
        """Return the vectors as a NumPy array, a row for each input, in the order of the inputs.

        :param encoding_format: the requested format, as for :meth:`EmbeddingItem.as_array`.
        :raises ImportError: if NumPy is not installed.
        :raises ValueError: if the vectors are not of this format, have different lengths, or their indices are not
            those of the inputs; and for an unknown format.
        """
        from azure.ai.inference._vectors import arrays_of, in_order

        items: Any = self._wire().get("data") or []
        return arrays_of(in_order(items, len(items)), encoding_format)

    def __str__(self) -> str:
        return indented(self)


class GeneratedImage(ResponseModel):
    """One of the images that a request asked for."""

    image: Optional[str] = rest_field(default=None)
    """The image as base64, from the Azure AI Model Inference REST API."""
    b64_json: Optional[str] = rest_field(default=None)
    """The image as base64, from the OpenAI REST API."""
    url: Optional[str] = rest_field(default=None)
    """The URL of the image, where the service sends one in place of the image. It works for a short time."""
    revised_prompt: Optional[str] = rest_field(default=None)
    """The prompt as the model used it."""
    seed: Optional[int] = rest_field(default=None)
    """The seed of the image."""

    def as_bytes(self) -> bytes:
        """Return the image, decoded. Nothing is downloaded.

        :raises ValueError: if there is only a URL, or no image that can be decoded.
        """
        images: List[Any] = [self.image, self.b64_json]
        for text in images:
            if text and isinstance(text, str):
                encoded = text.partition(",")[2] if text.startswith("data:") else text
                return base64.b64decode("".join(encoded.split()), validate=True)
        if self.url:
            raise ValueError(
                "The service sent a URL and no image. Download it from `url`, "
                "or request the image itself with response_format='b64_json'."
            )
        raise ValueError("The service sent no image.")

    def save(self, path: FilePath) -> None:
        """Write the image to a file.

        :param path: the path of the file, which is replaced if it exists.
        :raises ValueError: if there is only a URL, or no image that can be decoded.
        """
        image = self.as_bytes()
        with open(path, "wb") as file:
            file.write(image)


class ImageGenerationsUsage(ResponseModel):
    """The usage of an image generation."""

    image_generations: Optional[int] = rest_field(default=None)
    """The number of images."""
    input_tokens: Optional[int] = rest_field(default=None)
    """Tokens of the prompt, images included."""
    output_tokens: Optional[int] = rest_field(default=None)
    """Tokens of the generated images."""
    total_tokens: Optional[int] = rest_field(default=None)
    """The sum of both."""
    input_tokens_details: Optional[Dict[str, int]] = rest_field(default=None)
    """The input tokens by kind: ``text_tokens``, ``image_tokens``."""
    output_tokens_details: Optional[Dict[str, int]] = rest_field(default=None)
    """The output tokens by kind: ``text_tokens``, ``image_tokens``."""


class ImageGenerations(ResponseModel):
    """The response of the route ``/images/generations``."""

    request_id: Optional[str] = beside()
    """The id of the request, by which the service finds it; None if the model did not come from a call. It is not part
    of the JSON."""
    id: Optional[str] = rest_field(default=None)
    """The id that the service gave to the response; None from OpenAI."""
    created: datetime.datetime = rest_field(format="unix-timestamp")
    """The time of the response in UTC. In JSON: seconds since 1970."""
    model: Optional[str] = rest_field(default=None)
    """The model that made the images; None from OpenAI."""
    data: List[GeneratedImage] = rest_field()
    """The images: one, unless the request asked for more."""
    usage: Optional[ImageGenerationsUsage] = rest_field(default=None)
    """The usage."""
    object: Optional[str] = rest_field(default=None)
    """``image.generation``, or None from OpenAI."""
    background: Optional[str] = rest_field(default=None)
    """The background of the images: ``transparent`` or ``opaque``."""
    output_format: Optional[str] = rest_field(default=None)
    """The format of the images, such as ``png``."""
    quality: Optional[str] = rest_field(default=None)
    """The quality of the images, such as ``high``."""
    size: Optional[str] = rest_field(default=None)
    """The size of the images, such as ``1024x1024``."""

    def __str__(self) -> str:
        return indented(self)


class ModelInfo(ResponseModel):
    """A deployed model: the response of the route ``/info``, or an entry of ``/models`` in these terms."""

    model_name: str = rest_field()
    """The name of the model, such as ``Phi-4``."""
    model_type: Union[str, ModelType] = rest_field()
    """The task of the model. Deployments report other spellings than those of :class:`ModelType` too."""
    model_provider_name: str = rest_field()
    """The provider of the model."""


def _base64_of(path: str) -> str:
    with open(path, "rb") as file:
        return base64.b64encode(file.read()).decode("ascii")


def _data_url(path: str, image_format: str) -> str:
    return f"data:image/{image_format};base64,{_base64_of(path)}"
