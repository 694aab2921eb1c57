"""Complete many chats, several at once, and keep what fails."""

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient

prepare_environment("AZURE_AI_CHAT")
cities = ["Bergen", "Lisbon", "Kyoto", "Quito", "Nairobi"]
prompts = [f"Name one thing to see in {city}." for city in cities]

with ChatCompletionsClient.from_environment() as client:
    run = client.complete_many(prompts, max_concurrency=4, on_error="keep")
    for outcome in run:
        text = outcome.error or outcome.completions.choices[0].message.content
        print(f"{cities[outcome.index]}: {text}")
    print(f"{run.progress.done} of {run.progress.total} completed, {run.progress.tokens} tokens")
