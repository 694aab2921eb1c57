"""The way to a host, step by step: name, connection, TLS, proxy. Each step names its remedy."""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path
from typing import Any, List, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

from azure.ai.inference._commands.console import in_a_line

_PATIENCE = 10.0
_PORTS = {"http": 80, "https": 443}
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_LOCAL = ("localhost", "127.0.0.1", "::1")
_BUNDLE = f"name the certificates to trust, a file or folder, with {_CERTIFICATES[0]}"

OK, NOTE, FAIL = "ok", "note", "FAIL"


class Check(NamedTuple):
    """The finding of a step."""

    check: str
    result: str
    """``ok``, ``note`` or ``FAIL``."""
    says: str
    """The finding and the remedy."""


class Way(NamedTuple):
    """The way to a URL."""

    scheme: str
    host: str
    port: int
    proxy: Optional[str]
    """Host and port of the proxy; None without a proxy."""

    @property
    def peer(self) -> Tuple[str, int]:
        """The host and the port of the connection: those of the proxy, if there is one."""
        if self.proxy is None:
            return self.host, self.port
        host, _, port = self.proxy.rpartition(":")
        return host.strip("[]"), int(port)


def way_to(url: str) -> Way:
    """Return the way to a URL, by the variables of proxies that HTTP libraries read."""
    from requests.utils import get_environ_proxies  # which azure-core brings; the library keeps to its rules

    parts = urlsplit(url)
    proxies = get_environ_proxies(url)
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return Way(parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme], _place_of(proxy))


def _place_of(proxy: Optional[str]) -> Optional[str]:
    """Return host and port of a proxy. Its user name and password must not be shown."""
    if not proxy:
        return None
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    try:
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme, 80)
    except ValueError:
        return None
    return f"[{host}]:{port}" if host and ":" in host else f"{host}:{port}"


def checks_of(way: Way) -> List[Check]:
    """Return the findings of the steps to a host, up to the first that failed."""
    checks = [_name(way)]
    if checks[-1].result != FAIL:
        connection, sock = _connect(way)
        checks.append(connection)
        if sock is not None:
            with sock:
                checks.append(_tls(way, sock))
    if way.proxy is not None:
        checks.append(
            Check("proxy", NOTE, f"The environment names the proxy {way.proxy}; NO_PROXY={way.host} avoids it.")
        )
    elif checks[-1].result != FAIL:
        checks.append(Check("proxy", OK, "None for this host."))
    return checks


def _name(way: Way) -> Check:
    host, port = way.peer
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        if way.proxy is not None:
            says = f"The proxy's name {host} does not resolve ({reason}): check HTTPS_PROXY and HTTP_PROXY."
        else:
            says = f"{host} does not resolve ({reason}): check the spelling of the endpoint, and the network or VPN."
        return Check("name", FAIL, says)
    addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
    return Check("name", OK, f"{host} is {', '.join(addresses[:4])}.")


def _connect(way: Way) -> Tuple[Check, Optional[socket.socket]]:
    host, port = way.peer
    place = f"{host}:{port}"
    try:
        sock = socket.create_connection((host, port), _PATIENCE)
    except socket.timeout:
        says = f"{place} does not respond: a firewall may be between, or the resource may be in a private network only."
    except ConnectionRefusedError:
        says = f"Nothing listens at {place}: check the port of the endpoint, or start the server."
        if way.proxy is not None:
            says = f"Nothing listens at the proxy {place}: check HTTPS_PROXY and HTTP_PROXY."
    except OSError as error:
        says = f"{place} cannot be reached ({error.strerror or error}): check the network, VPN or firewall."
    else:
        return Check("connection", OK, f"{place} accepts connections."), sock
    return Check("connection", FAIL, says), None


def _tls(way: Way, sock: socket.socket) -> Check:
    if way.scheme == "http":
        if way.host in _LOCAL or way.host.startswith("127."):
            return Check("TLS", OK, "Not needed on this machine.")
        return Check(
            "TLS", NOTE, "Plain http: anybody on the way can read the key. Use https:// if the service has it."
        )
    if way.proxy is not None:
        return Check("TLS", NOTE, "Goes through the proxy: see the requests below.")
    try:
        with _context().wrap_socket(sock, server_hostname=way.host) as secured:
            return Check("TLS", OK, f"{secured.version()}, and the certificate is trusted.")
    except ssl.SSLCertVerificationError as error:
        return Check("TLS", FAIL, _untrusted(error, way.host))
    except ssl.SSLError as error:
        if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"):
            says = f"{way.host}:{way.port} speaks plain http, or another version of TLS: use http://, or another port."
        else:
            says = f"No common version of TLS or cipher ({error.reason or error}): something may be between."
    except (OSError, ValueError) as error:
        says = f"The connection ended during TLS ({in_a_line(error)}): a firewall may be between, or it is no TLS port."
    return Check("TLS", FAIL, says)


def _context() -> ssl.SSLContext:
    """Return a client's side of TLS, with the certificates that the library trusts."""
    trusted = next((value for value in map(os.environ.get, _CERTIFICATES) if value), None)
    if trusted is None:
        from certifi import where  # which requests brings

        trusted = where()
    if Path(trusted).is_dir():
        return ssl.create_default_context(capath=trusted)
    return ssl.create_default_context(cafile=trusted)


def _untrusted(error: Any, host: str) -> str:
    reason = error.verify_message
    if "mismatch" in reason.lower() or "not valid for" in reason.lower():
        return f"The certificate is for another name ({reason}): use the host in the certificate as the endpoint."
    if "expired" in reason.lower() or "not yet valid" in reason.lower():
        return (
            f"The certificate is out of date ({reason}): check the clock of this machine, then ask the owner of {host}."
        )
    return f"The certificate is not trusted ({reason}): {_BUNDLE}, if it is your company's or your own."
