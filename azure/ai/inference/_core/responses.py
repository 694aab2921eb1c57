"""The model of a whole response with status 200."""

from __future__ import annotations

from typing import Any, Type, TypeVar

from azure.ai.inference import _json
from azure.ai.inference._json import type_of
from azure.ai.inference._model_base import Model, wrap
from azure.ai.inference.exceptions import ResponseDecodeError

ModelType = TypeVar("ModelType", bound=Model)


def read_response(response: Any, decoded: Any, model: Type[ModelType]) -> ModelType:
    """Return the model of a response.

    :param decoded: the JSON that the pipeline has decoded, which is not decoded again.
    :raises ~azure.ai.inference.exceptions.ResponseDecodeError: if the response holds no JSON object.
    """
    data = decoded if type_of(decoded) in (dict, list) else _decode(response)
    if not _json.is_object(data):
        raise ResponseDecodeError(f"The response must be a JSON object, not {_json.kind_of(data)}.", response)
    return wrap(model, data)


def _decode(response: Any) -> Any:
    """Return the JSON of a response whose content type does not say that it is JSON."""
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
