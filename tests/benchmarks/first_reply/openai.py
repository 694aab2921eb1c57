"""A program's first reply through the OpenAI SDK. The argument is the server's URL."""

import sys

from openai import OpenAI

messages = [{"role": "user", "content": "How many feet are in a mile?"}]
with OpenAI(base_url=sys.argv[1] + "/small", api_key="benchmark-key") as client:
    reply = client.chat.completions.create(model="benchmark-model", messages=messages)
    print(reply.choices[0].message.content)
