"""The operations of the REST API, a row each, and the spellings of model types that deployments report."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from collections.abc import Sequence as SequenceABC
from typing import Any, Callable, Dict, Generic, Iterable, Mapping, Optional, Sequence, Tuple, Type, cast

from typing_extensions import TypeGuard, TypeVar

from azure.ai.inference import _json
from azure.ai.inference._core.endpoints import RELEASED_VERSION
from azure.ai.inference._core.model_info import info_of_model, info_of_only_model
from azure.ai.inference._core.signatures import settings_of
from azure.ai.inference._keywords import ChatCompletionsSettings, EmbeddingsSettings, ImageGenerationSettings
from azure.ai.inference._model_base import Model, without_models
from azure.ai.inference.models._models import (
    ChatCompletions,
    EmbeddingsResult,
    ImageGenerations,
    JsonSchemaFormat,
    ModelInfo,
)

#: The model of a whole response.
ResultT = TypeVar("ResultT", bound=Model, default=Any)


class Operation(Generic[ResultT]):
    """An operation: its route, settings and models.

    :param name: the operation's name in telemetry.
    :param client: the name of its clients in the spans of azure-core.
    :param result: the model of a whole response.
    :param content: the keys of a response with a result: a response without any of them may report an error.
    :param variables: the beginning of the names of its clients' variables in the environment.
    :param required: the argument without which there is no body; it comes first.
    :param example: the required argument in an error message.
    :param forms: functions that return the form of an argument or a setting in the body, or raise.
    :param settings: the settings, in the order of the body.
    :param released: those of the released package. Each keeps its place in the body for an extra of the same name.
    :param known: other settings that services of the released routes accept without the header ``extra-parameters``.
    :param options: options that only this operation has. The client's apply where a call does not say otherwise.
    :param span: the name of azure-core's INTERNAL span, where the released package made one.
    :param not_found: the message of the error where an endpoint does not have the route.
    :param adapt: returns the JSON of the model for the JSON of a response.
    :param default_version: the version of the REST API for services that require one.
    """

    def __init__(
        self,
        name: str,
        client: str,
        method: str,
        route: str,
        result: Type[ResultT],
        *,
        content: Tuple[str, ...],
        variables: str = "",
        required: str = "",
        example: str = "[...]",
        forms: Optional[Mapping[str, Callable[[Any], Any]]] = None,
        settings: Tuple[str, ...] = (),
        options: Tuple[str, ...] = (),
        released: str = "",
        known: str = "",
        span: Optional[str] = None,
        not_found: Optional[str] = None,
        adapt: Optional[Callable[[Dict[str, Any]], Dict[str, Any]]] = None,
        default_version: str = RELEASED_VERSION,
    ) -> None:
        self.name = name
        self.client = client
        self.method = method
        self.route = route
        self.result = result
        self.content = content
        self.variables = variables
        self.required = required
        self.example = example
        self.forms = forms or {}
        self.settings = settings
        self.options = options
        self.released = frozenset(released.split())
        self.known = tuple(sorted({*self.released, *known.split()}))
        self.added = frozenset(settings).difference(self.known)
        self.span = span
        self.not_found = not_found
        self.adapt = adapt
        self.default_version = default_version


def _messages(messages: Any) -> Sequence[Any]:
    """Return messages in the form that encodes fastest.

    :raises TypeError: if they are anything but a list of messages.
    """
    if not _is_list(messages):
        example = '[UserMessage("...")]' if isinstance(messages, str) else "[...]"
        raise TypeError(
            f"messages must be a list of messages, not {_type_name(messages)}. For a single one: messages={example}"
        )
    return without_models(messages)


def _response_format(value: Any) -> Any:
    """Return a response format as the service accepts it.

    :raises ValueError: if the service does not know it.
    """
    if isinstance(value, JsonSchemaFormat):
        return {"type": "json_schema", "json_schema": value}
    if value in ("text", "json_object"):
        return {"type": value}
    if isinstance(value, MappingABC):
        return cast("Mapping[str, Any]", value)
    raise ValueError(f"Unsupported `response_format` {value}{_format_hint(value)}")


def _format_hint(value: Any) -> str:
    """Return a hint for a class given as a response format; empty for anything else."""
    name: Optional[str] = "..." if value == "json_schema" else getattr(value, "__name__", None)
    if name is None:
        return ""
    schema = f"{name}.model_json_schema()" if hasattr(value, "model_json_schema") else "..."
    return f": pass JsonSchemaFormat(name={name!r}, schema={schema})"


def _with_types(completion: Dict[str, Any]) -> Dict[str, Any]:
    """Set the constant that some services omit from tool calls: the history goes back to a service."""
    for choice in _objects_in(completion.get("choices")):
        message = choice.get("message")
        for call in _objects_in(message.get("tool_calls")) if _json.is_object(message) else ():
            if not call.get("type"):
                call["type"] = "function"
    return completion


def _objects_in(values: Any) -> Iterable[Dict[str, Any]]:
    return filter(_json.is_object, values) if _json.is_array(values) else ()


def _is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, SequenceABC) and not isinstance(value, (str, bytes))


def _type_name(value: Any) -> str:
    return type(value).__name__


def _body_settings(keywords: Any) -> Tuple[str, ...]:
    return tuple(sorted(name for name in settings_of(keywords) if name != "model_extras"))


#: The option of chats that moves reasoning out of contents.
SPLIT_REASONING = "split_reasoning"

_EMBEDDINGS_SETTINGS = _body_settings(EmbeddingsSettings)
_RELEASED_FOR_EMBEDDINGS = "dimensions encoding_format input_type model"

CHAT = Operation(
    "chat",
    "ChatCompletionsClient",
    "POST",
    "/chat/completions",
    ChatCompletions,
    content=("choices",),
    variables="AZURE_AI_CHAT",
    required="messages",
    forms={"messages": _messages, "response_format": _response_format},
    adapt=_with_types,
    settings=_body_settings(ChatCompletionsSettings),
    options=(SPLIT_REASONING,),
    released="frequency_penalty max_tokens model presence_penalty response_format seed stop temperature tool_choice "
    "tools top_p",
)
EMBED = Operation(
    "embeddings",
    "EmbeddingsClient",
    "POST",
    "/embeddings",
    EmbeddingsResult,
    content=("data",),
    variables="AZURE_AI_EMBEDDINGS",
    required="input",
    settings=_EMBEDDINGS_SETTINGS,
    released=_RELEASED_FOR_EMBEDDINGS,
    span="EmbeddingsClient.embed",
)
EMBED_IMAGES = Operation(
    "embeddings",
    "ImageEmbeddingsClient",
    "POST",
    "/images/embeddings",
    EmbeddingsResult,
    content=("data",),
    variables="AZURE_AI_IMAGE_EMBEDDINGS",
    required="input",
    settings=_EMBEDDINGS_SETTINGS,
    released=_RELEASED_FOR_EMBEDDINGS,
    span="ImageEmbeddingsClient.embed",
)
GENERATE_IMAGES = Operation(
    "generate_content",
    "ImageGenerationClient",
    "POST",
    "/images/generations",
    ImageGenerations,
    content=("data",),
    variables="AZURE_AI_IMAGES",
    required="prompt",
    example='"..."',
    settings=_body_settings(ImageGenerationSettings),
    known="image_prompt model n negative_prompt output_format quality seed size",
    span="ImageGenerationClient.generate",
    default_version="2025-05-15-preview",
)
MODEL_INFO = Operation(
    "model info",
    "ChatCompletionsClient",
    "GET",
    "/info",
    ModelInfo,
    content=("model_name", "model_type", "model_provider_name"),
    settings=("model",),
    released="model",
    not_found="Model information is not available on this endpoint (`/info` route not supported).",
)
MODEL = Operation(
    "model info",
    "ChatCompletionsClient",
    "GET",
    "/models/{model}",
    ModelInfo,
    content=("id", "owned_by"),
    adapt=info_of_model,
)
ONLY_MODEL = Operation(
    "model info",
    "ChatCompletionsClient",
    "GET",
    "/models",
    ModelInfo,
    content=("data",),
    adapt=info_of_only_model,
)
NOT_LOADABLE = (
    "`load_client` function does not work on this endpoint (`/info` route not supported). "
    "Please construct one of the clients (e.g. `ChatCompletionsClient`) directly."
)

#: The operation of each spelling of a model type, in lower case and without separators.
MODEL_TYPES: Dict[str, Operation] = {
    "chat": CHAT,
    "chatcompletion": CHAT,
    "chatcompletions": CHAT,
    "completion": CHAT,
    "embedding": EMBED,
    "embeddings": EMBED,
    "textembedding": EMBED,
    "textembeddings": EMBED,
    "imageembedding": EMBED_IMAGES,
    "imageembeddings": EMBED_IMAGES,
    "imagegeneration": GENERATE_IMAGES,
    "imagegenerations": GENERATE_IMAGES,
}
_SEPARATORS = str.maketrans("", "", " -_")


def operation_of(model_type: Any) -> Operation:
    """Return the operation of a model of this type, without regard to case and separators.

    :raises ValueError: if there is no model type, or none that has a client.
    """
    if not model_type:
        raise ValueError(
            "The AI model information is missing a value for `model type`. Cannot create an appropriate client."
        )
    operation = MODEL_TYPES.get(str(model_type).lower().translate(_SEPARATORS))
    if operation is None:
        raise ValueError(f"No client available to support AI model type `{model_type}`")
    return operation
