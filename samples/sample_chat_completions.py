"""Ask a model one question and print its answer."""

from endpoints import find_endpoint

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import SystemMessage, UserMessage

endpoint, credential = find_endpoint("AZURE_AI_CHAT")

with ChatCompletionsClient(endpoint, credential) as client:
    answer = client.complete(
        messages=[
            SystemMessage("You answer in one sentence."),
            UserMessage("Why is the sky blue?"),
        ],
    )

print(answer.choices[0].message.content)
print(f"{answer.model} ended with {answer.choices[0].finish_reason!r} after {answer.usage.total_tokens} tokens.")
