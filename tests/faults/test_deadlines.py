"""`timeout=`: one deadline for connecting, retries, waits and reading. Bounds on times are coarse; errors are exact."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
import warnings
import zlib
from typing import Any, Callable, Dict, Iterator, List

import pytest
from azure.core.exceptions import (
    HttpResponseError,
    ServiceRequestTimeoutError,
    ServiceResponseTimeoutError,
)
from azure.core.rest import HttpRequest
from worlds import ASYNC, World, wait

from azure.ai.inference._core.deadline import Deadline
from azure.ai.inference.exceptions import RateLimitError, ServiceOverloadedError

from .calls import ANSWER, COMPLETION, STREAM, A, ask, chat, failure_of, patiently, read, waiting_transport
from .raw_server import Answer, Connection, Drip, RawServer, chunk, chunked, cut, head, stall, whole

SOON = 0.2
PATIENCE = 30.0


def message(seconds: float) -> str:
    """Return the text of the error after a timeout."""
    return f"The call took longer than its timeout of {seconds:g} seconds."


@contextlib.contextmanager
def in_time() -> Iterator[None]:
    """Fail if a call takes much longer than its deadline."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < PATIENCE


#: The places at which the response to a chat stalls.
STALLS: Dict[str, Answer] = {
    "before the head": [stall],
    "within the head": [b"HTTP/1.1 200 OK\r\nContent-", stall],
    "behind the head": [head(Content_Length=99), stall],
    "within the body": [head(Content_Length=99) + b"{", stall],
    "within a chunk": [*chunked(kind="application/json"), b"50\r\n{", stall],
    "within zipped bytes": [head(Content_Length=99, Content_Encoding="gzip") + b"\x1f\x8b\x08", stall],
}


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["constructor", "call"])
@pytest.mark.parametrize("says", STALLS)
async def test_stall(world: World, says: str, where: str) -> None:
    """A call that stalls ends at its deadline with the right error, and is not sent again."""

    async def scenario(seconds: float) -> None:
        limit = {"timeout": seconds}
        of_client, of_call = (limit, {}) if where == "constructor" else ({}, limit)
        with RawServer(STALLS[says]) as server:
            async with chat(world, server, retry_total=3, read_timeout=60, **of_client) as client:
                with in_time():
                    error = await failure_of(ask(client, **of_call))
        assert (type(error), len(server.requests)) == (ServiceResponseTimeoutError, 1)

    await patiently(scenario)


@pytest.mark.asyncio
async def test_no_other_limit(world: World) -> None:
    """A deadline holds if nothing else limits the waits for a connection and for bytes."""

    async def scenario(seconds: float) -> None:
        with RawServer([stall]) as server:
            async with chat(world, server, read_timeout=None, connection_timeout=None) as client:
                with in_time():
                    error = await failure_of(ask(client, timeout=seconds))
        assert (type(error), len(server.requests)) == (ServiceResponseTimeoutError, 1)

    await patiently(scenario)


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["constructor", "call"])
async def test_smaller_limit(world: World, where: str) -> None:
    """A distant deadline leaves the limit of each read as it is."""

    async def scenario(seconds: float) -> None:
        limit = {"read_timeout": seconds}
        of_client, of_call = (limit, {}) if where == "constructor" else ({"read_timeout": 60}, limit)
        with RawServer([stall]) as server:
            async with chat(world, server, **of_client) as client:
                with in_time():
                    error = await failure_of(ask(client, timeout=600, **of_call))
        assert (type(error), len(server.requests)) == (ServiceResponseTimeoutError, 1)

    await patiently(scenario)


@pytest.mark.asyncio
async def test_message(world: World) -> None:
    """The error names the limit that has been passed."""

    async def scenario(seconds: float) -> None:
        with RawServer(STALLS["within the body"]) as server:
            async with chat(world, server, read_timeout=60) as client:
                error = await failure_of(ask(client, timeout=seconds))
        assert str(error) == message(seconds)

    await patiently(scenario)


