"""Get a completion as an object of a pydantic class: `pip install pydantic`."""

from typing import List

from endpoints import find_endpoint
from pydantic import BaseModel, ConfigDict

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import JsonSchemaFormat, UserMessage


class Attendee(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    is_speaker: bool


class Event(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    day: str
    attendees: List[Attendee]


endpoint, credential = find_endpoint("AZURE_AI_CHAT")

with ChatCompletionsClient(endpoint, credential) as client:
    completion = client.complete(
        messages=[UserMessage("Extract the event: Anna gives a talk called “Bees” on Tuesday, and Ben listens.")],
        response_format=JsonSchemaFormat(name="event", schema=Event.model_json_schema(), strict=True),
    )

event = Event.model_validate_json(completion.choices[0].message.content)
print(f"{event.title}: {event.day}")
for attendee in event.attendees:
    print(f"- {attendee.name}{' (speaks)' if attendee.is_speaker else ''}")
