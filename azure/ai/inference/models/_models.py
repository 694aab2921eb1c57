"""The objects of the REST API, one class each, every field said once.

Annotations that are resolved at run time keep to what Python 3.8 evaluates.
"""

from __future__ import annotations

import base64
import datetime
from typing import Any, Dict, List, Literal, Optional, Union

from typing_extensions import Self

from azure.ai.inference._model_base import (
    RequestModel,
    ResponseModel,
    indented,
    rest_constant,
    rest_discriminator,
    rest_field,
)
from azure.ai.inference.models._enums import (
    AudioContentFormat,
    ChatRole,
    CompletionsFinishReason,
    ImageDetailLevel,
    ModelType,
)

# What callers write.


class ChatRequestMessage(RequestModel):
    """A message of the chat to complete; its variants have a class for each role."""

    role: str = rest_discriminator(init=True)
    """Who speaks. See :class:`ChatRole` for the known values."""


class ContentItem(RequestModel):
    """A part of a user message; its variants have a class for each type."""

    type: str = rest_discriminator(init=True)
    """The type of the part: ``text``, ``image_url``, ``input_audio``."""


class TextContentItem(ContentItem):
    """Text within a user message."""

    type: Literal["text"] = rest_discriminator("text")
    """Always ``text``."""
    text: str = rest_field()
    """The text."""


class ImageUrl(RequestModel):
    """Where an image is found and how closely to look at it."""

    url: str = rest_field()
    """The address of the image, or the image itself as a data URL."""
    detail: Optional[Union[str, ImageDetailLevel]] = rest_field(default=None)
    """How closely the model looks at it; ``auto`` if left out."""

    @classmethod
    def load(cls, *, image_file: str, image_format: str, detail: Optional[Union[str, ImageDetailLevel]] = None) -> Self:
        """Read an image file into a data URL.

        :keyword image_file: the path of the file.
        :keyword image_format: what the file holds, such as ``png`` or ``jpeg``: the subtype of its media type.
        :keyword detail: how closely the model looks at the image.
        :raises FileNotFoundError: if there is no such file.
        """
        return cls(url=_data_url(image_file, image_format), detail=detail)


class ImageContentItem(ContentItem):
    """An image within a user message."""

    type: Literal["image_url"] = rest_discriminator("image_url")
    """Always ``image_url``."""
    image_url: ImageUrl = rest_field()
    """The image."""


class InputAudio(RequestModel):
    """A sound."""

    data: str = rest_field()
    """The sound, encoded in base64."""
    format: Union[str, AudioContentFormat] = rest_field()
    """How the sound is encoded before base64: ``wav`` or ``mp3``."""

    @classmethod
    def load(cls, *, audio_file: str, audio_format: str) -> Self:
        """Read a sound file into base64.

        :keyword audio_file: the path of the file.
        :keyword audio_format: what the file holds: ``wav`` or ``mp3``.
        :raises FileNotFoundError: if there is no such file.
        """
        return cls(data=_base64_of(audio_file), format=audio_format)


class AudioContentItem(ContentItem):
    """A sound within a user message."""

    type: Literal["input_audio"] = rest_discriminator("input_audio")
    """Always ``input_audio``."""
    input_audio: InputAudio = rest_field()
    """The sound."""


class FunctionCall(RequestModel):
    """The function that a model wants called."""

    name: str = rest_field()
    """Its name."""
    arguments: str = rest_field()
    """Its arguments as JSON text, as the model wrote them: it may be invalid or name parameters that do not exist, so
    check it before the call."""


class ChatCompletionsToolCall(RequestModel):
    """A call of a tool, asked for by the model."""

    id: str = rest_field()
    """What the :class:`ToolMessage` with the result refers to."""
    type: Literal["function"] = rest_constant("function")
    """Always ``function``."""
    function: FunctionCall = rest_field()
    """The function to call."""


class FunctionDefinition(RequestModel):
    """A function that the model may ask to be called."""

    name: str = rest_field()
    """Its name."""
    description: Optional[str] = rest_field(default=None)
    """What it does, which the model chooses it by."""
    parameters: Optional[Any] = rest_field(default=None)
    """Its parameters as a JSON schema of type ``object``."""


class ChatCompletionsToolDefinition(RequestModel):
    """A tool that the model may call."""

    type: Literal["function"] = rest_constant("function")
    """Always ``function``."""
    function: FunctionDefinition = rest_field()
    """The function."""


class ChatCompletionsNamedToolChoiceFunction(RequestModel):
    """Names a function for :class:`ChatCompletionsNamedToolChoice`."""

    name: str = rest_field()
    """The name of the function."""


class ChatCompletionsNamedToolChoice(RequestModel):
    """Makes the model call one particular function."""

    type: Literal["function"] = rest_constant("function")
    """Always ``function``."""
    function: ChatCompletionsNamedToolChoiceFunction = rest_field()
    """The function to call."""


class JsonSchemaFormat(RequestModel):
    """Makes the model answer with JSON that is valid for a schema."""

    name: str = rest_field()
    """A name for the schema: letters, digits, ``_`` and ``-``."""
    schema: Dict[str, Any] = rest_field()
    """The JSON schema."""
    description: Optional[str] = rest_field(default=None)
    """What the schema is for, which helps the model to fill it."""
    strict: Optional[bool] = rest_field(default=None)
    """Whether the model must follow the schema to the letter. Only a part of JSON schema is supported then."""


