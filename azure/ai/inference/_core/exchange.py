"""The exchange of a call: its request, and the result of its response."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Type

from azure.core.exceptions import ResourceNotFoundError
from azure.core.rest import HttpRequest

from azure.ai.inference._core.body import Call
from azure.ai.inference._core.deadline import CONTEXT_NAME, USAGE_NAME
from azure.ai.inference._core.endpoints import Target
from azure.ai.inference._core.errors import error_for, explain_missing_route
from azure.ai.inference._core.requests import build_request
from azure.ai.inference._core.responses import read_response
from azure.ai.inference._core.updates import BaseStreamingChatCompletions


class Exchange:
    """The request of a call with its options, and the result of its response.

    :param options: the options of the call, as the caller gave them.
    :param target: the service to send the request to.
    :raises TypeError: if an argument is missing or of a wrong type, or for a value that has no JSON form.
    :raises ValueError: for an unknown ``response_format``, for NaN and infinity, and for a wrong endpoint.
    """

    def __init__(self, call: Call, options: Mapping[str, Any], target: Target) -> None:
        self.request, self.options = build_request(call, options, target)
        self._call = call
        self._target = target
        self._hook = self.options.pop("cls", None)
        self._error_map = self.options.pop("error_map", None)

    def leaves_error_unread(self, reply: Any) -> bool:
        """Return whether the response is an error whose body has not been read yet."""
        return self._call.streams and reply.http_response.status_code != 200

    def result(self, reply: Any, stream: Type[BaseStreamingChatCompletions]) -> Any:
        """Return the model or the stream of a response, or the result of the caller's ``cls`` hook.

        :param reply: the pipeline's response.
        :param stream: the class of streams.
        :raises ~azure.core.exceptions.HttpResponseError: for any other status than 200, unless ``error_map`` names
            another error for it, and for an error that is reported with status 200.
        """
        call, response, context = self._call, reply.http_response, reply.context
        if response.status_code != 200:
            raise self._error(reply.http_request, response)
        if call.streams:
            result: Any = stream._of(response, context.get(CONTEXT_NAME), split_reasoning=call.splits_reasoning)
        else:
            decoded = context.get("deserialized_data")
            result = read_response(response, decoded, call.operation, split_reasoning=call.splits_reasoning)
        if USAGE_NAME in context:
            self._count_usage(result, context[USAGE_NAME])
        return self._hook(reply, result, response.headers) if self._hook else result

    def _count_usage(self, result: Any, count: Callable[[Any], None]) -> None:
        """Report the usage of a call to its limiter."""
        if self._call.streams:
            result._count_usage(count)
        else:
            count(result.get("usage"))

    def _error(self, request: HttpRequest, response: Any) -> Exception:
        error = error_for(request, response, self._target, self._error_map)
        not_found = self._call.operation.not_found
        if not_found and isinstance(error, ResourceNotFoundError):
            explain_missing_route(error, not_found, self._target)
        return error
