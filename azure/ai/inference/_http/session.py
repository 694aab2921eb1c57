"""The session of requests that synchronous clients send with."""

from __future__ import annotations

import functools
from datetime import timedelta
from http.cookiejar import DefaultCookiePolicy
from time import perf_counter
from typing import Any, Mapping, Optional, cast

import requests
from requests.cookies import RequestsCookieJar

from azure.ai.inference._core.hiding import HiddenDict
from azure.ai.inference._http.adapter import InferenceAdapter
from azure.ai.inference._http.patches import own_connections, own_sessions

_PLAIN_OPTIONS = frozenset(
    {"headers", "data", "files", "verify", "timeout", "cert", "allow_redirects", "proxies", "stream"}
)


class _KeptOut(DefaultCookiePolicy):
    """Keeps no cookie of a server. Those that a program sets are sent."""

    def set_ok(self, cookie: Any, request: Any) -> bool:
        return False


class InferenceSession(requests.Session):
    """A session with a shorter way for requests that are no more than a URL, headers and a body.

    Looking for cookies, credentials, parameters, files, proxies and the environment costs more than sending the
    request. Any request with more than that goes the way of requests, and so does every one while a function of
    requests that the shorter way leaves out is replaced. Redirects are left to azure-core's policy.

    :param max_connections: the most connections to one origin, for which further requests wait.
    """

    def __init__(self, max_connections: Optional[int] = None) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies = RequestsCookieJar(_KeptOut())
        self._adapter = InferenceAdapter(max_connections)
        for prefix in ("https://", "http://"):
            self.mount(prefix, self._adapter)
        self._adapters = dict(self.adapters)
        self._own = vars(self).keys() | {"_own"}

    def request(self, method: Any, url: Any, **options: Any) -> requests.Response:  # type: ignore[override] # its options as they come
        options = HiddenDict(options)
        if not self._is_plain(url, options):
            return super().request(method, url, **options)
        prepared = self._prepared(method.upper(), url, options)
        began = perf_counter()
        response = self._adapter.send_plain(
            prepared, stream=True, timeout=options["timeout"], verify=options["verify"], cert=options["cert"]
        )
        response.elapsed = timedelta(seconds=perf_counter() - began)
        return response

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None

    def _prepared(self, method: str, url: str, options: Mapping[str, Any]) -> Any:
        """Return a plain request as requests would prepare it."""
        data, session = options["data"], cast("Any", self)
        prepared: Any = requests.PreparedRequest()
        prepared.method, prepared.url, prepared.headers = method, _quoted(url), session.headers.copy()
        prepared.headers.update(options["headers"])
        prepared.body = data.encode("ascii") if isinstance(data, str) else data or None
        prepared.prepare_content_length(prepared.body)
        return prepared

    def _is_plain(self, url: str, options: Mapping[str, Any]) -> bool:
        """Return whether a request is only a URL, text headers and a body of bytes or ASCII, if any."""
        data = options.get("data")
        return (
            own_sessions()
            and own_connections()
            and self._is_untouched()
            and frozenset(options) == _PLAIN_OPTIONS
            and not (options["files"] or options["proxies"])
            and options["stream"] is True
            and isinstance(options["verify"], (bool, str))
            and "@" not in url
            and (not data or isinstance(data, bytes) or (isinstance(data, str) and data.isascii()))
            and all(isinstance(value, str) and not value[:1].isspace() for value in options["headers"].values())
        )

    def _is_untouched(self) -> bool:
        """Return whether nobody has given this session, or its adapter, anything of their own."""
        more = (self.auth, self.hooks.get("response"), self.params, self.trust_env, self.proxies, self.cert)
        return (
            type(self) is InferenceSession
            and not any(more)
            and not len(self.cookies)
            and self.adapters == self._adapters
            and vars(self).keys() == self._own
            and self._adapter.is_untouched()
        )


@functools.lru_cache(maxsize=64)
def _quoted(url: str) -> Optional[str]:
    """Return the URL as requests sends it: quoted, its host in ASCII."""
    return requests.Request("GET", url).prepare().url
