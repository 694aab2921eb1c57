"""Metrics: their names and attributes, and that each call counts once."""

from __future__ import annotations

from time import perf_counter
from typing import Any, Dict, List, Tuple

import pytest
from azure.core.exceptions import HttpResponseError
from worlds import World, next_of, opened, updates_of, wait

from azure.ai.inference._version import VERSION
from azure.ai.inference.testing import LocalService, Reply, Stream
from azure.ai.inference.tracing import AIInferenceInstrumentor

from .harness import HAS_BOUNDARIES, HELLO, Telemetry, attributes, choice, piece, server, text_pieces, whole

USUAL = (0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000)
SECONDS = tuple(0.01 * 2**power for power in range(14)) if HAS_BOUNDARIES else USUAL
TOKENS = tuple(4**power for power in range(14)) if HAS_BOUNDARIES else USUAL
DURATION = "gen_ai.client.operation.duration"


def call_of(service: LocalService, operation: str = "chat", **more: Any) -> Dict[str, Any]:
    """Return the attributes that distinguish calls."""
    known = {"gen_ai.operation.name": operation, "gen_ai.provider.name": "azure.ai.inference"}
    return {**known, **server(service), **{name.replace("__", "."): value for name, value in more.items()}}


def counted(points: List[Any]) -> List[Tuple[Dict[str, Any], int, Any]]:
    """Return attributes, count and bounds of the data points of histograms."""
    return [(attributes(point), point.count, tuple(point.explicit_bounds)) for point in points]


@pytest.mark.asyncio
async def test_r42_r43_whole_answers(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, latest: None
) -> None:
    """Requirements 42, 43 and 46: durations and tokens are measured, with few attributes."""
    AIInferenceInstrumentor().instrument(True)
    service.answer(whole(choice()))
    await wait(client.complete(messages=HELLO, model="m"))

    metrics = telemetry.metrics()
    told = call_of(service, gen_ai__request__model="m", gen_ai__response__model="served")
    assert telemetry.meters == {("azure-ai-inference", VERSION)}
    assert sorted(metrics) == [DURATION, "gen_ai.client.token.usage"]
    assert counted(metrics[DURATION]) == [(told, 1, SECONDS)]
    usage = sorted(metrics["gen_ai.client.token.usage"], key=lambda point: point.sum)
    assert counted(usage) == [
        ({**told, "gen_ai.token.type": "input"}, 1, TOKENS),
        ({**told, "gen_ai.token.type": "output"}, 1, TOKENS),
    ]
    assert [point.sum for point in usage] == [3, 5]


@pytest.mark.asyncio
async def test_r43_failures(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, latest: None
) -> None:
    """Requirement 43: failed calls are counted, each with its error."""
    AIInferenceInstrumentor().instrument()
    service.answer(Reply(429), whole(choice(), usage=None))
    with pytest.raises(HttpResponseError):
        await wait(client.complete(messages=HELLO))
    await wait(client.complete(messages=HELLO))

    metrics = telemetry.metrics()
    assert sorted(metrics) == [DURATION]
    assert counted(metrics[DURATION]) == [
        (call_of(service, error__type="429"), 1, SECONDS),
        (call_of(service, gen_ai__response__model="served"), 1, SECONDS),
    ]


@pytest.mark.asyncio
async def test_r43_r45_streams(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, latest: None
) -> None:
    """Requirements 43 and 45: a stream counts once, with the time to its end."""
    AIInferenceInstrumentor().instrument()
    service.answer(Stream(text_pieces()))
    begun = perf_counter()
    stream = await wait(client.complete(messages=HELLO, stream=True))
    assert telemetry.metrics() == {}
    await next_of(stream)
    first = perf_counter()
    while perf_counter() - first <= first - begun:
        pass  # the rest of the stream takes longer than its beginning
    read = perf_counter()
    await updates_of(stream)
    await wait(stream.close())
    ended = perf_counter()

    metrics = telemetry.metrics()
    told = call_of(service, gen_ai__response__model="served")
    chunks = ["gen_ai.client.operation.time_per_output_chunk", "gen_ai.client.operation.time_to_first_chunk"]
    assert sorted(metrics) == sorted([DURATION, *chunks, "gen_ai.client.token.usage"])
    assert [counted(metrics[name]) for name in (DURATION, *chunks)] == [
        [(told, 1, SECONDS)],
        [(told, 4, SECONDS)],
        [(told, 1, SECONDS)],
    ]
    span = telemetry.call
    assert span.end_time is not None
    assert span.start_time is not None
    for seconds in (metrics[DURATION][0].sum, (span.end_time - span.start_time) / 1e9):
        assert read - first <= seconds <= ended - begun


