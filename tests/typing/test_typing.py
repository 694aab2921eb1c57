"""Users' programs under three type checkers: right ones pass, and wrong ones are refused on the lines that are wrong."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Dict, List, Set

import pytest

HERE = Path(__file__).parent
MARK = re.compile(r"#\s*refused(?: by (?P<checkers>[\w, ]+))?$")
CHECKERS: Dict[str, List[str]] = {
    "mypy": ["-m", "mypy", "--strict", "--config-file=", "--namespace-packages", "--explicit-package-bases"],
    "pyright": ["-m", "pyright", "--pythonpath", sys.executable, "--project", "pyrightconfig.json"],
    "ty": ["-m", "ty", "check", "--output-format", "concise", "--python", sys.prefix],
}


def refused_lines(checker: str, program: str, folder: Path) -> Set[int]:
    """The lines of a program that a checker finds an error in."""
    if find_spec(checker) is None:
        pytest.skip(f"{checker} is not installed")
    if checker == "pyright":
        (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    shutil.copy(HERE / program, folder)
    command = [sys.executable, *CHECKERS[checker], *([] if checker == "pyright" else [program])]
    ended = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=50, check=False)
    assert ended.returncode in (0, 1), ended.stdout + ended.stderr
    return {int(line) for line in re.findall(rf"{re.escape(program)}:(\d+)(?::\d+)?[: -]+error", ended.stdout)}


def marked_lines(checker: str, program: str) -> Set[int]:
    """The lines of a program that say that the checker refuses them."""
    lines = enumerate((HERE / program).read_text("utf-8").splitlines(), 1)
    marks = ((number, MARK.search(line)) for number, line in lines)
    return {number for number, mark in marks if mark and checker in (mark["checkers"] or checker)}


@pytest.mark.parametrize("checker", CHECKERS)
def test_right_programs_are_accepted(checker: str, tmp_path: Path) -> None:
    """If this fails, a type checker complains about code that works, or infers another type than we promise."""
    assert refused_lines(checker, "accepted.py", tmp_path) == set()


@pytest.mark.parametrize("checker", CHECKERS)
def test_wrong_programs_are_refused(checker: str, tmp_path: Path) -> None:
    """If this fails, a type checker misses a mistake that it could have pointed out, or finds one that is none."""
    assert refused_lines(checker, "refused.py", tmp_path) == marked_lines(checker, "refused.py")
