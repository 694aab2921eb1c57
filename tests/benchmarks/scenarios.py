"""The measured scenarios, with their units and the targets of this library."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable

from .server import FRAMINGS

STREAM_EVENTS = 4_000
KEPT_EVENTS = 1_000
TRACED_EVENTS = 1_000
MEMORY_EVENTS = 20_000
BATCH = 100
CALLS_IN_FLIGHT = 64
THREADS = 64
CALLS_OF_THREADS = 4 * THREADS
CHATS_OF_RUN = 512
RUN_BATCH = 96
RUN = {"inputs": 100 * RUN_BATCH}
PER_SECOND = {"ms": 1e3, "us": 1e6, "ns": 1e9}


@dataclass(frozen=True)
class Targets:
    """Upper limits of the ratio ours / peer, of the difference ours - peer, and of our own figure."""

    ratios: dict[str, float] = field(default_factory=dict)
    distances: dict[str, float] = field(default_factory=dict)
    figure: float | None = None

    @property
    def peers(self) -> set[str]:
        return {*self.ratios, *self.distances}


def ratios(
    released: float | None = None, openai: float | None = None, core: float | None = None, **others: float
) -> Targets:
    given = {"released": released, "openai": openai, "core": core, **others}
    return Targets({peer: limit for peer, limit in given.items() if limit is not None})


@dataclass(frozen=True)
class Scenario:
    """One row of the table.

    ``measure`` names a method of the laboratory or of the worker, ``operation`` the method of the clients that prepares
    the action, and ``units`` the units of work in one run of that action. A steady figure does not vary between rounds,
    so it is sampled once; the figure of a whole process varies most.
    """

    name: str
    unit: str
    targets: Targets
    operation: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    units: int = 1
    measure: str = "cpu"
    is_process: bool = False
    is_traced: bool = False
    is_steady: bool = False
    targets_with_orjson: Targets | None = None

    @property
    def scale(self) -> float:
        """The factor from a measured value to this unit: seconds are scaled, other values are not."""
        return PER_SECOND.get(self.unit.partition("/")[0], 1.0)


def stream_of(events: int, group: int = 1) -> dict[str, Any]:
    return {"scenario": f"stream-{events}-{group}"}


def number_of(size: int) -> dict[str, Any]:
    return {"count": size}


def embeddings_of(inputs: int, dimensions: int) -> dict[str, Any]:
    return {"scenario": f"embeddings-{inputs}-{dimensions}-floats", "inputs": inputs}


START = [
    Scenario("import, sync", "ms", ratios(0.90, 0.16), measure="import_cpu", is_process=True),
    Scenario("import, sync, peak memory", "MiB", ratios(1.0, 1.0), measure="import_memory", is_steady=True),
    Scenario("import, async", "ms", ratios(0.90, 0.16), measure="import_async_cpu", is_process=True),
    Scenario(
        "process to first response", "ms", ratios(0.95, 0.25, 1.10), measure="first_completion_cpu", is_process=True
    ),
]

CALLS = [
    Scenario("complete(), sync", "us", ratios(0.60, 0.55, 0.80, anthropic=0.40, httpx2=0.75), "call"),
    Scenario("complete(), async", "us", ratios(0.40, 0.20, 0.60, raw=2.1), "call_async"),
    Scenario(
        "64 calls in flight",
        "us/call",
        ratios(0.40, 0.20, 0.60, raw=2.1),
        "calls_in_flight",
        {"count": CALLS_IN_FLIGHT},
        CALLS_IN_FLIGHT,
    ),
    Scenario(
        "64 threads on one client",
        "us/call",
        ratios(0.60, 0.55, 0.80, anthropic=0.60),
        "calls_in_threads",
        {"threads": THREADS, "count": CALLS_OF_THREADS},
        CALLS_OF_THREADS,
    ),
    Scenario("with_options()", "us", ratios(openai=1.0, anthropic=1.0), "with_options", units=BATCH),
    Scenario("200 KB response, sync", "us", ratios(1.0, 1.0, 0.90), "large_response"),
    Scenario("200 KB response, no network, all read", "us", ratios(0.12, 0.35, 0.90), "large_response_offline"),
    Scenario("choices[0].message.content", "ns", ratios(0.02, 1.0, 1.4), "read_attribute", units=BATCH),
]

HELPERS = [
    Scenario("parse() with pydantic, sync", "us", ratios(openai=0.4, anthropic=0.7), "parse"),
    Scenario("parse() with pydantic, async", "us", ratios(openai=0.4, anthropic=0.7), "parse_async"),
    Scenario("parse() with a dataclass, sync", "us", Targets(), "parse_dataclass"),
    Scenario("a tool round, sync", "us", ratios(openai=0.60, anthropic=0.75), "tool_round"),
    Scenario("a tool round, async", "us", ratios(openai=0.55, anthropic=0.75), "tool_round_async"),
]

STREAMS = [
    Scenario(
        f"{shell} stream, {group} event{'s' * (group > 1)} a chunk",
        "us/event",
        ratios(0.10, 0.07, 1.0 if (shell, group) == ("sync", 1) else 1.25),
        operation,
        stream_of(STREAM_EVENTS, group),
        STREAM_EVENTS,
    )
    for shell, operation in (("sync", "stream"), ("async", "stream_async"))
    for group in (1, 50)
]

KEPT_STREAMS = [
    Scenario(
        f"{name}, {shell}",
        "us/event",
        ratios(openai=0.06, anthropic=0.3),
        f"{operation}{suffix}",
        stream_of(KEPT_EVENTS),
        KEPT_EVENTS,
    )
    for name, operation in (("text_deltas()", "text_deltas"), ("get_final_response()", "final_response"))
    for shell, suffix in (("sync", ""), ("async", "_async"))
]

SHORT_STREAMS = [
    Scenario("40-event streams in a row, sync", "us", ratios(0.30, 0.20, 0.85), "stream", stream_of(40)),
    Scenario("40-event streams in a row, async", "us", ratios(0.30, 0.20, 0.85), "stream_async", stream_of(40)),
    *[
        Scenario(
            f"new connections per {shell} stream",
            "number",
            Targets(figure=0),
            operation,
            stream_of(40),
            measure="new_connections",
            is_steady=True,
        )
        for shell, operation in (("sync", "stream"), ("async", "stream_async"))
    ],
    *[
        Scenario(
            f"peak memory, {MEMORY_EVENTS:,} updates, {shell}",
            "MiB more",
            Targets(),
            operation,
            stream_of(MEMORY_EVENTS),
            measure="memory_growth",
            is_steady=True,
        )
        for shell, operation in (("sync", "stream"), ("async", "stream_async"))
    ],
]

EMBEDDINGS = [
    Scenario(
        "embeddings 100x1536, floats",
        "ms",
        ratios(0.04, 0.07, 0.60),
        "embeddings_floats",
        embeddings_of(100, 1536),
        targets_with_orjson=ratios(0.04, 0.07, 0.30),
    ),
    Scenario("embeddings 100x1536, base64, decoded", "ms", ratios(0.70, 0.60, 0.95), "embeddings_base64"),
    Scenario("data[i].embedding[j], read again", "ns", ratios(0.001, 1.0, 1.5), "read_embedding", units=BATCH),
]

RUNS = [
    Scenario(
        f"{CHATS_OF_RUN} chats, 8 requests at a time",
        "us/chat",
        Targets({"openai": 0.6}),
        "complete_all",
        {"count": CHATS_OF_RUN},
        CHATS_OF_RUN,
    ),
    Scenario(
        "9,600 embeddings, 8 requests of 50 ms at a time",
        "ms",
        Targets({"langchain": 0.35, "openai": 0.4}),
        "embed_all",
        RUN,
        measure="wall",
    ),
    Scenario(
        "the same, against a loop", "ratio", Targets(figure=0.25), "embed_beside_loop", RUN, measure="share_of_loop"
    ),
    Scenario("the same, CPU", "ms", Targets({"langchain": 0.5, "openai": 0.5}), "embed_all_alone", RUN),
    Scenario(
        "the same, peak memory",
        "MiB more",
        Targets({"openai": 0.3}),
        "embed_all_alone",
        RUN,
        measure="run_memory",
        is_steady=True,
    ),
    Scenario(
        "memory of 1,000,000 streamed inputs",
        "MiB range",
        Targets(figure=5),
        "embed_stream",
        {"inputs": 1_000_000},
        measure="memory_range",
        is_steady=True,
    ),
]

MESSAGES = [
    Scenario("build a typed message", "ns", ratios(released=0.12, core=4), "build_message", units=BATCH),
    Scenario("send 1,000 messages", "ms", ratios(0.62, 0.02, 1.0), "send_messages", {"count": 1_000}),
    Scenario("send a 5 MiB image data URL", "ms", ratios(1.0, 1.05, 1.05), "send_image", {"mebibytes": 5}),
]

TRACING = [
    Scenario(
        "tracing, added to complete()",
        "us",
        ratios(released=0.90, core=1.20),
        "call",
        measure="tracing_cost",
        is_traced=True,
    ),
    Scenario(
        "tracing, added to a stream",
        "us/event",
        ratios(released=0.15),
        "stream",
        stream_of(TRACED_EVENTS),
        TRACED_EVENTS,
        measure="tracing_cost",
        is_traced=True,
    ),
]

FIRST_EVENTS = [
    Scenario(
        f"first event, {framing}, {shell}",
        "ms",
        Targets(distances={"openai": 10}),
        operation,
        {"framing": framing},
        measure="latency",
    )
    for framing in FRAMINGS
    for shell, operation in (("sync", "first_event"), ("async", "first_event_async"))
]

#: The tables of the page, and their rows.
SECTIONS = {
    "Start": START,
    "Calls": CALLS,
    "Objects and tools": HELPERS,
    "Streams": [*STREAMS, *KEPT_STREAMS, *SHORT_STREAMS],
    "First events": FIRST_EVENTS,
    "Messages": MESSAGES,
    "Embeddings": EMBEDDINGS,
    "Runs over many inputs": RUNS,
    "Tracing": TRACING,
}
SCENARIOS = [scenario for section in SECTIONS.values() for scenario in section]


@dataclass(frozen=True)
class Growth:
    """The growth of our cost with a size, which is linear if the cost of one unit stays the same.

    Where nothing is kept, the memory must not grow at all from the last size but one to the last.
    """

    name: str
    operation: str
    arguments: Callable[[int], dict[str, Any]]
    sizes: tuple[int, ...]
    keeps_nothing: bool = False


GROWTHS = [
    Growth("growth: events of a stream", "stream", stream_of, (1_000, 10_000, 100_000), keeps_nothing=True),
    Growth("growth: events of a kept stream", "final_response", stream_of, (1_000, 10_000, 100_000)),
    Growth("growth: messages sent", "send_messages", number_of, (10, 100, 1_000, 10_000)),
    Growth(
        "growth: embedding inputs",
        "embeddings_floats",
        lambda size: embeddings_of(size, 256),
        (1, 16, 128, 1_024, 2_048),
    ),
    Growth("growth: calls in flight", "calls_in_flight", number_of, (1, 4, 16, 64, 256)),
    Growth("growth: calls with 23 settings", "calls_with_settings", number_of, (10, 100, 1_000), keeps_nothing=True),
]
