"""The contracts of pyproject.toml refuse each breach of the layers, made in a copy of the package, one at a time."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import List, NamedTuple, Set

import pytest

import azure.ai.inference

PACKAGE = Path(azure.ai.inference.__file__).parent
PROJECT = Path(__file__).parent.parent
NAME = "azure.ai.inference"

DOWN = "Arrows point down"
ASYNC = "The async shell never leans on the sync shell"
CORE = "The core decides and never waits"
COMMANDS = "Commands are programs of users"
TRACING = "Tracing sees the seam, not the clients"
APART = "Templates need nothing of the rest, the local service only the core"


class Breach(NamedTuple):
    """Lines that a module of the package must not contain."""

    says: str
    module: str
    lines: str
    refused_by: str
    """The contract of import-linter, or the rule of ruff."""


BREACHES = [
    Breach("aio imports the sync session", "aio/_client.py", f"from {NAME}._http import session", ASYNC),
    Breach("aio imports the sync transport", "aio/_client.py", f"import {NAME}._http.requests_transport", ASYNC),
    Breach("aio imports the sync operations", "aio/_patch.py", f"from {NAME} import _operations", ASYNC),
    Breach("aio imports the sync stream", "aio/_streaming.py", f"from {NAME} import _streaming", ASYNC),
    Breach("prompts import HTTP", "prompts/_messages.py", f"from {NAME}._http import environment", APART),
    Breach("testing imports the operations", "testing/_routes.py", f"from {NAME} import _operations", APART),
    Breach("the core imports asyncio", "_core/body.py", "import asyncio", CORE),
    Breach("the core imports asyncio in a function", "_core/sse.py", "def wait():\n    import asyncio", CORE),
    Breach("the core imports requests", "_core/errors.py", "import requests", CORE),
    Breach("the core imports HTTP", "_core/updates.py", f"from {NAME}._http import environment", DOWN),
    Breach("models import the streams", "models/_patch.py", f"from {NAME} import _streaming", DOWN),
    Breach("the library imports the testing kit", "_client.py", f"from {NAME} import testing", DOWN),
    Breach("schemas import the models", "_schemas/types.py", f"from {NAME} import models", DOWN),
    Breach("a command imports the core", "_commands/embed.py", f"from {NAME}._core import body", COMMANDS),
    Breach("a command imports HTTP", "_commands/network.py", f"from {NAME}._http import proxies", COMMANDS),
    Breach("a client imports a command", "_patch.py", f"def later():\n    from {NAME}._commands import chat", DOWN),
    Breach("a module is in no layer", "_helpers.py", "", DOWN),
    Breach("tracing imports the clients", "tracing/_request.py", f"from {NAME} import _client", TRACING),
    Breach("tracing imports aio", "tracing/_spans.py", f"def later():\n    import {NAME}.aio", TRACING),
    Breach("the core imports the pipeline", "_core/requests.py", "from azure.core.pipeline import Pipeline", "TID251"),
    Breach("the core makes a pipeline client", "_core/body.py", "from azure.core import PipelineClient", "TID251"),
    Breach("the core uses a private name", "_core/errors.py", "def body(response):\n    response._content", "SLF001"),
    Breach("aio uses a private name", "aio/_streaming.py", "def body(response):\n    response._content", "SLF001"),
]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a copy of the package and its contracts."""
    if find_spec("importlinter") is None or find_spec("ruff") is None:
        pytest.skip("import-linter or ruff is not installed")
    folder = tmp_path_factory.mktemp("scratch")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, folder / "azure" / "ai" / "inference", ignore=ignored)
    shutil.copy(PROJECT / "pyproject.toml", folder)
    return folder


def broken_contracts(folder: Path) -> Set[str]:
    """Return the contracts of import-linter that a copy of the package breaks."""
    linter = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    report = run(folder, ["-c", linter, "--no-logo"])
    assert "Contracts: " in report, report
    return set(re.findall(r"^(.+) BROKEN(?: \(.+\))?$", report, re.MULTILINE))


def broken_rules(folder: Path) -> Set[str]:
    """Return the rules of ruff for layers that a copy of the package breaks."""
    report = run(folder, ["-m", "ruff", "check", "--select", "TID251,SLF001", "--output-format", "concise"])
    return set(re.findall(r": ([A-Z]+\d+) ", report))


def run(folder: Path, arguments: List[str]) -> str:
    """Return the output of a developer tool."""
    command = [sys.executable, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def test_package_keeps_its_layers(scratch: Path) -> None:
    """The package itself breaks no contract, on which the breaches below rely."""
    assert (broken_contracts(scratch), broken_rules(scratch)) == (set(), set())


@pytest.mark.parametrize("breach", BREACHES, ids=[breach.says for breach in BREACHES])
def test_breach_is_refused(breach: Breach, scratch: Path) -> None:
    """Each breach of the layers is refused."""
    module = scratch / "azure" / "ai" / "inference" / breach.module
    before = module.read_text("utf-8") if module.exists() else None
    module.write_text(f"{before or ''}\n{breach.lines}\n", "utf-8")
    try:
        broken = broken_contracts if " " in breach.refused_by else broken_rules
        assert breach.refused_by in broken(scratch)
    finally:
        if before is None:
            module.unlink()
        else:
            module.write_text(before, "utf-8")
