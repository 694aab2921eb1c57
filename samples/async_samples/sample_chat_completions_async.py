"""Ask a model several questions at once, and print the answers."""

import asyncio

from endpoints import find_endpoint

from azure.ai.inference.aio import ChatCompletionsClient
from azure.ai.inference.models import SystemMessage, UserMessage


async def main() -> None:
    endpoint, credential = find_endpoint("AZURE_AI_CHAT")

    async with ChatCompletionsClient(endpoint, credential) as client:

        async def ask(question: str) -> str:
            answer = await client.complete(
                messages=[
                    SystemMessage("You answer in one sentence."),
                    UserMessage(question),
                ],
            )
            return answer.choices[0].message.content

        answers = await asyncio.gather(ask("Why is the sky blue?"), ask("Why is grass green?"))

    print(*answers, sep="\n")


asyncio.run(main())