@pytest.mark.asyncio
async def test_r45_abandoned_streams(
    client: Any, service: LocalService, telemetry: Telemetry, native: None, latest: None
) -> None:
    """Requirement 45: a stream that was dropped is counted."""
    AIInferenceInstrumentor().instrument()
    service.answer(Stream([piece({}), piece({}, "stop")]))
    stream = await wait(client.complete(messages=HELLO, stream=True))
    await next_of(stream)
    del stream

    told = call_of(service, gen_ai__response__model="served", error__type="_OTHER")
    assert counted(telemetry.metrics()[DURATION]) == [(told, 1, SECONDS)]


@pytest.mark.asyncio
async def test_r45_in_the_context_of_the_span(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, latest: None
) -> None:
    """Requirement 45: a slow call in a metric leads to its span."""
    if not HAS_BOUNDARIES:
        pytest.skip("this OpenTelemetry does not collect exemplars yet")
    AIInferenceInstrumentor().instrument()
    await wait(client.complete(messages=HELLO))

    (exemplar,) = telemetry.metrics()[DURATION][0].exemplars
    assert telemetry.call.context is not None
    assert (exemplar.trace_id, exemplar.span_id) == (telemetry.call.context.trace_id, telemetry.call.context.span_id)


@pytest.mark.asyncio
@pytest.mark.parametrize("stream", [False, True])
async def test_r45_refused_spans_count(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, latest: None, stream: bool
) -> None:
    """Requirement 45: calls count even if their spans are not sampled."""
    telemetry.refused = ["chat"]
    AIInferenceInstrumentor().instrument()
    service.answer(Stream(text_pieces()) if stream else whole(choice()))
    result = await wait(client.complete(messages=HELLO, stream=stream))
    if stream:
        await updates_of(result)

    assert "chat" not in telemetry.names
    assert counted(telemetry.metrics()[DURATION]) == [(call_of(service, gen_ai__response__model="served"), 1, SECONDS)]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("variable", "names"),
    [
        ("latest", ["gen_ai.client.inference.duration"]),
        ("both", ["gen_ai.client.inference.duration", DURATION]),
        ("", [DURATION]),
    ],
)
async def test_r44_which_names(
    client: Any,
    telemetry: Telemetry,
    native: None,
    latest: None,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    names: List[str],
) -> None:
    """Requirement 44: metrics have the names that the user has chosen."""
    monkeypatch.setenv("AZURE_TRACING_GEN_AI_METRICS", variable)
    AIInferenceInstrumentor().instrument()
    await wait(client.complete(messages=HELLO))

    assert sorted(name for name in telemetry.metrics() if name.endswith("duration")) == names


