"""How runs pull, how many requests are in flight, and how runs end: in both worlds."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import weakref
from typing import Any, AsyncIterator, Callable, Iterator, List

import pytest
from azure.core.exceptions import HttpResponseError
from run_worlds import client_of, collected, embedded, error, handed_over, inputs_of
from worlds import ASYNC, SYNC, World, next_of, opened, wait

from azure.ai.inference.exceptions import RateLimitError
from azure.ai.inference.runs import AdaptiveLimiter
from azure.ai.inference.testing import FakeResponse, LocalService, Reply

PATIENCE = 30.0


def threads_of_runs() -> List[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "azure-ai-inference run"]


async def all_ended() -> bool:
    """Return whether no thread and no task of a run is left, after the threads had time to end."""
    for thread in threads_of_runs():
        thread.join(PATIENCE)
    return not threads_of_runs() and asyncio.all_tasks() == {asyncio.current_task()}


class Held:
    """A service that holds each request with some text until it is released."""

    def __init__(self, service: LocalService, *texts: str) -> None:
        self.arrived = threading.Semaphore(0)
        self._texts = texts
        self._released = threading.Event()
        service.answer_always(self._respond)

    def _respond(self, request: Any) -> Reply:
        if set(self._texts) & set(inputs_of(request)):
            self.arrived.release()
            self._released.wait(PATIENCE)
        return embedded(request)

    def release(self) -> None:
        self._released.set()


class Source:
    """Inputs without an end; the number that was pulled, and where."""

    def __init__(self) -> None:
        self.pulled = 0
        self.threads: List[int] = []

    def __iter__(self) -> Iterator[str]:
        while True:
            self.pulled += 1
            self.threads.append(threading.get_ident())
            yield f"text {self.pulled - 1}"


@pytest.mark.asyncio
async def test_the_window(world: World, service: LocalService) -> None:
    """Input is pulled in the caller's thread, inside `next` only, and never more than twice `max_concurrency` ahead."""
    full = threading.Event()
    source = Source()

    def respond(request: Any) -> Reply:
        full.wait(PATIENCE)
        return embedded(request)

    def pulling() -> Iterator[str]:
        for text in source:
            if source.pulled == 4:
                full.set()
            yield text

    service.answer_always(respond)
    async with opened(client_of(world, service)) as client:
        run = client.embed_many(pulling(), batch_size=1, max_concurrency=2)
        assert source.pulled == 0
        pulled = []
        for _ in range(5):
            await next_of(run)
            pulled.append(source.pulled)
        await wait(run.close())

    assert pulled == [4, 5, 6, 7, 8]
    assert set(source.threads) == {threading.get_ident()}


def test_a_finished_result_waits_for_one_pull_only(service: LocalService) -> None:
    """A finished result waits for one pull from a slow source at most."""
    source = Source()
    done = threading.Event()

    def respond(request: Any) -> Reply:
        done.set()
        return embedded(request)

    def slow() -> Iterator[str]:
        for text in source:
            if source.pulled > 1:
                done.wait(PATIENCE)
            yield text

    service.answer_always(respond)
    with client_of(SYNC, service) as client, client.embed_many(slow(), batch_size=1, max_concurrency=32) as run:
        assert next(run).start == 0
        assert source.pulled < 64


@pytest.mark.asyncio
async def test_64_requests_are_in_flight(world: World, service: LocalService) -> None:
    """64 requests are in flight at once, and the next run reuses their connections."""
    together = threading.Barrier(64)
    lock = threading.Lock()
    seen, now, most = 0, 0, 0

    def respond(request: Any) -> Reply:
        nonlocal seen, now, most
        with lock:
            seen += 1
            now += 1
            most = max(most, now)
            meets = seen > 192  # the limiter begins with 8, and adds one with each success
        if meets:
            together.wait(PATIENCE)
        with lock:
            now -= 1
        return embedded(request)

    service.answer_always(respond)
    async with opened(client_of(world, service)) as client:
        for count in (192 + 64, 64):
            run = client.embed_many(map(str, range(count)), batch_size=1, max_concurrency=64, in_order=False)
            assert sum(map(len, await handed_over(run))) == count

    assert (most, service.connections) == (64, 64)


def waiting_for(run: Any) -> Any:
    """Iterate over a run in another thread or task; return a function that ends with that, and returns the results."""
    if hasattr(run, "__anext__"):
        task = asyncio.ensure_future(handed_over(run))

        async def end() -> Any:
            return await task

        return end
    results: List[Any] = []
    thread = threading.Thread(target=lambda: results.extend(run))
    thread.start()

    async def join() -> Any:
        thread.join(PATIENCE)
        return results

    return join


async def until(condition: Callable[[], bool]) -> None:
    """Let the event loop run until a condition holds."""
    while not condition():  # noqa: ASYNC110 - it is the loop that must go on
        await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_closing_while_another_waits(world: World, service: LocalService) -> None:
    """A waiting thread or task sees the end, nothing more starts, and no thread or task is left."""
    held = Held(service, "slow")
    async with opened(client_of(world, service)) as client:
        run = client.embed_many(["slow", *map(str, range(9))], batch_size=1, max_concurrency=1, in_order=False)
        end = waiting_for(run)
        await until(lambda: held.arrived.acquire(blocking=False))
        await wait(run.close())
        assert await end() == []
        held.release()
        assert await handed_over(run) == []
        assert await all_ended()

    assert len(service.requests) == 1


