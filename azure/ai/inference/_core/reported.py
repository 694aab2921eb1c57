"""The error that a service reports in JSON, in a response or in an event of a stream, whatever its shape."""

from __future__ import annotations

import json
import re
from typing import Any, Dict, Iterator, List, Mapping, Optional

from azure.ai.inference import _json
from azure.ai.inference.exceptions import ErrorDetails

#: The keys of an error's text, the best first. In an object without a result, only errors have them.
_TEXTS_OF_ERRORS = (
    *("message", "faultstring", "detail", "details", "msg", "text", "Message"),
    *("error_message", "errorMessage", "error_msg", "error_description"),
)
_TEXTS = (*_TEXTS_OF_ERRORS, "description", "reason", "title")
#: The keys of an object that is the error.
_HOLDERS = ("error", "errors", "Error", "fault")
_SIGNS = (*_HOLDERS, "error_code", "errorCode", *_TEXTS_OF_ERRORS)
_KINDS = ("object", "type", "status", "event")
_FAILED = ("error", "failed", "failure")
_OUTCOMES = ("success", "ok")
_STATUSES = (
    *("status", "status_code", "statusCode", "http_status", "http_status_code", "http_code", "code", "error_code"),
)
_RESULTS = frozenset({"choices", "data", "usage"})
_NO_DETAILS = "The service reported an error without details."


def reports_error(payload: Mapping[str, Any]) -> bool:
    """Return whether a JSON object without a result reports an error. Metadata alone, and ``{}``, report none."""
    return (
        any(map(payload.get, _SIGNS))
        or any(payload.get(name) in _FAILED for name in _KINDS)
        or any(payload.get(name) is False for name in _OUTCOMES)
        or next(_statuses(payload), None) is not None
    )


def details_of(payload: Any) -> ErrorDetails:
    """Return the error in the JSON of a response or an event."""
    outer: Dict[str, Any] = payload if _json.is_object(payload) else {"error": payload}
    error = _inner(outer)
    given = {name: value for name, value in outer.items() if name not in _RESULTS}
    if not _json.is_object(error):
        texts = [_text(error) if error and not isinstance(error, bool) else "", _message_in(given)]
        return ErrorDetails(given, ": ".join(filter(None, dict.fromkeys(texts))) or _whole(given))
    title = "" if error is outer.get("detail") else _message_in(given)
    text = _message_in(error) or ": ".join(filter(None, (title, _said(error)))) or _NO_DETAILS
    return ErrorDetails(error, text)


def details_in_body(payload: Any) -> ErrorDetails:
    """Return the error in the body of a refused request.

    :raises ValueError: if it has neither a code nor a text in a known place. Errors then show the whole body.
    """
    error = payload.get("error") or payload
    text = _message_in(error) if error is not payload or error.get("code") else error.get("message")
    if not (error.get("code") or text):
        raise ValueError(_NO_DETAILS)
    return ErrorDetails(error, _text(text) if text else _whole(error))


def status_of(payload: Any) -> Optional[int]:
    """Return the status that the JSON of an error names; None if it names none."""
    outer: Dict[str, Any] = payload if _json.is_object(payload) else {}
    inner = _inner(outer)
    sources = [inner, outer] if _json.is_object(inner) else [outer]
    return next((status for source in sources for status in _statuses(source)), None)


def _inner(outer: Mapping[str, Any]) -> Any:
    error: Any = next(filter(None, map(outer.get, _HOLDERS)), None)
    if error is None and _json.is_object(outer.get("detail")):
        error = outer["detail"]
    if _json.is_array(error) and len(error) == 1:
        error = error[0]
    nested = error.get("error") if _json.is_object(error) and not _message_in(error) else None
    return nested if _json.is_object(nested) else error


def _statuses(source: Mapping[str, Any]) -> Iterator[int]:
    for value in map(source.get, _STATUSES):
        number = int(value) if isinstance(value, str) and re.fullmatch(r"[45]\d\d", value, re.ASCII) else value
        if type(number) is int and 400 <= number < 600:
            yield number


def _message_in(given: Mapping[str, Any]) -> str:
    return next((_text(given[name]) for name in _TEXTS if given.get(name)), "")


def _whole(given: Mapping[str, Any]) -> str:
    """Return the JSON of an error without a text, or a text for an error with a code only."""
    return _said(given) or _NO_DETAILS


def _said(given: Mapping[str, Any]) -> str:
    said: List[str] = [name for name, value in given.items() if value and name != "code"]
    return _text(given) if said else ""


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except (RecursionError, TypeError, ValueError):
        return "The service reported an error that cannot be shown."
