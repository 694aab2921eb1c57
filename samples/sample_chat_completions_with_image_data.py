"""Ask about a picture in a file, which goes with the request. The model must be one that sees."""

from pathlib import Path

from endpoints import find_endpoint

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import ImageContentItem, ImageDetailLevel, ImageUrl, TextContentItem, UserMessage

PICTURE = Path(__file__).parent / "data" / "boat.png"

endpoint, credential = find_endpoint("AZURE_AI_CHAT")

with ChatCompletionsClient(endpoint, credential) as client:
    image = ImageUrl.load(image_file=str(PICTURE), image_format="png", detail=ImageDetailLevel.LOW)
    question = UserMessage([TextContentItem(text="What is on the water?"), ImageContentItem(image_url=image)])
    answer = client.complete(messages=[question])

print(answer.choices[0].message.content)
