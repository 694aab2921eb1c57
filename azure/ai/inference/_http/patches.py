"""Whether the functions and classes of the HTTP libraries are their own.

Mocks, recorders and telemetry agents may replace them at any time. Our replacements and shortcuts are only used while
nobody has.
"""

from __future__ import annotations

import http.client
from typing import Any

import requests
import requests.adapters
import urllib3.connection
import urllib3.connectionpool

from azure.ai.inference._http.judgement import Judgement, is_own

_CLASSES = ("http.client", "http.client", *("urllib3.connection",) * 4)
_FUNCTIONS = (*("requests.sessions",) * 5, *("requests.adapters",) * 5)


_classes = Judgement(_CLASSES)
_functions = Judgement(_FUNCTIONS)


def own_connections() -> bool:
    """Return whether the classes of connections are those of http.client and urllib3."""
    pools = urllib3.connectionpool
    return _classes.holds_for(
        (
            http.client.HTTPConnection,
            http.client.HTTPSConnection,
            urllib3.connection.HTTPConnection,
            urllib3.connection.HTTPSConnection,
            pools.HTTPConnectionPool.ConnectionCls,
            pools.HTTPSConnectionPool.ConnectionCls,
        )
    )


def own_sessions() -> bool:
    """Return whether the functions that our session bypasses are those of requests."""
    session: Any = requests.Session
    adapter: Any = requests.adapters.HTTPAdapter
    return _functions.holds_for(
        (
            session.request,
            session.prepare_request,
            session.merge_environment_settings,
            session.get_adapter,
            session.send,
            getattr(adapter, "get_connection_with_tls_context", None),  # since requests 2.32.2
            adapter.cert_verify,
            adapter.request_url,
            adapter.build_response,
            adapter.send,
        )
    )


def own_session_class() -> bool:
    """Return whether ``requests.Session`` is the class of requests."""
    return is_own(requests.Session, "requests.sessions")
