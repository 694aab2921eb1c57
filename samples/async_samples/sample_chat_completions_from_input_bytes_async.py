"""Send a request body that is already bytes, for instance from a file or another program."""

import asyncio

from endpoints import prepare_environment

from azure.ai.inference.aio import ChatCompletionsClient

REQUEST = b"""{
    "messages": [
        {"role": "system", "content": "You are a patient teacher."},
        {"role": "user", "content": "What is a prime number?"}
    ],
    "temperature": 0.2
}"""


async def main() -> None:
    prepare_environment("AZURE_AI_CHAT")

    async with ChatCompletionsClient.from_environment() as client:
        completion = await client.complete(REQUEST)

    print(completion.choices[0].message.content)


asyncio.run(main())