@pytest.mark.asyncio
@pytest.mark.parametrize("body", [chunked(A, stall), [head() + A, stall], [head(Content_Length=999) + A, stall]])
async def test_stalled_stream(world: World, body: Answer) -> None:
    """A stream ends at the deadline of its call, and delivers what came before."""

    async def scenario(seconds: float) -> None:
        with RawServer(body, whole(ANSWER)) as server:
            async with chat(world, server, read_timeout=60) as client:
                with in_time():
                    texts, error = await read(await ask(client, stream=True, timeout=seconds))
                assert (texts, type(error), str(error)) == (["a"], ServiceResponseTimeoutError, message(seconds))
                assert (await ask(client)).choices

    await patiently(scenario)


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
async def test_dripping_body(world: World, streamed: bool) -> None:
    """A body that drips without end does not hold the call beyond its deadline."""

    async def scenario(seconds: float) -> None:
        with RawServer([*chunked(), Drip(chunk(A))]) as server:
            async with chat(world, server) as client:
                with in_time():
                    if streamed:
                        texts, error = await read(await ask(client, stream=True, timeout=seconds))
                        assert texts[:1] == ["a"]
                    else:
                        error = await failure_of(ask(client, timeout=seconds))
        assert (type(error), str(error)) == (ServiceResponseTimeoutError, message(seconds))

    await patiently(scenario)


@pytest.mark.asyncio
async def test_slow_reader(world: World) -> None:
    """A deadline that passes while the program is busy holds when it reads on."""

    async def scenario(seconds: float) -> None:
        with RawServer(chunked(A, stall)) as server:
            async with chat(world, server, read_timeout=60) as client:
                stream = await ask(client, stream=True, timeout=seconds)
                await asyncio.sleep(1.1 * seconds)
                with in_time():
                    texts, error = await read(stream)
        assert (texts, type(error)) == ([], ServiceResponseTimeoutError)

    await patiently(scenario)


class Pause:
    """A step that sends nothing for some seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __call__(self, connection: Connection) -> None:
        connection.stopping.wait(self._seconds)


def zipped(pause: float) -> Answer:
    """Return two events, each flushed by the server."""
    packer = zlib.compressobj(wbits=31)
    first, second = (packer.compress(A) + packer.flush(zlib.Z_SYNC_FLUSH) for _ in range(2))
    return [head(Content_Encoding="gzip") + first, Pause(pause), second, stall]


#: The body of a response that pauses near its deadline and then stops for good.
LATE: Dict[str, Callable[[float], Answer]] = {
    "by length": lambda pause: [head(Content_Length=999) + A, Pause(pause), A, stall],
    "in chunks": lambda pause: [*chunked(A, Pause(pause), A), stall],
    "in a large chunk": lambda pause: [*chunked(), b"fffff\r\n" + A, Pause(pause), A, stall],
    "until the end": lambda pause: [head() + A, Pause(pause), A, stall],
    "zipped": zipped,
}


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("says", LATE)
async def test_rest_of_the_time(world: World, says: str, streamed: bool) -> None:
    """A wait for bytes ends with the call's deadline, however late it begins."""

    async def scenario(seconds: float) -> None:
        with RawServer(LATE[says](0.8 * seconds)) as server:
            async with chat(world, server, read_timeout=60) as client:
                begun = time.monotonic()
                if streamed:
                    _, error = await read(await ask(client, stream=True, timeout=seconds))
                else:
                    error = await failure_of(ask(client, timeout=seconds))
                took = time.monotonic() - begun
        assert (type(error), str(error)) == (ServiceResponseTimeoutError, message(seconds))
        assert seconds <= took < 1.4 * seconds

    await patiently(scenario)


@contextlib.contextmanager
def full_listener() -> Iterator[str]:
    """Yield the URL of a server that accepts nothing and whose queue is full: connecting to it never ends."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.asyncio
@pytest.mark.parametrize("option", ["timeout", "connection_timeout"])
async def test_connecting(world: World, option: str) -> None:
    """Connecting ends at the deadline, with the error of a request that was not sent."""
    with RawServer(whole(ANSWER)) as server, full_listener() as url:
        async with chat(world, server, endpoint=url) as client:
            with in_time():
                error = await failure_of(ask(client, **{option: SOON}))
    assert type(error) is ServiceRequestTimeoutError


@pytest.mark.asyncio
async def test_connecting_again(world: World) -> None:
    """Retries of connecting stop at the deadline."""
    waits: List[float] = []
    with RawServer(whole(ANSWER)) as server, full_listener() as url:
        options: Dict[str, Any] = {"retry_total": 9, "retry_connect": 9, "transport": waiting_transport(world, waits)}
        async with chat(world, server, endpoint=url, **options) as client:
            with in_time():
                limits = {"timeout": SOON, "connection_timeout": 0.05, "retry_backoff_factor": 0.01}
                error = await failure_of(ask(client, **limits))
    assert type(error) is ServiceRequestTimeoutError
    assert len(waits) < 9


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "status, header, value, error",
    [
        (429, "Retry-After", "30", RateLimitError),
        (503, "Retry-After", "30", ServiceOverloadedError),
        (429, "retry-after-ms", "30000", RateLimitError),
        (503, "Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT", ServiceOverloadedError),
        (502, "X-None", "1", HttpResponseError),
    ],
)
async def test_wait_beyond(world: World, status: int, header: str, value: Any, error: type) -> None:
    """A wait that ends beyond the deadline is not begun, and the service's error is raised."""
    waits: List[float] = []
    with RawServer(whole(b"{}", status, **{header: value})) as server:
        options: Dict[str, Any] = {"retry_total": 3, "transport": waiting_transport(world, waits)}
        async with chat(world, server, retry_backoff_factor=30, **options) as client:
            with in_time():
                raised = await failure_of(ask(client, timeout=10))
    assert (type(raised), waits, len(server.requests)) == (error, [], 1)


