"""Let a model call functions of this program, as often as it needs to."""

import json
from typing import Any, List

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import (
    AssistantMessage,
    ChatCompletionsToolDefinition,
    FunctionDefinition,
    ToolMessage,
    UserMessage,
)


def get_weather(city: str) -> str:
    return json.dumps({"city": city, "sky": "cloudy", "degrees_celsius": 17})


FUNCTIONS = {"get_weather": get_weather}
TOOLS = [
    ChatCompletionsToolDefinition(
        function=FunctionDefinition(
            name="get_weather",
            description="Gets the weather in a city",
            parameters={
                "type": "object",
                "properties": {"city": {"type": "string", "description": "The name of the city"}},
                "required": ["city"],
            },
        )
    )
]

prepare_environment("AZURE_AI_CHAT")
messages: List[Any] = [UserMessage("Do I need an umbrella in Bergen today?")]

with ChatCompletionsClient.from_environment(tools=TOOLS) as client:
    message = client.complete(messages=messages).choices[0].message
    while message.tool_calls:
        messages.append(AssistantMessage(tool_calls=message.tool_calls))
        for call in message.tool_calls:
            result = FUNCTIONS[call.function.name](**json.loads(call.function.arguments))
            print(f"{call.function.name}({call.function.arguments}) returned {result}")
            messages.append(ToolMessage(result, tool_call_id=call.id))
        message = client.complete(messages=messages).choices[0].message

print(message.content)
