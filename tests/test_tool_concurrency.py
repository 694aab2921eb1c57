"""Calls of one round: at once or one at a time, in threads or on the event loop, until one of them fails."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
from typing import Any, List, Optional

import pytest
from azure.core.exceptions import ServiceResponseTimeoutError
from toolruns import ASK, asks, assistant, call, result, run, says
from worlds import ASYNC, SYNC, World

from azure.ai.inference.testing import LocalService
from azure.ai.inference.tools import ToolCall, ToolContext, ToolRun, tool

WHO: contextvars.ContextVar[str] = contextvars.ContextVar("WHO", default="nobody")
SECONDS = 20  # more than a busy machine needs

CALLS = [call("act", f'{{"number": {number}}}', f"c{number}") for number in (1, 2, 3)]


def contents(made: Any) -> List[str]:
    """Return the results as the model gets them."""
    return [one.content for one in made.results]


def tool_threads() -> List[threading.Thread]:
    """Return the threads that a synchronous run has left behind."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("azure-ai-inference-tool")]


@pytest.mark.asyncio
@pytest.mark.parametrize("limit", [None, 3, 7], ids=str)
async def test_calls_are_made_at_once(world: World, service: LocalService, limit: Optional[int]) -> None:
    """Plain functions wait for each other in threads: always in the async world, with a limit in the sync one."""
    meeting = threading.Barrier(3, timeout=SECONDS)

    def act(number: int) -> int:
        meeting.wait()
        return number

    limit = 3 if world is SYNC and limit is None else limit
    made = await run(world, service, [act], asks(*CALLS), says(), max_concurrency=limit)

    assert contents(made) == ["1", "2", "3"]
    assert tool_threads() == []


@pytest.mark.asyncio
async def test_coroutines_run_at_once(service: LocalService) -> None:
    """Coroutines wait for each other; the results keep the order of the calls, whoever is done first."""
    order: List[int] = []
    arrived = [asyncio.Event() for _ in range(4)]

    async def act(number: int) -> int:
        if number < 3:
            await arrived[number + 1].wait()
        order.append(number)
        arrived[number].set()
        return number

    made = await run(ASYNC, service, [act], asks(*CALLS), says())

    assert (order, contents(made)) == ([3, 2, 1], ["1", "2", "3"])


@pytest.mark.asyncio
async def test_most_calls_at_a_time(world: World, service: LocalService) -> None:
    """No more calls run at a time than the limit says."""
    running: List[int] = []
    most: List[int] = []
    lock = threading.Lock()
    meeting = threading.Barrier(2, timeout=SECONDS)

    def act(number: int) -> int:
        with lock:
            running.append(number)
            most.append(len(running))
        meeting.wait()
        with lock:
            running.remove(number)
        return number

    calls = [call("act", f'{{"number": {number}}}', f"c{number}") for number in range(6)]
    made = await run(world, service, [act], asks(*calls), says(), max_concurrency=2)

    assert contents(made) == [str(number) for number in range(6)]
    assert max(most) == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("options", [{}, {"max_concurrency": 1}])
async def test_one_call_at_a_time(world: World, service: LocalService, options: Any) -> None:
    """One at a time, each call is over before the next begins: the default of the synchronous world."""
    events: List[str] = []

    def act(number: int) -> int:
        events.append(f"begin {number}")
        events.append(f"end {number}")
        return number

    limit = {"max_concurrency": 1} if world is ASYNC else options
    await run(world, service, [act], asks(*CALLS), says(), **limit)

    assert events == [f"{what} {number}" for number in (1, 2, 3) for what in ("begin", "end")]


def test_calls_of_a_synchronous_run_stay_in_its_thread(service: LocalService) -> None:
    """Without a limit, functions may use what belongs to the thread of their caller."""
    seen: List[Any] = []

    def act(number: int) -> None:
        seen.append(threading.current_thread())

    asyncio.run(run(SYNC, service, [act], asks(*CALLS), says()))
    assert seen == [threading.current_thread()] * 3


@pytest.mark.asyncio
@pytest.mark.parametrize("limit", [None, 2, 1])
async def test_context_variables(world: World, service: LocalService, limit: Optional[int]) -> None:
    """Functions see the context variables of the caller, in threads too."""

    def act(number: int) -> str:
        return WHO.get()

    token = WHO.set("caller")
    try:
        made = await run(world, service, [act], asks(*CALLS), says(), max_concurrency=limit)
    finally:
        WHO.reset(token)

    assert contents(made) == ["caller"] * 3


@pytest.mark.asyncio
@pytest.mark.parametrize("limit", [None, 2, 1])
async def test_context_variables_of_coroutines(service: LocalService, limit: Optional[int]) -> None:
    """A call does not see the context variables that another call has set, such as its span."""

    async def act(number: int) -> str:
        before = WHO.get()
        WHO.set(f"call {number}")
        return before

    token = WHO.set("caller")
    try:
        made = await run(ASYNC, service, [act], asks(*CALLS), says(), max_concurrency=limit)
    finally:
        WHO.reset(token)

    assert contents(made) == ["caller"] * 3


