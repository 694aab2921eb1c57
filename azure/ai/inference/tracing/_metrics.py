"""The metrics of calls, under the names of either version of the conventions."""

from __future__ import annotations

import functools
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence

from opentelemetry import metrics

from azure.ai.inference._version import VERSION
from azure.ai.inference.tracing._floors import HAS_BOUNDARIES
from azure.ai.inference.tracing._outcome import Outcome
from azure.ai.inference.tracing._request import EMBEDDINGS
from azure.ai.inference.tracing._semconv_spans import SCHEMA_URL
from azure.ai.inference.tracing._values import positive

_SECONDS = tuple(0.01 * 2**power for power in range(14))
_TOKENS = tuple(4**power for power in range(14))


class Measurements(NamedTuple):
    """The measurements of a call."""

    operation: str
    seconds: float
    """Seconds from its beginning to its end, or to the end of its stream."""
    first_chunk: Optional[float]
    """Seconds to the first update of a stream."""
    other_chunks: List[float]
    """Seconds between consecutive updates of a stream."""
    outcome: Outcome
    attributes: Mapping[str, Any]
    """The attributes that identify the call."""
    error: Mapping[str, Any]
    """The attribute with the reason of its failure, if it failed."""


@functools.lru_cache(maxsize=None)
def _meter() -> metrics.Meter:
    return metrics.get_meter("azure-ai-inference", VERSION, schema_url=SCHEMA_URL)


@functools.lru_cache(maxsize=None)
def _seconds(name: str, description: str) -> metrics.Histogram:
    return _meter().create_histogram(name, "s", description, **_buckets(_SECONDS))


@functools.lru_cache(maxsize=None)
def _tokens(name: str, description: str) -> metrics.Histogram:
    return _meter().create_histogram(name, "{token}", description, **_buckets(_TOKENS))


def _buckets(boundaries: Sequence[float]) -> Dict[str, Any]:
    return {"explicit_bucket_boundaries_advisory": boundaries} if HAS_BOUNDARIES else {}


@functools.lru_cache(maxsize=None)
def _token_counter(name: str, description: str) -> metrics.Counter:
    return _meter().create_counter(name, "{token}", description)


def record_1_41(measured: Measurements) -> None:
    """Record a call under the names of version 1.41 of the semantic conventions."""
    duration = _seconds("gen_ai.client.operation.duration", "Duration of calls")
    duration.record(measured.seconds, {**measured.attributes, **measured.error})
    usage = _tokens("gen_ai.client.token.usage", "Tokens that calls took")
    for kind, tokens in _usage(measured).items():
        usage.record(tokens, {**measured.attributes, "gen_ai.token.type": kind})
    _record_chunks(measured, "gen_ai.client.operation")


def record_0_1(measured: Measurements) -> None:
    """Record a call under the names of version 0.1.0 of the conventions for generative AI."""
    prefix = "gen_ai.client.embeddings" if measured.operation == EMBEDDINGS else "gen_ai.client.inference"
    attributes = {**measured.attributes, **measured.error}
    _seconds(f"{prefix}.duration", "Duration of calls").record(measured.seconds, attributes)
    for kind, tokens in _usage(measured).items():
        _tokens(f"{prefix}.operation.{kind}_tokens", f"Tokens of the {kind} of a call").record(tokens, attributes)
    if measured.operation != EMBEDDINGS:
        for name, by_modality in _modalities(measured).items():
            counter = _token_counter(f"{prefix}.usage.{name}_tokens", "Tokens that calls took")
            for modality, tokens in by_modality.items():
                counter.add(tokens, {**measured.attributes, "gen_ai.token.modality": modality})
    _record_chunks(measured, prefix)


def record_tool(seconds: float, attributes: Mapping[str, Any]) -> None:
    """Record a tool call, which has a metric since version 0.1.0 of the conventions for generative AI."""
    _seconds("gen_ai.execute_tool.duration", "Duration of tool calls").record(seconds, attributes)


def _record_chunks(measured: Measurements, prefix: str) -> None:
    if measured.first_chunk is not None:
        first = _seconds(f"{prefix}.time_to_first_chunk", "Time from the call to the first update of its stream")
        first.record(measured.first_chunk, measured.attributes)
    other = _seconds(f"{prefix}.time_per_output_chunk", "Time between two updates of a stream")
    for seconds in measured.other_chunks:
        other.record(seconds, measured.attributes)


def _usage(measured: Measurements) -> Dict[str, int]:
    """Return the tokens that the service reports, by kind."""
    usage = {"input": measured.outcome.tokens("input")}
    if measured.operation != EMBEDDINGS:
        usage["output"] = measured.outcome.tokens("output")
    return {kind: tokens for kind, tokens in usage.items() if tokens is not None}


def _modalities(measured: Measurements) -> Dict[str, Dict[str, int]]:
    """Return tokens by modality; zero where the service reports none, as the conventions require."""
    reported = _usage(measured)
    read, written = measured.outcome.token_details("input"), measured.outcome.token_details("output")
    counts = {
        "input": _by_modality(reported.get("input", 0), read),
        "output": _by_modality(reported.get("output", 0), written),
    }
    cached, reasoned = positive(read.get("cached_tokens")), positive(written.get("reasoning_tokens"))
    if cached:
        counts["cache_read.input"] = {"unknown": cached}
    if reasoned:
        counts["reasoning.output"] = {"unknown": reasoned}
    return counts


def _by_modality(tokens: int, details: Mapping[str, Any]) -> Dict[str, int]:
    counts: Dict[str, int] = {}
    for modality in ("audio", "image"):
        counted = min(positive(details.get(f"{modality}_tokens")) or 0, tokens - sum(counts.values()))
        if counted:
            counts[modality] = counted
    return {"unknown": tokens - sum(counts.values()), **counts}
