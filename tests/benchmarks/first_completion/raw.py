"""A program's first completion through requests alone. The argument is the server's URL."""

import json
import sys

import requests

body = {"messages": [{"role": "user", "content": "How many feet are in a mile?"}]}
with requests.Session() as session:
    response = session.post(sys.argv[1] + "/small/chat/completions", json=body, headers={"api-key": "benchmark-key"})
    response.raise_for_status()
    print(json.loads(response.content)["choices"][0]["message"]["content"])
