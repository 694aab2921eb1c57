"""The request of a call before it is sent: its JSON body and the server. No I/O."""

from __future__ import annotations

import functools
from typing import Any, Mapping, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

from azure.ai.inference._core.body import Call
from azure.ai.inference._core.operations import CHAT as CHAT_OPERATION
from azure.ai.inference._core.operations import EMBED, GENERATE_IMAGES
from azure.ai.inference.tracing._values import text

CHAT = CHAT_OPERATION.name
EMBEDDINGS = EMBED.name
IMAGES = GENERATE_IMAGES.name


class Request(NamedTuple):
    """A call before it is sent."""

    operation: str
    body: Mapping[str, Any]
    """The JSON body; empty for bytes and files, which are not parsed."""
    messages: Any
    """The argument ``messages``; None if the call has none."""
    streams: bool
    """Whether the response is a stream."""
    address: Optional[str]
    port: Optional[int]

    @property
    def model(self) -> Optional[str]:
        """The model that the body names."""
        return text(self.body.get("model"))

    @property
    def span_name(self) -> str:
        """The operation, with the model if it is known."""
        return f"{self.operation} {self.model}" if self.model else self.operation


def read_request(endpoint: str, call: Call) -> Request:
    """Return the request of a call to an endpoint; empty for a wrong one."""
    return Request(call.operation.name, call.wire, call.arguments.get("messages"), call.streams, *_server(endpoint))


@functools.lru_cache(maxsize=64)
def _server(endpoint: str) -> Tuple[Optional[str], Optional[int]]:
    """Return host and port of an endpoint; no port if it names none, or the usual one."""
    parts = urlsplit(endpoint)
    return parts.hostname, None if parts.port == 443 else parts.port
