"""Fixtures for the tests with servers of others."""

from __future__ import annotations

from typing import Any, Dict

import pytest


@pytest.fixture(params=[{}, {"endpoint_kind": "openai_v1"}], ids=["by default", "openai_v1"])
def kind(request: pytest.FixtureRequest) -> Dict[str, Any]:
    """Return the option for the kind of the endpoint: none, or the one that leaves out the version."""
    kind: Dict[str, Any] = request.param
    return kind
