"""The wait for the turn of a call, in an event loop."""

from __future__ import annotations

import time
from typing import Optional

from azure.ai.inference._core.deadline import Deadline
from azure.ai.inference._pipeline.turns import Turn
from azure.ai.inference.aio._sleeper import AsyncSleeper

_INFINITE = float("inf")


async def wait_for_turn(turn: Turn, deadline: Optional[Deadline]) -> bool:
    """Wait for a turn. Return False if the deadline passes first. The wait postpones the deadline of a run's call."""
    began, sleep = time.monotonic(), AsyncSleeper()
    try:
        delay = turn.ask(sleep)
        while delay is not None:
            left = _INFINITE if deadline is None or turn.run is not None else deadline.left()
            if left <= 0:
                turn.end()
                return False
            await sleep.sleep(min(delay, left))
            delay = turn.ask(sleep)
    except BaseException:
        turn.end()
        raise
    if deadline is not None and turn.run is not None:
        deadline.put_off(time.monotonic() - began)
    return True
