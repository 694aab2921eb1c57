"""Print a chat completion while a model in Azure OpenAI writes it.

The endpoint has the form https://<resource>.openai.azure.com/openai/deployments/<deployment>. Azure OpenAI counts the
tokens of a stream only on request.
"""

import asyncio

from endpoints import find_endpoint

from azure.ai.inference.aio import ChatCompletionsClient
from azure.ai.inference.models import UserMessage


async def main() -> None:
    endpoint, credential = find_endpoint("AZURE_OPENAI_CHAT")

    async with ChatCompletionsClient(endpoint, credential, api_version="2024-06-01") as client:
        async with await client.complete(
            messages=[UserMessage("Name three rivers that flow into the Danube.")],
            stream=True,
            model_extras={"stream_options": {"include_usage": True}},
        ) as stream:
            async for update in stream:
                if update.choices:
                    print(update.choices[0].delta.content or "", end="", flush=True)
                if update.usage:
                    print(f"\n\n{update.usage.completion_tokens} tokens written")


asyncio.run(main())
