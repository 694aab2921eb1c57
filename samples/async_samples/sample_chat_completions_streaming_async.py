"""Print a chat completion while the model writes it."""

import asyncio

from endpoints import prepare_environment

from azure.ai.inference.aio import ChatCompletionsClient
from azure.ai.inference.models import SystemMessage, UserMessage


async def main() -> None:
    prepare_environment("AZURE_AI_CHAT")

    async with ChatCompletionsClient.from_environment() as client:
        messages = [SystemMessage("You are cheerful."), UserMessage("Give me five good reasons to exercise every day.")]
        async with await client.complete(messages=messages, stream=True) as stream:
            async for update in stream:
                if update.choices:
                    print(update.choices[0].delta.content or "", end="", flush=True)
                if update.usage:
                    print(f"\n\n{update.usage.completion_tokens} tokens written")


asyncio.run(main())
