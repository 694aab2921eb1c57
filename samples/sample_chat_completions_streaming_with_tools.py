"""Let a model call functions of this program while it streams.

A tool call arrives in deltas: the first one has its id and its function's name, the others the parts of its arguments.
The key `index` identifies the call that a delta belongs to.
"""

import json
from typing import Any, Dict, List

from endpoints import find_endpoint

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import (
    AssistantMessage,
    ChatCompletionsToolCall,
    ChatCompletionsToolDefinition,
    FunctionCall,
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

endpoint, credential = find_endpoint("AZURE_AI_CHAT")
messages: List[Any] = [UserMessage("When does the next train from Porto to Lisbon leave?")]

with ChatCompletionsClient(endpoint, credential) as client:
    calls: Dict[int, ChatCompletionsToolCall] = {}
    for update in client.complete(messages=messages, tools=[TRAINS], stream=True):
        for choice in update.choices:
            for delta in choice.delta.tool_calls or []:
                if delta.id:
                    function = FunctionCall(name=delta.function.name, arguments="")
                    calls[delta["index"]] = ChatCompletionsToolCall(id=delta.id, function=function)
                calls[delta["index"]].function.arguments += delta.function.arguments or ""

    messages.append(AssistantMessage(tool_calls=list(calls.values())))
    for call in calls.values():
        result = next_train(**json.loads(call.function.arguments))
        print(f"{call.function.name}({call.function.arguments}) returned {result}")
        messages.append(ToolMessage(result, tool_call_id=call.id))

    for update in client.complete(messages=messages, tools=[TRAINS], stream=True):
        if update.choices:
            print(update.choices[0].delta.content or "", end="", flush=True)
print()
