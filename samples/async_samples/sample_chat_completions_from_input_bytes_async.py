"""Send a request that is bytes already, for instance from a file or from another program, as it is."""

import asyncio

from endpoints import find_endpoint

from azure.ai.inference.aio import ChatCompletionsClient

REQUEST = b"""{
    "messages": [
        {"role": "system", "content": "You are a patient teacher."},
        {"role": "user", "content": "What is a prime number?"}
    ],
    "temperature": 0.2
}"""


async def main() -> None:
    endpoint, credential = find_endpoint("AZURE_AI_CHAT")

    async with ChatCompletionsClient(endpoint, credential) as client:
        answer = await client.complete(REQUEST)

    print(answer.choices[0].message.content)


asyncio.run(main())
