"""Ask about an image on the web, with a dictionary as the request body. The model must support images."""

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient

prepare_environment("AZURE_AI_CHAT")

with ChatCompletionsClient.from_environment() as client:
    completion = client.complete(
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "Which two colors does this logo have?"},
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

print(completion.choices[0].message.content)
