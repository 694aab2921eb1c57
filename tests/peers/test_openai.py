"""On `/openai/v1` this package sends the JSON that the openai package sends for the same call."""

from __future__ import annotations

import json
from typing import Any, Dict, Set

import pytest
from worlds import World, opened, updates_of, wait

from azure.ai.inference._core.signatures import settings_of
from azure.ai.inference.options import ChatCompletionsSettings, EmbeddingsSettings, ImageGenerationSettings
from azure.ai.inference.testing import LocalService

from .calls import CALLS
from .record import RECORDED, shown

REQUESTS: Dict[str, Any] = json.loads(RECORDED.read_text("utf-8"))["requests"]
#: The arguments that only methods have.
_OF_CALLS = ("input", "messages", "prompt", "stream")


def test_every_call_is_recorded() -> None:
    """The requests of the openai package are recorded for each call, and for no other: `nox -s openai -- --write`."""
    assert list(REQUESTS) == list(CALLS)


@pytest.mark.parametrize(
    ("client", "settings", "only_ours"),
    [
        ("ChatCompletionsClient", ChatCompletionsSettings, set()),
        ("EmbeddingsClient", EmbeddingsSettings, {"input_type", "model_extras"}),
        ("ImageGenerationClient", ImageGenerationSettings, {"image_prompt", "model_extras", "negative_prompt", "seed"}),
    ],
)
def test_every_setting_is_compared(client: str, settings: Any, only_ours: Set[str]) -> None:
    """Every setting is in one of the calls, but for those that OpenAI's API does not have."""
    named = {name for call in CALLS.values() if call.client == client for name in call.ours}

    assert set(settings_of(settings)) - named == only_ours


@pytest.mark.asyncio
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("place", ["call", "client"])
async def test_request(world: World, service: LocalService, name: str, place: str) -> None:
    """The request has the route, the headers and the JSON of the openai package's, whether the call or the client names
    the settings.
    """
    call = CALLS[name]
    of_client = {key: value for key, value in call.ours.items() if key not in _OF_CALLS and place == "client"}
    of_call = {key: value for key, value in call.ours.items() if key not in of_client}
    endpoint = f"{service.endpoint}/openai/v1"
    async with opened(getattr(world, call.client)(endpoint, service.credential, **of_client)) as client:
        response = await wait(getattr(client, call.method)(**of_call))
        if call.ours.get("stream"):
            await updates_of(response)

    (request,) = service.requests
    assert shown(request) == REQUESTS[name]
    assert "extra-parameters" not in request.headers
