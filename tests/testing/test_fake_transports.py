"""The fake transports in azure-core's own pipeline, sync and async."""

from __future__ import annotations

import asyncio
from typing import Any, AsyncIterator, Awaitable, Callable, Iterator, List, TypeVar

import pytest
from azure.core import AsyncPipelineClient, PipelineClient
from azure.core.exceptions import (
    HttpResponseError,
    IncompleteReadError,
    ResponseNotReadError,
    ServiceRequestError,
    StreamClosedError,
    StreamConsumedError,
)
from azure.core.pipeline import Pipeline
from azure.core.pipeline.policies import AsyncRetryPolicy, ContentDecodePolicy, NetworkTraceLoggingPolicy, RetryPolicy
from azure.core.rest import HttpRequest

from azure.ai.inference.testing import AsyncFakeTransport, FakeResponse, FakeTransport

T = TypeVar("T")
Handler = Callable[[HttpRequest], FakeResponse]
GET = HttpRequest("GET", "https://example.com/x")


class SyncWorld:
    """The steps of the tests with the sync classes."""

    def __init__(self, handler: Handler, **options: Any) -> None:
        policies = [RetryPolicy(**options), NetworkTraceLoggingPolicy(logging_enable=True)]
        self.transport = FakeTransport(handler)
        self.client = PipelineClient[HttpRequest, Any](
            "https://example.com", transport=self.transport, policies=policies
        )

    def send(self, **options: Any) -> Any:
        """Send a request through the pipeline."""
        return self.client.send_request(GET, **options)

    def chunks(self, response: Any, method: str = "iter_bytes") -> List[bytes]:
        """Read a response chunk by chunk."""
        return list(getattr(response, method)())

    def do(self, response: Any, method: str) -> Any:
        """Call a method of a response."""
        return getattr(response, method)()

    def close(self) -> None:
        """Close the client."""
        self.client.close()


class AsyncWorld:
    """The steps of the tests with the async classes, each in an event loop of its own."""

    def __init__(self, handler: Handler, **options: Any) -> None:
        policies = [AsyncRetryPolicy(**options), NetworkTraceLoggingPolicy(logging_enable=True)]
        self.transport = AsyncFakeTransport(handler)
        self.client = AsyncPipelineClient[HttpRequest, Any](
            "https://example.com", transport=self.transport, policies=policies
        )

    def send(self, **options: Any) -> Any:
        """Send a request through the pipeline."""
        return run(self.client.send_request(GET, **options))

    def chunks(self, response: Any, method: str = "iter_bytes") -> List[bytes]:
        """Read a response chunk by chunk."""

        async def collect() -> List[bytes]:
            return [chunk async for chunk in getattr(response, method)()]

        return asyncio.run(collect())

    def do(self, response: Any, method: str) -> Any:
        """Call a method of a response."""
        return run(getattr(response, method)())

    def close(self) -> None:
        """Close the client."""
        run(self.client.close())


def run(awaitable: Awaitable[T]) -> T:
    """Await something in an event loop of its own."""

    async def wait() -> T:
        return await awaitable

    return asyncio.run(wait())


both_worlds = pytest.mark.parametrize("world", [SyncWorld, AsyncWorld], ids=["sync", "async"])


@both_worlds
@pytest.mark.parametrize(
    ("body", "content", "content_type"),
    [
        (b"raw", b"raw", None),
        ("tëxt", "tëxt".encode(), None),
        ([b"a", b"b"], b"ab", None),
        ({"a": 1}, b'{"a": 1}', "application/json"),
        ([], b"[]", "application/json"),
        ([1, 2], b"[1, 2]", "application/json"),
        (None, b"null", "application/json"),
    ],
)
def test_response_is_read_at_once(world: Any, body: Any, content: bytes, content_type: Any) -> None:
    """Every kind of body is read at once if the request does not stream."""
    here = world(lambda request: FakeResponse(200, body))
    response = here.send()
    assert (response.content, response.content_type, response.text()) == (content, content_type, content.decode())
    assert (response.is_closed, response.is_stream_consumed) == (True, True)
    assert (here.transport.requests, here.transport.open_responses) == ([GET], 0)
    assert here.do(response, "read") == content
    assert here.chunks(response) == [content]


@both_worlds
def test_response_describes_itself(world: Any) -> None:
    """A response has the status, headers, reason, URL and encoding of its fake."""
    headers = {"X-One": "1", "content-type": "application/json; charset=latin-1"}
    response = world(lambda request: FakeResponse(201, b'"\xfc"', headers, "Made")).send()
    assert (response.status_code, response.reason, response.url) == (201, "Made", "https://example.com/x")
    assert (response.headers["x-one"], response.encoding, response.json()) == ("1", "latin-1", "ü")
    assert response.request is GET
    response.encoding = "cp437"
    assert response.text() == '"ⁿ"'
    response.raise_for_status()


@both_worlds
def test_errors_carry_the_response(world: Any) -> None:
    """An error raised for a response carries its status and message."""
    body = {"error": {"code": "Odd", "message": "No such thing."}}
    response = world(lambda request: FakeResponse(404, body, reason="Not Found")).send()
    with pytest.raises(HttpResponseError, match=r"\(Odd\) No such thing\.") as caught:
        response.raise_for_status()
    assert (caught.value.status_code, caught.value.response) == (404, response)


