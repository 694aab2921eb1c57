"""Ask about a picture on the web, which the service fetches itself. The model must be one that sees."""

from endpoints import find_endpoint

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import ImageContentItem, ImageDetailLevel, ImageUrl, TextContentItem, UserMessage

PICTURE = "https://www.python.org/static/community_logos/python-logo.png"

endpoint, credential = find_endpoint("AZURE_AI_CHAT")

with ChatCompletionsClient(endpoint, credential) as client:
    image = ImageUrl(url=PICTURE, detail=ImageDetailLevel.HIGH)
    question = UserMessage(
        [TextContentItem(text="Which two colours does this logo have?"), ImageContentItem(image_url=image)]
    )
    answer = client.complete(messages=[question])

print(answer.choices[0].message.content)
