"""The endpoint decides kind, URL, version and scope. Each endpoint is a row of the table."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Tuple
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.rest import HttpRequest
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
        (f"{FOUNDRY}/models/embeddings", f"{FOUNDRY}/models", MODELS, RELEASED, COGNITIVE),
        (f"{FOUNDRY}/models/images/embeddings/", f"{FOUNDRY}/models", MODELS, RELEASED, COGNITIVE),
        (f"{FOUNDRY}/chat/completions", f"{FOUNDRY}/openai/v1", V1, None, COGNITIVE),
        (
            f"{FOUNDRY}/api/projects/p/chat/completions?api-version=v1",
            f"{FOUNDRY}/api/projects/p/openai/v1",
            V1,
            "v1",
            "https://ai.azure.com/.default",
        ),
        (f"{FOUNDRY}/info", f"{FOUNDRY}/info", MODELS, RELEASED, COGNITIVE),
        (f"{OPENAI}/openai/v1/", f"{OPENAI}/openai/v1", V1, None, COGNITIVE),
        (f"{OPENAI}?api-version=preview", f"{OPENAI}/openai/v1", V1, "preview", COGNITIVE),
        (f"{FOUNDRY}/models?api-version=2025-04-01", f"{FOUNDRY}/models", MODELS, "2025-04-01", COGNITIVE),
        (
            "https://r.cognitiveservices.azure.com/openai/deployments/d",
            "https://r.cognitiveservices.azure.com/openai/deployments/d",
            DEPLOYMENT,
            RELEASED,
            COGNITIVE,
        ),
        (
            "https://r.services.ai.azure.cn/api/projects/p",
            "https://r.services.ai.azure.cn/api/projects/p/openai/v1",
            V1,
            None,
            "https://ai.azure.cn/.default",
        ),
        (
            "https://r.openai.azure.us",
            "https://r.openai.azure.us/openai/v1",
            V1,
            None,
            "https://cognitiveservices.azure.us/.default",
        ),
        ("https://r.openai.azure.de", "https://r.openai.azure.de", MODELS, RELEASED, MACHINE_LEARNING),
        ("http://h/a/openai/deployments/d", "http://h/a/openai/deployments/d", DEPLOYMENT, RELEASED, MACHINE_LEARNING),
        ("http://h/openai/v1/x", "http://h/openai/v1/x", MODELS, RELEASED, MACHINE_LEARNING),
        ("http://h/chat/completions", "http://h/chat/completions", MODELS, RELEASED, MACHINE_LEARNING),
        ("https://h.inference.ml.azure.com", "https://h.inference.ml.azure.com", MODELS, RELEASED, MACHINE_LEARNING),
        ("https://api.openai.com", "https://api.openai.com/v1", V1, None, MACHINE_LEARNING),
        ("https://api.openai.com/v2", "https://api.openai.com/v2", V1, None, MACHINE_LEARNING),
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


@pytest.mark.parametrize("kind", [V1, "openai_v1"])
def test_kind_of_every_client(world: World, kind: Any) -> None:
    """Each client takes a kind, as a member or as a str."""
    for client in world.clients:
        made = client("http://h/v1", AzureKeyCredential("k"), endpoint_kind=kind)

        assert (made._config.api_version, made._config.endpoint) == (None, "http://h/v1")


@pytest.mark.asyncio
async def test_kind_of_a_loaded_client(world: World) -> None:
    """`load_client` requests model info by the rules of the kind, and passes the kind to the client."""
    requests = Requests(world, {"id": "m", "capabilities": {"chat_completion": True}})
    loaded = await wait(
        world.load_client(
            "http://h/v1", AzureKeyCredential("k"), endpoint_kind="openai_v1", model="m", n=2, transport=requests.aside
        )
    )
    await wait(loaded.complete(messages=[]))

    assert requests.urls == ["http://h/v1/models/m", "http://h/v1/chat/completions"]
    assert json.loads(requests.all[1].content) == {"messages": [], "model": "m", "n": 2}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("endpoint", "of_client", "of_call", "sent"),
    [
        (f"{FOUNDRY}/models", None, None, RELEASED),
        (f"{FOUNDRY}/models?api-version=1", None, None, "1"),
        (f"{FOUNDRY}/models?api-version=1", "2", None, "2"),
        (f"{FOUNDRY}/models?api-version=1", "2", "3", "3"),
        (FOUNDRY, None, None, None),
        (FOUNDRY, "2", None, "2"),
        (FOUNDRY, "2", "3", "3"),
        (f"{FOUNDRY}?api-version=v1", None, None, "v1"),
    ],
)
async def test_version(
    world: World, endpoint: str, of_client: Optional[str], of_call: Optional[str], sent: Optional[str]
) -> None:
    """The call's version precedes the client's, that the endpoint's, that the kind's; one is sent."""
    requests = Requests(world)
    for name, method, arguments in METHODS:
        of_constructor = {} if of_client is None else {"api_version": of_client}
        client = requests.client(name, endpoint, **of_constructor)
        await wait(getattr(client, method)(**arguments, **({} if of_call is None else {"api_version": of_call})))

        assert parse_qs(urlsplit(requests.urls[-1]).query).get("api-version") == (None if sent is None else [sent])


@pytest.mark.asyncio
@pytest.mark.parametrize("endpoint", [f"{FOUNDRY}/models", f"{OPENAI}/openai/deployments/d", OPENAI, "http://h/v1"])
async def test_headers_of_keys(world: World, endpoint: str) -> None:
    """A key is in both headers on every kind."""
    requests = Requests(world)
    for name, method, arguments in METHODS:
        await wait(getattr(requests.client(name, endpoint), method)(**arguments))

        headers = requests.all[-1].headers
        assert (headers["Authorization"], headers["api-key"]) == ("Bearer k", "k")


@pytest.mark.asyncio
async def test_endpoint_stays_the_callers(world: World) -> None:
    """The endpoint can be read as given; the caller's own requests go below it, and calls to the service's URL."""
    requests = Requests(world)
    client = requests.client("ChatCompletionsClient", f"{FOUNDRY}/")
    await wait(client.send_request(HttpRequest("GET", "/models?a=1")))
    await wait(client.complete(messages=[]))

    assert client._config.endpoint == f"{FOUNDRY}/"
    assert requests.urls == [f"{FOUNDRY}/models?a=1", f"{FOUNDRY}/openai/v1/chat/completions"]


#: The methods of the clients that every kind of endpoint has.
METHODS: List[Tuple[str, str, Dict[str, Any]]] = [
    ("ChatCompletionsClient", "complete", {"messages": []}),
    ("EmbeddingsClient", "embed", {"input": ["a"]}),
    ("ChatCompletionsClient", "get_model_info", {"model": "m"}),
]


class Requests:
    """The requests of clients, which all get the same response."""

    def __init__(self, world: World, *first: Any) -> None:
        self.all: List[Any] = []
        self._first = list(first)
        self._world = world
        self.aside = world.FakeTransport(self._respond)

    def _respond(self, request: Any) -> FakeResponse:
        self.all.append(request)
        return FakeResponse(200, body=self._first.pop() if self._first else {"choices": [], "data": [], "id": "m"})

    @property
    def urls(self) -> List[str]:
        """Return the URLs of the requests."""
        return [request.url for request in self.all]

    def client(self, name: str, endpoint: str, **options: Any) -> Any:
        """Return a client of this name."""
        return getattr(self._world, name)(endpoint, AzureKeyCredential("k"), transport=self.aside, **options)


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
