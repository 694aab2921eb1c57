# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (azure-core leaves the options of its transports untyped)
"""The default transport of asynchronous clients: azure-core's for aiohttp, without the work that it repeats."""

from __future__ import annotations

import asyncio
import functools
import urllib.request
from typing import TYPE_CHECKING, Any, Callable, MutableMapping, Optional
from urllib.parse import urlsplit

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError
from azure.core.exceptions import (
    AzureError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)

from azure.ai.inference._core.cleaning import clean
from azure.ai.inference._core.deadline import current_attempt, current_deadline
from azure.ai.inference._core.headers import prepare_head
from azure.ai.inference._http import private_names
from azure.ai.inference._http.body_reader import Body
from azure.ai.inference._http.environment import EnvironmentProxies, Proxies
from azure.ai.inference._http.validation import CLOSED, check_options
from azure.ai.inference.aio._http.body_reader import AsyncChunkReader
from azure.ai.inference.aio._http.latin1 import send_as_latin1

if TYPE_CHECKING:  # the public name is untyped: azure-core imports the class when it is asked for
    from azure.core.pipeline.transport._aiohttp import AioHttpTransport
else:
    from azure.core.pipeline.transport import AioHttpTransport

_OPTIONS = frozenset(
    {
        "stream",
        "connection_timeout",
        "read_timeout",
        "connection_verify",
        "connection_cert",
        "cookies",
        "auth",
        "proxy",
        "proxy_auth",
        "ssl",
        "trace_request_ctx",
    }
)
_UNCONNECTED = (aiohttp.ClientConnectorError, aiohttp.ClientSSLError, asyncio.TimeoutError)
_ENCODINGS = "gzip, deflate"


class _Protocol(ResponseHandler):
    """Ends the reading of a body when the peer breaks the rules of HTTP, or when the client is closed.

    aiohttp leaves the reader waiting for ever: to this day in the first case, up to version 3.11 in the second.
    """

    def close(self) -> None:
        payload = private_names.payload_of(self)
        super().close()
        if payload is not None and not payload.is_eof():
            payload.set_exception(aiohttp.ClientPayloadError("The connection has been closed."))

    def set_exception(self, exc: Any, *args: Any, **kwargs: Any) -> None:
        super().set_exception(exc, *args, **kwargs)
        payload = private_names.payload_of(self)
        if isinstance(exc, HttpProcessingError) and payload is not None:
            payload.set_exception(aiohttp.ClientPayloadError(str(exc)))


class _Response(aiohttp.ClientResponse):
    """Returns the bytes that arrived before a fault, and then raises the fault. aiohttp would drop them."""

    async def read_arrived(self) -> bytes:
        """Return the next bytes of the body, decompressed; none at the end."""
        try:
            return await self.content.readany()
        except Exception:
            arrived = private_names.arrived_in(self.content)
            if not arrived:
                raise
            return arrived


class _Connector(aiohttp.TCPConnector):
    """Notes in an attempt that it has a connection, and sends headers as Latin-1."""

    def __init__(self) -> None:
        super().__init__()
        make: Callable[..., ResponseHandler] = _Protocol
        private_names.set_protocol_factory(self, functools.partial(make, loop=asyncio.get_running_loop()))

    async def connect(self, req: Any, *args: Any, **kwargs: Any) -> Any:
        connection = await super().connect(req, *args, **kwargs)
        send_as_latin1(connection.protocol, req.headers)
        attempt = current_attempt.get()
        if attempt is not None:
            attempt.connected = True
        return connection


class AsyncInferenceTransport(AioHttpTransport):
    """Sends requests with aiohttp; tasks may share it.

    The environment names proxies, as for any client of aiohttp that trusts it. netrc is never read.
    """

    def __init__(self, *, use_env_settings: bool = True, **kwargs: Any) -> None:
        super().__init__(use_env_settings=False, **kwargs)
        self._environment = EnvironmentProxies(_environment_proxies) if use_env_settings else None
        self._closed = False

    async def open(self) -> None:
        """Open the session.

        :raises ValueError: if the transport has been closed.
        """
        if self._closed:
            raise ValueError(CLOSED)
        if not self.session and self._session_owner:
            self.session = aiohttp.ClientSession(
                connector=_Connector(), cookie_jar=aiohttp.DummyCookieJar(), response_class=_Response
            )
        await super().open()

    async def close(self) -> None:
        """Close the session and its connections, for good."""
        self._closed = True
        await super().close()

    async def send(
        self,
        request: Any,
        *,
        stream: bool = False,
        proxies: Optional[MutableMapping[str, str]] = None,
        **config: Any,
    ) -> Any:
        """Send a request.

        :raises TypeError: for an option that neither a policy nor this transport knows, or a header of a wrong type.
        :raises ValueError: for a method or header that HTTP does not know.
        """
        check_options(config, _OPTIONS)
        # aiohttp would offer encodings that azure-core cannot decode
        request.headers.setdefault("Accept-Encoding", _ENCODINGS)
        prepare_head(request)
        if self._environment is not None:
            proxies = {**self._environment.proxies_for(request.url), **(proxies or {})}
        try:
            response: Any = await super().send(request, stream=True, proxies=proxies, **config)
        except Exception as error:
            clean(error, request, proxies)
            raise _sending_failure(error) from getattr(error, "inner_exception", error)
        if not stream or response.status_code >= 400:
            await _read_body(response)
        return response


async def _read_body(response: Any) -> None:
    if not private_names.takes_body(response):
        await response.read()
        return
    body = Body(response)
    try:
        chunks = AsyncChunkReader(response, current_deadline())
        while body.add(await chunks.read()):
            pass
        body.end()
        private_names.mark_closed(response, closed=response.internal_response.connection is None)
    except AzureError as error:
        body.end(error)
    finally:
        await response.close()


def _sending_failure(error: Exception) -> Exception:
    """Return the error of a request without a response.

    azure-core treats every error of aiohttp as a failure to connect, and does not name timeouts up to 1.33.
    """
    if isinstance(error, OSError):
        return ServiceRequestError(error, error=error)
    inner = getattr(error, "inner_exception", None)
    if isinstance(inner, aiohttp.ConnectionTimeoutError):
        return ServiceRequestTimeoutError(inner, error=inner)
    if isinstance(inner, asyncio.TimeoutError):
        return ServiceResponseTimeoutError(inner, error=inner)
    lost = isinstance(inner, aiohttp.ClientConnectionError) and not isinstance(inner, _UNCONNECTED)
    return ServiceResponseError(inner, error=inner) if lost else error


def _environment_proxies(url: str) -> Proxies:
    if urllib.request.proxy_bypass(urlsplit(url).hostname or ""):
        return {}
    return {scheme: proxy for scheme, proxy in urllib.request.getproxies().items() if scheme in ("http", "https")}
