"""Tool runs: the requests of each round, the results that the model gets, and the run that the caller gets."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

import pytest
from azure.core.exceptions import HttpResponseError, ServiceResponseTimeoutError
from toolruns import ASK, asks, assistant, bodies, call, histories, result, run, says, streamed
from typing_extensions import TypedDict
from worlds import World, opened, wait

from azure.ai.inference.exceptions import (
    ContentFilterError,
    RefusalError,
    ResponseFormatError,
    ResponseTruncatedError,
    ToolError,
    ToolRoundsExceededError,
)
from azure.ai.inference.models import (
    AssistantMessage,
    ChatChoice,
    ChatCompletions,
    ChatCompletionsCustomToolDefinition,
    ChatCompletionsNamedToolChoice,
    ChatCompletionsNamedToolChoiceFunction,
    ChatCompletionsToolCall,
    ChatCompletionsToolChoicePreset,
    ChatCompletionsToolDefinition,
    ChatResponseMessage,
    CompletionsUsage,
    CustomToolCall,
    CustomToolDefinition,
    FunctionCall,
    FunctionDefinition,
    JsonSchemaFormat,
    PromptUsageDetails,
    ToolMessage,
    UserMessage,
)
from azure.ai.inference.testing import LocalService, Reply
from azure.ai.inference.tools import FunctionTool, ToolCall, ToolContext, ToolResult, ToolRun, tool

pytestmark = pytest.mark.asyncio

ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add two numbers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer", "default": 1}},
            "required": ["a"],
            "additionalProperties": False,
        },
    },
}
DEFINED = {"type": "function", "function": {"name": "defined"}}


def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


def nothing() -> None:
    """Do nothing."""


def broken(text: str = "") -> str:
    """Raise an error."""
    raise {"tool": ToolError, "value": ValueError, "stop": StopIteration, "exit": SystemExit}.get(text, KeyError)(text)


async def test_whole_run(world: World, service: LocalService) -> None:
    """A run sends the definitions and the growing chat, calls the functions, and returns the whole story."""
    calls = [call("add", '{"a": 1, "b": 2}'), call("nothing", "{}", "c2")]
    replies = asks(*calls), asks(call("add", '{"a": 3}', "c3")), says("Four.")
    made = await run(world, service, [add, nothing], *replies, temperature=0.5, client_options={"seed": 7})

    first = [*ASK, assistant(*calls), result("3"), result("null", "c2")]
    second = [*first, assistant(call("add", '{"a": 3}', "c3")), result("4", "c3")]
    about_nothing = {"name": "nothing", "description": "Do nothing.", "parameters": ANY}
    tools = [ADD, {"type": "function", "function": about_nothing}]
    settings = {"temperature": 0.5, "seed": 7, "tools": tools}
    assert bodies(service) == [{"messages": messages, **settings} for messages in (ASK, first, second)]
    assert made.messages == [*second, {"role": "assistant", "content": "Four."}]
    assert [response.id for response in made.responses] == ["r", "r", "r"]
    assert made.results == [
        ToolResult(ToolCall("c1", "add", {"a": 1, "b": 2}), "3", 3),
        ToolResult(ToolCall("c2", "nothing", {}), "null", None),
        ToolResult(ToolCall("c3", "add", {"a": 3}), "4", 4),
    ]
    assert (made.text, made.rounds, made.parsed, made.pending, made.failed_call) == ("Four.", 3, None, [], None)
    assert made.response is made.responses[-1]
    assert made.usage == {"prompt_tokens": 9, "completion_tokens": 15, "total_tokens": 24}
    assert repr(made) == "<ToolRun: 3 responses, 3 results, 0 pending calls>"
    assert vars(pickle.loads(pickle.dumps(made))) == vars(copy.deepcopy(made)) == vars(made)


ANY = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


async def test_messages_of_the_caller_are_copied(world: World, service: LocalService) -> None:
    """A run does not change the caller's list of messages."""
    messages = [UserMessage("Go")]
    made = await run(world, service, [add], asks(call("add", '{"a": 1}')), says(), messages=messages)

    assert messages == [{"role": "user", "content": "Go"}]
    assert len(made.messages) == 4