@pytest.mark.asyncio
async def test_r44_names_of_0_1(
    client: Any,
    service: LocalService,
    telemetry: Telemetry,
    native: None,
    latest: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Requirement 44: all metrics of the newest conventions are recorded."""
    monkeypatch.setenv("AZURE_TRACING_GEN_AI_METRICS", "latest")
    AIInferenceInstrumentor().instrument()
    usage = {"prompt_tokens": 9, "completion_tokens": 5}
    details = {"prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 2}}
    more = {"completion_tokens_details": {"reasoning_tokens": 1}}
    service.answer(whole(choice(), usage={**usage, **details, **more}))
    await wait(client.complete(messages=HELLO))

    prefix = "gen_ai.client.inference"
    metrics = telemetry.metrics()
    told = call_of(service, gen_ai__response__model="served")
    histograms = ["duration", "operation.input_tokens", "operation.output_tokens"]
    assert {name: counted(metrics.pop(f"{prefix}.{name}")) for name in histograms} == {
        "duration": [(told, 1, SECONDS)],
        "operation.input_tokens": [(told, 1, TOKENS)],
        "operation.output_tokens": [(told, 1, TOKENS)],
    }
    assert tokens_by_modality(metrics) == {
        f"{prefix}.usage.input_tokens": {"unknown": 7, "audio": 2},
        f"{prefix}.usage.output_tokens": {"unknown": 5},
        f"{prefix}.usage.cache_read.input_tokens": {"unknown": 4},
        f"{prefix}.usage.reasoning.output_tokens": {"unknown": 1},
    }


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("prompt_tokens", "audio_tokens", "expected"),
    [
        (9, 2, {"unknown": 7, "audio": 2}),
        (9, 9, {"unknown": 0, "audio": 9}),
        (9, 12, {"unknown": 0, "audio": 9}),
        (9, 0, {"unknown": 9}),
        (9, -1, {"unknown": 9}),
        (9, True, {"unknown": 9}),
        (9, "2", {"unknown": 9}),
        (0, 2, {"unknown": 0}),
        (None, 2, {"unknown": 0}),
    ],
)
async def test_r44_audio_tokens(
    client: Any,
    service: LocalService,
    telemetry: Telemetry,
    native: None,
    latest: None,
    monkeypatch: pytest.MonkeyPatch,
    prompt_tokens: Any,
    audio_tokens: Any,
    expected: Dict[str, int],
) -> None:
    """Requirement 44: tokens of audio are part of the input's and the output's tokens, and never more than those."""
    monkeypatch.setenv("AZURE_TRACING_GEN_AI_METRICS", "latest")
    AIInferenceInstrumentor().instrument()
    details = {"audio_tokens": audio_tokens}
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": prompt_tokens}
    usage = {**usage, "prompt_tokens_details": details, "completion_tokens_details": details}
    service.answer(whole(choice(), usage=usage))
    await wait(client.complete(messages=HELLO))

    counts = tokens_by_modality({name: p for name, p in telemetry.metrics().items() if ".usage." in name})
    prefix = "gen_ai.client.inference.usage"
    assert counts == {f"{prefix}.input_tokens": expected, f"{prefix}.output_tokens": expected}


def tokens_by_modality(metrics: Dict[str, List[Any]]) -> Dict[str, Dict[str, int]]:
    """Return the values of counters by modality."""
    return {
        name: {attributes(point)["gen_ai.token.modality"]: point.value for point in points}
        for name, points in metrics.items()
    }


@pytest.mark.asyncio
async def test_r44_zero_where_no_usage_is_told(
    client: Any,
    service: LocalService,
    telemetry: Telemetry,
    native: None,
    latest: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Requirement 44: the token counters of a failed call are zero, not missing."""
    monkeypatch.setenv("AZURE_TRACING_GEN_AI_METRICS", "latest")
    AIInferenceInstrumentor().instrument()
    service.answer(Reply(400))
    with pytest.raises(HttpResponseError):
        await wait(client.complete(messages=HELLO))

    metrics = telemetry.metrics()
    duration = metrics.pop("gen_ai.client.inference.duration")
    assert counted(duration) == [(call_of(service, error__type="400"), 1, SECONDS)]
    assert tokens_by_modality(metrics) == {
        "gen_ai.client.inference.usage.input_tokens": {"unknown": 0},
        "gen_ai.client.inference.usage.output_tokens": {"unknown": 0},
    }


@pytest.mark.asyncio
async def test_r43_r44_embeddings(
    world: World,
    service: LocalService,
    telemetry: Telemetry,
    tracer: str,
    latest: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Requirements 43 and 44: embeddings are measured, without output tokens."""
    monkeypatch.setenv("AZURE_TRACING_GEN_AI_METRICS", "both")
    AIInferenceInstrumentor().instrument()
    usage = {"prompt_tokens": 3, "total_tokens": 3}
    service.answer(Reply(body={"id": "e1", "model": "served", "data": [], "usage": usage}))
    async with opened(world.EmbeddingsClient(service.endpoint, service.credential)) as client:
        await wait(client.embed(input=["x"]))

    told = call_of(service, "embeddings", gen_ai__response__model="served")
    assert {name: counted(points) for name, points in telemetry.metrics().items()} == {
        DURATION: [(told, 1, SECONDS)],
        "gen_ai.client.token.usage": [({**told, "gen_ai.token.type": "input"}, 1, TOKENS)],
        "gen_ai.client.embeddings.duration": [(told, 1, SECONDS)],
        "gen_ai.client.embeddings.operation.input_tokens": [(told, 1, TOKENS)],
    }
