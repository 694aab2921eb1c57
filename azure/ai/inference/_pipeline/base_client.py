"""What all clients share, synchronous and asynchronous: how they are put together, shown, copied and not pickled."""

from __future__ import annotations

import copy
from typing import Any, ClassVar, NoReturn, Optional, Type

from azure.core.exceptions import ResourceNotFoundError
from azure.core.rest import HttpRequest
from typing_extensions import Self

from azure.ai.inference._core.endpoints import join_url
from azure.ai.inference._core.errors import set_message
from azure.ai.inference._pipeline.configuration import INSTRUMENTATION, Configuration
from azure.ai.inference.models._models import ModelInfo

_NO_MODEL_INFO = "Model information is not available on this endpoint (`/info` route not supported)."


class BaseClient:
    """A client for one endpoint. It opens its connections with the first request and keeps them until it is closed.

    :param endpoint: the URL below which the routes of the service lie.
    :param credential: a key, or a token credential.
    """

    _instrumentation_config = INSTRUMENTATION
    _configuration_class: ClassVar[Type[Configuration]]
    _pipeline_client_class: ClassVar[Any]
    _model_info_span: ClassVar[str] = "ChatCompletionsClient.get_model_info"

    def __init__(self, endpoint: str, credential: Any, **kwargs: Any) -> None:
        self._model_info: Optional[ModelInfo] = None
        self._config = self._configuration_class(endpoint, credential, **kwargs)
        policies = kwargs.pop("policies", None)
        if policies is None:
            policies = self._config.policies(**kwargs)
        if kwargs.get("transport") is None:
            kwargs["transport"] = self._default_transport(**kwargs)
        self._client = self._pipeline_client_class(base_url="{endpoint}", policies=policies, **kwargs)

    @staticmethod
    def _default_transport(**kwargs: Any) -> Any:
        """The transport of a client that is given none, imported only then."""
        raise NotImplementedError

    def _below_endpoint(self, request: HttpRequest) -> HttpRequest:
        """A copy of the caller's request, with the whole URL."""
        request = copy.deepcopy(request)
        request.url = join_url(self._config.endpoint, request.url)
        return request

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


def explain_missing_info(error: ResourceNotFoundError) -> None:
    """Let the error of an endpoint that has no route ``/info`` say so."""
    set_message(error, _NO_MODEL_INFO)
