"""Fixtures for the fault tests: a certificate authority that no system trusts."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme


class ForeignTLS(NamedTuple):
    """TLS with a certificate that only `bundle` makes trusted."""

    server: ssl.SSLContext
    bundle: str


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ForeignTLS:
    """Return a server's side of TLS, signed by an authority that no system trusts."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    bundle: Path = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    return ForeignTLS(context, str(bundle))
