"""Checks of options just before a request is sent."""

from __future__ import annotations

from typing import AbstractSet, Any, Mapping, MutableMapping

from azure.core.exceptions import ServiceResponseError

from azure.ai.inference._core.signatures import hint_for_call
from azure.ai.inference._http import private_names

#: The error of a closed transport.
CLOSED = "The client has already been closed, by `close()` or at the end of `with`. Make a new one."


def check_options(options: MutableMapping[str, Any], known: AbstractSet[str]) -> None:
    """Reject options that neither a policy nor the transport knows.

    :raises TypeError: for such an option, with its name.
    """
    options.pop("tracing_options", None)  # left there by azure-core's tracing policy before 1.33
    options.pop(private_names.RETURN_PIPELINE_RESPONSE, None)  # left there by an azure-core that does not know it
    for name in options:
        if name not in known:
            raise TypeError(
                f"got an unexpected keyword argument '{name}': it is neither a setting of the method nor an option of "
                f"the pipeline{hint_for_call(name) or '.'} Put other parameters of the model into `model_extras`."
            )


def check_max_connections(options: Mapping[str, Any]) -> None:
    """Check the option ``max_connections`` of a constructor.

    :raises TypeError: if it is not an integer, or given beside a transport or session, which it would not reach.
    :raises ValueError: if it is not positive.
    """
    number = options.get("max_connections")
    if number is None:
        return
    for name in ("transport", "session"):
        if options.get(name) is not None:
            raise TypeError(f"max_connections= cannot be given beside {name}=, which has a limit of its own.")
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"max_connections must be an integer, not {type(number).__name__}")
    if number < 1:
        raise ValueError(f"max_connections must be positive, not {number}")


def check_final(response: Any) -> None:
    """Reject an interim response that a transport takes for the response. Its connection is not reused.

    :raises ServiceResponseError: if its status is below 200.
    """
    if response.status_code >= 200:
        return
    internal = getattr(response, "internal_response", None)
    adapter: Any = getattr(internal, "connection", None)
    owner: Any
    for owner in (internal, adapter):  # of requests; the adapter may have got the connection back already
        if hasattr(owner, "close") and hasattr(adapter, "poolmanager"):
            owner.close()
    raise ServiceResponseError(f"The service sent an interim response only, with status {response.status_code}.")
