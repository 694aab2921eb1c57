"""Checks of options right before a request is sent."""

from __future__ import annotations

from typing import AbstractSet, Any, MutableMapping

from azure.ai.inference._core.signatures import hint_for_call

#: The error of a transport that is used after it was closed.
CLOSED = "The client has already been closed, by `close()` or at the end of `with`. Make a new one."


def check_options(options: MutableMapping[str, Any], known: AbstractSet[str]) -> None:
    """Refuse options that neither a policy nor the transport knows.

    :raises TypeError: which names the option.
    """
    options.pop("tracing_options", None)  # left there by azure-core's tracing policy before 1.33
    for name in options:
        if name not in known:
            raise TypeError(
                f"got an unexpected keyword argument '{name}': it is neither a setting of the method nor an option of "
                f"the pipeline{hint_for_call(name) or '.'} Put other parameters of the model into `model_extras`."
            )
