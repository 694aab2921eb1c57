"""The limiter in the clients of both worlds: the line, refusals, deadlines, and invalid uses."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import os
import pickle
import random
import threading
import time
from types import SimpleNamespace
from typing import Any, Callable, Dict, List, Optional

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, ServiceRequestTimeoutError
from azure.core.pipeline.policies import RetryPolicy
from azure.core.rest import HttpRequest
from faults.forking import fork
from worlds import ASYNC, SYNC, World, opened, updates_of

from azure.ai.inference._core.deadline import Deadline, limiter_of_run
from azure.ai.inference._pipeline.turns import RunEndedError, RunLimiter, Sleeper, Turn, wait_for_turn
from azure.ai.inference.aio._pipeline import turns as aio_turns
from azure.ai.inference.exceptions import RateLimitError, ServiceOverloadedError
from azure.ai.inference.models import UserMessage
from azure.ai.inference.runs import AdaptiveLimiter
from azure.ai.inference.testing import FakeResponse, LocalService

PATIENCE = 20.0
MESSAGES = [UserMessage("hi")]
REQUEST = HttpRequest("POST", "https://h.example", content='{"max_tokens": 100}')
COMPLETION = {"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}]}
DONE = FakeResponse(200, COMPLETION)


def until(condition: Callable[[], bool]) -> None:
    """Wait for the effect of another thread."""
    ends, pause = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        assert time.monotonic() < ends, inspect.getsource(condition)
        pause.wait(0.0005)


def pass_time(seconds: float) -> None:
    ends = time.monotonic() + seconds
    until(lambda: time.monotonic() >= ends)


def busy_limiter(**limits: float) -> AdaptiveLimiter:
    """Return a limiter whose service has just accepted many requests: its first rate will be high."""
    limiter = AdaptiveLimiter(**limits)
    for _ in range(1000):
        limiter._line.rate.succeed(time.monotonic())
    return limiter


def refused(status: int = 429, **headers: Any) -> FakeResponse:
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return FakeResponse(status, {"error": {"message": "not now"}}, headers=named)


def response(status: int, **headers: Any) -> Any:
    """Return a response as the pipeline sees it."""
    return SimpleNamespace(status_code=status, headers=refused(status, **headers).headers)


class Service:
    """A fake transport that gives these responses in turn, the last one repeatedly, and notes the times of requests."""

    def __init__(self, world: World, *responses: FakeResponse) -> None:
        self._responses = list(responses)
        self.asked: List[float] = []
        self.transport = world.FakeTransport(self._respond)

    def _respond(self, request: HttpRequest) -> FakeResponse:
        self.asked.append(time.monotonic())
        return self._responses.pop(0) if len(self._responses) > 1 else self._responses[0]

    def gaps(self) -> List[float]:
        return [later - earlier for earlier, later in zip(self.asked, self.asked[1:])]


def chat(world: World, service: Any, limiter: Optional[AdaptiveLimiter], **options: Any) -> opened:
    transport = service.transport if isinstance(service, Service) else None
    options = {"transport": transport, "limiter": limiter, **options}
    return opened(world.ChatCompletionsClient("https://h.example", AzureKeyCredential("k"), **options))


async def ask(client: Any, **options: Any) -> Any:
    """Return a completion. The synchronous client works in a thread of its own, without an event loop."""
    call = functools.partial(client.complete, messages=MESSAGES, **options)
    if inspect.iscoroutinefunction(client.complete):
        return await call()
    return await asyncio.get_running_loop().run_in_executor(None, call)


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [429, 503, 529])
async def test_refused_and_sent_again(world: World, status: int) -> None:
    """A refused request waits as long as the service asks, whatever the number of retries, and they are not used up."""
    limiter = busy_limiter()
    service = Service(world, *[refused(status, retry_after_ms=30)] * 5, DONE)
    async with chat(world, service, limiter, retry_total=1) as client:
        completion = await ask(client)
    assert completion == COMPLETION
    assert [gap >= 0.03 for gap in service.gaps()] == [True] * 5
    assert service.transport.slept == [0.0] * 5
    assert limiter.rate is not None
    assert (limiter.waiting, limiter.in_flight) == (0, 0)


@pytest.mark.asyncio
async def test_without_a_time(world: World) -> None:
    """Status 503 without a time is no refusal: it is retried as ever. Status 429 is one."""
    limiter = busy_limiter()
    service = Service(world, refused(503), DONE)
    async with chat(world, service, limiter) as client:
        assert await ask(client) == COMPLETION
    assert len(service.transport.slept) == 1
    assert limiter.rate is None

    service = Service(world, refused(429), DONE)
    async with chat(world, service, limiter) as client:
        assert await ask(client) == COMPLETION
    assert service.gaps()[0] >= 0.5
    assert limiter.rate is not None


@pytest.mark.asyncio
@pytest.mark.parametrize("option", ["retry_total", "retry_status"])
async def test_no_retries(world: World, option: str) -> None:
    """Without retries the first refusal is raised, and the limiter counts it."""
    limiter = AdaptiveLimiter()
    service = Service(world, refused(retry_after_ms=50), DONE)
    async with chat(world, service, limiter) as client:
        with pytest.raises(RateLimitError) as caught:
            await ask(client, **{option: 0})
        assert caught.value.retry_after == 0.05
        assert limiter.rate is not None
        assert await ask(client) == COMPLETION
    assert service.gaps()[0] >= 0.05


@pytest.mark.asyncio
@pytest.mark.parametrize("status, kind", [(429, RateLimitError), (503, ServiceOverloadedError)])
async def test_longer_than_max_wait(world: World, status: int, kind: Any) -> None:
    """A wait beyond max_wait is raised; so do other calls, unsent, until max_wait has passed."""
    limiter = AdaptiveLimiter(max_wait=0.2)
    service = Service(world, refused(status, Retry_After=3600), DONE)
    async with chat(world, service, limiter, retry_after_max=7200) as client:
        with pytest.raises(kind) as caught:
            await ask(client)
        assert caught.value.retry_after == 3600
        with pytest.raises(RateLimitError) as unsent:
            await ask(client)
        assert (unsent.value.status_code, unsent.value.response, len(service.asked)) == (429, None, 1)
        assert 3598 < unsent.value.retry_after <= 3600
        assert "not sent: the service asked to wait 3600 s longer" in str(unsent.value)
        pass_time(0.21)
        assert await ask(client) == COMPLETION


@pytest.mark.asyncio
async def test_line_is_closed(world: World) -> None:
    """If the service asks one request to wait too long, those in the line raise that as well."""
    limiter, gate, sent = AdaptiveLimiter(), threading.Event(), []

    def respond(_: HttpRequest) -> Any:
        sent.append(1)
        if world is SYNC:
            gate.wait(PATIENCE)
            return refused(Retry_After=3600)
        return late()

    async def late() -> FakeResponse:
        await asyncio.get_running_loop().run_in_executor(None, gate.wait, PATIENCE)
        return refused(Retry_After=3600)

    async with opened(
        world.ChatCompletionsClient(
            "https://h.example", AzureKeyCredential("k"), transport=world.FakeTransport(respond), limiter=limiter
        )
    ) as client:
        loop = asyncio.get_running_loop()
        if world is SYNC:
            from concurrent.futures import ThreadPoolExecutor

            loop.set_default_executor(ThreadPoolExecutor(30))
        calls = [asyncio.ensure_future(ask(client)) for _ in range(20)]
        await loop.run_in_executor(None, until, lambda: limiter.waiting == 12)
        gate.set()
        results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [RateLimitError] * 20
    assert (len(sent), limiter.waiting, limiter.in_flight) == (8, 0, 0)


@pytest.mark.asyncio
async def test_refused_again_and_again(world: World) -> None:
    """A request that is refused for max_wait, while nothing succeeds, ends with its error."""
    limiter = busy_limiter(max_wait=0.3)
    service = Service(world, refused(retry_after_ms=40))
    async with chat(world, service, limiter) as client:
        with pytest.raises(RateLimitError) as caught:
            await ask(client)
    assert caught.value.retry_after == 0.04
    assert service.asked[-1] - service.asked[0] >= 0.3
    assert service.asked[-2] - service.asked[0] < 0.3


@pytest.mark.asyncio
async def test_refused_without_a_time_for_max_wait(world: World) -> None:
    """A max_wait below the limiter's own first wait is the wait before the second attempt, whose error is raised."""
    limiter = AdaptiveLimiter(max_wait=0.1)
    service = Service(world, refused())
    async with chat(world, service, limiter) as client:
        with pytest.raises(RateLimitError) as caught:
            await ask(client)
    assert (caught.value.response is not None, len(service.asked)) == (True, 2)


