"""The endpoint decides: kind, URL, version and scope. One row of the table of endpoints each."""

from __future__ import annotations

from typing import Any, List, Optional

import pytest
from azure.core.credentials import AzureKeyCredential
from worlds import World, wait

from azure.ai.inference._core.endpoints import resolve
from azure.ai.inference.models import EndpointKind
from azure.ai.inference.testing import FakeResponse

RELEASED = "2024-05-01-preview"
COGNITIVE = "https://cognitiveservices.azure.com/.default"
MACHINE_LEARNING = "https://ml.azure.com/.default"
V1, DEPLOYMENT, MODELS = EndpointKind.OPENAI_V1, EndpointKind.AZURE_OPENAI_DEPLOYMENT, EndpointKind.MODEL_INFERENCE
FOUNDRY, OPENAI = "https://r.services.ai.azure.com", "https://r.openai.azure.com"


@pytest.mark.parametrize(
    ("endpoint", "url", "kind", "version", "scope"),
    [
        (FOUNDRY, f"{FOUNDRY}/openai/v1", V1, None, COGNITIVE),
        (f"{FOUNDRY}/", f"{FOUNDRY}/openai/v1", V1, None, COGNITIVE),
        (f"{OPENAI}/openai/", f"{OPENAI}/openai/v1", V1, None, COGNITIVE),
        ("https://R.OpenAI.Azure.COM", "https://R.OpenAI.Azure.COM/openai/v1", V1, None, COGNITIVE),
        (
            f"{FOUNDRY}/api/projects/p",
            f"{FOUNDRY}/api/projects/p/openai/v1",
            V1,
            None,
            "https://ai.azure.com/.default",
        ),
        (
            "https://r.services.ai.azure.us/api/projects/p/openai/v1",
            "https://r.services.ai.azure.us/api/projects/p/openai/v1",
            V1,
            None,
            "https://ai.azure.us/.default",
        ),
        (f"{OPENAI}/api/projects/p", f"{OPENAI}/api/projects/p", MODELS, RELEASED, COGNITIVE),
        (f"{FOUNDRY}/models", f"{FOUNDRY}/models", MODELS, RELEASED, COGNITIVE),
        (f"{FOUNDRY}/models/chat/completions", f"{FOUNDRY}/models", MODELS, RELEASED, COGNITIVE),
        (f"{FOUNDRY}/openai/v1/images/generations", f"{FOUNDRY}/openai/v1", V1, None, COGNITIVE),
        (f"{OPENAI}/openai/deployments/d", f"{OPENAI}/openai/deployments/d", DEPLOYMENT, RELEASED, COGNITIVE),
        (
            f"{OPENAI}/openai/deployments/d/chat/completions?api-version=2025-01-01-preview",
            f"{OPENAI}/openai/deployments/d",
            DEPLOYMENT,
            "2025-01-01-preview",
            COGNITIVE,
        ),
        (
            f"{OPENAI}/openai/deployments/d?a=1&api-version=2024-10-21&b=2",
            f"{OPENAI}/openai/deployments/d?a=1&b=2",
            DEPLOYMENT,
            "2024-10-21",
            COGNITIVE,
        ),
        (
            "https://r.cognitiveservices.azure.cn",
            "https://r.cognitiveservices.azure.cn/openai/v1",
            V1,
            None,
            "https://cognitiveservices.azure.cn/.default",
        ),
        ("https://api.openai.com", "https://api.openai.com/v1", V1, None, MACHINE_LEARNING),
        ("https://api.openai.com/v1", "https://api.openai.com/v1", V1, None, MACHINE_LEARNING),
        ("http://localhost/openai/v1", "http://localhost/openai/v1", V1, None, MACHINE_LEARNING),
        ("http://localhost/v1", "http://localhost/v1", MODELS, RELEASED, MACHINE_LEARNING),
        ("http://localhost/?a=1", "http://localhost?a=1", MODELS, RELEASED, MACHINE_LEARNING),
        ("http://h/x?api-version=1", "http://h/x?api-version=1", MODELS, RELEASED, MACHINE_LEARNING),
        ("https://h.models.ai.azure.com", "https://h.models.ai.azure.com", MODELS, RELEASED, MACHINE_LEARNING),
        ("https://openai.azure.com", "https://openai.azure.com", MODELS, RELEASED, MACHINE_LEARNING),
        ("https://r.openai.azure.com.evil", "https://r.openai.azure.com.evil", MODELS, RELEASED, MACHINE_LEARNING),
        ("", "", MODELS, RELEASED, MACHINE_LEARNING),
    ],
)
def test_service_of_an_endpoint(
    endpoint: str, url: str, kind: EndpointKind, version: Optional[str], scope: str
) -> None:
    """An endpoint gets the URL, kind, version and scope of its row. Nothing but host and path decide."""
    service = resolve(endpoint)

    assert (service.url, service.kind, service.api_version, service.scope) == (url, kind, version, scope)


@pytest.mark.parametrize(("endpoint", "kind"), [(OPENAI, "model_inference"), ("http://localhost/v1", "openai_v1")])
def test_given_kind_adds_nothing_to_the_path(endpoint: str, kind: str) -> None:
    """A kind that the caller gives rules, and the endpoint is used as it is."""
    service = resolve(endpoint, EndpointKind(kind))

    assert (service.url, service.kind) == (endpoint, EndpointKind(kind))


def test_unknown_kind_is_refused(world: World) -> None:
    """An unknown kind is refused at once, with the kinds that there are."""
    says = f"endpoint_kind must be one of {', '.join(repr(kind.value) for kind in EndpointKind)}, not 'v1'"
    with pytest.raises(ValueError, match=says):
        world.ChatCompletionsClient("https://h", AzureKeyCredential("k"), endpoint_kind="v1")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("endpoint", "options", "line", "has_header"),
    [
        (FOUNDRY, {}, f"{FOUNDRY}/openai/v1/chat/completions", False),
        (
            FOUNDRY,
            {"api_version": "preview"},
            f"{FOUNDRY}/openai/v1/chat/completions?api-version=preview",
            False,
        ),
        (f"{FOUNDRY}/models", {}, f"{FOUNDRY}/models/chat/completions?api-version={RELEASED}", True),
        (
            "http://localhost/v1",
            {"endpoint_kind": "openai_v1"},
            "http://localhost/v1/chat/completions",
            False,
        ),
    ],
)
async def test_requests(world: World, endpoint: str, options: Any, line: str, has_header: bool) -> None:
    """Requests go to the service's URL, with a version and the header of extras only where the kind knows them."""
    requests: List[Any] = []

    def respond(request: Any) -> FakeResponse:
        requests.append(request)
        return FakeResponse(200, body={"choices": [{"message": {}}]})

    transport = world.FakeTransport(respond)
    client = world.ChatCompletionsClient(endpoint, AzureKeyCredential("k"), transport=transport, **options)
    await wait(client.complete(messages=[], model_extras={"x": 1}))
    (request,) = requests

    assert (request.url, "extra-parameters" in request.headers) == (line, has_header)
