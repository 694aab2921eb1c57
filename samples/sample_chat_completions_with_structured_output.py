"""Get a completion as JSON that is valid for a schema."""

import json

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import JsonSchemaFormat, SystemMessage, UserMessage

RECIPE = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "servings": {"type": "integer"},
        "ingredients": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "grams": {"type": "number"}},
                "required": ["name", "grams"],
                "additionalProperties": False,
            },
        },
        "steps": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["title", "servings", "ingredients", "steps"],
    "additionalProperties": False,
}

NOTE = (
    "Pancakes for 4 people: 250 g of flour, 500 g of milk and 100 g of eggs. "
    "Whisk everything. Fry thin pancakes on both sides."
)

prepare_environment("AZURE_AI_CHAT")

with ChatCompletionsClient.from_environment() as client:
    completion = client.complete(
        messages=[SystemMessage("You turn notes into recipes."), UserMessage(NOTE)],
        response_format=JsonSchemaFormat(name="recipe", schema=RECIPE, description="A recipe", strict=True),
    )

recipe = json.loads(completion.choices[0].message.content)
print(f"{recipe['title']}, for {recipe['servings']}")
for ingredient in recipe["ingredients"]:
    print(f"- {ingredient['grams']} g of {ingredient['name']}")
for number, step in enumerate(recipe["steps"], 1):
    print(f"{number}. {step}")
