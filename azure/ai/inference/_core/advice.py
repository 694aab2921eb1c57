"""What to do about a refused request: the last line of its error."""

from __future__ import annotations

import re

_ROUTE = re.compile(r"(?<!:/)/(chat/completions|(images/)?embeddings|info)/*\Z")


def advice_for(status: int, endpoint: str) -> str:
    """Return the line of advice for an error; empty where none fits."""
    base = endpoint.partition("?")[0]  # a query may hold a secret
    route = _ROUTE.search(base)
    if status == 404 and route:
        return (
            f"The client adds the route to the endpoint, which ends in {route[0].rstrip('/')} already: "
            f"use {base[: route.start()]} as the endpoint."
        )
    return ""
