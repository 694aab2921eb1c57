"""The limiter in the clients of both worlds: the line, refusals, deadlines, and invalid uses."""

from __future__ import annotations

import asyncio
import functools
import json
import threading
import time
from typing import Any, Callable

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, ServiceRequestTimeoutError
from azure.core.rest import HttpRequest
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
    refused,
    response,
    until,
)
from worlds import ASYNC, SYNC, World, opened, updates_of

from azure.ai.inference._core.budgets import tokens_expected
from azure.ai.inference._core.deadline import limiter_of_run
from azure.ai.inference._pipeline.turns import RunEndedError, RunLimiter, Turn
from azure.ai.inference.exceptions import RateLimitError, ServiceOverloadedError
from azure.ai.inference.runs import AdaptiveLimiter
from azure.ai.inference.testing import FakeResponse


def pass_time(seconds: float) -> None:
    ends = time.monotonic() + seconds
    until(lambda: time.monotonic() >= ends)


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


def test_tokens_before_the_response() -> None:
    """A request counts as many tokens as it may use, from its start on; none where nothing limits them."""
    expected = tokens_expected(REQUEST.content)
    assert expected > 100
    assert Turn(AdaptiveLimiter(tokens_per_minute=60), REQUEST).tokens == expected
    assert Turn(AdaptiveLimiter(), REQUEST).tokens == 0


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
