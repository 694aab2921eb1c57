"""Run the cases and record the requests that each one sends.

As a script, `python -m wire.record` in `tests/`, with the released package installed instead of this one, it writes
`released.json`, the expected requests of `test_wire.py`.
"""

from __future__ import annotations

import asyncio
import json
import types
from pathlib import Path
from typing import Any, Dict, Tuple

from azure.core.credentials import AccessToken, AzureKeyCredential

from azure.ai import inference
from azure.ai.inference import aio, models

from .case import Case
from .cases import CASES
from .recorder import Recorder, masked

RELEASED = Path(__file__).with_name("released.json")
_POSITIONAL = ("body", "request")
_CLIENTS = {
    "chat": "ChatCompletionsClient",
    "embeddings": "EmbeddingsClient",
    "image_embeddings": "ImageEmbeddingsClient",
    "image_generation": "ImageGenerationClient",
    "load": "load_client",
}

Recording = Dict[str, Any]


def record(case: Case, recorder: Recorder) -> Recording:
    """Return the requests that the sync client sends for a case, and the error that ends it, if any."""
    error = None
    try:
        _run(case, recorder.endpoint)
    except (TypeError, ValueError, AttributeError) as raised:
        error = masked(f"{type(raised).__name__}: {raised}")
    return {"requests": recorder.take(), "error": error}


async def record_async(case: Case, recorder: Recorder) -> Recording:
    """Return the same for the async client."""
    error = None
    try:
        await _run_async(case, recorder.endpoint)
    except (TypeError, ValueError, AttributeError) as raised:
        error = masked(f"{type(raised).__name__}: {raised}")
    return {"requests": recorder.take(), "error": error}


def _run(case: Case, endpoint: str) -> None:
    credential: Any = _Token() if case.token else AzureKeyCredential(case.key)
    make = getattr(inference, _CLIENTS[case.client])
    with make(endpoint + case.path, credential, **case.setup(models)) as client:
        call = getattr(client, case.method)
        positional, keywords = _arguments(case.call(models))
        result = call(*positional, **keywords)
        if isinstance(result, models.StreamingChatCompletions):
            list(result)
        if case.renewed_key:
            credential.update(case.renewed_key)
        if case.then:
            call(**case.then(models, result))


async def _run_async(case: Case, endpoint: str) -> None:
    credential: Any = _AsyncToken() if case.token else AzureKeyCredential(case.key)
    make = getattr(aio, _CLIENTS[case.client])
    made = make(endpoint + case.path, credential, **case.setup(models))
    async with await made if isinstance(made, types.CoroutineType) else made as client:
        call = getattr(client, case.method)
        positional, keywords = _arguments(case.call(models))
        result = await call(*positional, **keywords)
        if isinstance(result, models.AsyncStreamingChatCompletions):
            async for _ in result:
                pass
        if case.renewed_key:
            credential.update(case.renewed_key)
        if case.then:
            await call(**case.then(models, result))


def _arguments(values: Dict[str, Any]) -> Tuple[Tuple[Any, ...], Dict[str, Any]]:
    positional = tuple(values[name] for name in _POSITIONAL if name in values)
    return positional, {name: value for name, value in values.items() if name not in _POSITIONAL}


class _Token:
    """A credential with the scopes in its tokens, so that requests show them."""

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return AccessToken("for-" + "+".join(scopes), 9999999999)


class _AsyncToken:
    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return AccessToken("for-" + "+".join(scopes), 9999999999)

    async def close(self) -> None:
        """Do nothing, as nothing is open."""

    async def __aenter__(self) -> _AsyncToken:
        return self

    async def __aexit__(self, *details: object) -> None:
        """Do nothing, as nothing is open."""


def main() -> None:
    lines = []
    with Recorder() as recorder:
        for name, case in CASES.items():
            recording = record(case, recorder)
            if asyncio.run(record_async(case, recorder)) != recording:
                raise SystemExit(f"{name}: sync and async differ")
            lines.append(f"  {json.dumps(name)}: {json.dumps(recording)}")
    RELEASED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{len(lines)} cases of version {inference.__version__}")


if __name__ == "__main__":
    main()
