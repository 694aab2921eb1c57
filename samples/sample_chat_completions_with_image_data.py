"""Ask about an image in a file, which is sent with the request. The model must support images."""

from pathlib import Path

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import ImageContentItem, ImageDetailLevel, ImageUrl, TextContentItem, UserMessage

IMAGE_FILE = Path(__file__).parent / "data" / "boat.png"

prepare_environment("AZURE_AI_CHAT")

with ChatCompletionsClient.from_environment() as client:
    image = ImageUrl.load(image_file=str(IMAGE_FILE), image_format="png", detail=ImageDetailLevel.LOW)
    question = UserMessage([TextContentItem(text="What is on the water?"), ImageContentItem(image_url=image)])
    completion = client.complete(messages=[question])

print(completion.choices[0].message.content)
