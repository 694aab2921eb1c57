"""Users' programs under three type checkers: right ones pass, and wrong ones are refused on the wrong lines."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Dict, List, Set

import pytest

from azure.ai.inference._core.signatures import settings_of
from azure.ai.inference.options import (
    ChatCompletionsSettings,
    ChatSettings,
    EmbeddingsSettings,
    ImageGenerationSettings,
    ParseSettings,
)

HERE = Path(__file__).parent
MARK = re.compile(r"#\s*refused(?: by (?P<checkers>[\w, ]+))?$")
CHECKERS: Dict[str, List[str]] = {
    "mypy": ["-m", "mypy", "--strict", "--config-file=", "--namespace-packages", "--explicit-package-bases"],
    "pyright": ["-m", "pyright", "--pythonpath", sys.executable, "--project", "pyrightconfig.json"],
    "ty": ["-m", "ty", "check", "--output-format", "concise", "--python", sys.prefix],
}
#: The settings of each client, and the beginning of a call.
METHODS = [
    (ChatCompletionsSettings, "ChatCompletionsClient", "complete(messages=[]"),
    (ParseSettings, "ChatCompletionsClient", "parse(messages=[], response_format=str"),
    (ChatSettings, "ChatCompletionsClient", "run_tools(messages=[], tools=[]"),
    (EmbeddingsSettings, "EmbeddingsClient", "embed(input=[]"),
    (EmbeddingsSettings, "ImageEmbeddingsClient", "embed(input=[]"),
    (ImageGenerationSettings, "ImageGenerationClient", "generate(prompt=''"),
]
HEAD = [
    "import azure.ai.inference",
    "import azure.ai.inference.aio",
    "from azure.core.credentials import AzureKeyCredential",
    "KEY = AzureKeyCredential('key')",
]


def refused_lines(checker: str, program: str, source: str, folder: Path) -> Set[int]:
    """Return the lines of a program on which a checker finds an error."""
    if find_spec(checker) is None:
        pytest.skip(f"{checker} is not installed")
    if checker == "pyright":
        (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    (folder / program).write_text(source, "utf-8")
    command = [sys.executable, *CHECKERS[checker], *([] if checker == "pyright" else [program])]
    ended = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=50, check=False)
    assert ended.returncode in (0, 1), ended.stdout + ended.stderr
    return {int(line) for line in re.findall(rf"{re.escape(program)}:(\d+)(?::\d+)?[: -]+error", ended.stdout)}


def source_of(program: str) -> str:
    """Return the text of a program beside this module."""
    return (HERE / program).read_text("utf-8")


def marked_lines(checker: str, program: str) -> Set[int]:
    """Return the lines of a program that are marked as refused by the checker."""
    lines = enumerate(source_of(program).splitlines(), 1)
    marks = ((number, MARK.search(line)) for number, line in lines)
    return {number for number, mark in marks if mark and checker in (mark["checkers"] or checker)}


@pytest.mark.parametrize("program", sorted(path.name for path in HERE.glob("accepted*.py")))
@pytest.mark.parametrize("checker", CHECKERS)
def test_right_programs_are_accepted(checker: str, program: str, tmp_path: Path) -> None:
    """Type checkers accept right programs, and infer the types that we promise."""
    assert refused_lines(checker, program, source_of(program), tmp_path) == set()


@pytest.mark.parametrize("program", sorted(path.name for path in HERE.glob("refused*.py")))
@pytest.mark.parametrize("checker", CHECKERS)
def test_wrong_programs_are_refused(checker: str, program: str, tmp_path: Path) -> None:
    """Type checkers refuse every wrong line, and no other."""
    assert refused_lines(checker, program, source_of(program), tmp_path) == marked_lines(checker, program)


def test_every_setting_is_in_the_right_program() -> None:
    """Type checkers see a program that uses every setting."""
    calls = [node for node in ast.walk(ast.parse(source_of("accepted.py"))) if isinstance(node, ast.Call)]
    used = {keyword.arg for call in calls for keyword in call.keywords}

    assert {name for settings, _, _ in METHODS for name in settings_of(settings)} - used == set()


@pytest.mark.parametrize("checker", CHECKERS)
def test_misspelt_settings_are_refused(checker: str, tmp_path: Path) -> None:
    """Type checkers refuse the misspelt name of a setting, in a call, a constructor and in `aio`."""
    lines: List[str] = []
    for settings, client, call in METHODS:
        for name in settings_of(settings):
            for module in ("inference", "inference.aio"):
                lines.append(f"azure.ai.{module}.{client}('', KEY, {name}_=None)")
                lines.append(f"azure.ai.{module}.{client}('', KEY).{call}, {name}_=None)")
    program = [*HEAD, *lines]

    refused = refused_lines(checker, "misspelt.py", "\n".join(program), tmp_path)
    assert refused == {*range(len(HEAD) + 1, len(program) + 1)}
