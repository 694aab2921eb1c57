"""Each setting of today's services goes from the call or the client into the body, on every kind of endpoint."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional

import pytest
from azure.core.credentials import AzureKeyCredential
from worlds import World, updates_of, wait

from azure.ai.inference import models as m
from azure.ai.inference._core.signatures import settings_of
from azure.ai.inference.options import ChatCompletionsSettings, EmbeddingsSettings
from azure.ai.inference.testing import FakeResponse

HI = [{"role": "user", "content": "hi"}]
RESPONSE: Dict[str, Any] = {"choices": [{"message": {}}], "data": []}
ENDPOINTS = {
    "model_inference": "https://r.services.ai.azure.com/models",
    "deployment": "https://r.openai.azure.com/openai/deployments/d",
    "openai_v1": "https://r.openai.azure.com",
}

#: The settings that services of `/models` know without the header.
RELEASED: Dict[str, Any] = {
    "frequency_penalty": 0.5,
    "max_tokens": 5,
    "model": "m",
    "presence_penalty": -0.5,
    "response_format": {"type": "text"},
    "seed": 7,
    "stop": "END",
    "temperature": 0.25,
    "tool_choice": "auto",
    "tools": [{"type": "function", "function": {"name": "f"}}],
    "top_p": 0.5,
}
ADDED: Dict[str, Any] = {
    "audio": {"voice": "alloy", "format": "wav"},
    "data_sources": [{"type": "azure_search", "parameters": {}}],
    "logit_bias": {"5": -100},
    "logprobs": True,
    "max_completion_tokens": 100,
    "metadata": {"a": "b"},
    "modalities": ["text", "audio"],
    "moderation": {"model": "omni"},
    "n": 2,
    "parallel_tool_calls": True,
    "prediction": {"type": "content", "content": "x"},
    "prompt_cache_key": "k",
    "prompt_cache_options": {"mode": "implicit"},
    "prompt_cache_retention": "24h",
    "reasoning_effort": "low",
    "safety_identifier": "s",
    "service_tier": "flex",
    "store": True,
    "stream_options": {"include_usage": True},
    "top_logprobs": 3,
    "user": "u",
    "user_security_context": {"source_ip": "192.0.2.1"},
    "verbosity": "high",
    "web_search_options": {"search_context_size": "low"},
}
FOR_EMBEDDINGS: Dict[str, Any] = {
    "dimensions": 8,
    "encoding_format": "float",
    "input_type": "query",
    "model": "m",
    "user": "u",
}


class Wire:
    """The requests of the clients of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.requests: List[Any] = []
        self._transport = world.FakeTransport(self._respond)

    def _respond(self, request: Any) -> FakeResponse:
        self.requests.append(request)
        return FakeResponse(200, body=RESPONSE)

    def client(self, name: str = "ChatCompletionsClient", kind: str = "model_inference", **settings: Any) -> Any:
        """Return a client with these settings as its defaults."""
        options = {"transport": self._transport, **settings}
        return getattr(self._world, name)(ENDPOINTS[kind], AzureKeyCredential("k"), **options)

    @property
    def body(self) -> Dict[str, Any]:
        """Return the JSON of the last request, in the order in which it was sent."""
        body: Dict[str, Any] = json.loads(self.requests[-1].content)
        return body

    @property
    def header(self) -> Optional[str]:
        """Return the header of the last request that lets parameters pass."""
        header: Optional[str] = self.requests[-1].headers.get("extra-parameters")
        return header


@pytest.fixture
def wire(world: World) -> Wire:
    """Return the wire of a world."""
    return Wire(world)


def test_all_settings_are_here() -> None:
    """Each setting has a value in these tests."""
    assert {*RELEASED, *ADDED} == {*settings_of(ChatCompletionsSettings)} - {"model_extras"}
    assert {*FOR_EMBEDDINGS} == {*settings_of(EmbeddingsSettings)} - {"model_extras"}


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ENDPOINTS)
@pytest.mark.parametrize("place", ["call", "client"])
@pytest.mark.parametrize("name", [*RELEASED, *ADDED])
async def test_setting_of_a_chat(wire: Wire, name: str, place: str, kind: str) -> None:
    """A setting arrives as it is, alone, with the header only where services would refuse it without."""
    setting = {name: {**RELEASED, **ADDED}[name]}
    client = wire.client(kind=kind, **(setting if place == "client" else {}))
    await wait(client.complete(messages=HI, **(setting if place == "call" else {})))

    assert wire.body == {"messages": HI, **setting}
    assert wire.header == ("pass-through" if name in ADDED and kind != "openai_v1" else None)


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ENDPOINTS)
@pytest.mark.parametrize("place", ["call", "client"])
@pytest.mark.parametrize("name", FOR_EMBEDDINGS)
async def test_setting_of_embeddings(wire: Wire, name: str, place: str, kind: str) -> None:
    """The same holds for embeddings, of which only `user` is new."""
    setting = {name: FOR_EMBEDDINGS[name]}
    client = wire.client("EmbeddingsClient", kind, **(setting if place == "client" else {}))
    await wait(client.embed(input=["a"], **(setting if place == "call" else {})))

    assert wire.body == {"input": ["a"], **setting}
    assert wire.header == ("pass-through" if name == "user" and kind != "openai_v1" else None)


@pytest.mark.asyncio
@pytest.mark.parametrize("given", ["text", ["a", "b"], [1, 2], [[1], [2, 3]]])
async def test_inputs_of_embeddings(wire: Wire, given: Any) -> None:
    """A str, tokens and lists of tokens are sent as they are."""
    await wait(wire.client("EmbeddingsClient").embed(input=given))

    assert wire.body == {"input": given}


