"""Checks of requests that all routes share. No I/O."""

from __future__ import annotations

from typing import Any, Dict

from azure.ai.inference._json import is_object
from azure.ai.inference.testing._requests import RecordedRequest
from azure.ai.inference.testing.toy_model.problems import Problem


def check_method(request: RecordedRequest, method: str) -> None:
    """Raise Problem if the request has another method."""
    if request.method != method:
        message = f"The route {request.path} does not support {request.method}."
        raise Problem(405, "MethodNotAllowed", message, headers=[("Allow", method)])


def read_object(request: RecordedRequest) -> Dict[str, Any]:
    """Return the JSON object in the body. Raise Problem if there is none."""
    try:
        body = request.json()
    except (RecursionError, ValueError) as error:
        raise Problem(400, "BadRequest", f"The body is not JSON: {error}") from error
    if not is_object(body):
        raise Problem(400, "BadRequest", "The body is not a JSON object.")
    return body
