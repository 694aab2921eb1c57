"""Answers of the REST API with status 200, read as models. Nothing here waits."""

from __future__ import annotations

from typing import Any, Callable, Optional, Type, TypeVar

from azure.core.pipeline import PipelineResponse

from azure.ai.inference import _json
from azure.ai.inference._model_base import Model, wrap
from azure.ai.inference.exceptions import ResponseDecodeError

ModelType = TypeVar("ModelType", bound=Model)
ResultType = TypeVar("ResultType")


def read_answer(reply: PipelineResponse[Any, Any], model: Type[ModelType]) -> ModelType:
    """The model that an answer with status 200 holds; its JSON is decoded once, by the pipeline.

    :raises ~azure.ai.inference.exceptions.ResponseDecodeError: if it holds no JSON object.
    """
    response = reply.http_response
    data = reply.context.get("deserialized_data")
    if not isinstance(data, (dict, list)):
        data = _decode(response)
    if not _json.is_object(data):
        raise ResponseDecodeError(f"The answer must be a JSON object, and is {_kind_of(data)}.", response)
    return wrap(model, data)


def _decode(response: Any) -> Any:
    """The JSON of an answer that its content type does not call JSON."""
    body = response.content
    if not body.strip():
        raise ResponseDecodeError("The answer must be a JSON object, and is empty.", response)
    try:
        return _json.loads(body)
    except ValueError as error:
        start = body[:80].decode("utf-8", "replace")
        raise ResponseDecodeError(
            f"The answer must be a JSON object, and begins with {start!r}.", response, error=error
        ) from error


def _kind_of(data: Any) -> str:
    return "null" if data is None else f"a JSON {type(data).__name__}"


def hand_over(
    hook: Optional[Callable[..., ResultType]], reply: PipelineResponse[Any, Any], result: ResultType
) -> ResultType:
    """The result, or what the caller's ``cls`` hook makes of it."""
    return hook(reply, result, reply.http_response.headers) if hook else result
