"""What a case of the requests' corpus is: every part that may hold models is a function of the imported `models`."""

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
    """The arguments of the call; `body` and `request` are given by position, all others by keyword."""
    setup: Build = nothing
    """The keywords of the client's constructor."""
    client: str = "chat"
    method: str = "complete"
    path: str = ""
    """What follows the server's address in the endpoint."""
    then: Optional[Callable[[Any, Any], Values]] = None
    """The keywords of a second call, given the models and the answer of the first one."""
    key: str = "key-1"
    token: bool = False
    """Whether the client has a token credential in place of a key."""
    renewed_key: str = ""
    """The key that the credential gets before the second call."""


def hello(**keywords: Any) -> Build:
    """The arguments of the plainest chat call, and more."""
    return lambda m: {"messages": [{"role": "user", "content": "hi"}], **keywords}
