# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (azure-core leaves the options of its transports untyped)
"""The default transport of synchronous clients: azure-core's for requests, without repeated work."""

from __future__ import annotations

import re
from threading import Lock
from typing import TYPE_CHECKING, Any, MutableMapping, Optional

import requests
from azure.core.exceptions import (
    AzureError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.rest import HttpResponse
from requests.exceptions import InvalidHeader, InvalidSchema, ProxyError
from urllib3.exceptions import ConnectTimeoutError, EmptyPoolError, LocationValueError, NewConnectionError

from azure.ai.inference._core.cleaning import clean
from azure.ai.inference._core.connecting import final
from azure.ai.inference._core.deadline import current_attempt, current_deadline
from azure.ai.inference._core.headers import prepare_head
from azure.ai.inference._core.hiding import HiddenDict, hide_sent
from azure.ai.inference._http import forks, private_names
from azure.ai.inference._http.body_reader import Body, ChunkReader, public_reading
from azure.ai.inference._http.network import Network
from azure.ai.inference._http.patches import own_session_class
from azure.ai.inference._http.proxies import Proxy, tunnel_failure
from azure.ai.inference._http.requests_response import own_class
from azure.ai.inference._http.session import InferenceSession, plain_request
from azure.ai.inference._http.validation import CLOSED, check_final, check_options

if TYPE_CHECKING:  # the public name is untyped: azure-core imports the class on demand
    from azure.core.pipeline.transport._requests_basic import RequestsTransport
else:
    from azure.core.pipeline.transport import RequestsTransport

_OPTIONS = frozenset(
    {"stream", "connection_timeout", "read_timeout", "connection_verify", "connection_cert", "cookies", "auth", "hooks"}
)

_PLAIN_OPTIONS = frozenset({"stream", "connection_timeout", "read_timeout", "connection_verify", "connection_cert"})

#: The message of http.client for a proxy that refuses CONNECT.
_NO_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3}) ?([ \w-]*)")


class InferenceTransport(RequestsTransport):
    """Sends requests with requests; threads may share it.

    The environment names proxies and certificates, as for any client of requests. netrc is never read.
    """

    def __init__(self, *, use_env_settings: bool = True, max_connections: Optional[int] = None, **kwargs: Any) -> None:
        super().__init__(use_env_settings=False, **kwargs)
        self._owns_session = bool(kwargs.get("session_owner", True))
        self._network = Network(uses_environment=use_env_settings)
        self._max_connections = max_connections
        self._opening = Lock()
        self._closed = False
        forks.watch(self)

    def open(self) -> None:
        """Open the session, once for all threads.

        :raises ValueError: if the transport has been closed.
        """
        if self._closed:
            raise ValueError(CLOSED)
        if not self.session:
            with self._opening:
                if not self.session and self._owns_session and own_session_class():
                    self.session = InferenceSession(self._max_connections)  # other threads use it from here on
                super().open()

    def forget_connections(self) -> None:
        """Drop the parent's connections in this forked process."""
        self._opening = Lock()
        forks.renew_session(self.session)

    def close(self) -> None:
        """Close the session and its connections. It cannot be opened again."""
        self._closed = True
        super().close()

    def send(self, request: Any, *, proxies: Optional[MutableMapping[str, str]] = None, **kwargs: Any) -> Any:
        """Send a request.

        :raises TypeError: for an option that neither a policy nor this transport knows, or a header of a wrong type.
        :raises ValueError: for a method or header that HTTP does not know.
        """
        check_options(kwargs, _OPTIONS)
        headers = prepare_head(request)
        attempt = current_attempt.get()
        if attempt is not None:
            attempt.limit_waits(kwargs, self.connection_config)
        proxy = self._network.proxy_for(request.url, proxies)
        if proxy is not None and proxy.problem and not proxy.is_socks:
            raise final(ServiceRequestError(proxy.problem))
        self._choose_certificates(request.url, kwargs)
        proxies = HiddenDict({} if proxy is None else {request.url.partition(":")[0].lower(): proxy.url})
        try:
            response: Any = None if proxies else self._send_at_once(request, headers, kwargs)
            if response is None:
                response = super().send(request, proxies=proxies, **{**kwargs, "stream": True})
                hide_sent(response)
        except EmptyPoolError as error:
            raise ServiceRequestTimeoutError(f"No connection became free in time: {error}") from error
        except Exception as error:
            clean(error, request, proxies)
            if isinstance(error, LocationValueError):  # a host that cannot be written in ASCII: requests lets it pass
                raise final(ServiceRequestError(error, error=error)) from error
            if not isinstance(error, AzureError):
                raise
            raise _sending_failure(error, proxy) from error.inner_exception
        check_final(response)
        if not kwargs.get("stream") or response.status_code >= 300:
            _read_body(response)
        return response

    def _send_at_once(self, request: Any, headers: Any, options: MutableMapping[str, Any]) -> Any:
        """Send a plain request without the work that azure-core and requests repeat; None for any other.

        If it fails, they name the error, as they would have done.
        """
        config = self.connection_config
        verify, cert = options.get("connection_verify", config.verify), options.get("connection_cert", config.cert)
        limits = options.get("connection_timeout", config.timeout), options.get("read_timeout", config.read_timeout)
        kind = own_class() if options.keys() <= _PLAIN_OPTIONS and not isinstance(limits[0], tuple) else None
        if kind is None or not isinstance(verify, (bool, str)) or isinstance(cert, list):
            return None
        if not self.session:
            self.open()
        session: Any = self.session
        plain = plain_request(session, request, headers)
        if plain is None:
            return None
        failure: Optional[Exception] = None
        try:
            internal = session.send_at_once(plain, verify, cert, limits)
        except Exception as error:
            failure = error
        else:
            return kind(request=request, internal_response=internal, block_size=config.data_block_size)
        return super().send(request, failed=(plain.prepared, failure, limits))

    def _choose_certificates(self, url: str, options: MutableMapping[str, Any]) -> None:
        """Set the certificates to trust for a URL: those of the call, the client or the environment."""
        config = self.connection_config
        verify, cert = options.get("connection_verify", config.verify), options.get("connection_cert", config.cert)
        options["connection_verify"], _ = self._network.trust_for(url, verify, cert)


