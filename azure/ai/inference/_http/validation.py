"""What is checked of a request at the last moment before it is sent."""

from __future__ import annotations

import re
from typing import AbstractSet, Any, Mapping, MutableMapping

#: What the error says when a transport is used after its end.
CLOSED = "The client has already been closed, by `close()` or at the end of `with`. Make a new one."

_CONTROL = r"[\x00-\x08\x0a-\x1f\x7f]"


def check_options(options: MutableMapping[str, Any], known: AbstractSet[str]) -> None:
    """Refuse options that no policy has taken and the transport does not know.

    :raises TypeError: which names the option.
    """
    options.pop("tracing_options", None)  # azure-core's tracing policy leaves it there before 1.33
    for name in options:
        if name not in known:
            raise TypeError(
                f"got an unexpected keyword argument '{name}': it is neither a parameter of the method nor an option "
                "of the pipeline. Parameters of the model that the method does not name go into `model_extras`."
            )


def check_headers(headers: Mapping[str, Any]) -> None:
    """Refuse headers that would be read as more than one.

    :raises ValueError: which names the header, not its value.
    """
    lines = [f"{name}{value}" for name, value in headers.items()]
    if "".join(lines).isprintable():
        return
    for name, line in zip(headers, lines):
        if re.search(_CONTROL, line):
            raise ValueError(f"The header {name!r} contains a line break or another control character.")
