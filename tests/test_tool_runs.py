"""Tool runs: the requests of each round, the results that the model gets, and the run that the caller gets."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from typing import Any, Dict, List, Optional

import pytest
from toolruns import (
    ADD,
    ASK,
    DEFINED,
    add,
    asks,
    assistant,
    bodies,
    broken,
    call,
    histories,
    nothing,
    result,
    run,
    says,
)
from worlds import World

from azure.ai.inference.models import UserMessage
from azure.ai.inference.testing import LocalService, Reply
from azure.ai.inference.tools import ToolCall, ToolContext, ToolResult, ToolRun, tool

pytestmark = pytest.mark.asyncio


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


async def test_content_parts_go_into_the_chat(world: World, service: LocalService) -> None:
    """A content that is a list of parts goes into the chat as it came: some models want their reasoning back."""
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}, {"type": "text", "text": "Wait."}]
    made = await run(world, service, [nothing], says(parts, tool_calls=[call("nothing")]), says(parts))

    assistant = {"role": "assistant", "content": parts}
    assert made.messages[-1] == assistant
    assert made.messages[-3] == {**assistant, "tool_calls": [call("nothing")]}


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
