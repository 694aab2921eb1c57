"""The routes of the Model Inference API, below any endpoint but `/openai/v1`. No I/O."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, NamedTuple, Tuple, Union

from azure.ai.inference._core.operations import CHAT, EMBED, GENERATE_IMAGES
from azure.ai.inference.testing._bodies import check_method, read_object
from azure.ai.inference.testing._openai_v1 import find_model
from azure.ai.inference.testing._places import Place
from azure.ai.inference.testing._replies import Reply, Stream
from azure.ai.inference.testing._requests import RecordedRequest
from azure.ai.inference.testing._situations import provoked_error
from azure.ai.inference.testing.toy_model.chat import Rules, complete_chat, stream_chat
from azure.ai.inference.testing.toy_model.embeddings import (
    embed_images,
    embed_openai,
    embed_texts,
    has_tokens,
)
from azure.ai.inference.testing.toy_model.images import generate_images, generate_openai_images
from azure.ai.inference.testing.toy_model.problems import Problem

# The parameters that the route `/models` knows. A body with any other needs the header `extra-parameters`.
_CHAT_PARAMETERS = ("messages", "stream", *CHAT.known, "modalities", "user_security_context")
_EMBEDDINGS_PARAMETERS = ("input", *EMBED.known)
_IMAGE_PARAMETERS = ("prompt", *GENERATE_IMAGES.known)
_MODES = ("error", "drop", "pass-through")


class _Operation(NamedTuple):
    """A route that accepts a JSON body."""

    suffix: str
    known_parameters: Tuple[str, ...]
    respond: Callable[[Dict[str, Any], str, Place, bool], Union[Dict[str, Any], Stream]]


def _chat(body: Dict[str, Any], model_name: str, place: Place, detailed: bool) -> Union[Dict[str, Any], Stream]:
    hottest = 2 if place.is_v1 else 1
    rules = Rules(highest_temperature=hottest, detailed=detailed, deployment=place.deployment)
    if body.get("stream"):
        return Stream(stream_chat(body, model_name, rules))
    return complete_chat(body, model_name, rules)


def _embeddings(body: Dict[str, Any], model_name: str, place: Place, _: bool) -> Dict[str, Any]:
    if place.route.endswith("/images/embeddings"):
        return embed_images(body, model_name)
    if place.is_v1 and has_tokens(body):
        return embed_openai({**body, "model": body.get("model") or model_name})
    return embed_texts(body, model_name)


def _images(body: Dict[str, Any], model_name: str, place: Place, _: bool) -> Dict[str, Any]:
    return generate_openai_images(body) if place.speaks_openai else generate_images(body, model_name)


_OPERATIONS = (
    _Operation("/chat/completions", _CHAT_PARAMETERS, _chat),
    _Operation("/images/embeddings", _EMBEDDINGS_PARAMETERS, _embeddings),
    _Operation("/images/generations", _IMAGE_PARAMETERS, _images),
    _Operation("/embeddings", _EMBEDDINGS_PARAMETERS, _embeddings),
)


def respond(
    request: RecordedRequest,
    place: Place,
    model_info: Mapping[str, str],
    detailed: bool,
    require_known_parameters: bool,
) -> Union[Reply, Stream, Dict[str, Any]]:
    """Respond to a request with a valid key. Raise Problem if the service would reject it."""
    if place.is_v1 and place.models_route is not None:
        check_method(request, "GET")
        return find_model(place.models_route, model_info)
    if request.path.endswith("/info"):
        check_method(request, "GET")
        _check_api_version(request, place)
        return provoked_error(request.query.get("model")) or dict(model_info)
    for operation in _OPERATIONS:
        if request.path.endswith(operation.suffix):
            check_method(request, "POST")
            _check_api_version(request, place)
            body = read_object(request)
            provoked = provoked_error(place.deployment or body.get("model"))
            if provoked is not None:
                return provoked
            checks = require_known_parameters and not (place.is_v1 and "api-version" not in request.query)
            body = _check_parameters(request, body, operation.known_parameters, checks)
            return operation.respond(body, model_info.get("model_name", "local-model"), place, detailed)
    if place.deployment is not None:
        raise Problem(404, "404", "Resource not found")
    raise Problem(404, "NotFound", f"There is no route {request.path}.")


def refuse(problem: Problem) -> Reply:
    """Return the error response for a problem."""
    return Reply(problem.status, problem.as_body(), [("x-ms-error-code", problem.code), *problem.headers])


def _check_api_version(request: RecordedRequest, place: Place) -> None:
    if place.needs_version and not request.query.get("api-version"):
        raise Problem(400, "MissingApiVersionParameter", "The query parameter api-version is required.")


def _check_parameters(
    request: RecordedRequest, body: Dict[str, Any], known_parameters: Tuple[str, ...], require_known_parameters: bool
) -> Dict[str, Any]:
    unknown = sorted(set(body) - set(known_parameters))
    mode = request.headers.get("extra-parameters", "error")
    if mode not in _MODES:
        raise Problem(400, "BadRequest", f"The header extra-parameters must be one of {', '.join(_MODES)}.")
    if mode == "drop":
        return {name: value for name, value in body.items() if name in known_parameters}
    if mode == "error" and unknown and require_known_parameters:
        raise Problem.unprocessable(unknown[0], f"Extra parameters {unknown} are not allowed.")
    return body
