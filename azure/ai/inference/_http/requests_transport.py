# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (azure-core leaves the options of its transports untyped)
"""The default transport of synchronous clients: azure-core's for requests, without the work that it repeats."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, MutableMapping, Optional

import requests
from azure.core.exceptions import AzureError, ServiceRequestTimeoutError, ServiceResponseTimeoutError
from azure.core.rest import HttpResponse
from requests.utils import get_environ_proxies
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from azure.ai.inference._core.cleaning import clean
from azure.ai.inference._core.deadline import current_deadline
from azure.ai.inference._core.headers import prepare_head
from azure.ai.inference._http import private_names
from azure.ai.inference._http.body_reader import Body, ChunkReader
from azure.ai.inference._http.environment import EnvironmentProxies, certificate_bundle
from azure.ai.inference._http.session import InferenceSession
from azure.ai.inference._http.validation import CLOSED, check_options

if TYPE_CHECKING:  # the public name is untyped: azure-core imports the class when it is asked for
    from azure.core.pipeline.transport._requests_basic import RequestsTransport
else:
    from azure.core.pipeline.transport import RequestsTransport

_OPTIONS = frozenset(
    {"stream", "connection_timeout", "read_timeout", "connection_verify", "connection_cert", "cookies", "auth", "hooks"}
)


class InferenceTransport(RequestsTransport):
    """Sends requests with requests; threads may share it.

    The environment names proxies and certificates, as for any client of requests. netrc is never read.
    """

    def __init__(self, *, use_env_settings: bool = True, **kwargs: Any) -> None:
        super().__init__(use_env_settings=False, **kwargs)
        self._environment = EnvironmentProxies(get_environ_proxies) if use_env_settings else None
        self._opening = Lock()
        self._closed = False

    def open(self) -> None:
        """Open the session, once for all threads.

        :raises ValueError: if the transport has been closed.
        """
        if self._closed:
            raise ValueError(CLOSED)
        if not self.session:
            with self._opening:
                if not self.session and self._session_owner:
                    session = InferenceSession()
                    self._init_session(session)
                    self.session = session  # last: other threads use it from here on
                super().open()

    def close(self) -> None:
        """Close the session and its connections, for good."""
        self._closed = True
        super().close()

    def send(self, request: Any, *, proxies: Optional[MutableMapping[str, str]] = None, **kwargs: Any) -> Any:
        """Send a request.

        :raises TypeError: for an option that neither a policy nor this transport knows, or a header of a wrong type.
        :raises ValueError: for a method or header that HTTP does not know.
        """
        check_options(kwargs, _OPTIONS)
        prepare_head(request)
        if self._environment is not None:
            proxies = {**self._environment.proxies_for(request.url), **(proxies or {})}
            if kwargs.get("connection_verify", self.connection_config.verify) is True:
                kwargs["connection_verify"] = certificate_bundle() or True
        try:
            response: Any = super().send(request, proxies=proxies, **{**kwargs, "stream": True})
        except Exception as error:
            clean(error, request, proxies)
            if not isinstance(error, AzureError):
                raise
            raise _sending_failure(error) from error.inner_exception
        if not kwargs.get("stream") or response.status_code >= 400:
            _read_body(response)
        return response


def _sending_failure(error: AzureError) -> AzureError:
    """Return the error of a request without a response. azure-core up to 1.33 does not name timeouts."""
    inner = error.inner_exception
    if isinstance(inner, (ConnectTimeoutError, requests.ConnectTimeout)) and not isinstance(inner, NewConnectionError):
        return ServiceRequestTimeoutError(inner, error=inner)
    if isinstance(inner, requests.ReadTimeout):
        return ServiceResponseTimeoutError(inner, error=inner)
    return error


def _read_body(response: HttpResponse) -> None:
    if not private_names.takes_body(response):
        response.read()
        return
    body = Body(response)
    try:
        chunks = ChunkReader(response, current_deadline())
        while body.add(chunks.read()):
            pass
        body.end()
    except AzureError as error:
        body.end(error)
    finally:
        response.close()
