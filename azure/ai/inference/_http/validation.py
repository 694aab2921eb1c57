"""Checks of a request right before it is sent."""

from __future__ import annotations

import re
from typing import AbstractSet, Any, Mapping, MutableMapping

from azure.ai.inference._core.signatures import hint_for_call
from azure.ai.inference._http import private_names

#: The error of a transport that is used after it was closed.
CLOSED = "The client has already been closed, by `close()` or at the end of `with`. Make a new one."

_CONTROL = r"[\x00-\x08\x0a-\x1f\x7f]"


def check_options(options: MutableMapping[str, Any], known: AbstractSet[str]) -> None:
    """Refuse options that neither a policy nor the transport knows.

    :raises TypeError: which names the option.
    """
    options.pop("tracing_options", None)  # left there by azure-core's tracing policy before 1.33
    options.pop(private_names.RETURN_PIPELINE_RESPONSE, None)  # left there by an azure-core that does not know it
    for name in options:
        if name not in known:
            raise TypeError(
                f"got an unexpected keyword argument '{name}': it is neither a setting of the method nor an option of "
                f"the pipeline{hint_for_call(name) or '.'} Put other parameters of the model into `model_extras`."
            )


def check_headers(headers: Mapping[str, Any]) -> None:
    """Refuse headers that a server would read as more than one.

    :raises ValueError: which names the header, not its value.
    """
    lines = [f"{name}{value}" for name, value in headers.items()]
    if "".join(lines).isprintable():
        return
    for name, line in zip(headers, lines):
        if re.search(_CONTROL, line):
            raise ValueError(f"The header {name!r} contains a line break or another control character.")
