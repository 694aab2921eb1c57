"""Spans of embeddings."""

from __future__ import annotations

from typing import Any, Dict

import pytest
from azure.core.exceptions import HttpResponseError
from worlds import World, opened, wait

from azure.ai.inference.testing import LocalService, Reply
from azure.ai.inference.tracing import AIInferenceInstrumentor

from .harness import Telemetry, attributes, name_of, server, status

KINDS = pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("EmbeddingsClient", {"input": ["SECRET", "b"]}),
        ("ImageEmbeddingsClient", {"input": [{"image": "data:image/png;base64,SECRET"}]}),
    ],
)
USAGE = {"prompt_tokens": 3, "completion_tokens": 0, "total_tokens": 3}
VECTORS = Reply(body={"id": "e1", "model": "served", "data": [{"index": 0, "embedding": [0.125]}], "usage": USAGE})


@KINDS
@pytest.mark.asyncio
async def test_r41_the_span(
    world: World,
    service: LocalService,
    telemetry: Telemetry,
    tracer: str,
    latest: None,
    kind: str,
    given: Dict[str, Any],
) -> None:
    """Requirement 41: embeddings have one span, without the inputs."""
    AIInferenceInstrumentor().instrument(True)
    service.answer(VECTORS)
    async with opened(getattr(world, kind)(service.endpoint, service.credential, dimensions=8)) as client:
        await wait(client.embed(**given, model="m", encoding_format="float", merge_span=False))

    begun = {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "azure.ai.inference",
        "gen_ai.request.model": "m",
        "azure.resource_provider.namespace": "Microsoft.CognitiveServices",
        "gen_ai.embeddings.dimension.count": 8,
        "gen_ai.request.encoding_formats": ("float",),
        **server(service),
    }
    post, span = telemetry.spans
    assert (name_of(post), post.parent, span.name, span.kind.name) == ("POST", span.context, "embeddings m", "CLIENT")
    assert ("embeddings m", begun) in [(name, at_start) for name, _, at_start in telemetry.begun]
    assert attributes(span) == {**begun, "gen_ai.response.model": "served", "gen_ai.usage.input_tokens": 3}
    assert "SECRET" not in span.to_json()


@KINDS
@pytest.mark.asyncio
async def test_r41_errors(
    world: World, service: LocalService, telemetry: Telemetry, native: None, latest: None, kind: str, given: Any
) -> None:
    """Requirement 41: embeddings that fail have their error on the span."""
    AIInferenceInstrumentor().instrument()
    service.answer(Reply(400))
    async with opened(getattr(world, kind)(service.endpoint, service.credential)) as client:
        with pytest.raises(HttpResponseError):
            await wait(client.embed(**given))

    assert (telemetry.call.name, attributes(telemetry.call)["error.type"]) == ("embeddings", "400")
    assert status(telemetry.call)[0] == "ERROR"


@KINDS
@pytest.mark.asyncio
@pytest.mark.parametrize("instrumented", [False, True])
async def test_r41_default_mode(
    world: World,
    service: LocalService,
    telemetry: Telemetry,
    tracer: str,
    kind: str,
    given: Dict[str, Any],
    instrumented: bool,
) -> None:
    """Requirement 41: by default, the spans of embeddings are those of the released package."""
    if instrumented:
        AIInferenceInstrumentor().instrument()
    async with opened(getattr(world, kind)(service.endpoint, service.credential)) as client:
        service.answer(VECTORS)
        await wait(client.embed(**given))
        await wait(client.get_model_info())

    own = [span for span in telemetry.spans if name_of(span) not in ("POST", "GET")]
    assert [(span.name, span.kind.name, attributes(span)) for span in own] == [
        (f"{kind}.embed", "INTERNAL", {}),
        (f"{kind}.get_model_info", "INTERNAL", {}),
    ]
    http = [span for span in telemetry.spans if name_of(span) in ("POST", "GET")]
    assert [span.parent for span in http] == [span.context for span in own]


@pytest.mark.asyncio
async def test_r41_switched_off_for_a_call(
    world: World, service: LocalService, telemetry: Telemetry, native: None, latest: None
) -> None:
    """Requirements 8 and 41: switching tracing off for a call leaves no span of it."""
    AIInferenceInstrumentor().instrument()
    async with opened(world.EmbeddingsClient(service.endpoint, service.credential)) as client:
        await wait(client.embed(input=["x"], tracing_options={"enabled": False}))

    assert (telemetry.names, telemetry.metrics()) == ([], {})