@pytest.mark.parametrize(
    ("arguments", "text", "problem"),
    [
        ('{"a": 1', None, "The arguments are not valid JSON: Expecting ',' delimiter: line 1 column 8 (char 7)."),
        ("[" * 100_000, None, "The arguments are not valid JSON: "),
        ("[1]", None, "The arguments must be a JSON object, not an array."),
        ('"a"', None, "The arguments must be a JSON object, not a string."),
        ([1], "[1]", "The arguments must be a JSON object, not an array."),
        ('{"a": "x"}', None, "The arguments do not fit: a: must be a number, not a string."),
        ('{"a": 1, "c": 2}', None, "The arguments do not fit: c: is unknown; known: a and b."),
        ("", "{}", "The arguments do not fit: a: is missing."),
        (None, "{}", "The arguments do not fit: a: is missing."),
        ("null", "{}", "The arguments do not fit: a: is missing."),
    ],
    ids=["cut off", "deep", "array", "string", "no text", "misfit", "unknown", "empty", "missing", "null"],
)
async def test_wrong_arguments_are_reported_to_the_model(
    world: World, service: LocalService, arguments: Any, text: Optional[str], problem: str
) -> None:
    """The function is not called, and the model can correct itself; its own text stays in the chat."""
    made = await run(world, service, [add], asks(call("add", arguments)), says())

    (found,) = made.results
    assert found.is_error
    assert found.content.startswith(problem)
    readable = {"a": "x"} if "x" in str(arguments) else {"a": 1, "c": 2} if "c" in str(arguments) else {}
    assert (found.call, found.value) == (ToolCall("c1", "add", readable), None)
    sent = histories(service)[1]
    assert sent == [*ASK, assistant(call("add", arguments if text is None else text)), result(found.content)]


async def test_arguments_may_be_an_object(world: World, service: LocalService) -> None:
    """Some services send the arguments as an object: the function gets it, and the chat has its text."""
    made = await run(world, service, [add], asks(call("add", {"a": 1, "b": 4})), says())

    assert made.results == [ToolResult(ToolCall("c1", "add", {"a": 1, "b": 4}), "5", 5)]
    assert histories(service)[1][1] == assistant(call("add", '{"a": 1, "b": 4}'))


@pytest.mark.parametrize("name", ["subtract", "", None, 5])
async def test_unknown_names_are_reported_to_the_model(world: World, service: LocalService, name: Any) -> None:
    """The model gets the list of known names."""
    made = await run(world, service, [add, DEFINED], asks(call(name)), says())

    known = name if isinstance(name, str) else ""
    content = f"There is no tool {known!r}. Known tools: add, defined."
    assert made.results == [ToolResult(ToolCall("c1", known, {}), content, None, True)]
    none = await run(world, service, [], asks(call("add")), says())
    assert none.results[0].content == "There is no tool 'add'. Known tools: none."


@pytest.mark.parametrize("given", [None, "", 5])
async def test_missing_ids_are_made(world: World, service: LocalService, given: Any) -> None:
    """A call without an id gets one, the same in both messages, so that its result belongs to it."""
    replies = asks(call("add", '{"a": 1}', given), call("nothing", "{}", "c2"), call("nothing", "{}", given)), says()
    await run(world, service, [add, nothing], *replies)

    assert histories(service)[1] == [
        *ASK,
        assistant(call("add", '{"a": 1}', "call_1_0"), call("nothing", "{}", "c2"), call("nothing", "{}", "call_1_2")),
        result("2", "call_1_0"),
        result("null", "c2"),
        result("null", "call_1_2"),
    ]


