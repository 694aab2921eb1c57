"""Create the client that fits an endpoint's model. Azure OpenAI deployments do not report theirs."""

import asyncio

from endpoints import find_endpoint

from azure.ai.inference.aio import ChatCompletionsClient, EmbeddingsClient, load_client
from azure.ai.inference.models import UserMessage


async def main() -> None:
    endpoint, credential = find_endpoint("AZURE_AI_CHAT")

    async with await load_client(endpoint, credential) as client:
        model_info = await client.get_model_info()
        print(f"{type(client).__name__} for {model_info.model_name}")
        if isinstance(client, ChatCompletionsClient):
            completion = await client.complete(messages=[UserMessage("Say hello.")])
            print(completion.choices[0].message.content)
        elif isinstance(client, EmbeddingsClient):
            result = await client.embed(input=["hello"])
            print(f"{len(result.data[0].embedding)} numbers")


asyncio.run(main())
