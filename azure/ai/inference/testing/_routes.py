"""The default behavior of the local service: routes, keys and checks as in the REST API. No I/O."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Tuple, Union

from azure.ai.inference._core.operations import CHAT, EMBED
from azure.ai.inference._json import is_object
from azure.ai.inference.testing._replies import Reply, Stream
from azure.ai.inference.testing._requests import RecordedRequest
from azure.ai.inference.testing.toy_model.chat import complete_chat, stream_chat
from azure.ai.inference.testing.toy_model.embeddings import embed_images, embed_texts
from azure.ai.inference.testing.toy_model.problems import Problem

# The settings of the clients, and parameters that only newer versions of the API have.
_CHAT_PARAMETERS = ("messages", "stream", *CHAT.released, "modalities", "user_security_context")
_EMBEDDINGS_PARAMETERS = ("input", *EMBED.released)

MODEL_INFO: Mapping[str, str] = {
    "model_name": "local-model",
    "model_type": "chat_completion",
    "model_provider_name": "local",
}


class _Operation(NamedTuple):
    """A route that accepts a JSON body."""

    suffix: str
    known_parameters: Tuple[str, ...]
    respond: Callable[[Dict[str, Any], str], Union[Dict[str, Any], Stream]]


def _chat(body: Dict[str, Any], model_name: str) -> Union[Dict[str, Any], Stream]:
    return Stream(stream_chat(body, model_name)) if body.get("stream") else complete_chat(body, model_name)


_OPERATIONS = (
    _Operation("/chat/completions", _CHAT_PARAMETERS, _chat),
    _Operation("/images/embeddings", _EMBEDDINGS_PARAMETERS, embed_images),
    _Operation("/embeddings", _EMBEDDINGS_PARAMETERS, embed_texts),
)
_MODES = ("error", "drop", "pass-through")


class BuiltIn:
    """The default responses of the service, for one key, token and model info."""

    def __init__(
        self, key: str, token: Optional[str], model_info: Optional[Mapping[str, str]], require_known_parameters: bool
    ) -> None:
        self._key = key
        self._tokens = {f"bearer {secret}" for secret in (key, token) if secret is not None}
        self._model_info = dict(MODEL_INFO if model_info is None else model_info)
        self._require_known_parameters = require_known_parameters

    def respond(self, request: RecordedRequest) -> Union[Reply, Stream]:
        """Respond to a request as the service would. A path can have any prefix, such as `/models` or `/v1`."""
        try:
            self._check_key(request)
            result = self._dispatch(request)
        except Problem as problem:
            return Reply(problem.status, problem.as_body(), [("x-ms-error-code", problem.code), *problem.headers])
        return result if isinstance(result, Stream) else Reply(200, result)

    def _check_key(self, request: RecordedRequest) -> None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if f"{scheme.lower()} {secret}" in self._tokens or request.headers.get("api-key") == self._key:
            return
        raise Problem(401, "Unauthorized", "Access denied: the request has no valid key or token.")

    def _dispatch(self, request: RecordedRequest) -> Union[Dict[str, Any], Stream]:
        if request.path.endswith("/info"):
            _check_method(request, "GET")
            _check_api_version(request)
            return dict(self._model_info)
        for operation in _OPERATIONS:
            if request.path.endswith(operation.suffix):
                _check_method(request, "POST")
                _check_api_version(request)
                body = self._read_body(request, operation.known_parameters)
                return operation.respond(body, self._model_info.get("model_name", "local-model"))
        raise Problem(404, "NotFound", f"There is no route {request.path}.")

    def _read_body(self, request: RecordedRequest, known_parameters: Tuple[str, ...]) -> Dict[str, Any]:
        try:
            body = request.json()
        except (RecursionError, ValueError) as error:
            raise Problem(400, "BadRequest", f"The body is not JSON: {error}") from error
        if not is_object(body):
            raise Problem(400, "BadRequest", "The body is not a JSON object.")
        unknown = sorted(set(body) - set(known_parameters))
        mode = request.headers.get("extra-parameters", "error")
        if mode not in _MODES:
            raise Problem(400, "BadRequest", f"The header extra-parameters must be one of {', '.join(_MODES)}.")
        if mode == "drop":
            return {name: value for name, value in body.items() if name in known_parameters}
        if mode == "error" and unknown and self._require_known_parameters:
            raise Problem.unprocessable(unknown[0], f"Extra parameters {unknown} are not allowed.")
        return body


def _check_method(request: RecordedRequest, method: str) -> None:
    if request.method != method:
        message = f"The route {request.path} does not support {request.method}."
        raise Problem(405, "MethodNotAllowed", message, headers=[("Allow", method)])


def _check_api_version(request: RecordedRequest) -> None:
    if "v1" not in request.path.split("/") and not request.query.get("api-version"):
        raise Problem(400, "MissingApiVersionParameter", "The query parameter api-version is required.")
