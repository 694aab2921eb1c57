"""A program for callgrind: ``counted.py MODULE SERVER_URL OPERATION ARGUMENTS COUNT`` runs an action COUNT times."""

from __future__ import annotations

import gc
import json
import os
import sys
from inspect import iscoroutinefunction
from typing import Any

from worker import Worker

WARM_UP = 4


def main(module: str, url: str, operation: str, arguments: str, count: str) -> None:
    """Run the action a few times, keep all that exists out of the collector's way, and run it COUNT times."""
    worker = Worker(module, url)
    prepared = worker.prepare(operation, json.loads(arguments))
    assert "result" in prepared, f"{module} has no {operation}"
    run(worker, WARM_UP)
    gc.collect()
    gc.freeze()
    run(worker, int(count))


def run(worker: Any, count: int) -> None:
    if not iscoroutinefunction(worker.action):
        for _ in range(count):
            worker.action()
        return

    async def actions() -> None:
        for _ in range(count):
            await worker.action()

    worker.loop.run_until_complete(actions())


if __name__ == "__main__":
    sys.modules["orjson"] = None  # type: ignore[assignment] # as if it were not installed
    main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)
