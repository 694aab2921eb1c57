"""Transports for azure-core that never touch the network, for faults that no server can cause."""

from __future__ import annotations

from inspect import isawaitable
from typing import Any, Awaitable, Callable, Dict, List, Union

from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse

from azure.ai.inference.testing._fake_response import AsyncFakeHttpResponse, FakeHttpResponse, FakeResponse
from azure.ai.inference.testing._offline import AsyncOfflineTransport, OfflineTransport


class _Record:
    """The records of both transports."""

    def __init__(self) -> None:
        self.requests: List[HttpRequest] = []
        """The requests, as they were when they reached the transport."""
        self.options: List[Dict[str, Any]] = []
        """The keyword arguments of each request, such as `stream` and `read_timeout`."""
        self.slept: List[float] = []
        """The waits requested by policies, such as those between retries, in seconds. The transport skips them."""
        self._open: List[object] = []

    @property
    def open_responses(self) -> int:
        """The number of responses that are neither closed nor read to their end."""
        return len(self._open)

    def _keep(self, request: HttpRequest, options: Dict[str, Any]) -> None:
        self.requests.append(request)
        self.options.append(options)


class FakeTransport(_Record, OfflineTransport):
    """A transport that gets its responses from a function, for the `transport` keyword of a client.

    :param handler: Called with each request. Returns a `FakeResponse`, or raises the exception that `send` raises,
        usually one of azure-core's.
    """

    def __init__(self, handler: Callable[[HttpRequest], FakeResponse]) -> None:
        super().__init__()
        self._handler = handler

    def send(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Call the handler. The body is read at once unless the keyword `stream` is true, as in azure-core."""
        self._check_open()
        self._keep(request, kwargs)
        response = FakeHttpResponse(request, self._handler(request), self._open)
        if not kwargs.get("stream"):
            response.read()
        return response

    def sleep(self, duration: float) -> None:
        """Record the duration without waiting."""
        self.slept.append(duration)


class AsyncFakeTransport(_Record, AsyncOfflineTransport):
    """The async twin of `FakeTransport`. Its handler can be async, too."""

    def __init__(self, handler: Callable[[HttpRequest], Union[FakeResponse, Awaitable[FakeResponse]]]) -> None:
        super().__init__()
        self._handler = handler

    async def send(self, request: HttpRequest, **kwargs: Any) -> AsyncHttpResponse:
        """Call the handler. The body is read at once unless the keyword `stream` is true, as in azure-core."""
        self._check_open()
        self._keep(request, kwargs)
        fake = self._handler(request)
        response = AsyncFakeHttpResponse(request, await fake if isawaitable(fake) else fake, self._open)
        if not kwargs.get("stream"):
            await response.read()
        return response

    async def sleep(self, duration: float) -> None:
        """Record the duration without waiting."""
        self.slept.append(duration)
