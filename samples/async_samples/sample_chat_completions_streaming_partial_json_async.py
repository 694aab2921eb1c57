"""Fill in a recipe while the model writes it as JSON."""

import asyncio
from dataclasses import dataclass
from typing import List

from endpoints import prepare_environment

from azure.ai.inference.aio import ChatCompletionsClient
from azure.ai.inference.models import JsonSchemaFormat, SystemMessage, UserMessage


@dataclass
class Recipe:
    title: str
    servings: int
    steps: List[str]


NOTE = "Pancakes for 4 people. Whisk flour, milk and eggs. Fry thin pancakes on both sides. Serve them with sugar."


async def main() -> None:
    prepare_environment("AZURE_AI_CHAT")

    async with ChatCompletionsClient.from_environment() as client:
        messages = [SystemMessage("You turn notes into recipes."), UserMessage(NOTE)]
        recipe_format = JsonSchemaFormat.from_type(Recipe)
        async with await client.complete(messages=messages, response_format=recipe_format, stream=True) as stream:
            async for partial in stream.partial_json():
                title, servings = partial.get("title", ""), partial.get("servings", "?")
                last_step = partial.get("steps", [""])[-1:]
                print(f"{title:8} for {servings} | {''.join(last_step)}")
            recipe = (await stream.get_final_response()).content_as(Recipe)
    print(f"\n{recipe}")


asyncio.run(main())