@pytest.mark.parametrize("calls", [None, [], "none", {}, [None, 5, "x"]])
async def test_odd_lists_of_calls_are_none(world: World, service: LocalService, calls: Any) -> None:
    """An odd list of calls does not break a run that has its text."""
    made = await run(world, service, [add], says("Hi.", tool_calls=calls))

    assert (made.text, made.messages) == ("Hi.", [*ASK, {"role": "assistant", "content": "Hi."}])


@pytest.mark.parametrize(
    "body", [{"choices": []}, {"choices": None, "id": "r"}, {"choices": [5]}, {"choices": [{"message": None}]}]
)
async def test_response_without_a_message_ends_the_run(
    world: World, service: LocalService, body: Dict[str, Any]
) -> None:
    """A response without choices has an empty text; nothing that is empty goes into the chat."""
    made = await run(world, service, [add], Reply(body={"id": "r", "object": "chat.completion", **body}))

    assert (made.text, made.messages, made.usage, made.rounds) == ("", ASK, None, 1)


async def test_what_goes_into_the_chat(world: World, service: LocalService) -> None:
    """The chat has text, calls and reasoning of the model, and no key that another service would refuse."""
    details = [{"type": "reasoning.text", "text": "Hm"}]
    message = {
        "content": "Wait.",
        "reasoning_content": "Hm",
        "reasoning_details": details,
        "refusal": None,
        "annotations": [],
        "own": 1,
    }
    odd = {**call("nothing"), "index": 0, "own": 1}
    final = says("Done.", reasoning_content="Hm", own=1)
    made = await run(world, service, [nothing], asks(odd, **message), final)

    kept = {"content": "Wait.", "reasoning_content": "Hm", "reasoning_details": details}
    assert histories(service)[1] == [*ASK, assistant(call("nothing"), **kept), result("null")]
    assert made.messages[-1] == {"role": "assistant", "content": "Done."}
    assert made.responses[0].choices[0].message["own"] == 1
    await run(world, service, [nothing], asks(odd, reasoning_content=None, reasoning_details=[]), says())
    assert histories(service)[-1][1] == assistant(call("nothing"))


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter", "tool_calls", None, "odd"])
async def test_calls_count_whatever_the_finish_reason(world: World, service: LocalService, reason: Any) -> None:
    """Calls count, whatever the finish reason of the service."""
    made = await run(world, service, [nothing], asks(call("nothing"), finish_reason=reason), says())

    assert [one.content for one in made.results] == ["null"]


async def test_errors_of_tools(world: World, service: LocalService) -> None:
    """A ToolError is for the model: it gets the text as it is, and the run goes on."""
    made = await run(world, service, [broken], asks(call("broken", '{"text": "tool"}')), says())

    assert made.results == [ToolResult(ToolCall("c1", "broken", {"text": "tool"}), "tool", None, True)]


async def test_other_errors_go_to_the_caller(world: World, service: LocalService) -> None:
    """Any other error ends the run and is raised as it is. It carries the run, with the results so far."""
    calls = [call("add", '{"a": 1}'), call("broken", '{"text": "value"}', "c2"), call("add", '{"a": 2}', "c3")]
    with pytest.raises(ValueError, match=r"^value$") as raised:
        await run(world, service, [add, tool(in_thread=False)(broken)], asks(*calls), max_concurrency=1)

    ended = ToolRun.of(raised.value)
    assert ended is not None
    assert ended.failed_call == ToolCall("c2", "broken", {"text": "value"})
    assert ended.messages == [*ASK, assistant(*calls), result("2")]
    assert [one.content for one in ended.results] == ["2"]
    assert ToolRun.of(ValueError()) is None


