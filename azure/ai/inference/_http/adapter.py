# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (urllib3 1.26 and the extension points of requests are untyped)
"""The adapter of the session of synchronous clients: requests' own, over our connections."""

from __future__ import annotations

import functools
from typing import Any, Dict, Hashable, NamedTuple, NoReturn, Optional, cast

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import extract_cookies_to_jar
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3.util.retry import Retry

from azure.ai.inference._core.hiding import HiddenDict
from azure.ai.inference._http.patches import own_connections

#: The connections that a pool keeps; more are opened where more are needed, and closed after use.
_KEPT = 512
_CACHED_POOLS = 64
_ATTRIBUTES = {*HTTPAdapter.__attrs__, "poolmanager", "proxy_manager", "_has_own_pools", "_replaced", "_pools"}
_NO_RETRIES = Retry(total=False, redirect=False, raise_on_status=False)


class Target(NamedTuple):
    """The parts of a URL that a request needs."""

    url: str
    """The URL as requests sends it: quoted, its host in ASCII."""
    origin: str
    path: str

    def __repr__(self) -> str:
        return "***"  # the URL may hold a signature


class Plain(NamedTuple):
    """A plain request: a URL, headers and a body."""

    prepared: Any
    """The request as requests would prepare it."""
    target: Target
    headers: Dict[str, str]
    """All headers to send, those of the session included."""

    def __repr__(self) -> str:
        return "***"


class InferenceAdapter(HTTPAdapter):
    """An adapter whose connections keep deadlines, skip interim responses, and can be woken from a wait.

    If the classes of connections have been replaced, by a recorder for instance, it uses those.

    :param max_connections: the most connections to one origin, for which further requests wait.
    """

    def __init__(self, max_connections: Optional[int] = None) -> None:
        super().__init__(
            pool_maxsize=max_connections or _KEPT, pool_block=max_connections is not None, max_retries=_NO_RETRIES
        )

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block=block, **pool_kwargs)
        self._replaced: Optional[HTTPAdapter] = None
        self._has_own_pools = own_connections()
        self._pools: Dict[Hashable, Any] = {}
        self._use_own_pools(self.poolmanager)

    def _use_own_pools(self, manager: Any) -> None:
        if self._has_own_pools:
            from azure.ai.inference._http.connection import POOLS

            manager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        if not proxy.lower().startswith("socks"):
            self._use_own_pools(manager)
        return manager

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs = HiddenDict(kwargs)
        if not own_connections():
            if self._replaced is None:
                self._replaced = HTTPAdapter(pool_maxsize=_KEPT, max_retries=_NO_RETRIES)
            return self._replaced.send(request, *args, **kwargs)
        self._check_pools()
        return super().send(request, *args, **kwargs)

    def send_at_once(self, plain: Plain, verify: Any, cert: Any, timeout: Any) -> requests.Response:
        """Send a request without what requests repeats for each.

        :raises Exception: those of urllib3. :meth:`raise_failure` gives them the classes of requests.
        """
        raw = self._pool_for(plain.target, verify, cert).urlopen(
            method=plain.prepared.method,
            url=plain.target.path,
            body=plain.prepared.body,
            headers=plain.headers,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
            enforce_content_length=True,
            retries=_NO_RETRIES,
            timeout=timeout,
        )
        return self._response_of(plain.prepared, raw)

    def raise_failure(self, request: Any, error: Exception, timeout: Any) -> NoReturn:
        """Raise an error of urllib3 as requests does."""
        _Failed(error).send(request, timeout=timeout)
        raise error

    def _pool_for(self, target: Target, verify: Any, cert: Any) -> Any:
        self._check_pools()
        key = (target.origin, verify, cert)
        pool = self._pools.get(key)
        if pool is None or pool.pool is None:
            request = requests.Request("GET", target.url).prepare()
            pool = self.get_connection_with_tls_context(request, verify, cert=cert)
            untyped: Any = self
            untyped.cert_verify(pool, target.url, verify, cert)
            if len(self._pools) >= _CACHED_POOLS:
                self._pools.clear()
            self._pools[key] = pool
        return pool

    def _response_of(self, request: Any, raw: Any) -> requests.Response:
        """Return a response as ``build_response`` does, whose encoding is looked up once for each content type."""
        response: Any = requests.Response()
        headers = response.headers = CaseInsensitiveDict(raw.headers.itermerged())
        response.status_code = raw.status
        response.encoding = _encoding_of(headers.get("content-type"))
        response.raw = raw
        response.reason = raw.reason
        response.url = request.url
        response.request = request
        response.connection = self
        if "set-cookie" in headers:
            untyped: Any = extract_cookies_to_jar
            untyped(response.cookies, request, raw)
        return cast(requests.Response, response)

    def is_untouched(self) -> bool:
        """Return whether this adapter is unchanged."""
        return type(self) is InferenceAdapter and self.max_retries is _NO_RETRIES and vars(self).keys() == _ATTRIBUTES

    def _check_pools(self) -> None:
        if not self._has_own_pools:  # made while the classes of connections were replaced
            unpickled: Any = self
            unpickled.__setstate__(unpickled.__getstate__())

    def close(self) -> None:
        self._pools.clear()
        if self._replaced is not None:
            self._replaced.close()
        super().close()


class _Failed(HTTPAdapter):
    """An adapter whose requests have already failed: requests chooses the class of the error."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self.max_retries = _NO_RETRIES

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        return self

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Do nothing: there is no connection."""

    def urlopen(self, **options: Any) -> NoReturn:
        """Fail as the request did."""
        del options  # they show the credential
        raise self._error


@functools.lru_cache(maxsize=64)
def target_of(url: str) -> Target:
    """Return the target of a URL. requests parses and quotes one at 360,000 instructions, a fifth of a call."""
    prepared = requests.Request("GET", url).prepare()
    quoted = str(prepared.url)
    return Target(quoted, "/".join(quoted.split("/", 3)[:3]), prepared.path_url)


@functools.lru_cache(maxsize=64)
def _encoding_of(content_type: Optional[str]) -> Optional[str]:
    return get_encoding_from_headers({} if content_type is None else {"content-type": content_type})
