"""Credentials, headers, hooks, policies, logs and errors in a client's pipeline, in both worlds."""

from __future__ import annotations

import base64
import copy
import json
import logging
import pickle
from typing import Any, Dict, Iterator, List

import azure.core
import pytest
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    IncompleteReadError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest
from worlds import SYNC, World, opened, wait

from azure.ai.inference.models import UserMessage
from azure.ai.inference.testing import FakeResponse, LocalService, Reply

HI = [UserMessage("Say hi, please.")]


@pytest.mark.asyncio
async def test_hooks_and_policies(world: World, service: LocalService) -> None:
    """A hook sees the same as ever, and a policy's own option reaches it."""
    seen: List[Any] = []

    class Policy(SansIOHTTPPolicy[Any, Any]):
        def on_request(self, request: Any) -> None:
            seen.append(request.context.options.pop("own_option"))

    async with opened(
        world.ChatCompletionsClient(service.endpoint, service.credential, per_call_policies=[Policy()])
    ) as client:
        answer = await wait(
            client.complete(
                messages=HI,
                own_option="own",
                raw_request_hook=lambda request: seen.append(request.http_request.method),
                raw_response_hook=lambda response: seen.append(response.http_response.status_code),
            )
        )

    assert seen == ["own", "POST", 200]
    assert answer.choices


@pytest.mark.asyncio
async def test_headers_and_parameters(world: World, service: LocalService) -> None:
    """A call's headers override the client's, and a caller's dictionary is not changed."""
    of_client, of_call, extras = {"x-one": "client", "x-two": "client"}, {"X-One": "call"}, {"extra": 1}
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential, headers=of_client)) as client:
        await wait(client.complete(messages=HI, headers=of_call, params={"p": "v"}, model_extras=extras))
        await wait(client.complete(messages=HI, headers=None, params=None))

    request = service.requests[0]
    assert (request.headers["x-one"], request.headers["x-two"]) == ("call", "client")
    assert request.headers["extra-parameters"] == "pass-through"
    assert request.query == {"p": "v", "api-version": "2024-05-01-preview"}
    assert "extra-parameters" not in service.requests[1].headers
    assert (of_client, of_call, extras) == ({"x-one": "client", "x-two": "client"}, {"X-One": "call"}, {"extra": 1})


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", [list, tuple, iter])
async def test_headers_and_parameters_as_pairs(world: World, service: LocalService, kind: Any) -> None:
    """Headers and parameters may be pairs, as released programs pass them."""
    pairs = [("X-One", "call"), ("X-Two", "call")]
    client = world.ChatCompletionsClient(service.endpoint, service.credential, headers={"x-two": "client"})
    async with opened(client) as client:
        await wait(client.complete(messages=HI, headers=kind(pairs), params=kind([("p", "v")])))
        await wait(client.with_options(headers=pairs[:1]).complete(messages=HI, headers=pairs[1:]))
        await wait(client.send_request(HttpRequest("GET", "/info"), headers=pairs))
        await wait(client.get_model_info(model="m", params=[("p", "v")]))

    assert [(sent.headers["x-one"], sent.headers["x-two"]) for sent in service.requests[:3]] == [("call", "call")] * 3
    assert service.requests[0].query == {"p": "v", "api-version": "2024-05-01-preview"}
    assert service.requests[3].query == {"model": "m", "p": "v", "api-version": "2024-05-01-preview"}


@pytest.mark.asyncio
async def test_wrong_key(world: World, service: LocalService) -> None:
    """The error of a wrong key has the service's message and the target of the request."""
    async with opened(world.ChatCompletionsClient(service.endpoint, AzureKeyCredential("wrong-key"))) as client:
        with pytest.raises(ClientAuthenticationError) as caught:
            await wait(client.complete(messages=HI))

    assert caught.value.status_code == 401
    assert caught.value.error is not None
    assert f"POST {service.endpoint}/chat/completions with api-version 2024-05-01-preview" in str(caught.value)
    assert "wrong-key" not in str(caught.value)


@pytest.mark.asyncio
async def test_error_map_comes_first(world: World, service: LocalService) -> None:
    """A caller's own exception precedes the library's."""
    service.answer_always(Reply(429, body={"error": {"code": "slow", "message": "down"}}))

    class Mine(HttpResponseError):
        pass

    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential, retry_total=0)) as client:
        for stream in (False, True):
            with pytest.raises(Mine, match="down"):
                await wait(client.complete(messages=HI, stream=stream, error_map={429: Mine}))


@pytest.mark.asyncio
async def test_token_is_refused_over_plain_http(world: World, service: LocalService) -> None:
    """A token is not sent over plain http."""

    class Credential:
        def get_token(self, *scopes: str, **kwargs: Any) -> Any:
            raise AssertionError("no token is needed for a request that is never sent")

    async with opened(world.ChatCompletionsClient(service.endpoint, Credential())) as client:
        with pytest.raises(ServiceRequestError, match="non-TLS"):
            await wait(client.complete(messages=HI))

    assert service.requests == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("given", "scope"),
    [
        ({}, "https://ml.azure.com/.default"),
        ({"credential_scopes": ["https://mine/.default"]}, "https://mine/.default"),
    ],
)
async def test_token_of_its_scope(given: Dict[str, Any], scope: str, world: World, service: LocalService) -> None:
    """A token of the right scope is requested and sent."""
    scopes: List[str] = []

    class Credential:
        def get_token(self, *wanted: str, **kwargs: Any) -> AccessToken:
            scopes.extend(wanted)
            return AccessToken("the-token", 4_000_000_000)

    class AsyncCredential(Credential):
        async def get_token(self, *wanted: str, **kwargs: Any) -> AccessToken:  # type: ignore[override]
            return super().get_token(*wanted)

    credential = Credential() if world is SYNC else AsyncCredential()
    with LocalService(token="the-token") as local:
        async with opened(world.ChatCompletionsClient(local.endpoint, credential, **given)) as client:
            assert (await wait(client.complete(messages=HI, enforce_https=False))).choices
        assert local.requests[0].headers["Authorization"] == "Bearer the-token"
        assert "api-key" not in local.requests[0].headers
    assert scopes == [scope]


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ((None, AzureKeyCredential("k")), ValueError, "Parameter 'endpoint' must not be None."),
        (("https://h.example", None), ValueError, "Parameter 'credential' must not be None."),
        (("https://h.example", "the-key"), TypeError, "Unsupported credential: str."),
        (("https://h.example", 5), TypeError, "Unsupported credential: int."),
    ],
)
def test_constructor_checks(arguments: Any, error: Any, says: str, world: World) -> None:
    """A wrong argument is refused at once, and no key is shown."""
    for client in world.clients:
        with pytest.raises(error, match=says) as caught:
            client(*arguments)
        assert "the-key" not in str(caught.value)


