"""Hold a conversation. The service keeps no state, so each call sends the whole history."""

from typing import Any, List

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import AssistantMessage, SystemMessage, UserMessage

prepare_environment("AZURE_AI_CHAT")
history: List[Any] = [SystemMessage("You know the planets well, and answer briefly.")]

with ChatCompletionsClient.from_environment() as client:
    for question in ("Which planet has the most moons?", "And which of those is the largest?"):
        history.append(UserMessage(question))
        completion = client.complete(messages=history)
        history.append(AssistantMessage(completion.choices[0].message.content))

for message in history:
    print(f"{message.role}: {message.content}")
