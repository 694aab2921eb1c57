"""Fixtures for the tests of the local service and of cassettes."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest
from cassettes import KITS, Kit
from worlds import World

from azure.ai.inference.testing import LocalService


@pytest.fixture
def service() -> Iterator[LocalService]:
    """Return a running service for one test."""
    with LocalService(token="a-token") as running:
        yield running


@pytest.fixture
def kit(world: World) -> Kit:
    """Return the transports of the world of a test."""
    return KITS[world.name]


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    """Return the path of a cassette in a folder that does not exist yet."""
    return tmp_path / "cassettes" / "one.json"
