"""A newcomer's program runs on `/models` and on today's endpoints, and only the line with its endpoint changes."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Tuple
from urllib.parse import urlsplit, urlunsplit

import pytest
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import AioHttpTransport, RequestsTransport
from worlds import World, opened, updates_of, wait

from azure.ai.inference.models import AssistantMessage, JsonSchemaFormat, SystemMessage, ToolMessage, UserMessage
from azure.ai.inference.testing import LocalService

RESOURCE = "https://my-resource.services.ai.azure.com"
PROJECT = "/api/projects/my-project"
VERSION = {"api-version": "2024-05-01-preview"}
COGNITIVE = "https://cognitiveservices.azure.com/.default"

#: Endpoint; where its routes are; the query of every request; the scope of tokens.
ENDPOINTS: List[Tuple[str, str, Dict[str, str], str]] = [
    (f"{RESOURCE}/models", "/models", VERSION, COGNITIVE),
    (f"{RESOURCE}/openai/v1", "/openai/v1", {}, COGNITIVE),
    (RESOURCE, "/openai/v1", {}, COGNITIVE),
    ("https://my-resource.openai.azure.com/", "/openai/v1", {}, COGNITIVE),
    (f"{RESOURCE}{PROJECT}", f"{PROJECT}/openai/v1", {}, "https://ai.azure.com/.default"),
]
ROUTES = ["/chat/completions"] * 5 + ["/embeddings"]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CITY = JsonSchemaFormat(
    name="city",
    schema={"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    strict=True,
)


def turned(url: str, service: LocalService) -> str:
    """Return a URL at the local service in place of its host."""
    local = urlsplit(service.endpoint)
    return urlunsplit(urlsplit(url)._replace(scheme=local.scheme, netloc=local.netloc))


class Aside(RequestsTransport):
    """Sends requests for any host to a local service."""

    def __init__(self, service: LocalService) -> None:
        super().__init__()
        self.service = service

    def send(self, request: Any, **options: Any) -> Any:
        request.url = turned(request.url, self.service)
        return super().send(request, **options)


class AsyncAside(AioHttpTransport):
    """Does the same for asynchronous clients."""

    def __init__(self, service: LocalService) -> None:
        super().__init__()
        self.service = service

    async def send(self, request: Any, **options: Any) -> Any:
        request.url = turned(request.url, self.service)
        return await super().send(request, **options)


class Tokens:
    """A token credential, and the scopes that it was asked for."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.scopes: List[str] = []

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self.scopes.extend(scopes)
        return AccessToken(self.token, 9999999999)


class AsyncTokens(Tokens):
    """The same for asynchronous clients."""

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:  # type: ignore[override]
        return super().get_token(*scopes, **options)


async def program(world: World, endpoint: str, credential: Any, service: LocalService) -> Dict[str, Any]:
    """Chat, stream, call a tool, ask for JSON, and embed. Return what a user would show of it."""
    transport = Aside if world.name == "sync" else AsyncAside
    options: Dict[str, Any] = {"credential": credential, "model": "my-deployment"}
    async with opened(world.ChatCompletionsClient(endpoint, transport=transport(service), **options)) as client:
        messages: List[Any] = [SystemMessage("Be brief."), UserMessage("How many feet are in a mile?")]
        completion = await wait(client.complete(messages=messages, temperature=0.5))

        usage = {"include_usage": True}
        stream = await wait(client.complete(messages=messages, stream=True, stream_options=usage))
        updates = await updates_of(stream)

        history: List[Any] = [UserMessage("What is the weather in Oslo?")]
        asked = (await wait(client.complete(messages=history, tools=[WEATHER]))).choices[0].message
        history.append(AssistantMessage(tool_calls=asked.tool_calls))
        history.extend(ToolMessage("7 degrees", tool_call_id=call.id) for call in asked.tool_calls)
        answered = await wait(client.complete(messages=history, tools=[WEATHER]))

        question = [UserMessage("Name a city.")]
        structured = await wait(client.complete(messages=question, response_format=CITY))
    async with opened(world.EmbeddingsClient(endpoint, transport=transport(service), **options)) as client:
        embedded = await wait(client.embed(input=["a red apple", "the speed of light"]))

    choices = [choice for update in updates for choice in update.choices]
    return {
        "chat": completion.choices[0].message.content,
        "model": completion.model,
        "stream": "".join(choice.delta.content or "" for choice in choices),
        "usage": [update.usage.as_dict() for update in updates if update.usage] == [completion.usage.as_dict()],
        "tool": [(call.function.name, json.loads(call.function.arguments)) for call in asked.tool_calls],
        "after the tool": "7 degrees" in answered.choices[0].message.content,
        "json": list(json.loads(structured.choices[0].message.content)),
        "vectors": [[round(number, 5) for number in item.embedding] for item in embedded.data],
    }


@pytest.mark.asyncio
async def test_only_the_line_with_the_endpoint_changes(world: World, service: LocalService) -> None:
    """The program has the same results everywhere, and its requests go where each endpoint wants them."""
    results: List[Dict[str, Any]] = []
    for endpoint, prefix, query, _ in ENDPOINTS:
        service.reset()
        results.append(await program(world, endpoint, service.credential, service))

        assert [(request.path, request.query) for request in service.requests] == [
            (prefix + route, query) for route in ROUTES
        ]

    first = results[0]
    assert results == [first] * len(ENDPOINTS)
    assert first["chat"] == first["stream"]
    assert (first["model"], first["usage"], first["after the tool"]) == ("my-deployment", True, True)
    assert (first["tool"], first["json"]) == ([("get_weather", {"city": "Oslo"})], ["name"])
    assert [len(vector) for vector in first["vectors"]] == [256, 256]


@pytest.mark.asyncio
async def test_tokens_are_for_the_scope_of_the_endpoint(world: World) -> None:
    """With a token credential the program needs no scope: each endpoint has its own, and no key is sent."""
    with LocalService(token="a-token") as service:
        for endpoint, _, _, scope in ENDPOINTS:
            service.reset()
            credential = Tokens("a-token") if world.name == "sync" else AsyncTokens("a-token")
            await program(world, endpoint, credential, service)

            assert set(credential.scopes) == {scope}
            sent = {(request.headers["Authorization"], "api-key" in request.headers) for request in service.requests}
            assert sent == {("Bearer a-token", False)}
