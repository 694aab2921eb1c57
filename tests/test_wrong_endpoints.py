"""Endpoints to which no request can go: clients accept them, and the first request raises the error."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

import pytest
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from worlds import World, opened, wait

from azure.ai.inference.testing import FakeResponse

NOT_A_URL = "Parameter 'endpoint' must be a URL that begins with https:// or http:// and names a host."
USER = "Parameter 'endpoint' must not carry a user name or password; use 'credential' instead."
WRONG: Dict[str, Any] = {
    "a placeholder": ("endpoint", ValueError, NOT_A_URL),
    "nothing": ("", ValueError, NOT_A_URL),
    "a URL template": ("{endpoint}", ValueError, NOT_A_URL),
    "no host": ("https://", ValueError, NOT_A_URL),
    "half an address": ("https://[::1", ValueError, NOT_A_URL),
    "a user": ("https://me:secret@h.example", ValueError, USER),
    "bytes": (b"https://h.example", TypeError, "Parameter 'endpoint' must be a str, not bytes."),
    "a list": ([], TypeError, "Parameter 'endpoint' must be a str, not list."),
}
CALLS: Dict[str, Callable[[Any], Any]] = {
    "chat": lambda client: client.complete(messages=[]),
    "stream": lambda client: client.complete(messages=[], stream=True),
    "body": lambda client: client.complete({"messages": []}),
    "model info": lambda client: client.get_model_info(),
    "request": lambda client: client.send_request(HttpRequest("GET", "/info")),
    "absolute request": lambda client: client.send_request(HttpRequest("GET", "https://h.example/info")),
}


class Token:
    """A token credential whose tokens must not be requested."""

    def __init__(self) -> None:
        self.asked: List[str] = []

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self.asked.extend(scopes)
        return AccessToken("t", 4_000_000_000)


async def failure_of(call: Callable[[], Any]) -> Exception:
    try:
        await wait(call())
    except Exception as error:
        return error
    raise AssertionError("no error")


@pytest.mark.asyncio
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("says", WRONG)
async def test_first_request_says_what_is_wrong(world: World, says: str, name: str) -> None:
    """A placeholder is accepted, and a wrong endpoint is reported before anything is sent."""
    endpoint, kind, text = WRONG[says]
    transport, token = world.FakeTransport(lambda request: FakeResponse()), Token()
    for credential in (AzureKeyCredential("k"), token):
        client = world.ChatCompletionsClient(endpoint, credential, transport=transport)
        assert (client._config.endpoint, client._config.api_version) == (endpoint, "2024-05-01-preview")
        assert client._config.credential_scopes == ["https://ml.azure.com/.default"]
        assert "secret" not in f"{client} {client!r}"
        for _ in range(2):
            error = await failure_of(lambda client=client: CALLS[name](client))  # type: ignore[misc]
            assert (type(error), str(error)) == (kind, text)
    assert (transport.requests, token.asked) == ([], [])


@pytest.mark.asyncio
@pytest.mark.parametrize("says", WRONG)
async def test_other_clients(world: World, says: str) -> None:
    """Every client accepts a placeholder."""
    endpoint, kind, text = WRONG[says]
    async with opened(world.EmbeddingsClient(endpoint, AzureKeyCredential("k"))) as client:
        errors = [await failure_of(lambda: client.embed(input=["a"]))]
    async with opened(world.ImageEmbeddingsClient(endpoint, AzureKeyCredential("k"))) as images:
        errors.append(await failure_of(lambda: images.embed(input=[])))
    async with opened(world.ImageGenerationClient(endpoint, AzureKeyCredential("k"))) as painter:
        errors.append(await failure_of(lambda: painter.generate(prompt="a boat")))
    errors.append(await failure_of(lambda: world.load_client(endpoint, AzureKeyCredential("k"))))
    assert [(type(error), str(error)) for error in errors] == [(kind, text)] * 4


def test_none_is_refused_at_once(world: World) -> None:
    """A missing endpoint is refused at once."""
    for client in world.clients:
        with pytest.raises(ValueError, match="^Parameter 'endpoint' must not be None.$"):
            client(None, AzureKeyCredential("k"))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "end", ["/chat/completions", "/embeddings/", "/images/embeddings", "/images/generations", "/info"]
)
async def test_endpoint_that_ends_in_a_route(world: World, end: str) -> None:
    """An endpoint that ends in a route raises an error that says what to remove."""
    transport = world.FakeTransport(lambda request: FakeResponse(404, {"error": {"code": "404", "message": "no"}}))
    endpoint = f"https://h.example/v1{end}?key=secret"
    credential = AzureKeyCredential("k")
    async with opened(world.EmbeddingsClient(endpoint, credential, transport=transport)) as client:
        errors: List[Any] = [
            await failure_of(lambda: client.embed(input=["a"])),
            await failure_of(client.get_model_info),
        ]
        errors.append(await failure_of(lambda: world.load_client(endpoint, credential, transport=transport)))
    advice = f"The client adds the route: leave {end.rstrip('/')} out of the endpoint, and use https://h.example/v1"
    for error in errors:
        assert error.message.splitlines()[-1] == advice
        assert str(error) == error.message
        assert "secret" not in str(error)
    assert errors[0].message.startswith("(404) no")
    assert errors[1].message.startswith("Model information is not available")
    assert errors[2].message.startswith("`load_client` function does not work")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "endpoint"),
    [(404, "https://h.example/v1"), (404, "https://embeddings"), (400, "https://h.example/v1/embeddings")],
)
async def test_no_advice(world: World, status: int, endpoint: str) -> None:
    """An error advises to change an endpoint only if the endpoint is wrong."""
    transport = world.FakeTransport(lambda request: FakeResponse(status, {"error": {"code": "x", "message": "no"}}))
    async with opened(world.EmbeddingsClient(endpoint, AzureKeyCredential("k"), transport=transport)) as client:
        error = await failure_of(lambda: client.embed(input=["a"]))
    assert isinstance(error, HttpResponseError)
    assert "adds the route" not in str(error)
