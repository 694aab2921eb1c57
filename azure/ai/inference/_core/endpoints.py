"""Endpoints: their URLs, the services behind them, and the origins to which credentials may go."""

from __future__ import annotations

import re
from typing import Any, List, Optional, Protocol, Tuple
from urllib.parse import unquote, urlsplit

from azure.ai.inference.models._enums import EndpointKind

_DEFAULT_PORTS = {"http": 80, "https": 443}

#: A URL that all parsers split alike: no user info, no character that ends a host for some of them only, and no port 0,
#: which older versions of yarl take for none.
_ORIGIN = r"(?i)(https?)://(\[[0-9a-f:.]+\]|[^\x00-\x20\x7f\\/?#@:%\[\]]+)(?::(?!0+\b)([0-9]{0,5}))?(?=[/?#]|\Z)"
_MISREAD = r"[\x00-\x1f\x7f\\]"
_AUTHORITY = r"[^/?#]*//([^/?#]*)"


#: The routes that are often pasted with an endpoint.
_ROUTES = ("/chat/completions", "/images/embeddings", "/embeddings", "/images/generations")
_CLOUDS = ("com", "us", "cn")
_VERSION = "api-version="

#: The ends of the hosts of serverless APIs and managed compute.
_MACHINE_LEARNING = (".models.ai.azure.com", ".inference.ai.azure.com", ".inference.ml.azure.com")

#: The version of the REST API that the released package spoke.
RELEASED_VERSION = "2024-05-01-preview"

#: The kinds of services by the end of the host, in words for error messages.
_WORDS = (
    ("models.inference.ai.azure.com", "a GitHub Models endpoint"),
    ("models.github.ai", "a GitHub Models endpoint"),
    (".models.ai.azure.com", "a serverless API endpoint"),
    (".inference.ai.azure.com", "a serverless API endpoint"),
    (".inference.ml.azure.com", "a managed compute endpoint"),
    ("api.openai.com", "the OpenAI API"),
)


_WORDS_OF_AZURE = {
    "services.ai": "an Azure AI Foundry endpoint",
    "openai": "an Azure OpenAI endpoint",
    "cognitiveservices": "an Azure AI services endpoint",
}

#: The kind of the endpoints with a path, and what is added to the path. A rule holds for all of Azure's hosts, some of
#: them, another host, or every host; `*` stands for one segment of the path, `**` at the beginning for any number.
_RULES = (
    ("azure", "", EndpointKind.OPENAI_V1, "/openai/v1"),
    ("azure", "/openai", EndpointKind.OPENAI_V1, "/v1"),
    ("services.ai", "/api/projects/*", EndpointKind.OPENAI_V1, "/openai/v1"),
    ("", "**/openai/v1", EndpointKind.OPENAI_V1, ""),
    ("api.openai.com", "", EndpointKind.OPENAI_V1, "/v1"),
    ("api.openai.com", "**", EndpointKind.OPENAI_V1, ""),
    ("", "**/openai/deployments/*", EndpointKind.AZURE_OPENAI_DEPLOYMENT, ""),
    ("", "**", EndpointKind.MODEL_INFERENCE, ""),
)

#: The service of one of Azure's hosts, and the end of its domain.
_Azure = Optional[Tuple[str, str]]


class Service:
    """The service of an endpoint.

    :param url: the URL below which the routes lie.
    :param kind: the rules that it follows.
    :param api_version: the version of the REST API that requests name by default; None for none.
    :param scope: the scope of the tokens that it accepts by default.
    :param words: the service in an error message; empty for an unknown one.
    """

    def __init__(self, url: str, kind: EndpointKind, api_version: Optional[str], scope: str, words: str) -> None:
        self.url = url
        self.kind = kind
        self.api_version = api_version
        self.scope = scope
        self.words = words

    @property
    def is_azure(self) -> bool:
        """Whether the host is one of Azure's for Foundry, OpenAI or AI services resources."""
        return _azure_of(_host_of(self.url)) is not None


def resolve(base_url: str, kind: Optional[EndpointKind] = None, default_version: str = RELEASED_VERSION) -> Service:
    """Return the service of an endpoint that has been checked. Nothing but host and path decide.

    :param base_url: the endpoint; empty for a wrong one, which gets the rules of the released package.
    :param kind: the kind that the caller gave: nothing is added to the path then.
    :param default_version: the version of services that want one, if the endpoint names none.
    """
    base, _, query = base_url.partition("?")
    host = _host_of(base_url)
    azure = _azure_of(host)
    origin, path = _split(base.rstrip("/"))
    version = None
    if azure:
        version, query = _take_version(query)
        path = path if kind else _without_route(path)
    rule_kind, adds = next(
        (rule_kind, adds)
        for hosts, pattern, rule_kind, adds in _RULES
        if _holds_for(hosts, host, azure) and _fits(pattern, path)
    )
    url = origin + path + ("" if kind else adds)
    kind = kind or rule_kind
    if version is None and kind is not EndpointKind.OPENAI_V1:
        version = default_version
    words = _WORDS_OF_AZURE[azure[0]] if azure else _words_of(host)
    return Service(f"{url}?{query}" if query else url, kind, version, _scope_of(azure, path), words)


