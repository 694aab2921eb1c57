"""Runs in both worlds, against a service that embeds by a fixed rule."""

from __future__ import annotations

import base64
import struct
from typing import Any, Dict, List, Optional

from run_rules import vector_of
from worlds import World, wait

from azure.ai.inference.testing import LocalService, Reply


def client_of(world: World, service: LocalService, kind: str = "EmbeddingsClient", **options: Any) -> Any:
    """Return a client that waits briefly before retries."""
    return getattr(world, kind)(service.endpoint, service.credential, retry_backoff_factor=0.001, **options)


async def handed_over(run: Any) -> List[Any]:
    """Return all results of a run of either world."""
    return [result async for result in run] if hasattr(run, "__aiter__") else list(run)


async def collected(run: Any, **options: Any) -> Any:
    return await wait(run.collect(**options))


def inputs_of(request: Any) -> List[str]:
    inputs: List[str] = request.json()["input"]
    return inputs


def embedded(request: Any, backwards: bool = False, base64_as: Optional[str] = "base64") -> Reply:
    """Return the response to a request for embeddings."""
    rows: List[Any] = [vector_of(text) for text in inputs_of(request)]
    if request.json().get("encoding_format") == base64_as:
        rows = [base64.b64encode(struct.pack(f"<{len(row)}f", *row)).decode() for row in rows]
    data = [{"index": index, "embedding": row} for index, row in enumerate(rows)]
    usage = {"prompt_tokens": 2 * len(rows), "total_tokens": 2 * len(rows)}
    return Reply(body={"data": data[::-1] if backwards else data, "usage": usage, "model": "m"})


def error(status: int, code: str = "bad_input", **headers: str) -> Reply:
    return Reply(status, {"error": {"code": code, "message": f"refused with {status}"}}, headers)


def refusing(*bad: str, status: int = 400) -> Any:
    """Return a script that refuses requests with some texts, and embeds the others."""

    def respond(request: Any) -> Reply:
        return error(status) if set(bad) & set(inputs_of(request)) else embedded(request)

    return respond


def sent(service: LocalService) -> List[Dict[str, Any]]:
    """Return the bodies that a service has received."""
    return [request.json() for request in service.requests]


def rows(*texts: Any) -> List[List[float]]:
    """Return the vectors of texts, as 32-bit floats print."""
    return [vector_of(text) for text in texts]
