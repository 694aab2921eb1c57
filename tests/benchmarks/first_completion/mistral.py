"""A program's first completion through the Mistral SDK. The argument is the server's URL."""

import sys

from mistralai.client import Mistral

messages = [{"role": "user", "content": "How many feet are in a mile?"}]
with Mistral(server_url=sys.argv[1] + "/small", api_key="benchmark-key") as client:
    completion = client.chat.complete(model="benchmark-model", messages=messages)
    print(completion.choices[0].message.content)