async def test_run_goes_on_after_an_error(world: World, service: LocalService) -> None:
    """A run with the messages of one that failed makes the calls without a result only."""
    made: List[int] = []

    def once(number: int) -> int:
        """Fail the first time for 2."""
        made.append(number)
        if made.count(2) == 1 and number == 2:
            raise OSError("later")
        return number

    calls = [call("once", f'{{"number": {number}}}', f"c{number}") for number in (1, 2, 3)]
    with pytest.raises(OSError, match="later") as raised:
        await run(world, service, [once], asks(*calls), max_concurrency=1)
    ended = ToolRun.of(raised.value)
    assert ended is not None
    resumed = await run(world, service, [once], says(), messages=ended.messages, max_concurrency=1)

    assert made == [1, 2, 2, 3]
    assert histories(service)[-1] == [*ASK, assistant(*calls), *(result(str(one), f"c{one}") for one in (1, 2, 3))]
    assert [one.call.id for one in resumed.results] == ["c2", "c3"]
    assert resumed.rounds == 1


@pytest.mark.parametrize("error", ["exit", "stop"])
async def test_errors_that_mean_something_to_python(world: World, service: LocalService, error: str) -> None:
    """SystemExit passes; StopIteration, which would only stop a loop over the run, becomes a RuntimeError."""
    expected: Any = SystemExit if error == "exit" else RuntimeError
    quiet = tool(in_thread=False)(broken)
    with pytest.raises(expected) as raised:
        await run(world, service, [quiet], asks(call("broken", json.dumps({"text": error}))))

    ended = ToolRun.of(raised.value)
    assert ended is not None
    assert ended.failed_call == ToolCall("c1", "broken", {"text": error})
    assert str(raised.value) == ("exit" if error == "exit" else "broken raised StopIteration")


async def test_hook_for_errors(world: World, service: LocalService) -> None:
    """The hook decides about an error: a text goes to the model. It is not called for a ToolError."""
    seen: List[Any] = []

    def on_tool_error(context: ToolContext[Any], error: Exception) -> Optional[str]:
        seen.append((context.call.id, type(error)))
        return None if context.call.id == "c3" else f"failed: {error}"

    calls = [call("broken", json.dumps({"text": text}), key) for text, key in (("value", "c1"), ("tool", "c2"))]
    made = await run(world, service, [broken], asks(*calls), says(), on_tool_error=on_tool_error, max_concurrency=1)
    assert [(one.content, one.is_error) for one in made.results] == [("failed: value", True), ("tool", True)]
    with pytest.raises(ValueError, match=r"^value$"):
        last = asks(call("broken", '{"text": "value"}', "c3"))
        await run(world, service, [broken], last, on_tool_error=on_tool_error)
    assert seen == [("c1", ValueError), ("c3", ValueError)]


@pytest.mark.parametrize(
    ("hook", "error", "message"),
    [
        (lambda context, error: 1 / 0, ZeroDivisionError, "division by zero"),
        (lambda context, error: 5, TypeError, "on_tool_error must return a str or None, not int."),
    ],
)
async def test_faults_of_the_hook(world: World, service: LocalService, hook: Any, error: Any, message: str) -> None:
    """What goes wrong in the hook ends the run, and names the call."""
    with pytest.raises(error, match=f"^{message}$") as raised:
        await run(world, service, [broken], asks(call("broken")), on_tool_error=hook)

    ended = ToolRun.of(raised.value)
    assert ended is not None
    assert ended.failed_call == ToolCall("c1", "broken", {})


async def test_results_without_json_are_errors_of_the_tool(world: World, service: LocalService) -> None:
    """A result that the model cannot get is treated like an error that the function raised."""

    def odd() -> object:
        return object()

    with pytest.raises(TypeError, match=r"^A result of type object has no JSON form\.$"):
        await run(world, service, [odd], asks(call("odd")))
    made = await run(world, service, [odd], asks(call("odd")), says(), on_tool_error=lambda context, error: "odd")
    assert made.results == [ToolResult(ToolCall("c1", "odd", {}), "odd", None, True)]


