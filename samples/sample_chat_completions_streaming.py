"""Print a chat completion while the model writes it."""

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import SystemMessage, UserMessage

prepare_environment("AZURE_AI_CHAT")

with ChatCompletionsClient.from_environment() as client:
    messages = [SystemMessage("You are cheerful."), UserMessage("Give me five good reasons to exercise every day.")]
    with client.complete(messages=messages, stream=True) as stream:
        for update in stream:
            if update.choices:
                print(update.choices[0].delta.content or "", end="", flush=True)
            if update.usage:
                print(f"\n\n{update.usage.completion_tokens} tokens written")
