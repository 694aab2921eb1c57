"""Where the samples send their requests: to the endpoint that the environment names, or else to a local service."""

from __future__ import annotations

import atexit
import os
import sys
import time
from typing import Any, Dict, Tuple

from azure.ai.inference.testing import LocalService
from azure.core.credentials import AccessToken, AzureKeyCredential, TokenCredential
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

PACE = 0.02
"""Seconds between the pieces of a local answer that is streamed, so that it is seen to grow."""


def find_endpoint(prefix: str) -> Tuple[str, AzureKeyCredential]:
    """The endpoint and key in the variables ``{prefix}_ENDPOINT`` and ``{prefix}_KEY``, or those of a local service."""
    endpoint, key = os.environ.get(f"{prefix}_ENDPOINT"), os.environ.get(f"{prefix}_KEY")
    if endpoint and key:
        return endpoint, AzureKeyCredential(key)
    print(f"({prefix}_ENDPOINT and {prefix}_KEY are not set: a local service answers, which is no model.)", file=sys.stderr)
    service = start_service(pace=PACE)
    return service.endpoint, service.credential


def start_service(**options: Any) -> LocalService:
    """A local service that runs until the program ends."""
    service = LocalService(**options).start()
    atexit.register(service.close)
    return service


def local_entra_id() -> Tuple[str, TokenCredential, Dict[str, Any]]:
    """A local service that knows one token, a credential with that token, and the client's options to send it there."""
    print("(AZURE_AI_CHAT_ENDPOINT is not set: a local service answers, which is no model.)", file=sys.stderr)
    service = start_service(token=_LocalCredential.token, pace=PACE)
    return service.endpoint, _LocalCredential(), {"per_call_policies": [_AllowPlainHttp()]}


class _LocalCredential:
    """Stands for a credential of azure-identity, which would ask Microsoft Entra ID for a token."""

    token = "local-token"

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        print(f"(Asked for a token for {', '.join(scopes)}.)", file=sys.stderr)
        return AccessToken(self.token, int(time.time()) + 3600)


class _AllowPlainHttp(SansIOHTTPPolicy[Any, Any]):
    """Lets a token go over plain http, which azure-core refuses. For this machine's own loopback address only."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        request.context.options["enforce_https"] = False
