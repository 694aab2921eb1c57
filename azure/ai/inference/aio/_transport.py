"""The default transport of asynchronous clients: azure-core's for aiohttp, minus what it does again for each request."""

from __future__ import annotations

import functools
import urllib.request
import zlib
from typing import Any, MutableMapping, Optional
from urllib.parse import urlsplit

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest

from azure.ai.inference._deadline import current_attempt
from azure.ai.inference._environment import EnvironmentProxies, Proxies
from azure.ai.inference._errors import read_failure
from azure.ai.inference._sending import CLOSED, check_headers, check_options

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
_ENCODINGS = "gzip, deflate"


class _Protocol(ResponseHandler):
    """Tells whoever reads a body that the peer has left HTTP in the middle of it; aiohttp lets them wait for ever."""

    def set_exception(self, exc: Any, *cause: Any) -> None:
        super().set_exception(exc, *cause)
        if isinstance(exc, HttpProcessingError) and self._payload is not None:
            self._payload.set_exception(aiohttp.ClientPayloadError(str(exc)))


class _Connector(aiohttp.TCPConnector):
    """Tells the attempt that waits for a connection when it has one."""

    def __init__(self) -> None:
        super().__init__()
        self._factory = functools.partial(_Protocol, loop=self._loop)

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
        if self.session is None and self._session_owner:
            self.session = aiohttp.ClientSession(
                connector=_Connector(), cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        await super().open()

    async def close(self) -> None:
        """Close the session and its connections, for good."""
        self._closed = True
        await super().close()

    async def send(
        self,
        request: HttpRequest,
        *,
        stream: bool = False,
        proxies: Optional[MutableMapping[str, str]] = None,
        **config: Any,
    ) -> AsyncHttpResponse:
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
            response: AsyncHttpResponse = await super().send(request, stream=stream, proxies=proxies, **config)
        except zlib.error as error:
            raise read_failure(error, None) from error
        except OSError as error:
            raise ServiceRequestError(error, error=error) from error
        return response


def _environment_proxies(url: str) -> Proxies:
    if urllib.request.proxy_bypass(urlsplit(url).hostname or ""):
        return {}
    return {scheme: proxy for scheme, proxy in urllib.request.getproxies().items() if scheme in ("http", "https")}
