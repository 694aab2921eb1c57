"""Run one program at `/models` and at the endpoints of today: only the line with the endpoint changes.

Set AZURE_AI_CHAT_KEY to a resource's key, and MODEL and ENDPOINTS to its own. Without a key, a local service stands in
for all of them.
"""

import asyncio
import json
from typing import Any, List

from endpoints import find_credential

from azure.ai.inference.aio import ChatCompletionsClient, EmbeddingsClient
from azure.ai.inference.models import AssistantMessage, JsonSchemaFormat, ToolMessage, UserMessage

ENDPOINTS = [
    "https://my-resource.services.ai.azure.com/models",
    "https://my-resource.services.ai.azure.com/openai/v1",
    "https://my-resource.openai.azure.com",
    "https://my-resource.services.ai.azure.com/api/projects/my-project",
]
MODEL = "my-deployment"
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CITY = JsonSchemaFormat(
    name="city",
    schema={"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    strict=True,
)


async def program(endpoint: str) -> None:
    credential, options = find_credential("AZURE_AI_CHAT")
    async with ChatCompletionsClient(endpoint, credential, model=MODEL, **options) as client:
        completion = await client.complete(messages=[UserMessage("How many feet are in a mile?")])
        print("Chat:", completion.choices[0].message.content)

        print("Streamed: ", end="")
        question = [UserMessage("Name three rivers.")]
        async with await client.complete(
            messages=question, stream=True, stream_options={"include_usage": True}
        ) as stream:
            async for update in stream:
                for choice in update.choices:
                    print(choice.delta.content or "", end="")
                if update.usage:
                    print(f" ({update.usage.completion_tokens} tokens)")

        messages: List[Any] = [UserMessage("What is the weather in Oslo?")]
        completion = await client.complete(messages=messages, tools=[WEATHER])
        message = completion.choices[0].message
        messages.append(AssistantMessage(tool_calls=message.tool_calls))
        for call in message.tool_calls:
            print(f"Tool: {call.function.name} with {call.function.arguments}")
            messages.append(ToolMessage("7 degrees, rain", tool_call_id=call.id))
        completion = await client.complete(messages=messages, tools=[WEATHER])
        print("Then:", completion.choices[0].message.content)

        completion = await client.complete(messages=[UserMessage("Name a city.")], response_format=CITY)
        print("JSON:", json.loads(completion.choices[0].message.content))

    credential, options = find_credential("AZURE_AI_CHAT")
    async with EmbeddingsClient(endpoint, credential, model=MODEL, **options) as embeddings_client:
        result = await embeddings_client.embed(input=["a red apple", "the speed of light"])
        print("Embeddings:", [len(item.embedding) for item in result.data])


async def main() -> None:
    for url in ENDPOINTS:
        print(f"\n{url}")
        await program(url)


asyncio.run(main())
