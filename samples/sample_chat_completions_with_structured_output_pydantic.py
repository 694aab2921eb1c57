"""Get a completion as an object of a pydantic class: `pip install pydantic`."""

from typing import List

from endpoints import prepare_environment
from pydantic import BaseModel

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage


class Attendee(BaseModel):
    name: str
    is_speaker: bool


class Event(BaseModel):
    title: str
    day: str
    attendees: List[Attendee]


prepare_environment("AZURE_AI_CHAT")

with ChatCompletionsClient.from_environment() as client:
    completion = client.parse(
        messages=[UserMessage("Extract the event: Anna gives a talk called “Bees” on Tuesday, and Ben listens.")],
        response_format=Event,
    )

event = completion.parsed
print(f"{event.title}: {event.day}")
for attendee in event.attendees:
    print(f"- {attendee.name}{' (speaks)' if attendee.is_speaker else ''}")
