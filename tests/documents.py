"""README and the pages of the documentation as programs: the Python blocks of a page, one after another.

A comment before a block may say `not run: REASON`, or `needs: MODULE ...` for modules that may be missing. A text block after
the comment `printed` is what the program prints, somewhere in its output.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, NamedTuple

from azure.ai.inference.testing import LocalService

PROJECT = Path(__file__).parent.parent
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
#: Documents whose code is not run.
OTHERS = [PROJECT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "samples/README.md")]
_BLOCK = re.compile(r"^(?:<!-- (?P<mark>[^\n]+?) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
_CLIENTS = ["AZURE_AI_CHAT", "AZURE_AI_EMBEDDINGS", "AZURE_AI_IMAGE_EMBEDDINGS", "AZURE_AI_IMAGES"]
#: cryptography, which azure-identity needs, warns on import about this version of Python.
_OF_CRYPTOGRAPHY = "ignore:Python 3.8 is no longer supported by the Python core team"


class Block(NamedTuple):
    """A block of a page, with the number of lines before its text."""

    mark: str
    kind: str
    text: str
    before: int


def blocks_of(page: Path) -> List[Block]:
    """Return the blocks of a page."""
    source = page.read_text("utf-8")
    return [
        Block(found["mark"] or "", found["kind"], found["text"], source.count("\n", 0, found.start("text")))
        for found in _BLOCK.finditer(source)
    ]


def is_run(block: Block) -> bool:
    """Return whether a block can be run here."""
    if block.kind != "python" or block.mark.startswith("not run:"):
        return False
    needs = block.mark[len("needs:") :].split() if block.mark.startswith("needs:") else []
    return all(importlib.util.find_spec(name) is not None for name in needs)


def program_of(page: Path) -> str:
    """Return the program of a page; its lines have the same numbers as those of the page."""
    program = ""
    for block in filter(is_run, blocks_of(page)):
        program += "\n" * (block.before - program.count("\n")) + block.text
    return program


def printed_by(page: Path) -> List[str]:
    """Return the texts that a page says its program prints."""
    return [block.text for block in blocks_of(page) if block.mark == "printed"]


def run_page(page: Path, folder: Path, service: LocalService) -> subprocess.CompletedProcess[str]:
    """Run the program of a page in a folder, with the endpoints of a local service in the environment."""
    shutil.copytree(PROJECT / "samples", folder / "samples")
    program = folder / "page.py"
    program.write_text(program_of(page), "utf-8")
    variables: Dict[str, str] = {name: text for name, text in os.environ.items() if name[:5] not in ("AZURE", "OTEL_")}
    for client in _CLIENTS:
        variables.update({f"{client}_ENDPOINT": service.endpoint, f"{client}_KEY": service.key})
    return subprocess.run(
        [sys.executable, "-W", _OF_CRYPTOGRAPHY, str(program)],
        cwd=folder,
        env={**variables, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=50,
        check=False,
    )
