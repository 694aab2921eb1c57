"""The enumerations of the REST API. Members equal their wire strings and are found by name without regard to case."""

from __future__ import annotations

from enum import Enum

from azure.core import CaseInsensitiveEnumMeta


class AudioContentFormat(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """How the sound of an ``input_audio`` content item is encoded."""

    WAV = "wav"
    """Waveform audio."""
    MP3 = "mp3"
    """MPEG layer 3 audio."""


class ChatCompletionsToolChoicePreset(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Which tools the model may call, said in one word."""

    AUTO = "auto"
    """The model chooses between a message and tool calls."""
    NONE = "none"
    """The model writes a message and calls no tool."""
    REQUIRED = "required"
    """The model calls one tool at least."""


class ChatRole(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Who speaks in a message."""

    SYSTEM = "system"
    """Instructions that set how the assistant behaves."""
    USER = "user"
    """The input that the assistant answers."""
    ASSISTANT = "assistant"
    """The model's answer."""
    TOOL = "tool"
    """The result of a tool that the assistant called."""
    DEVELOPER = "developer"
    """Instructions, under the name that newer reasoning models use for them."""


class CompletionsFinishReason(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Why a choice ended."""

    STOPPED = "stop"
    """The answer is complete, or a stop sequence came up."""
    TOKEN_LIMIT_REACHED = "length"
    """The limit of tokens was reached before the answer was complete."""
    CONTENT_FILTERED = "content_filter"
    """The content filter of the service held back a part of the answer."""
    TOOL_CALLS = "tool_calls"
    """The model calls tools and waits for their results."""


class EmbeddingEncodingFormat(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """In which form vectors are sent. A model supports some of them; others are answered with status 422."""

    BASE64 = "base64"
    """A base64 string of little-endian 32-bit floats."""
    BINARY = "binary"
    """Signed bits, packed into bytes."""
    FLOAT = "float"
    """Floating point numbers."""
    INT8 = "int8"
    """Integers from -128 to 127."""
    UBINARY = "ubinary"
    """Unsigned bits, packed into bytes."""
    UINT8 = "uint8"
    """Integers from 0 to 255."""


class EmbeddingInputType(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """What an input to embed is for. A model supports some of them; others are answered with status 422."""

    TEXT = "text"
    """Text of no particular use."""
    QUERY = "query"
    """A query that documents are searched with."""
    DOCUMENT = "document"
    """A document that queries find."""


class ExtraParameters(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """What the service does with parameters that it does not know: the values of the header ``extra-parameters``."""

    ERROR = "error"
    """It refuses the request (what it does without the header)."""
    DROP = "drop"
    """It ignores them."""
    PASS_THROUGH = "pass-through"
    """It hands them to the model."""


class EndpointKind(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The rules that an endpoint follows."""

    MODEL_INFERENCE = "model_inference"
    """The routes of the released package: serverless, managed compute and Foundry's ``/models``."""
    AZURE_OPENAI_DEPLOYMENT = "azure_openai_deployment"
    """One deployment of Azure OpenAI, named in the path, with dated versions of the API."""
    OPENAI_V1 = "openai_v1"
    """The OpenAI dialect without a version, such as ``/openai/v1``."""


class ImageDetailLevel(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """How closely the model looks at an image; more detail costs more tokens."""

    AUTO = "auto"
    """The model decides by the size of the image."""
    LOW = "low"
    """A quick look at a small version."""
    HIGH = "high"
    """A close look at its parts."""


class ModelType(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """What a deployed model is for, as the route ``/info`` tells."""

    EMBEDDINGS = "embeddings"
    """Vectors for texts."""
    IMAGE_GENERATION = "image_generation"
    """Images from texts."""
    TEXT_GENERATION = "text_generation"
    """Text that goes on from a text."""
    IMAGE_EMBEDDINGS = "image_embeddings"
    """Vectors for images."""
    AUDIO_GENERATION = "audio_generation"
    """Sound from texts."""
    CHAT_COMPLETION = "chat_completion"
    """Answers to the messages of a chat."""
