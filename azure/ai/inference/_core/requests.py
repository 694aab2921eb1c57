"""The request of a call."""

from __future__ import annotations

from typing import AbstractSet, Any, Dict, Mapping, Tuple
from urllib.parse import quote, urlencode

from azure.core.rest import HttpRequest

from azure.ai.inference._core.attributes import Request
from azure.ai.inference._core.body import Call
from azure.ai.inference._core.endpoints import Target, join_url, require_base_url
from azure.ai.inference._core.headers import check_names
from azure.ai.inference._core.hiding import HiddenDict
from azure.ai.inference.models._enums import EndpointKind, ExtraParameters

_OF_URL = frozenset({"api_version", "params"})
_OF_BODY = _OF_URL | {"content_type", "headers"}


def build_request(call: Call, options: Mapping[str, Any], target: Target) -> Tuple[HttpRequest, Dict[str, Any]]:
    """Return the request of a call, and the options that are left for the pipeline.

    :raises TypeError: if an argument is missing or of a wrong type, or for a value that has no JSON form.
    :raises ValueError: for an unknown ``response_format``, for NaN and infinity, and for a wrong endpoint.
    """
    operation = call.operation
    body = call.encode()
    url = _url(target, _route(call), options)
    if body is None:
        request = Request(operation.method, url, headers={"Accept": "application/json"})
        return request, _without(_OF_URL, options)
    passes_extras = call.passes_extras and target.service.kind is not EndpointKind.OPENAI_V1
    headers, given = _headers(options, passes_extras=passes_extras)
    remaining = _without(_OF_BODY, options)
    if given:
        remaining["headers"] = given
    return Request(operation.method, url, headers=headers, content=body), remaining


def _without(used: AbstractSet[str], options: Mapping[str, Any]) -> Dict[str, Any]:
    return {name: value for name, value in options.items() if name not in used}


def _route(call: Call) -> str:
    """Return the route of a call. The id of a model is encoded as the openai package does: all but a colon."""
    route = call.operation.route
    return route.format(model=quote(call.arguments["model"], safe=":")) if "{" in route else route


def _url(target: Target, route: str, options: Mapping[str, Any]) -> str:
    """Return the URL of a route with the caller's query parameters and the version of the API."""
    params: Dict[str, Any] = dict(options.get("params") or {})
    version = options.get("api_version") or target.api_version
    if version:
        params["api-version"] = version
    require_base_url(target)
    query = urlencode(params, doseq=True, quote_via=quote)
    return join_url(target.service.url, f"{route}?{query}" if query else route)


def _headers(options: Mapping[str, Any], *, passes_extras: bool) -> Tuple[Dict[str, str], Mapping[str, Any]]:
    """Return the headers that describe the body, and those of the caller's that do not contradict them."""
    content_type = options.get("content_type")
    headers = {"Content-Type": content_type or "application/json", "Accept": "application/json"}
    if passes_extras:
        headers["extra-parameters"] = ExtraParameters.PASS_THROUGH.value
    given = HiddenDict(options.get("headers") or {})
    if not given:
        return headers, {}
    check_names(given)
    ours = {name.lower() for name in headers if name != "Accept" and (content_type or name != "Content-Type")}
    return headers, HiddenDict({name: value for name, value in given.items() if name.lower() not in ours})
