"""How a call's own and the client's become one JSON body."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from collections.abc import Sequence as SequenceABC
from typing import IO, Any, Dict, Mapping, NamedTuple, Optional, Sequence, Tuple, Union, cast

from typing_extensions import Literal, TypeGuard

from azure.ai.inference import _json
from azure.ai.inference._model_base import encode_json, without_models
from azure.ai.inference.models._enums import ChatCompletionsToolChoicePreset
from azure.ai.inference.models._models import (
    ChatCompletionsNamedToolChoice,
    ChatCompletionsToolDefinition,
    ImageEmbeddingInput,
    JsonSchemaFormat,
)

ResponseFormat = Union[Literal["text", "json_object"], JsonSchemaFormat, Mapping[str, Any]]
ToolChoice = Union[str, ChatCompletionsToolChoicePreset, ChatCompletionsNamedToolChoice, Mapping[str, Any]]
Tools = Sequence[Union[ChatCompletionsToolDefinition, Mapping[str, Any]]]
Messages = Sequence[Mapping[str, Any]]
ImageInput = Sequence[Union[ImageEmbeddingInput, Mapping[str, Any]]]
Body = Union[Mapping[str, Any], bytes, IO[bytes]]
WireBody = Union[str, bytes, IO[bytes]]

#: Stands for an argument that was not given where None would say something.
UNSET: Any = object()


#: The settings in the order in which a body has them.
CHAT_SETTINGS = (
    "frequency_penalty",
    "max_tokens",
    "model",
    "presence_penalty",
    "response_format",
    "seed",
    "stop",
    "temperature",
    "tool_choice",
    "tools",
    "top_p",
)
EMBEDDINGS_SETTINGS = ("dimensions", "encoding_format", "input_type", "model")


class Call(NamedTuple):
    """A body ready to be sent, and what goes with it."""

    body: WireBody
    stream: bool
    passes_extras: bool


def keep_settings(names: Sequence[str], given: Mapping[str, Any]) -> Dict[str, Any]:
    """The settings of a client, checked: the defaults of its calls.

    :raises ValueError: for a ``response_format`` that the service does not know.
    """
    kept = {name: given[name] for name in (*names, "model_extras") if given.get(name) is not None}
    if "response_format" in kept:
        kept["response_format"] = _response_format(kept["response_format"])
    return kept


def merge(
    required: Dict[str, Any], names: Sequence[str], given: Mapping[str, Any], defaults: Mapping[str, Any]
) -> Tuple[Dict[str, Any], bool]:
    """The JSON body of a call, and whether it holds parameters beyond the known ones.

    A value that is None gives way to the client's; extras come last and may replace anything, or remove it with None.
    """
    wire = required
    for name in names:
        value = given[name]
        if value is None:
            value = defaults.get(name)
        elif name == "response_format":
            value = _response_format(value)
        wire[name] = value
    extras: Mapping[str, Any] = given["model_extras"] or defaults.get("model_extras") or {}
    wire.update(extras)
    return {name: value for name, value in wire.items() if value is not None}, bool(extras)


def chat_wire(
    messages: Any, stream: Optional[bool], given: Mapping[str, Any], defaults: Mapping[str, Any]
) -> Tuple[Dict[str, Any], bool]:
    """The JSON body of a chat completion, and whether it holds extra parameters.

    :raises TypeError: if there are no messages, or something else in their place.
    """
    if messages is UNSET or messages is None:
        raise TypeError("missing required argument: messages")
    if not _is_list(messages):
        raise TypeError(f"messages must be a list of messages, not {_name_of_type(messages)}")
    return merge({"messages": without_models(messages), "stream": stream}, CHAT_SETTINGS, given, defaults)


def _is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, SequenceABC) and not isinstance(value, (str, bytes))


def _name_of_type(value: Any) -> str:
    return type(value).__name__


def embeddings_wire(inputs: Any, given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Tuple[Dict[str, Any], bool]:
    """The JSON body of an embeddings request, and whether it holds extra parameters.

    :raises TypeError: if there is no input.
    """
    if inputs is UNSET or inputs is None:
        raise TypeError("missing required argument: input")
    return merge({"input": inputs}, EMBEDDINGS_SETTINGS, given, defaults)


def settings_call(wire: Dict[str, Any], passes_extras: bool) -> Call:
    """The call for a body made from settings.

    :raises TypeError: for a value that has no JSON form.
    :raises ValueError: for NaN and infinity.
    """
    return Call(_encode(wire), wire.get("stream") is True, passes_extras)


def body_call(body: Any, stream: Optional[bool] = None) -> Call:
    """The call for a body that the caller made: mappings are encoded, bytes and files sent as they are.

    :raises TypeError: for a body of another type, or a value in it that has no JSON form.
    :raises ValueError: for NaN and infinity.
    """
    if isinstance(body, MappingABC):
        wire = cast("Mapping[str, Any]", body)
        return Call(_encode(wire), stream is True or wire.get("stream") is True, False)
    if isinstance(body, bytes):
        return Call(body, stream is True or _asks_for_stream(body), False)
    if hasattr(body, "read"):
        return Call(body, stream is True, False)
    raise TypeError(f"body must be a mapping, bytes or a binary file, not {type(body).__name__}")


def _asks_for_stream(body: bytes) -> bool:
    if b'"stream"' not in body:
        return False
    try:
        wire = _json.loads(body)
    except ValueError:
        return False
    return _json.is_object(wire) and wire.get("stream") is True


def _encode(wire: Mapping[str, Any]) -> str:
    try:
        return encode_json(wire)
    except (TypeError, ValueError, RecursionError) as error:
        raise _encoding_error(wire, error) from error


def _encoding_error(wire: Mapping[str, Any], error: Exception) -> Exception:
    """The error of the encoder, with the name of the argument that it is about."""
    kind = TypeError if isinstance(error, TypeError) else ValueError
    for name, value in wire.items():
        try:
            encode_json(value)
        except (TypeError, ValueError, RecursionError) as reason:
            return kind(f"{name} cannot be sent as JSON: {reason}")
    return kind(f"The body cannot be sent as JSON: {error}")


def _response_format(value: Any) -> Any:
    if isinstance(value, JsonSchemaFormat):
        return {"type": "json_schema", "json_schema": value}
    if value in ("text", "json_object"):
        return {"type": value}
    if isinstance(value, MappingABC):
        return cast("Mapping[str, Any]", value)
    raise ValueError(f"Unsupported `response_format` {value}")
