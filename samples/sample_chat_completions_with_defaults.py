"""Set defaults on the client once. They hold for every call that does not override them."""

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage

prepare_environment("AZURE_AI_CHAT")

with ChatCompletionsClient.from_environment(temperature=0.5, max_tokens=12) as client:
    completion = client.complete(messages=[UserMessage("Describe the taste of a ripe pear.")])
    print(f"At most 12 tokens: {completion.choices[0].message.content}")

    completion = client.complete(messages=[UserMessage("Describe the taste of a ripe pear.")], max_tokens=100)
    print(f"At most 100 tokens: {completion.choices[0].message.content}")
