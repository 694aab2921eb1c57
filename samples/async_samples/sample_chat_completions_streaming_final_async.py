"""Print a chat completion while the model writes it, then use the whole of it."""

import asyncio
from typing import Any, List

from endpoints import prepare_environment

from azure.ai.inference.aio import ChatCompletionsClient
from azure.ai.inference.models import SystemMessage, UserMessage


async def main() -> None:
    prepare_environment("AZURE_AI_CHAT")

    async with ChatCompletionsClient.from_environment() as client:
        messages: List[Any] = [SystemMessage("You are a guide in Lisbon.")]
        for question in ("What should I see in the morning?", "And where do I have lunch then?"):
            messages.append(UserMessage(question))
            print(f"> {question}\n")
            async with await client.complete(messages=messages, stream=True) as stream:
                async for text in stream.text_deltas():
                    print(text, end="", flush=True)
                completion = await stream.get_final_response()
            messages.append(completion.choices[0].message)
            print(f"\n\n{completion.usage.completion_tokens} tokens, which end with {completion.text.split()[-1]!r}\n")


asyncio.run(main())
