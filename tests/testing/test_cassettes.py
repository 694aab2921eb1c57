"""Recorded exchanges: what a cassette contains and hides, and which request gets which of them. In both worlds."""

from __future__ import annotations

import gzip
import json
import threading
import time
from pathlib import Path
from typing import Any, Dict, List

import pytest
from azure.core.exceptions import (
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseTimeoutError,
)
from cassettes import HELLO, KEY, NOWHERE, Kit, complete, recordings_in
from worlds import ASYNC, SYNC, World, next_of, opened, updates_of, wait

from azure.ai.inference.exceptions import RateLimitError
from azure.ai.inference.testing import (
    AsyncReplayTransport,
    FakeResponse,
    LocalService,
    RecordingTransport,
    Reply,
    Stall,
    Stream,
)


def is_written(cassette: Path) -> bool:
    """Return whether there is a cassette."""
    return cassette.exists()


def rewrite(cassette: Path, exchanges: List[Dict[str, Any]]) -> None:
    """Write a cassette anew."""
    cassette.write_text(json.dumps({"version": 1, "recordings": exchanges}))


@pytest.mark.asyncio
async def test_completion(world: World, kit: Kit, service: LocalService, cassette: Path) -> None:
    """A recorded completion is played without the service, to any host."""
    client = world.ChatCompletionsClient(service.endpoint, service.credential, transport=kit.record(cassette))
    async with opened(client):
        assert not is_written(cassette)
        recorded = await wait(client.complete(messages=HELLO))
    service.close()

    assert await complete(world, NOWHERE, kit.replay(cassette)) == recorded
    assert recordings_in(cassette) == [
        {
            "request": {
                "method": "POST",
                "path": "/chat/completions",
                "query": [["api-version", "2024-05-01-preview"]],
                "headers": {"Content-Type": "application/json", "Accept": "application/json"},
                "json": {"messages": [{"role": "user", "content": "Hello there!"}]},
            },
            "response": {
                "status": 200,
                "reason": "OK",
                "headers": {"Content-Type": "application/json"},
                "json": recorded.as_dict(),
            },
        }
    ]


@pytest.mark.asyncio
async def test_stream(world: World, kit: Kit, service: LocalService, cassette: Path) -> None:
    """A recorded stream has the chunks of the service, with the times at which they arrived."""
    events: List[Any] = [
        {"choices": [{"index": 0, "delta": {"content": "Grüße "}, "finish_reason": None}]},
        b'data: {"choices": [{"index": 0, "delta": {"content": "' + "ü".encode()[:1],
        "ü".encode()[1:] + b'"}, "finish_reason": "stop"}]}\n\n',
    ]
    gate = threading.Semaphore(0)
    service.answer(Stream(events, gate=gate))
    client = world.ChatCompletionsClient(service.endpoint, service.credential, transport=kit.record(cassette))
    async with opened(client):
        stream = await wait(client.complete(messages=HELLO, stream=True))
        gate.release()
        recorded = [await next_of(stream)]
        for _ in range(3):
            gate.release()
        recorded += await updates_of(stream)
    replaying = world.ChatCompletionsClient(NOWHERE, KEY, transport=kit.replay(cassette, real_time=True))
    async with opened(replaying):
        assert await updates_of(await wait(replaying.complete(messages=HELLO, stream=True))) == recorded

    (exchange,) = recordings_in(cassette)
    chunks = exchange["response"]["chunks"]
    seconds = [chunk["seconds"] for chunk in chunks]
    assert [update.choices[0].delta.content for update in recorded] == ["Grüße ", "ü"]
    assert "".join(chunk.get("text", "?") for chunk in chunks[:1]).startswith('data: {"choices"')
    assert (seconds, exchange["response"]["whole"]) == (sorted(seconds), True)
    assert len(chunks) >= 2


@pytest.mark.asyncio
async def test_connection_is_kept(world: World, kit: Kit, service: LocalService, cassette: Path) -> None:
    """Recording a stream does not cost the connection, as the end of its body is read."""
    client = world.ChatCompletionsClient(service.endpoint, service.credential, transport=kit.record(cassette))
    async with opened(client):
        for _ in range(3):
            await updates_of(await wait(client.complete(messages=HELLO, stream=True)))
    assert service.connections == 1
    assert [exchange["response"]["whole"] for exchange in recordings_in(cassette)] == [True] * 3


@pytest.mark.asyncio
async def test_stream_that_was_left(world: World, kit: Kit, service: LocalService, cassette: Path) -> None:
    """A stream that its reader left is played as far as it was read, and does not end as if it were whole."""
    client = world.ChatCompletionsClient(service.endpoint, service.credential, transport=kit.record(cassette))
    gate = threading.Semaphore(1)
    service.answer(Stream([{"choices": [{"index": 0, "delta": {"content": "one"}}]}, {"choices": []}], gate=gate))
    async with opened(client):
        stream = await wait(client.complete(messages=HELLO, stream=True))
        recorded = await next_of(stream)
        await wait(stream.close())
    replaying = world.ChatCompletionsClient(NOWHERE, KEY, transport=kit.replay(cassette))
    async with opened(replaying):
        stream = await wait(replaying.complete(messages=HELLO, stream=True))
        assert await next_of(stream) == recorded
        with pytest.raises(IncompleteReadError, match="left or lost"):
            await next_of(stream)
    assert recordings_in(cassette)[0]["response"]["whole"] is False


