"""The requests of the REST API, one builder for each route. Nothing here waits."""

from __future__ import annotations

import functools
from typing import Any, Dict, Mapping, Optional
from urllib.parse import quote, urlencode

from azure.core.rest import HttpRequest
from azure.core.utils import case_insensitive_dict

from azure.ai.inference._core.body import Call
from azure.ai.inference._core.endpoints import join_url
from azure.ai.inference._pipeline.configuration import Configuration
from azure.ai.inference.models._enums import ExtraParameters


def build_chat_completions_complete_request(config: Configuration, call: Call, options: Dict[str, Any]) -> HttpRequest:
    """``POST /chat/completions``."""
    return _build_post_request(config, "/chat/completions", call, options)


def build_embeddings_embed_request(config: Configuration, call: Call, options: Dict[str, Any]) -> HttpRequest:
    """``POST /embeddings``."""
    return _build_post_request(config, "/embeddings", call, options)


def build_image_embeddings_embed_request(config: Configuration, call: Call, options: Dict[str, Any]) -> HttpRequest:
    """``POST /images/embeddings``."""
    return _build_post_request(config, "/images/embeddings", call, options)


def build_get_model_info_request(config: Configuration, options: Dict[str, Any]) -> HttpRequest:
    """``GET /info``."""
    return HttpRequest("GET", _url(config, "/info", options), headers={"Accept": "application/json"})


def _build_post_request(config: Configuration, route: str, call: Call, options: Dict[str, Any]) -> HttpRequest:
    headers = _headers(options, passes_extras=call.passes_extras)
    return HttpRequest("POST", _url(config, route, options), headers=headers, content=call.body)


def _url(config: Configuration, route: str, options: Dict[str, Any]) -> str:
    """The URL of a route, with the caller's query parameters, taken out of the options, and the version of the API."""
    params: Optional[Mapping[str, Any]] = options.pop("params", None)
    version: str = options.pop("api_version", None) or config.api_version
    if not params:
        return _plain_url(config.endpoint, route, version)
    return _join(config.endpoint, route, {**params, "api-version": version})


@functools.lru_cache(maxsize=64)
def _plain_url(endpoint: str, route: str, version: str) -> str:
    return _join(endpoint, route, {"api-version": version})


def _join(endpoint: str, route: str, params: Mapping[str, Any]) -> str:
    return join_url(endpoint, f"{route}?{urlencode(params, doseq=True, quote_via=quote)}")


def _headers(options: Dict[str, Any], *, passes_extras: bool) -> Dict[str, str]:
    """The headers that describe the body. The caller's stay among the options, but for those that give way to these."""
    content_type = options.pop("content_type", None)
    headers = {"Content-Type": content_type or "application/json", "Accept": "application/json"}
    if passes_extras:
        headers["extra-parameters"] = ExtraParameters.PASS_THROUGH.value
    given = options.pop("headers", None)
    if given:
        given = case_insensitive_dict(given)
        if content_type:
            given.pop("Content-Type", None)
        if passes_extras:
            given.pop("extra-parameters", None)
        options["headers"] = given
    return headers
