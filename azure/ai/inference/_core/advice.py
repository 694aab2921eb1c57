"""The line of advice at the end of a service's error: that of the first matching row."""

from __future__ import annotations

import re
from typing import Any, Callable, Optional, Sequence, Tuple
from urllib.parse import unquote, urlsplit

from azure.core.exceptions import ODataV4Format

from azure.ai.inference import _json
from azure.ai.inference._core.endpoints import Target
from azure.ai.inference.models._enums import EndpointKind

_ROUTE = re.compile(r"(?<!:/)/(chat/completions|(images/)?embeddings|images/generations|info)/*\Z")
_DEPLOYMENT = re.compile(r"/openai/deployments/([^/]+)")
_AUDIENCE = re.compile(r"audience is incorrect \((https://[^\s()]+)\)", re.IGNORECASE)
_UNSUPPORTED = ("unsupported_parameter", "unsupported_value", "unknown_parameter")
_GITHUB = ("models.inference.ai.azure.com", "models.github.ai")
_NO_MODEL = re.compile(r"model\b.*\b(?:not exist|not found)", re.IGNORECASE | re.DOTALL)


class Refusal:
    """A refused request, and the error of the service.

    :param status: the status of the response.
    :param error: the details of the error; None if the body has none.
    :param request: the request that was refused.
    :param target: the configuration of the client.
    """

    def __init__(self, status: int, error: Optional[ODataV4Format], request: Any, target: Target) -> None:
        self.status = status
        self.target = target
        self.code = str(getattr(error, "code", None) or "").lower()
        self.message = str(getattr(error, "message", None) or "")
        self.param: Any = getattr(error, "param", None)
        self._request = request

    @property
    def url(self) -> str:
        """The URL of the request, without its query, which may hold a secret."""
        return str(getattr(self._request, "url", "")).partition("?")[0]

    @property
    def host(self) -> str:
        """The host of the request."""
        return (urlsplit(self.url).hostname or "").lower()

    @property
    def version(self) -> Optional[str]:
        """The version of the REST API that the request named."""
        found = re.search(r"[?&]api-version=([^&]*)", str(getattr(self._request, "url", "")))
        return unquote(found[1]) if found else None

    @property
    def is_v1(self) -> bool:
        """Whether the service speaks the OpenAI dialect."""
        return self.target.service.kind is EndpointKind.OPENAI_V1

    @property
    def deployment(self) -> Optional[str]:
        """The deployment in the path of the request."""
        found = _DEPLOYMENT.search(self.url)
        return unquote(found[1]) if found else None

    @property
    def has_token(self) -> bool:
        """Whether the credential is a token credential."""
        return hasattr(self.target.credential, "get_token")

    @property
    def model(self) -> Optional[str]:
        """The model in the body of the request, which is parsed on demand."""
        content: Any = getattr(self._request, "content", None)
        try:
            body = _json.loads(content.encode() if isinstance(content, str) else content)
        except (TypeError, ValueError, AttributeError):
            return None
        model = body.get("model") if _json.is_object(body) else None
        return model if isinstance(model, str) and model else None


#: Whether a row fits, and its line.
_Row = Tuple[Callable[[Refusal], Any], Callable[[Refusal], str]]


def _says(refusal: Refusal, *words: str) -> bool:
    return any(word in refusal.message.lower() for word in words)


def _route_in_endpoint(refusal: Refusal) -> Any:
    return refusal.status == 404 and _ROUTE.search(refusal.target.base_url.partition("?")[0])


def _leave_route(refusal: Refusal) -> str:
    base = refusal.target.base_url.partition("?")[0]
    route = _ROUTE.search(base)
    written = route[0].rstrip("/") if route else ""
    endpoint = base[: route.start()] if route else base
    return f"The client adds the route: leave {written} out of the endpoint, and use {endpoint}"


def _version(refusal: Refusal) -> str:
    if refusal.is_v1:
        return f"The request named the version {refusal.version}, which /openai/v1 refuses: leave out api_version."
    return f"The service does not know the version {refusal.version}: name another, such as api_version='2024-10-21'."


