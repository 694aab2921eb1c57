"""The routes below `/openai/v1`, where Azure serves OpenAI's API. No I/O."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from typing import Any, Callable, Dict, Mapping, Union
from urllib.parse import unquote

from azure.ai.inference.testing._bodies import check_method, read_object
from azure.ai.inference.testing._replies import Reply, Stream, pairs_of
from azure.ai.inference.testing._requests import RecordedRequest
from azure.ai.inference.testing._situations import provoked_error
from azure.ai.inference.testing.toy_model.chat import CREATED, Rules, complete_chat, stream_chat
from azure.ai.inference.testing.toy_model.embeddings import embed_openai
from azure.ai.inference.testing.toy_model.images import generate_openai_images
from azure.ai.inference.testing.toy_model.problems import GatewayProblem, Problem

_VERSIONS = (None, "", "v1", "preview")
_MODELS = "/models"
_RETIRES = 1893456000
_LIMITS = {
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-limit-tokens": "60000",
    "x-ratelimit-remaining-requests": "59",
    "x-ratelimit-remaining-tokens": "59000",
}

Respond = Callable[[Dict[str, Any], bool], Union[Dict[str, Any], Stream]]


def _chat(body: Dict[str, Any], detailed: bool) -> Union[Dict[str, Any], Stream]:
    rules = Rules(highest_temperature=2, usage_on_request=True, detailed=detailed)
    model: str = body["model"]
    return Stream(stream_chat(body, model, rules)) if body.get("stream") else complete_chat(body, model, rules)


_OPERATIONS: Mapping[str, Respond] = {
    "/chat/completions": _chat,
    "/embeddings": lambda body, _: embed_openai(body),
    "/images/generations": lambda body, _: generate_openai_images(body),
}


def respond(
    request: RecordedRequest, route: str, model_info: Mapping[str, str], detailed: bool
) -> Union[Reply, Stream, Dict[str, Any]]:
    """Respond to a request with a valid key. Raise Problem if the service would reject it."""
    if request.query.get("api-version") not in _VERSIONS:
        raise GatewayProblem(400, "BadRequest", "API version not supported")
    if route == _MODELS or route.startswith(f"{_MODELS}/"):
        check_method(request, "GET")
        return find_model(unquote(route[len(_MODELS) + 1 :]), model_info)
    operation = _OPERATIONS.get(route)
    if operation is None:
        raise GatewayProblem(404, "404", "Resource not found")
    check_method(request, "POST")
    body = read_object(request)
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise Problem(400, "", "you must provide a model parameter")
    return provoked_error(model) or operation(body, detailed)


def refuse(problem: Problem) -> Reply:
    """Return the error response for a problem. A parameter with an unsupported value gets status 400."""
    return Reply(400 if problem.status == 422 else problem.status, problem.as_openai_body(), problem.headers)


def add_headers(response: Union[Reply, Stream], request: RecordedRequest) -> Union[Reply, Stream]:
    """Add the headers of Azure's gateway, with the same id for equal requests."""
    digest = hashlib.sha256(request.path.encode("utf-8") + b" " + request.body).digest()
    request_id = str(uuid.UUID(bytes=digest[:16], version=4))
    given = pairs_of(response.headers)
    names = {name.lower() for name, _ in given}
    added = {"apim-request-id": request_id, "x-request-id": request_id, "x-ms-region": "local", **_LIMITS}
    headers = [*given, *((name, value) for name, value in added.items() if name not in names)]
    if isinstance(response, Reply):
        return replace(response, headers=headers)
    response.headers = headers
    return response


def find_model(model: str, model_info: Mapping[str, str]) -> Union[Reply, Dict[str, Any]]:
    """Return a model by its id, or the list of models for an empty id."""
    if not model:
        return {"object": "list", "data": [_describe_model(model_info.get("model_name", "local-model"), model_info)]}
    return provoked_error(model) or _describe_model(model, model_info)


def _describe_model(model: str, model_info: Mapping[str, str]) -> Dict[str, Any]:
    kind = model_info.get("model_type", "")
    capabilities = {
        "chat_completion": kind == "chat_completion",
        "completion": False,
        "embeddings": kind == "embeddings",
        "fine_tune": False,
        "inference": True,
    }
    if kind == "image_generation":
        capabilities[kind] = True
    return {
        "id": model,
        "object": "model",
        "created": CREATED,
        "owned_by": model_info.get("model_provider_name", "local"),
        "capabilities": capabilities,
        "lifecycle_status": "generally-available",
        "deprecation": {"inference": _RETIRES},
    }
