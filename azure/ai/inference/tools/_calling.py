"""How synchronous runs make calls: one after another, or in threads."""

from __future__ import annotations

from collections import deque
from contextvars import Context, copy_context
from inspect import isawaitable
from typing import Any, Callable, Deque, List, Optional, Tuple

from azure.ai.inference._core.deadline import Deadline
from azure.ai.inference.tools._toolbox import PlannedCall

#: Whether coroutine functions are awaited.
AWAITS = False

#: The most calls to make at a time if the caller sets no limit; None for all of them.
AT_ONCE: Optional[int] = 1


def call_all(
    call: Callable[[PlannedCall], None], ready: List[PlannedCall], at_once: Optional[int], deadline: Optional[Deadline]
) -> None:
    """Make calls. When one fails, those that are running finish, and no other starts."""
    del deadline  # a function in a thread cannot be stopped
    if at_once == 1 or len(ready) < 2:
        for one in ready:
            call(one)
        return
    from concurrent.futures import ThreadPoolExecutor, wait

    waiting = deque((copy_context(), one) for one in ready)
    failures: List[BaseException] = []
    threads = min(at_once or len(ready), len(ready))
    with ThreadPoolExecutor(threads, "azure-ai-inference-tool") as executor:
        try:
            wait([executor.submit(_work, call, waiting, failures) for _ in range(threads)])
        finally:
            waiting.clear()
    if failures:
        raise failures[0]


def _work(
    call: Callable[[PlannedCall], None], waiting: Deque[Tuple[Context, PlannedCall]], failures: List[BaseException]
) -> None:
    while not failures:
        try:
            context, one = waiting.popleft()
        except IndexError:
            return
        try:
            context.run(call, one)
        except BaseException as error:
            failures.append(error)


def value_of(one: PlannedCall) -> Any:
    """Make a call and return its value.

    :raises TypeError: if it has to be awaited.
    """
    value = one.make()
    if isawaitable(value):
        getattr(value, "close", lambda: None)()
        raise TypeError(f"{one.call.name} returns an awaitable: use the client of azure.ai.inference.aio.")
    return value


def verdict_of(verdict: Any, deadline: Optional[Deadline]) -> Any:
    """Return the verdict on a call as it is."""
    del deadline
    return verdict
