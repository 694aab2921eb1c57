"""Cassettes, and the transports that write and read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

from azure.core.credentials import AzureKeyCredential
from worlds import World, opened, wait

from azure.ai.inference.models import UserMessage
from azure.ai.inference.testing import (
    AsyncRecordingTransport,
    AsyncReplayTransport,
    RecordingTransport,
    ReplayTransport,
)

HELLO = [UserMessage("Hello there!")]


KEY = AzureKeyCredential("another-key")


NOWHERE = "http://127.0.0.1:9"


class Kit(NamedTuple):
    """The transports of a world."""

    record: Any
    replay: Any


KITS = {"sync": Kit(RecordingTransport, ReplayTransport), "async": Kit(AsyncRecordingTransport, AsyncReplayTransport)}


def recordings_in(cassette: Path) -> List[Dict[str, Any]]:
    """Return the recordings of a cassette."""
    return json.loads(cassette.read_text("utf-8"))["recordings"]


async def complete(world: World, endpoint: Any, transport: Any, content: str = "Hello there!", **options: Any) -> Any:
    """Complete a chat with a client of its own."""
    async with opened(world.ChatCompletionsClient(endpoint, KEY, transport=transport)) as client:
        return await wait(client.complete(messages=[UserMessage(content)], **options))
