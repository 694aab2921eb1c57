"""The model of a whole response with status 200."""

from __future__ import annotations

from typing import Any

from azure.ai.inference import _json
from azure.ai.inference._core.errors import reported_error
from azure.ai.inference._core.operations import Operation, ResultT
from azure.ai.inference._core.reported import reports_error
from azure.ai.inference._core.request_ids import request_id_of
from azure.ai.inference._json import type_of
from azure.ai.inference._model_base import set_beside, wrap
from azure.ai.inference.exceptions import ResponseDecodeError


def read_response(response: Any, decoded: Any, operation: Operation[ResultT], *, split_reasoning: bool) -> ResultT:
    """Return the model of a response.

    :param decoded: the JSON, if the pipeline has decoded it.
    :param split_reasoning: whether to move reasoning from the contents of a completion to its field.
    :raises ~azure.ai.inference.exceptions.ResponseDecodeError: if the response holds no JSON object.
    :raises ~azure.core.exceptions.HttpResponseError: if it reports an error in place of a result.
    """
    data = decoded if type_of(decoded) in (dict, list) else _decode(response)
    if not _json.is_object(data):
        raise ResponseDecodeError(f"The response must be a JSON object, not {_json.kind_of(data)}.", response)
    if not any(map(data.get, operation.content)) and reports_error(data):
        raise reported_error(data, response)
    if split_reasoning:
        from azure.ai.inference.models._reasoning import split_completion

        split_completion(data)
    model = wrap(operation.result, operation.adapt(data) if operation.adapt else data)
    set_beside(model, "request_id", request_id_of(response))
    return model


def _decode(response: Any) -> Any:
    """Return the JSON of a response with another content type."""
    body = response.content
    if not body.strip():
        raise ResponseDecodeError("The response must be a JSON object, but is empty.", response)
    try:
        return _json.loads(body)
    except ValueError as error:
        start = body[:80].decode("utf-8", "replace")
        raise ResponseDecodeError(
            f"The response must be a JSON object, but begins with {start!r}.", response, error=error
        ) from error
