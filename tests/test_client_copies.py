"""`with_options`: copies of a client with other settings and options, on its connections."""

from __future__ import annotations

import json
from typing import Any, Dict, List

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.rest import HttpRequest
from worlds import World, opened, wait

import azure.ai.inference
import azure.ai.inference.aio
from azure.ai.inference.models import JsonSchemaFormat, UserMessage
from azure.ai.inference.runs import AdaptiveLimiter
from azure.ai.inference.testing import FakeResponse

MESSAGES = [UserMessage("hi")]
COMPLETION = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "a"}}], "data": []}
CLIENTS = ["ChatCompletionsClient", "EmbeddingsClient", "ImageEmbeddingsClient", "ImageGenerationClient"]


class Service:
    """A fake transport that notes requests with their options, and responds to all alike."""

    def __init__(self, world: World) -> None:
        self.transport = world.FakeTransport(self._respond)
        self.requests: List[HttpRequest] = []

    def _respond(self, request: HttpRequest) -> FakeResponse:
        self.requests.append(request)
        if request.url.endswith("/models/m") or "/info" in request.url:
            return FakeResponse(200, {"model_name": f"model {len(self.requests)}"})
        return FakeResponse(200, COMPLETION)

    @property
    def body(self) -> Any:
        """Return the last body without its messages."""
        return {name: value for name, value in json.loads(self.requests[-1].content).items() if name != "messages"}

    def header(self, name: str) -> Any:
        return self.requests[-1].headers.get(name)


def client_of(world: World, name: str, service: Service, **options: Any) -> Any:
    module = azure.ai.inference if world.name == "sync" else azure.ai.inference.aio
    return getattr(module, name)("https://h.example", AzureKeyCredential("k"), transport=service.transport, **options)


@pytest.fixture
def service(world: World) -> Service:
    return Service(world)


async def ask(client: Any, **options: Any) -> Any:
    return await wait(client.complete(messages=MESSAGES, **options))


@pytest.mark.asyncio
async def test_settings(world: World, service: Service) -> None:
    """A call's setting comes first, then the copy's, then the client's; None is unset; the client is unchanged."""
    client = client_of(world, CLIENTS[0], service, temperature=0.1, seed=1, max_tokens=10)
    copy = client.with_options(temperature=0.2, seed=None, top_p=0.5)
    assert type(copy) is type(client)
    await ask(copy, max_tokens=30)
    assert service.body == {"temperature": 0.2, "seed": 1, "max_tokens": 30, "top_p": 0.5}
    await ask(copy, temperature=None, top_p=0)
    assert service.body == {"temperature": 0.2, "seed": 1, "max_tokens": 10, "top_p": 0}
    await ask(client)
    assert service.body == {"temperature": 0.1, "seed": 1, "max_tokens": 10}


@pytest.mark.asyncio
async def test_chain(world: World, service: Service) -> None:
    """A copy of a copy merges its own over both."""
    client = client_of(world, CLIENTS[0], service, seed=1)
    copy = client.with_options(seed=2, top_p=0.5, timeout=5).with_options(seed=3, headers={"a": "1"})
    await ask(copy.with_options())
    assert service.body == {"seed": 3, "top_p": 0.5}
    assert service.header("a") == "1"


@pytest.mark.asyncio
async def test_headers(world: World, service: Service) -> None:
    """Headers are merged key by key, whatever their case: the client's, the copy's, the call's."""
    client = client_of(world, CLIENTS[0], service, headers={"a": "client", "b": "client", "c": "client"})
    copy = client.with_options(headers={"B": "copy", "C": "copy"}).with_options(headers={"c": "second", "d": "second"})
    await ask(copy, headers={"D": "call"})
    assert [service.header(name) for name in "abcd"] == ["client", "copy", "second", "call"]
    await ask(copy, headers=None)
    assert [service.header(name) for name in "abcd"] == ["client", "copy", "second", "second"]
    await ask(client)
    assert [service.header(name) for name in "abcd"] == ["client", "client", "client", None]


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["client", "copy", "call", "request"])
async def test_own_key(world: World, service: Service, where: str) -> None:
    """A key among the headers of the constructor is sent; elsewhere it is that of the credential, as ever."""
    key = {"headers": {"API-Key": "mine"}}
    client = client_of(world, CLIENTS[0], service, **key if where == "client" else {})
    if where == "copy":
        client = client.with_options(**key).with_options(temperature=1)
    if where == "request":
        await wait(client.send_request(HttpRequest("GET", "/x", **key)))
    else:
        await ask(client, **key if where == "call" else {})

    sent = "mine" if where == "client" else "k"
    assert (service.header("api-key"), service.header("Authorization")) == (sent, "Bearer k")


