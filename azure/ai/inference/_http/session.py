"""The session of requests of synchronous clients."""

from __future__ import annotations

from datetime import timedelta
from http.cookiejar import DefaultCookiePolicy
from time import perf_counter
from typing import Any, List, Optional, Tuple

import requests
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from urllib3.util import SKIP_HEADER, Timeout

from azure.ai.inference._core.hiding import HiddenBytes, HiddenDict, HiddenText
from azure.ai.inference._http.adapter import InferenceAdapter, Plain, Target, target_of
from azure.ai.inference._http.patches import own_connections, own_sessions
from azure.ai.inference._json import type_of


class _KeptOut(DefaultCookiePolicy):
    """Keeps no cookie of a server. Those that a program sets are sent."""

    def set_ok(self, cookie: Any, request: Any) -> bool:
        return False


class InferenceSession(requests.Session):
    """A session with a shortcut for plain requests: a URL, headers and a body.

    Looking for cookies, credentials, parameters, files, proxies and the environment costs more than sending the
    request. Any other request goes the way of requests, and so do all while a function of requests that the
    shortcut bypasses is replaced. Redirects are left to azure-core's policy.

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
        self._own_headers = _items_of(self.headers)
        self._defaults = {name.lower(): (name, value) for name, value in self.headers.items()}
        self._own = vars(self).keys() | {"_own"}

    def request(self, method: Any, url: Any, **options: Any) -> requests.Response:  # type: ignore[override] # its options as they come
        settings = HiddenDict(options)
        del options  # it shows the credential
        failed = settings.pop("failed", None)
        if failed is not None:
            self._adapter.raise_failure(*failed)
        return super().request(method, url, **settings)

    def prepared_at_once(self, method: str, target: Target, headers: List[Tuple[str, str]], body: Any) -> Plain:
        """Return a request as requests would prepare it.

        :param headers: the headers, all of which are ASCII that can be sent.
        """
        chosen = HiddenDict(self._defaults)
        for name, value in headers:
            chosen[name.lower()] = name, value
        prepared: Any = requests.PreparedRequest()
        prepared.method, prepared.url, prepared.body = method.upper(), target.url, body or None
        if body:
            chosen["content-length"] = "Content-Length", str(len(body))
        elif prepared.method not in ("GET", "HEAD"):
            chosen.setdefault("content-length", ("Content-Length", "0"))
        prepared.headers = CaseInsensitiveDict(chosen.values())
        return Plain(prepared, target, HiddenDict(chosen.values()))

    def send_at_once(self, plain: Plain, verify: Any, cert: Any, limits: Any) -> requests.Response:
        """Send such a request. It raises the errors of urllib3.

        :param limits: the seconds for connecting, and for each wait after that.
        """
        timeout = Timeout(connect=limits[0], read=limits[1])
        began = perf_counter()
        response = self._adapter.send_at_once(plain, verify, cert, timeout)
        response.elapsed = timedelta(seconds=perf_counter() - began)
        return response

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None

    def is_untouched(self) -> bool:
        """Return whether nobody has given this session, or its adapter, anything of their own."""
        more = (self.auth, self.hooks.get("response"), self.params, self.trust_env, self.proxies, self.cert)
        return (
            type(self) is InferenceSession
            and not any(more)
            and not len(self.cookies)
            and self.adapters == self._adapters
            and vars(self).keys() == self._own
            and _items_of(self.headers) == self._own_headers
            and self._adapter.is_untouched()
        )


def _items_of(headers: Any) -> Any:
    return list(headers.lower_items()) if type_of(headers) is CaseInsensitiveDict else None


def plain_request(session: Any, request: Any, headers: List[Tuple[str, str]]) -> Optional[Plain]:
    """Return a request as requests would prepare it, and its target; None if it is more than a URL, headers and a body.

    Return None, too, while a function of requests that the shortcut bypasses is replaced.
    """
    body, url = request.content, request.url
    if type(session) is not InferenceSession or not (own_sessions() and own_connections() and session.is_untouched()):
        return None
    if isinstance(body, str):
        body = HiddenBytes(body.encode("ascii")) if body.isascii() else request
    values = HiddenText("".join([value for _, value in headers]))
    if "@" in url or not values.isascii() or SKIP_HEADER in values or not isinstance(body, (bytes, type(None))):
        return None
    try:
        target = target_of(url)
    except ValueError:  # requests reports the error
        return None
    if not target.origin.startswith(("http://", "https://")):
        return None
    plain: Plain = session.prepared_at_once(request.method, target, headers, body)
    return plain
