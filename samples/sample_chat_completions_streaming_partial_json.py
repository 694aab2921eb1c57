"""Fill in a recipe while the model writes it as JSON."""

from dataclasses import dataclass
from typing import List

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import JsonSchemaFormat, SystemMessage, UserMessage


@dataclass
class Recipe:
    title: str
    servings: int
    steps: List[str]


NOTE = "Pancakes for 4 people. Whisk flour, milk and eggs. Fry thin pancakes on both sides. Serve them with sugar."

prepare_environment("AZURE_AI_CHAT")

with ChatCompletionsClient.from_environment() as client:
    messages = [SystemMessage("You turn notes into recipes."), UserMessage(NOTE)]
    recipe_format = JsonSchemaFormat.from_type(Recipe)
    with client.complete(messages=messages, response_format=recipe_format, stream=True) as stream:
        for partial in stream.partial_json():
            title, servings = partial.get("title", ""), partial.get("servings", "?")
            last_step = partial.get("steps", [""])[-1:]
            print(f"{title:8} for {servings} | {''.join(last_step)}")
        recipe = stream.get_final_response().content_as(Recipe)
print(f"\n{recipe}")
