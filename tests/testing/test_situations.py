"""Errors that the name of a model provokes in `LocalService`, as services send them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from local_http import HELLO, ask

from azure.ai.inference.testing import LocalService, _situations

STATUSES = {
    "error-api-version": (400, "BadRequest"),
    "error-api-version-missing": (400, "MissingApiVersionParameter"),
    "error-argument": (400, None),
    "error-audience": (401, None),
    "error-content-filter": (400, "content_filter"),
    "error-deployment": (404, "DeploymentNotFound"),
    "error-key": (401, "401"),
    "error-keys-disabled": (403, "AuthenticationTypeDisabled"),
    "error-model": (404, "model_not_found"),
    "error-model-foundry": (404, "unknown_model"),
    "error-model-missing": (400, None),
    "error-model-missing-foundry": (400, "no_model_name"),
    "error-model-ollama": (404, None),
    "error-model-vllm": (404, 404),
    "error-path": (404, "404"),
    "error-rate-limit": (429, "429"),
    "error-role": (401, "PermissionDenied"),
}


@pytest.mark.parametrize("model", sorted(_situations.SITUATIONS))
@pytest.mark.parametrize("path", ["/openai/v1/chat/completions", "/models/chat/completions?api-version=x"])
def test_model_provokes_its_error(service: LocalService, path: str, model: str) -> None:
    """Each of these models gets its status and code, on both routes."""
    response = ask(service, path=path, body={**HELLO, "model": model})
    error = response.json().get("error", {})
    assert (response.status, error.get("code")) == STATUSES[model]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/openai/deployments/error-deployment/chat/completions?api-version=x", HELLO),
        ("POST", "/openai/deployments/error-deployment/embeddings?api-version=x", {"input": ["a"], "model": "other"}),
        ("POST", "/openai/v1/embeddings", {"input": "a", "model": "error-deployment"}),
        ("POST", "/openai/v1/images/generations", {"prompt": "a", "model": "error-deployment"}),
        ("GET", "/openai/v1/models/error-deployment", None),
        ("GET", "/info?api-version=x&model=error-deployment", None),
    ],
)
def test_name_counts_wherever_a_model_is_named(service: LocalService, method: str, path: str, body: Any) -> None:
    """The name counts in a body, as a deployment in the path, as an id in the path, and in the query."""
    response = ask(service, method, path, body)
    assert (response.status, response.json()["error"]["code"]) == (404, "DeploymentNotFound")


def test_body_of_another_form_is_sent_whole(service: LocalService) -> None:
    """The 401 for another audience has no error object, and that of Ollama names the model."""
    body = {**HELLO, "model": "error-audience"}
    assert ask(service, path="/openai/v1/chat/completions", body=body).json() == {
        "statusCode": 401,
        "message": "Unauthorized. Access token is missing, invalid, audience is incorrect "
        "(https://cognitiveservices.azure.com), or have expired.",
    }
    body = {**HELLO, "model": "error-model-ollama"}
    assert ask(service, path="/v1/chat/completions", body=body).json() == {
        "error": {
            "message": 'model "error-model-ollama" not found, try pulling it first',
            "type": "not_found_error",
            "param": None,
            "code": None,
        }
    }


def test_rate_limit_has_its_headers(service: LocalService) -> None:
    """The 429 has the headers that say when to retry and what the limits are, each once."""
    response = ask(service, path="/openai/v1/chat/completions", body={**HELLO, "model": "error-rate-limit"})
    assert [response.headers[name] for name in ("retry-after", "retry-after-ms", "x-ratelimit-reset-tokens")] == [
        "1",
        "10",
        "6m0s",
    ]
    assert response.headers["x-ratelimit-remaining-requests"] == "0"


@pytest.mark.parametrize("model", ["local-model", ["error-key"], {"a": 1}, 5])
def test_other_models_provoke_nothing(service: LocalService, model: Any) -> None:
    """Any other name, and what is no name, provokes no error."""
    assert ask(service, body={**HELLO, "model": model}).status == 200


def test_other_paths_of_a_deployment_are_not_found(service: LocalService) -> None:
    """An unknown path below a deployment gets the 404 of Azure's gateway."""
    response = ask(service, path="/openai/deployments/mine/nothing?api-version=x")
    assert (response.status, response.json()) == (404, {"error": {"code": "404", "message": "Resource not found"}})


def test_documentation_lists_every_situation() -> None:
    """The documentation lists every one of these models with its status."""
    text = (Path(__file__).parents[2] / "docs" / "reference" / "local-service.md").read_text("utf-8")
    listed = re.findall(r"^\| `(error-[\w-]+)` \| (\d+) \|", text, re.MULTILINE)
    assert {model: int(status) for model, status in listed} == {
        model: status for model, (status, _) in STATUSES.items()
    }
    assert set(STATUSES) == set(_situations.SITUATIONS)