@pytest.mark.asyncio
async def test_extras(world: World, service: Service) -> None:
    """Extras are merged over the client's key by key; those of a call replace the whole, as ever."""
    client = client_of(world, CLIENTS[0], service, model_extras={"a": 1, "b": 1})
    copy = client.with_options(model_extras={"b": 2, "c": 2})
    await ask(copy)
    assert service.body == {"a": 1, "b": 2, "c": 2}
    await ask(copy, model_extras={"d": 3})
    assert service.body == {"d": 3}
    await ask(copy.with_options(model_extras={"a": None}))
    assert service.body == {"b": 2, "c": 2}
    await ask(client)
    assert service.body == {"a": 1, "b": 1}


@pytest.mark.asyncio
async def test_options(world: World, service: Service) -> None:
    """Options of the pipeline apply to the copy's calls, and to its own requests; a call's own take precedence."""
    client = client_of(world, CLIENTS[0], service)
    copy = client.with_options(
        read_timeout=7, request_id="copy", api_version="v", params={"q": "1"}, cls=lambda *_: "hooked", error_map={}
    )
    assert await ask(copy) == "hooked"
    assert service.transport.options[-1]["read_timeout"] == 7
    assert service.requests[-1].url == "https://h.example/chat/completions?q=1&api-version=v"
    assert service.header("x-ms-client-request-id") == "copy"
    assert await ask(copy, read_timeout=8, request_id="call", cls=None) == COMPLETION
    assert service.transport.options[-1]["read_timeout"] == 8
    assert service.header("x-ms-client-request-id") == "call"
    await wait(copy.send_request(HttpRequest("GET", "/x")))
    assert service.requests[-1].url == "https://h.example/x"
    assert service.header("x-ms-client-request-id") == "copy"
    await wait(copy.send_request(HttpRequest("GET", "/x"), read_timeout=9))
    assert service.transport.options[-1]["read_timeout"] == 9


@pytest.mark.asyncio
async def test_forms(world: World, service: Service) -> None:
    """A setting with another form in the body gets it; an invalid one is refused at once."""
    client = client_of(world, CLIENTS[0], service)
    await ask(client.with_options(response_format=JsonSchemaFormat(name="n", schema={})))
    assert service.body["response_format"]["type"] == "json_schema"
    with pytest.raises(ValueError, match="Unsupported `response_format` xml"):
        client.with_options(response_format="xml")


def test_split_reasoning(world: World, service: Service) -> None:
    """An option of one operation is known to its clients only."""
    client_of(world, CLIENTS[0], service).with_options(split_reasoning=True)
    with pytest.raises(TypeError, match="unexpected keyword argument 'split_reasoning'"):
        client_of(world, CLIENTS[1], service).with_options(split_reasoning=True)


@pytest.mark.asyncio
@pytest.mark.parametrize("body", [{"messages": []}, b"{}"])
async def test_own_body(world: World, service: Service, body: Any) -> None:
    """A body of the caller's ignores the copy's settings, as it ignores the client's, and not its options."""
    copy = client_of(world, CLIENTS[0], service).with_options(seed=1, request_id="copy")
    await wait(copy.complete(body))
    assert service.body == {}
    assert service.header("x-ms-client-request-id") == "copy"


