"""The metrics of calls, under the names of either version of the conventions."""

from __future__ import annotations

import functools
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

from opentelemetry import metrics

from azure.ai.inference._version import VERSION
from azure.ai.inference.tracing._latest_mode import SCHEMA_URL
from azure.ai.inference.tracing._outcome import Outcome
from azure.ai.inference.tracing._request import CHAT
from azure.ai.inference.tracing._values import integer, positive

_SECONDS = tuple(0.01 * 2**power for power in range(14))
_TOKENS = tuple(4**power for power in range(14))


class Measurements(NamedTuple):
    """What a call has taken."""

    operation: str
    seconds: float
    """From its beginning to its end, the end of its stream included."""
    first_chunk: Optional[float]
    """Seconds to the first update of a stream."""
    other_chunks: List[float]
    """Seconds between each two updates of a stream."""
    outcome: Outcome
    attributes: Mapping[str, Any]
    """What tells the call apart."""
    error: Mapping[str, Any]
    """The attribute that says why it failed, if it did."""


@functools.lru_cache(maxsize=None)
def _meter() -> metrics.Meter:
    return metrics.get_meter("azure-ai-inference", VERSION, schema_url=SCHEMA_URL)


@functools.lru_cache(maxsize=None)
def _seconds(name: str, description: str) -> metrics.Histogram:
    return _meter().create_histogram(name, "s", description, explicit_bucket_boundaries_advisory=_SECONDS)


@functools.lru_cache(maxsize=None)
def _tokens(name: str, description: str) -> metrics.Histogram:
    return _meter().create_histogram(name, "{token}", description, explicit_bucket_boundaries_advisory=_TOKENS)


@functools.lru_cache(maxsize=None)
def _token_counter(name: str, description: str) -> metrics.Counter:
    return _meter().create_counter(name, "{token}", description)


def record_1_41(taken: Measurements) -> None:
    """Record a call under the names of version 1.41 of the semantic conventions."""
    duration = _seconds("gen_ai.client.operation.duration", "Duration of calls")
    duration.record(taken.seconds, {**taken.attributes, **taken.error})
    usage = _tokens("gen_ai.client.token.usage", "Tokens that calls took")
    for kind, tokens in _usage(taken).items():
        usage.record(tokens, {**taken.attributes, "gen_ai.token.type": kind})
    _record_chunks(taken, "gen_ai.client.operation")


def record_0_1(taken: Measurements) -> None:
    """Record a call under the names of version 0.1.0 of the conventions for generative AI."""
    prefix = "gen_ai.client.inference" if taken.operation == CHAT else "gen_ai.client.embeddings"
    attributes = {**taken.attributes, **taken.error}
    _seconds(f"{prefix}.duration", "Duration of calls").record(taken.seconds, attributes)
    for kind, tokens in _usage(taken).items():
        _tokens(f"{prefix}.operation.{kind}_tokens", f"Tokens of the {kind} of a call").record(tokens, attributes)
    if taken.operation == CHAT:
        for name, by_modality in _modalities(taken).items():
            counter = _token_counter(f"{prefix}.usage.{name}_tokens", "Tokens that calls took")
            for modality, tokens in by_modality.items():
                counter.add(tokens, {**taken.attributes, "gen_ai.token.modality": modality})
    _record_chunks(taken, prefix)


def _record_chunks(taken: Measurements, prefix: str) -> None:
    if taken.first_chunk is not None:
        first = _seconds(f"{prefix}.time_to_first_chunk", "Time from the call to the first update of its stream")
        first.record(taken.first_chunk, taken.attributes)
    other = _seconds(f"{prefix}.time_per_output_chunk", "Time between two updates of a stream")
    for seconds in taken.other_chunks:
        other.record(seconds, taken.attributes)


def _usage(taken: Measurements) -> Dict[str, int]:
    """The tokens that the service has told, read and written."""
    usage = {"input": integer(taken.outcome.usage.get("prompt_tokens"))}
    if taken.operation == CHAT:
        usage["output"] = integer(taken.outcome.usage.get("completion_tokens"))
    return {kind: tokens for kind, tokens in usage.items() if tokens is not None}


def _modalities(taken: Measurements) -> Dict[str, Dict[str, int]]:
    """Tokens by what they stand for; zero where the service has told none, as the conventions want it."""
    told = _usage(taken)
    read = taken.outcome.usage_details("prompt")
    written = taken.outcome.usage_details("completion")
    counts = {
        "input": _by_modality(told.get("input", 0), read),
        "output": _by_modality(told.get("output", 0), written),
    }
    cached, reasoned = positive(read.get("cached_tokens")), positive(written.get("reasoning_tokens"))
    if cached:
        counts["cache_read.input"] = {"unknown": cached}
    if reasoned:
        counts["reasoning.output"] = {"unknown": reasoned}
    return counts


def _by_modality(tokens: int, details: Mapping[str, Any]) -> Dict[str, int]:
    audio = min(positive(details.get("audio_tokens")) or 0, tokens)
    return {"unknown": tokens - audio, "audio": audio} if audio else {"unknown": tokens}
