"""Requests for images, byte for byte. The released package has no client for them, so what must be sent stands here."""

from __future__ import annotations

import io
from typing import Any, Dict, Iterator, Tuple

import pytest

from .case import Build, Case, Values, nothing
from .record import Recording, record, record_async
from .recorder import Recorder

_PIXEL = "data:image/png;base64,AA=="


def _generates(call: Build, setup: Build = nothing, **rest: Any) -> Case:
    return Case(call, setup, "image_generation", "generate", **rest)


def _everything(models: Any) -> Values:
    return {
        "style": "vivid",
        "size": {"width": 64, "height": 32},
        "prompt": "é",
        "model_extras": {"svg": {"a": None}, "complexity": 1},
        "image_prompt": models.ImagePrompt(strength=1, image=_PIXEL),
        "n": 2,
    }


_EVERYTHING = (
    '{"prompt": "\\u00e9", "image_prompt": {"strength": 1, "image": "data:image/png;base64,AA=="}, "n": 2, '
    '"size": {"width": 64, "height": 32}, "style": "vivid", "svg": {"a": null}, "complexity": 1}'
)
_MODELS = "/models/images/generations?api-version=2025-05-15-preview"
_V1 = "/openai/v1/images/generations"
_DEPLOYMENT = "/openai/deployments/d/images/generations?api-version="
_PASSES = {"extra-parameters": "pass-through"}

#: Each call, and the target, the body and the additional headers of its request.
CASES: Dict[str, Tuple[Case, str, str, Dict[str, str]]] = {
    "prompt on /models": (_generates(lambda m: {"prompt": "a"}, path="/models"), _MODELS, '{"prompt": "a"}', {}),
    "prompt on /openai/v1": (_generates(lambda m: {"prompt": "a"}, path="/openai/v1"), _V1, '{"prompt": "a"}', {}),
    "everything on /models": (_generates(_everything, path="/models/"), _MODELS, _EVERYTHING, _PASSES),
    "everything on /openai/v1": (_generates(_everything, path="/openai/v1/"), _V1, _EVERYTHING, {}),
    "defaults on a deployment": (
        _generates(
            lambda m: {"prompt": "a", "seed": 0, "quality": None},
            lambda m: {"quality": "hd", "seed": 1, "user": "u", "api_version": "2024-10-21"},
            path="/openai/deployments/d",
        ),
        f"{_DEPLOYMENT}2024-10-21",
        '{"prompt": "a", "quality": "hd", "seed": 0, "user": "u"}',
        _PASSES,
    ),
    "extras in the place of settings": (
        _generates(lambda m: {"prompt": "a", "size": "auto", "model_extras": {"n": 2, "b": 1}}, path="/models"),
        _MODELS,
        '{"prompt": "a", "size": "auto", "n": 2, "b": 1}',
        _PASSES,
    ),
    "the caller's header on /openai/v1": (
        _generates(lambda m: {"prompt": "a", "headers": {"extra-parameters": "drop"}}, path="/openai/v1"),
        _V1,
        '{"prompt": "a"}',
        {"extra-parameters": "drop"},
    ),
    "dict body": (
        _generates(lambda m: {"body": {"prompt": "a", "z": None}}, lambda m: {"style": "vivid"}, path="/openai/v1"),
        _V1,
        '{"prompt": "a", "z": null}',
        {},
    ),
    "bytes body": (_generates(lambda m: {"body": b'{"prompt":"a"}'}, path="/models"), _MODELS, '{"prompt":"a"}', {}),
    "file body": (_generates(lambda m: {"body": io.BytesIO(b"{}")}, path="/models"), _MODELS, "{}", {}),
}


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


@pytest.mark.parametrize("name", CASES)
def test_sync_client_sends_these_requests(name: str, recorder: Recorder) -> None:
    """The sync client sends this request for images, and no other."""
    assert record(CASES[name][0], recorder) == _expected(name)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", CASES)
async def test_async_client_sends_these_requests(name: str, recorder: Recorder) -> None:
    """The async client sends this request for images, and no other."""
    assert await record_async(CASES[name][0], recorder) == _expected(name)


def _expected(name: str) -> Recording:
    _, target, body, added = CASES[name]
    headers = {
        "accept": "application/json",
        "api-key": "key-1",
        "authorization": "Bearer key-1",
        "content-length": str(len(body)),
        "content-type": "application/json",
        "user-agent": "azsdk-python-ai-inference/<version> <platform>",
        "x-ms-client-request-id": "<uuid>",
        **added,
    }
    return {"requests": [{"line": f"POST {target}", "headers": headers, "body": body}], "error": None}
