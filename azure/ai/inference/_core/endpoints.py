"""Endpoints: what a client accepts, the kinds of services, and what shares an origin."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Protocol, Tuple
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


class EndpointKind(NamedTuple):
    """A kind of service, and the rules that it follows."""

    words: str
    """The kind in an error message; empty for an unknown kind."""
    suffixes: Tuple[str, ...]
    """The ends of its host names."""
    api_version: str = "2024-05-01-preview"
    """The version of the REST API that requests name by default."""
    scope: str = "https://ml.azure.com/.default"
    """The scope of the tokens that it accepts by default."""


_KINDS = (
    EndpointKind("a GitHub Models endpoint", ("models.inference.ai.azure.com", "models.github.ai")),
    EndpointKind("a serverless API or managed compute endpoint", (".models.ai.azure.com",)),
    EndpointKind("an Azure AI Foundry endpoint", (".services.ai.azure.com",)),
    EndpointKind("an Azure OpenAI endpoint", (".openai.azure.com",)),
    EndpointKind("", ("",)),
)


class Target(Protocol):
    """The part of a client's configuration that requests and errors are made from."""

    endpoint: Any
    base_url: str
    api_version: str
    credential: Any
    credential_scopes: List[str]


def check_endpoint(endpoint: Any) -> str:
    """Return the endpoint without the white space around it.

    :raises ValueError: if it is not an http(s) URL, or carries a user name or password.
    :raises TypeError: if it is not a string.
    """
    if not isinstance(endpoint, str):
        raise TypeError(f"Parameter 'endpoint' must be a str, not {type(endpoint).__name__}.")
    url = endpoint.strip()
    if not _names_a_host(url):
        raise ValueError("Parameter 'endpoint' must be a URL that begins with https:// or http:// and names a host.")
    if "@" in urlsplit(url).netloc:
        raise ValueError("Parameter 'endpoint' must not carry a user name or password; use 'credential' instead.")
    return url


def checked_endpoint(endpoint: Any) -> str:
    """Return the endpoint without the white space around it; nothing of a wrong one."""
    try:
        return check_endpoint(endpoint)
    except (TypeError, ValueError):
        return ""


def require_base_url(target: Target) -> str:
    """Return the URL below which requests go.

    :raises ValueError: if the endpoint is not an http(s) URL, or carries a user name or password.
    :raises TypeError: if it is not a string.
    """
    return target.base_url or check_endpoint(target.endpoint)


def _names_a_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def endpoint_kind(endpoint: str) -> EndpointKind:
    """Return the kind of an endpoint, by its host."""
    host = urlsplit(endpoint).hostname or ""
    return next(kind for kind in _KINDS if host.endswith(kind.suffixes))


def join_url(endpoint: str, route: str) -> str:
    """Return the URL of a route below an endpoint. The query of the endpoint comes before that of the route."""
    if route.lower().startswith(("http://", "https://")):
        return route
    base, _, base_query = endpoint.partition("?")
    path, _, query = route.partition("?")
    url = f"{base.rstrip('/')}/{path.lstrip('/')}"
    queries = "&".join(filter(None, (base_query, query)))
    return f"{url}?{queries}" if queries else url


def origin_of(url: str) -> Tuple[str, str, int]:
    """Return scheme, host and port of a URL, or empty values: a credential only goes to the origin of its endpoint."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0