@pytest.mark.asyncio
async def test_functions_on_the_event_loop(service: LocalService) -> None:
    """Plain functions leave the event loop alone, unless they are to run on it."""
    seen: List[bool] = []

    def act(number: int) -> None:
        seen.append(threading.current_thread() is threading.main_thread())

    await run(ASYNC, service, [act], asks(CALLS[0]), says())
    await run(ASYNC, service, [tool(in_thread=False)(act)], asks(CALLS[0]), says())

    assert seen == [False, True]


class Stop(BaseException):
    """An error that is no Exception."""


@pytest.mark.asyncio
@pytest.mark.parametrize("error", [OSError, Stop])
async def test_failure_in_threads(world: World, service: LocalService, error: Any) -> None:
    """When a call fails, those that run come to their end, their results are kept, and no thread is left."""
    meeting = threading.Barrier(2, timeout=SECONDS)
    begun: List[int] = []

    def act(number: int) -> int:
        begun.append(number)
        if number < 3:
            meeting.wait()
        if number == 2:
            raise error(number)
        return number

    with pytest.raises(error) as raised:
        await run(world, service, [act], asks(*CALLS), max_concurrency=2)

    ended = ToolRun.of(raised.value)
    assert ended is not None
    assert ended.failed_call == ToolCall("c2", "act", {"number": 2})
    assert tool_threads() == []
    kept = contents(ended)
    assert set(kept) <= {"1", "3"}
    if world is SYNC:
        assert kept[:1] == ["1"]
    assert ended.messages == [*ASK, assistant(*CALLS), *(result(one, f"c{one}") for one in kept)]


@pytest.mark.asyncio
@pytest.mark.parametrize("error", [OSError, Stop, asyncio.CancelledError, KeyboardInterrupt])
async def test_failure_cancels_the_other_coroutines(service: LocalService, error: Any) -> None:
    """When a coroutine fails, the others are cancelled and awaited; what was finished before is kept."""
    cancelled: List[int] = []
    waits = asyncio.Event()

    async def act(number: int) -> int:
        if number == 1:
            return number
        if number == 2:
            await waits.wait()
            raise error
        waits.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(number)
        return number

    with pytest.raises(error) as raised:
        await run(ASYNC, service, [act], asks(*CALLS))

    ended = ToolRun.of(raised.value)
    assert ended is not None
    assert (ended.failed_call, contents(ended)) == (ToolCall("c2", "act", {"number": 2}), ["1"])
    assert cancelled == [3]
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.asyncio
@pytest.mark.parametrize("limit", [None, 2, 1])
async def test_no_coroutine_begins_after_a_failure(service: LocalService, limit: Optional[int]) -> None:
    """No coroutine starts after the error that ends the run."""
    begun: List[int] = []

    async def act(number: int) -> None:
        begun.append(number)
        raise OSError

    with pytest.raises(OSError):
        await run(ASYNC, service, [act], asks(*CALLS), max_concurrency=limit)
    assert begun == [1]


def test_no_call_begins_after_a_failure(service: LocalService) -> None:
    """No call starts after one has failed."""
    begun: List[int] = []

    def act(number: int) -> None:
        begun.append(number)
        if number == 0:
            raise OSError

    calls = [call("act", f'{{"number": {number}}}', f"c{number}") for number in range(5000)]
    with pytest.raises(OSError):
        asyncio.run(run(SYNC, service, [act], messages=[*ASK, assistant(*calls)], max_concurrency=2))
    assert len(begun) < len(calls)


@pytest.mark.asyncio
async def test_failures_are_reported_once(service: LocalService, caplog: pytest.LogCaptureFixture) -> None:
    """asyncio does not log the error of a call that the caller has received."""

    async def act(number: int) -> None:
        raise OSError

    with pytest.raises(OSError):
        await run(ASYNC, service, [act], asks(*CALLS))
    gc.collect()
    assert caplog.messages == []


@pytest.mark.asyncio
async def test_cancelled_run(service: LocalService) -> None:
    """A run that is cancelled cancels its calls, waits for them, and no call has failed."""
    running = asyncio.Event()
    cleaned: List[str] = []
    begun: List[int] = []

    async def act(number: int) -> None:
        begun.append(number)
        if len(begun) == len(CALLS):
            running.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append(WHO.get())

    task = asyncio.ensure_future(run(ASYNC, service, [act], asks(*CALLS)))
    await running.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as raised:
        await task

    assert cleaned == ["nobody"] * 3
    assert asyncio.all_tasks() == {asyncio.current_task()}
    ended = ToolRun.of(raised.value)
    if ended is not None:  # up to Python 3.10, a task raises another CancelledError than it got
        assert (ended.failed_call, ended.results) == (None, [])


