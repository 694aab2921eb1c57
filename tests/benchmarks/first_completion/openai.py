"""A program's first completion through the OpenAI SDK. The argument is the server's URL."""

import sys

from openai import OpenAI

messages = [{"role": "user", "content": "How many feet are in a mile?"}]
with OpenAI(base_url=sys.argv[1] + "/small", api_key="benchmark-key") as client:
    completion = client.chat.completions.create(model="benchmark-model", messages=messages)
    print(completion.choices[0].message.content)
