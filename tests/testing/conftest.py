"""Fixtures for the tests of the local service."""

from __future__ import annotations

from typing import Iterator

import pytest

from azure.ai.inference.testing import LocalService


@pytest.fixture
def service() -> Iterator[LocalService]:
    """Return a running service for one test."""
    with LocalService(token="a-token") as running:
        yield running
