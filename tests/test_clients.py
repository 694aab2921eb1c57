"""Every method of the clients, in both worlds, over real HTTP against the local service."""

from __future__ import annotations

import base64
import io
import json
import struct
from typing import Any, Dict, List

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ResourceNotFoundError
from azure.core.rest import HttpRequest
from worlds import SYNC, World, opened, updates_of, wait

from azure.ai.inference.models import (
    AssistantMessage,
    ChatCompletions,
    ChatCompletionsToolDefinition,
    CompletionsFinishReason,
    EmbeddingsResult,
    FunctionDefinition,
    ImageEmbeddingInput,
    ModelInfo,
    ModelType,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from azure.ai.inference.testing import LocalService, Reply

HI = [UserMessage("Say hi, please.")]
PICTURE = "data:image/png;base64," + base64.b64encode(b"\x89PNG not really").decode()
WEATHER = ChatCompletionsToolDefinition(
    function=FunctionDefinition(
        name="get_weather",
        description="Tells the weather of a city.",
        parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    )
)


@pytest.mark.asyncio
async def test_complete(world: World, service: LocalService) -> None:
    """A chat returns the completion of the service."""
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        answer = await wait(client.complete(messages=[SystemMessage("Be kind."), *HI]))

    assert isinstance(answer, ChatCompletions)
    assert answer.choices[0].finish_reason is CompletionsFinishReason.STOPPED
    assert "local" in answer.choices[0].message.content
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    request = service.requests[0]
    assert (request.method, request.path, request.query) == (
        "POST",
        "/chat/completions",
        {"api-version": "2024-05-01-preview"},
    )
    assert request.headers["Authorization"] == f"Bearer {service.key}"
    assert request.headers["api-key"] == service.key
    assert request.headers["User-Agent"].startswith("azsdk-python-ai-inference/")


@pytest.mark.asyncio
async def test_streamed_pieces_are_the_whole_answer(world: World, service: LocalService) -> None:
    """A streamed completion adds up to the whole one."""
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        whole = await wait(client.complete(messages=HI))
        stream = await wait(client.complete(messages=HI, stream=True))
        assert isinstance(stream, world.StreamingChatCompletions)
        updates = await updates_of(stream)

    pieces = [choice.delta.content or "" for update in updates for choice in update.choices]
    assert "".join(pieces) == whole.choices[0].message.content
    assert updates[-1].usage == whole.usage
    assert service.connections == 1


@pytest.mark.asyncio
async def test_tool_round_trip(world: World, service: LocalService) -> None:
    """The result of a tool call goes back with the message that the service sent."""
    messages: List[Any] = [UserMessage("What is the weather in Oslo?")]
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential, tools=[WEATHER])) as client:
        asked = await wait(client.complete(messages=messages))
        call = asked.choices[0].message.tool_calls[0]
        assert asked.choices[0].finish_reason is CompletionsFinishReason.TOOL_CALLS
        assert call.function.name == "get_weather"
        messages += [
            AssistantMessage(tool_calls=asked.choices[0].message.tool_calls),
            ToolMessage("Rain at 7 degrees", tool_call_id=call.id),
        ]
        answer = await wait(client.complete(messages=messages))

    assert "Rain at 7 degrees" in answer.choices[0].message.content
    assert service.requests[1].json()["messages"][1]["tool_calls"] == [call.as_dict()]


@pytest.mark.asyncio
async def test_an_answer_may_be_sent_back(world: World, service: LocalService) -> None:
    """A message of the service goes back as history without any loss."""
    message = {"role": "assistant", "content": "Hi", "refusal": None, "reasoning_content": "because"}
    service.answer(Reply(body={"choices": [{"index": 0, "finish_reason": "stop", "message": message}]}))
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        answer = await wait(client.complete(messages=HI))
        await wait(client.complete(messages=[*HI, answer.choices[0].message, UserMessage("And now?")]))

    assert service.requests[1].json()["messages"][1] == message


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "body", [{"messages": [{"role": "user", "content": "hi"}]}, b'{"messages":[{"role":"user","content":"hi"}]}']
)
async def test_bodies_of_ones_own(body: Any, world: World, service: LocalService) -> None:
    """A body of the caller's is sent as it is, without settings of the client."""
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential, temperature=1)) as client:
        await wait(client.complete(body))
        await wait(client.complete(io.BytesIO(b'{"messages":[{"role":"user","content":"hi"}]}')))

    assert [request.json() for request in service.requests] == [{"messages": [{"role": "user", "content": "hi"}]}] * 2


