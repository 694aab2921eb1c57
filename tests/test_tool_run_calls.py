"""The calls of a tool run: contexts, approvals, calls left to the caller and calls handed in."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Dict, List

import pytest
from toolruns import (
    ADD,
    ASK,
    CUSTOM,
    DEFINED,
    add,
    asks,
    assistant,
    bodies,
    call,
    histories,
    nothing,
    result,
    run,
    says,
)
from worlds import World

from azure.ai.inference.models import (
    AssistantMessage,
    ChatCompletionsToolCall,
    ChatCompletionsToolDefinition,
    FunctionCall,
    FunctionDefinition,
    ToolMessage,
)
from azure.ai.inference.testing import LocalService
from azure.ai.inference.tools import FunctionTool, ToolCall, ToolContext, ToolResult, ToolRun

pytestmark = pytest.mark.asyncio


async def test_context_of_a_call(world: World, service: LocalService) -> None:
    """A tool sees the state, its call, the round, and the chat up to the message with the call."""
    seen: List[ToolContext[Any]] = []

    def look(context: ToolContext[Any]) -> None:
        seen.append(context)

    state = object()
    replies = asks(call("look"), call("look", "{}", "c2")), asks(call("look", "{}", "c3")), says()
    await run(world, service, [look], *replies, state=state, max_concurrency=1)

    first = [*ASK, assistant(call("look"), call("look", "{}", "c2"))]
    second = [*first, result("null"), result("null", "c2"), assistant(call("look", "{}", "c3"))]
    assert [(one.state, one.call, one.round, [*one.messages]) for one in seen] == [
        (state, ToolCall("c1", "look", {}), 1, first),
        (state, ToolCall("c2", "look", {}), 1, first),
        (state, ToolCall("c3", "look", {}), 2, second),
    ]


def change(items: Any, names: Dict[str, Any]) -> str:
    items.append("changed")
    names["list"].append("changed")
    return "changed"


def clear(arguments: Any) -> str:
    arguments["items"].clear()
    arguments.clear()
    return "cleared"


async def test_functions_may_change_their_arguments(world: World, service: LocalService) -> None:
    """A result still has the arguments as the model wrote them."""
    arguments = {"items": [1], "names": {"list": [2]}}
    tools = [change, FunctionTool.from_schema(clear, name="clear", parameters={"type": "object"})]
    calls = [call(name, json.dumps(arguments), name) for name in ("change", "clear")]
    made = await run(world, service, tools, asks(*calls), says())

    assert made.results == [
        ToolResult(ToolCall("change", "change", arguments), "changed", "changed"),
        ToolResult(ToolCall("clear", "clear", arguments), "cleared", "cleared"),
    ]


async def test_approval(world: World, service: LocalService) -> None:
    """Each call that can be made needs approval, in order, before any is made; the model gets the reasons."""
    events: List[Any] = []

    def act(number: int) -> int:
        events.append(f"act {number}")
        return number

    def approve(context: ToolContext[Any]) -> Any:
        events.append((context.call.id, context.round, len(context.messages), context.state))
        return {"c1": True, "c2": False, "c3": "Not today.", "c6": True}[context.call.id]

    async def approve_later(context: ToolContext[Any]) -> Any:
        await asyncio.sleep(0)
        return approve(context)

    arguments = ['{"number": 1}', '{"number": 2}', '{"number": 3}', '{"number": "x"}', "{}", '{"number": 6}']
    names = ["act", "act", "act", "act", "gone", "act"]
    calls = [call(name, text, f"c{at}") for at, (name, text) in enumerate(zip(names, arguments), 1)]
    decide = approve_later if world.name == "async" else approve
    made = await run(world, service, [act], asks(*calls), says(), approve=decide, state="s", max_concurrency=1)

    asked = [(key, 1, 2, "s") for key in ("c1", "c2", "c3", "c6")]
    assert events == [*asked, "act 1", "act 6"]
    assert [(one.content, one.is_error) for one in made.results] == [
        ("1", False),
        ("The call was declined.", True),
        ("Not today.", True),
        ("The arguments do not fit: number: must be a number, not a string.", True),
        ("There is no tool 'gone'. Known tools: act.", True),
        ("6", False),
    ]


async def test_plain_approval_in_both_worlds(world: World, service: LocalService) -> None:
    """A plain function may approve in either world."""
    made = await run(world, service, [nothing], asks(call("nothing")), says(), approve=lambda context: True)

    assert [one.content for one in made.results] == ["null"]


class Yes:
    """Not a verdict, even if it is true."""


@pytest.mark.parametrize("verdict", [None, 1, Yes()])
async def test_other_verdicts_are_refused(world: World, service: LocalService, verdict: Any) -> None:
    """A verdict other than True, False or a text is an error, and nothing is called."""
    made: List[int] = []

    def act() -> None:
        made.append(1)

    with pytest.raises(TypeError, match=rf"^approve must return True, False or a str, not {type(verdict).__name__}\.$"):
        await run(world, service, [act], asks(call("act")), approve=lambda context: verdict)
    assert made == []


async def test_coroutine_is_no_verdict_in_the_sync_world(service: LocalService) -> None:
    """A coroutine, from a forgotten `await`, approves nothing."""
    from worlds import SYNC

    async def approve(context: ToolContext[Any]) -> bool:
        return False

    with pytest.raises(TypeError, match=r"^approve must return True, False or a str, not coroutine\.$") as raised:
        await run(SYNC, service, [nothing], asks(call("nothing")), approve=approve)
    ended = ToolRun.of(raised.value)
    assert ended is not None
    assert (ended.failed_call, ended.results) == (ToolCall("c1", "nothing", {}), [])


async def test_error_of_approval_ends_the_run(world: World, service: LocalService) -> None:
    """An error of the approval is raised before any call is made, and the calls wait for the next run."""

    def approve(context: ToolContext[Any]) -> bool:
        if context.call.id == "c2":
            raise OSError("no answer")
        return True

    calls = [call("nothing"), call("nothing", "{}", "c2")]
    with pytest.raises(OSError, match="no answer") as raised:
        await run(world, service, [nothing], asks(*calls), approve=approve)
    ended = ToolRun.of(raised.value)
    assert ended is not None
    assert (ended.messages, ended.results) == ([*ASK, assistant(*calls)], [])
    assert ended.failed_call == ToolCall("c2", "nothing", {})


CUSTOM_CALL = {"id": "c2", "type": "custom", "custom": {"name": "shell", "input": "ls"}, "own": 1}


async def test_calls_that_are_left_to_the_caller(world: World, service: LocalService) -> None:
    """Calls of custom tools and of definitions are left to the caller, after the others have been made."""
    definition = ChatCompletionsToolDefinition(function=FunctionDefinition(name="defined"))
    calls = [call("defined", '{"x": 1}'), CUSTOM_CALL, call("add", '{"a": 1}', "c3")]
    made = await run(world, service, [definition, add, CUSTOM], asks(*calls), response_format="text")

    assert made.pending == [ToolCall("c1", "defined", {"x": 1}), ToolCall("c2", "shell", {"input": "ls"})]
    assert made.messages == [*ASK, assistant(*calls), result("2", "c3")]
    assert (made.text, made.parsed, made.failed_call) == ("", None, None)
    assert bodies(service)[0]["tools"] == [DEFINED, ADD, {"type": "custom", "custom": {"name": "shell"}}]

    still = await run(world, service, [definition, add, CUSTOM], messages=made.messages)
    assert (still.pending, still.messages, still.rounds) == (made.pending, made.messages, 0)
    with pytest.raises(ValueError, match=r"^The run has no response yet\.$"):
        assert still.response
    for one in made.pending:
        made.messages.append(ToolMessage(f"did {one.name}", tool_call_id=one.id))
    final = await run(world, service, [definition, add, CUSTOM], says(), messages=made.messages)
    assert histories(service)[-1] == [
        *made.messages[:3],
        *[result(f"did {n}", c) for n, c in (("defined", "c1"), ("shell", "c2"))],
    ]
    assert (final.text, final.pending, final.results) == ("Done.", [], [])


@pytest.mark.parametrize("name", ["shell", "add"])
async def test_unknown_custom_tool_is_reported(world: World, service: LocalService, name: str) -> None:
    """A custom tool that nobody defined is not left to the caller; nor is a function called with text."""
    custom = {**CUSTOM_CALL, "custom": {"name": name, "input": "ls"}}
    made = await run(world, service, [add], asks(custom), says())

    content = f"There is no custom tool {name!r}. Known tools: add."
    assert made.results == [ToolResult(ToolCall("c2", name, {"input": "ls"}), content, None, True)]
    assert made.messages[1]["tool_calls"] == [custom]


async def test_custom_calls_without_a_type(world: World, service: LocalService) -> None:
    """A custom call is recognized, even if the service omits its type."""
    untyped = {"custom": {"name": "shell", "input": None}}
    made = await run(world, service, [CUSTOM], asks(untyped))

    assert made.pending == [ToolCall("call_1_0", "shell", {"input": ""})]
    assert made.messages[1]["tool_calls"][0]["custom"] == {"name": "shell", "input": None}


@pytest.mark.parametrize(
    "last",
    [
        AssistantMessage(
            tool_calls=[ChatCompletionsToolCall(id="", function=FunctionCall(name="add", arguments='{"a": 1}'))]
        ),
        {"role": "assistant", "tool_calls": [{"function": {"name": "add", "arguments": '{"a": 1}'}}]},
    ],
    ids=["model", "dictionary"],
)
async def test_calls_handed_in(world: World, service: LocalService, last: Any) -> None:
    """A chat that ends with calls goes on with these, in round 0. Calls without an id get one."""
    rounds: List[int] = []

    def approve(context: ToolContext[Any]) -> bool:
        rounds.append(context.round)
        return True

    made = await run(world, service, [add], says(), messages=[*ASK, last], approve=approve)

    (sent,) = histories(service)
    assert sent[2:] == [result("2", "call_0_0")]
    assert sent[1]["tool_calls"] == [call("add", '{"a": 1}', "call_0_0")]
    assert (rounds, made.rounds, made.results[0].content) == ([0], 1, "2")


@pytest.mark.parametrize(
    "messages",
    [
        [],
        ASK,
        [*ASK, assistant(call("add"), call("add", "{}", "c2")), result("x", "c2"), result("x")],
        [*ASK, assistant(call("add")), {"role": "user", "content": "Never mind."}],
        [*ASK, {"role": "assistant", "content": "Hi."}],
        [result("x")],
    ],
    ids=["empty", "user", "answered", "superseded", "no calls", "results alone"],
)
async def test_nothing_to_resume(world: World, service: LocalService, messages: Any) -> None:
    """Calls that have a result, or that another message follows, are not made again."""
    made = await run(world, service, [add], says(), messages=messages)

    assert (histories(service), made.results) == ([messages], [])
