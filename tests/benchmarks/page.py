"""The page of the documentation: the figures of a run, and whether they meet their targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Sequence

from .counting import SCENARIOS as COUNTED
from .counting import Baseline
from .report import VARIANTS, Grown, Row, Verdict, short, summary
from .scenarios import SECTIONS

#: The rows and columns of the first table, which README shows as well.
IN_SHORT = (
    "import, sync",
    "complete(), sync",
    "complete(), async",
    "64 calls in flight",
    "parse() with pydantic, sync",
    "a tool round, sync",
    "sync stream, 1 event a chunk",
    "get_final_response(), sync",
    "embeddings 100x1536, floats",
    "send 1,000 messages",
)
CLIENTS_IN_SHORT = ("ours", "released", "openai", "anthropic")
SMALLEST = 0.001
UNITS = {"us": "µs"}
NAMES = {
    "ours": "this library",
    "ours+orjson": "with orjson",
    "ours-traced": "this library, traced",
    "released-traced": "released, traced",
    "core-traced": "core, traced",
}
INTRODUCTION = """\
What each client costs for the same work: CPU time of its process, unless the row says otherwise. Figures are medians,
and less is better. "released" is azure-ai-inference 1.0.0b9; "core", "raw" and "httpx2" are floors that build no
objects. A dash: the client lacks the feature, or was not measured. [How speed is measured](speed.md) explains the method."""
TARGETS = """\
A target is the highest ratio of this library's figure to a peer's, the highest difference to it in the row's unit
(with a sign), or the highest figure of its own. Ratios and differences are computed round by round, and the median
counts, so that they may differ a little from those of the medians above."""
GROWTH = """\
What one unit costs at each size, in µs. It is linear if a unit of the largest size costs at most half more than the
cheapest. Memory is what the peak of a process grows from the last size but one to the last, in MiB, where nothing is
kept."""
COUNTS = """\
Instructions of a call, as a share of those of a floor, counted under callgrind: steady on any machine.
`python -m tests.benchmarks --count` fails if one of them grows by more than 3%."""


@dataclass(frozen=True)
class Circumstances:
    """What the figures of a run depend on, and what repeats it."""

    day: str
    command: str
    machine: str
    versions: dict[str, dict[str, str]]


def page(circumstances: Circumstances, rows: Sequence[Row], grown: Sequence[Grown], baseline: Baseline) -> str:
    """Return the page in Markdown."""
    parts = ["# Figures", f"<!-- Written by `{circumstances.command}`. -->", *introduction(circumstances)]
    main_rows = [row for name in IN_SHORT for row in rows if row.scenario.name == name]
    if main_rows:
        parts += ["## In short", medians(main_rows, CLIENTS_IN_SHORT)]
    for title, scenarios in SECTIONS.items():
        of_section = [row for row in rows if row.scenario in scenarios]
        if of_section:
            clients = dict.fromkeys(client for row in of_section for client in row.samples)
            parts += [f"## {title}", medians(of_section, [*clients])]
    if rows:
        parts += ["## Targets", TARGETS, *targets(rows)]
    if grown:
        parts += ["## Growth", GROWTH, growth_table(grown)]
    return "\n\n".join([*parts, "## Instructions", COUNTS, *counts(baseline)]) + "\n"


def introduction(circumstances: Circumstances) -> list[str]:
    measured = [
        f"- {NAMES.get(client, client)}: {', '.join(map(' '.join, packages.items()))}"
        for client, packages in circumstances.versions.items()
    ]
    where = f"Measured on {circumstances.day} by `{circumstances.command}`, on {circumstances.machine}, with"
    return [INTRODUCTION, where, "\n".join(measured)]


def medians(rows: Sequence[Row], clients: Sequence[str]) -> str:
    lines = [
        [
            row.scenario.name,
            in_full(row.scenario.unit),
            *[short(row.medians[client]) if client in row.medians else "–" for client in clients],
        ]
        for row in rows
    ]
    return table(["", "unit", *(NAMES.get(client, client) for client in clients)], lines)


def in_full(unit: str) -> str:
    name, slash, what = unit.partition("/")
    return UNITS.get(name, name) + (f" a{'n' * (what[0] in 'aeiou')} {what}" if slash else "")


def targets(rows: Sequence[Row]) -> list[str]:
    """Return a line on each variant, and a table of the verdicts."""
    judged = [row for row in rows if any(row.verdicts(variant) for variant in VARIANTS)]
    lines = [
        [row.scenario.name, *("; ".join(map(verdict_text, row.verdicts(variant))) or "–" for variant in VARIANTS)]
        for row in judged
    ]
    measured = [variant for variant in VARIANTS if any(row.verdicts(variant) for row in judged)]
    summaries = "\n".join(f"- {summary(rows, variant).replace(variant, NAMES[variant], 1)}" for variant in measured)
    return [summaries, table(["", *map(NAMES.__getitem__, VARIANTS)], lines)] if judged else []


def verdict_text(verdict: Verdict) -> str:
    """Return a verdict in a few words; one that is missed in bold."""
    if verdict.kind == "distance":
        value, limit = f"{verdict.value:+.1f}", f"{verdict.limit:+g}"
    else:
        value = short(verdict.value) if verdict.value >= SMALLEST or verdict.value <= 0 else f"< {SMALLEST}"
        limit = f"{verdict.limit:g}"
    text = f"{verdict.peer} {value} (≤ {limit})".strip()
    return text if verdict.is_met else f"**{text}: missed**"


def growth_table(grown: Sequence[Grown]) -> str:
    lines = [
        [
            one.growth.name.partition(": ")[2],
            ", ".join(f"{size:,}: {short(cost)}" for size, cost in one.costs.items()),
            "yes" if one.is_linear else "**no**",
            "–" if one.memory is None else f"{one.memory:+.1f}",
        ]
        for one in grown
    ]
    return table(["", "µs each", "linear", "memory"], lines)


def counts(baseline: Baseline) -> list[str]:
    versions = ", ".join(map(" ".join, baseline.versions.items()))
    lines = []
    for counted in COUNTED:
        ratio = baseline.ratios[counted.name]
        target = "–"
        if counted.target is not None:
            target = f"≤ {counted.target:g}" if ratio <= counted.target else f"**≤ {counted.target:g}: missed**"
        lines.append([counted.name, f"{ratio:.2f}", counted.floor, target])
    return [f"Counted with Python {baseline.python}, {versions}.", table(["", "ratio", "to", "target"], lines)]


def table(header: list[str], lines: Iterable[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [header, ["---"] * len(header), *lines])
