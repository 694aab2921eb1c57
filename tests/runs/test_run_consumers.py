"""Runs that several threads or tasks iterate over, and functions of the caller's that look like the end of one."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any, AsyncIterator, Iterator, List

import pytest
from run_worlds import client_of, embedded, handed_over
from worlds import ASYNC, SYNC, World, opened

from azure.ai.inference.runs import RunProgress
from azure.ai.inference.testing import LocalService

PATIENCE = 20
PLACES = list(range(40))


@pytest.mark.asyncio
@pytest.mark.parametrize("waits", [False, True])
async def test_several_tasks(service: LocalService, waits: bool) -> None:
    """Each result goes to one of them. If this fails, all but the last that waits sleep for ever."""
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
    """Each result goes to one of them. If this fails, two of them pull from one generator at once."""
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
    """If this fails, a bug of the program looks like the end of a run, and results are missing."""
    service.answer_always(embedded)

    def stop(_: Any) -> Any:
        raise kind("a bug")

    async with opened(client_of(world, service)) as client:
        run = client.embed_many(["a", "b"], **{where: stop})
        with pytest.raises((kind, RuntimeError)) as raised:
            await handed_over(run)
        assert await handed_over(run) == []

    assert isinstance(raised.value, RuntimeError) or (world is SYNC) == (kind is StopAsyncIteration)
