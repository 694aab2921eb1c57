"""What all synchronous clients share: the pipeline, and its opening and closing."""

from __future__ import annotations

import copy
from typing import Any, NoReturn, Optional, cast

from azure.core import PipelineClient
from azure.core.exceptions import ResourceNotFoundError
from azure.core.rest import HttpRequest, HttpResponse
from azure.core.tracing.decorator import distributed_trace
from typing_extensions import Self, Unpack

from azure.ai.inference._configuration import INSTRUMENTATION, Configuration
from azure.ai.inference._endpoints import join_url
from azure.ai.inference._operations._operations import _Operations
from azure.ai.inference._settings import RequestOptions
from azure.ai.inference.models._models import ModelInfo

NO_MODEL_INFO = "Model information is not available on this endpoint (`/info` route not supported)."


class InferenceClient(_Operations):
    """A client for one endpoint. It opens its connections with the first request and keeps them until it is closed.

    :param endpoint: the URL below which the routes of the service lie.
    :param credential: a key, or a token credential.
    """

    _instrumentation_config = INSTRUMENTATION

    def __init__(self, endpoint: str, credential: Any, **kwargs: Any) -> None:
        self._model_info: Optional[ModelInfo] = None
        self._config = Configuration(endpoint, credential, **kwargs)
        policies = kwargs.pop("policies", None)
        if policies is None:
            policies = self._config.policies(**kwargs)
        if kwargs.get("transport") is None:
            from azure.ai.inference._transport import InferenceTransport

            kwargs["transport"] = InferenceTransport(**kwargs)
        self._client = PipelineClient[HttpRequest, HttpResponse](base_url="{endpoint}", policies=policies, **kwargs)

    @distributed_trace
    def get_model_info(self, **kwargs: Unpack[RequestOptions]) -> ModelInfo:
        """Tell what model answers here: ``GET /info``, asked once and then remembered.

        GitHub Models and Azure OpenAI endpoints do not have this route.

        :raises ~azure.core.exceptions.ResourceNotFoundError: if the endpoint does not have this route.
        :raises ~azure.core.exceptions.HttpResponseError: for any other status than 200.
        """
        if not self._model_info:
            try:
                self._model_info = self._get_model_info(**kwargs)
            except ResourceNotFoundError as error:
                error.message = NO_MODEL_INFO
                raise
        return self._model_info

    def send_request(self, request: HttpRequest, *, stream: bool = False, **kwargs: Any) -> HttpResponse:
        """Send any request through the client's pipeline.

        :param request: the request; a relative URL is taken below the endpoint. It is not changed.
        :keyword stream: whether the body of the answer is left to be read piece by piece.
        :returns: the answer, whatever its status is.
        """
        request = copy.deepcopy(request)
        request.url = join_url(self._config.endpoint, request.url)
        return cast(HttpResponse, self._client.send_request(request, stream=stream, **kwargs))

    def close(self) -> None:
        """Close the connections. The client cannot be used any more; closing it again does nothing."""
        self._client.close()

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(self, *exc_details: Any) -> None:
        self._client.__exit__(*exc_details)

    def __str__(self) -> str:
        """The client and, once it is known, the model behind it."""
        return f"{super().__str__()}\n{self._model_info}" if self._model_info else super().__str__()

    def __copy__(self) -> Self:
        duplicate = type(self).__new__(type(self))
        duplicate.__dict__.update(self.__dict__)
        return duplicate

    def __deepcopy__(self, memo: Any) -> Self:
        return copy.copy(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} cannot be pickled, as it holds a credential and open connections. "
            "Make a client in each process."
        )
