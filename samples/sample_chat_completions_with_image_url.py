"""Ask about an image on the web, which the service downloads itself. The model must support images."""

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import ImageContentItem, ImageDetailLevel, ImageUrl, TextContentItem, UserMessage

IMAGE_URL = "https://www.python.org/static/community_logos/python-logo.png"

prepare_environment("AZURE_AI_CHAT")

with ChatCompletionsClient.from_environment() as client:
    image = ImageUrl(url=IMAGE_URL, detail=ImageDetailLevel.HIGH)
    question = UserMessage(
        [TextContentItem(text="Which two colors does this logo have?"), ImageContentItem(image_url=image)]
    )
    completion = client.complete(messages=[question])

print(completion.choices[0].message.content)
