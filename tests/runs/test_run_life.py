"""How runs pull, how many requests are in flight, and how runs end: in both worlds."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from typing import Any, Iterator, List

import pytest
from run_life import PATIENCE, Held, all_ended, until
from run_worlds import client_of, embedded, handed_over
from worlds import SYNC, World, next_of, opened, wait

from azure.ai.inference.testing import LocalService, Reply


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
