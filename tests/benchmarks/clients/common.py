"""The requests of the clients, and the parts that several of them share."""

from __future__ import annotations

import asyncio
import base64
import urllib.request
from array import array
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from inspect import isawaitable
from time import perf_counter
from typing import Any, AsyncIterable, Awaitable, Callable, Iterable, List, TypeVar

Action = Callable[[], Any]
AsyncAction = Callable[[], Awaitable[Any]]
Closable = TypeVar("Closable")

KEY = "benchmark-key"
MODEL = "benchmark-model"
INSTRUCTION = "Answer in one short paragraph."
QUESTION = "What does a typical fox think of a typical dog, and is the feeling returned?"
MESSAGES = [{"role": "system", "content": INSTRUCTION}, {"role": "user", "content": QUESTION}]

BATCH = 100
TIMEOUT = 30.0
EMBEDDINGS = "embeddings-100-1536"
#: 96 vectors, sent after a pause: what each request of a run gets.
RUN_BATCH = 96
RUN = f"delayed-{RUN_BATCH}-1536-base64"
LARGE_RESPONSE_ROUTE = "large/chat/completions"


#: Most of the settings of a chat.
SETTINGS: dict[str, Any] = {
    "model": MODEL,
    "temperature": 0.2,
    "top_p": 0.9,
    "max_completion_tokens": 256,
    "frequency_penalty": 0.1,
    "presence_penalty": 0.1,
    "seed": 7,
    "stop": ["END", "STOP"],
    "n": 1,
    "logprobs": True,
    "top_logprobs": 3,
    "logit_bias": {"50256": -100},
    "reasoning_effort": "low",
    "verbosity": "low",
    "service_tier": "default",
    "store": False,
    "metadata": {"program": "benchmark"},
    "user": "benchmark",
    "response_format": "json_object",
    "parallel_tool_calls": False,
    "tool_choice": "auto",
    "tools": [
        {"type": "function", "function": {"name": f"tool_{number}", "parameters": {"type": "object"}}}
        for number in range(8)
    ],
    "model_extras": {"own": True},
}


@dataclass
class Day:
    """A day of a forecast."""

    day: str
    sky: str
    high: float
    low: int


@dataclass
class Forecast:
    """A forecast for a city."""

    city: str
    days: List[Day]
    note: str


def at_once(call: AsyncAction, count: int) -> AsyncAction:
    """Return an action that makes so many calls at once, and returns the result of the last."""

    async def action() -> Any:
        return (await asyncio.gather(*[call() for _ in range(count)]))[-1]

    return action


def batch_of(action: Action) -> Action:
    """Return an action that does another one a hundred times, and returns the last result."""

    def actions() -> Any:
        for _ in range(BATCH):
            result = action()
        return result

    return actions


class Threads:
    """Threads that wait for calls to make."""

    def __init__(self, count: int) -> None:
        self.pool = ThreadPoolExecutor(count)

    def make(self, call: Action, count: int) -> Any:
        """Make so many calls, and return the result of the last."""
        return list(self.pool.map(lambda _: call(), range(count)))[-1]

    def close(self) -> None:
        self.pool.shutdown()


class BaseClient:
    """A client with the server's URL, and everything that a scenario opens, to be closed before the next one."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opened: list[Any] = []

    def keep(self, closable: Closable) -> Closable:
        self.opened.append(closable)
        return closable

    def in_threads(self, call: Action, threads: int, count: int) -> Action:
        """Return an action that makes so many calls in so many threads, and returns the result of the last."""
        pool = self.keep(Threads(threads))
        return lambda: pool.make(call, count)

    async def close(self) -> None:
        while self.opened:
            opened = self.opened.pop()
            closing = opened.aclose() if hasattr(opened, "aclose") else opened.close()
            if isawaitable(closing):
                await closing


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url) as response:
        body: bytes = response.read()
        return body


def resident_memory() -> float:
    """Return the resident size of this process, in MiB."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def forecast(city: str, unit: str, days: list[int], note: str) -> str:
    """Return the weather of the next days."""
    return f"{city}: {len(days)} sunny days, {unit} ({len(note)})"


async def forecast_async(city: str, unit: str, days: list[int], note: str) -> str:
    """Return the weather of the next days."""
    return forecast(city, unit, days, note)


def texts(count: int) -> list[str]:
    return [QUESTION] * count


def conversation(count: int) -> list[dict[str, Any]]:
    """Return a long conversation of a user and an assistant, as plain dictionaries."""
    return [{"role": "assistant" if index % 2 else "user", "content": QUESTION} for index in range(count)]


def image_url(mebibytes: int) -> str:
    return "data:image/png;base64," + base64.b64encode(bytes(range(256)) * (mebibytes * 3 * 1024)).decode()


def image_message(mebibytes: int) -> dict[str, Any]:
    return {
        "role": "user",
        "content": [
            {"type": "text", "text": QUESTION},
            {"type": "image_url", "image_url": {"url": image_url(mebibytes)}},
        ],
    }


def decoded(embedding: Any) -> array[float]:
    return array("f", base64.b64decode(embedding))


def walk(completions: Any) -> int:
    """Read every field of a completion, and return the length of its texts."""
    length: int = len(completions.id) + len(completions.model) + completions.usage.total_tokens
    for choice in completions.choices:
        message = choice.message
        length += len(message.content) + len(message.role) + choice.index + len(choice.finish_reason)
        for call in message.tool_calls or ():
            length += len(call.id) + len(call.function.name) + len(call.function.arguments)
    return length


def count_deltas(updates: Iterable[Any]) -> int:
    deltas = 0
    for update in updates:
        if update.choices[0].delta.content:
            deltas += 1
    return deltas


async def count_deltas_async(updates: AsyncIterable[Any]) -> int:
    deltas = 0
    async for update in updates:
        if update.choices[0].delta.content:
            deltas += 1
    return deltas


def reads_of_content(completions: Any) -> Action:
    def action() -> Any:
        for _ in range(BATCH):
            content = completions.choices[0].message.content
        return content

    return action


def reads_of_number(embeddings: Any) -> Action:
    def action() -> Any:
        for _ in range(BATCH):
            number = embeddings.data[50].embedding[700]
        return number

    return action


def builds(build: Callable[[str], Any]) -> Action:
    """Return an action that builds a batch of messages, each with a text of its own."""

    def action() -> None:
        for number in range(BATCH):
            build(f"Question {number}")

    return action


def seconds_to_first(open_stream: Callable[[], Any]) -> Action:
    def action() -> Any:
        begin = perf_counter()
        stream = open_stream()
        next(iter(stream))
        seconds = perf_counter() - begin
        stream.close()
        return seconds

    return action