async def test_coroutine_functions(world: World, service: LocalService) -> None:
    """Asynchronous clients await coroutines; synchronous ones refuse them by name before anything is sent."""

    async def later(city: str) -> str:
        await asyncio.sleep(0)
        return city

    def wrapped(city: str) -> Any:
        return later(city)

    replies = asks(call("later", '{"city": "a"}'), call("wrapped", '{"city": "b"}', "c2")), says()
    if world.name == "async":
        made = await run(world, service, [later, wrapped], *replies)
        assert [one.content for one in made.results] == ["a", "b"]
        return
    with pytest.raises(
        TypeError, match=r"^later is a coroutine function: use the client of azure\.ai\.inference\.aio\.$"
    ):
        await run(world, service, [later])
    assert service.requests == []
    with pytest.raises(
        TypeError, match=r"^wrapped returns an awaitable: use the client of azure\.ai\.inference\.aio\.$"
    ):
        await run(world, service, [wrapped], asks(call("wrapped", '{"city": "b"}')))


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


CUSTOM = ChatCompletionsCustomToolDefinition(custom=CustomToolDefinition(name="shell"))
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


async def test_rounds_are_limited(world: World, service: LocalService) -> None:
    """After the last round the run raises an error. Its calls have been made, so another run can go on."""
    calls = [asks(call("add", f'{{"a": {number}}}', f"c{number}")) for number in (1, 2)]
    with pytest.raises(ToolRoundsExceededError, match=r"^The model still calls tools after 2 rounds\.") as raised:
        await run(world, service, [add], *calls, max_rounds=2)

    error = raised.value
    assert ToolRun.of(error) is error.run
    assert [one.content for one in error.run.results] == ["2", "3"]
    assert len(error.run.messages) == 5
    assert pickle.loads(pickle.dumps(error)).run.messages == error.run.messages
    made = await run(world, service, [add], says(), messages=error.run.messages)
    assert (made.text, histories(service)[-1]) == ("Done.", error.run.messages)


async def test_calls_left_to_the_caller_in_the_last_round(world: World, service: LocalService) -> None:
    """A run that waits for its caller has not used up its rounds."""
    made = await run(world, service, [DEFINED], asks(call("defined")), max_rounds=1)

    assert made.pending == [ToolCall("c1", "defined", {})]


NAMED = ChatCompletionsNamedToolChoice(function=ChatCompletionsNamedToolChoiceFunction(name="nothing"))
NAMED_JSON = {"type": "function", "function": {"name": "nothing"}}


@pytest.mark.parametrize(
    ("of_call", "of_client", "sent"),
    [
        ({}, {}, [None, None]),
        ({"tool_choice": "auto"}, {}, ["auto", "auto"]),
        ({"tool_choice": "none"}, {"tool_choice": "required"}, ["none", "none"]),
        ({"tool_choice": "required"}, {}, ["required", "auto"]),
        ({}, {"tool_choice": "required"}, ["required", "auto"]),
        ({"tool_choice": ChatCompletionsToolChoicePreset.REQUIRED}, {}, ["required", "auto"]),
        ({"tool_choice": ChatCompletionsToolChoicePreset.AUTO}, {"tool_choice": NAMED}, ["auto", "auto"]),
        ({"tool_choice": NAMED}, {"tool_choice": "none"}, [NAMED_JSON, "auto"]),
        ({"model_extras": {"tool_choice": "required"}}, {}, ["required", "auto"]),
        ({}, {"model_extras": {"tool_choice": NAMED_JSON}}, [NAMED_JSON, "auto"]),
    ],
)
async def test_choice_of_tools(
    world: World, service: LocalService, of_call: Dict[str, Any], of_client: Dict[str, Any], sent: List[Any]
) -> None:
    """A forced choice applies to the first round only, or the model could never finish."""
    await run(world, service, [nothing], asks(call("nothing")), says(), **of_call, client_options=of_client)

    assert [body.get("tool_choice") for body in bodies(service)] == sent


