"""What the tests of the life of runs share."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any, Callable, List

from run_worlds import embedded, inputs_of

from azure.ai.inference.testing import LocalService, Reply

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


async def until(condition: Callable[[], bool]) -> None:
    """Let the event loop run until a condition holds."""
    while not condition():  # noqa: ASYNC110 - it is the loop that must go on
        await asyncio.sleep(0)


caller: contextvars.ContextVar[str] = contextvars.ContextVar("caller", default="nobody")
