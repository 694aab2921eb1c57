"""Hold a conversation: the service remembers nothing, so each call sends all that was said before."""

from typing import Any, List

from endpoints import find_endpoint

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import AssistantMessage, SystemMessage, UserMessage

endpoint, credential = find_endpoint("AZURE_AI_CHAT")
history: List[Any] = [SystemMessage("You know the planets well, and answer briefly.")]

with ChatCompletionsClient(endpoint, credential) as client:
    for question in ("Which planet has the most moons?", "And which of those is the largest?"):
        history.append(UserMessage(question))
        answer = client.complete(messages=history)
        history.append(AssistantMessage(answer.choices[0].message.content))

for message in history:
    print(f"{message.role}: {message.content}")
