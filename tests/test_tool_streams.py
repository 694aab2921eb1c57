"""Streamed tool runs: their items, their texts, and their ends."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, List, Optional

import pytest
from azure.core.exceptions import IncompleteReadError, ServiceResponseTimeoutError
from toolruns import ASK, asks, assistant, bodies, call, histories, result, run, says, streamed
from worlds import World, next_of, opened, updates_of, wait

from azure.ai.inference.aio import AsyncStreamingToolRun
from azure.ai.inference.exceptions import ToolRoundsExceededError
from azure.ai.inference.models import StreamingChatCompletionsUpdate
from azure.ai.inference.testing import LocalService, Stream
from azure.ai.inference.tools import StreamingToolRun, ToolCall, ToolContext, ToolResult, ToolRun, tool

pytestmark = pytest.mark.asyncio

CALLS = [call("add", '{"a": 1}'), call("fail", "{}", "c2")]


def add(a: int) -> int:
    return a + 1


def fail() -> None:
    raise OSError("failed")


def shown(item: Any) -> Any:
    """Return an update as its text and its number of tool calls, or a result."""
    if isinstance(item, ToolResult):
        return item
    assert isinstance(item, StreamingChatCompletionsUpdate)
    calls = item.choices[0].delta.tool_calls if item.choices else None
    return (item.text, len(calls or ()))


async def items_of(made: Any) -> List[Any]:
    """Return all items of a run."""
    return [shown(item) for item in await updates_of(made)]


async def test_whole_streamed_run(world: World, service: LocalService) -> None:
    """The items are all updates and, between two completions, the results. The run is that of a plain one."""
    replies = asks(call("add", '{"a": 1}'), call("add", '{"a": 2}', "c2"), content="Hm"), says("Ok")
    service.answer(*map(streamed, replies))
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        made = await wait(client.run_tools(messages=ASK, tools=[add], stream=True, seed=3))
        assert type(made) is (StreamingToolRun if world.name == "sync" else AsyncStreamingToolRun)
        assert service.requests == []
        items = await items_of(made)
        final = await wait(made.get_final_run())

    first, second = (ToolResult(ToolCall(f"c{n}", "add", {"a": n}), str(n + 1), n + 1) for n in (1, 2))
    assert items == [
        ("", 0), ("H", 0), ("m", 0), ("", 1), ("", 1), ("", 1), ("", 1), ("", 0), ("", 0),
        first, second,
        ("", 0), ("O", 0), ("k", 0), ("", 0), ("", 0),
    ]  # fmt: skip
    assert [body["stream"] for body in bodies(service)] == [True, True]
    assert final is made.run
    plain = await run(world, service, [add], *replies, seed=3)
    assert (final.messages, final.results, final.usage) == (plain.messages, plain.results, plain.usage)
    assert [one["choices"] for one in final.responses] == [one["choices"] for one in plain.responses]


async def test_texts(world: World, service: LocalService) -> None:
    """The texts of all completions come one after another, and leaving the loop leaves the run open."""
    service.answer(streamed(asks(call("add", '{"a": 1}'), content="Hm")), streamed(says("Ok")))
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        made = await wait(client.run_tools(messages=ASK, tools=[add], stream=True))
        texts = made.text_deltas()
        assert await next_of(texts) == "H"
        assert await updates_of(texts) == ["m", "O", "k"]
        assert (made.run.text, await updates_of(made)) == ("Ok", [])


async def test_calls_handed_in_come_first(world: World, service: LocalService) -> None:
    """The results of calls that the chat ends with come before the first update."""
    service.answer(streamed(says("")))
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        made = await wait(
            client.run_tools(messages=[*ASK, assistant(call("add", '{"a": 1}'))], tools=[add], stream=True)
        )
        found = await next_of(made)
        assert (found, service.requests) == (ToolResult(ToolCall("c1", "add", {"a": 1}), "2", 2), [])
        assert made.run.results == [found]
        await wait(made.get_final_run())
    assert histories(service)[0][-1] == result("2")


async def test_results_come_as_calls_are_made(world: World, service: LocalService) -> None:
    """One at a time, each result comes before the next call; a run that is closed there makes no more calls."""
    made: List[int] = []

    def act(number: int) -> int:
        made.append(number)
        return number

    calls = [call("act", f'{{"number": {number}}}', f"c{number}") for number in (1, 2, 3)]
    service.answer(streamed(asks(*calls)))
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        going = await wait(client.run_tools(messages=ASK, tools=[act], stream=True, max_concurrency=1))
        item: Any = None
        while not isinstance(item, ToolResult):
            item = await next_of(going)
        assert (item.content, made) == ("1", [1])
        assert (await next_of(going)).content == "2"
        await wait(going.close())
        await wait(going.close())
        for _ in range(2):
            with pytest.raises(RuntimeError, match=r"^The tool run was closed before its end\."):
                await next_of(going)
            with pytest.raises(RuntimeError, match=r"^The tool run was closed before its end\."):
                await wait(going.get_final_run())
    assert made == [1, 2]
    assert going.run.messages == [*ASK, assistant(*calls), result("1"), result("2", "c2")]


async def test_leaving_closes_the_stream(world: World, service: LocalService) -> None:
    """A run that is left early closes its connection, and does not go on."""
    gate = threading.Semaphore(2)
    service.answer(streamed(says("Hello"), gate=gate))
    client = world.ChatCompletionsClient(service.endpoint, service.credential)
    made = await wait(client.run_tools(messages=ASK, tools=[add], stream=True))
    if world.name == "sync":
        with made as going:
            next(going)
    else:
        async with made as going:
            await going.__anext__()
    await wait(client.close())

    assert service.wait_until_closed()
    assert (made.run.messages, made.run.responses) == (ASK, [])


async def test_closing_before_the_first_item(world: World, service: LocalService) -> None:
    """A run that is closed before its first item sends nothing."""
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        made = await wait(client.run_tools(messages=ASK, tools=[add], stream=True))
        await wait(made.close())
        with pytest.raises(RuntimeError, match=r"^The tool run was closed before its end\."):
            await next_of(made)
    assert service.requests == []


async def test_closing_during_an_approval(world: World, service: LocalService) -> None:
    """No call is made once the user has closed the run while being asked for approval."""
    made: List[Any] = []
    calls: List[int] = []

    def act(number: int) -> None:
        calls.append(number)

    def approve(context: ToolContext[Any]) -> Any:
        closing = made[0].close()

        async def approved() -> bool:
            await closing
            return True

        return True if world.name == "sync" else approved()

    service.answer(streamed(asks(call("act", '{"number": 1}'), call("act", '{"number": 2}', "c2"))))
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        made.append(await wait(client.run_tools(messages=ASK, tools=[act], approve=approve, stream=True)))
        with pytest.raises(RuntimeError, match=r"^The tool run was closed before its end\.") as raised:
            await updates_of(made[0])
    assert (calls, len(service.requests)) == ([], 1)
    assert ToolRun.of(raised.value) is made[0].run


@pytest.mark.parametrize("limit", [None, 1])
async def test_closing_between_calls(world: World, service: LocalService, limit: Optional[int]) -> None:
    """No call begins after the run has been closed."""
    made: List[Any] = []
    calls: List[int] = []

    def act(number: int) -> Any:
        calls.append(number)
        return made[0].close()

    asked = [call("act", f'{{"number": {number}}}', f"c{number}") for number in range(1, 6)]
    service.answer(streamed(asks(*asked)))
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        act_once = tool(in_thread=False)(act)
        options = {"tools": [act_once], "max_concurrency": limit, "stream": True}
        made.append(await wait(client.run_tools(messages=ASK, **options)))
        with pytest.raises(RuntimeError, match=r"^The tool run was closed before its end\."):
            await updates_of(made[0])
    assert (calls, len(service.requests)) == ([1], 1)
    assert made[0].run.messages[2:] == [result("null", "c1")]


async def test_closing_during_a_request(world: World, service: LocalService) -> None:
    """A stream that arrives after the run was closed is closed."""
    gate = threading.Event()
    service.answer(streamed(says("Hello"), gate=gate))
    made: List[Any] = []

    class Client(world.ChatCompletionsClient):  # type: ignore[misc, name-defined]
        def complete(self, **keywords: Any) -> Any:
            if world.name == "sync":
                stream = super().complete(**keywords)
                made[0].close()
                return stream

            async def complete() -> Any:
                stream = await completing
                await made[0].close()
                return stream

            completing = super().complete(**keywords)
            return complete()

    client = Client(service.endpoint, service.credential)
    made.append(await wait(client.run_tools(messages=ASK, tools=[add], stream=True)))
    with pytest.raises(RuntimeError, match=r"^The tool run was closed before its end\."):
        await next_of(made[0])
    assert service.wait_until_closed()
    await wait(client.close())


async def test_closing_after_the_end(world: World, service: LocalService) -> None:
    """A run that has come to its end stays readable after it is closed."""
    service.answer(streamed(says()))
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        made = await wait(client.run_tools(messages=ASK, tools=[add], stream=True))
        await wait(made.get_final_run())
        await wait(made.close())
        assert (await wait(made.get_final_run())).text == "Done."
        assert await updates_of(made) == []


@pytest.mark.parametrize(
    ("replies", "options", "error", "failed"),
    [
        ([streamed(asks(*CALLS))], {}, OSError, ToolCall("c2", "fail", {})),
        ([streamed(asks(CALLS[0]))], {"max_rounds": 1}, ToolRoundsExceededError, None),
        ([Stream([{"choices": []}], done=False)], {}, IncompleteReadError, None),
        ([], {"timeout": 0}, ServiceResponseTimeoutError, None),
    ],
    ids=["tool", "rounds", "cut off", "deadline"],
)
async def test_errors_end_the_run(
    world: World, service: LocalService, replies: Any, options: Any, error: Any, failed: Any
) -> None:
    """An error is raised in place of an item, carries the run, and is raised again for the final run."""
    service.answer(*replies)
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        made = await wait(
            client.run_tools(messages=ASK, tools=[add, fail], stream=True, **{"max_concurrency": 1, **options})
        )
        with pytest.raises(error) as raised:
            await updates_of(made)
        with pytest.raises(error) as again:
            await wait(made.get_final_run())
        assert await updates_of(made) == []
    assert again.value is raised.value
    assert ToolRun.of(raised.value) is made.run
    assert made.run.failed_call == failed


async def test_interrupted_run(world: World, service: LocalService) -> None:
    """A run that Ctrl+C or a cancellation has stopped is not finished; that is not raised a second time."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    async def cancel() -> None:
        raise asyncio.CancelledError

    service.answer(streamed(asks(call("interrupt"))))
    tools, error = ([interrupt], KeyboardInterrupt)
    if world.name == "async":
        cancel.__name__ = "interrupt"
        tools, error = ([cancel], asyncio.CancelledError)  # type: ignore[list-item, assignment]
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        made = await wait(client.run_tools(messages=ASK, tools=tools, stream=True))
        with pytest.raises(error):
            await updates_of(made)
        with pytest.raises(RuntimeError, match=r"^The tool run was closed before its end\."):
            await wait(made.get_final_run())
    assert made.run.failed_call == ToolCall("c1", "interrupt", {})


async def test_stop_iteration_of_a_tool(world: World, service: LocalService) -> None:
    """A StopIteration of a tool does not look like the end of the run."""

    def stop() -> None:
        raise StopIteration

    async def stop_async() -> None:
        raise StopAsyncIteration

    service.answer(streamed(asks(call("stop"))))
    stop_async.__name__ = "stop"
    tools = [stop] if world.name == "sync" else [stop_async]
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        made = await wait(client.run_tools(messages=ASK, tools=tools, stream=True))
        with pytest.raises(RuntimeError, match=r"^stop raised Stop(Async)?Iteration$"):
            await updates_of(made)


async def test_dropped_run_gives_its_connection_back(world: World, service: LocalService) -> None:
    """A run that is neither read nor closed releases its connection."""
    gate = threading.Semaphore(2)
    service.answer(streamed(says("Hello"), gate=gate))
    client = world.ChatCompletionsClient(service.endpoint, service.credential)
    made = await wait(client.run_tools(messages=ASK, tools=[add], stream=True))
    await next_of(made)
    del made
    await wait(client.close())

    assert service.wait_until_closed()
