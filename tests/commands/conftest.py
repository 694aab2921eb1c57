"""Fixtures for the tests of the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator

import pytest
from command_world import KEY, CommandLine, environment_of

from azure.ai.inference.testing import LocalService

_READ = ("AZURE_AI_", "_PROXY", "_CA_BUNDLE", "SSL_CERT", "COLUMNS")


@pytest.fixture
def service() -> Iterator[LocalService]:
    """Return a local service with a key that is found wherever it is shown."""
    with LocalService(key=KEY) as service:
        yield service


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Set up an empty folder, and an environment without the variables of commands."""
    for name in [*os.environ]:
        if any(part in name.upper() for part in _READ):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command(
    bare: Path, service: LocalService, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    """Return the command line, in an empty folder, with the local service in its environment."""
    for name, value in environment_of(service).items():
        monkeypatch.setenv(name, value)
    return CommandLine(capsys, monkeypatch)
