"""HTTP clients for the tests of the local service: the standard library's client, and bare sockets."""

from __future__ import annotations

import http.client
import json
import socket
from contextlib import closing
from typing import Any, Dict, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

from azure.ai.inference.testing import LocalService

CHAT = "/chat/completions?api-version=2024-05-01-preview"
HELLO = {"messages": [{"role": "user", "content": "Hello"}]}
WAIT = 20.0


class Response(NamedTuple):
    """A response of the service."""

    status: int
    headers: Dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Parse the JSON body."""
        return json.loads(self.body)


def address_of(service: LocalService) -> Tuple[str, int]:
    """Return the host and port of a service."""
    url = urlsplit(service.endpoint)
    assert url.hostname is not None and url.port is not None
    return url.hostname, url.port


def connect(service: LocalService) -> http.client.HTTPConnection:
    """Return an HTTP connection to a service."""
    return http.client.HTTPConnection(*address_of(service), timeout=WAIT)


def dial(service: LocalService) -> socket.socket:
    """Return a bare socket connected to a service."""
    return socket.create_connection(address_of(service), timeout=WAIT)


def exchange(
    connection: http.client.HTTPConnection,
    method: str = "POST",
    path: str = CHAT,
    body: Any = HELLO,
    headers: Optional[Dict[str, str]] = None,
) -> Response:
    """Send one request over an open connection, with the key unless other headers are given."""
    sent = body if isinstance(body, bytes) or body is None else json.dumps(body)
    connection.request(method, path, sent, {"api-key": "local-key"} if headers is None else headers)
    response = connection.getresponse()
    return Response(response.status, dict(response.getheaders()), response.read())


def ask(service: LocalService, method: str = "POST", path: str = CHAT, body: Any = HELLO, **headers: str) -> Response:
    """Send one request over a connection of its own."""
    with closing(connect(service)) as connection:
        return exchange(connection, method, path, body, {"api-key": "local-key", **headers})


def ask_raw(service: LocalService, request: bytes) -> bytes:
    """Send a request as bytes, and return all bytes received until the service disconnects."""
    with dial(service) as client:
        client.sendall(request)
        return b"".join(iter(lambda: client.recv(65536), b""))