@pytest.mark.parametrize(
    ("tools", "of_client", "sent"),
    [([add], {"tools": [DEFINED]}, [ADD]), ([], {"tools": [DEFINED]}, []), ([], {}, None), ((add,), {}, [ADD])],
)
async def test_tools_replace_those_of_the_client(
    world: World, service: LocalService, tools: Any, of_client: Dict[str, Any], sent: Any
) -> None:
    """The run's tools replace those of the client."""
    await run(world, service, tools, says(), client_options=of_client)

    assert bodies(service)[0].get("tools") == sent


def undocumented(city) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    raise NotImplementedError


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"max_rounds": 0}, ValueError, "max_rounds must be a whole number from 1, not 0."),
        ({"max_rounds": True}, ValueError, "max_rounds must be a whole number from 1, not True."),
        ({"max_rounds": 1.5}, ValueError, "max_rounds must be a whole number from 1, not 1.5."),
        ({"max_concurrency": 0}, ValueError, "max_concurrency must be a whole number from 1, not 0."),
        ({"messages": "Go"}, TypeError, "messages must be a list of messages, not str."),
        ({"messages": None}, TypeError, "messages must be a list of messages, not NoneType."),
        ({"messages": [*ASK, "Go"]}, TypeError, "A message must be a mapping, such as a UserMessage, not str."),
        ({"tools": add}, TypeError, "tools must be a list of functions and tool definitions, not function."),
        ({"tools": {"add": add}}, TypeError, "tools must be a list of functions and tool definitions, not dict."),
        ({"tools": "add"}, TypeError, "tools must be a list of functions and tool definitions, not str."),
        ({"tools": [5]}, TypeError, "A tool must be a function or a tool definition, not int."),
        ({"tools": [undocumented]}, TypeError, "undocumented.city cannot be a parameter of a tool: "),
        ({"tools": [lambda: 1]}, ValueError, "The name of a tool must be 1 to 64 letters"),
        ({"tools": [add, FunctionTool(nothing, name="add")]}, ValueError, "Two tools have the name 'add'."),
        ({"tools": [add, ADD]}, ValueError, "Two tools have the name 'add'."),
        ({"tools": [{"type": "function"}]}, ValueError, "A tool definition has no name."),
        ({"tools": [{"function": {"name": ""}}]}, ValueError, "A tool definition has no name."),
        ({"cls": print}, TypeError, "run_tools() takes no cls: it would replace the responses that the run needs."),
        ({"body": {}}, TypeError, "run_tools() takes no body: pass messages and settings by name."),
        ({"n": 2}, ValueError, "A tool run follows one choice: n must be 1, not 2."),
        ({"client_options": {"n": 2}}, ValueError, "A tool run follows one choice: n must be 1, not 2."),
        ({"model_extras": {"n": 2}}, ValueError, "A tool run follows one choice: n must be 1, not 2."),
        ({"timeout": "soon"}, TypeError, "timeout must be a number of seconds, not str"),
        ({"timeout": -1}, ValueError, "timeout must be zero or more seconds, not -1"),
        ({"temprature": 1}, TypeError, ""),
    ],
    ids=str,
)
@pytest.mark.parametrize("stream", [False, True])
async def test_wrong_arguments_of_a_run(
    world: World, service: LocalService, options: Dict[str, Any], error: Any, message: str, stream: bool
) -> None:
    """A wrong argument raises an error before anything is sent."""
    with pytest.raises(error) as raised:
        made = await run(world, service, **{"tools": [add], **options}, stream=stream)
        await wait(made.get_final_run())

    assert str(raised.value).startswith(message)
    assert service.requests == []


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"n": 1}, 1),
        ({"n": 1, "client_options": {"n": 2}}, 1),
        ({"model_extras": {"n": None}, "client_options": {"n": 2}}, None),
        ({"model_extras": {"n": 1}, "n": 3}, 1),
    ],
)
async def test_one_choice_as_it_is_sent(
    world: World, service: LocalService, options: Dict[str, Any], sent: Optional[int]
) -> None:
    """What counts is the number that would be sent: the call's before the client's, and extras before both."""
    await run(world, service, [add], says(), **options)

    assert bodies(service)[0].get("n") == sent


