"""Get a completion as an object of your own class. Its fields have types that JSON does not know."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import List, Optional

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.exceptions import RefusalError, ResponseTruncatedError
from azure.ai.inference.models import UserMessage


@dataclass
class Meeting:
    """A meeting that a message announces."""

    subject: str
    location: str
    when: datetime
    length: timedelta
    participants: List[str]
    budget: Optional[Decimal] = None


prepare_environment("AZURE_AI_CHAT")
text = (
    "We hold a meeting called “Roadmap” with Alice, Bob and Carol in Berlin on March 12, 2027 at 3 pm. "
    "It takes 90 minutes and may cost $1,200.50."
)

with ChatCompletionsClient.from_environment() as client:
    try:
        meeting = client.parse(messages=[UserMessage(text)], response_format=Meeting).parsed
    except ResponseTruncatedError as error:
        print(f"The completion is cut off. What arrived: {error.partial}")
    except RefusalError as error:
        print(f"The model refused: {error.refusal}")
    else:
        print(f"{meeting.subject}, in {meeting.location}")
        print(f"{meeting.when:%A, %d %B %Y, %H:%M} to {meeting.when + meeting.length:%H:%M}")
        print(f"{', '.join(meeting.participants)}: {(meeting.budget or 0) / len(meeting.participants):.2f} each")