def _host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _azure_of(host: str) -> _Azure:
    labels = host.split(".")
    for service in _WORDS_OF_AZURE:
        end = len(service.split(".")) + 2
        if len(labels) > end and labels[-end:-1] == [*service.split("."), "azure"] and labels[-1] in _CLOUDS:
            return service, labels[-1]
    return None


def accepts_entra_tokens(endpoint: str) -> bool:
    """Return whether the host of an endpoint is one of Azure's, to which a token of Microsoft Entra ID may be sent."""
    origin = origin_of(endpoint)
    if origin is None or origin[0] != "https":
        return False
    return _azure_of(origin[1]) is not None or origin[1].endswith(_MACHINE_LEARNING)


def _split(base: str) -> Tuple[str, str]:
    """Return the origin and the path of a URL without a query."""
    scheme, mark, rest = base.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{mark}{authority}", f"{slash}{path}"


def _take_version(query: str) -> Tuple[Optional[str], str]:
    """Return the API version in a query, if any, and the rest of the query."""
    items = query.split("&")
    versions = [unquote(item[len(_VERSION) :]) for item in items if item.startswith(_VERSION)]
    return next(filter(None, versions), None), "&".join(item for item in items if not item.startswith(_VERSION))


def _without_route(path: str) -> str:
    return next((path[: -len(route)] for route in _ROUTES if path.endswith(route)), path)


def _holds_for(hosts: str, host: str, azure: _Azure) -> bool:
    if hosts in ("azure", "services.ai"):
        return azure is not None and hosts in ("azure", azure[0])
    return hosts in ("", host)


def _fits(pattern: str, path: str) -> bool:
    wanted, segments = pattern.split("/"), path.split("/")
    if wanted[0] == "**":
        wanted = wanted[1:]
        segments = segments[len(segments) - len(wanted) :] if len(segments) > len(wanted) else segments
    return len(wanted) == len(segments) and all(each in ("*", segment) for each, segment in zip(wanted, segments))


def _scope_of(azure: _Azure, path: str) -> str:
    if not azure:
        return "https://ml.azure.com/.default"
    service, cloud = azure
    project = service == "services.ai" and path.startswith("/api/projects/")
    return f"https://{'ai' if project else 'cognitiveservices'}.azure.{cloud}/.default"


def _words_of(host: str) -> str:
    return next((words for suffix, words in _WORDS if host.endswith(suffix)), "")


def kind_given(kind: Any) -> Optional[EndpointKind]:
    """Return the kind of an endpoint that a caller gave; None for none.

    :raises ValueError: if there is no such kind.
    """
    if kind is None:
        return None
    try:
        return EndpointKind(kind)
    except ValueError:
        kinds = ", ".join(repr(known.value) for known in EndpointKind)
        raise ValueError(f"endpoint_kind must be one of {kinds}, not {kind!r}.") from None


class Target(Protocol):
    """The part of a client's configuration that requests and errors are made from."""

    endpoint: Any
    base_url: str
    service: Service
    api_version: Optional[str]
    credential: Any
    credential_scopes: List[str]


def check_endpoint(endpoint: Any) -> str:
    """Return the endpoint without the white space around it.

    :raises ValueError: if it is not an http(s) URL, or carries a user name or password.
    :raises TypeError: if it is not a string.
    """
    if not isinstance(endpoint, str):
        raise TypeError(f"Parameter 'endpoint' must be a str, not {type(endpoint).__name__}.")
    problem = _problem_of(endpoint.strip())  # raised here, where no variable holds a password
    if problem:
        raise ValueError(f"Parameter 'endpoint' must {problem}")
    return endpoint.strip()


def checked_endpoint(endpoint: Any) -> str:
    """Return the endpoint without the white space around it; an empty string for an invalid one."""
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


def _problem_of(url: str) -> str:
    if not _names_a_host(url):
        return "be a URL that begins with https:// or http:// and names a host."
    return "not carry a user name or password; use 'credential' instead." if "@" in urlsplit(url).netloc else ""


def _names_a_host(url: str) -> bool:
    if re.search(_MISREAD, url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def join_url(endpoint: str, route: str) -> str:
    """Return the URL of a route below an endpoint. The query of the endpoint comes before that of the route."""
    if route.lower().startswith(("http://", "https://")):
        return route
    base, _, base_query = endpoint.partition("?")
    path, _, query = route.partition("?")
    url = f"{base.rstrip('/')}/{path.lstrip('/')}"
    queries = "&".join(filter(None, (base_query, query)))
    return f"{url}?{queries}" if queries else url


def origin_of(url: str) -> Optional[Tuple[str, str, int]]:
    """Return scheme, host and port of a URL; None if two parsers of URLs could read them differently.

    A credential only goes to the origin of its endpoint: the origin that the HTTP library connects to.
    """
    match = re.match(_ORIGIN, url)
    if match is None:
        return None
    scheme, host, port = match[1].lower(), match[2], match[3]
    return scheme, host.lower() if host.isascii() else host, int(port) if port else _DEFAULT_PORTS[scheme]


def check_location(location: str) -> None:
    """Reject the target of a redirect that parsers of URLs read differently.

    :raises ValueError: if it contains a backslash or a control character, or names a user.
    """
    if re.search(_MISREAD, location):
        raise ValueError("it contains a backslash or a control character")
    authority = re.match(_AUTHORITY, location)
    if authority and "@" in authority[1]:
        raise ValueError("it carries a user name or password")
