"""The base of all asynchronous clients: model info, requests of the caller's own, and closing."""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Optional, cast

from azure.core import AsyncPipelineClient
from azure.core.rest import AsyncHttpResponse, HttpRequest
from typing_extensions import Self, Unpack

from azure.ai.inference._core.hiding import hide
from azure.ai.inference._keywords import RequestKeywords
from azure.ai.inference._pipeline.base_client import within_span
from azure.ai.inference.aio._operations._operations import AsyncOperations
from azure.ai.inference.models._models import ModelInfo

_NO_AIOHTTP = "The asynchronous clients need aiohttp, or a transport of yours: pip install azure-ai-inference[aio]"


class AsyncInferenceClient(AsyncOperations):
    """An asynchronous client for one endpoint; the tasks of an event loop may share it."""

    _identity = "azure.identity.aio"
    _pipeline_client_class = AsyncPipelineClient

    @staticmethod
    def _configure(endpoint: str, credential: Any, **options: Any) -> Any:
        from azure.ai.inference.aio._pipeline.configuration import AsyncConfiguration

        return AsyncConfiguration(endpoint, credential, **options)

    @staticmethod
    def _default_transport(**options: Any) -> Any:
        try:
            from azure.ai.inference.aio._http.aiohttp_transport import AsyncInferenceTransport
        except ModuleNotFoundError as error:
            if error.name != "aiohttp":
                raise
            raise ModuleNotFoundError(_NO_AIOHTTP, name="aiohttp") from error
        return AsyncInferenceTransport(**options)

    async def get_model_info(self, *, model: Optional[str] = None, **kwargs: Unpack[RequestKeywords]) -> ModelInfo:
        """Return information about the model. See :meth:`azure.ai.inference.ChatCompletionsClient.get_model_info`."""
        span = f"{self._operation.client}.get_model_info"
        traced: Callable[..., Awaitable[ModelInfo]] = within_span(AsyncInferenceClient._cached_model_info, span)
        return await traced(self, model, **hide(kwargs))

    async def _cached_model_info(self, model: Optional[str], **options: Any) -> ModelInfo:
        known = self._known_model_info(model)
        return known or self._remember_model_info(model, await self._invoke(*self._info_call(model, options)))

    def send_request(
        self, request: HttpRequest, *, stream: bool = False, **kwargs: Any
    ) -> Awaitable[AsyncHttpResponse]:
        """Send any request through the client's pipeline.

        See :meth:`azure.ai.inference.ChatCompletionsClient.send_request`.
        """
        options = self._options_of_request(hide(kwargs))
        sending = self._client.send_request(self._below_endpoint(request), stream=stream, **options)
        return cast(Awaitable[AsyncHttpResponse], sending)

    async def close(self) -> None:
        """Close the connections. The client cannot be used any more; closing it again does nothing.

        Closing a copy, by :meth:`with_options`, does nothing either: the original owns the connections.
        """
        if self._original is None:
            await self._client.close()
            if self._own_credential is not None:
                await self._own_credential.close()

    async def __aenter__(self) -> Self:
        if self._original is None:
            await self._client.__aenter__()
        return self

    async def __aexit__(self, *exc_details: Any) -> None:
        if self._original is None:
            await self._client.__aexit__(*exc_details)
            if self._own_credential is not None:
                await self._own_credential.close()
