"""Spans, messages and metrics of image generation."""

from __future__ import annotations

import json
from typing import Any, Dict, List

import pytest
from azure.core.exceptions import HttpResponseError
from worlds import World, opened, wait

from azure.ai.inference.models import ImagePrompt
from azure.ai.inference.testing import LocalService, Reply
from azure.ai.inference.tracing import AIInferenceInstrumentor
from azure.ai.inference.tracing._images import image_messages, prompt_messages

from .harness import Telemetry, attributes, name_of, server, status

USAGE = {
    "input_tokens": 7,
    "output_tokens": 100,
    "total_tokens": 107,
    "input_tokens_details": {"text_tokens": 5, "image_tokens": 2},
    "output_tokens_details": {"image_tokens": 100},
}
BODY = {"id": "i1", "created": 1, "model": "served", "output_format": "png", "data": [{"b64_json": "SECRET"}]}
START = ImagePrompt(image="data:image/jpeg;base64,SKETCH")


def blob(mime_type: Any, content: str) -> Dict[str, Any]:
    """Return the part of an image."""
    return {"type": "blob", "mime_type": mime_type, "modality": "image", "content": content}


@pytest.mark.asyncio
@pytest.mark.parametrize("recording", [False, True])
async def test_r52_the_span(
    world: World, service: LocalService, telemetry: Telemetry, tracer: str, latest: None, recording: bool
) -> None:
    """Requirement 52: the span has the model, the settings and the usage, and content without bytes if switched on."""
    AIInferenceInstrumentor().instrument(recording)
    service.answer(Reply(body={**BODY, "usage": USAGE}))
    client = world.ImageGenerationClient(service.endpoint, service.credential, n=2, model="m")
    async with opened(client):
        await wait(client.generate(prompt="a boat", seed=5, image_prompt=START, merge_span=False))

    begun = {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "azure.ai.inference",
        "gen_ai.request.model": "m",
        "azure.resource_provider.namespace": "Microsoft.CognitiveServices",
        "gen_ai.output.type": "image",
        "gen_ai.request.choice.count": 2,
        "gen_ai.request.seed": 5,
        **server(service),
    }
    post, span = telemetry.spans
    told = attributes(span)
    content = {name: json.loads(told.pop(name)) for name in [*told] if name.endswith(".messages")}
    assert (name_of(post), post.parent, span.name, span.kind.name) == (
        "POST",
        span.context,
        "generate_content m",
        "CLIENT",
    )
    assert ("generate_content m", begun) in [(name, at_start) for name, _, at_start in telemetry.begun]
    assert told == {
        **begun,
        "gen_ai.response.id": "i1",
        "gen_ai.response.model": "served",
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.output_tokens": 100,
        "gen_ai.usage.image.input_tokens": 2,
        "gen_ai.usage.image.output_tokens": 100,
    }
    asked = {"role": "user", "parts": [{"type": "text", "content": "a boat"}, blob("image/jpeg", "")]}
    made = {"role": "assistant", "parts": [blob("image/png", "")], "finish_reason": "stop"}
    assert content == ({"gen_ai.input.messages": [asked], "gen_ai.output.messages": [made]} if recording else {})
    assert "SECRET" not in span.to_json()


@pytest.mark.asyncio
async def test_r52_settings_that_are_left_out(
    world: World, service: LocalService, telemetry: Telemetry, native: None, latest: None
) -> None:
    """Requirement 52: a request for one image has no attributes of its settings."""
    AIInferenceInstrumentor().instrument()
    async with opened(world.ImageGenerationClient(service.endpoint, service.credential)) as client:
        await wait(client.generate({"prompt": "a boat", "n": 1, "size": "8x8"}))

    assert telemetry.call.name == "generate_content"
    assert {name for name in attributes(telemetry.call) if "request" in name or "usage" in name} == set()


@pytest.mark.asyncio
async def test_r52_errors(
    world: World, service: LocalService, telemetry: Telemetry, native: None, latest: None
) -> None:
    """Requirement 52: a call that fails has its error on the span."""
    AIInferenceInstrumentor().instrument()
    service.answer(Reply(400))
    async with opened(world.ImageGenerationClient(service.endpoint, service.credential)) as client:
        with pytest.raises(HttpResponseError):
            await wait(client.generate(prompt="a boat"))

    assert (telemetry.call.name, attributes(telemetry.call)["error.type"]) == ("generate_content", "400")
    assert status(telemetry.call)[0] == "ERROR"


