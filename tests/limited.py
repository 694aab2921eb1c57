"""Limited clients, and a service that counts their requests."""

from __future__ import annotations

import asyncio
import functools
import inspect
import threading
import time
from types import SimpleNamespace
from typing import Any, Callable, List, Optional

from azure.core.credentials import AzureKeyCredential
from azure.core.rest import HttpRequest
from worlds import World, opened

from azure.ai.inference.models import UserMessage
from azure.ai.inference.runs import AdaptiveLimiter
from azure.ai.inference.testing import FakeResponse

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
