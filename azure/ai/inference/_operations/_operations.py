"""The operations of the REST API. Every call of the synchronous clients passes here."""

from __future__ import annotations

from typing import Any

from azure.core.rest import HttpResponse

from azure.ai.inference._core.body import Call
from azure.ai.inference._core.hiding import hide
from azure.ai.inference._core.observe import ObservedCall
from azure.ai.inference._core.operations import Operation, ResultT
from azure.ai.inference._pipeline.base_client import BaseClient, within_span


class Operations(BaseClient):
    """The one path of all calls: merged, observed, sent and read."""

    def _invoke(self, operation: Operation[ResultT], body: Any, arguments: Any, keywords: Any) -> ResultT:
        """Make a call, with an observer that follows it. A streamed call returns its stream in place of the model."""
        call = Call(operation, body, arguments, self._options_of_call(hide(keywords)), self._settings)
        with ObservedCall(self, call) as observed:
            result: ResultT = within_span(Operations._send, observed.span)(self, call, **observed.options)
        return observed.follow(result)

    def _send(self, call: Call, **options: Any) -> Any:
        # Late, as they take 5% of the time to import the package.
        from azure.ai.inference._core.exchange import Exchange
        from azure.ai.inference._http.private_names import as_pipeline_response, pipeline_response_wanted
        from azure.ai.inference._streaming import StreamingChatCompletions

        exchange = Exchange(call, options, self._config)
        sending = {**exchange.options, **pipeline_response_wanted()}
        reply = as_pipeline_response(self._client.send_request(exchange.request, stream=call.streams, **sending))
        if exchange.leaves_error_unread(reply):
            _read_quietly(reply.http_response)
        return exchange.result(reply, StreamingChatCompletions)


def _read_quietly(response: HttpResponse) -> None:
    """Read the body of an error, which may fail: the status matters more."""
    try:
        response.read()
    except Exception:  # the error of the status is raised next
        response.close()
        from azure.ai.inference._http.private_names import end_unread

        end_unread(response)