@pytest.mark.asyncio
async def test_body_that_asks_for_a_stream(world: World, service: LocalService) -> None:
    """A stream that a body asks for is read as a stream."""
    body = {"messages": [{"role": "user", "content": "hi"}], "stream": True}
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        stream = await wait(client.complete(body))
        assert len(await updates_of(stream)) > 3


@pytest.mark.asyncio
@pytest.mark.parametrize("value", [1, "true", "yes", [True], {"a": 1}])
async def test_truthy_stream(world: World, service: LocalService, value: Any) -> None:
    """Only ``true`` asks for a stream: a whole response to another value is returned whole."""
    service.answer_always(Reply(body={"id": "1", "choices": []}))
    messages = [{"role": "user", "content": "hi"}]
    body = {"messages": messages, "stream": value}
    plain: Any = {"messages": messages}
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        completions = [
            await wait(client.complete(body)),
            await wait(client.complete(json.dumps(body).encode())),
            await wait(client.complete(messages=messages, model_extras={"stream": value})),
            await wait(client.complete(messages=messages, stream=value)),
            await wait(client.complete(plain, stream=value)),
            await wait(client.complete(json.dumps(plain).encode(), stream=value)),
        ]
    assert [type(completion) for completion in completions] == [ChatCompletions] * 6
    assert [request.json().get("stream") for request in service.requests] == [*[value] * 4, None, None]


@pytest.mark.asyncio
async def test_embed(world: World, service: LocalService) -> None:
    """Texts become vectors, in their order and in either form."""
    async with opened(world.EmbeddingsClient(service.endpoint, service.credential, dimensions=32)) as client:
        floats = await wait(client.embed(input=["one", "two"]))
        encoded = await wait(client.embed(input=["one", "two"], encoding_format="base64"))

    assert isinstance(floats, EmbeddingsResult)
    assert [item.index for item in floats.data] == [0, 1]
    assert [len(item.embedding) for item in floats.data] == [32, 32]
    for item, other in zip(encoded.data, floats.data):
        assert list(struct.unpack("<32f", base64.b64decode(item.embedding))) == pytest.approx(other.embedding, abs=1e-6)
    assert service.requests[0].path == "/embeddings"


@pytest.mark.asyncio
async def test_embed_images(world: World, service: LocalService) -> None:
    """Images become vectors."""
    async with opened(world.ImageEmbeddingsClient(service.endpoint, service.credential)) as client:
        result = await wait(client.embed(input=[ImageEmbeddingInput(image=PICTURE), {"image": PICTURE, "text": "t"}]))

    assert [item.index for item in result.data] == [0, 1]
    assert service.requests[0].path == "/images/embeddings"
    assert service.requests[0].json() == {"input": [{"image": PICTURE}, {"image": PICTURE, "text": "t"}]}


@pytest.mark.asyncio
async def test_model_info_is_asked_once(world: World, service: LocalService) -> None:
    """Model info is requested once, and the client shows it."""
    async with opened(world.EmbeddingsClient(service.endpoint, service.credential)) as client:
        assert "\n" not in str(client)
        info = await wait(client.get_model_info())
        assert await wait(client.get_model_info()) is info
        assert str(client).endswith(f"\n{info}")

    assert isinstance(info, ModelInfo)
    assert info.model_type is ModelType.CHAT_COMPLETION
    assert [request.path for request in service.requests] == ["/info"]


@pytest.mark.asyncio
async def test_no_model_info(world: World, service: LocalService) -> None:
    """The error of an endpoint without the route differs from that of a wrong endpoint."""
    service.answer_always(Reply(404, body={"detail": "Not Found"}))
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        with pytest.raises(ResourceNotFoundError) as caught:
            await wait(client.get_model_info())
    with pytest.raises(ResourceNotFoundError) as loading:
        await wait(world.load_client(service.endpoint, service.credential))

    assert caught.value.message == "Model information is not available on this endpoint (`/info` route not supported)."
    assert loading.value.message.startswith("`load_client` function does not work on this endpoint")
    assert caught.value.status_code == 404


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("model_type", "name"),
    [
        ("chat_completion", "ChatCompletionsClient"),
        ("Text Embeddings", "EmbeddingsClient"),
        ("image-embedding", "ImageEmbeddingsClient"),
    ],
)
async def test_load_client(model_type: str, name: str, world: World) -> None:
    """`load_client` returns the client for the model, which does not request its info again."""
    info = {"model_name": "m", "model_type": model_type, "model_provider_name": "p"}
    with LocalService(model_info=info) as service:
        async with opened(await wait(world.load_client(service.endpoint, service.credential, model="m"))) as client:
            assert isinstance(client, getattr(world, name))
            assert client._model_info == info == await wait(client.get_model_info())
            assert client._settings == {"model": "m"}
        assert len(service.requests) == 1