def test_successes_of_others() -> None:
    """As long as others succeed, a refused request stays in line; max_wait restarts with each success."""
    limiter = AdaptiveLimiter(max_wait=0.05)
    turn, other = Turn(limiter, REQUEST), Turn(limiter, REQUEST)

    def is_sent_again() -> bool:
        turn.arrived(response(429, retry_after_ms=1))
        return turn.seconds_to_return() is not None

    assert is_sent_again()
    other.arrived(response(200))
    pass_time(0.05)
    assert is_sent_again()
    pass_time(0.05)
    assert is_sent_again() is False


@pytest.mark.asyncio
async def test_budget(world: World) -> None:
    """A budget that is used up delays the next request, and cuts nothing."""
    limiter = AdaptiveLimiter()
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "60ms"}
    service = Service(world, FakeResponse(200, COMPLETION, headers=headers), DONE)
    async with chat(world, service, limiter) as client:
        await ask(client)
        await ask(client)
    assert service.gaps()[0] >= 0.06
    assert limiter.rate is None


@pytest.mark.asyncio
async def test_requests_per_minute(world: World) -> None:
    """Requests of several clients start at least 60/n seconds apart."""
    limiter, service = AdaptiveLimiter(requests_per_minute=1200), Service(world, DONE)
    async with chat(world, service, limiter) as client, chat(world, service, limiter) as another:
        await asyncio.gather(*[ask(one) for one in (client, another) * 3])
    assert min(service.gaps()) >= 0.039  # a late start does not delay the next


