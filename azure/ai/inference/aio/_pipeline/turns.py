"""The wait for the turn of a call, in an event loop."""

from __future__ import annotations

from typing import Optional

from azure.ai.inference._core.deadline import Deadline
from azure.ai.inference._pipeline.turns import Turn, Waiting
from azure.ai.inference.aio._sleeper import AsyncSleeper


async def wait_for_turn(turn: Turn, deadline: Optional[Deadline]) -> bool:
    """Wait for a turn. Return False if the deadline passes first. The wait postpones the deadline of a run's call."""
    sleep = AsyncSleeper()
    with Waiting(turn, deadline, sleep) as waiting:
        while waiting.goes_on():
            await sleep.sleep(waiting.seconds)
    return waiting.has_turn
