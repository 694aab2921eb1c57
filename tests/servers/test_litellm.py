"""LiteLLM's proxy, between the clients and a local service, which can say what the proxy sent and what it gets back."""

from __future__ import annotations

import json
import socket
from importlib.util import find_spec
from typing import Any, AsyncIterator, Dict, Iterator, List

import pytest
import pytest_asyncio
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from worlds import World, opened, updates_of, wait

from azure.ai.inference.exceptions import RateLimitError, ServiceOverloadedError
from azure.ai.inference.models import JsonSchemaFormat, UserMessage
from azure.ai.inference.testing import LocalService, Reply, Stream

from .program import running

pytestmark = [
    pytest.mark.skipif(find_spec("litellm") is None, reason="nox -s servers installs LiteLLM"),
    pytest.mark.asyncio,
]

KEY = AzureKeyCredential("sk-proxy")
HELLO = [UserMessage("hi")]
WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[LocalService]:
    """Return the service behind the proxy."""
    with LocalService() as service:
        yield service


@pytest.fixture(scope="module")
def endpoint(upstream: LocalService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the endpoint of the proxy, which forwards every model but one, to which it responds itself."""
    behind = {"api_base": f"{upstream.endpoint}/openai/v1", "api_key": upstream.key}
    settings = {
        "model_list": [
            {"model_name": "canned", "litellm_params": {"model": "openai/gpt-4o", "mock_response": "I am canned."}},
            {"model_name": "named", "litellm_params": {"model": "openai/local-model", **behind}},
            {"model_name": "*", "litellm_params": {"model": "openai/*", **behind}},
        ],
        "general_settings": {"master_key": KEY.key},
        "litellm_settings": {"num_retries": 0},
        "router_settings": {"disable_cooldowns": True, "num_retries": 0},
    }
    path = tmp_path_factory.mktemp("litellm") / "config.yaml"
    path.write_text(json.dumps(settings), "utf-8")  # JSON is YAML
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = "from litellm import run_server; run_server()"
    arguments = ("--config", str(path), "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False")
    ready = r"Uvicorn running on (http://[\d.:]+)"
    with running("-c", program, *arguments, ready=ready, LITELLM_LOCAL_MODEL_COST_MAP="True") as url:
        yield f"{url}/v1"


@pytest_asyncio.fixture
async def client(world: World, endpoint: str, upstream: LocalService, kind: Dict[str, Any]) -> AsyncIterator[Any]:
    """Return a client for chats that does not retry, and a service without records."""
    upstream.reset()
    made = world.ChatCompletionsClient(endpoint, KEY, model="local-model", retry_total=0, **kind)
    async with opened(made) as client:
        yield client


def chunk(delta: Dict[str, Any], finish_reason: Any = None) -> Dict[str, Any]:
    """Return an event of a stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "r1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


async def test_chat(client: Any) -> None:
    """A completion is read, and what LiteLLM adds to a choice is there by key."""
    completion = await wait(client.complete(messages=HELLO))

    (choice,) = completion.choices
    assert (choice.message.role, choice.message.content[:6]) == ("assistant", "“hi” –")
    assert (choice.finish_reason, completion.model, completion.object) == ("stop", "local-model", "chat.completion")
    assert choice["provider_specific_fields"] == {}
    assert completion.usage.total_tokens == 25


async def test_response_of_the_proxy(client: Any) -> None:
    """A completion that LiteLLM itself makes up is read, whole and streamed."""
    completion = await wait(client.complete(messages=HELLO, model="canned"))
    updates = await updates_of(await wait(client.complete(messages=HELLO, model="canned", stream=True)))

    assert completion.choices[0].message.content == "I am canned."
    texts = [choice.delta.content or "" for update in updates for choice in update.choices]
    assert "".join(texts) == "I am canned."


@pytest.mark.parametrize(
    ("model", "given"),
    [
        ("gpt-5", {"max_completion_tokens": 3, "n": 2, "reasoning_effort": "low", "verbosity": "low"}),
        (
            "gpt-4o",
            {
                "logit_bias": {"5": -1},
                "logprobs": True,
                "max_completion_tokens": 3,
                "modalities": ["text"],
                "n": 2,
                "parallel_tool_calls": False,
                "seed": 1,
                "service_tier": "auto",
                "stop": ["x"],
                "store": False,
                "tool_choice": "none",
                "tools": [WEATHER],
                "top_logprobs": 1,
                "user": "me",
            },
        ),
    ],
)
async def test_settings_of_today(client: Any, upstream: LocalService, model: str, given: Dict[str, Any]) -> None:
    """Settings of today arrive at the service behind the proxy, which passes those on that the model is known to take."""
    completion = await wait(client.complete(messages=HELLO, model=model, **given))

    sent = upstream.requests[-1].json()
    assert sent == {"messages": [{"role": "user", "content": "hi"}], "model": model, **given}
    assert [choice.finish_reason for choice in completion.choices] == ["length", "length"]


async def test_stream(client: Any) -> None:
    """A stream comes in several updates, and ends with its usage if that was asked for."""
    stream = await wait(client.complete(messages=HELLO, stream=True, stream_options={"include_usage": True}))
    updates = await updates_of(stream)
    completion = await wait(client.complete(messages=HELLO))

    choices = [choice for update in updates for choice in update.choices]
    assert "".join(choice.delta.content or "" for choice in choices) == completion.choices[0].message.content
    assert updates[-1].usage.total_tokens == completion.usage.total_tokens
    assert len(updates) > 10


async def test_tools(client: Any) -> None:
    """A tool call is the same, whole and streamed."""
    given = {"messages": [UserMessage("What is the weather in Oslo?")], "tools": [WEATHER], "tool_choice": "required"}
    completion = await wait(client.complete(**given))
    updates = await updates_of(await wait(client.complete(**given, stream=True)))

    (call,) = completion.choices[0].message.tool_calls
    deltas = [delta for update in updates for choice in update.choices for delta in choice.delta.tool_calls or ()]
    assert json.loads(call.function.arguments) == {"city": "Oslo"}
    assert "".join(delta.function.arguments or "" for delta in deltas) == call.function.arguments
    assert (deltas[0].function.name, {delta.index for delta in deltas}) == (call.function.name, {0})


async def test_json_schema(client: Any, upstream: LocalService) -> None:
    """A JSON schema arrives as it was given, and the content is valid for it."""
    schema = {"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"]}
    wanted = JsonSchemaFormat(name="paint", schema=schema, strict=True)
    completion = await wait(client.complete(messages=HELLO, response_format=wanted))

    assert upstream.requests[-1].json()["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "paint", "schema": schema, "strict": True},
    }
    assert list(json.loads(completion.choices[0].message.content)) == ["count"]


