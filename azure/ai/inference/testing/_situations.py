"""Error responses that the name of a model provokes, word for word as services send them. No I/O."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional

from azure.ai.inference.testing._replies import Reply


class _Situation(NamedTuple):
    """A status, a body that can name the model, and headers."""

    status: int
    body: Callable[[str], Any]
    headers: Mapping[str, str] = {}


def _azure(code: str, message: str, **more: Any) -> Callable[[str], Any]:
    return lambda model: {"error": {"code": code, "message": message.replace("{model}", model), **more}}


def _openai(message: str, code: Any = None, kind: str = "invalid_request_error") -> Callable[[str], Any]:
    return lambda model: {
        "error": {"message": message.replace("{model}", model), "type": kind, "param": None, "code": code}
    }


def _unauthorized(_: str) -> Dict[str, Any]:
    message = (
        "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), "
        "or have expired."
    )
    return {"statusCode": 401, "message": message}


_FILTERED = {
    "code": "ResponsibleAIPolicyViolation",
    "content_filter_result": {
        "hate": {"filtered": False, "severity": "safe"},
        "jailbreak": {"detected": False, "filtered": False},
        "self_harm": {"filtered": False, "severity": "safe"},
        "sexual": {"filtered": False, "severity": "safe"},
        "violence": {"filtered": True, "severity": "medium"},
    },
}
_LIMITS = {
    "retry-after": "1",
    "retry-after-ms": "10",
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-limit-tokens": "60000",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-remaining-tokens": "59000",
    "x-ratelimit-reset-requests": "1s",
    "x-ratelimit-reset-tokens": "6m0s",
}

SITUATIONS: Dict[str, _Situation] = {
    "error-api-version": _Situation(400, _azure("BadRequest", "API version not supported")),
    "error-api-version-missing": _Situation(
        400, _azure("MissingApiVersionParameter", "The query parameter api-version is required.")
    ),
    "error-argument": _Situation(400, _openai("Unrecognized request argument supplied: surprise")),
    "error-audience": _Situation(401, _unauthorized),
    "error-content-filter": _Situation(
        400,
        _azure(
            "content_filter",
            "The response was filtered due to the prompt triggering the content management policy.",
            param="prompt",
            type=None,
            status=400,
            innererror=_FILTERED,
        ),
    ),
    "error-deployment": _Situation(
        404,
        _azure(
            "DeploymentNotFound",
            "The API deployment for this resource does not exist. If you created the deployment within the last 5 "
            "minutes, please wait a moment and try again.",
        ),
    ),
    "error-key": _Situation(
        401, _azure("401", "Access denied due to invalid subscription key or wrong API endpoint. Check both.")
    ),
    "error-keys-disabled": _Situation(
        403, _azure("AuthenticationTypeDisabled", "Key based authentication is disabled for this resource.")
    ),
    "error-model": _Situation(
        404, _openai("The model `{model}` does not exist or you do not have access to it.", "model_not_found")
    ),
    "error-model-foundry": _Situation(404, _azure("unknown_model", "Unknown model: {model}")),
    "error-model-missing": _Situation(400, _openai("you must provide a model parameter")),
    "error-model-missing-foundry": _Situation(
        400, _azure("no_model_name", "No model specified in request. Name the model in the body.")
    ),
    "error-model-ollama": _Situation(
        404, _openai('model "{model}" not found, try pulling it first', kind="not_found_error")
    ),
    "error-model-vllm": _Situation(404, _openai("The model `{model}` does not exist.", 404, "NotFoundError")),
    "error-path": _Situation(404, _azure("404", "Resource not found")),
    "error-rate-limit": _Situation(
        429, _azure("429", "Requests have exceeded the rate limit. Please retry after 1 second."), _LIMITS
    ),
    "error-role": _Situation(
        401,
        _azure(
            "PermissionDenied",
            "The principal `00000000-0000-4000-8000-000000000000` lacks the required data action "
            "`Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action` to perform "
            "`POST /openai/deployments/{deployment-id}/chat/completions` operation.",
        ),
    ),
}


def provoked_error(model: Any) -> Optional[Reply]:
    """Return the error response that the name of a model provokes, or None if it provokes none."""
    situation = SITUATIONS.get(model) if isinstance(model, str) else None
    return None if situation is None else Reply(situation.status, situation.body(model), situation.headers)
