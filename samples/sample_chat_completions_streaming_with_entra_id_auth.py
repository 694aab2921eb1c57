"""Stream a chat completion, authenticated with Microsoft Entra ID: a token instead of a key.

Sign in with `az login` first, or see azure-identity for the other credentials that DefaultAzureCredential tries.
"""

import os

from azure.identity import DefaultAzureCredential
from endpoints import local_entra_id

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage

if "AZURE_AI_CHAT_ENDPOINT" in os.environ:
    endpoint, credential, options = os.environ["AZURE_AI_CHAT_ENDPOINT"], DefaultAzureCredential(), {}
else:
    endpoint, credential, options = local_entra_id()

with ChatCompletionsClient(endpoint, credential, **options) as client:  # the endpoint decides the scope
    with client.complete(messages=[UserMessage("Tell me a very short story.")], stream=True) as stream:
        for update in stream:
            if update.choices:
                print(update.choices[0].delta.content or "", end="", flush=True)
print()
