"""Runs of chat completions in both worlds, against a local service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List

import pytest
from azure.core.exceptions import HttpResponseError
from run_worlds import client_of, collected, error, handed_over, sent
from worlds import World, next_of, opened

from azure.ai.inference.exceptions import ContentFilterError
from azure.ai.inference.models import SystemMessage, UserMessage
from azure.ai.inference.runs import RunProgress
from azure.ai.inference.testing import LocalService, Reply

PROMPTS = ["one", [SystemMessage("Be brief."), UserMessage("two")], [{"role": "user", "content": "three"}], "four"]


def last_text(request: Any) -> str:
    text: str = request.json()["messages"][-1]["content"]
    return text


def completed(request: Any) -> Reply:
    """Return the response to a prompt, which repeats its last message."""
    message = {"role": "assistant", "content": f"<think>hm</think>{last_text(request)}!"}
    usage = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}
    return Reply(body={"id": "1", "choices": [{"index": 0, "message": message}], "usage": usage})


def refusing(text: str, reply: Reply) -> Any:
    return lambda request: reply if last_text(request) == text else completed(request)


def contents(outcomes: List[Any]) -> List[str]:
    return [outcome.completions.choices[0].message.content for outcome in outcomes]


@pytest.mark.asyncio
async def test_collect(world: World, service: LocalService) -> None:
    """Each prompt has its outcome, in order, with the very object that was given."""
    service.answer_always(completed)
    async with opened(client_of(world, service, "ChatCompletionsClient")) as client:
        run = client.complete_many(PROMPTS, max_concurrency=2, split_reasoning=True)
        assert service.requests == []
        outcomes = await collected(run)

    assert contents(outcomes) == ["one!", "two!", "three!", "four!"]
    assert [outcome.index for outcome in outcomes] == [0, 1, 2, 3]
    assert all(outcome.messages is prompt for outcome, prompt in zip(outcomes, PROMPTS))
    assert [outcome.error for outcome in outcomes] == [None] * 4
    assert run.usage == {"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16}
    assert run.progress == RunProgress(4, 0, 4, 16)


@pytest.mark.asyncio
async def test_requests(world: World, service: LocalService) -> None:
    """A request is the one that `complete` sends."""
    async with opened(client_of(world, service, "ChatCompletionsClient", temperature=0.5)) as client:
        await collected(client.complete_many(PROMPTS[:2], max_concurrency=1, max_tokens=5))

    assert sent(service) == [
        {"messages": [{"role": "user", "content": "one"}], "max_tokens": 5, "temperature": 0.5},
        {
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "two"}],
            "max_tokens": 5,
            "temperature": 0.5,
        },
    ]


@pytest.mark.asyncio
async def test_keep(world: World, service: LocalService) -> None:
    """A failed prompt has its error, which its completions raise; the others have theirs."""
    service.answer_always(refusing("two", error(400, "content_filter")))
    async with opened(client_of(world, service, "ChatCompletionsClient")) as client:
        outcomes = await handed_over(client.complete_many([*PROMPTS, None], on_error="keep"))

    assert contents(outcomes[:1] + outcomes[2:4]) == [
        "<think>hm</think>one!",
        "<think>hm</think>three!",
        "<think>hm</think>four!",
    ]
    assert [type(outcome.error) for outcome in outcomes] == [
        type(None),
        ContentFilterError,
        type(None),
        type(None),
        TypeError,
    ]
    with pytest.raises(ContentFilterError) as raised:
        _ = outcomes[1].completions
    assert raised.value is outcomes[1].error


@pytest.mark.asyncio
async def test_raise(world: World, service: LocalService) -> None:
    """The first failed prompt ends the run; the outcomes before it have been delivered."""
    service.answer_always(refusing("three", error(500)))
    seen: List[int] = []
    async with opened(client_of(world, service, "ChatCompletionsClient", retry_total=0)) as client:
        run = client.complete_many(PROMPTS)
        with pytest.raises(HttpResponseError) as raised:
            while True:
                seen.append((await next_of(run)).index)

    assert (seen, raised.value.input_index) == ([0, 1], 2)  # type: ignore[attr-defined]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("prompts", "options", "kind", "message"),
    [
        ("a prompt", {}, TypeError, "not one str"),
        (UserMessage("a"), {}, TypeError, "not one UserMessage"),
        (None, {}, TypeError, "NoneType"),
        (["a"], {"max_concurrency": 0}, ValueError, "max_concurrency"),
        (["a"], {"stream": True}, TypeError, "stream="),
        (["a"], {"stream": None}, TypeError, "stream="),
        (["a"], {"response_format": "xml"}, ValueError, "response_format"),
    ],
    ids=str,
)
async def test_arguments_are_judged_at_the_call(
    world: World, service: LocalService, prompts: Any, options: Dict[str, Any], kind: Any, message: str
) -> None:
    """A wrong argument is refused by the call itself, not by iteration."""
    async with opened(client_of(world, service, "ChatCompletionsClient")) as client:
        with pytest.raises(kind, match=message):
            client.complete_many(prompts, **options)


@pytest.mark.asyncio
async def test_messages_of_one_chat(world: World, service: LocalService) -> None:
    """The messages of one chat in place of prompts fail with the first one, unsent."""
    async with opened(client_of(world, service, "ChatCompletionsClient")) as client:
        with pytest.raises(TypeError, match="a text or a list of messages, not UserMessage"):
            await collected(client.complete_many([UserMessage("a"), UserMessage("b")]))

    assert service.requests == []


@pytest.mark.asyncio
async def test_a_prompt_without_a_json_form(world: World, service: LocalService) -> None:
    """A prompt without a JSON form is a bug of the program, which ends the run even with `keep`."""
    async with opened(client_of(world, service, "ChatCompletionsClient")) as client:
        with pytest.raises(TypeError, match="messages cannot be sent as JSON"):
            await collected(client.complete_many([[{"role": "user", "content": object()}]], on_error="keep"))


@pytest.mark.asyncio
async def test_checkpoint(world: World, service: LocalService, tmp_path: Path) -> None:
    """Kept responses are not paid for again; every setting must be the same."""
    path = tmp_path / "run.checkpoint"
    service.answer_always(completed)
    async with opened(client_of(world, service, "ChatCompletionsClient", temperature=0.5)) as client:
        first = await collected(client.complete_many(PROMPTS[:3], checkpoint=path))
        service.reset()
        service.answer_always(completed)
        run = client.complete_many(iter(PROMPTS), checkpoint=str(path))
        second = await collected(run)
        with pytest.raises(ValueError, match="made with another endpoint, model or other settings"):
            client.complete_many(PROMPTS, checkpoint=path, temperature=0.6)
        with pytest.raises(ValueError, match="made with another endpoint, model or other settings"):
            client.complete_many(PROMPTS, checkpoint=path, split_reasoning=True)

    assert [body["messages"][-1]["content"] for body in sent(service)] == ["four"]
    assert [outcome.completions for outcome in second[:3]] == [outcome.completions for outcome in first]
    assert run.usage["total_tokens"] == 16
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 5
