"""Get a chat completion and print it."""

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import SystemMessage, UserMessage

prepare_environment("AZURE_AI_CHAT")

with ChatCompletionsClient.from_environment() as client:
    completion = client.complete(
        messages=[
            SystemMessage("You answer in one sentence."),
            UserMessage("Why is the sky blue?"),
        ],
    )

print(completion.choices[0].message.content)
print(
    f"{completion.model} ended with {completion.choices[0].finish_reason!r} "
    f"after {completion.usage.total_tokens} tokens."
)
