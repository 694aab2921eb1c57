"""The report: medians, verdicts on the targets, tables for people, and JSON for programs."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any, Iterable, Sequence

from .scenarios import Growth, Scenario, Targets

VARIANTS = ("ours", "ours+orjson")
PEERS = ("released", "openai", "anthropic", "langchain", "core", "httpx2", "raw")
LINEAR_WITHIN = 1.5
FLAT_WITHIN = 1.0


@dataclass(frozen=True)
class Verdict:
    """The result of one variant of this library for one target. A peer of "" means our own figure."""

    variant: str
    peer: str
    kind: str
    value: float
    limit: float

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit

    @property
    def text(self) -> str:
        if self.kind == "distance":
            return f"{self.value:+.1f} (<={self.limit:+g})"
        return f"{short(self.value)} (<={self.limit:g})"


@dataclass(frozen=True)
class Row:
    scenario: Scenario
    samples: dict[str, list[float]]

    @property
    def medians(self) -> dict[str, float]:
        return {client: median(values) for client, values in self.samples.items()}

    def verdicts(self, variant: str) -> list[Verdict]:
        if variant not in self.samples:
            return []
        return judge(variant, self.samples, self.targets_of(variant))

    def targets_of(self, variant: str) -> Targets:
        with_orjson = self.scenario.targets_with_orjson
        return with_orjson if with_orjson and variant == "ours+orjson" else self.scenario.targets


@dataclass(frozen=True)
class Grown:
    """The cost of a unit by size, and the growth of the memory in MiB, if it must not grow."""

    growth: Growth
    costs: dict[int, float]
    memory: float | None = None

    @property
    def is_linear(self) -> bool:
        return is_linear(self.costs)

    @property
    def is_flat(self) -> bool:
        return self.memory is None or self.memory <= FLAT_WITHIN


def judge(variant: str, samples: dict[str, list[float]], targets: Targets) -> list[Verdict]:
    """Return the verdicts on all targets with a measured peer.

    Our samples and a peer's are compared round by round, and the median counts: a temporary slowdown of the machine
    affects both.
    """
    ours = samples[variant]
    verdicts = []
    for peer, limit in targets.ratios.items():
        if peer in samples:
            ratio = median(own / other for own, other in zip(ours, samples[peer]))
            verdicts.append(Verdict(variant, peer, "ratio", ratio, limit))
    for peer, limit in targets.distances.items():
        if peer in samples:
            distance = median(own - other for own, other in zip(ours, samples[peer]))
            verdicts.append(Verdict(variant, peer, "distance", distance, limit))
    if targets.figure is not None:
        verdicts.append(Verdict(variant, "", "figure", median(ours), targets.figure))
    return verdicts


def is_linear(costs: dict[int, float]) -> bool:
    """Return whether a unit costs no more at the largest size than at the cheapest, within the noise."""
    return costs[max(costs)] <= LINEAR_WITHIN * min(costs.values())


def short(value: float) -> str:
    """Format a value with about three significant digits."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    if abs(value) >= 0.1 or value == 0:
        return f"{value:.2f}"
    return f"{value:.2g}"


def table(header: list[str], lines: Iterable[list[str]]) -> str:
    """Format columns as wide as their widest cell, the first one aligned to the left, the others to the right."""
    cells = [header, *lines]
    widths = [max(map(len, column)) for column in zip(*cells)]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
        for line in [header, rule, *cells[1:]]
    )


def medians_table(rows: Sequence[Row]) -> str:
    clients = list(dict.fromkeys(client for row in rows for client in row.samples))
    lines = [
        [
            row.scenario.name,
            row.scenario.unit,
            *[short(row.medians[client]) if client in row.medians else "-" for client in clients],
        ]
        for row in rows
    ]
    return table(["scenario", "unit", *clients], lines)


def verdicts_table(rows: Sequence[Row], variant: str) -> str:
    lines = []
    for row in rows:
        verdicts = row.verdicts(variant)
        if verdicts:
            by_peer = {verdict.peer: verdict.text for verdict in verdicts}
            met = "yes" if all(verdict.is_met for verdict in verdicts) else "NO"
            lines.append([row.scenario.name, *[by_peer.get(peer, "-") for peer in (*PEERS, "")], met])
    return table([f"{variant} /", *PEERS, "itself", "met"], lines)


def growth_table(grown: Grown) -> str:
    lines = [[f"{size:,}", short(cost), short(cost * size / 1000)] for size, cost in grown.costs.items()]
    verdict = "linear" if grown.is_linear else "NOT LINEAR"
    if grown.memory is not None:
        verdict += f", {grown.memory:+.1f} MiB" + ("" if grown.is_flat else ", NOT FLAT")
    return f"{grown.growth.name}: {verdict}\n" + table(["size", "us/unit", "ms"], lines)


def summary(rows: Sequence[Row], variant: str) -> str:
    judged = [row.verdicts(variant) for row in rows if row.verdicts(variant)]
    met = sum(all(verdict.is_met for verdict in verdicts) for verdicts in judged)
    return f"{variant}: {met} of {len(judged)} rows meet their targets"


def text_report(
    machine: str,
    versions: dict[str, dict[str, str]],
    rows: Sequence[Row],
    growths: Sequence[Grown],
) -> str:
    heading = [machine]
    for client, packages in versions.items():
        heading.append(f"{client}: " + ", ".join(f"{name} {version}" for name, version in packages.items()))
    sections = ["\n".join(heading)]
    if rows:
        sections.append(
            "Medians; CPU time of the client's process unless the row says otherwise.\n" + medians_table(rows)
        )
    for variant in VARIANTS:
        if any(row.verdicts(variant) for row in rows):
            sections += [verdicts_table(rows, variant), summary(rows, variant)]
    sections += map(growth_table, growths)
    return "\n\n".join(sections)


def json_report(
    machine: str,
    versions: dict[str, dict[str, str]],
    rows: Sequence[Row],
    growths: Sequence[Grown],
) -> dict[str, Any]:
    return {
        "machine": machine,
        "versions": versions,
        "scenarios": [
            {
                "name": row.scenario.name,
                "unit": row.scenario.unit,
                "medians": row.medians,
                "samples": row.samples,
                "verdicts": [
                    {**vars(verdict), "is_met": verdict.is_met}
                    for variant in VARIANTS
                    for verdict in row.verdicts(variant)
                ],
            }
            for row in rows
        ],
        "growth": [
            {
                "name": one.growth.name,
                "microseconds_per_unit": one.costs,
                "is_linear": one.is_linear,
                "mebibytes_more": one.memory,
            }
            for one in growths
        ],
    }
