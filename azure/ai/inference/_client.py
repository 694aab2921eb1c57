"""The base of all synchronous clients: model info, requests of the caller's own, and closing."""

from __future__ import annotations

from typing import Any, Callable, Optional, cast

from azure.core import PipelineClient
from azure.core.rest import HttpRequest, HttpResponse
from typing_extensions import Self, Unpack

from azure.ai.inference._core.hiding import hide
from azure.ai.inference._keywords import RequestKeywords
from azure.ai.inference._operations._operations import Operations
from azure.ai.inference._pipeline.base_client import within_span
from azure.ai.inference.models._models import ModelInfo


class InferenceClient(Operations):
    """A synchronous client for one endpoint; threads may share it."""

    _pipeline_client_class = PipelineClient

    @staticmethod
    def _configure(endpoint: str, credential: Any, **options: Any) -> Any:
        from azure.ai.inference._pipeline.configuration import Configuration

        return Configuration(endpoint, credential, **options)

    @staticmethod
    def _default_transport(**options: Any) -> Any:
        from azure.ai.inference._http.requests_transport import InferenceTransport

        return InferenceTransport(**options)

    def get_model_info(self, *, model: Optional[str] = None, **kwargs: Unpack[RequestKeywords]) -> ModelInfo:
        """Return information about the model of this endpoint, requested once and then cached.

        Most endpoints have the route ``GET /info``; Azure OpenAI deployments do not. Endpoints of the OpenAI dialect
        have ``GET /models/{id}``, for the ``model`` of the call or of the constructor. Without either, ``GET /models``
        must list one model.

        :keyword model: the model to ask about, which is then not cached.
        :raises ~azure.core.exceptions.ResourceNotFoundError: if the endpoint does not have this route, or the model.
        :raises ~azure.core.exceptions.HttpResponseError: for any other status than 200.
        :raises ValueError: if the endpoint lists several models, and no ``model`` is given.
        """
        span = f"{self._operation.client}.get_model_info"
        traced: Callable[..., ModelInfo] = within_span(InferenceClient._cached_model_info, span)
        return traced(self, model, **hide(kwargs))

    def _cached_model_info(self, model: Optional[str], **options: Any) -> ModelInfo:
        known = self._known_model_info(model)
        return known or self._remember_model_info(model, self._invoke(*self._info_call(model, options)))

    def send_request(self, request: HttpRequest, *, stream: bool = False, **kwargs: Any) -> HttpResponse:
        """Send any request through the client's pipeline.

        :param request: the request; a relative URL is below the endpoint. It is not changed.
        :keyword stream: whether to leave the body of the response to be read chunk by chunk.
        :returns: the response, whatever its status is.
        """
        options = self._options_of_request(hide(kwargs))
        return cast(HttpResponse, self._client.send_request(self._below_endpoint(request), stream=stream, **options))

    def close(self) -> None:
        """Close the connections. The client cannot be used any more; closing it again does nothing.

        Closing a copy, by :meth:`with_options`, does nothing either: the original owns the connections.
        """
        if self._original is None:
            self._client.close()
            if self._own_credential is not None:
                self._own_credential.close()

    def __enter__(self) -> Self:
        if self._original is None:
            self._client.__enter__()
        return self

    def __exit__(self, *exc_details: Any) -> None:
        if self._original is None:
            self._client.__exit__(*exc_details)
            if self._own_credential is not None:
                self._own_credential.close()
