"""A stand-in for a company's network, for sample_certificate_and_proxy.py: a proxy that shows certificates of its own.

Such proxies decrypt what passes them: for every host they issue a certificate that is signed by the company. Programs
have to trust the company's certificate authority. This one leads every host to the local service.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import sys
import threading
from pathlib import Path
from typing import Any, Iterator, Tuple
from urllib.parse import urlsplit

import trustme
from endpoints import local_service


@contextlib.contextmanager
def company_network(folder: Path) -> Iterator[Tuple[str, str]]:
    """Run the proxy. Yield its URL, and the path of the certificate authority's certificate."""
    authority = trustme.CA()
    certificate = folder / "company-ca.pem"
    authority.cert_pem.write_to_path(str(certificate))
    with _Proxy(("127.0.0.1", 0), _Connection) as proxy:
        proxy.authority = authority
        proxy.service = urlsplit(local_service().endpoint)
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_address[1]}", str(certificate)
        proxy.shutdown()


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    authority: trustme.CA
    service: Any


class _Connection(socketserver.StreamRequestHandler):
    server: _Proxy

    def handle(self) -> None:
        """Respond to ``CONNECT host:port``, then forward between the client and the local service."""
        host = self.rfile.readline().split()[1].decode("ascii").rpartition(":")[0]
        while self.rfile.readline().strip():
            pass  # a header
        print(f"[The proxy connects to {host}.]", file=sys.stderr)
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.authority.issue_cert(host).configure_cert(context)
        service = self.server.service
        with contextlib.suppress(OSError), socket.create_connection((service.hostname, service.port)) as upstream:
            with context.wrap_socket(self.connection, server_side=True) as client:
                threading.Thread(target=_forward, args=(upstream, client), daemon=True).start()
                _forward(client, upstream)


def _forward(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        for data in iter(lambda: source.recv(65536), b""):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
