"""The page of the figures. These tests measure nothing."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from . import page
from .__main__ import command
from .counting import SCENARIOS as COUNTED
from .counting import Baseline
from .environments import CHECKOUT, CLIENTS
from .page import Circumstances, in_full, verdict_text
from .report import Grown, Row, Verdict
from .scenarios import GROWTHS, SCENARIOS, SECTIONS, Targets

HERE = Circumstances("2026-11-26", "python -m tests.benchmarks", "a processor", {"ours": {"aiohttp": "3"}})
PARSE = replace(
    next(scenario for scenario in SCENARIOS if scenario.name == "parse() with pydantic, sync"),
    targets=Targets({"openai": 0.4, "anthropic": 0.6}),
)
CALL = Row(
    PARSE,
    {"ours": [5.0, 9.0, 4.0], "openai": [10.0, 10.0, 10.0], "anthropic": [20.0, 20.0, 20.0]},
)
BASELINE = Baseline("3.11", {"aiohttp": "3"}, {counted.name: 0.345 for counted in COUNTED})


def test_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page has the medians by section, the verdicts, the growth and the counts, with what they depend on."""
    monkeypatch.setattr(page, "SECTIONS", {"Objects and tools": [PARSE], "Streams": []})
    written = page.page(HERE, [CALL], [Grown(GROWTHS[0], {10: 5.0, 100: 9.0}, 0.04)], BASELINE)

    assert written.startswith("# Figures\n\n<!-- Written by `python -m tests.benchmarks`. -->\n\n")
    assert "Measured on 2026-11-26 by `python -m tests.benchmarks`, on a processor, with" in written
    assert "- this library: aiohttp 3" in written
    assert "| parse() with pydantic, sync | µs | 5.00 | – | 10.0 | 20.0 |" in written
    assert (
        """## Objects and tools

|  | unit | this library | openai | anthropic |
| --- | --- | --- | --- | --- |
| parse() with pydantic, sync | µs | 5.00 | 10.0 | 20.0 |
"""
        in written
    )
    assert "## Streams" not in written
    assert "- this library: 0 of 1 rows meet their targets" in written
    assert "| parse() with pydantic, sync | **openai 0.50 (≤ 0.4): missed**; anthropic 0.25 (≤ 0.6) | – |" in written
    assert "| events of a stream | 10: 5.00, 100: 9.00 | **no** | +0.0 |" in written
    assert "| complete(), sync | 0.34 | core | **≤ 0.33: missed** |" in written
    assert "| complete(), async | 0.34 | core | ≤ 0.35 |" in written
    assert "| a stream of 1,000 events, sync | 0.34 | sockets | – |" in written


def test_the_rows_in_short() -> None:
    """The first table has rows and clients that exist."""
    assert {*page.IN_SHORT} <= {scenario.name for scenario in SCENARIOS}
    assert {*page.CLIENTS_IN_SHORT} <= {client.name for client in CLIENTS}


def test_a_page_of_some_rows() -> None:
    """What was not measured has no section."""
    written = page.page(HERE, [], [], BASELINE)
    assert [line for line in written.splitlines() if line.startswith("#")] == ["# Figures", "## Instructions"]


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (Verdict("ours", "core", "ratio", 0.734, 0.8), "core 0.73 (≤ 0.8)"),
        (Verdict("ours", "core", "ratio", 0.00002, 0.001), "core < 0.001 (≤ 0.001)"),
        (Verdict("ours", "openai", "distance", -3.21, 10), "openai -3.2 (≤ +10)"),
        (Verdict("ours", "", "figure", 0.5, 0), "**0.50 (≤ 0): missed**"),
    ],
)
def test_verdicts(verdict: Verdict, text: str) -> None:
    """A verdict shows the peer, the value and the limit, and whether it is missed."""
    assert verdict_text(verdict) == text


def test_units() -> None:
    """Units are words that need no legend."""
    assert [in_full(unit) for unit in ("us", "us/event", "us/call", "MiB more", "ms")] == [
        "µs",
        "µs an event",
        "µs a call",
        "MiB more",
        "ms",
    ]


def test_each_row_has_one_section() -> None:
    """No row is missing on the page, and none is there twice."""
    rows: Any = [id(scenario) for section in SECTIONS.values() for scenario in section]
    assert rows == [id(scenario) for scenario in SCENARIOS]
    assert len(set(rows)) == len(rows)


def test_the_command_names_no_directory_of_this_machine() -> None:
    """The page shows a command that works in any checkout."""
    given = Namespace(quick=False, rounds=None, only="", page=CHECKOUT / "docs" / "figures.md")
    assert command(given) == "python -m tests.benchmarks --page docs/figures.md"
    given = Namespace(quick=True, rounds=3, only="a b", page=Path("/elsewhere/figures.md"))
    assert command(given) == "python -m tests.benchmarks --quick --rounds 3 --only 'a b' --page figures.md"
