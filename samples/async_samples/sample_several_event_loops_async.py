"""Use one client in several event loops: one after another, and in threads at the same time."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from endpoints import prepare_environment

from azure.ai.inference.aio import ChatCompletionsClient
from azure.ai.inference.models import UserMessage

prepare_environment("AZURE_AI_CHAT")
client = ChatCompletionsClient.from_environment()


async def ask(question: str) -> str:
    completion = await client.complete(messages=[UserMessage(question)])
    return completion.choices[0].message.content


def ask_in_new_loop(question: str) -> str:
    """Each run has an event loop of its own. The client closes its connections at the end of the run."""
    return asyncio.run(ask(question))


print(ask_in_new_loop("Why is the sky blue?"))
print(ask_in_new_loop("Why is grass green?"))

with ThreadPoolExecutor() as threads:
    print(*threads.map(ask_in_new_loop, ["Why is snow white?", "Why is coal black?"]), sep="\n")

asyncio.run(client.close())
