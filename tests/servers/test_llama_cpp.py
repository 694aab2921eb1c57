"""llama.cpp's server, with a tiny model that is made on the spot: random weights, so grammars say what it writes."""

from __future__ import annotations

import base64
import json
import struct
from importlib.util import find_spec
from typing import Any, AsyncIterator, Dict, Iterator

import pytest
import pytest_asyncio
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from worlds import World, opened, updates_of, wait

from azure.ai.inference.exceptions import ContextLengthError
from azure.ai.inference.models import ImageContentItem, ImageUrl, JsonSchemaFormat, SystemMessage, UserMessage

from .program import running

pytestmark = [
    pytest.mark.skipif(find_spec("xllamacpp") is None, reason="nox -s servers installs llama.cpp"),
    pytest.mark.asyncio,
]

KEY = AzureKeyCredential("llama-key")
HELLO = [SystemMessage("Be brief."), UserMessage("hi")]
PRINTED = r"^(http://127\.0\.0\.1:\d+)$"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the endpoint of a server for chats."""
    model = tmp_path_factory.mktemp("chats") / "tiny.gguf"
    with running("-m", "servers.llama_cpp", str(model), ready=PRINTED) as url:
        yield f"{url}/v1"


@pytest.fixture(scope="module")
def embeddings_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the endpoint of a server for embeddings."""
    model = tmp_path_factory.mktemp("embeddings") / "tiny.gguf"
    with running("-m", "servers.llama_cpp", str(model), "embeddings", ready=PRINTED) as url:
        yield f"{url}/v1"


@pytest_asyncio.fixture
async def client(world: World, endpoint: str, kind: Dict[str, Any]) -> AsyncIterator[Any]:
    """Return a client for chats that does not retry."""
    async with opened(world.ChatCompletionsClient(endpoint, KEY, retry_total=0, max_tokens=200, **kind)) as client:
        yield client


def writes(text: str) -> Dict[str, Any]:
    """Return extras that make the model write a text."""
    return {"grammar": f"root ::= {json.dumps(text, ensure_ascii=False)}"}


async def test_chat(client: Any) -> None:
    """A completion is read, and what llama.cpp adds to it is there by key."""
    completion = await wait(client.complete(messages=HELLO, model="tiny", model_extras=writes("Hello, world!")))

    (choice,) = completion.choices
    assert (choice.message.role, choice.message.content, choice.finish_reason) == ("assistant", "Hello, world!", "stop")
    assert (completion.model, completion.object) == ("tiny", "chat.completion")
    assert completion.usage.completion_tokens == len("Hello, world!") + 1
    assert completion["timings"]["predicted_n"] == completion.usage.completion_tokens


async def test_settings_of_today(client: Any) -> None:
    """Settings of today arrive: several choices, probabilities of tokens, a limit, and a str to stop at."""
    given = {"n": 2, "logprobs": True, "top_logprobs": 2, "max_completion_tokens": 4, "seed": 1, "stop": "¶"}
    completion = await wait(client.complete(messages=HELLO, reasoning_effort="low", user="me", store=False, **given))

    assert [choice.index for choice in completion.choices] == [0, 1]
    for choice in completion.choices:
        assert choice.finish_reason == "length"
        assert [len(token.top_logprobs) for token in choice.logprobs.content] == [2] * 4
        assert all(token.logprob < 0 for token in choice.logprobs.content)


@pytest.mark.parametrize("usage", [False, True])
async def test_stream(client: Any, usage: bool) -> None:
    """A stream comes in several updates, and ends with its usage if that was asked for."""
    options = {"stream_options": {"include_usage": True}} if usage else {}
    stream = await wait(client.complete(messages=HELLO, stream=True, model_extras=writes("Grüße, 世界"), **options))
    updates = await updates_of(stream)

    choices = [choice for update in updates for choice in update.choices]
    assert "".join(choice.delta.content or "" for choice in choices) == "Grüße, 世界"
    assert choices[-1].finish_reason == "stop"
    assert len(updates) > 2
    assert (updates[-1].usage is not None) is usage


async def test_stream_that_is_left(client: Any) -> None:
    """A stream that is closed early ends the generation, and the next call works."""
    stream = await wait(client.complete(messages=HELLO, stream=True, max_tokens=500))
    async with opened(stream):
        pass
    completion = await wait(client.complete(messages=HELLO, model_extras=writes("next")))

    assert completion.choices[0].message.content == "next"


async def test_calls_right_after_streams(client: Any) -> None:
    """The server closes the connection of a stream soon after its end; no call is lost on it."""
    for _ in range(50):
        await updates_of(await wait(client.complete(messages=HELLO, stream=True, max_tokens=2)))
        assert (await wait(client.complete(messages=HELLO, max_tokens=2))).choices


async def test_json_schema(client: Any) -> None:
    """A JSON schema constrains what the model writes."""
    schema = {
        "type": "object",
        "properties": {"color": {"enum": ["red", "blue"]}, "count": {"type": "integer", "minimum": 0, "maximum": 9}},
        "required": ["color", "count"],
        "additionalProperties": False,
    }
    wanted = JsonSchemaFormat(name="paint", schema=schema, strict=True)
    completion = await wait(client.complete(messages=HELLO, response_format=wanted))

    written = json.loads(completion.choices[0].message.content)
    assert (sorted(written), written["color"] in ("red", "blue")) == (["color", "count"], True)


