# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (azure-core leaves the options of its transports untyped)
"""The default transport of asynchronous clients: azure-core's for aiohttp, minus what it does anew each time."""

from __future__ import annotations

import asyncio
import functools
import urllib.request
from typing import Any, Callable, MutableMapping, Optional
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
from azure.core.pipeline.transport._aiohttp import AioHttpTransport

from azure.ai.inference._core.deadline import current_attempt, current_deadline
from azure.ai.inference._http.body_reader import AsyncChunkReader, Body
from azure.ai.inference._http.environment import EnvironmentProxies, Proxies
from azure.ai.inference._http.validation import CLOSED, check_headers, check_options

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
    """Tells whoever reads a body that the peer has left HTTP in the middle of it, or that the client has been closed.

    aiohttp lets them wait for ever: in the first case to this day, in the second in its older versions.
    """

    def close(self) -> None:
        payload = getattr(self, "_payload", None)
        super().close()
        if payload is not None and not payload.is_eof():
            payload.set_exception(aiohttp.ClientPayloadError("The connection has been closed."))

    def set_exception(self, exc: Any, *args: Any, **kwargs: Any) -> None:
        super().set_exception(exc, *args, **kwargs)
        payload = getattr(self, "_payload", None)
        if isinstance(exc, HttpProcessingError) and payload is not None:
            payload.set_exception(aiohttp.ClientPayloadError(str(exc)))


class _Response(aiohttp.ClientResponse):
    """Hands over what has arrived ahead of a fault before it raises the fault; aiohttp would drop it."""

    async def read_arrived(self) -> bytes:
        """The next bytes of the body, decompressed; none at the end."""
        try:
            return await self.content.readany()
        except Exception:
            arrived = self.content._read_nowait(-1)
            if not arrived:
                raise
            return arrived


class _Connector(aiohttp.TCPConnector):
    """Tells the attempt that waits for a connection when it has one."""

    def __init__(self) -> None:
        super().__init__()
        make: Callable[..., ResponseHandler] = _Protocol
        self._factory = functools.partial(make, loop=asyncio.get_running_loop())

    async def connect(self, *args: Any, **kwargs: Any) -> Any:
        connection = await super().connect(*args, **kwargs)
        attempt = current_attempt.get()
        if attempt is not None:
            attempt.connected = True
        return connection


class AsyncInferenceTransport(AioHttpTransport):
    """Sends requests with aiohttp; tasks may share it.

    Proxies come from the environment as with any client of aiohttp that trusts it, netrc never does.
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

        :raises TypeError: for an option that neither a policy nor this transport knows.
        :raises ValueError: for a header with a line break.
        """
        check_options(config, _OPTIONS)
        # aiohttp would offer encodings that azure-core cannot decode
        request.headers.setdefault("Accept-Encoding", _ENCODINGS)
        check_headers(request.headers)
        if self._environment is not None:
            proxies = {**self._environment.proxies_for(request.url), **(proxies or {})}
        try:
            response: Any = await super().send(request, stream=True, proxies=proxies, **config)
        except (ServiceRequestError, ServiceResponseError) as error:
            raise _sending_failure(error) from error.inner_exception
        except OSError as error:
            raise ServiceRequestError(error, error=error) from error
        if not stream or response.status_code >= 400:
            await _read_body(response)
        return response


async def _read_body(response: Any) -> None:
    body = Body(response)
    try:
        chunks = AsyncChunkReader(response, current_deadline())
        while body.add(await chunks.read()):
            pass
        body.end()
        # azure-core's close lets the loop run once, which is in vain where the end has given the connection back
        response._is_closed = response.internal_response.connection is None
    except AzureError as error:
        body.end(error)
    finally:
        await response.close()


def _sending_failure(error: AzureError) -> AzureError:
    """The error of a request that got no answer.

    azure-core takes all that aiohttp raises for a failure to connect, and up to 1.33 does not name timeouts.
    """
    inner = error.inner_exception
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
