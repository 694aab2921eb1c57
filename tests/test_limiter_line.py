"""The line of a limiter: first come, first served, whatever waits in it, and nobody is lost."""

from __future__ import annotations

import asyncio
import os
import pickle
import random
import threading
import time
from typing import Any, Dict, Optional

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.pipeline.policies import RetryPolicy
from azure.core.rest import HttpRequest
from faults.forking import fork
from limited import (
    COMPLETION,
    DONE,
    MESSAGES,
    PATIENCE,
    REQUEST,
    Service,
    ask,
    busy_limiter,
    chat,
    response,
    until,
)
from worlds import ASYNC, SYNC, World, opened

from azure.ai.inference._core.deadline import Deadline
from azure.ai.inference._pipeline.turns import Sleeper, Turn, wait_for_turn
from azure.ai.inference.aio._pipeline import turns as aio_turns
from azure.ai.inference.runs import AdaptiveLimiter
from azure.ai.inference.testing import FakeResponse, LocalService


def test_refused_goes_first() -> None:
    """A refused request returns to the head of the line, behind those that were refused before it."""
    limiter = busy_limiter()
    sleep = Sleeper()
    first, second, waiting = (Turn(limiter, REQUEST) for _ in range(3))
    assert first.ask(sleep) is second.ask(sleep) is None
    first.arrived(response(429, retry_after_ms=1))
    assert waiting.ask(sleep) is not None
    second.arrived(response(429, retry_after_ms=30))
    assert second.ask(sleep) is not None
    assert first.ask(sleep) == float("inf")
    started = []
    while len(started) < 3:
        started += [turn for turn in (waiting, first, second) if turn not in started and turn.ask(sleep) is None]
    assert started == [second, first, waiting]


@pytest.mark.asyncio
async def test_hurrying_goes_first() -> None:
    """A call that blocks an event loop does not even wait behind requests that were refused: they may be in that loop."""
    limiter = AdaptiveLimiter(requests_per_minute=60_000)
    refused_one, hurrying = Turn(limiter, REQUEST), Turn(limiter, REQUEST)
    refused_one.returns = True
    limiter._line.rate.hold(time.monotonic() + PATIENCE)
    loop = asyncio.get_running_loop()
    assert await loop.run_in_executor(None, lambda: refused_one.ask(Sleeper())) is not None
    limiter._line.rate._held_until = 0.0
    assert wait_for_turn(hurrying, Deadline(PATIENCE))
    assert limiter.waiting == 1


class Caller:
    """One of many callers, in a thread or in a task."""

    def __init__(self, number: int, limiter: AdaptiveLimiter) -> None:
        self.turn = Turn(limiter, REQUEST)
        self.number = number
        self.started = 0.0
        self.task: Optional[asyncio.Task[None]] = None

    def run(self) -> None:
        assert wait_for_turn(self.turn, None)
        self._succeed()

    async def run_in_task(self) -> None:
        assert await aio_turns.wait_for_turn(self.turn, None)
        self._succeed()

    def _succeed(self) -> None:
        self.started = self.turn.started or 0.0
        self.turn.arrived(response(200))

    async def cancel(self) -> None:
        assert self.task is not None
        self.task.cancel()


