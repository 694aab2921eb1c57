"""A case of the corpus of requests. Every part that can hold models is a function of the imported `models`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Optional

Values = Dict[str, Any]
Build = Callable[[Any], Values]


def nothing(models: Any) -> Values:
    return {}


@dataclass(frozen=True)
class Case:
    call: Build
    """The arguments of the call; `body` and `request` are positional, all others keywords."""
    setup: Build = nothing
    """The keywords of the client's constructor."""
    client: str = "chat"
    method: str = "complete"
    path: str = ""
    """The path of the endpoint, after the server's address."""
    then: Optional[Callable[[Any, Any], Values]] = None
    """The keywords of a second call, given the models and the result of the first."""
    key: str = "key-1"
    token: bool = False
    """Whether the client has a token credential instead of a key."""
    renewed_key: str = ""
    """The key that the credential is updated with before the second call."""


def hello(**keywords: Any) -> Build:
    """Return the arguments of a minimal chat call, with additional keywords."""
    return lambda m: {"messages": [{"role": "user", "content": "hi"}], **keywords}
