"""How a call of the synchronous clients is sent and its response read. It is imported by the first call."""

from __future__ import annotations

from typing import Any

from azure.core.rest import HttpResponse

from azure.ai.inference._core.body import Call
from azure.ai.inference._core.exchange import Exchange
from azure.ai.inference._http.private_names import as_pipeline_response, end_unread, pipeline_response_wanted
from azure.ai.inference._streaming import StreamingChatCompletions


def send(client: Any, call: Call, **options: Any) -> Any:
    """Return the model or the stream of a call."""
    exchange = Exchange(call, options, client._config)
    sending = {**exchange.options, **pipeline_response_wanted()}
    reply = as_pipeline_response(client._client.send_request(exchange.request, stream=call.streams, **sending))
    if exchange.leaves_error_unread(reply):
        _read_quietly(reply.http_response)
    return exchange.result(reply, StreamingChatCompletions)


def _read_quietly(response: HttpResponse) -> None:
    """Read the body of an error, which may fail: the status matters more."""
    try:
        response.read()
    except Exception:  # the error of the status is raised next
        response.close()
        end_unread(response)
