"""Ask about a picture on the web, with a request that is a dictionary. The model must be one that sees."""

from endpoints import find_endpoint

from azure.ai.inference import ChatCompletionsClient

endpoint, credential = find_endpoint("AZURE_AI_CHAT")

with ChatCompletionsClient(endpoint, credential) as client:
    answer = client.complete(
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "Which two colours does this logo have?"},
                        {
                            "type": "image_url",
                            "image_url": {
                                "url": "https://www.python.org/static/community_logos/python-logo.png",
                                "detail": "low",
                            },
                        },
                    ],
                }
            ]
        }
    )

print(answer.choices[0].message.content)