@pytest.mark.asyncio
async def test_run_that_is_cancelled_twice(service: LocalService) -> None:
    """A second cancellation does not leave calls behind that clean up."""
    cleaning, clean = asyncio.Event(), asyncio.Event()
    cleaned: List[int] = []

    async def act(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaning.set()
            await clean.wait()
            cleaned.append(number)

    running = asyncio.Event()

    def approve(context: ToolContext[Any]) -> bool:
        running.set()
        return True

    task = asyncio.ensure_future(run(ASYNC, service, [act], asks(*CALLS), approve=approve))
    await running.wait()
    while not cleaning.is_set():
        task.cancel()
        await asyncio.sleep(0)
    task.cancel()
    clean.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.asyncio
async def test_deadline_cancels_coroutines(service: LocalService) -> None:
    """At its deadline, an asynchronous run cancels its calls, and raises a timeout."""
    cancelled: List[int] = []

    async def act(number: int) -> int:
        if number == 1:
            return number
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(number)
        return number

    with pytest.raises(ServiceResponseTimeoutError, match=r"took longer than its timeout of 0\.3 seconds") as raised:
        await run(ASYNC, service, [act], messages=[*ASK, assistant(*CALLS)], timeout=0.3)

    ended = ToolRun.of(raised.value)
    assert ended is not None
    assert (ended.failed_call, contents(ended), cancelled) == (None, ["1"], [2, 3])
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.asyncio
async def test_deadline_with_calls_that_are_left_to_the_caller(service: LocalService) -> None:
    """A run whose calls were cancelled raises, even if others are left to its caller."""

    async def act(number: int) -> None:
        await asyncio.Event().wait()

    defined = {"type": "function", "function": {"name": "defined"}}
    messages = [*ASK, assistant(*CALLS, call("defined", "{}", "c9"))]
    with pytest.raises(ServiceResponseTimeoutError, match=r"took longer than its timeout of 0\.2 seconds"):
        await run(ASYNC, service, [act, defined], messages=messages, timeout=0.2)


@pytest.mark.asyncio
async def test_deadline_ends_an_approval(service: LocalService) -> None:
    """A pending approval does not outlast the run; a timeout of its own stays an error of its own."""

    async def approve(context: ToolContext[Any]) -> bool:
        await asyncio.Event().wait()
        return True

    async def give_up(context: ToolContext[Any]) -> bool:
        raise asyncio.TimeoutError

    def act(number: int) -> None:
        raise NotImplementedError

    options = {"messages": [*ASK, assistant(*CALLS)]}
    with pytest.raises(ServiceResponseTimeoutError, match=r"took longer than its timeout of 0\.2 seconds"):
        await run(ASYNC, service, [act], approve=approve, timeout=0.2, **options)
    with pytest.raises(asyncio.TimeoutError):
        await run(ASYNC, service, [act], approve=give_up, timeout=SECONDS, **options)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.asyncio
async def test_deadline_is_checked_before_each_call(world: World, service: LocalService) -> None:
    """A synchronous call is not interrupted, but none begins after the end of the time."""
    begun: List[int] = []
    never = threading.Event()

    def act(number: int) -> int:
        begun.append(number)
        never.wait(0.4)
        return number

    with pytest.raises(ServiceResponseTimeoutError, match=r"took longer than its timeout of 0\.2 seconds") as raised:
        options = {"messages": [*ASK, assistant(*CALLS)], "timeout": 0.2, "max_concurrency": 1}
        await run(world, service, [tool(in_thread=False)(act)], **options)

    ended = ToolRun.of(raised.value)
    assert ended is not None
    assert (ended.failed_call, contents(ended), begun) == (None, ["1"], [1])


@pytest.mark.asyncio
async def test_thousand_calls_at_once(world: World, service: LocalService) -> None:
    """A thousand calls at once are fast."""
    calls = [call("act", f'{{"number": {number}}}', f"c{number}") for number in range(1000)]

    def act(number: int) -> int:
        return number

    made = await run(world, service, [tool(in_thread=False)(act)], asks(*calls), says(), max_concurrency=1000)

    assert contents(made) == [str(number) for number in range(1000)]
    assert tool_threads() == []


def test_calls_on_another_event_loop(service: LocalService) -> None:
    """Outside asyncio, calls are made one after another, plain functions in threads of that event loop."""
    trio = pytest.importorskip("trio")
    from azure.core.pipeline.transport import TrioRequestsTransport

    seen: List[Any] = []

    async def later(number: int) -> int:
        await trio.sleep(0)
        seen.append(number)
        return number

    def act(number: int) -> str:
        seen.append(threading.current_thread() is threading.main_thread())
        return WHO.get()

    async def main() -> Any:
        service.answer(asks(CALLS[0], call("later", '{"number": 5}', "c5")), says())
        transport = TrioRequestsTransport()
        client = ASYNC.ChatCompletionsClient(service.endpoint, service.credential, transport=transport)
        async with client:
            WHO.set("trio")
            return await client.run_tools(messages=ASK, tools=[act, later])

    made = trio.run(main)
    assert (contents(made), seen) == (["trio", "5"], [False, 5])
