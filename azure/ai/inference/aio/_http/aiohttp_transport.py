# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (azure-core leaves the options of its transports untyped)
"""The default transport of asynchronous clients: azure-core's for aiohttp, without repeated work."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any, Dict, MutableMapping, Optional

import aiohttp
from azure.core.exceptions import AzureError, ServiceRequestError, ServiceResponseError
from multidict import CIMultiDict

from azure.ai.inference._core.cleaning import clean
from azure.ai.inference._core.connecting import final
from azure.ai.inference._core.deadline import current_attempt, current_deadline
from azure.ai.inference._core.headers import prepare_head
from azure.ai.inference._http import private_names
from azure.ai.inference._http.body_reader import Body, public_reading
from azure.ai.inference._http.network import Network
from azure.ai.inference._http.proxies import Proxy
from azure.ai.inference._http.validation import CLOSED, check_options
from azure.ai.inference.aio._deadline import in_asyncio, run_to_first_wait
from azure.ai.inference.aio._http.aiohttp_response import own_class
from azure.ai.inference.aio._http.body_reader import AsyncChunkReader, BodyChunks, is_own
from azure.ai.inference.aio._http.failures import sending_failure
from azure.ai.inference.aio._http.files import as_sent, keeping_file
from azure.ai.inference.aio._http.session import MAX_LINE, LoopSessions

if TYPE_CHECKING:  # the public name is untyped: azure-core imports the class on demand
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
#: The time before the deadline at which the body of an error is cut, so that its status is raised and not a timeout.
_SECONDS_TO_RAISE = 0.05
_ENCODINGS = "gzip, deflate"
_PLAIN_BODIES = (type(None), bytes, str)
_NO_ASYNCIO = (
    "The default transport of asynchronous clients runs on asyncio. "
    "On another event loop, pass a transport that is made for it with `transport=`."
)


class AsyncInferenceTransport(AioHttpTransport):
    """Sends requests with aiohttp. Tasks may share it, and so may event loops, one after another or at once.

    The environment names proxies and certificates, as for the synchronous transport. netrc is never read.

    :keyword max_connections: the most connections in each event loop.
    """

    def __init__(self, *, use_env_settings: bool = True, max_connections: Optional[int] = None, **kwargs: Any) -> None:
        self._sessions = LoopSessions(max_connections)
        self._given: Optional[aiohttp.ClientSession] = None
        super().__init__(use_env_settings=False, **kwargs)
        self._owns_session = bool(kwargs.get("session_owner", True))
        if self._given is not None and max_connections is not None:
            raise TypeError("max_connections= cannot be given beside session=, which has a limit of its own.")
        self._network = Network(uses_environment=use_env_settings)
        self._closed = False

    @property
    def session(self) -> Optional[aiohttp.ClientSession]:
        """The session to send with: the program's own, or that of the running event loop."""
        if self._given is not None:
            return self._given
        try:
            return self._sessions.by_loop.get(asyncio.get_running_loop())
        except RuntimeError:
            return None

    @session.setter
    def session(self, session: Optional[aiohttp.ClientSession]) -> None:
        self._given = session

    async def open(self) -> None:
        """Open the session of the running event loop.

        :raises ValueError: if the transport has been closed.
        :raises RuntimeError: outside asyncio.
        """
        if self._closed:
            raise ValueError(CLOSED)
        if self.session is None:
            if not in_asyncio():
                raise RuntimeError(_NO_ASYNCIO)
            await self._sessions.open()

    async def close(self) -> None:
        """Close the session of the running event loop. Other loops close theirs when they next run."""
        self._closed = True
        if self._given is not None and self._owns_session:
            await self._given.close()
        await self._sessions.close()

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
        :raises ValueError: for a method or header that HTTP does not know, or a missing file of certificates.
        """
        check_options(config, _OPTIONS)
        # aiohttp would offer encodings that azure-core cannot decode
        request.headers.setdefault("Accept-Encoding", _ENCODINGS)
        headers = prepare_head(request)
        proxy = self._proxy_for(request.url, proxies, config)
        if proxy is not None and proxy.problem:
            raise final(ServiceRequestError(proxy.problem))
        self._complete(request.url, config)
        failure: Any = None
        response: Any = None
        try:
            kind = self._own_class(request)
            if kind is None:
                response = await super().send(keeping_file(request), stream=True, proxy=proxy and proxy.url, **config)
            else:
                response = await self._send_at_once(request, headers, kind, proxy, config)
        except (ServiceRequestError, ServiceResponseError, OSError, UnicodeError) as error:
            clean(error, request, proxies)
            failure = error
        if failure is not None:  # an error raised within `except` keeps aiohttp's, and with it the request
            failure = sending_failure(failure, proxy)
            raise failure from failure.inner_exception
        status = response.status_code
        if status < 200:  # aiohttp skips them, but for 101: the connection speaks something else now
            response.internal_response.close()
            raise ServiceResponseError(f"The service sent no response, but status {status}.")
        reads = not stream or status >= 400
        takes_body = reads and private_names.takes_body(response, decompresses=True)
        if not takes_body or self._given is not None:
            self._serve_chunks(response)
        if reads:
            await _read_body(response, takes_body=takes_body)
        return response

    def _own_class(self, request: Any) -> Any:
        """Return our class of responses if the request can be sent directly; else None."""
        plain = self._given is None and type(request.content) in _PLAIN_BODIES
        return own_class() if plain else None

    async def _send_at_once(self, request: Any, headers: Any, kind: Any, proxy: Optional[Proxy], config: Any) -> Any:
        """Send a plain request as azure-core would, which looks up old names and builds new timeouts each time."""
        session: Any = self.session
        if session is None or self._closed:
            await self.open()
            session = self.session
        own = self.connection_config
        limits = config.pop("connection_timeout", own.timeout), config.pop("read_timeout", own.read_timeout)
        body = request.content
        if body is None:
            body = request.data  # it may be empty
        if not body:
            config["skip_auto_headers"] = ["Content-Type"]
        del config["connection_verify"], config["connection_cert"]
        try:
            response = await session.request(
                request.method,
                request.url,
                headers=CIMultiDict(headers),
                data=as_sent(body),
                timeout=_timeout(*limits),
                allow_redirects=False,
                proxy=proxy and proxy.url,
                **config,
            )
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            raise ServiceRequestError(error, error=error) from error
        return kind(request=request, internal_response=response, block_size=own.data_block_size)

    def _proxy_for(self, url: str, proxies: Any, config: Dict[str, Any]) -> Optional[Proxy]:
        proxy = config.pop("proxy", None)
        return Proxy(str(proxy), "`proxy`") if proxy else self._network.proxy_for(url, proxies)

    def _complete(self, url: str, config: Dict[str, Any]) -> None:
        """Complete the options of a request."""
        attempt = current_attempt.get()
        if attempt is not None:
            attempt.connected = False
        config["max_field_size"] = config["max_line_size"] = MAX_LINE
        own = self.connection_config
        verify, cert = config.get("connection_verify", own.verify), config.get("connection_cert", own.cert)
        _, context = self._network.trust_for(url, verify, cert)
        if context is not None:
            config.setdefault("ssl", context)
        config.update(connection_verify=True, connection_cert=None)  # else azure-core creates a context of its own

    def _serve_chunks(self, response: Any) -> None:
        """Let the caller of a streamed response read its bytes as they arrive, unpacked once or not at all."""
        deadline = current_deadline()
        unpacks = self._given is None or not self._given.auto_decompress
        if is_own(response.internal_response):
            response.internal_response.unpacks = private_names.mark_unpacked(response)
            response.internal_response.deadline = deadline
        private_names.set_download(
            response, lambda response, unpack: BodyChunks(response, deadline, unpack=unpack and unpacks)
        )


@functools.lru_cache(maxsize=64)
def _timeout(connecting: Any, reading: Any) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(sock_connect=connecting, sock_read=reading)


async def _read_body(response: Any, *, takes_body: bool) -> None:
    try:
        if takes_body:
            await _read_chunks(response)
        else:
            with public_reading(response, current_deadline()):
                await response.read()
    except GeneratorExit:
        run_to_first_wait(response.close())
        raise
    finally:
        await response.close()


async def _read_chunks(response: Any) -> None:
    body = Body(response)
    deadline = current_deadline()
    if deadline is not None and response.status_code >= 400:
        deadline = deadline.earlier(_SECONDS_TO_RAISE)
    try:
        chunks = AsyncChunkReader(response, deadline)
        while body.add(await chunks.read()):
            pass
        body.end()
        private_names.mark_closed(response, closed=response.internal_response.connection is None)
    except AzureError as error:
        body.end(error)