class ImageEmbeddingInput(RequestModel):
    """An image to embed, with a text if the model takes both."""

    image: str = rest_field()
    """The image as a data URL."""
    text: Optional[str] = rest_field(default=None)
    """A text to embed together with the image. Models that take none answer with status 422."""

    @classmethod
    def load(cls, *, image_file: str, image_format: str, text: Optional[str] = None) -> Self:
        """Read an image file into a data URL.

        :keyword image_file: the path of the file.
        :keyword image_format: what the file holds, such as ``png`` or ``jpeg``: the subtype of its media type.
        :keyword text: a text to embed together with the image.
        :raises FileNotFoundError: if there is no such file.
        """
        return cls(image=_data_url(image_file, image_format), text=text)


# What the service answers.


class CompletionsUsage(ResponseModel):
    """Tokens that a completion took."""

    completion_tokens: int = rest_field()
    """Tokens written."""
    prompt_tokens: int = rest_field()
    """Tokens read."""
    total_tokens: int = rest_field()
    """Both together."""


class ChatResponseMessage(ResponseModel):
    """A message that the model wrote."""

    role: Union[str, ChatRole] = rest_field()
    """Who speaks: the assistant."""
    content: str = rest_field()
    """The text; None when the model calls tools instead."""
    tool_calls: Optional[List[ChatCompletionsToolCall]] = rest_field(default=None)
    """The tools to call before the chat can go on."""


class ChatChoice(ResponseModel):
    """One of the answers to a chat."""

    index: int = rest_field()
    """Its place among the choices, from 0."""
    finish_reason: Union[str, CompletionsFinishReason] = rest_field()
    """Why the answer ended."""
    message: ChatResponseMessage = rest_field()
    """The answer."""


class ChatCompletions(ResponseModel):
    """The answer of the route ``/chat/completions``."""

    id: str = rest_field()
    """The service's name for this answer."""
    created: datetime.datetime = rest_field(format="unix-timestamp")
    """When it was made, in UTC. On the wire: seconds since 1970."""
    model: str = rest_field()
    """The model that made it."""
    choices: List[ChatChoice] = rest_field()
    """The answers: one, unless the request asked for more."""
    usage: CompletionsUsage = rest_field()
    """Tokens that the request took."""

    def __str__(self) -> str:
        return indented(self)


class StreamingChatResponseToolCallUpdate(ResponseModel):
    """A piece of a tool call. Pieces of one call share the key ``index``; join their ``arguments`` in order."""

    id: str = rest_field()
    """What the :class:`ToolMessage` with the result refers to. Only in the first piece."""
    function: FunctionCall = rest_field()
    """The function: its name in the first piece, the JSON text of its arguments in pieces."""


class StreamingChatResponseMessageUpdate(ResponseModel):
    """A piece of a message."""

    role: Optional[Union[str, ChatRole]] = rest_field(default=None)
    """Who speaks. Only in the first piece."""
    content: Optional[str] = rest_field(default=None)
    """The next piece of the text."""
    tool_calls: Optional[List[StreamingChatResponseToolCallUpdate]] = rest_field(default=None)
    """The next pieces of tool calls."""


class StreamingChatChoiceUpdate(ResponseModel):
    """A piece of one of the answers to a chat."""

    index: int = rest_field()
    """The place of the answer among the choices, from 0."""
    finish_reason: Union[str, CompletionsFinishReason] = rest_field()
    """Why the answer ended; None before its last piece."""
    delta: StreamingChatResponseMessageUpdate = rest_field()
    """What this piece adds to the message."""


class StreamingChatCompletionsUpdate(ResponseModel):
    """One event of a streamed answer of the route ``/chat/completions``."""

    id: str = rest_field()
    """The service's name for the answer, the same in all its updates."""
    created: datetime.datetime = rest_field(format="unix-timestamp")
    """When the answer was begun, in UTC. On the wire: seconds since 1970."""
    model: str = rest_field()
    """The model that makes it."""
    choices: List[StreamingChatChoiceUpdate] = rest_field()
    """The pieces that this update brings; empty in an update that brings the usage only."""
    usage: Optional[CompletionsUsage] = rest_field(default=None)
    """Tokens that the request took, in the last update of services that tell it."""


class EmbeddingItem(ResponseModel):
    """The vector for one input."""

    embedding: Union[str, List[float]] = rest_field()
    """The vector: numbers, or a base64 string of little-endian 32-bit floats if that encoding was asked for."""
    index: int = rest_field()
    """The place of its input in the request, from 0."""


class EmbeddingsUsage(ResponseModel):
    """Tokens that embedding took."""

    prompt_tokens: int = rest_field()
    """Tokens read."""
    total_tokens: int = rest_field()
    """Tokens read, and what else the service counts."""


class EmbeddingsResult(ResponseModel):
    """The answer of the routes ``/embeddings`` and ``/images/embeddings``."""

    id: str = rest_field()
    """The service's name for this answer."""
    data: List[EmbeddingItem] = rest_field()
    """The vectors, one for each input."""
    usage: EmbeddingsUsage = rest_field()
    """Tokens that the request took."""
    model: str = rest_field()
    """The model that made the vectors."""

    def __str__(self) -> str:
        return indented(self)


class ModelInfo(ResponseModel):
    """The answer of the route ``/info``."""

    model_name: str = rest_field()
    """The name of the model, such as ``Phi-4``."""
    model_type: Union[str, ModelType] = rest_field()
    """What the model is for. Deployments also answer other spellings than those of :class:`ModelType`."""
    model_provider_name: str = rest_field()
    """Who made the model."""


def _base64_of(path: str) -> str:
    with open(path, "rb") as file:
        return base64.b64encode(file.read()).decode("ascii")


def _data_url(path: str, image_format: str) -> str:
    return f"data:image/{image_format};base64,{_base64_of(path)}"
