"""Model info on the routes of the OpenAI dialect. Those of the released package are in test_clients.py."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ResourceNotFoundError
from worlds import World, wait

from azure.ai.inference.testing import FakeResponse

V1 = "https://r.openai.azure.com"
CHAT: Dict[str, Any] = {
    "id": "gpt-x",
    "object": "model",
    "owned_by": "someone",
    "capabilities": {"chat_completion": True, "embeddings": False},
}


class Models:
    """A transport that responds to requests for models, and the URLs that it has seen."""

    def __init__(self, world: World, *bodies: Any, status: int = 200) -> None:
        self.urls: List[str] = []
        self._bodies = iter(bodies)
        self._status = status
        self.transport = world.FakeTransport(self._respond)

    def _respond(self, request: Any) -> FakeResponse:
        self.urls.append(request.url)
        return FakeResponse(self._status, body=next(self._bodies))

    def client(self, world: World, endpoint: str = V1, **options: Any) -> Any:
        return world.ChatCompletionsClient(
            endpoint, AzureKeyCredential("k"), transport=self.transport, retry_total=0, **options
        )


@pytest.mark.asyncio
async def test_model_of_the_constructor(world: World) -> None:
    """The route names the model of the constructor, encoded; the result has the fields of `/info` and is cached."""
    models = Models(world, CHAT)
    client = models.client(world, model="org/name:tag")
    info = await wait(client.get_model_info())
    again = await wait(client.get_model_info())

    assert models.urls == [f"{V1}/openai/v1/models/org%2Fname:tag"]
    assert info is again
    assert (info.model_name, info.model_type, info.model_provider_name) == ("gpt-x", "chat_completion", "someone")
    assert info["capabilities"] == CHAT["capabilities"]


@pytest.mark.asyncio
async def test_model_of_the_call_is_asked_anew(world: World) -> None:
    """A model of the call precedes that of the constructor, and is not cached."""
    models = Models(world, CHAT, {"id": "b"}, {"id": "b"})
    client = models.client(world, model="a")
    first = await wait(client.get_model_info())
    second = await wait(client.get_model_info(model="b"))
    await wait(client.get_model_info(model="b"))

    assert models.urls == [f"{V1}/openai/v1/models/{name}" for name in "abb"]
    assert (second.model_name, second.model_type) == ("b", None)
    assert await wait(client.get_model_info()) is first


@pytest.mark.asyncio
async def test_empty_info_is_asked_for_again(world: World) -> None:
    """An empty object is no info to remember."""
    models = Models(world, {}, {"model_name": "m"})
    client = models.client(world, "https://r.services.ai.azure.com/models")

    assert [await wait(client.get_model_info()) for _ in range(3)] == [{}, {"model_name": "m"}, {"model_name": "m"}]
    assert len(models.urls) == 2


@pytest.mark.asyncio
async def test_only_model_of_a_list(world: World) -> None:
    """Without a model the endpoint's list is requested, which must have one entry."""
    models = Models(world, {"object": "list", "data": [CHAT]})

    assert (await wait(models.client(world).get_model_info())).model_name == "gpt-x"
    assert models.urls == [f"{V1}/openai/v1/models"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "lists no model. Name one with `model=`"),
        ([{"id": n} for n in "ab"], r"lists 2 models \(a, b\). Name one with `model=`"),
        ([{"id": str(n)} for n in range(9)], r"lists 9 models \(0, 1, 2, 3, 4, ...\)"),
        (None, "lists no model"),
    ],
)
async def test_other_lists_are_refused(world: World, data: Any, says: str) -> None:
    """An endpoint with no model or several needs `model=`, and the error counts and names them."""
    with pytest.raises(ValueError, match=says):
        await wait(Models(world, {"object": "list", "data": data}).client(world).get_model_info())


@pytest.mark.asyncio
async def test_missing_model_keeps_the_words_of_the_service(world: World) -> None:
    """A missing model raises the service's error, with the request, and not that of a missing route."""
    body = {"error": {"code": "model_not_found", "message": "No such model."}}
    with pytest.raises(ResourceNotFoundError) as raised:
        await wait(Models(world, body, status=404).client(world, model="x").get_model_info())

    assert "No such model." in raised.value.message
    assert f"GET {V1}/openai/v1/models/x without api-version" in raised.value.message


@pytest.mark.asyncio
async def test_other_kinds_ask_for_info(world: World) -> None:
    """Other kinds request `/info`, with the model in the query only if the call names one."""
    models = Models(world, {"model_name": "a"}, {"model_name": "b"})
    client = models.client(world, "https://h.example", model="m")
    await wait(client.get_model_info())
    await wait(client.get_model_info(model="b"))
    version = "api-version=2024-05-01-preview"

    assert models.urls == [f"https://h.example/info?{version}", f"https://h.example/info?model=b&{version}"]


@pytest.mark.asyncio
async def test_load_client_takes_the_model(world: World) -> None:
    """`load_client` requests the info of the model among its keywords, and makes the client of its type with it."""
    models = Models(world, {"id": "e", "capabilities": {"embeddings": True}})
    client = await wait(world.load_client(V1, AzureKeyCredential("k"), model="e", transport=models.transport))

    assert models.urls == [f"{V1}/openai/v1/models/e"]
    assert type(client) is world.EmbeddingsClient


@pytest.mark.asyncio
async def test_load_client_without_a_type(world: World) -> None:
    """A model without capabilities has no type, and `load_client` refuses it."""
    for entry in ({"id": "m"}, {"id": "m", "capabilities": {}}, {"id": "m", "capabilities": {"embeddings": False}}):
        models = Models(world, entry)
        with pytest.raises(ValueError, match="missing a value for `model type`"):
            await wait(world.load_client(V1, AzureKeyCredential("k"), model="m", transport=models.transport))


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["chat_completion", "embeddings", "image_generation"])
async def test_type_follows_the_capabilities(world: World, name: str) -> None:
    """The capability is the type, and all other keys are kept."""
    entry = {
        "id": "m",
        "owned_by": "o",
        "capabilities": {"fine_tune": True, name: True},
        "deprecation": {"inference": 1},
    }
    info = await wait(Models(world, entry).client(world).get_model_info(model="m"))

    assert (info.model_type, info["deprecation"], info["capabilities"]) == (
        name,
        {"inference": 1},
        entry["capabilities"],
    )
