"""Get a chat completion from a model deployed in Azure OpenAI.

The endpoint has the form https://<resource>.openai.azure.com/openai/deployments/<deployment>, and the API has its own
versions. Everything else is as in sample_chat_completions.py.
"""

from endpoints import find_endpoint

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage

endpoint, credential = find_endpoint("AZURE_OPENAI_CHAT")

with ChatCompletionsClient(endpoint, credential, api_version="2024-06-01") as client:
    completion = client.complete(messages=[UserMessage("Name three rivers that flow into the Danube.")])

print(completion.choices[0].message.content)
