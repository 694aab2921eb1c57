"""The numbers of the requirements that tests and code cite."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Set

HERE = Path(__file__).parent
#: As in "Requirement 3", or "Requirements 7, 38 and 40 to 42".
CITED = re.compile(r"Requirements? ((?:\d+(?:, | and | to )?)+)")
RANGE = re.compile(r"(\d+)(?: to (\d+))?")
LISTED = re.compile(r"^(\d+)\. ", re.MULTILINE)


def numbers_in(text: str) -> Set[int]:
    """Return the numbers of requirements that a text cites."""
    ranges = [found for cited in CITED.findall(text) for found in RANGE.findall(cited)]
    return {number for first, last in ranges for number in range(int(first), int(last or first) + 1)}


def test_cited_requirements_are_listed() -> None:
    """Every requirement that a test cites is listed."""
    listed = [int(number) for number in LISTED.findall((HERE / "REQUIREMENTS.md").read_text("utf-8"))]
    tests = [path for path in HERE.glob("*.py") if path != Path(__file__)]
    cited = set().union(*(numbers_in(path.read_text("utf-8")) for path in tests))

    assert listed == list(range(1, len(listed) + 1))
    assert (cited - set(listed), set(listed) - cited) == (set(), set())
