"""The operations of the REST API. Every call of the synchronous clients passes here."""

from __future__ import annotations

from typing import Any, ClassVar, Dict, Union

from azure.core.rest import HttpResponse
from azure.core.tracing.decorator import distributed_trace

from azure.ai.inference._core.body import UNSET, Call
from azure.ai.inference._core.deadline import CONTEXT_NAME
from azure.ai.inference._core.errors import error_for
from azure.ai.inference._core.observe import begin_call
from azure.ai.inference._core.operations import CHAT, EMBED, EMBED_IMAGES, MODEL_INFO, Operation
from azure.ai.inference._core.requests import build_request
from azure.ai.inference._core.responses import read_response
from azure.ai.inference._core.updates import follow
from azure.ai.inference._http.private_names import RETURN_PIPELINE_RESPONSE, as_pipeline_response
from azure.ai.inference._pipeline.configuration import Configuration
from azure.ai.inference._streaming import StreamingChatCompletions
from azure.ai.inference.models._models import ChatCompletions, EmbeddingsResult, ModelInfo

_Keywords = Dict[str, Any]


class Operations:
    """The one path of all calls: merged, observed, sent and read."""

    _operation: ClassVar[Operation] = MODEL_INFO
    _client: Any
    _config: Configuration
    _settings: _Keywords

    def _invoke(self, operation: Operation, body: Any, arguments: _Keywords, keywords: _Keywords) -> Any:
        """Make a call. An observer follows it, if there is one."""
        call = Call(operation, body, arguments, keywords, self._settings)
        observer = begin_call(self, call)
        if observer is None:
            return _SENDERS[operation.span](self, call, **call.options)
        with observer.current():
            try:
                result = self._send(call, **call.observed_options())
            except BaseException as error:
                observer.error(error)
                raise
        follow(result, observer)
        return result

    def _send(self, call: Call, **options: Any) -> Any:
        """Send a call and return its result, or what the caller's ``cls`` hook makes of it.

        :raises ~azure.core.exceptions.HttpResponseError: for any other status than 200, or what ``error_map`` says.
        """
        request, options = build_request(call, options, self._config)
        hook, error_map = options.pop("cls", None), options.pop("error_map", None)
        reply = as_pipeline_response(
            self._client.send_request(request, stream=call.streams, **RETURN_PIPELINE_RESPONSE, **options)
        )
        response = reply.http_response
        if response.status_code != 200:
            if call.streams:
                _read_quietly(response)
            raise error_for(reply.http_request, response, self._config, error_map)
        if call.streams:
            result: Any = StreamingChatCompletions._of(response, reply.context.get(CONTEXT_NAME))
        else:
            result = read_response(response, reply.context.get("deserialized_data"), call.operation.result)
        return hook(reply, result, response.headers) if hook else result

    def _get_model_info(self, keywords: _Keywords) -> ModelInfo:
        info: ModelInfo = self._invoke(MODEL_INFO, UNSET, {}, keywords)
        return info


#: Sends a call within azure-core's INTERNAL span of this name, or without one.
_SENDERS = {
    span: distributed_trace(name_of_span=span)(Operations._send) if span else Operations._send
    for span in (None, EMBED.span, EMBED_IMAGES.span)
}


class ChatCompletionsClientOperationsMixin(Operations):
    """The operations of a client for chat completions."""

    _operation = CHAT

    def _complete(
        self, body: Any, arguments: _Keywords, keywords: _Keywords
    ) -> Union[ChatCompletions, StreamingChatCompletions]:
        completion: Union[ChatCompletions, StreamingChatCompletions]
        completion = self._invoke(self._operation, body, arguments, keywords)
        return completion


class EmbeddingsClientOperationsMixin(Operations):
    """The operations of a client for text embeddings."""

    _operation = EMBED

    def _embed(self, body: Any, arguments: _Keywords, keywords: _Keywords) -> EmbeddingsResult:
        embeddings: EmbeddingsResult = self._invoke(self._operation, body, arguments, keywords)
        return embeddings


class ImageEmbeddingsClientOperationsMixin(EmbeddingsClientOperationsMixin):
    """The operations of a client for image embeddings."""

    _operation = EMBED_IMAGES


def _read_quietly(response: HttpResponse) -> None:
    """Read the body of an error, which may fail: the status matters more."""
    try:
        response.read()
    except Exception:  # the error of the status is raised next
        response.close()
