"""The overrides of a client's copy: settings and options, merged over the client's."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Tuple

from azure.ai.inference._core.body import client_settings
from azure.ai.inference._core.hiding import HiddenDict
from azure.ai.inference._core.operations import Operation
from azure.ai.inference._core.signatures import hint_for
from azure.ai.inference._keywords import ClientOptions, RequestOptions

_OF_CONSTRUCTORS = frozenset({"endpoint", "credential", *ClientOptions.__annotations__})

#: Options that only the operations of this library have, not the caller's own requests.
_OF_OPERATIONS = frozenset({"api_version", "cls", "content_type", "error_map", "params"})


def check_overrides(name: str, operation: Operation, overrides: Mapping[str, Any]) -> None:
    """Check the names of overrides.

    :param name: the name of the client, for the error.
    :raises TypeError: for a name that is neither a setting of the operation nor an option of the pipeline.
    """
    known = {*operation.settings, *operation.options, "model_extras", *RequestOptions.__annotations__}
    for keyword in overrides:
        if keyword in known:
            continue
        if keyword in _OF_CONSTRUCTORS:
            why = ": only the constructor takes it, since a copy uses the connections of its client."
        else:
            why = hint_for(keyword, known) or "."
        raise TypeError(f"{name}.with_options() got an unexpected keyword argument '{keyword}'{why}")


def laid_over(
    operation: Operation, settings: Mapping[str, Any], options: Mapping[str, Any], overrides: Dict[str, Any]
) -> Tuple[Dict[str, Any], Dict[str, Any]]:
    """Return settings and options with the overrides merged over them; headers and extras key by key.

    :raises ValueError: for a ``response_format`` that the service does not know.
    """
    changed = client_settings(operation, overrides)
    extras = {**settings.get("model_extras", {}), **changed.get("model_extras", {})}
    merged = {**settings, **changed, "model_extras": extras} if extras else {**settings, **changed}
    return merged, options_over(options, overrides)


def options_over(options: Mapping[str, Any], given: Mapping[str, Any]) -> Dict[str, Any]:
    """Return options with others merged over them; headers key by key."""
    merged = HiddenDict({**options, **given})
    if options.get("headers"):
        merged["headers"] = _headers_over(HiddenDict(options["headers"]), HiddenDict(given.get("headers") or {}))
    return merged


def _headers_over(headers: Mapping[str, Any], given: Mapping[str, Any]) -> Dict[str, Any]:
    names = {str(name).lower() for name in given}
    kept = {name: value for name, value in headers.items() if str(name).lower() not in names}
    return HiddenDict({**kept, **given})


def for_own_requests(options: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the options that also apply to the caller's own requests."""
    return {name: value for name, value in options.items() if name not in _OF_OPERATIONS}
