"""The base of transports without a network: they are closed once, and do not sleep."""

from __future__ import annotations

from types import TracebackType
from typing import Optional, Type

from azure.core.pipeline.transport import AsyncHttpTransport, HttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse
from typing_extensions import Self


class _Closable:
    closed: bool = False
    """Whether the transport is closed. Like azure-core's own, it cannot be reopened."""

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("The transport is closed.")


class OfflineTransport(_Closable, HttpTransport[HttpRequest, HttpResponse]):
    """A transport without a network."""

    def open(self) -> None:
        """Do nothing, as there is no connection to open. Raise ValueError if the transport is closed."""
        self._check_open()

    def close(self) -> None:
        """Reject further requests. Open responses stay as they are."""
        self.closed = True

    def sleep(self, duration: float) -> None:
        """Return at once."""

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


class AsyncOfflineTransport(_Closable, AsyncHttpTransport[HttpRequest, AsyncHttpResponse]):
    """The async twin of `OfflineTransport`."""

    async def open(self) -> None:
        """Do nothing, as there is no connection to open. Raise ValueError if the transport is closed."""
        self._check_open()

    async def close(self) -> None:
        """Reject further requests. Open responses stay as they are."""
        self.closed = True

    async def sleep(self, duration: float) -> None:
        """Return at once."""

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
