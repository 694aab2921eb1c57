"""The errors that newcomers meet first say what happened and how to fix it."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import Any

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, ResourceNotFoundError, ServiceRequestError
from worlds import SYNC, World, opened, wait

from azure.ai.inference.models import UserMessage
from azure.ai.inference.testing import LocalService, Reply

MESSAGES = [UserMessage("hi")]
AIOHTTP_PROGRAM = """
from azure.ai.inference.aio import ChatCompletionsClient
from azure.core.credentials import AzureKeyCredential
ChatCompletionsClient("https://example.com", AzureKeyCredential("key"))
"""


@pytest.mark.asyncio
async def test_wrong_key(world: World, service: LocalService) -> None:
    """The error of a wrong key names the address that refused it, and does not show the key."""
    async with opened(world.ChatCompletionsClient(service.endpoint, AzureKeyCredential("wrong-key"))) as client:
        with pytest.raises(ClientAuthenticationError) as caught:
            await wait(client.complete(messages=MESSAGES))

    assert f"The request was POST {service.endpoint}/chat/completions with api-version" in str(caught.value)
    assert "wrong-key" not in str(caught.value)


@pytest.mark.asyncio
async def test_nobody_answers(world: World) -> None:
    """The error of an unreachable host names the host or the reason, and has its cause."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    without_host = world is SYNC and sys.version_info < (3, 9)  # the last urllib3 for Python 3.8 omits it
    told = "Connection refused" if without_host else rf"127\.0\.0\.1.*{port}"
    client = world.ChatCompletionsClient(f"http://127.0.0.1:{port}", AzureKeyCredential("key"), retry_total=0)
    async with opened(client):
        with pytest.raises(ServiceRequestError, match=told) as caught:
            await wait(client.complete(messages=MESSAGES))
    assert caught.value.__cause__ is caught.value.inner_exception is not None


@pytest.mark.asyncio
async def test_no_route_for_model_info(world: World, service: LocalService) -> None:
    """The traceback of an endpoint without ``/info`` says what is missing, not just Not Found."""
    service.answer_always(Reply(404, body={"detail": "Not Found"}))
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        with pytest.raises(ResourceNotFoundError, match="^Model information is not available on this endpoint"):
            await wait(client.get_model_info())
    with pytest.raises(ResourceNotFoundError, match="^`load_client` function does not work on this endpoint"):
        await wait(world.load_client(service.endpoint, service.credential))


class City:
    """A class that a program wants objects of."""


class Model(City):
    """The same as a class of pydantic."""

    @classmethod
    def model_json_schema(cls) -> Any:
        raise AssertionError("the error only names it")


FORMATS = [
    (City, "JsonSchemaFormat(name='City', schema=...)"),
    (Model, "JsonSchemaFormat(name='Model', schema=Model.model_json_schema())"),
    (dict, "JsonSchemaFormat(name='dict', schema=...)"),
    ("json_schema", "JsonSchemaFormat(name='...', schema=...)"),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("given", "advice"), FORMATS)
async def test_class_as_response_format(world: World, service: LocalService, given: Any, advice: str) -> None:
    """A class as the response format raises an error with the valid formats."""
    text = f"Unsupported `response_format` {given}: pass {advice}"
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        for stream in (False, True):
            with pytest.raises(ValueError) as caught:
                await wait(client.complete(messages=MESSAGES, response_format=given, stream=stream))
            assert str(caught.value) == text
    with pytest.raises(ValueError) as constructing:
        world.ChatCompletionsClient(service.endpoint, service.credential, response_format=given)
    assert (str(constructing.value), service.requests) == (text, [])


@pytest.mark.asyncio
async def test_argument_without_its_name(world: World, service: LocalService) -> None:
    """Messages or inputs as positional arguments raise an error with their name."""
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        for body, kind in ((MESSAGES, "list"), ("hi", "str"), (tuple(MESSAGES), "tuple")):
            with pytest.raises(TypeError) as caught:
                await wait(client.complete(body))
            assert str(caught.value) == (
                f"body must be a mapping, bytes or a binary file, not {kind}. Pass messages by name: messages=[...]"
            )
        with pytest.raises(TypeError, match=r'not str. For a single one: messages=\[UserMessage\("..."\)\]$'):
            await wait(client.complete(messages="hi"))
        with pytest.raises(TypeError, match=r"not UserMessage. For a single one: messages=\[...\]$"):
            await wait(client.complete(messages=MESSAGES[0]))
    for kind in ("EmbeddingsClient", "ImageEmbeddingsClient"):
        async with opened(getattr(world, kind)(service.endpoint, service.credential)) as client:
            with pytest.raises(TypeError, match=r"not list. Pass input by name: input=\[...\]$"):
                await wait(client.embed(["a"]))
    async with opened(world.ImageGenerationClient(service.endpoint, service.credential)) as client:
        with pytest.raises(TypeError, match=r'not str. Pass prompt by name: prompt="..."$'):
            await wait(client.generate("a boat"))
    assert service.requests == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("credential", "advice"),
    [
        ("secret", "str. Wrap the key: AzureKeyCredential(key)"),
        (b"secret", "bytes. Wrap the key: AzureKeyCredential(key)"),
        (5, "int. Pass a token credential or AzureKeyCredential(key)"),
    ],
)
async def test_key_without_its_class(world: World, service: LocalService, credential: Any, advice: str) -> None:
    """A bare key raises an error that says how to wrap it, and does not show the key."""
    for constructor in (*world.clients, world.load_client):
        with pytest.raises(TypeError) as caught:
            await wait(constructor(service.endpoint, credential))
        assert str(caught.value) == f"Unsupported credential: {advice}"


@pytest.mark.parametrize(
    ("missing", "program", "advice"),
    [
        (
            "aiohttp",
            AIOHTTP_PROGRAM,
            "The asynchronous clients need aiohttp, or a transport of yours: pip install azure-ai-inference[aio]",
        ),
        (
            "yaml",
            "from azure.ai.inference.prompts import PromptTemplate\nPromptTemplate.from_prompty('chat.prompty')",
            "Prompty files need PyYAML: pip install azure-ai-inference[prompts]",
        ),
    ],
)
def test_missing_extra(missing: str, program: str, advice: str) -> None:
    """Without an extra, the error says what to install."""
    script = f"import sys\nsys.modules[{missing!r}] = None\n{program}"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=False)

    assert ended.stderr.splitlines()[-1] in (f"ImportError: {advice}", f"ModuleNotFoundError: {advice}")
