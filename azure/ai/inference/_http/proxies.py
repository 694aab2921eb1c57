"""The proxy for a request: its choice, its source, and whether it can be used."""

from __future__ import annotations

import os
import urllib.request
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import Any, Mapping, Optional
from urllib.parse import urlsplit

from azure.core.exceptions import ServiceRequestError

from azure.ai.inference._core.connecting import final
from azure.ai.inference._http.environment import Proxies

_PORTS = {"http": 80, "https": 443}


class Proxy:
    """A proxy. Only :attr:`url` contains its user name and password.

    :param url: its URL, with or without the scheme.
    :param source: its source: an environment variable, or an option.
    """

    __slots__ = ("_url", "address", "problem", "source")

    def __init__(self, url: str, source: str) -> None:
        self._url = url if "://" in url else f"http://{url.lstrip('/')}"
        self.source = source
        self.address = ""
        """Its host and port."""
        self.problem: Optional[str] = self._find_problem()
        """The reason why it cannot be used; None if it can."""

    def _find_problem(self) -> Optional[str]:
        scheme = self._url.partition("://")[0].lower()
        if scheme not in _PORTS:
            return f"The proxy of {self.source} is not an http proxy, but {scheme}."
        host, port = None, 0
        with suppress(ValueError):
            parts = urlsplit(self._url)
            host, port = parts.hostname, _PORTS[scheme] if parts.port is None else parts.port
        if not port or not host or any(map(str.isspace, self._url)):
            return f"The proxy of {self.source} is not a URL."
        self.address = f"{host}:{port}"
        return None

    @property
    def is_socks(self) -> bool:
        """Whether it is a SOCKS proxy, which requests can use."""
        return self._url.lower().startswith("socks")

    @property
    def url(self) -> str:
        return self._url

    def __repr__(self) -> str:
        return f"<Proxy {self.address}>"


def tunnel_failure(proxy: Optional[Proxy], status: int, reason: str) -> ServiceRequestError:
    """Return the error for a proxy that opens no tunnel. It may be retried only if the proxy is at fault."""
    name = f"The proxy {proxy.address}, named by {proxy.source}," if proxy is not None else "The proxy"
    message = f"{name} refused to connect to the service: {status} {reason}"
    if status >= 500:
        return ServiceRequestError(message, error=ConnectionError(message))
    return final(ServiceRequestError(message))


def environment_proxies(url: str) -> Proxies:
    """Return the proxies that the environment names for a URL, by scheme; empty if it must be reached directly.

    The names and rules are those of requests: ``NO_PROXY`` lists suffixes of host names, addresses and networks.
    """
    if _bypassed(url):
        return {}
    return {scheme: proxy for scheme, proxy in urllib.request.getproxies().items() if scheme in (*_PORTS, "all")}


def _bypassed(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    entries = [entry for entry in _no_proxy().replace(" ", "").lower().split(",") if entry]
    with_port = f"{host}:{parts.port}" if parts.port else host
    if any(_covers(entry, host) or with_port == entry for entry in entries):
        return True
    return bool(urllib.request.proxy_bypass(host))


def _no_proxy() -> str:
    return os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""


def _covers(entry: str, host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host.endswith(entry)
    try:
        return address in ip_network(entry, strict=False)
    except ValueError:
        return False


def choose_proxy(url: str, given: Optional[Mapping[str, Any]], environment: Proxies) -> Optional[Proxy]:
    """Return the proxy for a URL; None for none. Its problem, if any, is not raised here, beside its URL.

    :param given: the option ``proxies``, which wins. Its keys are ``scheme://host``, a scheme, ``all://host`` or
        ``all``; None as a value means no proxy.
    """
    parts = urlsplit(url)
    names = (f"{parts.scheme}://{parts.hostname}", parts.scheme, f"all://{parts.hostname}", "all")
    given = given or {}
    proxies = {**environment, **given}
    name = next((name for name in names if name in proxies), "")
    proxy = proxies.get(name)
    return Proxy(str(proxy), "`proxies`" if name in given else _source_of(name, proxy)) if proxy else None


def _source_of(scheme: str, proxy: Any) -> str:
    names = (f"{scheme}_proxy", f"{scheme}_proxy".upper())
    return next((name for name in names if os.environ.get(name) == proxy), "the system's settings")
