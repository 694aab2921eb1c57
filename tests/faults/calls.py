"""The calls of the fault tests, the events that they receive, and the outcomes that they compare, in either world."""

from __future__ import annotations

import atexit
import json
import socket
from typing import Any, Awaitable, Callable, Dict, List, Optional, Tuple

from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError
from worlds import World, next_of, opened, wait

from azure.ai.inference._http.requests_transport import InferenceTransport
from azure.ai.inference.aio._http.aiohttp_transport import AsyncInferenceTransport
from azure.ai.inference.models import UserMessage

from .raw_server import Answer, Gate, RawServer, whole

KEY = "key-that-nobody-may-see"
TEXT = "message that nobody may see"
MESSAGES = [UserMessage(content=TEXT)]


def update(text: Optional[str] = None, finish: Optional[str] = None, index: int = 0, **more: Any) -> bytes:
    """Return the JSON of one update of a stream."""
    delta = {} if text is None else {"content": text}
    choice = {"index": index, "finish_reason": finish, "delta": delta}
    return json.dumps({"id": "1", "choices": [choice], **more}).encode()


def event(data: bytes) -> bytes:
    """Return an event with this data."""
    return b"data: " + data + b"\n\n"


A, B, END, DONE = event(update("a")), event(update("b")), event(update(finish="stop")), event(b"[DONE]")
STREAM = A + B + END + DONE

COMPLETION = {
    "id": "1",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}
ANSWER = json.dumps(COMPLETION).encode()


def chat(world: World, server: Any, **options: Any) -> opened:
    """Return a client of this world for a server. It does not retry unless options ask for it."""
    options = {"retry_total": 0, "read_timeout": 20, "credential": AzureKeyCredential(KEY), **options}
    return opened(world.ChatCompletionsClient(options.pop("endpoint", server.url), **options))


async def ask(client: Any, **options: Any) -> Any:
    """Return the response to a chat, or its stream."""
    return await wait(client.complete(messages=MESSAGES, **options))


def text_of(update: Any) -> Optional[str]:
    """Return the text of an update's first choice."""
    text: Optional[str] = update.choices[0].delta.content if update.choices and update.choices[0].delta else None
    return text


async def read(stream: Any, gate: Optional[Gate] = None) -> Tuple[List[Optional[str]], Optional[Exception]]:
    """Return the texts of a stream and the error that ends it. Open the gate after the first text."""
    texts: List[Optional[str]] = []
    try:
        while True:
            texts.append(text_of(await next_of(stream)))
            if gate is not None:
                gate.open()
    except StopAsyncIteration:
        return texts, None
    except Exception as error:
        return texts, error


async def failure_of(call: Awaitable[Any]) -> Exception:
    """Return the error that a call raises."""
    try:
        result = await call
    except Exception as error:
        return error
    raise AssertionError(f"no error, but {result!r}")


async def patiently(scenario: Callable[[float], Awaitable[None]]) -> None:
    """Run a scenario with a timeout of 0.2 s; if the machine is too busy for that, with longer ones.

    The server must have done its part before the timeout. A fault shows with every timeout.
    """
    for seconds in (0.2, 2.0):
        try:
            return await scenario(seconds)
        except (AssertionError, AzureError):
            pass
    return await scenario(10.0)


def foreign_transport(world: World) -> Any:
    """Return azure-core's own transport, as a program passes it as `transport=`."""
    if world.name == "sync":
        from azure.core.pipeline.transport import RequestsTransport

        return RequestsTransport()
    from azure.core.pipeline.transport import AioHttpTransport

    return AioHttpTransport()


def with_transport(world: World, transport: str) -> Dict[str, Any]:
    """Return the option for the default transport, or for a foreign one."""
    return {"transport": foreign_transport(world)} if transport == "foreign" else {}


def waiting_transport(world: World, waits: List[float], **options: Any) -> Any:
    """Return the default transport of this world, which notes the waits between retries instead of waiting."""
    if world.name == "sync":

        class Transport(InferenceTransport):
            def sleep(self, duration: float) -> None:
                waits.append(duration)

        return Transport(**options)

    class AsyncTransport(AsyncInferenceTransport):
        async def sleep(self, duration: float) -> None:
            waits.append(duration)

    return AsyncTransport(**options)


def refusal(status: int, **headers: Any) -> Answer:
    """Return a response that asks to come back later."""
    return whole(b'{"error": {"message": "not now"}}', status, **headers)


def retrying(world: World, server: RawServer, waits: List[float], **options: Any) -> Any:
    """Return a client that retries, and the list of its waits."""
    transport = waiting_transport(world, waits, read_timeout=options.pop("read_timeout", 20))
    return chat(world, server, **{"retry_total": 10, "transport": transport, **options})


def about(waits: List[float], *seconds: float) -> bool:
    """Return whether the waits are these, within 25%."""
    pairs = list(zip(waits, seconds))
    return len(waits) == len(seconds) and all(0.75 * each <= wait <= 1.25 * each for wait, each in pairs)


def closed_port() -> int:
    """Yield a port of this machine on which nothing listens."""
    port: int = _RESERVED.getsockname()[1]
    return port


_RESERVED = socket.socket()  # bound, but not listening
_RESERVED.bind(("127.0.0.1", 0))
atexit.register(_RESERVED.close)