USAGE = {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}
EVENTS = [
    {"choices": [{"index": 0, "finish_reason": "stop", "delta": {"content": "hello"}}]},
    {"choices": [], "usage": USAGE},
]
STREAM = FakeResponse(200, [b"data: %s\n\n" % json.dumps(event).encode() for event in EVENTS] + [b"data: [DONE]\n\n"])


@pytest.mark.asyncio
@pytest.mark.parametrize("stream", [False, True])
async def test_tokens_per_minute(world: World, stream: bool) -> None:
    """The next request waits for the tokens that a call has used, not for those that it might have used."""
    limiter = AdaptiveLimiter(tokens_per_minute=6000)
    service = Service(world, STREAM if stream else FakeResponse(200, {**COMPLETION, "usage": USAGE}))
    async with chat(world, service, limiter, max_tokens=1000, stream_options=None) as client:
        for _ in range(3):
            completion = await ask(client, stream=stream)
            if stream:
                async with opened(completion):
                    await updates_of(completion)
    assert all(0.09 <= gap < 5 for gap in service.gaps())


@pytest.mark.asyncio
async def test_refused_tokens(world: World) -> None:
    """A refused request has used no tokens."""
    limiter = AdaptiveLimiter(tokens_per_minute=60)
    service = Service(world, refused(retry_after_ms=1), FakeResponse(200, {**COMPLETION, "usage": USAGE}))
    async with chat(world, service, limiter, max_tokens=1000) as client:
        await ask(client)
    assert service.gaps()[0] < 5


@pytest.mark.asyncio
async def test_timeout_runs_in_the_line(world: World) -> None:
    """In a plain call, the wait in the line counts: an unsent request could not reach the service in time."""
    limiter, service = AdaptiveLimiter(requests_per_minute=1), Service(world, DONE)
    async with chat(world, service, limiter) as client:
        await ask(client, timeout=5)
        with pytest.raises(ServiceRequestTimeoutError, match=r"longer than its timeout of 0\.05 seconds"):
            await ask(client, timeout=0.05)
    assert (len(service.asked), limiter.waiting, limiter.in_flight) == (1, 0, 0)


