"""The responses of our own sending with aiohttp: azure-core's, whose attributes are set and found directly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict

from azure.core.pipeline.transport import AioHttpTransport

from azure.ai.inference._core.attributes import take_over
from azure.ai.inference._http import private_names
from azure.ai.inference._http.judgement import Judgement

if TYPE_CHECKING:

    class _Base:
        def __init__(self, **kwargs: Any) -> None: ...
        def __getstate__(self) -> Dict[str, Any]: ...

else:
    _Base = private_names.async_response_class() or object


class AioHttpResponse(_Base):
    """A response of azure-core's transport for aiohttp.

    :keyword internal_response: the response of aiohttp.
    """

    _of_aiohttp: Any = None

    def __init__(self, *, internal_response: Any, **kwargs: Any) -> None:
        super().__init__(internal_response=internal_response, **kwargs)
        self._of_aiohttp = internal_response

    @property
    def internal_response(self) -> Any:
        """The response of aiohttp."""
        return self._of_aiohttp

    @internal_response.setter
    def internal_response(self, response: Any) -> None:
        self._of_aiohttp = response
        _Base.__setattr__(self, "internal_response", response)

    def __getstate__(self) -> Dict[str, Any]:
        state = super().__getstate__()
        state.pop("_of_aiohttp", None)
        return state


take_over(AioHttpResponse, _Base)
_sending = Judgement(("azure.core.pipeline.transport._aiohttp",))


def own_class() -> Any:
    """Return the class of our own responses; None if azure-core's ``send`` must be used.

    Recorders for Azure's libraries replace ``send``, and the class that ours derives from may be missing.
    """
    transport: Any = AioHttpTransport
    own = private_names.async_response_class() is _Base and _sending.holds_for((transport.send,))
    return AioHttpResponse if own else None
