"""README and the documentation are right: their code compiles and runs, and their links lead somewhere."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from documents import OTHERS, PAGES, PROJECT, blocks_of, is_run, printed_by, run_page

from azure.ai.inference.testing import LocalService

README = PROJECT / "README.md"
HOW_TO = PROJECT / "docs" / "how-to"
SAMPLES = PROJECT / "samples"
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!#|[a-z]+:)([^)#\s]+)(?:#([^)\s]+))?\)")


def name_of(page: Path) -> str:
    """Return the place of a page in the project."""
    return page.relative_to(PROJECT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_code_compiles(page: Path) -> None:
    """All code of a page is valid Python: no block raises a SyntaxError, with its line on the page."""
    for block in blocks_of(page):
        if block.kind == "python":
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if "notebooks" in block.mark else 0
            assert compile("\n" * block.before + block.text, name_of(page), "exec", flags)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_code_fits(page: Path) -> None:
    """Every line of code fits into the 88 characters that the pages show."""
    lines = [line for block in blocks_of(page) if block.kind == "python" for line in block.text.splitlines()]

    assert [line for line in lines if len(line) > 88] == []


@pytest.mark.parametrize("page", [page for page in PAGES if any(map(is_run, blocks_of(page)))], ids=name_of)
def test_code_runs(page: Path, service: LocalService, tmp_path: Path) -> None:
    """The code of a page works. Blocks run in order, as a reader would type them."""
    ended = run_page(page, tmp_path, service)

    assert ended.returncode == 0, ended.stderr
    assert not re.search(r"Traceback|\w+Warning", ended.stderr), ended.stderr
    for text in printed_by(page):
        assert text in ended.stdout


@pytest.mark.parametrize("page", sorted(HOW_TO.glob("*.md")), ids=name_of)
def test_how_to_pages_have_code_that_runs(page: Path) -> None:
    """Each how-to page has code that is tested."""
    assert [block for block in blocks_of(page) if block.kind == "python" and not block.mark]


@pytest.mark.parametrize("page", [*PAGES, *OTHERS], ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link leads to a file and a heading that exist."""
    for path, heading in LINK.findall(CODE.sub("", page.read_text("utf-8"))):
        target = (page.parent / path).resolve()
        assert target.exists(), path
        if heading:
            titles = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}, heading


@pytest.mark.parametrize("path", ["README.md", "docs", "samples", "azure"])
def test_nothing_points_to_a_retired_service(path: str) -> None:
    """No sample, default or text sends users to GitHub Models; only the words and advice for its hosts name them."""
    files = [page for page in PAGES if name_of(page).startswith(path)] or sorted((PROJECT / path).rglob("*.py"))
    retired = re.compile(r"models\.github\.ai|models\.inference\.ai\.azure\.com|GITHUB_TOKEN")
    named = [file.name for file in files if retired.search(file.read_text("utf-8"))]

    assert files
    assert named == (["advice.py", "endpoints.py"] if path == "azure" else [])


def test_readme_shows_what_the_quick_start_prints(tmp_path: Path) -> None:
    """README shows a run of the quick start as it is. If not, copy the parts from its output again."""
    variables = {name: text for name, text in os.environ.items() if not name.startswith("AZURE_")}
    command = [sys.executable, str(PROJECT / "samples" / "quickstart.py")]
    printed = subprocess.run(
        command,
        cwd=tmp_path,
        env={**variables, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        timeout=50,
        check=True,
    ).stdout
    picture = next(block.text for block in blocks_of(README) if block.kind == "text")

    assert [line for line in picture.splitlines() if line not in printed.splitlines()] == []


def test_readme_is_short() -> None:
    """README stays short: further topics belong on a page of the documentation."""
    assert len(README.read_text("utf-8").splitlines()) < 400


def test_readme_links_to_every_page() -> None:
    """README links to every page of the documentation."""
    linked = {path for path, _ in LINK.findall(README.read_text("utf-8"))}

    assert {name_of(page) for page in HOW_TO.glob("*.md")} - linked == set()


def test_documentation_links_to_every_sample() -> None:
    """Each sample is linked from a page of the documentation, where readers of its topic find it."""
    pages = [page for page in PAGES if page != README]
    linked = {(page.parent / path).resolve() for page in pages for path, _ in LINK.findall(page.read_text("utf-8"))}
    samples = {*SAMPLES.glob("*.ipynb"), *SAMPLES.rglob("sample_*.py"), SAMPLES / "quickstart.py"}

    assert len(samples) > 1
    assert {name_of(sample) for sample in samples - linked} == set()


def test_quick_start_is_two_commands() -> None:
    """README has the two commands of the quick start."""
    commands = [block.text for block in blocks_of(README) if block.kind == "bash"][:2]

    assert [len(command.strip().splitlines()) for command in commands] == [1, 1]
    assert "samples/quickstart.py" in commands[0]
    assert "pytest" in commands[1]
