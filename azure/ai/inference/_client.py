"""The base of all synchronous clients: model info, requests of the caller's own, and closing."""

from __future__ import annotations

from typing import Any, cast

from azure.core import PipelineClient
from azure.core.rest import HttpRequest, HttpResponse
from azure.core.tracing.decorator import distributed_trace
from typing_extensions import Self, Unpack

from azure.ai.inference._core.body import UNSET
from azure.ai.inference._core.operations import MODEL_INFO
from azure.ai.inference._operations._operations import Operations
from azure.ai.inference._pipeline.configuration import Configuration
from azure.ai.inference.models._models import ModelInfo
from azure.ai.inference.options import RequestOptions


class InferenceClient(Operations):
    """A synchronous client for one endpoint; threads may share it."""

    _configuration_class = Configuration
    _pipeline_client_class = PipelineClient

    @staticmethod
    def _default_transport(**options: Any) -> Any:
        from azure.ai.inference._http.requests_transport import InferenceTransport

        return InferenceTransport(**options)

    def get_model_info(self, **kwargs: Unpack[RequestOptions]) -> ModelInfo:
        """Return information about the model of this endpoint: ``GET /info``, requested once and then cached.

        GitHub Models and Azure OpenAI endpoints do not have this route.

        :raises ~azure.core.exceptions.ResourceNotFoundError: if the endpoint does not have this route.
        :raises ~azure.core.exceptions.HttpResponseError: for any other status than 200.
        """
        # Not a decorator: that would name the span of every client after this class.
        trace = distributed_trace(name_of_span=f"{self._operation.client}.get_model_info")
        traced = trace(InferenceClient._cached_model_info)
        return traced(self, **kwargs)

    def _cached_model_info(self, **options: Any) -> ModelInfo:
        if not self._model_info:
            self._model_info = self._invoke(MODEL_INFO, UNSET, {}, options)
        return cast(ModelInfo, self._model_info)

    def send_request(self, request: HttpRequest, *, stream: bool = False, **kwargs: Any) -> HttpResponse:
        """Send any request through the client's pipeline.

        :param request: the request; a relative URL is below the endpoint. It is not changed.
        :keyword stream: whether to leave the body of the response to be read chunk by chunk.
        :returns: the response, whatever its status is.
        """
        return cast(HttpResponse, self._client.send_request(self._below_endpoint(request), stream=stream, **kwargs))

    def close(self) -> None:
        """Close the connections. The client cannot be used any more; closing it again does nothing."""
        self._client.close()

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(self, *exc_details: Any) -> None:
        self._client.__exit__(*exc_details)
