"""Let a model call the tools of an MCP server. Their schemas go to the model as the server wrote them.

Needs the SDK of the Model Context Protocol and Python 3.10 or later: `pip install "mcp>=2"`.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any, List, Mapping

from endpoints import prepare_environment
from mcp import ClientSession, StdioServerParameters, Tool, stdio_client

from azure.ai.inference.aio import ChatCompletionsClient
from azure.ai.inference.exceptions import ToolError
from azure.ai.inference.models import UserMessage
from azure.ai.inference.tools import FunctionTool

SERVER = Path(__file__).parent.parent / "mcp_server.py"


def tool_of(session: ClientSession, tool: Tool) -> FunctionTool[Any, Any]:
    """Return a tool of a server as one of `run_tools`."""

    async def call(arguments: Mapping[str, Any]) -> str:
        result = await session.call_tool(tool.name, dict(arguments))
        text = "\n".join(part.text for part in result.content if part.type == "text")
        if result.is_error:
            raise ToolError(text)  # reported to the model
        return text

    return FunctionTool.from_schema(call, name=tool.name, description=tool.description, parameters=tool.input_schema)


async def main() -> None:
    prepare_environment("AZURE_AI_CHAT")
    parameters = StdioServerParameters(command=sys.executable, args=[str(SERVER)])

    async with stdio_client(parameters) as (reading, writing), ClientSession(reading, writing) as session:
        await session.initialize()
        tools: List[FunctionTool[Any, Any]] = [tool_of(session, tool) for tool in (await session.list_tools()).tools]
        print("The server offers", " and ".join(tool.name for tool in tools))

        async with ChatCompletionsClient.from_environment() as client:
            for question in ("What is the price of croissants?", "What are the opening hours on Saturday?"):
                run = await client.run_tools(messages=[UserMessage(question)], tools=tools)
                for result in run.results:
                    print(f"{result.call.name}{dict(result.call.arguments)} -> {result.content}")
                print(run.text)


asyncio.run(main())