@pytest.mark.asyncio
async def test_within(world: World) -> None:
    """A sufficient deadline changes nothing, and retries wait as long as they should."""
    waits: List[float] = []
    with RawServer(whole(b"", 503, Retry_After=3), whole(ANSWER), whole(STREAM)) as server:
        transport = waiting_transport(world, waits)
        async with chat(world, server, retry_total=3, transport=transport, timeout=60) as client:
            assert await ask(client) == COMPLETION
            texts, error = await read(await ask(client, stream=True))
    assert (waits, texts, error) == ([3.0], ["a", "b", None], None)


@pytest.mark.asyncio
async def test_between_calls(world: World) -> None:
    """The constructor's deadline holds for each call anew, and a call's limit does not stay on its connection."""

    async def scenario(seconds: float) -> None:
        with RawServer(whole(ANSWER)) as server:
            async with chat(world, server, timeout=seconds) as client:
                for _ in range(2):
                    await asyncio.sleep(0.6 * seconds)
                    assert await ask(client) == COMPLETION
        assert server.connections == 1

    await patiently(scenario)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "timeout, kind", [("5", TypeError), (True, TypeError), (-1, ValueError), (float("nan"), ValueError)]
)
async def test_refused(world: World, timeout: Any, kind: type) -> None:
    """An invalid timeout is refused, and does not reach the HTTP library."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            error = await failure_of(ask(client, timeout=timeout))
    assert (type(error), "timeout" in str(error), server.requests) == (kind, True, [])


@pytest.mark.asyncio
@pytest.mark.parametrize("timeout", [None, 10**9, float("inf")])
async def test_no_deadline(world: World, timeout: Any) -> None:
    """No deadline, or an enormous one, works."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server, timeout=timeout) as client:
            assert await ask(client, timeout=timeout) == COMPLETION


@pytest.mark.asyncio
async def test_zero(world: World) -> None:
    """A deadline that has passed from the start sends nothing."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            error = await failure_of(ask(client, timeout=0))
    assert (type(error), server.requests) == (ServiceRequestTimeoutError, [])


@pytest.mark.asyncio
async def test_passed_before_a_body_is_read() -> None:
    """A deadline that passes before the body is read leaves no coroutine behind, of which Python would warn."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(ASYNC, server) as client:
            response = await client.send_request(HttpRequest("GET", "/"), stream=True)
            response.internal_response.deadline = Deadline(0)
            with warnings.catch_warnings(record=True) as noted:
                warnings.simplefilter("always")
                with pytest.raises(ServiceResponseTimeoutError):
                    await response.internal_response.read()
            await response.close()
    assert noted == []


@pytest.mark.asyncio
async def test_lost_after_error(world: World) -> None:
    """A deadline that passes in a retry after a lost connection raises the timeout of a response."""

    async def scenario(seconds: float) -> None:
        with RawServer([cut], [stall]) as server:
            async with chat(world, server, retry_total=3, read_timeout=60, retry_backoff_factor=0.01) as client:
                with in_time():
                    error = await failure_of(ask(client, timeout=seconds, retry_on_methods=["POST"]))
        assert (type(error), len(server.requests)) == (ServiceResponseTimeoutError, 2)

    await patiently(scenario)


@pytest.mark.asyncio
async def test_info(world: World) -> None:
    """`timeout=` holds for other methods than `complete`, too."""

    async def scenario(seconds: float) -> None:
        with RawServer([stall]) as server:
            async with chat(world, server, read_timeout=60) as client:
                with in_time():
                    error = await failure_of(_info(client, seconds))
        assert type(error) is ServiceResponseTimeoutError

    await patiently(scenario)


async def _info(client: Any, timeout: float) -> Any:
    return await wait(client.get_model_info(timeout=timeout))