async def test_stream_in_place_of_a_completion(world: World, service: LocalService) -> None:
    """A run that extras turn into a stream raises an error that says so."""
    with pytest.raises(
        TypeError, match=r"^A tool run needs completions, not (Async)?Streaming.*: check model_extras\.$"
    ):
        await run(world, service, [add], streamed(says("")), model_extras={"stream": True})


async def test_errors_of_the_service_carry_the_run(world: World, service: LocalService) -> None:
    """An error of a later round does not lose what the rounds before it have brought."""
    replies = asks(call("add", '{"a": 1}')), Reply(status=500)
    with pytest.raises(HttpResponseError) as raised:
        await run(world, service, [add], *replies)

    ended = ToolRun.of(raised.value)
    assert ended is not None
    assert (ended.failed_call, ended.rounds) == (None, 1)
    assert ended.messages == [*ASK, assistant(call("add", '{"a": 1}')), result("2")]


async def test_usage_of_all_rounds(world: World, service: LocalService) -> None:
    """All numbers are added up, in details too, whatever their names are; what is no number is left out."""
    first = asks(call("nothing"))
    first.body["usage"] = {"total_tokens": 1, "prompt_tokens_details": {"cached_tokens": 2}, "own": 0.5, "x": "y"}
    second = says()
    second.body["usage"] = {"total_tokens": 2, "prompt_tokens_details": {"cached_tokens": 3, "z": None}, "own": True}
    made = await run(world, service, [nothing], first, second)

    assert made.usage == {"total_tokens": 3, "prompt_tokens_details": {"cached_tokens": 5}, "own": 0.5}
    odd = says()
    odd.body["usage"] = None
    assert (await run(world, service, [nothing], odd)).usage is None


@pytest.mark.parametrize(
    "choices",
    [
        [{"index": 1, "message": {"content": "b"}}, {"index": 0, "message": {"content": "a"}}],
        [{"message": {"content": "a"}}, {"index": 1, "message": {"content": "b"}}],
    ],
)
async def test_choice_that_counts(world: World, service: LocalService, choices: List[Any]) -> None:
    """The choice with index 0 counts, wherever it is; else the first one."""
    made = await run(world, service, [nothing], Reply(body={"id": "r", "choices": choices}))

    assert made.text == "a"


async def test_deadline_of_the_run(world: World, service: LocalService) -> None:
    """The timeout is for the whole run: approvals, calls and requests after it are not made."""
    made: List[int] = []

    def act() -> None:
        made.append(1)

    def approve(context: ToolContext[Any]) -> bool:
        made.append(2)
        return True

    for messages, hook in (
        (ASK, None),
        ([*ASK, assistant(call("act"))], None),
        ([*ASK, assistant(call("act"))], approve),
    ):
        with pytest.raises(ServiceResponseTimeoutError, match=r"took longer than its timeout of 0 seconds") as raised:
            await run(world, service, [act], messages=messages, timeout=0, approve=hook)
        ended = ToolRun.of(raised.value)
        assert ended is not None
        assert (ended.messages, ended.failed_call) == (messages, None)
    assert (made, service.requests) == ([], [])


async def test_each_request_gets_what_is_left(world: World, service: LocalService) -> None:
    """Each round gets what is left of the timeout, wrappers see the same chat, and an option of None is passed on."""
    limits: List[Any] = []
    chats: List[Any] = []
    keywords_given: Dict[str, Any] = {}

    class Watched(world.ChatCompletionsClient):  # type: ignore[misc, name-defined]
        def complete(self, **keywords: Any) -> Any:
            limits.append(keywords.get("timeout", "none"))
            chats.append(keywords["messages"])
            keywords_given.update(keywords)
            return super().complete(**keywords)

    async def limits_of(**options: Any) -> List[Any]:
        limits.clear()
        service.answer(asks(call("nothing")), says())
        async with opened(Watched(service.endpoint, service.credential)) as client:
            await wait(client.run_tools(messages=ASK, tools=[nothing], **options))
        return [*limits]

    first, second = await limits_of(timeout=60)
    assert 0 < second < first < 60
    assert await limits_of(retry_after_max=None) == ["none", "none"]
    assert "retry_after_max" in keywords_given
    assert await limits_of(timeout=None) == [None, None]
    assert await limits_of(timeout=10**6) == [10**6, 10**6]
    assert [len(messages) for messages in chats[-2:]] == [1, 3]  # a chat that was sent does not grow


