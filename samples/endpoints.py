"""The endpoint of the samples: the one that the environment names, or else a local service."""

from __future__ import annotations

import atexit
import functools
import os
import sys
import time
from typing import Any, Dict, Tuple

from azure.core.credentials import AccessToken, AzureKeyCredential, TokenCredential
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import RequestsTransport

from azure.ai.inference.testing import LocalService

PACE = 0.02 if sys.stdout.isatty() else 0.0
"""Seconds between the events of a stream of the local service, so that its text grows visibly in a terminal."""


def prepare_environment(prefix: str) -> None:
    """Let the environment name a local service, if it names no endpoint in ``{prefix}_ENDPOINT``."""
    if not is_set(prefix):
        point_at(local_service(), prefix)


def is_set(prefix: str) -> bool:
    """Return whether the environment names an endpoint in ``{prefix}_ENDPOINT``."""
    return bool(os.environ.get(f"{prefix}_ENDPOINT", "").strip())


def point_at(service: LocalService, prefix: str) -> None:
    """Let the environment name a local service, and no proxy for it."""
    os.environ.update({f"{prefix}_ENDPOINT": service.endpoint, f"{prefix}_KEY": service.key})
    os.environ.pop(f"{prefix}_MODEL", None)
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = f"{direct},127.0.0.1".lstrip(",")


def find_endpoint(prefix: str) -> Tuple[str, AzureKeyCredential]:
    """Return the endpoint and key in ``{prefix}_ENDPOINT`` and ``{prefix}_KEY``, or those of a local service."""
    endpoint, key = os.environ.get(f"{prefix}_ENDPOINT"), os.environ.get(f"{prefix}_KEY")
    if endpoint and key:
        return endpoint, AzureKeyCredential(key)
    service = local_service()
    return service.endpoint, service.credential


def local_entra_id() -> Tuple[str, TokenCredential, Dict[str, Any]]:
    """Return a local service's endpoint, a credential that it accepts, and the client options for plain HTTP."""
    return local_service().endpoint, _LocalCredential(), {"per_call_policies": [_AllowPlainHttp()]}


def find_credential(prefix: str) -> Tuple[AzureKeyCredential, Dict[str, Any]]:
    """Return the key in ``{prefix}_KEY``, and no options; without it a local service's key, and the client options that
    send requests for any host to that service.
    """
    key = os.environ.get(f"{prefix}_KEY")
    if key:
        return AzureKeyCredential(key), {}
    service = local_service()
    return service.credential, {"transport": _LocalTransport(service.endpoint)}


@functools.lru_cache(maxsize=None)
def local_service() -> LocalService:
    """Return a local service that runs until the program ends."""
    service = LocalService(token=_LocalCredential.token, pace=PACE).start()
    atexit.register(service.close)
    print(
        f"[No endpoint is configured, so this uses a local service at {service.endpoint}. It is not a model.]",
        file=sys.stderr,
    )
    return service


class _LocalTransport(RequestsTransport):
    """A transport that sends requests for any host to one server."""

    def __init__(self, server: str) -> None:
        super().__init__()
        self._server = server

    def send(self, request: Any, **options: Any) -> Any:
        request.url = at_server(self._server, request.url)
        return super().send(request, **options)


def at_server(server: str, url: str) -> str:
    """Return a URL with a server in place of its host."""
    return server + url[url.index("/", len("https://")) :]


class _LocalCredential:
    """A stand-in for a credential of azure-identity, which would request a token from Microsoft Entra ID."""

    token = "local-token"

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        print(f"[The client requests a token for {', '.join(scopes)}.]", file=sys.stderr)
        return AccessToken(self.token, int(time.time()) + 3600)


class _AllowPlainHttp(SansIOHTTPPolicy[Any, Any]):
    """A policy that permits tokens over plain HTTP, which azure-core rejects. Only for the loopback address."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        request.context.options["enforce_https"] = False
