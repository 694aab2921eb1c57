"""Send a request that is bytes already, for instance from a file or from another program, as it is."""

from endpoints import find_endpoint

from azure.ai.inference import ChatCompletionsClient

REQUEST = b"""{
    "messages": [
        {"role": "system", "content": "You are a patient teacher."},
        {"role": "user", "content": "What is a prime number?"}
    ],
    "temperature": 0.2
}"""

endpoint, credential = find_endpoint("AZURE_AI_CHAT")

with ChatCompletionsClient(endpoint, credential) as client:
    answer = client.complete(REQUEST)

print(answer.choices[0].message.content)
