"""Give settings to the client once. They hold for every call that does not say otherwise."""

from endpoints import find_endpoint

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage

endpoint, credential = find_endpoint("AZURE_AI_CHAT")

with ChatCompletionsClient(endpoint, credential, temperature=0.5, max_tokens=12) as client:
    answer = client.complete(messages=[UserMessage("Describe the taste of a ripe pear.")])
    print(f"At most 12 tokens: {answer.choices[0].message.content}")

    answer = client.complete(messages=[UserMessage("Describe the taste of a ripe pear.")], max_tokens=100)
    print(f"At most 100 tokens: {answer.choices[0].message.content}")
