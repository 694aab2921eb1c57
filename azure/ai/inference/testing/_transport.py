"""Transports of azure-core that never touch the network: for faults that no server can make."""

from __future__ import annotations

from inspect import isawaitable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Dict, List, Optional, Type, Union

from azure.core.pipeline.transport import AsyncHttpTransport, HttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse

from azure.ai.inference.testing._fake_response import AsyncFakeHttpResponse, FakeHttpResponse, FakeResponse

if TYPE_CHECKING:
    from typing_extensions import Self


class _Record:
    """What both transports remember."""

    def __init__(self) -> None:
        self.requests: List[HttpRequest] = []
        """The requests that were sent, as they were when they reached the transport."""
        self.options: List[Dict[str, Any]] = []
        """What came with each request as keyword arguments: `stream`, `read_timeout` and the like."""
        self.slept: List[float] = []
        """The waits in seconds that policies asked for, such as those between retries. They are not waited."""
        self.closed = False
        """Whether the transport was closed. Like azure-core's own, it cannot be used again then."""
        self._open: List[object] = []

    @property
    def open_responses(self) -> int:
        """How many responses were handed out that are neither closed nor read to the end."""
        return len(self._open)

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("The transport is closed.")

    def _keep(self, request: HttpRequest, options: Dict[str, Any]) -> None:
        self._check_open()
        self.requests.append(request)
        self.options.append(options)


class FakeTransport(_Record, HttpTransport[HttpRequest, HttpResponse]):
    """A transport whose answers a function makes, for the `transport` keyword of a client.

    :param handler: Called with each request; returns a `FakeResponse`, or raises what `send` shall raise, usually
        an exception of azure-core.
    """

    def __init__(self, handler: Callable[[HttpRequest], FakeResponse]) -> None:
        super().__init__()
        self._handler = handler

    def send(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Ask the handler. The body is read at once unless the keyword `stream` is true, as azure-core has it."""
        self._keep(request, kwargs)
        response = FakeHttpResponse(request, self._handler(request), self._open)
        if not kwargs.get("stream"):
            response.read()
        return response

    def open(self) -> None:
        """Do nothing, there being no connection to open. Raises ValueError once the transport is closed."""
        self._check_open()

    def close(self) -> None:
        """Refuse further requests. Open responses stay as they are."""
        self.closed = True

    def sleep(self, duration: float) -> None:
        """Record the wait, and do not wait."""
        self.slept.append(duration)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        exc_type: Optional[Type[BaseException]] = None,
        exc_value: Optional[BaseException] = None,
        traceback: Optional[TracebackType] = None,
    ) -> None:
        self.close()


class AsyncFakeTransport(_Record, AsyncHttpTransport[HttpRequest, AsyncHttpResponse]):
    """The async twin of `FakeTransport`; its handler may be async, too."""

    def __init__(self, handler: Callable[[HttpRequest], Union[FakeResponse, Awaitable[FakeResponse]]]) -> None:
        super().__init__()
        self._handler = handler

    async def send(self, request: HttpRequest, **kwargs: Any) -> AsyncHttpResponse:
        """Ask the handler. The body is read at once unless the keyword `stream` is true, as azure-core has it."""
        self._keep(request, kwargs)
        answer = self._handler(request)
        response = AsyncFakeHttpResponse(request, await answer if isawaitable(answer) else answer, self._open)
        if not kwargs.get("stream"):
            await response.read()
        return response

    async def open(self) -> None:
        """Do nothing, there being no connection to open. Raises ValueError once the transport is closed."""
        self._check_open()

    async def close(self) -> None:
        """Refuse further requests. Open responses stay as they are."""
        self.closed = True

    async def sleep(self, duration: float) -> None:
        """Record the wait, and do not wait."""
        self.slept.append(duration)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        exc_type: Optional[Type[BaseException]] = None,
        exc_value: Optional[BaseException] = None,
        traceback: Optional[TracebackType] = None,
    ) -> None:
        await self.close()
