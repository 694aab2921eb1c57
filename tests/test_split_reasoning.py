"""`split_reasoning=True` moves reasoning out of contents, in whole completions and in streams, of both worlds."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Tuple

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, IncompleteReadError
from worlds import World, next_of, opened, wait

from azure.ai.inference.testing import FakeResponse

ENDPOINT = "https://host.example/models"
MESSAGES = [{"role": "user", "content": "hi"}]
BODY = {"messages": MESSAGES}
WHOLE = {
    "id": "r1",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"content": "<think>Hm</think>\nHi"}}],
}
DONE = b"data: [DONE]\n\n"

Texts = Tuple[str, str]
SPLIT, UNSPLIT = ("Hm", "Hi"), ("", "<think>Hm</think>\nHi")


def event(data: Dict[str, Any]) -> bytes:
    """Return an event of a stream."""
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def delta(text: Optional[str], finish_reason: Optional[str] = None, **more: Any) -> bytes:
    """Return an event with the next text of the only choice."""
    choice = {"index": 0, "finish_reason": finish_reason, "delta": {"content": text}}
    return event({"id": "r1", "choices": [choice], **more})


STREAM = [delta(text) for text in ("<th", "ink>Hm</think>", "\n", "Hi")]


def client(world: World, body: Any, **keywords: Any) -> opened:
    """Return a client whose service responds to every request with this body."""
    transport = world.FakeTransport(lambda request: FakeResponse(body=body))
    return opened(
        world.ChatCompletionsClient(ENDPOINT, AzureKeyCredential("key"), transport=transport, retry_total=0, **keywords)
    )


async def texts_of(result: Any) -> Texts:
    """Return the reasoning and the content of a completion, whole or streamed."""
    texts, error = await read(result)
    assert error is None
    return texts


async def read(result: Any) -> Tuple[Texts, Optional[Exception]]:
    """Return the same of as much of a completion as arrives, and the error that ends it."""
    if "choices" in dir(result):
        message = result.choices[0].message
        return (message.get("reasoning_content") or "", message.content), None
    deltas: List[Any] = []
    error = None
    try:
        while True:
            deltas.append((await next_of(result)).choices[0].delta)
    except StopAsyncIteration:
        pass
    except Exception as caught:
        error = caught
    reasoning, content = ("".join(d.get(name) or "" for d in deltas) for name in ("reasoning_content", "content"))
    return (reasoning, content), error


@pytest.mark.asyncio
@pytest.mark.parametrize("by_body", [False, True])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("constructor", "call", "expected"),
    [
        ({}, {}, UNSPLIT),
        ({}, {"split_reasoning": True}, SPLIT),
        ({"split_reasoning": True}, {}, SPLIT),
        ({"split_reasoning": True}, {"split_reasoning": None}, SPLIT),
        ({"split_reasoning": True}, {"split_reasoning": False}, UNSPLIT),
        ({"split_reasoning": False}, {"split_reasoning": True}, SPLIT),
    ],
)
async def test_where_it_is_given(
    world: World, constructor: Any, call: Any, expected: Texts, stream: bool, by_body: bool
) -> None:
    """The call's value wins over the constructor's, also beside a body, and neither is sent."""
    async with client(world, [*STREAM, DONE] if stream else WHOLE, **constructor) as chat:
        arguments: Any = {"stream": stream, **call} if stream else call
        if by_body:
            result = await wait(chat.complete({**BODY, "stream": stream}, **arguments))
        else:
            result = await wait(chat.complete(messages=MESSAGES, **arguments))
        assert await texts_of(result) == expected
        transport = chat._client._pipeline._transport
    (request,), (options,) = transport.requests, transport.options
    sent = json.loads(request.content)
    assert sent == ({**BODY, "stream": True} if stream else {**BODY, "stream": False} if by_body else BODY)
    assert "extra-parameters" not in request.headers
    assert "split_reasoning" not in options


@pytest.mark.asyncio
async def test_other_clients_do_not_know_it(world: World) -> None:
    """Embeddings have no reasoning: their constructors warn of the option."""
    with pytest.warns(UserWarning, match="ignores the unknown keyword 'split_reasoning'"):
        embeddings = world.EmbeddingsClient(
            ENDPOINT,
            AzureKeyCredential("key"),
            split_reasoning=True,
            transport=world.FakeTransport(lambda request: FakeResponse(body={"data": []})),
        )
    async with opened(embeddings):
        assert (await wait(embeddings.embed(input=["a"]))).data == []


@pytest.mark.asyncio
async def test_whole_completion_in_place_of_events(world: World) -> None:
    """It is split as a whole one: a closing tag alone ends a block, and nothing is split twice."""
    for content, expected in [
        ("Hm\n</think>\nHi", ("Hm", "Hi")),
        ("<think></think><think>Hm</think>Hi", ("", "<think>Hm</think>Hi")),
        ("<think>Hm", ("Hm", "")),
    ]:
        choice = {"index": 0, "finish_reason": "stop", "message": {"content": content}}
        async with client(world, {"id": "r1", "choices": [choice]}) as chat:
            stream = await wait(chat.complete(messages=MESSAGES, stream=True, split_reasoning=True))
            assert await texts_of(stream) == expected


@pytest.mark.asyncio
@pytest.mark.parametrize("done", [b"", DONE])
async def test_text_held_back_comes_before_the_end(world: World, done: bytes) -> None:
    """A stream that ends without the end of its choice delivers all its text, and then says that it is not whole."""
    async with client(world, [delta(" <thin"), done]) as chat:
        stream = await wait(chat.complete(messages=MESSAGES, stream=True, split_reasoning=True))
        texts, error = await read(stream)
    assert texts == ("", " <thin")
    assert type(error) is (type(None) if done else IncompleteReadError)


@pytest.mark.asyncio
@pytest.mark.parametrize("held", ["<think>Hm </th", "<think>Hm "])
async def test_text_held_back_comes_before_an_error(world: World, held: str) -> None:
    """An error that the service reports within a stream comes after all text ahead of it, and stays the end."""
    async with client(world, [delta(held), event({"error": {"code": "busy", "message": "too busy"}})]) as chat:
        stream = await wait(chat.complete(messages=MESSAGES, stream=True, split_reasoning=True))
        texts, error = await read(stream)
        again = await read(stream)
    assert texts == (held[len("<think>") :].rstrip(), "")
    assert isinstance(error, HttpResponseError)
    assert "too busy" in error.message
    assert again == (("", ""), None)


@pytest.mark.asyncio
async def test_nothing_is_added_to_a_stream_without_blocks(world: World) -> None:
    """A stream that splits has the same updates as one that does not, if its contents hold nothing to split."""
    events = [delta("a"), delta(" <think>"), delta("", "stop"), event({"choices": [], "usage": {"total_tokens": 1}})]
    updates: List[Any] = []
    for split in (False, True):
        async with client(world, [*events, DONE]) as chat:
            stream = await wait(chat.complete(messages=MESSAGES, stream=True, split_reasoning=split))
            updates.append([])
            with pytest.raises(StopAsyncIteration):
                while True:
                    updates[-1].append((await next_of(stream)).as_dict())
    assert updates[0] == updates[1] == [json.loads(part[6:]) for part in events]
