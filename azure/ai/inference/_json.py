"""Reading JSON: with orjson where it is installed and reads the same, else with the standard library."""

from __future__ import annotations

import json
from typing import Any


def loads(data: bytes) -> Any:
    """The value of a JSON text in UTF-8, with or without a byte order mark.

    :raises ValueError: if it is no valid JSON or UTF-8, or is nested deeper than Python can follow.
    """
    try:
        return json.loads(str(data, "utf-8-sig" if data[:1] == b"\xef" else "utf-8"))
    except RecursionError as error:
        raise ValueError("JSON is nested too deeply") from error