@pytest.mark.parametrize("model", ["local-reasoner", "local-thinker"])
async def test_reasoning(client: Any, model: str) -> None:
    """Reasoning is found, and `answer_text` without it, as a field and within the content."""
    completion = await wait(client.complete(messages=HELLO, model=model))

    message = completion.choices[0].message
    assert (message.reasoning_text.strip()[:8], message.answer_text.strip()[:6]) == ("The user", "“hi” –")
    updates = await updates_of(await wait(client.complete(messages=HELLO, model="local-reasoner", stream=True)))
    deltas = [choice.delta for update in updates for choice in update.choices]
    assert "".join(delta.reasoning_text or "" for delta in deltas)[:8] == "The user"


async def test_filter_results_of_a_stream(client: Any) -> None:
    """Azure's first event, its filter results and its last one pass through the proxy."""
    stream = await wait(client.complete(messages=HELLO, model="local-detailed", stream=True))
    updates = await updates_of(stream)

    results = [choice.content_filter_results for update in updates for choice in update.choices]
    assert {found.hate.severity for found in results if found is not None} == {"safe"}


@pytest.mark.parametrize(
    ("status", "error", "kind_of_error"),
    [
        (400, {"code": "bad", "message": "Do not."}, HttpResponseError),
        (401, {"code": "401", "message": "Who are you?"}, ClientAuthenticationError),
        (404, {"code": "DeploymentNotFound", "message": "It is not here."}, ResourceNotFoundError),
        (429, {"code": "429", "message": "Slow down."}, RateLimitError),
        (503, {"code": "503", "message": "I am busy."}, ServiceOverloadedError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_errors_of_the_service(
    client: Any, upstream: LocalService, status: int, error: Dict[str, str], kind_of_error: Any, stream: bool
) -> None:
    """Errors of the service behind the proxy keep their status, class and words."""
    upstream.answer_always(Reply(status, body={"error": error}))
    with pytest.raises(HttpResponseError, match=error["message"]) as raised:
        await wait(client.complete(messages=HELLO, stream=stream))

    assert (type(raised.value), raised.value.status_code) == (kind_of_error, status)


async def test_error_within_a_stream(client: Any, upstream: LocalService) -> None:
    """An error in the middle of a stream is raised, after all that came before it."""
    broken = {"error": {"message": "I am out of breath.", "code": "overloaded_error"}}
    upstream.answer(Stream([chunk({"role": "assistant", "content": "a"}), chunk({"content": "b"}), broken]))
    stream = await wait(client.complete(messages=HELLO, stream=True))
    texts: List[str] = []
    with pytest.raises(HttpResponseError, match="I am out of breath"):
        if hasattr(stream, "__anext__"):
            async for update in stream:
                texts.extend(choice.delta.content or "" for choice in update.choices)
        else:
            for update in stream:
                texts.extend(choice.delta.content or "" for choice in update.choices)

    assert "".join(texts) == "ab"


async def test_refused_key(world: World, endpoint: str) -> None:
    """A key that the proxy does not know is refused. Without a database it says so in words of its own."""
    async with opened(world.ChatCompletionsClient(endpoint, AzureKeyCredential("wrong"), model="named")) as client:
        with pytest.raises(HttpResponseError) as raised:
            await wait(client.complete(messages=HELLO))

    assert raised.value.status_code in (400, 401)


async def test_model_info(client: Any, world: World, endpoint: str, kind: Dict[str, Any]) -> None:
    """A model is found by its name; without `openai_v1` there is no route for it."""
    if not kind:
        with pytest.raises(ResourceNotFoundError, match="`/info` route not supported"):
            await wait(client.get_model_info(model="named"))
        return
    info = await wait(client.get_model_info(model="named"))

    assert (info.model_name, info.model_provider_name, info["object"]) == ("named", "openai", "model")
    with pytest.raises(ResourceNotFoundError, match=f"GET {endpoint}/models/org%2Fx without api-version"):
        await wait(client.get_model_info(model="org/x"))


async def test_embeddings(world: World, endpoint: str, upstream: LocalService, kind: Dict[str, Any]) -> None:
    """Texts and tokens have embeddings, in the order of the input, as numbers and as base64."""
    upstream.reset()
    async with opened(world.EmbeddingsClient(endpoint, KEY, model="named", **kind)) as client:
        counts = [
            len((await wait(client.embed(input=given))).data) for given in ("one", ["one", "two"], [66], [[6], [7]])
        ]
        encoded = await wait(client.embed(input=["one"], encoding_format="base64"))

    assert counts == [1, 2, 1, 2]
    assert [request.json()["input"] for request in upstream.requests[:4]] == ["one", ["one", "two"], [66], [[6], [7]]]
    assert len(encoded.data[0].embedding) == 1368


async def test_images(world: World, endpoint: str, kind: Dict[str, Any]) -> None:
    """Images pass through the proxy."""
    async with opened(world.ImageGenerationClient(endpoint, KEY, model="gpt-image-1", **kind)) as client:
        generated = await wait(client.generate(prompt="a boat", size="1024x1024"))

    assert generated.data[0].as_bytes()[:4] == b"\x89PNG"
