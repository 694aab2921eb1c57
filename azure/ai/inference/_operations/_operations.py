"""The operations of the REST API, waiting for their answers. Every call of the clients passes here."""

from __future__ import annotations

from typing import Any, Dict, Type, TypeVar, Union

from azure.core.pipeline import PipelineResponse
from azure.core.rest import HttpRequest, HttpResponse

from azure.ai.inference._core.body import Call
from azure.ai.inference._core.errors import read_error
from azure.ai.inference._core.requests import (
    build_chat_completions_complete_request,
    build_embeddings_embed_request,
    build_get_model_info_request,
    build_image_embeddings_embed_request,
)
from azure.ai.inference._core.responses import hand_over, read_answer
from azure.ai.inference._model_base import Model
from azure.ai.inference._pipeline.configuration import Configuration
from azure.ai.inference.models._models import ChatCompletions, EmbeddingsResult, ModelInfo
from azure.ai.inference.models._streaming import StreamingChatCompletions

ModelType = TypeVar("ModelType", bound=Model)


class Operations:
    """What every operation needs: the pipeline to send through, and the configuration to build requests with."""

    _client: Any
    _config: Configuration

    def _send(
        self, request: HttpRequest, options: Dict[str, Any], *, stream: bool = False
    ) -> PipelineResponse[HttpRequest, HttpResponse]:
        """Send a request and return its answer, if the status is 200.

        :raises ~azure.core.exceptions.HttpResponseError: for any other status, or what ``error_map`` says.
        """
        error_map = options.pop("error_map", None)
        reply: PipelineResponse[HttpRequest, HttpResponse] = self._client.send_request(
            request, stream=stream, _return_pipeline_response=True, **options
        )
        if reply.http_response.status_code != 200:
            if stream:
                _read_quietly(reply.http_response)
            raise read_error(reply, self._config, error_map)
        return reply

    def _ask(self, request: HttpRequest, options: Dict[str, Any], model: Type[ModelType]) -> ModelType:
        hook = options.pop("cls", None)
        reply = self._send(request, options)
        return hand_over(hook, reply, read_answer(reply, model))

    def _get_model_info(self, **options: Any) -> ModelInfo:
        return self._ask(build_get_model_info_request(self._config, options), options, ModelInfo)


class ChatCompletionsClientOperationsMixin(Operations):
    """The operations of a client for chat completions."""

    def _complete(self, call: Call, **options: Any) -> Union[ChatCompletions, StreamingChatCompletions]:
        request = build_chat_completions_complete_request(self._config, call, options)
        if not call.stream:
            return self._ask(request, options, ChatCompletions)
        hook = options.pop("cls", None)
        reply = self._send(request, options, stream=True)
        return hand_over(hook, reply, StreamingChatCompletions._of(reply))


class EmbeddingsClientOperationsMixin(Operations):
    """The operations of a client for text embeddings."""

    def _embed(self, call: Call, **options: Any) -> EmbeddingsResult:
        return self._ask(build_embeddings_embed_request(self._config, call, options), options, EmbeddingsResult)


class ImageEmbeddingsClientOperationsMixin(Operations):
    """The operations of a client for image embeddings."""

    def _embed(self, call: Call, **options: Any) -> EmbeddingsResult:
        return self._ask(build_image_embeddings_embed_request(self._config, call, options), options, EmbeddingsResult)


def _read_quietly(response: HttpResponse) -> None:
    """Read the body of an error, which may fail: the status matters more."""
    try:
        response.read()
    except Exception:  # the error of the status is raised next
        response.close()