@pytest.mark.asyncio
async def test_order_of_a_body(wire: Wire) -> None:
    """Settings come in alphabetical order, old and new, whoever gives them; extras follow in the order given."""
    given = {**RELEASED, **ADDED}
    defaults = {name: given[name] for name in sorted(given, reverse=True)[::2]}
    call = {name: value for name, value in given.items() if name not in defaults}
    client = wire.client(**defaults)
    await updates_of(
        await wait(client.complete(messages=HI, stream=True, model_extras={"zeta": 1, "alpha": 2}, **call))
    )

    assert list(wire.body) == ["messages", "stream", *sorted(given), "zeta", "alpha"]


@pytest.mark.asyncio
@pytest.mark.parametrize("place", ["call", "client"])
@pytest.mark.parametrize("name", [*ADDED])
async def test_extra_that_is_a_setting_now(wire: Wire, name: str, place: str) -> None:
    """A new setting given among the extras sends the same bytes as ever: at the end, in its order."""
    extras = {"model_extras": {"zeta": 1, name: ADDED[name], "alpha": 2}}
    client = wire.client(temperature=1, **(extras if place == "client" else {}))
    await wait(client.complete(messages=HI, top_p=0.5, **(extras if place == "call" else {})))

    assert list(wire.body) == ["messages", "temperature", "top_p", "zeta", name, "alpha"]
    assert wire.body[name] == ADDED[name]
    assert wire.header == "pass-through"


@pytest.mark.asyncio
async def test_setting_beside_an_extra_of_its_name(wire: Wire) -> None:
    """An extra replaces a setting, in the setting's place; None removes the setting."""
    client = wire.client(n=3, verbosity="low")
    await wait(client.complete(messages=HI, user="u", model_extras={"x": 1, "n": 5, "verbosity": None}))

    assert list(wire.body.items()) == [("messages", HI), ("n", 5), ("user", "u"), ("x", 1)]


@pytest.mark.asyncio
@pytest.mark.parametrize("value", [False, 0, [], "", {}])
async def test_falsy_value(wire: Wire, value: Any) -> None:
    """A falsy value overrides that of the client."""
    for name in ADDED:
        await wait(wire.client(**ADDED).complete(messages=HI, **{name: value}))

        assert wire.body == {"messages": HI, **ADDED, name: value}


@pytest.mark.asyncio
async def test_none(wire: Wire) -> None:
    """None stands for the client's value; where that is None too, nothing is sent, and no header."""
    nothing = dict.fromkeys(ADDED)
    await wait(wire.client(**ADDED).complete(messages=HI, **nothing))
    assert wire.body == {"messages": HI, **ADDED}

    await wait(wire.client(**nothing).complete(messages=HI, **nothing))
    assert (wire.body, wire.header) == ({"messages": HI}, None)


@pytest.mark.asyncio
async def test_body_of_the_callers(wire: Wire) -> None:
    """A body is sent as it is, without the settings of the call or the client, and without a header for them."""
    await wait(wire.client(**ADDED).complete({"messages": HI, "n": 4}, **{**ADDED, "n": 5}))

    assert (wire.body, wire.header) == ({"messages": HI, "n": 4}, None)


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ENDPOINTS)
async def test_header_of_the_callers(wire: Wire, kind: str) -> None:
    """A header of the caller's passes, unless the client has to send its own."""
    client = wire.client(kind=kind)
    await wait(client.complete(messages=HI, headers={"extra-parameters": "drop"}))
    assert wire.header == "drop"

    await wait(client.complete(messages=HI, headers={"extra-parameters": "drop"}, n=2))
    assert wire.header == ("drop" if kind == "openai_v1" else "pass-through")


@pytest.mark.asyncio
async def test_nothing_is_added_to_a_stream(wire: Wire) -> None:
    """A stream asks for its usage only if the program does."""
    await updates_of(await wait(wire.client(kind="openai_v1").complete(messages=HI, stream=True)))

    assert wire.body == {"messages": HI, "stream": True}


@pytest.mark.asyncio
async def test_limit_is_not_renamed(wire: Wire) -> None:
    """Both limits of tokens are sent as they are given, under their own names."""
    await wait(wire.client(kind="openai_v1", max_tokens=5).complete(messages=HI, max_completion_tokens=9, model="o3"))

    assert wire.body == {"messages": HI, "max_completion_tokens": 9, "max_tokens": 5, "model": "o3"}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("setting", "sent"),
    [
        ({"reasoning_effort": m.ReasoningEffort.MINIMAL}, "minimal"),
        ({"verbosity": m.Verbosity.LOW}, "low"),
        ({"service_tier": m.ServiceTier.PRIORITY}, "priority"),
        ({"modalities": [m.ChatCompletionsModality.TEXT]}, ["text"]),
        ({"stream_options": m.ChatCompletionsStreamOptions(include_obfuscation=False)}, {"include_obfuscation": False}),
        ({"audio": m.ChatCompletionsAudioOptions(voice="v", format="mp3")}, {"voice": "v", "format": "mp3"}),
        ({"prediction": m.ChatCompletionsPrediction(content="x")}, {"content": "x", "type": "content"}),
        ({"user_security_context": m.UserSecurityContext(end_user_id="u")}, {"end_user_id": "u"}),
    ],
)
@pytest.mark.parametrize("place", ["call", "client"])
async def test_enums_and_models(wire: Wire, setting: Dict[str, Any], sent: Any, place: str) -> None:
    """Members of enums and request models become the JSON of the wire."""
    client = wire.client(**(setting if place == "client" else {}))
    await wait(client.complete(messages=HI, **(setting if place == "call" else {})))

    (name,) = setting
    assert wire.body == {"messages": HI, name: sent}
