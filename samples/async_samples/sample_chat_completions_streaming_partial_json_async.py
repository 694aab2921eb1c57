"""Fill in a recipe while the model writes it as JSON."""

import asyncio

from endpoints import find_endpoint

from azure.ai.inference.aio import ChatCompletionsClient
from azure.ai.inference.models import JsonSchemaFormat, SystemMessage, UserMessage

RECIPE = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "servings": {"type": "integer"},
        "steps": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["title", "servings", "steps"],
    "additionalProperties": False,
}
NOTE = "Pancakes for 4 people. Whisk flour, milk and eggs. Fry thin pancakes on both sides. Serve them with sugar."


async def main() -> None:
    endpoint, credential = find_endpoint("AZURE_AI_CHAT")

    async with ChatCompletionsClient(endpoint, credential) as client:
        messages = [SystemMessage("You turn notes into recipes."), UserMessage(NOTE)]
        recipe_format = JsonSchemaFormat(name="recipe", schema=RECIPE, strict=True)
        async with await client.complete(messages=messages, response_format=recipe_format, stream=True) as stream:
            async for recipe in stream.partial_json():
                title, steps = recipe.get("title", ""), recipe.get("steps", [])
                print(
                    f"{title:10} for {recipe.get('servings', '?')} | {len(steps)} steps | {steps[-1] if steps else ''}"
                )
            completion = await stream.get_final_response()
    print(f"\n{completion.text}")


asyncio.run(main())
