"""Runs keep to contexts, limiters, event loops and a bounded memory."""

from __future__ import annotations

import asyncio
import threading
import weakref
from typing import Any, AsyncIterator, Iterator, List

import pytest
from azure.core.exceptions import HttpResponseError
from run_life import PATIENCE, Held, all_ended, caller, until
from run_worlds import client_of, collected, embedded, error, handed_over, inputs_of
from worlds import ASYNC, SYNC, World, next_of, opened, wait

from azure.ai.inference.exceptions import RateLimitError
from azure.ai.inference.runs import AdaptiveLimiter
from azure.ai.inference.testing import FakeResponse, LocalService, Reply


@pytest.mark.asyncio
async def test_jobs_run_in_the_context_of_their_caller(world: World, service: LocalService) -> None:
    """Jobs run in the context of their caller, so that their spans have a parent."""
    two_pulled = threading.Event()
    service.answer_always(lambda request: two_pulled.wait(PATIENCE) and embedded(request))
    seen: List[str] = []

    def texts() -> Iterator[str]:
        yield "0"
        two_pulled.set()
        yield from "123"

    def hook(request: Any) -> None:
        seen.append(caller.get())
        caller.set("a job")

    async with opened(client_of(world, service)) as client:
        caller.set("first")
        run = client.embed_many(texts(), batch_size=1, max_concurrency=1, raw_request_hook=hook)
        await next_of(run)
        caller.set("second")
        await handed_over(run)

    assert seen == ["first", "first", "second", "second"]
    assert caller.get() == "second"


@pytest.mark.asyncio
async def test_refusals_for_the_rate_cost_no_retry(world: World, service: LocalService) -> None:
    """A refusal by the rate limit costs no retry, and fails no input."""
    service.answer(error(429, **{"retry-after-ms": "1"}), error(503, **{"retry-after-ms": "1"}))
    service.answer_always(embedded)
    async with opened(client_of(world, service)) as client:
        client_limiter = client._limiter_of_runs()
        batch = await collected(client.embed_many(["a"], retry_total=1))

    assert (batch.errors, len(service.requests)) == ({}, 3)
    assert client_limiter.rate is not None


@pytest.mark.asyncio
@pytest.mark.parametrize("on_error", ["raise", "keep"])
async def test_a_wait_that_is_too_long_ends_the_run(world: World, service: LocalService, on_error: str) -> None:
    """A limit of a day is no reason to send each input to be refused."""
    service.answer_always(error(429, **{"Retry-After": "3600"}))
    async with opened(client_of(world, service)) as client:
        run = client.embed_many(map(str, range(100)), batch_size=1, max_concurrency=1, on_error=on_error)
        with pytest.raises(RateLimitError):
            await handed_over(run)

    assert len(service.requests) == 1


@pytest.mark.asyncio
async def test_the_limiter_of_a_run(world: World, service: LocalService) -> None:
    """A client has one for its runs, unless it was given one for all of its calls."""
    service.answer_always(embedded)
    limiter = AdaptiveLimiter()
    in_flight: List[int] = []

    def respond(request: Any) -> Reply:
        in_flight.append(limiter.in_flight)
        return embedded(request)

    async with opened(client_of(world, service)) as client:
        of_runs = client._limiter_of_runs()
        await collected(client.embed_many(["a"]))
        assert client._limiter_of_runs() is of_runs
    service.answer_always(respond)
    async with opened(client_of(world, service, limiter=limiter)) as client:
        await collected(client.embed_many(["a"]))

    assert (in_flight, limiter.in_flight) == ([1], 0)


@pytest.mark.asyncio
async def test_what_waits_in_the_limiter_does_not_start_after_the_end(world: World, service: LocalService) -> None:
    """A closed run sends nothing more that waited in the limiter, and its threads end."""
    service.answer_always(embedded)
    limiter = AdaptiveLimiter(requests_per_minute=1)
    async with opened(client_of(world, service, limiter=limiter)) as client:
        run = client.embed_many(map(str, range(9)), batch_size=1, max_concurrency=4, in_order=False)
        await next_of(run)
        await wait(run.close())
        assert await all_ended()

    assert (len(service.requests), limiter.waiting, limiter.in_flight) == (1, 0, 0)


@pytest.mark.asyncio
async def test_the_timeout_does_not_run_in_the_line(world: World, service: LocalService) -> None:
    """The timeout does not run while a request waits in the limiter's line."""
    service.answer_always(embedded)
    limiter = AdaptiveLimiter(requests_per_minute=300)
    async with opened(client_of(world, service, limiter=limiter)) as client:
        run = client.embed_many(map(str, range(8)), batch_size=1, timeout=1.2, retry_total=0)
        batch = await collected(run)

    assert (len(batch), batch.errors) == (8, {})


