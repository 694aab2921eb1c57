"""The simulation of the limiter: a change of its rule must not lose what it is for."""

from __future__ import annotations

import pytest

from .limiter import SCENES, BackingOff, Limited, Scene, play


@pytest.mark.parametrize("scene", SCENES[:2], ids=lambda scene: str(scene.name))
def test_many_callers(scene: Scene) -> None:
    """10,000 callers use at least 95% of what the service accepts, and at most 2% of their requests are refused."""
    outcome = play(scene, Limited, 0)
    assert outcome.goodput >= 0.95
    assert outcome.refused <= 0.02
    assert outcome.lost == 0


def test_few_callers() -> None:
    """At 15 requests a minute, the limiter does more than backoff does, with a fifth of the requests refused at most."""
    scene = SCENES[5]
    limited, backing_off = play(scene, Limited, 0), play(scene, BackingOff, 0)
    assert limited.goodput > backing_off.goodput
    assert limited.refused < 0.2 < backing_off.refused


def test_recovery() -> None:
    """Five minutes after an outage, 1,000 callers need little more than the 10 seconds that they must."""
    assert play(SCENES[9], Limited, 0).seconds < 15
