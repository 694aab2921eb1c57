# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (urllib3 1.26 and the extension points of requests are untyped)
"""The adapter that the session of synchronous clients sends with: requests' own, over connections of ours."""

from __future__ import annotations

import functools
from typing import Any, Dict, Hashable, Optional, cast
from weakref import ref

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
_ATTRIBUTES = {*HTTPAdapter.__attrs__, "poolmanager", "proxy_manager", "_has_own_pools", "_replaced", "_short"}
_NO_RETRIES = Retry(total=False, redirect=False, raise_on_status=False)


class InferenceAdapter(HTTPAdapter):
    """An adapter whose connections keep deadlines, skip interim responses, and can be woken while they wait.

    Where the classes of connections have been replaced, by a recorder for instance, it uses those.

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
        self._short = _ShortAdapter(self)
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

    def send_plain(self, request: Any, **kwargs: Any) -> requests.Response:
        """Send a request that needs no proxy, with fewer look-ups. The connections must be our own."""
        self._check_pools()
        return self._short.send(request, **kwargs)

    def is_untouched(self) -> bool:
        """Return whether nobody has changed this adapter."""
        return type(self) is InferenceAdapter and self.max_retries is _NO_RETRIES and vars(self).keys() == _ATTRIBUTES

    def _check_pools(self) -> None:
        if not self._has_own_pools:  # made while the classes of connections were replaced
            unpickled: Any = self
            unpickled.__setstate__(unpickled.__getstate__())

    def close(self) -> None:
        self._short.close()
        if self._replaced is not None:
            self._replaced.close()
        super().close()


class _ShortAdapter(HTTPAdapter):
    """The same adapter for requests without a proxy: pools, paths and encodings are looked up once."""

    def __init__(self, owner: InferenceAdapter) -> None:
        self._owner = ref(owner)
        self._pools: Dict[Hashable, Any] = {}
        self.poolmanager = owner.poolmanager
        self.proxy_manager = {}
        self.max_retries = owner.max_retries

    def get_connection_with_tls_context(
        self,
        request: Any,
        verify: Any,
        proxies: Any = None,
        cert: Any = None,
    ) -> Any:
        key = (_origin_of(request.url), verify, cert)
        pool = self._pools.get(key)
        if pool is None:
            pool = super().get_connection_with_tls_context(request, verify, cert=cert)
            untyped: Any = super()
            untyped.cert_verify(pool, request.url, verify, cert)
            if len(self._pools) >= _CACHED_POOLS:
                self._pools.clear()
            self._pools[key] = pool
        return pool

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Do nothing: a pool is set up when it is first needed."""

    def request_url(self, request: Any, proxies: Any) -> str:
        return _path_of(request.url)

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        response: Any = requests.Response()
        headers = response.headers = CaseInsensitiveDict(resp.headers)
        response.status_code = resp.status
        response.encoding = _encoding_of(headers.get("content-type"))
        response.raw = resp
        response.reason = resp.reason
        response.url = req.url
        response.request = req
        response.connection = self._owner()
        if "set-cookie" in headers:
            untyped: Any = extract_cookies_to_jar
            untyped(response.cookies, req, resp)
        return cast(requests.Response, response)

    def close(self) -> None:
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()


@functools.lru_cache(maxsize=64)
def _origin_of(url: str) -> str:
    """Return scheme, host and port of a URL."""
    return "/".join(url.split("/", 3)[:3])


@functools.lru_cache(maxsize=64)
def _path_of(url: str) -> str:
    return requests.Request("GET", url).prepare().path_url


@functools.lru_cache(maxsize=64)
def _encoding_of(content_type: Optional[str]) -> Optional[str]:
    return get_encoding_from_headers({} if content_type is None else {"content-type": content_type})
