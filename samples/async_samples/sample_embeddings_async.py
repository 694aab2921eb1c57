"""Get the embeddings of phrases."""

import asyncio

from endpoints import prepare_environment

from azure.ai.inference.aio import EmbeddingsClient


async def main() -> None:
    prepare_environment("AZURE_AI_EMBEDDINGS")

    async with EmbeddingsClient.from_environment() as client:
        result = await client.embed(input=["a red apple", "a green apple", "the speed of light"])

    for item in result.data:
        vector = item.embedding
        print(f"{item.index}: {len(vector)} numbers, [{vector[0]:.5f}, {vector[1]:.5f}, ..., {vector[-1]:.5f}]")
    print(f"{result.usage.total_tokens} tokens")


asyncio.run(main())