@pytest.mark.asyncio
async def test_timeout_after_a_refusal(world: World) -> None:
    """A refusal is raised at once if the request could not be sent again in time."""
    limiter = AdaptiveLimiter()
    async with chat(world, Service(world, refused(Retry_After=5)), limiter) as client:
        with pytest.raises(RateLimitError):
            await ask(client, timeout=1)
    limiter = AdaptiveLimiter(requests_per_minute=60)
    async with chat(world, Service(world, refused(retry_after_ms=1)), limiter) as client:
        with pytest.raises(RateLimitError):
            await ask(client, timeout=0.5)


@pytest.mark.asyncio
async def test_run_hands_over_its_limiter(world: World) -> None:
    """A run's limiter replaces the client's, and `timeout` does not run while a request waits in its line."""
    limiter, own = busy_limiter(requests_per_minute=300), AdaptiveLimiter()
    service = Service(world, DONE, refused(retry_after_ms=100), DONE)

    async def run(client: Any) -> None:
        limiter_of_run.set(RunLimiter(limiter))
        for _ in range(2):
            call = functools.partial(client.complete, messages=MESSAGES, timeout=0.15)
            await (call() if world is ASYNC else in_thread(call))

    async with chat(world, service, own) as client:
        await asyncio.ensure_future(run(client))
    assert [gap >= 0.19 for gap in service.gaps()] == [True, True]
    assert (own.rate, limiter.rate is None) == (None, False)


async def in_thread(call: Callable[[], Any]) -> Any:
    """Call a function in a thread, in a copy of this context."""
    import contextvars

    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(None, context.run, call)


@pytest.mark.asyncio
async def test_run_ends(world: World) -> None:
    """A run that ends takes its requests out of the line, and leaves others there."""
    limiter, service = AdaptiveLimiter(requests_per_minute=0.1), Service(world, DONE)
    ending, lasting = RunLimiter(limiter), RunLimiter(limiter)

    async def run(client: Any, of: RunLimiter) -> Any:
        limiter_of_run.set(of)
        call = functools.partial(client.complete, messages=MESSAGES)
        return await (call() if world is ASYNC else in_thread(call))

    async with chat(world, service, None) as client:
        await asyncio.ensure_future(run(client, ending))
        ended = [asyncio.ensure_future(run(client, ending)) for _ in range(2)]
        other = asyncio.ensure_future(run(client, lasting))
        await asyncio.get_running_loop().run_in_executor(None, until, lambda: limiter.waiting == 3)
        ending.close()
        results = await asyncio.gather(*ended, return_exceptions=True)
        assert [type(result) for result in results] == [RunEndedError] * 2
        assert (limiter.waiting, other.done()) == (1, False)
        lasting.close()
        with pytest.raises(RunEndedError):
            await other
        with pytest.raises(RunEndedError):
            await asyncio.ensure_future(run(client, ending))
    assert (len(service.asked), limiter.waiting, limiter.in_flight) == (1, 0, 0)


@pytest.mark.asyncio
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt], ids=lambda error: str(error.__name__))
async def test_failures_end_a_request(world: World, error: Any) -> None:
    """A request is no longer in flight once it has ended, with any outcome."""
    limiter = AdaptiveLimiter()

    def fail(_: HttpRequest) -> FakeResponse:
        assert limiter.in_flight == 1
        raise error

    client = world.ChatCompletionsClient(
        "https://h.example", AzureKeyCredential("k"), transport=world.FakeTransport(fail), limiter=limiter
    )
    with pytest.raises(error):
        result = client.complete(messages=MESSAGES)
        if world is ASYNC:
            result.send(None)
    assert (limiter.waiting, limiter.in_flight) == (0, 0)


@pytest.mark.asyncio
async def test_error_of_a_response(world: World) -> None:
    """A response with another error ends a request, too."""
    limiter = AdaptiveLimiter()
    async with chat(world, Service(world, FakeResponse(400, {"error": {"message": "no"}})), limiter) as client:
        with pytest.raises(HttpResponseError):
            await ask(client)
    assert (limiter.waiting, limiter.in_flight, limiter.rate) == (0, 0, None)


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
    limiter._line.rate.hold(time.monotonic() + 0.01)
    loop = asyncio.get_running_loop()
    assert await loop.run_in_executor(None, lambda: refused_one.ask(Sleeper())) is not None
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
