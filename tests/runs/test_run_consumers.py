"""Runs with several threads or tasks as their consumers, and callbacks that raise the end of an iteration."""

from __future__ import annotations

import asyncio
import pickle
import threading
import time
from pathlib import Path
from typing import Any, AsyncIterator, Iterator, List

import pytest
from run_worlds import client_of, embedded, handed_over, refusing
from worlds import ASYNC, SYNC, World, next_of, opened, wait

from azure.ai.inference.runs import RunProgress
from azure.ai.inference.testing import LocalService

PATIENCE = 20
PLACES = list(range(40))


@pytest.mark.asyncio
@pytest.mark.parametrize("waits", [False, True])
async def test_several_tasks(service: LocalService, waits: bool) -> None:
    """Each result goes to one of the tasks, and all of them see the end."""
    service.answer_always(embedded)

    async def source() -> AsyncIterator[str]:
        for place in PLACES:
            await asyncio.sleep(0)
            yield str(place)

    async with client_of(ASYNC, service) as client:
        texts: Any = source() if waits else list(map(str, PLACES))
        run = client.embed_many(texts, batch_size=1, max_concurrency=3)
        eaten = await asyncio.wait_for(asyncio.gather(*[handed_over(run) for _ in range(4)]), PATIENCE)

    assert sorted(batch.start for batches in eaten for batch in batches) == PLACES
    assert run.progress == RunProgress(40, 0, None if waits else 40, 80)


def test_several_threads(service: LocalService) -> None:
    """Each result goes to one of the threads, and only one of them pulls at a time."""
    service.answer_always(embedded)
    starts: List[int] = []

    def source() -> Iterator[str]:
        for place in PLACES:
            time.sleep(0)  # another thread may go on here
            yield str(place)

    with client_of(SYNC, service) as client:
        run = client.embed_many(source(), batch_size=1, max_concurrency=3)
        threads = [threading.Thread(target=lambda: starts.extend(batch.start for batch in run)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)

    assert sorted(starts) == PLACES
    assert run.progress == RunProgress(40, 0, None, 80)


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", [StopIteration, StopAsyncIteration])
@pytest.mark.parametrize("where", ["count_tokens", "progress", "raw_request_hook"])
async def test_functions_that_raise_the_end_of_an_iteration(
    world: World, service: LocalService, where: str, kind: Any
) -> None:
    """A callback that raises the end of an iteration does not end the run silently."""
    service.answer_always(embedded)

    def stop(_: Any) -> Any:
        raise kind("a bug")

    async with opened(client_of(world, service)) as client:
        run = client.embed_many(["a", "b"], **{where: stop})
        with pytest.raises((kind, RuntimeError)) as raised:
            await handed_over(run)
        assert await handed_over(run) == []

    assert isinstance(raised.value, RuntimeError) or (world is SYNC) == (kind is StopAsyncIteration)


def test_another_event_loop(service: LocalService) -> None:
    """Another event loop cannot go on with a run, whose error says so; it can close the run."""
    service.answer_always(embedded)
    client = client_of(ASYNC, service)
    run = client.embed_many(list(map(str, PLACES)), batch_size=1, max_concurrency=2)

    async def begin() -> None:
        await run.__anext__()

    async def go_on() -> List[Any]:
        with pytest.raises(RuntimeError, match="begun in another event loop"):
            await handed_over(run)
        await run.close()
        return await handed_over(run)

    asyncio.run(begin())
    assert asyncio.run(go_on()) == []


@pytest.mark.asyncio
async def test_closing_in_another_event_loop(service: LocalService) -> None:
    """The loop of the run cancels its tasks itself, and whoever waits there sees the end."""
    released = threading.Event()

    def respond(request: Any) -> Any:
        released.wait(PATIENCE)
        return embedded(request)

    service.answer_always(respond)
    async with client_of(ASYNC, service) as client:
        run = client.embed_many(["a", "b"])
        waiting = asyncio.ensure_future(handed_over(run))
        while not service.requests:  # noqa: ASYNC110 - it is the loop that must go on
            await asyncio.sleep(0)
        await asyncio.get_running_loop().run_in_executor(None, lambda: asyncio.run(run.close()))
        assert await asyncio.wait_for(waiting, PATIENCE) == []
        released.set()


@pytest.mark.asyncio
async def test_others_run_while_a_checkpoint_is_read(service: LocalService, tmp_path: Path) -> None:
    """A resumed run lets its event loop go on until it has come to where it was."""
    service.answer_always(embedded)
    texts, ticks = list(map(str, PLACES)), 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    async with client_of(ASYNC, service) as client:
        await client.embed_many(texts, batch_size=1, checkpoint=tmp_path / "c").collect()
        ticking = asyncio.ensure_future(tick())
        await client.embed_many(texts, batch_size=1, checkpoint=tmp_path / "c").collect()
        ticking.cancel()

    assert ticks >= len(texts) == len(service.requests)


@pytest.mark.asyncio
async def test_results_are_pickled(world: World, service: LocalService) -> None:
    """A batch can be passed to another process before its vectors are read."""
    service.answer_always(refusing("b"))
    async with opened(client_of(world, service)) as client:
        run = client.embed_many(["a", "b", "c", "d"], batch_size=2, on_error="keep")
        batches = [await next_of(run), await wait(run.collect())]
    service.reset()
    async with opened(client_of(world, service, "ChatCompletionsClient")) as client:
        outcomes = await handed_over(client.complete_many(["a", 5], on_error="keep"))

    again = pickle.loads(pickle.dumps(batches))
    assert [batch.vectors.tolist() for batch in again[1:]] == [batch.vectors.tolist() for batch in batches[1:]]
    assert again[0].vectors[0].tolist() == batches[0].vectors[0].tolist()
    assert [list(batch.errors) for batch in again] == [[1], []]
    completed, failed = pickle.loads(pickle.dumps(outcomes))
    assert (completed.completions, str(failed.error)) == (outcomes[0].completions, str(outcomes[1].error))


@pytest.mark.asyncio
async def test_tables(world: World, service: LocalService) -> None:
    """A table is refused, as iterating over it yields the names of its columns."""

    class Table:
        ndim = 2

        def __iter__(self) -> Iterator[str]:
            return iter(["a column"])

    async with opened(client_of(world, service)) as client:
        with pytest.raises(TypeError, match="not a Table of 2 dimensions"):
            client.embed_many(Table())
    assert service.requests == []