@pytest.mark.asyncio
async def test_leaving_with(world: World, service: LocalService) -> None:
    """The end of a `with` statement ends the run."""
    service.answer_always(embedded)
    async with opened(client_of(world, service)) as client:
        run = client.embed_many(Source(), batch_size=1)
        if world is SYNC:
            with run as entered:
                await next_of(run)
        else:
            async with run as entered:
                await next_of(run)
        assert entered is run
        assert await handed_over(run) == []
        await wait(run.close())
        assert await all_ended()


@pytest.mark.asyncio
async def test_a_run_that_is_dropped(world: World, service: LocalService) -> None:
    """A dropped run ends like a closed one, without a warning: its threads and tasks do not refer to it."""
    held = Held(service, "slow")
    async with opened(client_of(world, service)) as client:
        run = client.embed_many(["fast", "slow", *map(str, range(9))], batch_size=1, max_concurrency=2, in_order=False)
        assert (await next_of(run)).start == 0
        held.arrived.acquire(timeout=PATIENCE)
        gone = weakref.ref(run)
        del run
        gc.collect()
        assert gone() is None
        held.release()
        await until(lambda: asyncio.all_tasks() == {asyncio.current_task()})
        assert await all_ended()

    assert len(service.requests) <= 6


@pytest.mark.asyncio
async def test_the_source_raises(world: World, service: LocalService) -> None:
    """The exception of the source is raised, and the run has ended."""
    service.answer_always(embedded)

    def failing() -> Iterator[str]:
        yield "a"
        raise OSError("the file ended")

    async with opened(client_of(world, service)) as client:
        run = client.embed_many(failing(), batch_size=1)
        with pytest.raises(OSError, match="the file ended"):
            await handed_over(run)
        assert await handed_over(run) == []
        assert await all_ended()


@pytest.mark.asyncio
async def test_a_function_that_counts_tokens_raises(world: World, service: LocalService) -> None:
    """The exception of a function that counts tokens is treated like one of the source."""
    async with opened(client_of(world, service)) as client:
        with pytest.raises(ZeroDivisionError):
            await handed_over(client.embed_many(["a"], count_tokens=lambda text: 1 // 0))


@pytest.mark.asyncio
async def test_progress_raises(world: World, service: LocalService) -> None:
    """A function of the caller's that raises ends the run."""
    async with opened(client_of(world, service)) as client:
        run = client.embed_many(["a", "b"], batch_size=1, progress=lambda progress: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            await handed_over(run)
        assert await handed_over(run) == []


@pytest.mark.asyncio
async def test_what_a_hook_raises_ends_the_run(world: World, service: LocalService) -> None:
    """The exception of a hook is a bug of the program, ends the run, and is not lost in a thread."""

    def hook(request: Any) -> None:
        raise KeyError("mine")

    async with opened(client_of(world, service)) as client:
        with pytest.raises(KeyError, match="mine"):
            await handed_over(client.embed_many(["a", "b"], raw_request_hook=hook, on_error="keep"))


@pytest.mark.asyncio
async def test_a_checkpoint_that_cannot_be_written(world: World, service: LocalService, tmp_path: Any) -> None:
    """A full disk ends the run with its error."""
    service.answer_always(embedded)
    async with opened(client_of(world, service)) as client:
        run = client.embed_many(["a"], checkpoint=tmp_path / "c")
        run._board.checkpoint._append = lambda lines: (_ for _ in ()).throw(OSError("no space left"))
        with pytest.raises(OSError, match="no space left"):
            await handed_over(run)


@pytest.mark.asyncio
async def test_the_checkpoint_is_free_after_the_end(world: World, service: LocalService, tmp_path: Any) -> None:
    """A run that has ended, in whatever way, keeps no file open."""
    service.answer_always(embedded)
    path = tmp_path / "c"
    async with opened(client_of(world, service)) as client:
        await next_of(client.embed_many(["a", "b"], batch_size=1, checkpoint=path))  # dropped
        gc.collect()
        run = client.embed_many(["a", "b"], batch_size=1, checkpoint=path)
        with pytest.raises(BlockingIOError):
            client.embed_many(["a"], checkpoint=path)
        await wait(run.close())
        await handed_over(client.embed_many(["a", "b"], batch_size=1, checkpoint=path))
        await handed_over(client.embed_many(["a", "b"], batch_size=1, checkpoint=path))


caller: contextvars.ContextVar[str] = contextvars.ContextVar("caller", default="nobody")


@pytest.mark.asyncio
async def test_jobs_run_in_the_context_of_their_caller(world: World, service: LocalService) -> None:
    """Jobs run in the context of their caller, so that their spans have a parent."""
    service.answer_always(embedded)
    seen: List[str] = []

    def hook(request: Any) -> None:
        seen.append(caller.get())
        caller.set("a job")

    async with opened(client_of(world, service)) as client:
        caller.set("first")
        run = client.embed_many(map(str, range(4)), batch_size=1, max_concurrency=1, raw_request_hook=hook)
        await next_of(run)  # pulls two
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
        run = client.embed_many(map(str, range(9)), batch_size=1, max_concurrency=4)
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
