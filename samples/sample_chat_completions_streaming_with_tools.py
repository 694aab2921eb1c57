"""Let a model call functions of this program while it streams.

A tool call arrives in deltas, which the final response puts together.
"""

import json
from typing import Any, List

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import (
    ChatCompletionsToolDefinition,
    FunctionDefinition,
    ToolMessage,
    UserMessage,
)


def next_train(origin: str, destination: str) -> str:
    return json.dumps({"from": origin, "to": destination, "leaves": "09:42", "platform": 3})


TRAINS = ChatCompletionsToolDefinition(
    function=FunctionDefinition(
        name="next_train",
        description="Finds the next train between two cities",
        parameters={
            "type": "object",
            "properties": {"origin": {"type": "string"}, "destination": {"type": "string"}},
            "required": ["origin", "destination"],
        },
    )
)

prepare_environment("AZURE_AI_CHAT")
messages: List[Any] = [UserMessage("When does the next train from Porto to Lisbon leave?")]

with ChatCompletionsClient.from_environment() as client:
    with client.complete(messages=messages, tools=[TRAINS], stream=True) as stream:
        message = stream.get_final_response().choices[0].message
    messages.append(message)
    for call in message.tool_calls or []:
        result = next_train(**json.loads(call.function.arguments))
        print(f"{call.function.name}({call.function.arguments}) returned {result}")
        messages.append(ToolMessage(result, tool_call_id=call.id))

    with client.complete(messages=messages, tools=[TRAINS], stream=True) as stream:
        for text in stream.text_deltas():
            print(text, end="", flush=True)
print()
