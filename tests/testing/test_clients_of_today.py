"""The library's own clients against `LocalService` below `/openai/v1`."""

from __future__ import annotations

from typing import Iterator

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from worlds import World, opened, updates_of, wait

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient, load_client
from azure.ai.inference.models import UserMessage
from azure.ai.inference.testing import LocalService

HELLO = [UserMessage("Hello")]


@pytest.fixture
def client(service: LocalService) -> Iterator[ChatCompletionsClient]:
    """Return a client of today's endpoint."""
    with ChatCompletionsClient(f"{service.endpoint}/openai/v1", service.credential, model="mine") as client:
        yield client


def test_chat_is_completed_and_streamed(client: ChatCompletionsClient) -> None:
    """A chat works whole and streamed, with new settings and usage on request."""
    completion = client.complete(messages=HELLO, reasoning_effort="low", n=2)
    assert [choice.message.content[:7] for choice in completion.choices] == ["“Hello”", "“Hello”"]
    updates = list(client.complete(messages=HELLO, stream=True, stream_options={"include_usage": True}))
    assert updates[-1].usage is not None
    assert "".join(update.choices[0].delta.content or "" for update in updates if update.choices) == (
        completion.choices[0].message.content
    )


def test_detailed_stream_is_read(client: ChatCompletionsClient) -> None:
    """A stream that begins with an event without choices is read like any other."""
    updates = client.complete(messages=HELLO, stream=True, model="local-detailed")
    assert [len(update.choices) for update in updates] == [1] * 26


def test_model_info_is_found(service: LocalService, client: ChatCompletionsClient) -> None:
    """Model info and `load_client` work, by the model's name and by the list of models."""
    assert client.get_model_info().model_name == "mine"
    with load_client(f"{service.endpoint}/openai/v1", service.credential) as loaded:
        assert type(loaded) is ChatCompletionsClient
        assert loaded.get_model_info().model_name == "local-model"


def test_embeddings_are_made(service: LocalService) -> None:
    """Embeddings work for texts."""
    with EmbeddingsClient(f"{service.endpoint}/openai/v1", service.credential, model="mine") as client:
        assert [len(item.embedding) for item in client.embed(input=["a", "b"], dimensions=8).data] == [8, 8]


@pytest.mark.parametrize(
    ("model", "advice"),
    [
        ("error-deployment", "name of the deployment"),
        ("error-audience", "did not accept the key"),
        ("error-key", "different resources"),
        ("error-role", "Cognitive Services OpenAI User"),
        ("error-keys-disabled", "DefaultAzureCredential"),
        ("error-model-missing", "model="),
        ("error-api-version", "api_version"),
    ],
)
def test_errors_come_with_advice(client: ChatCompletionsClient, model: str, advice: str) -> None:
    """The errors that names of models provoke are those that the library knows what to do about."""
    with pytest.raises(HttpResponseError) as raised:
        client.complete(messages=HELLO, model=model)
    assert advice in raised.value.message


def test_released_version_is_refused(service: LocalService) -> None:
    """The default version of the released package is refused, and the error says what to do."""
    with ChatCompletionsClient(
        f"{service.endpoint}/openai/v1", service.credential, model="mine", api_version="2024-05-01-preview"
    ) as client, pytest.raises(HttpResponseError, match="leave out api_version"):
        client.complete(messages=HELLO)


def test_missing_route_is_not_found(service: LocalService) -> None:
    """A wrong endpoint gets the 404 of the gateway."""
    endpoint = f"{service.endpoint}/openai/v1/wrong"
    with ChatCompletionsClient(
        endpoint, service.credential, model="mine", endpoint_kind="openai_v1"
    ) as client, pytest.raises(ResourceNotFoundError, match="Resource not found"):
        client.complete(messages=HELLO)


@pytest.mark.asyncio
@pytest.mark.parametrize("prefix", ["/models", "/openai/v1"])
@pytest.mark.parametrize("model", ["local-reasoner", "local-thinker"])
async def test_reasoning_is_found(world: World, service: LocalService, prefix: str, model: str) -> None:
    """Reasoning is read in any form, separate from `answer_text`; deltas have that of fields."""
    async with opened(
        world.ChatCompletionsClient(service.endpoint + prefix, service.credential, model=model)
    ) as client:
        message = (await wait(client.complete(messages=HELLO))).choices[0].message
        updates = await updates_of(await wait(client.complete(messages=HELLO, stream=True)))

    assert message.reasoning_text.startswith("The user wrote “Hello”.")
    assert message.answer_text.startswith("“Hello”")
    deltas = [choice.delta for update in updates for choice in update.choices]
    streamed = "".join(delta.reasoning_text or "" for delta in deltas)
    assert streamed == (message.reasoning_text if model == "local-reasoner" else "")
