"""The openai package as a client of the local service. `nox -s optional` installs it."""

from __future__ import annotations

from typing import Any, Iterator, List

import pytest

from azure.ai.inference.testing import LocalService

openai = pytest.importorskip("openai")

HELLO: List[Any] = [{"role": "user", "content": "Hello there!"}]
TOOL = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


@pytest.fixture(params=["/v1", "/openai/v1"])
def client(request: pytest.FixtureRequest, service: LocalService) -> Iterator[Any]:
    """Return a client of the openai package."""
    with openai.OpenAI(base_url=service.endpoint + request.param, api_key=service.key, max_retries=0) as made:
        yield made


def test_chat(client: Any) -> None:
    """A completion has content, with settings that only OpenAI's API has."""
    completion = client.chat.completions.create(
        model="mine", messages=HELLO, max_completion_tokens=1, temperature=1.5, store=True, extra_body={"more": 1}
    )
    (choice,) = completion.choices
    assert (completion.model, choice.message.content, choice.finish_reason) == ("mine", "“Hello ", "length")


def test_stream(client: Any) -> None:
    """A stream has content, and its usage if asked for."""
    options = {"include_usage": True}
    updates = [*client.chat.completions.create(model="m", messages=HELLO, stream=True, stream_options=options)]
    content = "".join(update.choices[0].delta.content or "" for update in updates if update.choices)
    assert content == client.chat.completions.create(model="m", messages=HELLO).choices[0].message.content
    assert updates[-1].usage.total_tokens > 0


def test_tools(client: Any) -> None:
    """A tool is called with words of the question."""
    asking: Any = [{"role": "user", "content": "What is the weather in Paris?"}]
    completion = client.chat.completions.create(model="m", messages=asking, tools=[TOOL])
    (call,) = completion.choices[0].message.tool_calls
    assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Paris"}')


def test_parse(client: Any) -> None:
    """An object that the package asks for is filled from the question."""
    pydantic = pytest.importorskip("pydantic")
    person = pydantic.create_model("Person", name=(str, ...), age=(int, ...))
    asking: Any = [{"role": "user", "content": "Alice is 30."}]
    completion = client.chat.completions.parse(model="m", messages=asking, response_format=person)
    assert completion.choices[0].message.parsed == person(name="Alice", age=30)


@pytest.mark.parametrize("input", ["a", ["a", "b"], [1, 2], [[1], [2, 3]]])
def test_embeddings(client: Any, input: Any) -> None:
    """Texts and tokens are embedded; the package asks for base64."""
    data = client.embeddings.create(model="m", input=input).data
    assert [len(item.embedding) for item in data] == [256] * (2 if input in (["a", "b"], [[1], [2, 3]]) else 1)


def test_images(client: Any) -> None:
    """An image is base64."""
    assert client.images.generate(model="m", prompt="a cat").data[0].b64_json.startswith("iVBORw0KGgo")


def test_models(client: Any) -> None:
    """Models are listed and found."""
    assert [model.id for model in client.models.list()] == ["local-model"]
    assert client.models.retrieve("org/any").id == "org/any"


def test_errors(client: Any) -> None:
    """Errors are those of the package."""
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        client.chat.completions.create(model="error-deployment", messages=HELLO)
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="wrong").models.list()
    with pytest.raises(openai.APIStatusError, match="temperature"):
        client.chat.completions.create(model="m", messages=HELLO, temperature=3)


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["/v1", "/openai/v1"])
async def test_async(service: LocalService, path: str) -> None:
    """The asynchronous client gets the same responses."""
    async with openai.AsyncOpenAI(base_url=service.endpoint + path, api_key=service.key) as client:
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
        assert [update async for update in stream]
