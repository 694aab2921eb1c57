"""Get several chat completions at once, and print them."""

import asyncio

from endpoints import prepare_environment

from azure.ai.inference.aio import ChatCompletionsClient
from azure.ai.inference.models import SystemMessage, UserMessage


async def main() -> None:
    prepare_environment("AZURE_AI_CHAT")

    async with ChatCompletionsClient.from_environment() as client:

        async def ask(question: str) -> str:
            completion = await client.complete(
                messages=[
                    SystemMessage("You answer in one sentence."),
                    UserMessage(question),
                ],
            )
            return completion.choices[0].message.content

        completions = await asyncio.gather(ask("Why is the sky blue?"), ask("Why is grass green?"))

    print(*completions, sep="\n")


asyncio.run(main())
