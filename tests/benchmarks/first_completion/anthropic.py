"""A program's first completion through the Anthropic SDK. The argument is the server's URL."""

import sys

from anthropic import Anthropic

messages = [{"role": "user", "content": "How many feet are in a mile?"}]
with Anthropic(base_url=sys.argv[1] + "/small", api_key="benchmark-key") as client:
    message = client.messages.create(model="benchmark-model", max_tokens=1024, messages=messages)
    print(message.content[0].text)
