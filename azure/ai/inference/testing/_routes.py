"""The default behavior of the local service: routes, keys and checks as in the REST APIs. No I/O."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Union

from azure.ai.inference.testing import _model_inference, _openai_v1
from azure.ai.inference.testing._places import Place, locate
from azure.ai.inference.testing._replies import Reply, Stream
from azure.ai.inference.testing._requests import RecordedRequest
from azure.ai.inference.testing.toy_model.problems import GatewayProblem, Problem

MODEL_INFO: Mapping[str, str] = {
    "model_name": "local-model",
    "model_type": "chat_completion",
    "model_provider_name": "local",
}


class BuiltIn:
    """The default responses of the service, for one key, token and model info."""

    def __init__(
        self,
        key: str,
        token: Optional[str],
        model_info: Optional[Mapping[str, str]],
        require_known_parameters: bool,
        detailed: bool,
    ) -> None:
        self._key = key
        self._tokens = {f"bearer {secret}" for secret in (key, token) if secret is not None}
        self._model_info = dict(MODEL_INFO if model_info is None else model_info)
        self._require_known_parameters = require_known_parameters
        self._detailed = detailed

    def respond(self, request: RecordedRequest) -> Union[Reply, Stream]:
        """Respond to a request as the service would. Any prefix of a path is an endpoint."""
        place = locate(request.path)
        try:
            self._check_key(request, place)
            result = self._dispatch(request, place)
        except Problem as problem:
            result = _openai_v1.refuse(problem) if place.is_openai_v1 else _model_inference.refuse(problem)
        response = result if isinstance(result, (Reply, Stream)) else Reply(200, result)
        return _openai_v1.add_headers(response, request) if place.is_openai_v1 else response

    def _check_key(self, request: RecordedRequest, place: Place) -> None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if f"{scheme.lower()} {secret}" in self._tokens or request.headers.get("api-key") == self._key:
            return
        if place.is_openai_v1:
            message = "Access denied due to invalid subscription key or wrong API endpoint. Check both."
            raise GatewayProblem(401, "401", message)
        raise Problem(401, "Unauthorized", "Access denied: the request has no valid key or token.")

    def _dispatch(self, request: RecordedRequest, place: Place) -> Union[Reply, Stream, Dict[str, Any]]:
        if place.is_openai_v1:
            return _openai_v1.respond(request, place.route, self._model_info, self._detailed)
        return _model_inference.respond(
            request, place, self._model_info, self._detailed, self._require_known_parameters
        )