@both_worlds
@pytest.mark.parametrize("method", ["iter_bytes", "iter_raw"])
def test_stream_arrives_in_chunks(world: Any, method: str) -> None:
    """A streamed body arrives in its own chunks, and the response closes at its end."""
    here = world(lambda request: FakeResponse(200, [b"a", b"bc"]))
    response = here.send(stream=True)
    assert (response.is_closed, here.transport.open_responses) == (False, 1)
    with pytest.raises(ResponseNotReadError):
        _ = response.content
    assert here.chunks(response, method) == [b"a", b"bc"]
    assert (response.is_closed, response.is_stream_consumed, here.transport.open_responses) == (True, True, 0)
    with pytest.raises(StreamConsumedError):
        here.chunks(response, method)


@both_worlds
def test_unfinished_response_counts_as_open_until_closed(world: Any) -> None:
    """A response counts as open until it is closed."""
    here = world(lambda request: FakeResponse(200, [b"a"]))
    first, second = here.send(stream=True), here.send(stream=True)
    assert here.transport.open_responses == 2
    for _ in range(2):
        here.do(first, "close")
        assert here.transport.open_responses == 1
    with pytest.raises(StreamClosedError):
        here.chunks(first)
    here.do(second, "close")
    assert here.transport.open_responses == 0


@both_worlds
def test_body_may_break_off(world: Any) -> None:
    """An error in the middle of a body is raised after the chunks before it."""

    def body() -> Iterator[bytes]:
        yield b"a"
        raise IncompleteReadError("gone")

    here = world(lambda request: FakeResponse(200, body()))
    with pytest.raises(IncompleteReadError, match="gone"):
        here.send()
    response = here.send(stream=True)
    with pytest.raises(IncompleteReadError, match="gone"):
        here.chunks(response)
    assert not response.is_closed


@both_worlds
def test_handler_may_raise_and_retries_do_not_wait(world: Any) -> None:
    """A handler can raise connection errors, and retries do not actually wait."""
    outcomes: List[Any] = [ServiceRequestError("refused"), FakeResponse(503), FakeResponse(200, b"fine")]

    def handler(request: HttpRequest) -> FakeResponse:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        assert isinstance(outcome, FakeResponse)
        return outcome

    here = world(handler, retry_backoff_factor=25)
    response = here.send(read_timeout=7)
    assert (response.content, len(here.transport.requests)) == (b"fine", 3)
    assert here.transport.slept == [50]
    assert [options["read_timeout"] for options in here.transport.options] == [7, 7, 7]


@both_worlds
def test_closed_transport_raises(world: Any) -> None:
    """A closed transport raises ValueError."""
    here = world(lambda request: FakeResponse())
    assert not here.transport.closed
    here.close()
    assert here.transport.closed
    with pytest.raises(ValueError, match="closed"):
        here.send()


def test_response_is_decoded_by_the_pipeline() -> None:
    """azure-core's decoding policy decodes a fake response."""
    transport = FakeTransport(lambda request: FakeResponse(200, {"a": [1]}))
    policies: List[Any] = [ContentDecodePolicy()]
    with Pipeline[HttpRequest, Any](transport, policies) as pipeline:
        assert pipeline.run(GET, stream=False).context[ContentDecodePolicy.CONTEXT_NAME] == {"a": [1]}


def test_contexts_open_and_close() -> None:
    """`with` closes the client's transport, and the response."""
    transport = FakeTransport(lambda request: FakeResponse())
    with PipelineClient[HttpRequest, Any]("https://example.com", transport=transport, policies=[]) as client:
        with client.send_request(GET, stream=True) as response:
            assert (response.is_closed, transport.closed) == (False, False)
        assert (response.is_closed, transport.open_responses) == (True, 0)
    assert transport.closed
    with pytest.raises(ValueError, match="closed"), client:
        pass


@pytest.mark.asyncio
async def test_async_contexts_open_and_close() -> None:
    """`async with` closes the client's transport, and the response."""
    transport = AsyncFakeTransport(lambda request: FakeResponse())
    async with AsyncPipelineClient[HttpRequest, Any]("https://example.com", transport=transport, policies=[]) as client:
        async with await client.send_request(GET, stream=True) as response:
            assert (response.is_closed, transport.closed) == (False, False)
        assert (response.is_closed, transport.open_responses) == (True, 0)
    assert transport.closed
    with pytest.raises(ValueError, match="closed"):
        async with client:
            pass


async def async_chunks() -> AsyncIterator[bytes]:
    """Yield a body of two chunks, with a turn of the event loop in between."""
    yield b"a"
    await asyncio.sleep(0)
    yield b"b"


@pytest.mark.asyncio
async def test_async_handler_and_async_body() -> None:
    """A handler and a body can be async."""

    async def handler(request: HttpRequest) -> FakeResponse:
        await asyncio.sleep(0)
        return FakeResponse(200, async_chunks())

    transport = AsyncFakeTransport(handler)
    response = await transport.send(GET)
    assert response.content == b"ab"


def test_sync_transport_rejects_an_async_body() -> None:
    """An async body in the sync transport raises a TypeError that names the async one."""
    with pytest.raises(TypeError, match="AsyncFakeTransport"):
        FakeTransport(lambda request: FakeResponse(200, async_chunks())).send(GET)