async def test_credentials_are_hidden(world: World, service: LocalService) -> None:
    """Tools that print variables with a traceback do not show the headers of a call."""
    with pytest.raises(HttpResponseError) as raised:
        await run(world, service, [nothing], Reply(status=500), headers={"api-key": "my-secret"})

    frames = [
        entry.frame for entry in raised.traceback if "inference" in str(entry.path) and "tests" not in str(entry.path)
    ]
    shown = [repr(value) for frame in frames for value in frame.f_locals.values()]
    assert len(frames) > 3
    assert [text for text in shown if "my-secret" in text] == []


async def test_responses_that_a_program_builds(world: World, service: LocalService) -> None:
    """A run works with responses that a test builds of models."""
    custom = ChatCompletionsToolCall(id="c2", custom=CustomToolCall(name="shell", input="ls"))
    function = ChatCompletionsToolCall(id="c1", function=FunctionCall(name="add", arguments='{"a": 1}'))
    usage = CompletionsUsage(total_tokens=3, prompt_tokens_details=PromptUsageDetails(cached_tokens=1))
    replies = [
        ChatCompletions(choices=[ChatChoice(message=ChatResponseMessage(tool_calls=[function]))], usage=usage),
        ChatCompletions({"choices": [{"message": {"tool_calls": [custom]}}], "usage": usage}),
    ]

    class Replaced(world.ChatCompletionsClient):  # type: ignore[misc, name-defined]
        def complete(self, **keywords: Any) -> Any:
            return later() if world.name == "async" else replies.pop(0)

    async def later() -> Any:
        return replies.pop(0)

    async with opened(Replaced(service.endpoint, service.credential)) as client:
        made = await wait(client.run_tools(messages=ASK, tools=[add, CUSTOM]))

    assert made.messages == [
        *ASK,
        assistant(call("add", '{"a": 1}')),
        result("2"),
        assistant({"id": "c2", "type": "custom", "custom": {"name": "shell", "input": "ls"}}),
    ]
    assert (made.pending, made.usage["total_tokens"]) == ([ToolCall("c2", "shell", {"input": "ls"})], 6)
    assert made.usage.prompt_tokens_details == {"cached_tokens": 2}


async def test_nested_runs(world: World, service: LocalService) -> None:
    """A tool may run tools itself. An error that leaves both carries the outer run."""
    from worlds import SYNC

    with SYNC.ChatCompletionsClient(service.endpoint, service.credential) as inner:

        def delegate() -> str:
            text: str = inner.run_tools(messages=ASK, tools=[broken]).text
            return text

        replies = asks(call("delegate")), asks(call("broken", '{"text": "value"}', "inner"))
        with pytest.raises(ValueError, match="value") as raised:
            await run(world, service, [delegate], *replies)
    ended = ToolRun.of(raised.value)
    assert ended is not None
    assert ended.failed_call == ToolCall("c1", "delegate", {})


class Frozen(Exception):
    """An error that forbids new attributes."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(name)


async def test_errors_that_forbid_attributes(world: World, service: LocalService) -> None:
    """The error of a tool is raised, even if it forbids attributes."""

    def act() -> None:
        raise Frozen

    with pytest.raises(Frozen) as raised:
        await run(world, service, [act], asks(call("act")))
    assert ToolRun.of(raised.value) is not None


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
