"""Endpoint URLs: what a client accepts, which kind of service one belongs to, and what shares its origin."""

from __future__ import annotations

from typing import Any, Optional, Tuple
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}

_KINDS = (
    ("models.inference.ai.azure.com", "a GitHub Models endpoint"),
    ("models.github.ai", "a GitHub Models endpoint"),
    (".models.ai.azure.com", "a serverless API or managed compute endpoint"),
    (".services.ai.azure.com", "an Azure AI Foundry endpoint"),
    (".openai.azure.com", "an Azure OpenAI endpoint"),
)


def check_endpoint(endpoint: Any) -> str:
    """The endpoint without the white space around it.

    :raises ValueError: if it is None or no http(s) URL, or if it carries a user name or password.
    :raises TypeError: if it is not a string.
    """
    if endpoint is None:
        raise ValueError("Parameter 'endpoint' must not be None.")
    if not isinstance(endpoint, str):
        raise TypeError(f"Parameter 'endpoint' must be a str, not {type(endpoint).__name__}.")
    url = endpoint.strip()
    if not _names_a_host(url):
        raise ValueError("Parameter 'endpoint' must be a URL that begins with https:// or http:// and names a host.")
    if "@" in urlsplit(url).netloc:
        raise ValueError("Parameter 'endpoint' must not carry a user name or password; use 'credential' instead.")
    return url


def _names_a_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def endpoint_kind(endpoint: str) -> Optional[str]:
    """The kind of service that an endpoint belongs to, in words for an error message; None for one of another kind."""
    host = urlsplit(endpoint).hostname or ""
    return next((kind for suffix, kind in _KINDS if host.endswith(suffix)), None)


def join_url(endpoint: str, route: str) -> str:
    """The URL of a route below an endpoint. A query of the endpoint is kept, ahead of the route's own."""
    if route.lower().startswith(("http://", "https://")):
        return route
    base, _, base_query = endpoint.partition("?")
    path, _, query = route.partition("?")
    url = f"{base.rstrip('/')}/{path.lstrip('/')}"
    queries = "&".join(filter(None, (base_query, query)))
    return f"{url}?{queries}" if queries else url


def origin_of(url: str) -> Tuple[str, str, int]:
    """Scheme, host and port of a URL, empty if it is none: a credential goes to its endpoint's only."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0