@pytest.mark.asyncio
async def test_async_sources(service: LocalService, tmp_path: Any) -> None:
    """An asynchronous iterable is pulled in the caller's task; its checkpoint is like any other."""
    service.answer_always(embedded)
    tasks: List[Any] = []

    async def texts() -> AsyncIterator[str]:
        for text in ("a", "b", "c"):
            await asyncio.sleep(0)
            tasks.append(asyncio.current_task())
            yield text

    async with opened(client_of(ASYNC, service)) as client:
        for _ in range(2):
            batch = await collected(client.embed_many(texts(), batch_size=2, checkpoint=tmp_path / "c"))
            assert len(batch) == 3
        with pytest.raises(TypeError, match="an iterable of inputs, not async_generator"):
            SYNC.EmbeddingsClient(service.endpoint, service.credential).embed_many(texts())

    assert set(tasks) == {asyncio.current_task()}
    assert len(service.requests) == 2


@pytest.mark.asyncio
async def test_cancelling(service: LocalService) -> None:
    """A caller that is cancelled while it waits ends the run, its requests included."""
    held = Held(service, "slow")
    async with opened(client_of(ASYNC, service)) as client:
        run = client.embed_many(["slow", "b"], batch_size=1)
        waiting = asyncio.ensure_future(next_of(run))
        await until(lambda: held.arrived.acquire(blocking=False))
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        held.release()
        assert await handed_over(run) == []
        assert await all_ended()


@pytest.mark.asyncio
async def test_a_job_that_is_cancelled(service: LocalService) -> None:
    """A hook that cancels its own task does not hang the run."""

    def hook(request: Any) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    async with opened(client_of(ASYNC, service)) as client:
        with pytest.raises(asyncio.CancelledError):
            await handed_over(client.embed_many(["a"], raw_request_hook=hook))


def test_other_event_loops(service: LocalService) -> None:
    """Outside asyncio, the error says that runs need it, before anything is sent."""
    import trio

    client = client_of(ASYNC, service)
    run = client.embed_many(["a"])

    with pytest.raises(RuntimeError, match="need asyncio"):
        trio.run(run.__anext__)
    assert service.requests == []
    asyncio.run(client.close())


class Text(str):
    """A text that can be watched."""

    __slots__ = ("__weakref__",)


@pytest.mark.asyncio
@pytest.mark.parametrize("in_order", [True, False])
async def test_memory_is_flat(world: World, in_order: bool) -> None:
    """What a run keeps depends on its window, and not on the number of its inputs."""
    alive: weakref.WeakSet[Any] = weakref.WeakSet()
    most = 0

    def texts() -> Iterator[Text]:
        nonlocal most
        for number in range(4000):
            text = Text(f"text {number}")
            alive.add(text)
            most = max(most, len(alive))
            yield text

    row = {"data": [{"index": index, "embedding": "AACAPw=="} for index in range(10)], "usage": {"total_tokens": 1}}
    transport = world.FakeTransport(lambda request: FakeResponse(body=row))
    async with opened(world.EmbeddingsClient("http://host.example", _key(), transport=transport)) as client:
        run = client.embed_many(texts(), batch_size=10, max_concurrency=4, in_order=in_order, headers={"a": "b"})
        count = 0
        async for batch in _iterated(run):
            transport.requests.clear()
            count += len(batch)

    assert count == 4000
    assert most <= (2 * 4 + 2) * 10


async def _iterated(run: Any) -> AsyncIterator[Any]:
    while True:
        try:
            yield await next_of(run)
        except StopAsyncIteration:
            return


def _key() -> Any:
    from azure.core.credentials import AzureKeyCredential

    return AzureKeyCredential("key")


@pytest.mark.asyncio
async def test_a_service_that_fails_in_the_middle(world: World, service: LocalService) -> None:
    """In order, everything before the failed batch is delivered, even if the failure came first."""
    failed = threading.Event()

    def respond(request: Any) -> Reply:
        if "1" in inputs_of(request):
            failed.set()
            return error(500)
        failed.wait(PATIENCE)
        return embedded(request)

    service.answer_always(respond)
    async with opened(client_of(world, service, retry_total=0)) as client:
        run = client.embed_many(map(str, range(9)), batch_size=1, max_concurrency=2)
        assert (await next_of(run)).start == 0
        with pytest.raises(HttpResponseError):
            await next_of(run)
