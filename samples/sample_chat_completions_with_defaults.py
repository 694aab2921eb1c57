"""Set defaults on the client once. They hold for every call that does not override them."""

from endpoints import find_endpoint

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage

endpoint, credential = find_endpoint("AZURE_AI_CHAT")

with ChatCompletionsClient(endpoint, credential, temperature=0.5, max_tokens=12) as client:
    completion = client.complete(messages=[UserMessage("Describe the taste of a ripe pear.")])
    print(f"At most 12 tokens: {completion.choices[0].message.content}")

    completion = client.complete(messages=[UserMessage("Describe the taste of a ripe pear.")], max_tokens=100)
    print(f"At most 100 tokens: {completion.choices[0].message.content}")
