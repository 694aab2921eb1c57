"""Mistakes of users with tools: mypy strict, pyright strict and ty must refuse each marked line."""

from __future__ import annotations

from typing import Any

from azure.ai.inference import ChatCompletionsClient, aio
from azure.ai.inference.models import FunctionDefinition, UserMessage
from azure.ai.inference.tools import FunctionTool, ToolContext, tool


@tool
def weather(city: str, days: int = 1) -> str:
    return city * days


async def approve_later(context: ToolContext[Any]) -> bool:
    return context.round < 3


def making_tools() -> None:
    weather(5)  # refused
    weather("Rome", day=2)  # refused
    number: int = weather("Rome")  # refused
    FunctionTool("weather")  # refused
    FunctionTool.from_schema(print, name="f")  # refused
    tool(title="f")  # refused
    print(number)


def running(client: ChatCompletionsClient, asynchronous: aio.ChatCompletionsClient) -> None:
    messages = [UserMessage("hi")]
    client.run_tools(messages=messages)  # refused
    client.run_tools(tools=[weather])  # refused
    client.run_tools(messages=messages, tools=weather)  # refused
    client.run_tools(messages=messages, tools=["weather"])  # refused
    client.run_tools(messages=messages, tools=[weather], max_rounds="3")  # refused
    client.run_tools(messages=messages, tools=[weather], tempratur=1)  # refused
    client.run_tools(messages=messages, tools=[weather], approve=approve_later)  # refused
    client.run_tools(messages=messages, tools=[weather], response_format="xml")  # refused
    run = client.run_tools(messages=messages, tools=[weather])
    print(run.txt)  # refused
    print(run.parsed.city)  # refused
    print(run.close())  # refused
    print(FunctionDefinition(name="f"), asynchronous)


def contexts(context: ToolContext[str]) -> None:
    context.state = "other"  # refused
    print(context.call.arguments["city"], context.call.argument)  # refused