def test_thousand_callers_of_both_kinds() -> None:
    """A thousand calls of threads and of tasks in two loops start first come, first served; cancelling loses nobody."""
    limiter = AdaptiveLimiter()
    first = [Turn(limiter, REQUEST) for _ in range(8)]
    assert [turn.ask(Sleeper()) for turn in first] == [None] * 8
    loops = [asyncio.new_event_loop() for _ in range(2)]
    runners = [threading.Thread(target=loop.run_forever) for loop in loops]
    for runner in runners:
        runner.start()
    callers, threads, tasks = [], [], []
    for number in range(1000):
        caller = Caller(number, limiter)
        callers.append(caller)
        if number % 2:
            threads.append(threading.Thread(target=caller.run))
            threads[-1].start()
        else:

            async def begin(caller: Caller = caller) -> None:
                caller.task = asyncio.ensure_future(caller.run_in_task())

            tasks.append(caller)
            asyncio.run_coroutine_threadsafe(begin(), loops[number // 2 % 2]).result(PATIENCE)
        until(lambda number=number: limiter.waiting == number + 1)  # type: ignore[misc]
    cancelled = random.Random(1).sample(tasks[1:], 150) + tasks[:1]  # the head of the line, too
    for caller in cancelled:
        asyncio.run_coroutine_threadsafe(caller.cancel(), loops[caller.number // 2 % 2]).result(PATIENCE)
    until(lambda: limiter.waiting == 1000 - len(cancelled))
    for turn in first:
        turn.arrived(response(200))
    for thread in threads:
        thread.join(PATIENCE)
    served = [caller for caller in callers if caller not in cancelled]
    until(lambda: all(caller.started for caller in served))
    assert sorted(served, key=lambda caller: caller.started) == served
    assert [caller.started for caller in cancelled] == [0] * len(cancelled)
    assert (limiter.waiting, limiter.in_flight, limiter.rate) == (0, 0, None)
    for loop, runner in zip(loops, runners):
        loop.call_soon_threadsafe(loop.stop)
        runner.join(PATIENCE)
        loop.close()


def test_cancelled_in_a_storm() -> None:
    """Cancellations while turns are assigned lose none, whichever comes first."""

    async def storm(seed: int) -> None:
        chance, limiter = random.Random(seed), AdaptiveLimiter(requests_per_minute=60_000)

        async def call() -> bool:
            turn = Turn(limiter, REQUEST)
            assert await aio_turns.wait_for_turn(turn, None)
            try:
                await asyncio.sleep(chance.random() / 1000)
            finally:
                turn.end()
            return True

        tasks = [asyncio.ensure_future(call()) for _ in range(100)]
        for _ in range(60):
            await asyncio.sleep(chance.random() / 1000)
            chance.choice(tasks).cancel()
        results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), PATIENCE)
        assert {type(result) for result in results} == {bool, asyncio.CancelledError}
        assert (limiter.waiting, limiter.in_flight) == (0, 0)

    for seed in range(5):
        asyncio.run(storm(seed))


def test_closed_loop() -> None:
    """A task whose event loop was closed does not hold up the line."""
    limiter = AdaptiveLimiter()
    first = [Turn(limiter, REQUEST) for _ in range(8)]
    for turn in first:
        turn.ask(Sleeper())
    loop = asyncio.new_event_loop()
    caller = Caller(0, limiter)
    task = loop.create_task(caller.run_in_task())
    loop.run_until_complete(asyncio.sleep(0))
    assert limiter.waiting == 1
    loop.close()
    other = Caller(1, limiter)
    thread = threading.Thread(target=other.run)
    thread.start()
    until(lambda: limiter.waiting in (1, 2))
    first[0].arrived(response(200))
    thread.join(PATIENCE)
    assert other.started
    assert not task.done()


@pytest.mark.asyncio
async def test_synchronous_call_within_a_loop(world: World) -> None:
    """A synchronous call blocks its event loop: it must not wait for tasks of that loop."""
    limiter, gate = AdaptiveLimiter(), asyncio.Event()

    async def respond(_: HttpRequest) -> FakeResponse:
        await gate.wait()
        return DONE

    transport = ASYNC.FakeTransport(respond)
    async with chat(ASYNC, None, limiter, transport=transport) as client:
        calls = [asyncio.ensure_future(ask(client)) for _ in range(20)]
        await asyncio.get_running_loop().run_in_executor(None, until, lambda: limiter.waiting == 12)
        async with chat(SYNC, Service(SYNC, DONE), limiter) as blocking:
            assert blocking.complete(messages=MESSAGES) == COMPLETION
        gate.set()
        assert await asyncio.gather(*calls) == [COMPLETION] * 20


def test_garbage_collected_call() -> None:
    """A call that the garbage collector ends while its thread holds the limiter's lock does not hang."""
    limiter = AdaptiveLimiter()
    turn = Turn(limiter, REQUEST)
    assert turn.ask(Sleeper()) is None
    with limiter._line._lock:
        turn.end()
    assert limiter.in_flight == 1  # whoever holds the lock sees to it
    assert Turn(limiter, REQUEST).ask(Sleeper()) is None
    assert limiter.in_flight == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_forked() -> None:
    """In a child the limiter starts afresh, even if a thread of the parent held its lock; the parent goes on."""
    limiter = AdaptiveLimiter(requests_per_minute=6000)
    turns = [Turn(limiter, REQUEST) for _ in range(9)]
    for turn in turns:
        turn.ask(Sleeper())
    turns[0].arrived(response(429, retry_after_ms=60_000))
    before = (limiter.rate is not None, limiter.waiting, limiter.in_flight)

    def child() -> Any:
        seen = [limiter.rate, limiter.waiting, limiter.in_flight]
        turns[1].end()  # of the parent
        started = [turn.ask(Sleeper()) for turn in (Turn(limiter, REQUEST), turns[8])]
        return [*seen, started[0], started[1] is not None, limiter.waiting, limiter.in_flight]

    with limiter._line._lock:
        result = fork(child)
    assert result() == [None, 0, 0, None, True, 1, 1]
    assert (limiter.rate is not None, limiter.waiting, limiter.in_flight) == before


def test_pickle() -> None:
    """A limiter cannot be pickled: the copy would be another one, which nobody shares."""
    with pytest.raises(TypeError, match="AdaptiveLimiter cannot be pickled.* Make a limiter in each process"):
        pickle.dumps(AdaptiveLimiter())


@pytest.mark.parametrize("name", ["requests_per_minute", "tokens_per_minute", "max_wait"])
def test_arguments(name: str) -> None:
    """An invalid limit is refused at once."""
    for value in ("60", True, []):
        with pytest.raises(TypeError, match=f"{name} must be a number, not {type(value).__name__}"):
            AdaptiveLimiter(**{name: value})
    for number in (-1, float("nan")):
        with pytest.raises(ValueError, match=f"{name} must be "):
            AdaptiveLimiter(**{name: number})
    if name != "max_wait":
        with pytest.raises(ValueError, match=f"{name} must be more than zero, not 0"):
            AdaptiveLimiter(**{name: 0})
    AdaptiveLimiter(**{name: 0.5})


@pytest.mark.asyncio
async def test_option(world: World, service: LocalService) -> None:
    """A limiter is refused beside an option that bypasses it, and so is any other object in its place."""
    limiter = AdaptiveLimiter()
    beside: Dict[str, Any] = {"policies": [], "retry_policy": RetryPolicy(), "pipeline": object()}
    for name, value in beside.items():
        with pytest.raises(ValueError, match=f"limiter= cannot be given beside {name}="):
            world.ChatCompletionsClient("https://h.example", AzureKeyCredential("k"), limiter=limiter, **{name: value})
    with pytest.raises(TypeError, match="limiter must be an AdaptiveLimiter, not int"):
        world.EmbeddingsClient("https://h.example", AzureKeyCredential("k"), limiter=3)
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        with pytest.raises(TypeError, match="unexpected keyword argument 'limiter'"):
            await ask(client, limiter=limiter)


@pytest.mark.asyncio
async def test_real_service(world: World, service: LocalService) -> None:
    """Many calls of both worlds succeed through one limiter, over HTTP."""
    limiter = AdaptiveLimiter()
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential, limiter=limiter)) as client:
        results = await asyncio.gather(*[ask(client) for _ in range(30)])
    assert all(result.choices for result in results)
    assert (limiter.waiting, limiter.in_flight) == (0, 0)


def test_trio() -> None:
    """On another event loop than asyncio's, where a limiter cannot wake a task, nothing is sent."""
    import trio

    service = Service(ASYNC, DONE)

    async def main() -> None:
        client = ASYNC.ChatCompletionsClient(
            "https://h.example", AzureKeyCredential("k"), transport=service.transport, limiter=AdaptiveLimiter()
        )
        with pytest.raises(RuntimeError, match="limiter works in event loops of asyncio only"):
            await client.complete(messages=MESSAGES)

    trio.run(main)
    assert service.asked == []


def test_deadline_that_has_passed() -> None:
    """A wait ends with its deadline, in the middle of the line as well, and loses nobody."""
    limiter = AdaptiveLimiter(requests_per_minute=0.1)
    assert Turn(limiter, REQUEST).ask(Sleeper()) is None
    head = Turn(limiter, REQUEST)
    assert head.ask(Sleeper()) is not None
    assert wait_for_turn(Turn(limiter, REQUEST), Deadline(0.02)) is False
    assert limiter.waiting == 1
