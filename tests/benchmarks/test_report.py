"""The pure part of the benchmarks: what the figures say, and how the table shows it. Nothing is measured here."""

from __future__ import annotations

import json

import pytest

from .report import Row, Verdict, is_linear, json_report, judge, short, summary, table, text_report
from .scenarios import SCENARIOS, Scenario, Targets, ratios

MACHINE = "a processor, 2 cores"
VERSIONS = {"ours": {"azure-ai-inference": "1.0"}}
ROW = Row(
    Scenario("a call", "us", ratios(released=0.65, core=1.0), targets_with_orjson=ratios(released=0.1)),
    {"ours": [40.0, 90.0, 50.0], "ours+orjson": [20.0, 24.0, 16.0], "released": [100.0, 120.0, 80.0]},
)


def test_medians_are_not_moved_by_one_slow_round() -> None:
    """A single disturbed round would otherwise decide a row."""
    assert ROW.medians == {"ours": 50.0, "ours+orjson": 20.0, "released": 100.0}


def test_every_kind_of_target_is_judged() -> None:
    """A target would be passed over, or be held against the wrong figure."""
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
    """A machine that slows down during a run would favour whoever was measured in its quiet moments."""
    samples = {"ours": [1.0, 10.0, 40.0], "released": [2.0, 20.0, 50.0]}
    assert judge("ours", samples, ratios(released=0.5)) == [Verdict("ours", "released", "ratio", 0.5, 0.5)]


def test_a_peer_that_was_not_measured_is_not_judged() -> None:
    """A run over some of the clients would fail, or invent a figure."""
    assert ROW.verdicts("ours") == [Verdict("ours", "released", "ratio", 0.625, 0.65)]


def test_the_variant_with_orjson_has_its_own_targets() -> None:
    """The accelerated variant would be excused by the limits of the plain one."""
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
    """A quadratic cost would pass as linear, or the fixed cost of one call as growth."""
    assert is_linear(costs) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(2719269.2, "2,719,269"), (64.04, "64.0"), (0.738, "0.74"), (0.0, "0.00"), (0.00021, "0.00021"), (-3.0, "-3.00")],
)
def test_figures_keep_the_digits_that_count(value: float, expected: str) -> None:
    """A reader would see noise, or a small ratio shown as zero."""
    assert short(value) == expected


def test_a_table_aligns_names_left_and_figures_right() -> None:
    """Columns would not line up."""
    lines = table(["name", "us"], [["call", "1,000"], ["a stream", "5"]]).splitlines()
    assert lines == [
        "name         us",
        "--------  -----",
        "call      1,000",
        "a stream      5",
    ]


def test_the_summary_counts_rows_not_single_targets() -> None:
    """A row that misses one of its targets would count as met."""
    missed = Row(
        Scenario("a stream", "us", ratios(released=1.0, openai=1.0)),
        {"ours": [2.0], "released": [3.0], "openai": [1.0]},
    )
    assert summary([ROW, missed], "ours") == "ours: 1 of 2 rows meet their targets"


def test_the_text_shows_medians_and_verdicts() -> None:
    """A figure or a missed target would be absent from the table that people read."""
    lines = [line.split() for line in text_report(MACHINE, VERSIONS, [ROW], {}).splitlines()]
    assert lines[:2] == [["a", "processor,", "2", "cores"], ["ours:", "azure-ai-inference", "1.0"]]
    assert ["a", "call", "us", "50.0", "20.0", "100"] in lines
    assert ["a", "call", "0.62", "(<=0.65)", "-", "-", "-", "yes"] in lines
    assert ["a", "call", "0.20", "(<=0.1)", "-", "-", "-", "NO"] in lines


def test_the_json_holds_samples_and_verdicts() -> None:
    """A program that reads the file could not judge the run again."""
    report = json.loads(json.dumps(json_report(MACHINE, VERSIONS, [ROW], {})))
    [row] = report.pop("scenarios")
    assert report == {"machine": MACHINE, "versions": VERSIONS, "growth": []}
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


def test_scenarios_have_names_of_their_own() -> None:
    """Two rows of the table could not be told apart, nor be chosen with --only."""
    names = [scenario.name for scenario in SCENARIOS]
    assert len(set(names)) == len(names)
