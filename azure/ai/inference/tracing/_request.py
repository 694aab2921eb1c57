"""What is known of a call before it is made: the JSON body that its arguments will become, and the server. No I/O."""

from __future__ import annotations

import functools
from typing import Any, Dict, Mapping, NamedTuple, Optional, Sequence, Tuple
from urllib.parse import urlsplit

from azure.ai.inference._core.body import CHAT_SETTINGS, EMBEDDINGS_SETTINGS, UNSET, merge
from azure.ai.inference.tracing._values import mapping, text

CHAT = "chat"
EMBEDDINGS = "embeddings"


class Request(NamedTuple):
    """A call about to be made."""

    operation: str
    body: Mapping[str, Any]
    """The JSON body as far as it is known: empty for bytes and files, which are left unread."""
    messages: Any
    """The argument ``messages``; None if the call has none."""
    streams: bool
    """Whether the answer was asked for in pieces."""
    address: Optional[str]
    port: Optional[int]

    @property
    def model(self) -> Optional[str]:
        """The model that the body asks for."""
        return text(self.body.get("model"))

    @property
    def span_name(self) -> str:
        """The operation, with the model if it is known."""
        return f"{self.operation} {self.model}" if self.model else self.operation


def read_chat(client: Any, args: Sequence[Any], options: Mapping[str, Any]) -> Request:
    """The request that a chat client's ``complete`` will make of its arguments."""
    body = _body(client, args, options, CHAT_SETTINGS, ("messages", "stream"))
    streams = options.get("stream") is True or body.get("stream") is True
    return Request(CHAT, body, options.get("messages"), streams, *_server(client))


def read_embeddings(client: Any, args: Sequence[Any], options: Mapping[str, Any]) -> Request:
    """The request that an embeddings client's ``embed`` will make of its arguments."""
    body = _body(client, args, options, EMBEDDINGS_SETTINGS, ("input",))
    return Request(EMBEDDINGS, body, None, False, *_server(client))


def _body(
    client: Any, args: Sequence[Any], options: Mapping[str, Any], names: Sequence[str], required: Sequence[str]
) -> Mapping[str, Any]:
    body: Any = args[0] if args else options.get("body", UNSET)
    if body is not UNSET:
        return mapping(body)
    given: Dict[str, Any] = {name: options.get(name) for name in (*names, "model_extras")}
    wire = {name: options[name] for name in required if options.get(name) is not None}
    try:
        return merge(wire, names, given, client._settings)[0]
    except (TypeError, ValueError):  # the call will fail with this error, for which its arguments are worth knowing
        return given


def _server(client: Any) -> Tuple[Optional[str], Optional[int]]:
    return _split(client._config.endpoint)


@functools.lru_cache(maxsize=64)
def _split(endpoint: str) -> Tuple[Optional[str], Optional[int]]:
    """Host and port of an endpoint; no port if it names none, or the usual one."""
    parts = urlsplit(endpoint)
    return parts.hostname, None if parts.port == 443 else parts.port