@pytest.mark.asyncio
async def test_load_client_leaves_the_callers_transport_open(world: World, service: LocalService) -> None:
    """`load_client` does not close a transport of the caller's."""
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as owner:
        transport = owner._client._pipeline._transport
        client = await wait(world.load_client(service.endpoint, service.credential, transport=transport))
        assert (await wait(client.complete(messages=HI))).choices


@pytest.mark.asyncio
async def test_send_request(world: World, service: LocalService) -> None:
    """Requests of the caller's own go through the pipeline, unchanged."""
    request = HttpRequest("GET", "/info", params={"api-version": "2024-05-01-preview"})
    url = request.url
    async with opened(world.ChatCompletionsClient(service.endpoint + "/models/", service.credential)) as client:
        response = await wait(client.send_request(request))
        missing = await wait(client.send_request(HttpRequest("GET", service.endpoint + "/none?api-version=1")))

    assert (response.status_code, response.json()["model_name"]) == (200, "local-model")
    assert missing.status_code == 404
    assert request.url == url
    assert service.requests[0].path == "/models/info"
    assert service.requests[0].headers["api-key"] == service.key


@pytest.mark.asyncio
@pytest.mark.parametrize("method", ["complete", "embed", "get_model_info"])
async def test_response_hook_and_version_of_a_call(method: str, world: World, service: LocalService) -> None:
    """`cls=` and `api_version=` work on every method."""
    client_name = "ChatCompletionsClient" if method == "complete" else "EmbeddingsClient"
    arguments: Dict[str, Any] = {"complete": {"messages": HI}, "embed": {"input": ["a"]}}.get(method, {})
    async with opened(getattr(world, client_name)(service.endpoint, service.credential)) as client:
        result = await wait(
            getattr(client, method)(
                **arguments,
                api_version="2025-05-15-preview",
                cls=lambda reply, result, headers: (reply, result, headers),
            )
        )

    reply, model, headers = result
    assert reply.http_response.status_code == 200
    assert reply.context["deserialized_data"] == model.as_dict()
    assert headers["Content-Type"].startswith("application/json")
    assert service.requests[0].query == {"api-version": "2025-05-15-preview"}


@pytest.mark.asyncio
async def test_unknown_keyword_is_refused_before_sending(world: World, service: LocalService) -> None:
    """A misspelt setting is refused before anything is sent, by an error of this library."""
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        with pytest.raises(TypeError, match="'temprature'.*`model_extras`"):
            await wait(client.complete(messages=HI, temprature=1))

    assert service.requests == []


@pytest.mark.asyncio
async def test_closed_client_says_so(world: World, service: LocalService) -> None:
    """A closed client opens no connections, and its error says that it is closed."""
    client = world.ChatCompletionsClient(service.endpoint, service.credential)
    await wait(client.close())
    await wait(client.close())

    with pytest.raises(ValueError, match="already been closed"):
        await wait(client.complete(messages=HI))
    assert service.connections == 0


@pytest.mark.asyncio
async def test_context_manager_gives_the_client(world: World, service: LocalService) -> None:
    """`with` binds the client, and closes its connections."""
    client = world.ChatCompletionsClient(service.endpoint, service.credential)
    if world is SYNC:
        with client as bound:
            bound.complete(messages=HI)
    else:
        async with client as bound:
            await bound.complete(messages=HI)

    assert bound is client
    assert service.wait_until_closed()


def test_names_that_other_software_reaches_for(world: World) -> None:
    """The attributes that frameworks read exist."""
    client = world.ChatCompletionsClient(" https://h.example/models ", AzureKeyCredential("k"), credential_scopes=None)

    assert client._config.endpoint == "https://h.example/models"
    assert client._client._base_url == "{endpoint}"
    assert client._model_info is None
    assert client._config.api_version == "2024-05-01-preview"
