"""Tools and tool runs as users write them: mypy strict, pyright strict and ty must accept every line, with these types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Union

from typing_extensions import assert_type

from azure.ai.inference import ChatCompletionsClient, aio
from azure.ai.inference.aio import AsyncStreamingToolRun
from azure.ai.inference.exceptions import ToolError, ToolRoundsExceededError
from azure.ai.inference.models import (
    ChatCompletions,
    ChatCompletionsCustomToolDefinition,
    ChatCompletionsToolDefinition,
    CompletionsUsage,
    CustomToolDefinition,
    FunctionDefinition,
    JsonSchemaFormat,
    StreamingChatCompletionsUpdate,
    ToolMessage,
    UserMessage,
)
from azure.ai.inference.tools import (
    Approve,
    AsyncApprove,
    FunctionTool,
    OnToolError,
    StreamingToolRun,
    ToolCall,
    ToolContext,
    ToolLike,
    ToolResult,
    ToolRun,
    tool,
)


@dataclass
class Answer:
    city: str
    degrees: float


@dataclass
class Shop:
    stock: Dict[str, int]


def weather(city: str, days: int = 1) -> str:
    return city * days


async def forecast(city: str) -> Answer:
    return Answer(city, 7.5)


def sell(context: ToolContext[Shop], fruit: str) -> int:
    assert_type(context.state, Shop)
    assert_type(context.call, ToolCall)
    assert_type(context.call.arguments, Mapping[str, Any])
    if fruit not in context.state.stock:
        raise ToolError("none left")
    return context.round


@tool
def decorated(city: str, days: int = 1) -> List[str]:
    return [city] * days


@tool(name="other", description="Another.", strict=True, in_thread=False)
def renamed(city: str) -> Optional[int]:
    return len(city) or None


class Service:
    @tool
    def method(self, city: str) -> str:
        return city


def making_tools(service: Service) -> None:
    assert_type(decorated("Rome", days=2), List[str])
    assert_type(renamed("Rome"), Optional[int])
    assert_type(decorated.name, str)
    assert_type(decorated.definition, ChatCompletionsToolDefinition)
    assert_type(FunctionTool(weather, name="w")("Rome"), str)
    service.method("Rome")

    def lookup(arguments: Mapping[str, Any]) -> bytes:
        return str(arguments).encode()

    made = FunctionTool.from_schema(lookup, name="lookup", description="Look up.", parameters={"type": "object"})
    assert_type(made({"a": 1}), bytes)


def approve(context: ToolContext[Any]) -> Union[bool, str]:
    return context.round < 3 or "Not so often."


async def approve_later(context: ToolContext[Any]) -> bool:
    return context.call.name != "sell"


def on_tool_error(context: ToolContext[Any], error: Exception) -> Optional[str]:
    return str(error) if context.messages else None


def runs(client: ChatCompletionsClient, service: Service) -> None:
    messages = [UserMessage("hi")]
    definition = ChatCompletionsToolDefinition(function=FunctionDefinition(name="defined"))
    custom = ChatCompletionsCustomToolDefinition(custom=CustomToolDefinition(name="custom"))
    tools: List[ToolLike] = [
        weather,
        sell,
        decorated,
        renamed,
        service.method,
        definition,
        custom,
        {"type": "function"},
    ]
    run = client.run_tools(
        messages=messages,
        tools=tools,
        max_rounds=3,
        state=Shop({}),
        approve=approve,
        on_tool_error=on_tool_error,
        max_concurrency=4,
        temperature=0.5,
        tool_choice="auto",
        timeout=60,
        retry_total=1,
    )
    assert_type(run, ToolRun[None])
    assert_type(run.text, str)
    assert_type(run.response, ChatCompletions)
    assert_type(run.usage, Optional[CompletionsUsage])
    assert_type(run.results[0], ToolResult)
    for call in run.pending:
        run.messages.append(ToolMessage(call.name, tool_call_id=call.id))
    assert_type(client.run_tools(messages=run.messages, tools=[weather]).rounds, int)
    schema = JsonSchemaFormat(name="a", schema={})
    assert_type(client.run_tools(messages=messages, tools=[weather], response_format=schema), ToolRun[None])
    assert_type(client.run_tools(messages=messages, tools=[weather], response_format="text"), ToolRun[None])
    typed = client.run_tools(messages=messages, tools=(weather, sell), response_format=Answer)
    assert_type(typed.parsed, Answer)
    listed = client.run_tools(messages=messages, tools=[weather], response_format=List[Answer], stream=False)
    assert_type(listed.parsed[0].degrees, float)
    hooks: List[Union[Approve, AsyncApprove, OnToolError]] = [approve, approve_later, on_tool_error]
    print(hooks)


def streamed_runs(client: ChatCompletionsClient) -> None:
    stream = client.run_tools(messages=[UserMessage("hi")], tools=[weather], stream=True)
    assert_type(stream, StreamingToolRun[None])
    with client.run_tools(messages=[], tools=[weather], response_format=Answer, stream=True) as typed:
        for item in typed:
            if isinstance(item, ToolResult):
                print(item.content, item.is_error)
            else:
                assert_type(item.text, str)
        assert_type(typed.get_final_run().parsed, Answer)
        assert_type(typed.run, ToolRun[Answer])
    for text in stream.text_deltas():
        assert_type(text, str)


async def asynchronous_runs(client: aio.ChatCompletionsClient) -> None:
    messages = [UserMessage("hi")]
    run = await client.run_tools(messages=messages, tools=[weather, forecast], approve=approve_later)
    assert_type(run, ToolRun[None])
    typed = await client.run_tools(messages=messages, tools=[forecast], response_format=Answer, approve=approve)
    assert_type(typed.parsed, Answer)
    async with await client.run_tools(messages=messages, tools=[forecast], stream=True) as stream:
        assert_type(stream, AsyncStreamingToolRun[None])
        async for item in stream:
            assert_type(item, Union[StreamingChatCompletionsUpdate, ToolResult])
        assert_type(await stream.get_final_run(), ToolRun[None])
    async for text in stream.text_deltas():
        assert_type(text, str)


def errors(client: ChatCompletionsClient) -> None:
    try:
        client.run_tools(messages=[], tools=[weather])
    except ToolRoundsExceededError as error:
        assert_type(error.run, ToolRun[Any])
    except ValueError as error:
        assert_type(ToolRun.of(error), Optional[ToolRun[Any]])