@pytest.mark.asyncio
async def test_clients_are_copied_but_not_pickled(world: World, service: LocalService) -> None:
    """A client cannot be pickled, and a copy shares its connections."""
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential, model="m")) as client:
        for twin in (copy.copy(client), copy.deepcopy({"client": client})["client"]):
            assert twin._client is client._client
            assert twin._settings == {"model": "m"}
            assert (await wait(twin.complete(messages=HI))).model == "m"
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(client)

    assert service.connections == 1


def test_order_of_policies(world: World) -> None:
    """The policies have the same order as ever."""
    client = world.ChatCompletionsClient("https://h.example", AzureKeyCredential("k"))
    chain = [getattr(node, "_policy", node) for node in client._client._pipeline._impl_policies]
    bases = [{base.__name__.replace("Async", "") for base in type(policy).__mro__} for policy in chain[:-1]]

    expected = (
        "RequestIdPolicy HeadersPolicy UserAgentPolicy ProxyPolicy ContentDecodePolicy RedirectPolicy RetryPolicy "
        "AzureKeyCredentialPolicy CustomHookPolicy NetworkTraceLoggingPolicy DistributedTracingPolicy "
        "SensitiveHeaderCleanupPolicy HttpLoggingPolicy"
    ).split()
    assert [name for name, names in zip(expected, bases) if name not in names] == []
    assert len(bases) in (len(expected), len(expected) - 1)


@pytest.mark.asyncio
async def test_logs_show_no_secret(world: World, service: LocalService, caplog: pytest.LogCaptureFixture) -> None:
    """No key or message gets into a log that was not asked to contain them."""
    caplog.set_level(logging.DEBUG)
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        await wait(client.complete(messages=[UserMessage("a private matter")]))
        quiet = caplog.text
        await wait(client.complete(messages=[UserMessage("a private matter")], logging_enable=True))

    assert "azure.core.pipeline.policies.http_logging_policy" in {record.name for record in caplog.records}
    assert service.key not in quiet
    assert "a private matter" not in quiet
    assert "a private matter" in caplog.text


@pytest.mark.asyncio
async def test_policies_of_ones_own(world: World, service: LocalService) -> None:
    """A pipeline without our policies works, and its responses are read."""
    async with opened(world.EmbeddingsClient(service.endpoint, service.credential, policies=[])) as client:
        with pytest.raises(ClientAuthenticationError):
            await wait(client.embed(input=["a"]))
        service.answer(Reply(body={"data": [{"index": 0, "embedding": [0.5]}]}))
        result = await wait(client.embed(input=["a"]))

    assert result.data[0].embedding == [0.5]
    assert str(result) == json.dumps(result.as_dict(), indent=2)


@pytest.mark.asyncio
async def test_status_of_an_unreadable_stream(world: World) -> None:
    """An error whose body breaks off in the caller's own transport has its status."""

    def broken() -> Iterator[bytes]:
        yield b"{"
        raise IncompleteReadError("lost")

    transport = world.FakeTransport(lambda request: FakeResponse(404, broken()))
    client = world.ChatCompletionsClient("https://h.example", AzureKeyCredential("k"), transport=transport)
    async with opened(client):
        with pytest.raises(ResourceNotFoundError) as caught:
            await wait(client.complete(messages=HI, stream=True))

    assert caught.value.status_code == 404
    assert transport.open_responses == 0


@pytest.mark.asyncio
async def test_token_challenge(world: World, service: LocalService) -> None:
    """The claims in a service's challenge reach the credential."""
    if azure.core.__version__ in ("1.30.0", "1.30.1", "1.30.2", "1.31.0"):
        pytest.skip("this azure-core does not answer challenges")
    asked: List[Any] = []

    class Credential:
        def get_token(self, *wanted: str, **options: Any) -> AccessToken:
            asked.append(options.get("claims"))
            return AccessToken("the-token", 4_000_000_000)

    class AsyncCredential(Credential):
        async def get_token(self, *wanted: str, **options: Any) -> AccessToken:  # type: ignore[override]
            return super().get_token(*wanted, **options)

    claims = base64.b64encode(b'{"need": 1}').decode()
    challenge = f'Bearer error="insufficient_claims", claims="{claims}"'
    credential = Credential() if world is SYNC else AsyncCredential()
    with LocalService(token="the-token") as local:
        local.answer(Reply(401, headers={"WWW-Authenticate": challenge}))
        async with opened(world.ChatCompletionsClient(local.endpoint, credential)) as client:
            assert (await wait(client.complete(messages=HI, enforce_https=False))).choices

    assert asked == [None, '{"need": 1}']
