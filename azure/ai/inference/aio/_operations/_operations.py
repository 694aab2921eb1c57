"""The asynchronous operations of the REST API: the requests and answers of the synchronous ones, awaited."""

from __future__ import annotations

from typing import Any, Dict, Type, TypeVar, Union

from azure.core.pipeline import PipelineResponse
from azure.core.rest import AsyncHttpResponse, HttpRequest

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
from azure.ai.inference.models._streaming import AsyncStreamingChatCompletions

ModelType = TypeVar("ModelType", bound=Model)


class AsyncOperations:
    """What every operation needs: the pipeline to send through, and the configuration to build requests with."""

    _client: Any
    _config: Configuration

    async def _send(
        self, request: HttpRequest, options: Dict[str, Any], *, stream: bool = False
    ) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        """Send a request and return its answer, if the status is 200.

        :raises ~azure.core.exceptions.HttpResponseError: for any other status, or what ``error_map`` says.
        """
        error_map = options.pop("error_map", None)
        reply: PipelineResponse[HttpRequest, AsyncHttpResponse] = await self._client.send_request(
            request, stream=stream, _return_pipeline_response=True, **options
        )
        if reply.http_response.status_code != 200:
            if stream:
                await _read_quietly(reply.http_response)
            raise read_error(reply, self._config, error_map)
        return reply

    async def _ask(self, request: HttpRequest, options: Dict[str, Any], model: Type[ModelType]) -> ModelType:
        hook = options.pop("cls", None)
        reply = await self._send(request, options)
        return hand_over(hook, reply, read_answer(reply, model))

    async def _get_model_info(self, **options: Any) -> ModelInfo:
        return await self._ask(build_get_model_info_request(self._config, options), options, ModelInfo)


class ChatCompletionsClientOperationsMixin(AsyncOperations):
    """The operations of a client for chat completions."""

    async def _complete(self, call: Call, **options: Any) -> Union[ChatCompletions, AsyncStreamingChatCompletions]:
        request = build_chat_completions_complete_request(self._config, call, options)
        if not call.stream:
            return await self._ask(request, options, ChatCompletions)
        hook = options.pop("cls", None)
        reply = await self._send(request, options, stream=True)
        return hand_over(hook, reply, AsyncStreamingChatCompletions._of(reply))


class EmbeddingsClientOperationsMixin(AsyncOperations):
    """The operations of a client for text embeddings."""

    async def _embed(self, call: Call, **options: Any) -> EmbeddingsResult:
        return await self._ask(build_embeddings_embed_request(self._config, call, options), options, EmbeddingsResult)


class ImageEmbeddingsClientOperationsMixin(AsyncOperations):
    """The operations of a client for image embeddings."""

    async def _embed(self, call: Call, **options: Any) -> EmbeddingsResult:
        request = build_image_embeddings_embed_request(self._config, call, options)
        return await self._ask(request, options, EmbeddingsResult)


async def _read_quietly(response: AsyncHttpResponse) -> None:
    """Read the body of an error, which may fail: the status matters more."""
    try:
        await response.read()
    except Exception:  # the error of the status is raised next
        await response.close()
