"""Send a request body as a dictionary in the format of the REST API: here, a conversation of two turns."""

import asyncio

from endpoints import prepare_environment

from azure.ai.inference.aio import ChatCompletionsClient


async def main() -> None:
    prepare_environment("AZURE_AI_CHAT")

    async with ChatCompletionsClient.from_environment() as client:
        completion = await client.complete(
            {
                "messages": [
                    {"role": "system", "content": "You know about bridges, and keep to two sentences."},
                    {"role": "user", "content": "When was the Golden Gate Bridge opened?"},
                    {"role": "assistant", "content": "It was opened to traffic in May 1937."},
                    {"role": "user", "content": "And how long is its main span?"},
                ],
                "max_tokens": 200,
            }
        )

    print(completion.choices[0].message.content)


asyncio.run(main())
