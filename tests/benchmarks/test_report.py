"""The pure part of the benchmarks: verdicts and tables. These tests measure nothing."""

from __future__ import annotations

import json

import pytest

from .report import Grown, Row, Verdict, is_linear, json_report, judge, short, summary, table, text_report
from .scenarios import GROWTHS, SCENARIOS, Scenario, Targets, ratios

MACHINE = "a processor, 2 cores"
VERSIONS = {"ours": {"azure-ai-inference": "1.0"}}
ROW = Row(
    Scenario("a call", "us", ratios(released=0.65, core=1.0), targets_with_orjson=ratios(released=0.1)),
    {"ours": [40.0, 90.0, 50.0], "ours+orjson": [20.0, 24.0, 16.0], "released": [100.0, 120.0, 80.0]},
)

GROWN = Grown(GROWTHS[-1], {10: 5.0, 100: 6.0}, 2.0)


def test_medians_are_not_moved_by_one_slow_round() -> None:
    """The median of a row is not moved by one slow round."""
    assert ROW.medians == {"ours": 50.0, "ours+orjson": 20.0, "released": 100.0}


def test_every_kind_of_target_is_judged() -> None:
    """Every kind of target gets a verdict on the matching figure."""
    targets = Targets({"released": 0.4, "core": 1.0}, {"openai": 10}, figure=8)
    verdicts = judge("ours", {"ours": [9.0], "released": [18.0], "core": [9.0], "openai": [4.0]}, targets)
    assert verdicts == [
        Verdict("ours", "released", "ratio", 0.5, 0.4),
        Verdict("ours", "core", "ratio", 1.0, 1.0),
        Verdict("ours", "openai", "distance", 5.0, 10),
        Verdict("ours", "", "figure", 9.0, 8),
    ]
    assert [verdict.is_met for verdict in verdicts] == [False, True, True, False]


def test_clients_are_compared_round_by_round() -> None:
    """Clients are compared round by round, so a slowdown of the machine favors none."""
    samples = {"ours": [1.0, 10.0, 40.0], "released": [2.0, 20.0, 50.0]}
    assert judge("ours", samples, ratios(released=0.5)) == [Verdict("ours", "released", "ratio", 0.5, 0.5)]


def test_a_peer_that_was_not_measured_is_not_judged() -> None:
    """A peer that was not measured gets no verdict."""
    assert ROW.verdicts("ours") == [Verdict("ours", "released", "ratio", 0.625, 0.65)]


def test_the_variant_with_orjson_has_its_own_targets() -> None:
    """The variant with orjson is held to its own targets."""
    assert ROW.verdicts("ours+orjson") == [Verdict("ours+orjson", "released", "ratio", 0.2, 0.1)]


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        ({1: 900.0, 10: 100.0, 100: 12.0}, True),
        ({1: 900.0, 10: 10.0, 100: 14.0}, True),
        ({1: 10.0, 10: 12.0, 100: 90.0}, False),
    ],
)
def test_growth_is_linear_when_the_largest_size_costs_no_more_per_unit(costs: dict[int, float], expected: bool) -> None:
    """A quadratic cost is not linear, and the fixed cost of one call does not count as growth."""
    assert is_linear(costs) is expected


@pytest.mark.parametrize(("memory", "expected"), [(None, True), (-0.1, True), (1.0, True), (1.1, False)])
def test_memory_is_flat_within_the_noise(memory: float | None, expected: bool) -> None:
    """Memory is flat if it grows by one MiB at most; so it is where it is not measured."""
    assert Grown(GROWTHS[0], {1: 1.0}, memory).is_flat is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(2719269.2, "2,719,269"), (64.04, "64.0"), (0.738, "0.74"), (0.0, "0.00"), (0.00021, "0.00021"), (-3.0, "-3.00")],
)
def test_figures_keep_their_significant_digits(value: float, expected: str) -> None:
    """A figure keeps its significant digits, and a small ratio is not shown as zero."""
    assert short(value) == expected


def test_a_table_aligns_names_left_and_figures_right() -> None:
    """A table aligns names to the left and figures to the right."""
    lines = table(["name", "us"], [["call", "1,000"], ["a stream", "5"]]).splitlines()
    assert lines == [
        "name         us",
        "--------  -----",
        "call      1,000",
        "a stream      5",
    ]


def test_the_summary_counts_rows_not_single_targets() -> None:
    """A row that misses one of its targets does not count as met."""
    missed = Row(
        Scenario("a stream", "us", ratios(released=1.0, openai=1.0)),
        {"ours": [2.0], "released": [3.0], "openai": [1.0]},
    )
    assert summary([ROW, missed], "ours") == "ours: 1 of 2 rows meet their targets"


def test_the_text_shows_medians_and_verdicts() -> None:
    """The text report has all medians and verdicts, with the machine."""
    lines = [line.split() for line in text_report(MACHINE, VERSIONS, [ROW], [GROWN]).splitlines()]
    assert lines[:2] == [["a", "processor,", "2", "cores"], ["ours:", "azure-ai-inference", "1.0"]]
    assert ["a", "call", "us", "50.0", "20.0", "100"] in lines
    assert ["a", "call", "0.62", "(<=0.65)", *["-"] * 7, "yes"] in lines
    assert ["a", "call", "0.20", "(<=0.1)", *["-"] * 7, "NO"] in lines
    assert "growth: calls with 23 settings: linear, +2.0 MiB, NOT FLAT".split() in lines
    assert ["10", "5.00", "0.05"] in lines


def test_the_json_holds_samples_and_verdicts() -> None:
    """The JSON report has all samples and verdicts."""
    report = json.loads(json.dumps(json_report(MACHINE, VERSIONS, [ROW], [GROWN])))
    [row], [growth] = report.pop("scenarios"), report.pop("growth")
    assert report == {"machine": MACHINE, "versions": VERSIONS}
    assert growth == {
        "name": "growth: calls with 23 settings",
        "microseconds_per_unit": {"10": 5.0, "100": 6.0},
        "is_linear": True,
        "mebibytes_more": 2.0,
    }
    assert row == {
        "name": "a call",
        "unit": "us",
        "medians": {"ours": 50.0, "ours+orjson": 20.0, "released": 100.0},
        "samples": ROW.samples,
        "verdicts": [
            {"variant": "ours", "peer": "released", "kind": "ratio", "value": 0.625, "limit": 0.65, "is_met": True},
            {
                "variant": "ours+orjson",
                "peer": "released",
                "kind": "ratio",
                "value": 0.2,
                "limit": 0.1,
                "is_met": False,
            },
        ],
    }


def test_scenario_names_are_unique() -> None:
    """No two scenarios have the same name."""
    names = [scenario.name for scenario in SCENARIOS]
    assert len(set(names)) == len(names)
