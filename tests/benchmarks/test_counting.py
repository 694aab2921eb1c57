"""The pure part of counting instructions. These tests count nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import counting
from .counting import BASELINE, SCENARIOS, Baseline, differences, instructions_in, judge, main, minor_python

KNOWN = Baseline("3.11", {"aiohttp": "1", "requests": "2"}, {"a call": 0.5, "a stream": 1.0})


def test_what_callgrind_prints() -> None:
    """The count is that of all instructions; output without one is an error that shows it."""
    assert instructions_in("==1== Events    : Ir\n==1== Collected : 123456\n==1== I refs: 123,456\n") == 123456
    with pytest.raises(RuntimeError, match="no such program"):
        instructions_in("no such program")


@pytest.mark.parametrize(("ratio", "worse"), [(0.4, []), (0.5, []), (0.515, []), (0.516, ["a call"])])
def test_only_more_than_the_tolerance_is_worse(ratio: float, worse: list[str]) -> None:
    """A scenario is worse if its ratio is more than 3% above the baseline's, and is named then."""
    lines, named = judge({"a call": ratio, "a stream": 1.0}, KNOWN)
    assert named == worse
    assert lines == [f"a call: {ratio:.3f}, {ratio / 0.5 - 1:+.1%} of 0.500", "a stream: 1.000, +0.0% of 1.000"]


def test_a_new_scenario_has_no_baseline() -> None:
    """A scenario that the baseline does not know is shown and not judged."""
    assert judge({"new": 9.0}, KNOWN) == (["new: 9.000, no baseline for this"], [])


def test_other_versions_are_named() -> None:
    """Packages of other versions than the baseline's are named; those of the same are not."""
    assert differences({"aiohttp": "1", "requests": "3", "urllib3": "2"}, KNOWN) == [
        "requests 3, not 2",
        "urllib3 2, not None",
    ]


def test_another_python_has_no_baseline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under another minor Python nothing is counted, and the command succeeds."""
    path = tmp_path / "counts.json"
    Baseline("2.7", {}, {}).write(path)
    monkeypatch.setattr(counting, "BASELINE", path)
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    assert main("", SCENARIOS, renew=False) == 0
    printed = capsys.readouterr().out
    assert printed == f"Python {minor_python()}: no baseline for this. That of the checkout is for 2.7.\n"


def test_without_valgrind(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without valgrind nothing is counted, and the command succeeds."""
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert main("", SCENARIOS, renew=False) == 0
    assert capsys.readouterr().out == "Nothing is counted: valgrind is not installed.\n"


def test_the_baseline_knows_each_scenario() -> None:
    """The committed baseline has a ratio for each scenario, and names its Python and packages."""
    known = Baseline.read(BASELINE)
    assert {*known.ratios} == {scenario.name for scenario in SCENARIOS}
    assert {*known.versions} == {*counting.PACKAGES}
    assert known.python.count(".") == 1


def test_the_environment_is_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of the machine change nothing: there are always as many."""
    before = counting.environment()
    monkeypatch.setenv("ANOTHER", "1")
    monkeypatch.delenv("HOME", raising=False)
    assert "ANOTHER" not in counting.environment()
    assert len(counting.environment()) == len(before) == counting.VARIABLES
