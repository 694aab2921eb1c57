"""The responses of our own sending with requests: azure-core's, whose attributes are set and found directly."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Dict

from azure.core.pipeline.transport import RequestsTransport

from azure.ai.inference._core.attributes import take_over
from azure.ai.inference._core.hiding import hide_credentials
from azure.ai.inference._http import private_names
from azure.ai.inference._http.judgement import Judgement

if TYPE_CHECKING:

    class _Base:
        def __init__(self, **kwargs: Any) -> None: ...

else:
    _Base = private_names.sync_response_class() or object


class RequestsResponse(_Base):
    """A response of azure-core's transport for requests.

    :keyword internal_response: the response of requests.
    """

    _of_requests: Any = None

    def __init__(self, *, internal_response: Any, **kwargs: Any) -> None:
        super().__init__(internal_response=internal_response, **kwargs)
        self._of_requests = internal_response

    @property
    def internal_response(self) -> Any:
        """The response of requests."""
        return self._of_requests

    @internal_response.setter
    def internal_response(self, response: Any) -> None:
        self._of_requests = response
        _Base.__setattr__(self, "internal_response", response)

    def __getstate__(self) -> Dict[str, Any]:
        internal = copy.copy(self._of_requests)
        internal.request = internal.request.copy()
        hide_credentials(internal.request.headers)
        return {name: internal if value is self._of_requests else value for name, value in vars(self).items()}


take_over(RequestsResponse, _Base)
_sending = Judgement(("azure.core.pipeline.transport._requests_basic",))


def own_class() -> Any:
    """Return the class of our own responses; None if azure-core's ``send`` must be used.

    Recorders for Azure's libraries replace ``send``, and the class that ours derives from may be missing.
    """
    transport: Any = RequestsTransport
    own = private_names.sync_response_class() is _Base and _sending.holds_for((transport.send,))
    return RequestsResponse if own else None
