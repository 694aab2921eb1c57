"""Send a request body that is already bytes, for instance from a file or another program."""

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient

REQUEST = b"""{
    "messages": [
        {"role": "system", "content": "You are a patient teacher."},
        {"role": "user", "content": "What is a prime number?"}
    ],
    "temperature": 0.2
}"""

prepare_environment("AZURE_AI_CHAT")

with ChatCompletionsClient.from_environment() as client:
    completion = client.complete(REQUEST)

print(completion.choices[0].message.content)
