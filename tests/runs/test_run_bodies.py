"""Prompts with settings of their own, in both worlds."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

import pytest
from run_worlds import client_of, collected, sent
from worlds import World, opened

from azure.ai.inference.testing import LocalService, Reply

HELLO = [{"role": "user", "content": "hello"}]


def completed(request: Any) -> Reply:
    return Reply(body={"choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}}]})


@pytest.mark.asyncio
async def test_settings_of_a_prompt(world: World, service: LocalService) -> None:
    """They come before those of the call and the client; what is no setting is sent as an extra parameter."""
    service.answer_always(completed)
    prompts: Any = [
        {"messages": HELLO, "temperature": 0.1, "model": None, "stream": False},
        {"messages": HELLO, "future": 1, "max_completion_tokens": 7},
        HELLO,
    ]
    async with opened(client_of(world, service, "ChatCompletionsClient", model="m")) as client:
        outcomes = await collected(client.complete_many(prompts, temperature=0.9, max_concurrency=1))

    assert sent(service) == [
        {"messages": HELLO, "temperature": 0.1, "model": "m"},
        {"messages": HELLO, "temperature": 0.9, "model": "m", "max_completion_tokens": 7, "future": 1},
        {"messages": HELLO, "temperature": 0.9, "model": "m"},
    ]
    headers = [request.headers.get("extra-parameters") for request in service.requests]
    assert headers == [None, "pass-through", None]
    assert [outcome.messages for outcome in outcomes] == prompts


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ({"role": "user", "content": "a"}, "A prompt must be a text or a list of messages, not dict."),
        ({"messages": None}, "A prompt must be a text or a list of messages, not dict."),
        ({"messages": HELLO, "stream": True}, "stream is not for many prompts at once."),
    ],
)
async def test_wrong_prompts(world: World, service: LocalService, prompt: Dict[str, Any], says: str) -> None:
    """A dictionary that is no body fails alone, unsent."""
    async with opened(client_of(world, service, "ChatCompletionsClient")) as client:
        (outcome,) = await collected(client.complete_many([prompt], on_error="keep"))

    assert (type(outcome.error), str(outcome.error), service.requests) == (TypeError, says, [])


@pytest.mark.asyncio
async def test_checkpoint_knows_the_settings(world: World, service: LocalService, tmp_path: Path) -> None:
    """A prompt with another setting is another prompt: its response is not taken from the checkpoint."""
    service.answer_always(completed)
    path = tmp_path / "run.checkpoint"
    prompts = [{"messages": HELLO, "temperature": 0.1}, {"messages": HELLO, "temperature": 0.2}]
    async with opened(client_of(world, service, "ChatCompletionsClient")) as client:
        await collected(client.complete_many(prompts, checkpoint=path))
        service.reset()
        service.answer_always(completed)
        changed = [prompts[0], {**prompts[1], "temperature": 0.3}]
        await collected(client.complete_many(changed, checkpoint=path))

    assert [body["temperature"] for body in sent(service)] == [0.3]