REFUSED = {
    "endpoint": "only the constructor takes it, since a copy uses the connections of its client.",
    "credential": "only the constructor takes it",
    "transport": "only the constructor takes it",
    "policies": "only the constructor takes it",
    "limiter": "only the constructor takes it",
    "max_connections": "only the constructor takes it",
    "endpoint_kind": "only the constructor takes it",
    "read_timout": "; did you mean read_timeout",
    "gobbledygook": "'gobbledygook'.",
    "messages": "'messages'.",
    "stream": "'stream'",
}


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("keyword", REFUSED)
def test_refused(world: World, service: Service, name: str, keyword: str) -> None:
    """What a copy cannot change is refused at once, by name."""
    client = client_of(world, name, service)
    with pytest.raises(TypeError) as caught:
        client.with_options(**{keyword: None})
    assert f"{name}.with_options() got an unexpected keyword argument '{keyword}'" in str(caught.value)
    assert REFUSED[keyword] in str(caught.value)


SETTINGS: Dict[str, Dict[str, Any]] = {
    "ChatCompletionsClient": {"n": 2},
    "EmbeddingsClient": {"dimensions": 3},
    "ImageEmbeddingsClient": {"dimensions": 3},
    "ImageGenerationClient": {"size": "1x1"},
}
CALLS: Dict[str, Any] = {
    "ChatCompletionsClient": lambda client: client.complete(messages=[]),
    "EmbeddingsClient": lambda client: client.embed(input=["a"]),
    "ImageEmbeddingsClient": lambda client: client.embed(input=[]),
    "ImageGenerationClient": lambda client: client.generate(prompt="a"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("name", CLIENTS)
async def test_each_client(world: World, service: Service, name: str) -> None:
    """Each client has copies, with its own settings."""
    await wait(CALLS[name](client_of(world, name, service).with_options(**SETTINGS[name])))
    assert SETTINGS[name].items() <= service.body.items()
    other = SETTINGS[CLIENTS[0] if name != CLIENTS[0] else CLIENTS[3]]
    if not other.keys() <= {"n"} or name != "ImageGenerationClient":
        with pytest.raises(TypeError):
            client_of(world, name, service).with_options(**other)


@pytest.mark.asyncio
async def test_closing(world: World, service: Service) -> None:
    """Closing a copy, or leaving its `with`, closes nothing; once the original is closed, the copy is."""
    client = client_of(world, CLIENTS[0], service)
    copy = client.with_options(seed=1)
    if world.name == "sync":
        with copy as entered:
            assert entered is copy
    else:
        async with copy as entered:
            assert entered is copy
    await wait(copy.close())
    await ask(copy)
    await ask(client)
    await wait(client.close())
    assert service.transport.closed
    with pytest.raises(ValueError, match="closed"):
        await ask(copy)


@pytest.mark.asyncio
async def test_limiter(world: World, service: Service) -> None:
    """A copy waits in the line of its client's limiter."""
    limiter = AdaptiveLimiter(requests_per_minute=1)
    client = client_of(world, CLIENTS[0], service, limiter=limiter)
    await ask(client.with_options(seed=1))
    with pytest.raises(Exception, match="timeout of 0"):
        await ask(client.with_options(seed=2), timeout=0.02)
    assert client._limiter_of_runs() is client.with_options(seed=1)._limiter_of_runs() is limiter


@pytest.mark.asyncio
async def test_model_info(world: World, service: Service) -> None:
    """Client and copies request model info once, whoever is first; a copy with another model requests its own."""
    client = client_of(world, CLIENTS[0], service)
    copy = client.with_options(seed=1)
    first = await wait(copy.get_model_info())
    assert await wait(client.get_model_info()) is first
    assert await wait(client.with_options(seed=2).get_model_info()) is first
    assert len(service.requests) == 1
    other = client.with_options(model="m")
    assert await wait(other.get_model_info()) is not first
    assert await wait(client.get_model_info()) is first
    assert len(service.requests) == 2

    client = client_of(world, CLIENTS[0], service)
    copy = client.with_options(seed=1)
    assert await wait(client.get_model_info()) is await wait(copy.get_model_info())
    assert len(service.requests) == 3


@pytest.mark.asyncio
async def test_nothing_secret_is_shown(world: World, service: Service) -> None:
    """The `repr` of what a copy keeps shows no header."""
    copy = client_of(world, CLIENTS[0], service).with_options(headers={"x-key": "secret"}).with_options(headers={})
    assert "secret" not in repr(vars(copy))
    async with opened(copy):
        await ask(copy)
    assert service.header("x-key") == "secret"
