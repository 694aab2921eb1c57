"""The endpoint, key and model of a client in variables of the environment."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Optional

from azure.ai.inference._core.endpoints import accepts_entra_tokens


class Found(NamedTuple):
    """What the environment holds for a client."""

    endpoint: str
    key: Optional[str]
    """None if the endpoint is one of Azure's, which accepts a token in place of a key."""
    model: Optional[str]


def find(prefix: str, environment: Mapping[str, str]) -> Found:
    """Return what the variables with this prefix hold. An empty one counts as unset.

    :raises ValueError: if the endpoint is unset, or the key is unset and no token may go to the endpoint.
    """
    endpoint, key, model = (environment.get(f"{prefix}_{name}", "").strip() for name in ("ENDPOINT", "KEY", "MODEL"))
    if not endpoint:
        raise ValueError(f"The environment variable {prefix}_ENDPOINT is not set: the URL of the service.")
    if not key and not accepts_entra_tokens(endpoint):
        raise ValueError(missing_key(prefix))
    return Found(endpoint, key or None, model or None)


def missing_key(prefix: str, remedy: str = "") -> str:
    """Return the message of the error for a key that is not set."""
    return (
        f"The environment variable {prefix}_KEY is not set: the key of {prefix}_ENDPOINT. "
        f"{remedy}Local servers accept any text as a key."
    )