async def test_reasoning(client: Any) -> None:
    """Reasoning is found, and `answer_text` without it, wherever the server puts them."""
    extras = writes("<think>two and two</think>four")
    completion = await wait(client.complete(messages=HELLO, model_extras=extras))

    message = completion.choices[0].message
    assert (message.reasoning_text, message.answer_text) == ("two and two", "four")


async def test_streamed_reasoning(client: Any) -> None:
    """`split_reasoning` moves the reasoning out of the content of a stream, though each token is a single character."""
    extras = writes("<think>two and two</think>four")
    given = {"messages": HELLO, "model_extras": extras, "split_reasoning": True}
    updates = await updates_of(await wait(client.complete(**given, stream=True)))
    completion = await wait(client.complete(**given))

    deltas = [choice.delta for update in updates for choice in update.choices]
    streamed = ["".join(getattr(delta, name) or "" for delta in deltas) for name in ("reasoning_text", "content")]
    message = completion.choices[0].message
    assert streamed == [message.reasoning_content, message.content] == ["two and two", "four"]


async def test_refused_key(world: World, endpoint: str, kind: Dict[str, Any]) -> None:
    """A wrong key is an error of authentication, which says where the request went."""
    made = world.ChatCompletionsClient(endpoint, AzureKeyCredential("wrong"), **kind)
    async with opened(made) as client:
        with pytest.raises(ClientAuthenticationError, match=f"Invalid API Key[^!]*POST {endpoint}/chat/completions"):
            await wait(client.complete(messages=HELLO))


@pytest.mark.parametrize("stream", [False, True])
async def test_messages_that_are_too_long(client: Any, stream: bool) -> None:
    """Messages that are too long raise ContextLengthError, with the server's figures by key."""
    with pytest.raises(ContextLengthError, match="exceeds the available context size") as raised:
        await wait(client.complete(messages=[UserMessage("x" * 3000)], stream=stream))

    assert raised.value.error is not None
    assert raised.value.error["n_prompt_tokens"] > raised.value.error["n_ctx"]


async def test_refused_parameters(client: Any) -> None:
    """The server's own words are in the error: for a value, and for an image that the model cannot see."""
    with pytest.raises(HttpResponseError, match="type must be number, but is string"):
        await wait(client.complete(messages=HELLO, temperature="warm"))
    image = ImageContentItem(image_url=ImageUrl(url="data:image/png;base64,AAAA"))
    with pytest.raises(HttpResponseError, match="image input is not supported"):
        await wait(client.complete(messages=[UserMessage([image])]))


async def test_pasted_route(world: World, endpoint: str, kind: Dict[str, Any]) -> None:
    """An endpoint with the route at its end gets the advice to leave it out."""
    async with opened(world.ChatCompletionsClient(f"{endpoint}/chat/completions", KEY, **kind)) as client:
        with pytest.raises(ResourceNotFoundError, match=f"leave /chat/completions out .*{endpoint}"):
            await wait(client.complete(messages=HELLO))


async def test_model_info(client: Any, kind: Dict[str, Any]) -> None:
    """The only model is found in the list of models; without `openai_v1` there is no route for it."""
    if not kind:
        with pytest.raises(ResourceNotFoundError, match="`/info` route not supported"):
            await wait(client.get_model_info())
        return
    info = await wait(client.get_model_info())

    assert (info.model_name, info.model_provider_name, info.model_type) == ("tiny", "llamacpp", None)
    assert info["meta"]["n_embd"] == 64


async def test_embeddings(world: World, embeddings_endpoint: str, kind: Dict[str, Any]) -> None:
    """Texts and tokens have embeddings, in the order of the input; base64 holds the same numbers."""
    async with opened(world.EmbeddingsClient(embeddings_endpoint, KEY, **kind)) as client:
        results = [await wait(client.embed(input=given)) for given in ("one", ["one", "two"], [66, 77], [[66], [77]])]
        encoded = await wait(client.embed(input=["one"], encoding_format="base64"))

    assert [[(item.index, len(item.embedding)) for item in result.data] for result in results] == [
        [(0, 64)],
        [(0, 64), (1, 64)],
        [(0, 64)],
        [(0, 64), (1, 64)],
    ]
    numbers = struct.unpack("<64f", base64.b64decode(encoded.data[0].embedding))
    assert numbers == pytest.approx(results[0].data[0].embedding, abs=1e-3)


async def test_embeddings_of_a_server_for_chats(world: World, endpoint: str, kind: Dict[str, Any]) -> None:
    """A server without embeddings says so."""
    async with opened(world.EmbeddingsClient(endpoint, KEY, retry_total=0, **kind)) as client:
        with pytest.raises(HttpResponseError, match="does not support embeddings") as raised:
            await wait(client.embed(input=["one"]))

    assert raised.value.status_code == 501
