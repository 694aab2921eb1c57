"""Where the samples send their requests: to the endpoint that the environment names, or else to a local service."""

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

from azure.ai.inference.testing import LocalService

PACE = 0.02
"""Seconds between the pieces of a streamed answer of the local service, so that it is seen to grow."""


def find_endpoint(prefix: str) -> Tuple[str, AzureKeyCredential]:
    """The endpoint and key in the variables ``{prefix}_ENDPOINT`` and ``{prefix}_KEY``, or those of a local service."""
    endpoint, key = os.environ.get(f"{prefix}_ENDPOINT"), os.environ.get(f"{prefix}_KEY")
    if endpoint and key:
        return endpoint, AzureKeyCredential(key)
    service = local_service()
    return service.endpoint, service.credential


def local_entra_id() -> Tuple[str, TokenCredential, Dict[str, Any]]:
    """The local service, a credential with a token that it takes, and the client's options for sending that there."""
    return local_service().endpoint, _LocalCredential(), {"per_call_policies": [_AllowPlainHttp()]}


@functools.lru_cache(maxsize=None)
def local_service() -> LocalService:
    """A service that speaks the REST API on this machine until the program ends."""
    service = LocalService(token=_LocalCredential.token, pace=PACE).start()
    atexit.register(service.close)
    print(
        f"[No endpoint is configured, so a local service answers at {service.endpoint}. It is no model.]",
        file=sys.stderr,
    )
    return service


class _LocalCredential:
    """Stands for a credential of azure-identity, which would ask Microsoft Entra ID for a token."""

    token = "local-token"

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        print(f"[The client asks for a token for {', '.join(scopes)}.]", file=sys.stderr)
        return AccessToken(self.token, int(time.time()) + 3600)


class _AllowPlainHttp(SansIOHTTPPolicy[Any, Any]):
    """Lets a token go over plain http, which azure-core refuses. For this machine's own loopback address only."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        request.context.options["enforce_https"] = False
