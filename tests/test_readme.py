"""The README tells the truth: its code compiles, and what needs only an endpoint and a key runs."""

from __future__ import annotations

import logging
import re
import shutil
import warnings
from pathlib import Path
from typing import Any, Dict, Iterator

import pytest

from azure.ai.inference.testing import LocalService

PROJECT = Path(__file__).parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^(<!-- not run: [^>]+ -->\n)?```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def azure_logger() -> Iterator[None]:
    """Takes back what the README's code does to the logger."""
    logger = logging.getLogger("azure")
    level, handlers = logger.level, list(logger.handlers)
    yield
    logger.setLevel(level)
    logger.handlers[:] = handlers


def test_every_block_compiles() -> None:
    """If this fails, the README has code that is no Python."""
    codes = [code for _, code in BLOCK.findall(README)]

    assert len(codes) > 15
    for code in codes:
        compile(code, "README.md", "exec")


@pytest.mark.usefixtures("azure_logger")
def test_blocks_run(
    capsys: pytest.CaptureFixture[str], service: LocalService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, code that a newcomer copies does not work. Blocks run in order, as a reader would type them."""
    shutil.copytree(PROJECT / "samples", tmp_path / "samples")
    monkeypatch.chdir(tmp_path)  # the blocks read samples and write images
    names: Dict[str, Any] = {"endpoint": service.endpoint, "key": service.key}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        for not_run, code in BLOCK.findall(README):
            if not not_run:
                exec(compile(code, "README.md", "exec"), names)
        names.clear()

    assert "I am the local test service" in capsys.readouterr().out
    assert len(service.requests) > 15
    assert [path.name for path in sorted(tmp_path.glob("*.png"))] == ["lighthouse-0.png", "lighthouse-1.png"]


@pytest.mark.parametrize("path", ["README.md", "samples", "azure"])
def test_nothing_points_to_a_retired_service(path: str) -> None:
    """No sample, default or text sends users to GitHub Models; only the words and the advice for its hosts name them."""
    files = [PROJECT / path] if path.endswith(".md") else sorted((PROJECT / path).rglob("*.py"))
    retired = re.compile(r"models\.github\.ai|models\.inference\.ai\.azure\.com|GITHUB_TOKEN")
    named = [file.name for file in files if retired.search(file.read_text("utf-8"))]

    assert files
    assert named == (["advice.py", "endpoints.py"] if path == "azure" else [])


def test_quick_start_is_two_commands() -> None:
    """If this fails, a newcomer does not find the two commands that do everything."""
    _, _, rest = README.partition("## Quick start")
    commands = re.findall(r"```bash\n(.*?)```", rest, re.DOTALL)[:2]

    assert [len(command.strip().splitlines()) for command in commands] == [1, 1]
    assert "samples/quickstart.py" in commands[0]
    assert "pytest" in commands[1]
