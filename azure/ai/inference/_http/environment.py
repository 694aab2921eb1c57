"""Proxies and certificates of the environment, looked up again only when it has changed.

The names and their meaning are those of requests and aiohttp. netrc is never read: requests already carry a credential.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional, Tuple
from urllib.parse import urlsplit

from azure.ai.inference._core.connecting import CERTIFICATE_VARIABLES
from azure.ai.inference._core.hiding import HiddenDict
from azure.ai.inference._http import private_names

Proxies = Mapping[str, str]

_NAMES = tuple(
    name for lower in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") for name in (lower, lower.upper())
)
_SYSTEM_HAS_PROXIES = sys.platform in ("win32", "cygwin", "darwin")
_CACHED_ORIGINS = 256


class EnvironmentProxies:
    """The proxies for a URL, cached for its origin as long as the variables stay the same.

    :param look_up: returns the proxies that the transport's HTTP library would use for a URL.
    """

    def __init__(self, look_up: Callable[[str], Proxies]) -> None:
        self._look_up = look_up
        self._variables: Tuple[Any, ...] = ()
        self._known: Dict[str, Proxies] = {}

    def proxies_for(self, url: str) -> Proxies:
        """Return the proxies for a URL, by scheme; empty for none."""
        if _SYSTEM_HAS_PROXIES:
            return HiddenDict(self._look_up(url))
        variables = private_names.held_variables(_NAMES)
        if not any(variables):
            return {}
        if variables != self._variables or len(self._known) > _CACHED_ORIGINS:
            self._known, self._variables = {}, variables
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        known = self._known.get(origin)
        if known is None:
            known = self._known[origin] = HiddenDict(self._look_up(url))
        return known


def certificate_bundle() -> Optional[str]:
    """Return the file or folder of trusted certificates that the environment names; None if it names none."""
    if not any(private_names.held_variables(CERTIFICATE_VARIABLES)):
        return None
    return next((path for path in map(os.environ.get, CERTIFICATE_VARIABLES) if path), None)


def trusted_certificates(verify: Any, *, use_environment: bool) -> Any:
    """Return the file or folder of the certificates to trust, or whether to verify at all.

    :param verify: the option ``connection_verify``. Where it is True or None, the environment may name certificates.
    :raises ValueError: if that does not exist.
    """
    if verify is not True and verify is not None:
        if verify is not False:
            check_file(verify, "`connection_verify`")
        return verify
    path = certificate_bundle() if use_environment else None
    if path is None:
        return True
    check_file(path, next(name for name in CERTIFICATE_VARIABLES if os.environ.get(name) == path))
    return path


def check_file(path: Any, source: str) -> None:
    """Raise ValueError if a file or folder of certificates does not exist."""
    if not Path(path).exists():
        raise ValueError(f"The file or folder of certificates that {source} names does not exist: {os.fspath(path)}")
