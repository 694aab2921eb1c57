"""Fixtures for all tests: a local service of one's own, and the two worlds that clients live in."""

from __future__ import annotations

import asyncio
from typing import Iterator

import pytest
from azure.core.settings import settings
from worlds import ASYNC, SYNC, World

from azure.ai.inference.testing import LocalService


@pytest.fixture(autouse=True, scope="session")
def no_loop() -> None:
    """Up to Python 3.9, pytest-asyncio asks for the current event loop, and so makes one that nobody closes."""
    asyncio.set_event_loop(None)


@pytest.fixture(autouse=True)
def untraced() -> Iterator[None]:
    """azure-core makes no spans unless a test asks for them; up to 1.33 it would once OpenTelemetry is imported."""
    settings.tracing_implementation = "opencensus"  # it is not installed; None would let azure-core look for a plugin
    yield
    settings.tracing_implementation.unset_value()


@pytest.fixture
def service() -> Iterator[LocalService]:
    """A local service that no other test talks to."""
    with LocalService() as service:
        yield service


@pytest.fixture(params=[SYNC, ASYNC], ids=["sync", "async"])
def world(request: pytest.FixtureRequest) -> World:
    """The synchronous clients, then the asynchronous ones."""
    world: World = request.param
    return world
