"""The enums of the REST API. Members equal the strings of the wire; a lookup by name ignores case."""

from __future__ import annotations

from enum import Enum

from azure.core import CaseInsensitiveEnumMeta


class AudioContentFormat(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The encoding of the audio in an ``input_audio`` content item."""

    WAV = "wav"
    """Waveform audio."""
    MP3 = "mp3"
    """MPEG layer 3 audio."""


class ChatCompletionsModality(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """A kind of output to request from the model."""

    TEXT = "text"
    """Text."""
    AUDIO = "audio"
    """Audio, with a transcript."""


class ChatCompletionsToolChoicePreset(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Whether the model calls tools."""

    AUTO = "auto"
    """The model chooses between a message and tool calls."""
    NONE = "none"
    """The model writes a message and calls no tool."""
    REQUIRED = "required"
    """The model calls at least one tool."""


class ChatRole(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The author of a message."""

    SYSTEM = "system"
    """Instructions that set how the assistant behaves."""
    USER = "user"
    """Input to the assistant."""
    ASSISTANT = "assistant"
    """A completion."""
    TOOL = "tool"
    """The result of a tool that the assistant called."""
    DEVELOPER = "developer"
    """Instructions; reasoning models use this name in place of ``system``."""


class CompletionsFinishReason(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Why a choice ended."""

    STOPPED = "stop"
    """The completion is whole, or reached a stop sequence."""
    TOKEN_LIMIT_REACHED = "length"
    """The completion reached the token limit before it was whole."""
    CONTENT_FILTERED = "content_filter"
    """The content filter of the service withheld a part of the completion."""
    TOOL_CALLS = "tool_calls"
    """The model calls tools and waits for their results."""


class EmbeddingEncodingFormat(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The format of vectors. A model supports some of them; for the others, services return status 422."""

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
    """The purpose of the inputs. A model supports some of them; for the others, services return status 422."""

    TEXT = "text"
    """Text of no particular purpose."""
    QUERY = "query"
    """A query for documents."""
    DOCUMENT = "document"
    """A document for queries to find."""


class EndpointKind(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The rules that an endpoint follows."""

    MODEL_INFERENCE = "model_inference"
    """The routes of the released package: serverless, managed compute and Foundry's ``/models``."""
    AZURE_OPENAI_DEPLOYMENT = "azure_openai_deployment"
    """One deployment of Azure OpenAI, named in the path, with dated versions of the API."""
    OPENAI_V1 = "openai_v1"
    """The OpenAI dialect without a version, such as ``/openai/v1``."""


class ExtraParameters(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The values of the header ``extra-parameters``: the treatment of parameters that the service does not know."""

    ERROR = "error"
    """Refuse the request. This is the default of services."""
    DROP = "drop"
    """Ignore them."""
    PASS_THROUGH = "pass-through"
    """Pass them on to the model."""


class ImageDetailLevel(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The resolution at which a model sees an image; a higher one costs more tokens."""

    AUTO = "auto"
    """The model decides by the size of the image."""
    LOW = "low"
    """A small version of the image."""
    HIGH = "high"
    """The image in full detail."""


class ModelType(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The task of a deployed model."""

    EMBEDDINGS = "embeddings"
    """Vectors from text."""
    IMAGE_GENERATION = "image_generation"
    """Images from text."""
    TEXT_GENERATION = "text_generation"
    """Text that continues a text."""
    IMAGE_EMBEDDINGS = "image_embeddings"
    """Vectors from images."""
    AUDIO_GENERATION = "audio_generation"
    """Audio from text."""
    CHAT_COMPLETION = "chat_completion"
    """Completions of chats."""


class ReasoningEffort(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """How much a reasoning model reasons before it writes. A model supports some of them."""

    NONE = "none"
    """No reasoning."""
    MINIMAL = "minimal"
    """Almost no reasoning."""
    LOW = "low"
    """Little reasoning."""
    MEDIUM = "medium"
    """The default of most models."""
    HIGH = "high"
    """Much reasoning."""
    XHIGH = "xhigh"
    """More reasoning than ``high``."""
    MAX = "max"
    """As much reasoning as the model can do."""


class ServiceTier(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The class of processing that a request asks for or got: its speed, its price and its capacity."""

    AUTO = "auto"
    """The tier that the project is set to."""
    DEFAULT = "default"
    """Standard processing."""
    FLEX = "flex"
    """Slower and cheaper processing."""
    SCALE = "scale"
    """Processing with purchased capacity."""
    PRIORITY = "priority"
    """Faster processing at a higher price."""
    FAST = "fast"
    """The fastest processing."""


class Verbosity(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """How long and detailed completions are."""

    LOW = "low"
    """Short completions."""
    MEDIUM = "medium"
    """The default of models."""
    HIGH = "high"
    """Long completions."""
