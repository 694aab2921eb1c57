"""Transports for azure-core that never touch the network, for faults that no server can cause."""

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
    """The records of both transports."""

    def __init__(self) -> None:
        self.requests: List[HttpRequest] = []
        """The requests, as they were when they reached the transport."""
        self.options: List[Dict[str, Any]] = []
        """The keyword arguments of each request, such as `stream` and `read_timeout`."""
        self.slept: List[float] = []
        """The waits requested by policies, such as those between retries, in seconds. The transport skips them."""
        self.closed = False
        """Whether the transport is closed. Like azure-core's own, it cannot be reopened."""
        self._open: List[object] = []

    @property
    def open_responses(self) -> int:
        """The number of responses that are neither closed nor read to their end."""
        return len(self._open)

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("The transport is closed.")

    def _keep(self, request: HttpRequest, options: Dict[str, Any]) -> None:
        self._check_open()
        self.requests.append(request)
        self.options.append(options)


class FakeTransport(_Record, HttpTransport[HttpRequest, HttpResponse]):
    """A transport that gets its responses from a function, for the `transport` keyword of a client.

    :param handler: Called with each request. Returns a `FakeResponse`, or raises the exception that `send` raises,
        usually one of azure-core's.
    """

    def __init__(self, handler: Callable[[HttpRequest], FakeResponse]) -> None:
        super().__init__()
        self._handler = handler

    def send(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Call the handler. The body is read at once unless the keyword `stream` is true, as in azure-core."""
        self._keep(request, kwargs)
        response = FakeHttpResponse(request, self._handler(request), self._open)
        if not kwargs.get("stream"):
            response.read()
        return response

    def open(self) -> None:
        """Do nothing, as there is no connection to open. Raise ValueError if the transport is closed."""
        self._check_open()

    def close(self) -> None:
        """Reject further requests. Open responses stay as they are."""
        self.closed = True

    def sleep(self, duration: float) -> None:
        """Record the duration without waiting."""
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
    """The async twin of `FakeTransport`. Its handler can be async, too."""

    def __init__(self, handler: Callable[[HttpRequest], Union[FakeResponse, Awaitable[FakeResponse]]]) -> None:
        super().__init__()
        self._handler = handler

    async def send(self, request: HttpRequest, **kwargs: Any) -> AsyncHttpResponse:
        """Call the handler. The body is read at once unless the keyword `stream` is true, as in azure-core."""
        self._keep(request, kwargs)
        fake = self._handler(request)
        response = AsyncFakeHttpResponse(request, await fake if isawaitable(fake) else fake, self._open)
        if not kwargs.get("stream"):
            await response.read()
        return response

    async def open(self) -> None:
        """Do nothing, as there is no connection to open. Raise ValueError if the transport is closed."""
        self._check_open()

    async def close(self) -> None:
        """Reject further requests. Open responses stay as they are."""
        self.closed = True

    async def sleep(self, duration: float) -> None:
        """Record the duration without waiting."""
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
