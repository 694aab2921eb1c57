"""A program's first completion through this library or the released package. The argument is the server's URL."""

import sys

from azure.core.credentials import AzureKeyCredential

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage

with ChatCompletionsClient(sys.argv[1] + "/small", AzureKeyCredential("benchmark-key")) as client:
    completion = client.complete(messages=[UserMessage("How many feet are in a mile?")])
    print(completion.choices[0].message.content)