def _sending_failure(error: AzureError, proxy: Optional[Proxy]) -> AzureError:
    """Return the error of a request without a response. azure-core up to 1.33 does not name timeouts."""
    inner: Any = error.inner_exception
    failure = None if proxy is None else _failure_of_proxy(inner, proxy)
    if failure is not None:
        return failure
    attempt = current_attempt.get()
    if attempt is not None and attempt.deadline.left() <= 0:
        reached = not isinstance(error, ServiceRequestError) if attempt.connected is None else attempt.connected
        kind = ServiceResponseTimeoutError if reached else ServiceRequestTimeoutError
        return kind(attempt.deadline.message, error=inner)
    if isinstance(inner, (ConnectTimeoutError, requests.ConnectTimeout)) and not isinstance(inner, NewConnectionError):
        return ServiceRequestTimeoutError("The connection was not made in time.", error=inner)
    if isinstance(inner, requests.ReadTimeout):
        return ServiceResponseTimeoutError("The response did not begin in time.", error=inner)
    if isinstance(inner, ValueError):  # a broken header of the response, or a URL that requests cannot use
        answered = isinstance(inner, InvalidHeader)
        return ServiceResponseError(inner, error=inner) if answered else final(ServiceRequestError(inner, error=inner))
    return error


def _failure_of_proxy(inner: Any, proxy: Proxy) -> Optional[AzureError]:
    """Return the error of a proxy that refuses a tunnel, cannot be reached or cannot be used; None for any other."""
    refused = _NO_TUNNEL.search(str(inner))
    if refused:
        return tunnel_failure(proxy, int(refused[1]), refused[2])
    if isinstance(inner, ProxyError):
        cause = getattr(inner.args[0] if inner.args else None, "original_error", inner)
        return ServiceRequestError(f"Cannot connect to the proxy {proxy.address}: {cause}", error=inner)
    if isinstance(inner, InvalidSchema) and proxy.is_socks:
        return final(ServiceRequestError(f"{proxy.problem} {inner}", error=inner))
    return None


def _read_body(response: HttpResponse) -> None:
    try:
        if private_names.takes_body(response):
            _read_chunks(response)
        else:
            with public_reading(response, current_deadline()):
                response.read()
    finally:
        response.close()


def _read_chunks(response: HttpResponse) -> None:
    body = Body(response)
    try:
        chunks = ChunkReader(response, current_deadline())
        while body.add(chunks.read()):
            pass
        body.end()
    except AzureError as error:
        body.end(error)
