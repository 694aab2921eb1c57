"""The additions of the pipeline's own policies to those of azure-core, in both worlds."""

from __future__ import annotations

import uuid
from typing import Any, Dict, List, Optional

import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import RequestIdPolicy, SansIOHTTPPolicy
from azure.core.rest import HttpRequest
from worlds import ASYNC, World, opened, wait

from azure.ai.inference.models import UserMessage
from azure.ai.inference.testing import LocalService, Reply

HI = [UserMessage("Say hi, please.")]
HEADER = "x-ms-client-request-id"


async def sent_headers(
    world: World, service: LocalService, of_client: Dict[str, Any], of_call: Dict[str, Any]
) -> Dict[str, str]:
    """Return the headers of a call with these options."""
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential, **of_client)) as client:
        await wait(client.complete(messages=HI, **of_call))
    return dict(service.requests[-1].headers)


@pytest.mark.asyncio
async def test_own_request_id(world: World, service: LocalService) -> None:
    """Request ids are random: they neither repeat nor reveal the machine's address and time, as version 1 does."""
    first = uuid.UUID((await sent_headers(world, service, {}, {}))[HEADER])
    second = uuid.UUID((await sent_headers(world, service, {}, {}))[HEADER])

    assert (first.version, second.version) == (4, 4)
    assert first != second


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("of_client", "of_call", "expected"),
    [
        ({"request_id": "client"}, {}, "client"),
        ({"request_id": "client"}, {"request_id": "call"}, "call"),
        ({}, {"request_id": "call"}, "call"),
        ({}, {"request_id": None}, None),
        ({"request_id": None}, {}, None),
        ({"auto_request_id": False}, {}, None),
        ({"request_id_policy": RequestIdPolicy(request_id="policy")}, {}, "policy"),
    ],
)
async def test_given_request_id(
    world: World, service: LocalService, of_client: Dict[str, Any], of_call: Dict[str, Any], expected: Optional[str]
) -> None:
    """An id that a caller gives is kept; None sends no id."""
    assert (await sent_headers(world, service, of_client, of_call)).get(HEADER) == expected


@pytest.mark.asyncio
@pytest.mark.parametrize("name", [HEADER, "X-MS-Client-Request-Id", "x-mine"])
async def test_request_id_among_the_headers(world: World, service: LocalService, name: str) -> None:
    """A caller's own header for the id is sent as it is, whoever gave it."""
    headers = {name: "mine"}
    options: Dict[str, Any] = {"request_id_header_name": name} if name == "x-mine" else {}
    made = world.ChatCompletionsClient(service.endpoint, service.credential, **options)
    async with opened(made) as client:
        await wait(client.send_request(HttpRequest("GET", "/info", headers=headers)))
        await wait(client.complete(messages=HI, headers=headers))
    await sent_headers(world, service, {**options, "headers": headers}, {})
    assert [request.headers[name] for request in service.requests] == ["mine"] * 3


@pytest.mark.asyncio
async def test_request_id_set_later(world: World, service: LocalService) -> None:
    """The id that a program gives to the policy of a client is sent."""
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        step: Any = client._client._pipeline._impl_policies[0]
        step._policy.set_request_id("later")
        await wait(client.complete(messages=HI))

    assert service.requests[-1].headers[HEADER] == "later"


class Watching(SansIOHTTPPolicy[Any, Any]):
    """A policy that replaces one of ours, and records its calls."""

    def __init__(self) -> None:
        self.told: List[str] = []

    def on_request(self, request: Any) -> None:
        self.told.append("request")

    def on_response(self, request: Any, response: Any) -> None:
        self.told.append(f"response {response.http_response.status_code}")

    def on_exception(self, request: Any) -> None:
        self.told.append("exception")


class AwaitedWatching(Watching):
    """The same with methods that must be awaited, as azure-core allows in asynchronous pipelines."""

    async def on_request(self, request: Any) -> None:  # type: ignore[override]
        super().on_request(request)

    async def on_response(self, request: Any, response: Any) -> None:  # type: ignore[override]
        super().on_response(request, response)

    async def on_exception(self, request: Any) -> None:  # type: ignore[override]
        super().on_exception(request)


@pytest.mark.asyncio
async def test_policy_in_the_place_of_ours(world: World, service: LocalService) -> None:
    """A policy that replaces one of ours sees requests, responses and failures."""
    for policy in [Watching(), *([AwaitedWatching()] if world is ASYNC else [])]:
        options = {"custom_hook_policy": policy, "retry_total": 0}
        async with opened(world.ChatCompletionsClient(service.endpoint, service.credential, **options)) as client:
            await wait(client.complete(messages=HI))
            service.answer(Reply(500))
            with pytest.raises(HttpResponseError):
                await wait(client.complete(messages=HI))
            with pytest.raises(TypeError, match="unknown_option"):
                await wait(client.complete(messages=HI, unknown_option=1))

        assert policy.told == ["request", "response 200", "request", "response 500", "request", "exception"]
