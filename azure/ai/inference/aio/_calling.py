"""How asynchronous runs make calls: in tasks, and plain functions in threads."""

from __future__ import annotations

import asyncio
import sys
from contextvars import copy_context
from functools import partial
from inspect import isawaitable
from typing import Any, Awaitable, Callable, List, Optional, Sequence

from azure.core.exceptions import ServiceResponseTimeoutError

from azure.ai.inference._core.deadline import Deadline
from azure.ai.inference.aio._deadline import in_asyncio, wait_within
from azure.ai.inference.tools._toolbox import PlannedCall

#: Whether coroutine functions are awaited.
AWAITS = True

#: The most calls to make at a time if the caller sets no limit; None for all of them.
AT_ONCE: Optional[int] = None

Call = Callable[[PlannedCall], Awaitable[None]]


class _CallFailedError(Exception):
    """Ends a task whose call failed."""


async def call_all(call: Call, ready: List[PlannedCall], at_once: Optional[int], deadline: Optional[Deadline]) -> None:
    """Make calls. When one fails, or time is up, the others are cancelled and awaited.

    On event loops other than asyncio's, they run one after another.

    :raises ~azure.core.exceptions.ServiceResponseTimeoutError: when time is up.
    """
    if not ready or not in_asyncio():
        for one in ready:
            await call(one)
        return
    gate = asyncio.Semaphore(at_once or len(ready))
    failures: List[BaseException] = []
    # a task for each call, so that none sees the context variables that another sets
    tasks = [asyncio.ensure_future(_work(call, one, gate, failures)) for one in ready]
    left = None if deadline is None else max(deadline.left(), 0)
    try:
        _, unfinished = await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_EXCEPTION)
        if failures:
            raise failures[0]
        if deadline is not None and unfinished:
            raise ServiceResponseTimeoutError(deadline.message)
    finally:
        await _stop(tasks)


async def _work(call: Call, one: PlannedCall, gate: asyncio.Semaphore, failures: List[BaseException]) -> None:
    async with gate:
        if failures:
            return
        try:
            await call(one)
        except BaseException as error:
            failures.append(error)
            raise _CallFailedError from None  # asyncio would ignore a call that cancels itself


async def _stop(tasks: Sequence[asyncio.Future[None]]) -> None:
    """Cancel tasks and wait until none is left, even if this wait is cancelled."""
    cancelled: Optional[BaseException] = None
    for task in tasks:
        task.cancel()
    while not all(task.done() for task in tasks):
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError as error:
            cancelled = error
    for task in tasks:
        if not task.cancelled():
            task.exception()  # asyncio logs those that nobody retrieves
    if cancelled is not None:
        raise cancelled


async def value_of(one: PlannedCall) -> Any:
    """Make a call and return its value."""
    value = await _in_thread(one.make) if one.in_thread else one.make()
    return await value if isawaitable(value) else value


async def _in_thread(function: Callable[[], Any]) -> Any:
    """Call a function in a thread, with the context variables of this task."""
    call = partial(copy_context().run, function)
    if in_asyncio():
        return await asyncio.get_running_loop().run_in_executor(None, call)
    trio: Any = sys.modules.get("trio")
    return function() if trio is None else await trio.to_thread.run_sync(call)


async def verdict_of(verdict: Any, deadline: Optional[Deadline]) -> Any:
    """Return the verdict on a call, awaiting the caller's coroutine function if it is one."""
    if not isawaitable(verdict):
        return verdict
    try:
        return await wait_within(verdict, None if deadline is None else deadline.left())
    except asyncio.TimeoutError:
        if deadline is not None:
            deadline.check()
        raise
