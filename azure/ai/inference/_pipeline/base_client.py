"""The base of all clients, synchronous and asynchronous: construction, copies and display."""

from __future__ import annotations

import copy
import functools
import os
from importlib import import_module
from inspect import iscoroutinefunction
from typing import Any, ClassVar, Dict, List, NoReturn, Optional, Tuple

from azure.core.credentials import AzureKeyCredential
from azure.core.rest import HttpRequest
from typing_extensions import Self

from azure.ai.inference._core.body import UNSET, Call, client_settings
from azure.ai.inference._core.endpoints import join_url, require_base_url
from azure.ai.inference._core.hiding import hide, hide_arguments
from azure.ai.inference._core.observe import INSTRUMENTATION
from azure.ai.inference._core.operations import CHAT, MODEL, MODEL_INFO, ONLY_MODEL, Operation
from azure.ai.inference._core.signatures import CALL_ONLY, warn_of_ignored
from azure.ai.inference.models._enums import EndpointKind
from azure.ai.inference.models._models import ModelInfo

#: The types of settings to show. Others are long, or contain keys of other services.
_SHOWN = (bool, int, float, str)


class BaseClient:
    """A client for one endpoint. It opens connections when it needs them and keeps them until it is closed.

    :param endpoint: the URL below which the routes of the service lie.
    :param credential: a key, or a token credential.
    :param keywords: settings of the client's operation, and options.
    """

    _instrumentation_config = INSTRUMENTATION
    _client: Any
    _identity: ClassVar[str] = "azure.identity"
    """The module of azure-identity with the credentials for these clients."""
    _pipeline_client_class: ClassVar[Any]
    _operation: ClassVar[Operation] = MODEL_INFO
    _options: Optional[Dict[str, Any]] = None
    """The options of a copy, which apply to its calls."""
    _original: Optional[BaseClient] = None
    """The client behind a copy, which owns the connections."""
    _own_credential: Any = None
    """The credential of this client, which closing another one does not close."""

    def __init__(self, endpoint: str, credential: Any, **keywords: Any) -> None:
        endpoint, credential = hide_arguments(endpoint, credential, keywords)
        if self._operation is not MODEL_INFO:  # one of `load_client` only finds the class to construct
            warn_of_ignored(self, (*self._operation.settings, *self._operation.options), keywords)
        keywords = {name: value for name, value in keywords.items() if name not in CALL_ONLY}
        self._settings: Dict[str, Any] = client_settings(self._operation, keywords)
        self._model_info: Optional[ModelInfo] = None
        self._limiters: Dict[str, Any] = {}
        """The limiter of the runs of this client and its copies, from the first run on."""
        if keywords.get("limiter") is not None:
            self._limiters["runs"] = keywords["limiter"]
        version = self._operation.default_version
        self._config = self._configure(endpoint, credential, default_version=version, **keywords)
        policies = keywords.pop("policies", None)
        if policies is None:
            policies = self._config.policies(**keywords)
        if keywords.get("transport") is None:
            keywords["transport"] = self._default_transport(**keywords)
        else:
            from azure.ai.inference._http import forks  # our own transports import it

            forks.watch(keywords["transport"])
        self._client = self._pipeline_client_class(base_url="{endpoint}", policies=policies, **keywords)

    @staticmethod
    def _configure(endpoint: str, credential: Any, **options: Any) -> Any:
        """Return the configuration. The pipeline's modules are imported only then, a third of this package's."""
        raise NotImplementedError

    @staticmethod
    def _default_transport(**options: Any) -> Any:
        """Return the transport of a client without one of its own. Its HTTP library is imported only then."""
        raise NotImplementedError

    def _info_call(self, model: Optional[str], options: Dict[str, Any]) -> Tuple[Operation[ModelInfo], Any, Any, Any]:
        """Return the call that requests model info, as the arguments of ``_invoke``."""
        if self._config.service.kind is not EndpointKind.OPENAI_V1:
            if model is not None:
                options["params"] = {"model": model, **dict(options.get("params") or {})}
            return MODEL_INFO, UNSET, {}, options
        model = model or self._settings.get("model")
        return (MODEL, UNSET, {"model": model}, options) if model else (ONLY_MODEL, UNSET, {}, options)

    def _with_overrides(self, overrides: Dict[str, Any]) -> Self:
        """Return a copy with other settings and options."""
        from azure.ai.inference._core.overrides import check_overrides, laid_over  # for copies only

        check_overrides(type(self).__name__, self._operation, overrides)
        duplicate = copy.copy(self)
        duplicate._settings, duplicate._options = laid_over(
            self._operation, self._settings, self._options or {}, hide(overrides)
        )
        duplicate._original = self._original or self
        if duplicate._settings.get("model") != self._settings.get("model"):
            duplicate._model_info = None
        return duplicate

    def _options_of_call(self, keywords: Dict[str, Any]) -> Dict[str, Any]:
        """Return the keywords of a call, with the options of a copy as defaults."""
        if self._options is None:
            return keywords
        from azure.ai.inference._core.overrides import options_over

        return options_over(self._options, keywords)

    def _options_of_request(self, keywords: Dict[str, Any]) -> Dict[str, Any]:
        """Return the same for a request of the caller's own."""
        if self._options is None:
            return keywords
        from azure.ai.inference._core.overrides import for_own_requests, options_over

        return options_over(for_own_requests(self._options), keywords)

    @classmethod
    def _from_variables(cls, given: Dict[str, Any]) -> Self:
        """Return a client for the endpoint, key and model that the environment names."""
        from azure.ai.inference._core.variables import find, missing_key

        found = find(cls._operation.variables, os.environ)
        if found.model and given.get("model") is None:
            given = {**given, "model": found.model}
        if found.key:
            return cls(found.endpoint, AzureKeyCredential(found.key), **given)
        try:
            credential = import_module(cls._identity).DefaultAzureCredential()
        except ModuleNotFoundError as error:
            if error.name not in ("azure.identity", "azure.identity.aio"):
                raise
            remedy = "Set it, or install azure-identity to use Microsoft Entra ID. "
            raise ValueError(missing_key(cls._operation.variables, remedy)) from None
        client = cls(found.endpoint, credential, **given)
        client._own_credential = credential
        return client

    def _known_model_info(self, model: Optional[str]) -> Optional[ModelInfo]:
        """Return the model info that this client, or another copy with the same model, has requested.

        :param model: the model that the caller names, whose info is never known.
        """
        original = self._original
        if self._model_info is None and original is not None and original._names_model_of(self):
            self._model_info = original._model_info
        return (self._model_info or None) if model is None else None

    def _remember_model_info(self, model: Optional[str], info: ModelInfo) -> ModelInfo:
        """Return model info that was requested, which is known from now on unless the caller named the model."""
        if model is None:
            self._model_info = info
            if self._original is not None and self._original._names_model_of(self):
                self._original._model_info = info
        return info

    def _names_model_of(self, other: BaseClient) -> bool:
        own: bool = self._settings.get("model") == other._settings.get("model")
        return own

    def _limiter_of_runs(self) -> Any:
        """Return the limiter of this client; without one, that of its runs."""
        if not self._limiters:
            from azure.ai.inference._pipeline.limiter import AdaptiveLimiter  # for runs only

            self._limiters.setdefault("runs", AdaptiveLimiter())
        return self._limiters["runs"]

    def _shape_of(self, operation: Operation, keywords: Dict[str, Any]) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        """Return the settings of calls with these keywords, and what shapes their responses.

        :raises TypeError: for ``stream``.
        :raises ValueError: for a setting that the service does not know.
        """
        if "stream" in keywords:
            raise TypeError("stream= is not for many prompts at once: call complete() for each.")
        call = Call(operation, UNSET, {operation.required: ()}, dict(keywords), self._settings)
        if call.error is not None:
            raise call.error
        settings = {name: value for name, value in call.wire.items() if name != operation.required}
        shaping = {name: value for name, value in settings.items() if name != "user" or operation is CHAT}
        version = self._options_of_call(keywords).get("api_version") or self._config.api_version
        service = {"url": self._config.service.url, "route": operation.route, "api_version": version}
        return settings, {**service, "settings": shaping, "splits_reasoning": call.splits_reasoning}

    def _below_endpoint(self, request: HttpRequest) -> HttpRequest:
        """Return a copy of the caller's request with its whole URL."""
        from azure.ai.inference._core.attributes import Request  # late, as only requests need it

        base_url = require_base_url(self._config)
        request = Request.of(copy.deepcopy(request))
        request.url = join_url(base_url, request.url)
        return request

    def __str__(self) -> str:
        """Return the client's name and, once it is known, the model behind it."""
        return f"{super().__str__()}\n{self._model_info}" if self._model_info else super().__str__()

    def _described(self) -> List[Tuple[str, str]]:
        """Return the facts to show of the client, without its credential and the query of its URL."""
        service, url = self._config.service, self._config.base_url and self._config.service.url
        defaults = {name: value for name, value in self._settings.items() if isinstance(value, _SHOWN)}
        facts = {
            "endpoint": url.partition("?")[0] or "not a URL",
            "kind": service.words or service.kind.value,
            "api_version": self._config.api_version,
            **(self._model_info or {}),
            "defaults": ", ".join(f"{name}={value!r}" for name, value in defaults.items()),
        }
        return [(name, str(value)) for name, value in facts.items() if value]

    def _repr_html_(self) -> str:
        """Return the display of a notebook."""
        from azure.ai.inference import _display

        return _display.html_of(type(self).__name__, self._described())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print the display of IPython."""
        from azure.ai.inference import _display

        _display.print_text(printer, cycle, type(self).__name__, self._described())

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


@functools.lru_cache(maxsize=None)
def within_span(method: Any, span: Optional[str]) -> Any:
    """Return a method that runs within azure-core's INTERNAL span of this name; the method itself without a name."""
    if span is None:
        return method
    if iscoroutinefunction(method):
        from azure.core.tracing.decorator_async import distributed_trace_async  # late, as only calls need it

        return distributed_trace_async(name_of_span=span)(method)
    from azure.core.tracing.decorator import distributed_trace  # late, as only calls need it

    return distributed_trace(name_of_span=span)(method)