@pytest.mark.asyncio
@pytest.mark.parametrize("instrumented", [False, True])
async def test_r52_default_mode(
    world: World, service: LocalService, telemetry: Telemetry, tracer: str, instrumented: bool
) -> None:
    """Requirement 52: in default mode azure-core's INTERNAL span is the only one around the request."""
    if instrumented:
        AIInferenceInstrumentor().instrument(True)
    async with opened(world.ImageGenerationClient(service.endpoint, service.credential)) as client:
        await wait(client.generate(prompt="a boat", size="8x8"))
        await wait(client.get_model_info())

    own = [span for span in telemetry.spans if name_of(span) not in ("POST", "GET")]
    assert [(span.name, span.kind.name, attributes(span)) for span in own] == [
        ("ImageGenerationClient.generate", "INTERNAL", {}),
        ("ImageGenerationClient.get_model_info", "INTERNAL", {}),
    ]
    assert telemetry.metrics() == {}


@pytest.mark.asyncio
async def test_r52_metrics(
    world: World,
    service: LocalService,
    telemetry: Telemetry,
    tracer: str,
    latest: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Requirement 52: durations and tokens are measured under the names of inference, by modality in version 0.1.0."""
    monkeypatch.setenv("AZURE_TRACING_GEN_AI_METRICS", "both")
    AIInferenceInstrumentor().instrument()
    service.answer(Reply(body={**BODY, "usage": USAGE}))
    async with opened(world.ImageGenerationClient(service.endpoint, service.credential)) as client:
        await wait(client.generate(prompt="a boat"))

    metrics = telemetry.metrics()
    told = {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "azure.ai.inference",
        "gen_ai.response.model": "served",
        **server(service),
    }

    def sums(name: str, attribute: str) -> Dict[Any, Any]:
        points: List[Any] = metrics.pop(name)
        found = {attributes(point).pop(attribute, None): point for point in points}
        assert [{k: v for k, v in attributes(point).items() if k != attribute} for point in points] == [told] * len(
            points
        )
        return {key: getattr(point, "sum", getattr(point, "value", None)) for key, point in found.items()}

    kind, modality = "gen_ai.token.type", "gen_ai.token.modality"
    assert sums("gen_ai.client.token.usage", kind) == {"input": 7, "output": 100}
    assert sums("gen_ai.client.inference.operation.input_tokens", kind) == {None: 7}
    assert sums("gen_ai.client.inference.operation.output_tokens", kind) == {None: 100}
    assert sums("gen_ai.client.inference.usage.input_tokens", modality) == {"unknown": 5, "image": 2}
    assert sums("gen_ai.client.inference.usage.output_tokens", modality) == {"unknown": 0, "image": 100}
    assert sorted(metrics) == ["gen_ai.client.inference.duration", "gen_ai.client.operation.duration"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, []),
        ({"prompt": ["x"], "image_prompt": "x"}, []),
        ({"prompt": "a"}, [{"role": "user", "parts": [{"type": "text", "content": "a"}]}]),
        ({"image_prompt": START}, [{"role": "user", "parts": [blob("image/jpeg", "SKETCH")]}]),
    ],
)
def test_r52_prompts(body: Any, expected: Any) -> None:
    """Requirement 52: a prompt is a message of the user, with the image that it starts from."""
    assert prompt_messages(body, binary=True) == expected


@pytest.mark.parametrize(
    ("response", "parts"),
    [
        ({}, []),
        ({"data": "x"}, []),
        ({"data": [{"image": "AA=="}]}, [blob(None, "AA==")]),
        ({"data": [{"b64_json": "AA=="}, {"image": "", "b64_json": "AQ=="}]}, [blob(None, "AA=="), blob(None, "AQ==")]),
        ({"data": [{"b64_json": "AA=="}], "output_format": "webp"}, [blob("image/webp", "AA==")]),
        ({"data": [{"image": "data:image/png;base64,AA=="}]}, [blob("image/png", "AA==")]),
        (
            {"data": [{"url": "https://h/i"}]},
            [{"type": "uri", "mime_type": None, "modality": "image", "uri": "https://h/i"}],
        ),
        ({"data": [{}]}, [blob(None, "")]),
    ],
)
def test_r52_images(response: Any, parts: Any) -> None:
    """Requirement 52: each image is a message of the assistant, with its bytes or its URL."""
    assert image_messages(response, binary=True) == [
        {"role": "assistant", "parts": [part], "finish_reason": "stop"} for part in parts
    ]