@pytest.mark.asyncio
async def test_unread_stream(world: World, kit: Kit, service: LocalService, cassette: Path) -> None:
    """A cassette is whole even if a stream is still open when its client is closed."""
    client = world.ChatCompletionsClient(service.endpoint, service.credential, transport=kit.record(cassette))
    stream = await wait(client.complete(messages=HELLO, stream=True))
    await wait(client.close())
    await wait(stream.close())
    assert recordings_in(cassette)[0]["response"]["chunks"] == []


@pytest.mark.asyncio
async def test_retries(world: World, kit: Kit, service: LocalService, cassette: Path) -> None:
    """Each attempt is a recording, and playing them waits for nothing."""
    service.answer(Reply(429, {"error": {"message": "slow down"}}, {"retry-after-ms": "1"}))
    client = world.ChatCompletionsClient(service.endpoint, service.credential, transport=kit.record(cassette))
    async with opened(client):
        recorded = await wait(client.complete(messages=HELLO))
    exchanges = recordings_in(cassette)
    exchanges[0]["response"]["headers"]["retry-after-ms"] = "100000"
    rewrite(cassette, exchanges)

    assert [exchange["response"]["status"] for exchange in exchanges] == [429, 200]
    assert await complete(world, NOWHERE, kit.replay(cassette)) == recorded
    with pytest.raises(RateLimitError, match="slow down"):
        await complete(world, NOWHERE, kit.replay(cassette), retry_total=0)


@pytest.mark.asyncio
async def test_failed_sending(world: World, kit: Kit, cassette: Path) -> None:
    """A request that got no response is not recorded, and its error is that of the transport."""
    with pytest.raises(ServiceRequestError):
        await complete(world, NOWHERE, kit.record(cassette), retry_total=0)
    assert recordings_in(cassette) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_deadline(world: World, kit: Kit, service: LocalService, cassette: Path, stream: bool) -> None:
    """A deadline is kept while recording, as without."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    service.answer_always(Stall(head))
    client = world.ChatCompletionsClient(service.endpoint, service.credential, transport=kit.record(cassette))
    async with opened(client):
        began = time.monotonic()
        with pytest.raises(ServiceResponseTimeoutError):
            response = await wait(client.complete(messages=HELLO, stream=stream, timeout=0.2))
            await updates_of(response)
    assert time.monotonic() - began < 5
    expected = [{"chunks": [], "whole": False}] if stream else []
    responses = [exchange["response"] for exchange in recordings_in(cassette)]
    assert [{name: response[name] for name in ("chunks", "whole")} for response in responses] == expected


def test_replay_on_trio(service: LocalService, cassette: Path) -> None:
    """A cassette is played on an event loop that is not asyncio's."""
    trio = pytest.importorskip("trio")
    with SYNC.ChatCompletionsClient(
        service.endpoint, service.credential, transport=RecordingTransport(cassette)
    ) as client:
        recorded = [*client.complete(messages=HELLO, stream=True)]

    async def play() -> Any:
        client = ASYNC.ChatCompletionsClient(NOWHERE, KEY, transport=AsyncReplayTransport(cassette))
        async with client:
            return await updates_of(await client.complete(messages=HELLO, stream=True))

    assert trio.run(play) == recorded


@pytest.mark.asyncio
async def test_given_transport(world: World, kit: Kit, cassette: Path, service: LocalService) -> None:
    """A transport that a program passes sends, and its response is recorded."""
    inner = world.FakeTransport(lambda request: FakeResponse(body={"choices": [], "id": request.url[-6:]}))
    recorded = await complete(world, "http://host.example?x=1", kit.record(cassette, inner))
    assert (recorded.id, inner.closed) == (recordings_in(cassette)[0]["response"]["json"]["id"], True)
    assert await complete(world, "http://other.example?x=1", kit.replay(cassette)) == recorded


@pytest.mark.asyncio
async def test_packed_body(world: World, kit: Kit, service: LocalService, cassette: Path) -> None:
    """A packed body is recorded unpacked, and played so."""
    packed = gzip.compress(b'{"choices": [], "id": "packed"}')
    service.answer(Reply(200, packed, {"Content-Type": "application/json", "Content-Encoding": "gzip"}))
    client = world.ChatCompletionsClient(service.endpoint, service.credential, transport=kit.record(cassette))
    async with opened(client):
        recorded = await wait(client.complete(messages=HELLO))
    assert recorded.id == "packed"
    assert recordings_in(cassette)[0]["response"]["headers"] == {"Content-Type": "application/json"}
    assert await complete(world, NOWHERE, kit.replay(cassette)) == recorded