def _audience(refusal: Refusal) -> str:
    found = _AUDIENCE.search(refusal.message)
    wanted = f"{found[1].rstrip('/')}/.default" if found else ""
    if not refusal.has_token:
        return "The service did not accept the key: copy it again from the resource that the endpoint belongs to."
    if wanted in refusal.target.credential_scopes:
        return "The token is for this service, but it may have expired, or belong to another tenant."
    return f'The service wants a token of another scope: credential_scopes=["{wanted}"]'


def _deployment(refusal: Refusal) -> str:
    name = refusal.deployment or refusal.model
    where = "the endpoint must hold the" if refusal.deployment else "model= must be the"
    return f"There is no deployment {name!r}: {where} name of the deployment, which may differ from the model's name."


def _unknown_model(refusal: Refusal) -> str:
    known = f"The service does not know the model {refusal.model!r}"
    if refusal.target.service.is_azure:
        return f"{known}: model= must be the name of the deployment, which may differ from the model's name."
    return f"{known}: GET {refusal.target.service.url.partition('?')[0].rstrip('/')}/models lists those that it knows."


def _azure_endpoint(refusal: Refusal) -> str:
    return f"The endpoint may be wrong. Services of this resource are at https://{refusal.host}/openai/v1"


def _not_known_path(refusal: Refusal) -> bool:
    service = refusal.target.service
    known = service.kind is not EndpointKind.MODEL_INFERENCE or service.url.partition("?")[0].endswith("/models")
    return refusal.status == 404 and service.is_azure and not known


_ROWS: Sequence[_Row] = (
    (
        lambda r: r.host in _GITHUB and (r.status in (401, 403, 404, 410) or r.status >= 500),
        lambda _: (
            "GitHub Models was retired on 2026-07-30: deploy the model on Azure AI Foundry, or use another service."
        ),
    ),
    (
        lambda r: r.status == 404 and r.is_v1 and r.url.endswith("/images/embeddings"),
        lambda _: "Image embeddings are a route of /models, which /openai/v1 does not have.",
    ),
    (lambda r: r.status == 400 and _says(r, "api version not supported"), _version),
    (
        lambda r: r.code == "missingapiversionparameter",
        lambda _: "The service wants a version of its API, such as api_version='2024-10-21'.",
    ),
    (lambda r: r.code == "deploymentnotfound", _deployment),
    (lambda r: r.status == 401 and _AUDIENCE.search(r.message), _audience),
    (
        lambda r: _says(r, "invalid subscription key"),
        lambda r: f"Key and endpoint belong to different resources: the key must be one of {r.host}.",
    ),
    (
        lambda r: (
            r.code == "permissiondenied" or (r.status in (401, 403) and _says(r, "lacks the required data action"))
        ),
        lambda _: (
            "Give this identity the role `Cognitive Services OpenAI User` on the resource; it takes some minutes."
        ),
    ),
    (
        lambda r: r.code == "authenticationtypedisabled",
        lambda _: "Keys are turned off for this resource: use a token credential, such as DefaultAzureCredential.",
    ),
    (
        lambda r: r.status == 400 and (r.code == "no_model_name" or _says(r, "must provide a model")),
        lambda _: "Name the model, or the deployment, with model=, in the call or in the constructor.",
    ),
    (
        lambda r: (
            r.status == 404
            and (r.code in ("unknown_model", "model_not_found") or _NO_MODEL.search(r.message))
            and r.model
        ),
        _unknown_model,
    ),
    (
        lambda r: r.status == 400 and r.code == "unsupported_parameter" and r.param == "max_tokens",
        lambda _: "This model limits tokens with max_completion_tokens=, which counts its reasoning too.",
    ),
    (
        lambda r: r.status == 400 and r.code in _UNSUPPORTED and isinstance(r.param, str),
        lambda r: f"This model does not accept it: leave out {r.param}.",
    ),
    (
        lambda r: r.status == 422 and _says(r, "extra parameters"),
        lambda _: "Put parameters that this service does not know into model_extras, which it passes on to the model.",
    ),
    (
        lambda r: r.status == 404 and r.deployment,
        lambda r: (
            f"Check the deployment {r.deployment!r} in the endpoint and the version {r.version}; "
            "api_version= names another."
        ),
    ),
    (_route_in_endpoint, _leave_route),
    (_not_known_path, _azure_endpoint),
)


def advice_for(refusal: Refusal) -> str:
    """Return the line of advice for a refused request; empty if no row matches."""
    return next((line(refusal) for fits, line in _ROWS if fits(refusal)), "")
