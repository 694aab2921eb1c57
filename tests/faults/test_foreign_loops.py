"""Transports that are not ours, and event loops that are not asyncio's: `timeout=` and streams work there, too."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
import warnings
from typing import Any, Awaitable, Callable, Dict, List, Optional

import pytest
import trio
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ServiceRequestTimeoutError, ServiceResponseTimeoutError
from azure.core.pipeline.transport import (
    AioHttpTransport,
    AsyncHttpTransport,
    AsyncioRequestsTransport,
    TrioRequestsTransport,
)
from azure.core.rest import AsyncHttpResponse, HttpRequest

from azure.ai.inference.aio import ChatCompletionsClient
from azure.ai.inference.testing import AsyncFakeTransport, FakeResponse

from .calls import ANSWER, COMPLETION, DONE, KEY, STREAM, A, ask, failure_of, read
from .raw_server import Gate, RawServer, chunked, stall, whole


class FixedOptions(AsyncHttpTransport[HttpRequest, AsyncHttpResponse]):
    """A program's own transport, whose `send` accepts the options that it names only. It sleeps as azure-core does."""

    def __init__(self, *answers: FakeResponse, late: Optional[Callable[[], Awaitable[None]]] = None) -> None:
        self._answers = list(answers)
        self._late = late
        self.opened = 0

    async def send(  # type: ignore[override]
        self, request: HttpRequest, *, stream: bool = False, connection_verify: Any = True
    ) -> AsyncHttpResponse:
        if self._late is not None:
            await self._late()
        answer = self._answers.pop(0)
        fake = AsyncFakeTransport(lambda _: answer)
        return await fake.send(request, stream=stream)

    async def open(self) -> None:
        self.opened += 1

    async def close(self) -> None:
        self.opened -= 1

    async def __aenter__(self) -> Any:
        await self.open()
        return self

    async def __aexit__(self, *exc_details: Any) -> None:
        await self.close()


WHOLE = FakeResponse(body=COMPLETION)
STREAMED = FakeResponse(body=[A, STREAM], headers={"Content-Type": "text/event-stream"})


def client_of(transport: Any, url: str = "http://service.invalid", **options: Any) -> Any:
    return ChatCompletionsClient(url, AzureKeyCredential(KEY), transport=transport, **options)


