"""The proxies and certificates of a transport: those of its options, or else those of the environment."""

from __future__ import annotations

import ssl
from os import PathLike
from typing import Any, Mapping, Optional, Tuple, Union

from azure.ai.inference._http.contexts import TLSContexts
from azure.ai.inference._http.environment import EnvironmentProxies, Proxies, trusted_certificates
from azure.ai.inference._http.proxies import Proxy, choose_proxy, environment_proxies


class Network:
    """Chooses the proxy and the certificates for each request of a transport.

    :param uses_environment: whether the environment may name them.
    """

    def __init__(self, *, uses_environment: bool) -> None:
        self._environment = EnvironmentProxies(environment_proxies) if uses_environment else None
        self._contexts = TLSContexts()

    def proxy_for(self, url: str, given: Optional[Mapping[str, str]]) -> Optional[Proxy]:
        """Return the proxy for a URL; None for none.

        :param given: the option ``proxies``.
        """
        environment: Proxies = {} if self._environment is None else self._environment.proxies_for(url)
        return choose_proxy(url, given, environment) if given or environment else None

    def trust_for(self, url: str, verify: Any, cert: Any) -> Tuple[Any, Union[bool, ssl.SSLContext, None]]:
        """Return the certificates to trust for a URL, or whether to verify at all; and the context for TLS.

        :param verify: the option ``connection_verify``.
        :param cert: the option ``connection_cert``.
        :raises ValueError: if a file does not exist, or does not hold what it should.
        """
        is_tls = url[:6].lower() == "https:"
        if is_tls or isinstance(verify, (str, PathLike)):
            verify = trusted_certificates(verify, use_environment=self._environment is not None)
        return verify, self._contexts.context_for(verify, cert) if is_tls else None
