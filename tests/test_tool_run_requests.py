"""The requests of a tool run: rounds, settings, deadlines, and errors that carry the run."""

from __future__ import annotations

import pickle
from typing import Any, Dict, List, Optional

import pytest
from azure.core.exceptions import HttpResponseError, ServiceResponseTimeoutError
from toolruns import (
    ADD,
    ASK,
    CUSTOM,
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
    streamed,
)
from worlds import World, opened, wait

from azure.ai.inference.exceptions import ToolRoundsExceededError
from azure.ai.inference.models import (
    ChatChoice,
    ChatCompletions,
    ChatCompletionsNamedToolChoice,
    ChatCompletionsNamedToolChoiceFunction,
    ChatCompletionsToolCall,
    ChatCompletionsToolChoicePreset,
    ChatResponseMessage,
    CompletionsUsage,
    CustomToolCall,
    FunctionCall,
    FunctionDefinition,
    PromptUsageDetails,
)
from azure.ai.inference.testing import LocalService, Reply
from azure.ai.inference.tools import FunctionTool, ToolCall, ToolContext, ToolRun

pytestmark = pytest.mark.asyncio


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
    [([add], {"tools": [DEFINED]}, [ADD]), ([], {"tools": [DEFINED]}, None), ([], {}, None), ((add,), {}, [ADD])],
)
async def test_tools_replace_those_of_the_client(
    world: World, service: LocalService, tools: Any, of_client: Dict[str, Any], sent: Any
) -> None:
    """The run's tools replace those of the client."""
    await run(world, service, tools, says(), client_options=of_client)

    assert bodies(service)[0].get("tools") == sent


OF_TOOLS = {"tools": [DEFINED], "tool_choice": "required", "parallel_tool_calls": False}


@pytest.mark.parametrize(
    ("of_call", "of_client"),
    [({}, {}), ({}, OF_TOOLS), ({"tool_choice": "auto", "parallel_tool_calls": True}, {"tools": [DEFINED]})],
)
async def test_a_run_without_tools(
    world: World, service: LocalService, of_call: Dict[str, Any], of_client: Dict[str, Any]
) -> None:
    """Nothing is sent that services refuse without tools, in no round: neither an empty list nor a choice of tools."""
    await run(world, service, [], asks(call("nothing")), says(), **of_call, client_options=of_client)

    assert [body.keys() for body in bodies(service)] == [{"messages"}, {"messages"}]
    assert all("extra-parameters" not in request.headers for request in service.requests)


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
        ({"tools": [{"type": "function"}]}, ValueError, "A tool definition has neither function nor custom: "),
        ({"tools": [FunctionDefinition(name="f")]}, ValueError, "A tool definition has neither function nor custom: "),
        ({"approve": True}, TypeError, "approve must be a function, not bool."),
        ({"on_tool_error": "sorry"}, TypeError, "on_tool_error must be a function, not str."),
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