@pytest.fixture(params=["asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Callable[[Callable[[], Awaitable[Any]]], Any]:
    """Run a coroutine function on an event loop."""
    if request.param == "trio":
        return trio.run
    return lambda function: asyncio.run(function())  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def nothing_left() -> Any:
    """Fail for a coroutine or asynchronous generator that was dropped: their warnings are errors, once collected."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
        gc.collect()


def transports(loop: str) -> List[Any]:
    """Return the transports of azure-core for an event loop."""
    return [TrioRequestsTransport] if loop == "trio" else [AsyncioRequestsTransport, AioHttpTransport]


CASES = [(run, kind) for run in ("asyncio", "trio") for kind in transports(run)]


def run_on(loop: str, function: Callable[[], Awaitable[Any]]) -> Any:
    return trio.run(function) if loop == "trio" else asyncio.run(function())  # type: ignore[arg-type]


@pytest.mark.parametrize("where", ["constructor", "call"])
@pytest.mark.parametrize("loop, kind", CASES)
def test_transport_of_azure_core(loop: str, kind: Any, where: str) -> None:
    """A deadline changes nothing for another transport of azure-core: whole, streamed and retried."""
    of_client: Dict[str, Any] = {"timeout": 5} if where == "constructor" else {}
    of_call: Dict[str, Any] = {} if of_client else {"timeout": 5}

    async def talk() -> None:
        async with client_of(kind(), server.url, **of_client) as client:
            assert await ask(client, retry_backoff_factor=0, **of_call) == COMPLETION
            assert await read(await ask(client, stream=True, **of_call)) == (["a", "b", None], None)
            assert await ask(client, read_timeout=5, **of_call) if kind is AioHttpTransport else True

    with RawServer(whole(b"", 503), whole(ANSWER), chunked(STREAM, b""), whole(ANSWER)) as server:
        run_on(loop, talk)


def test_own_transport(run: Any) -> None:
    """A deadline does not reach a program's transport as options that its `send` does not name."""

    async def talk() -> None:
        async with client_of(FixedOptions(WHOLE, STREAMED)) as client:
            assert await ask(client, timeout=5, connection_verify=False) == COMPLETION
            assert await read(await ask(client, stream=True, timeout=5)) == (["a", "a", "b", None], None)

    run(talk)


def test_own_transport_without_sleep(run: Any) -> None:
    """A retry waits on any event loop, although the default `sleep` of transports is asyncio's."""

    async def talk() -> None:
        transport = FixedOptions(FakeResponse(503, headers={"retry-after-ms": "1"}), WHOLE)
        async with client_of(transport, timeout=5) as client:
            assert await ask(client) == COMPLETION

    run(talk)


@pytest.mark.parametrize("end", ["done", "error", "close", "broken off"])
def test_stream_on_trio(end: str) -> None:
    """A stream ends on trio without a call of asyncio, and leaves no asynchronous generator behind."""
    ends = {"done": DONE, "error": b"data: {oops\n\n", "close": STREAM, "broken off": A}

    async def talk() -> None:
        async with client_of(FixedOptions(FakeResponse(body=[A, ends[end], A, A]))) as client:
            stream = await ask(client, stream=True, timeout=5)
            if end == "close":
                await stream.__anext__()
                await stream.close()
            else:
                texts, error = await read(stream)
                assert (texts[0], error is None) == ("a", end == "done")

    trio.run(talk)


def test_late_response_on_trio() -> None:
    """Outside asyncio a deadline is checked after each step: a response that comes too late is closed and refused."""

    async def late() -> None:
        await trio.sleep(0.05)

    async def talk() -> None:
        async with client_of(FixedOptions(WHOLE, STREAMED, late=late)) as client:
            for streamed in (False, True):
                error = await failure_of(ask(client, stream=streamed, timeout=0.01))
                assert type(error) is ServiceResponseTimeoutError
                assert str(error) == "The call took longer than its timeout of 0.01 seconds."

    trio.run(talk)


def test_late_update_on_trio() -> None:
    """Outside asyncio, a stream ends with the timeout once its deadline has passed between two updates."""

    async def talk() -> None:
        async with client_of(FixedOptions(FakeResponse(body=[A, A, STREAM]))) as client:
            stream = await ask(client, stream=True, timeout=0.05)
            await stream.__anext__()
            await trio.sleep(0.06)
            texts, error = await read(stream)
            assert (texts, type(error)) == ([], ServiceResponseTimeoutError)

    trio.run(talk)


def test_passed_deadline_on_trio() -> None:
    """A deadline that has passed before the first attempt sends nothing, and leaves no coroutine behind."""
    transport = FixedOptions(WHOLE)

    async def talk() -> None:
        async with client_of(transport) as client:
            assert type(await failure_of(ask(client, timeout=0))) is ServiceRequestTimeoutError
            assert await ask(client) == COMPLETION

    trio.run(talk)


def test_trio_in_asyncio() -> None:
    """A client on trio as the guest of asyncio does not take asyncio for its own event loop."""

    async def talk() -> None:
        async with client_of(FixedOptions(WHOLE, STREAMED)) as client:
            assert await ask(client, timeout=5) == COMPLETION
            assert await read(await ask(client, stream=True, timeout=5)) == (["a", "a", "b", None], None)

    async def host() -> Any:
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[Any] = loop.create_future()
        trio.lowlevel.start_guest_run(
            talk, run_sync_soon_threadsafe=loop.call_soon_threadsafe, done_callback=ended.set_result
        )
        return (await ended).unwrap()

    asyncio.run(host())


def test_default_transport_on_trio() -> None:
    """The error says what to do, not that some library found no running event loop."""

    async def talk() -> None:
        client = ChatCompletionsClient("http://service.invalid", AzureKeyCredential(KEY))
        for _ in range(2):
            error = await failure_of(ask(client))
            assert (type(error), "`transport=`" in str(error)) == (RuntimeError, True)
        await client.close()

    trio.run(talk)


@pytest.mark.asyncio
async def test_exact_on_asyncio() -> None:
    """On asyncio, a deadline holds for any transport, and counts as that of a request that may have arrived."""

    async def late() -> None:
        await asyncio.sleep(60)

    async with client_of(FixedOptions(WHOLE, late=late)) as client:
        begun = time.monotonic()
        error = await failure_of(ask(client, timeout=0.1))
    assert (type(error), time.monotonic() - begun < 5) == (ServiceResponseTimeoutError, True)


@pytest.mark.asyncio
async def test_options_of_a_call() -> None:
    """Options of the caller reach another transport unchanged, and no others do."""
    transport = AsyncFakeTransport(lambda _: WHOLE)
    async with client_of(transport) as client:
        await ask(client, timeout=5, read_timeout=60, connection_timeout=70)
        await ask(client, timeout=5)
    assert [sorted(options) for options in transport.options] == [
        ["connection_timeout", "read_timeout", "stream"],
        ["stream"],
    ]
    assert transport.options[0] == {"connection_timeout": 70, "read_timeout": 60, "stream": False}


def destroy_in_flight(url: str, arrived: Gate, call: Callable[[Any], Any], *, closes: bool = False) -> None:
    """Begin a call, and destroy its event loop once the call has reached its last wait.

    :param closes: closes its coroutines from the outermost to the innermost; the collector has an order of its own.
    """

    async def wait_for_last_step() -> None:
        await asyncio.get_running_loop().run_in_executor(None, arrived.wait)
        for _ in range(50):  # the bytes sent before that step are read
            await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # a pending task that is destroyed is what this is about
    client = ChatCompletionsClient(url, AzureKeyCredential(KEY), max_connections=1)
    coroutine = call(client)
    task = loop.create_task(coroutine)
    loop.run_until_complete(wait_for_last_step())
    loop.run_until_complete(loop.shutdown_default_executor() if sys.version_info >= (3, 9) else asyncio.sleep(0))
    loop.close()
    if closes:
        coroutine.close()
    del coroutine, task, client, loop
    while gc.collect():
        pass


async def whole_call(client: Any, **options: Any) -> None:
    await ask(client, **options)


async def streamed_call(client: Any, **options: Any) -> None:
    async for _ in await ask(client, stream=True, **options):
        pass


async def first_of_calls(client: Any, **options: Any) -> None:
    others = [asyncio.ensure_future(ask(client, **options)) for _ in range(2)]  # they wait for its connection
    await ask(client, **options)
    await asyncio.wait(others)


#: What the server has sent when the event loop is destroyed.
SENT: Dict[str, List[Any]] = {"nothing": [], "a chunk": chunked(A)}


@pytest.mark.parametrize("timeout", [None, 60])
@pytest.mark.parametrize("closes", [False, True], ids=["collected", "closed"])
@pytest.mark.parametrize("sent", SENT)
@pytest.mark.parametrize("call", [whole_call, streamed_call, first_of_calls])
def test_destroyed_with_its_loop(
    call: Any, sent: str, closes: bool, timeout: Optional[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call destroyed with its event loop reports no other context, no closed loop and no wait."""
    arrived = Gate()
    reported: List[str] = []  # as texts: tracebacks would keep what is to be collected
    monkeypatch.setattr(sys, "unraisablehook", lambda report: reported.append(repr(report.exc_value)))
    with RawServer([*SENT[sent], lambda _: arrived.open(), stall]) as server:
        destroy_in_flight(server.url, arrived, lambda client: call(client, timeout=timeout), closes=closes)
    assert [error for error in reported if not error.startswith("ResourceWarning")] == []
