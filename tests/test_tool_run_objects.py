"""The object at the end of a tool run, and runs of a thousand calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Tuple

import pytest
from toolruns import ASK, DEFINED, add, asks, assistant, bodies, call, nothing, run, says, streamed
from typing_extensions import TypedDict
from worlds import World, opened, wait

from azure.ai.inference.exceptions import (
    ContentFilterError,
    RefusalError,
    ResponseFormatError,
    ResponseTruncatedError,
)
from azure.ai.inference.models import (
    JsonSchemaFormat,
    UserMessage,
)
from azure.ai.inference.testing import LocalService, Reply
from azure.ai.inference.tools import ToolCall, ToolRun, tool

pytestmark = pytest.mark.asyncio


@dataclass
class Answer:
    """The reply to a question."""

    text: str
    number: int = 0


class Kind(TypedDict):
    kind: str


async def test_object_at_the_end(world: World, service: LocalService) -> None:
    """With a type, its format goes out in every round, and the last completion becomes an object of it."""
    replies = asks(call("nothing")), says('```json\n{"text": "Hi"}\n```')
    made = await run(world, service, [nothing], *replies, response_format=Answer)

    assert (made.parsed, made.text) == (Answer("Hi"), '```json\n{"text": "Hi"}\n```')
    form = {"type": "json_schema", "json_schema": JsonSchemaFormat.from_type(Answer)}
    assert [body["response_format"] for body in bodies(service)] == [form, form]
    listed = await run(world, service, [nothing], says('{"value": [{"kind": "a"}]}'), response_format=List[Kind])
    assert listed.parsed == [{"kind": "a"}]


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ("json_object", {"type": "json_object"}),
        (JsonSchemaFormat(name="a", schema={}), {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}),
        ({"type": "own"}, {"type": "own"}),
        (None, {"type": "text"}),
    ],
)
async def test_formats_that_are_no_types(world: World, service: LocalService, wanted: Any, sent: Any) -> None:
    """Formats as `complete` accepts them are sent in every round, in place of the client's, and nothing is parsed."""
    replies = asks(call("nothing")), says("[]")
    made = await run(
        world, service, [nothing], *replies, response_format=wanted, client_options={"response_format": "text"}
    )

    assert [body["response_format"] for body in bodies(service)] == [sent, sent]
    assert made.parsed is None


@pytest.mark.parametrize(
    ("reply", "error", "attributes"),
    [
        (says("Hi"), ResponseFormatError, {"content": "Hi", "choice_index": 0}),
        (says('{"text": 5}'), ResponseFormatError, {"content": '{"text": 5}'}),
        (says('{"text": "H', "length"), ResponseTruncatedError, {"partial": {"text": "H"}}),
        (says(None, refusal="No."), RefusalError, {"refusal": "No."}),
        (says("{", "content_filter"), ContentFilterError, {}),
        (Reply(body={"id": "r", "object": "chat.completion", "choices": []}), ResponseFormatError, {"content": None}),
    ],
    ids=["no JSON", "misfit", "cut off", "refusal", "filter", "no choice"],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_no_object_at_the_end(
    world: World, service: LocalService, reply: Any, error: Any, attributes: Dict[str, Any], stream: bool
) -> None:
    """If the last completion is no object of the type, the error says why and carries the run and the response."""
    if stream and "refusal" not in str(reply.body) and reply.body["choices"]:
        reply = streamed(reply)
    service.answer(reply)
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        with pytest.raises(error) as raised:
            made = await wait(client.run_tools(messages=ASK, tools=[nothing], response_format=Answer, stream=stream))
            if stream:
                await wait(made.get_final_run())

    ended = ToolRun.of(raised.value)
    assert ended is not None
    assert (raised.value.completions, raised.value.response.status_code) == (ended.response, 200)
    assert {name: getattr(raised.value, name) for name in attributes} == attributes
    assert (ended.messages, ended.failed_call) == (ASK, None)


@pytest.mark.parametrize(
    ("arguments", "partial"),
    [('{"a": 1, "b": [2', {"a": 1, "b": []}), ("", None), ("[1]", [1]), (" ", None)],
)
async def test_arguments_that_are_cut_off(world: World, service: LocalService, arguments: str, partial: Any) -> None:
    """Arguments that the limit of tokens has cut off are not reported to the model, which cannot do better."""
    calls = [call("add", '{"a": 1}'), call("add", arguments, "c2")]
    with pytest.raises(
        ResponseTruncatedError, match=r"^The arguments of add were cut off: raise max_tokens "
    ) as raised:
        await run(world, service, [add], asks(*calls, finish_reason="length", content="Hm"))

    ended = ToolRun.of(raised.value)
    assert ended is not None
    assert (ended.messages, ended.results, raised.value.completions) == (ASK, [], ended.response)
    assert (raised.value.content, raised.value.response.status_code) == ("Hm", 200)
    assert raised.value.partial == partial


async def test_type_that_has_no_schema(world: World, service: LocalService) -> None:
    """A type that cannot be described is refused before anything is sent."""
    with pytest.raises(TypeError, match=r"^complex has no JSON schema here"):
        await run(world, service, [nothing], response_format=complex)
    assert service.requests == []


async def test_type_and_calls_that_are_left_to_the_caller(world: World, service: LocalService) -> None:
    """A run that waits for its caller has no object yet."""
    made = await run(world, service, [DEFINED], asks(call("defined")), response_format=Answer)

    assert (made.pending, made.parsed) == ([ToolCall("c1", "defined", {})], None)


async def test_thousand_calls(world: World, service: LocalService) -> None:
    """A thousand calls in one response, and their results, are fast."""
    calls = [call("add", f'{{"a": {number}}}', f"c{number}") for number in range(1000)]
    made = await run(world, service, [tool(in_thread=False)(add)], asks(*calls), says())

    assert [one.content for one in made.results] == [str(number + 1) for number in range(1000)]
    resumed = await run(world, service, [tool(in_thread=False)(add)], says(), messages=[*ASK, assistant(*calls)])
    assert resumed.results == made.results


async def test_toy_model(world: World, service: LocalService) -> None:
    """A run works against the local service without scripts."""

    def weather(city: str, days: int = 1) -> str:
        """Return the weather of a city."""
        return f"Sunny in {city}."

    made = await run(world, service, [weather], messages=[UserMessage("What is the weather in Rome?")])

    assert made.results[0].call.arguments["city"] == "Rome"
    assert "Sunny in Rome." in made.text


def typed(pair: Tuple[int, str]) -> str:
    return repr(pair)


async def test_arguments_are_python_values(world: World, service: LocalService) -> None:
    """A function gets values of the types that it asks for."""
    made = await run(world, service, [typed], asks(call("typed", '{"pair": [1, "x"]}')), says())

    assert made.results[0].content == "(1, 'x')"
