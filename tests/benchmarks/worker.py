"""One client's process: ``worker.py MODULE SERVER_URL``. It reads commands and writes results, all of them JSON lines.

- ``{"prepare": METHOD, "arguments": {...}, "seconds": S}`` prepares the client's action for a scenario and warms it up
  for S seconds. The result is ``{"result": ...}``, with the return value of the action, or ``{"absent": true}``.
- ``{"measure": MEASURE, "units": N, "seconds": S}`` runs the prepared action, N units of work each time, for about S
  seconds. The result is ``{"value": ...}``.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import logging
import sys
import urllib.request
from inspect import iscoroutinefunction
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, Callable

Action = Callable[[], Any]

STREAMS_PER_CONNECTION_COUNT = 10
TRACING_SLICES = 5


def repeat(action: Action, seconds: float) -> tuple[int, Any]:
    repeats, end = 0, process_time() + seconds
    while True:
        result = action()
        repeats += 1
        if process_time() >= end:
            return repeats, result


async def repeat_async(action: Action, seconds: float) -> tuple[int, Any]:
    repeats, end = 0, process_time() + seconds
    while True:
        result = await action()
        repeats += 1
        if process_time() >= end:
            return repeats, result


class Worker:
    def __init__(self, module: str, url: str) -> None:
        self.url = url
        self.client = importlib.import_module(f"clients.{module}").Client(url)
        self.loop = asyncio.new_event_loop()
        self.action: Action = lambda: None
        self.arguments: dict[str, Any] = {}
        self.repeats = 0
        self.units = 1
        self.seconds = 0.0

    def prepare(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        prepare = getattr(self.client, method, None)
        if prepare is None:
            return {"absent": True}

        async def prepare_in_loop() -> Any:
            await self.client.close()
            return prepare(**arguments)

        self.arguments = arguments
        self.action = self.loop.run_until_complete(prepare_in_loop())
        gc.collect()
        return {"result": self.repeat(self.seconds)}

    def repeat(self, seconds: float) -> Any:
        """Run the action at least once, and until the CPU seconds have passed; return its last result."""
        if iscoroutinefunction(self.action):
            self.repeats, result = self.loop.run_until_complete(repeat_async(self.action, seconds))
        else:
            self.repeats, result = repeat(self.action, seconds)
        return result

    def cpu(self) -> float:
        """Return the user and system time of the whole process, all threads, in seconds per unit."""
        begin = process_time()
        self.repeat(self.seconds)
        return (process_time() - begin) / (self.repeats * self.units)

    def tracing_cost(self) -> float:
        """Return the CPU seconds that tracing adds to a unit. On and off alternate, so that drift cancels out."""
        self.seconds /= TRACING_SLICES
        return median(self.traced_cpu(True) - self.traced_cpu(False) for _ in range(TRACING_SLICES))

    def traced_cpu(self, is_traced: bool) -> float:
        self.client.trace(is_traced)
        return self.cpu()

    def wall(self) -> float:
        """Return the seconds that one run of the action takes."""
        begin = perf_counter()
        self.action()
        return perf_counter() - begin

    def share_of_loop(self) -> float:
        """Return the time of a run, as a share of that of a loop of calls over the same inputs."""
        run, seconds = self.action, self.wall()
        self.action = self.client.embed_in_loop(**self.arguments)
        self.action()
        share = seconds / self.wall()
        self.action = run
        return share

    def memory_range(self) -> float:
        """Return the range of the sizes that the action reports, in MiB."""
        sizes = self.action()
        return float(max(sizes) - min(sizes))

    def latency(self) -> Any:
        """Return the seconds until the first event, which the action measures itself."""
        return self.repeat(0)

    def peak_memory(self) -> float:
        """Return the peak resident size of this process so far, in MiB."""
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))

    def new_connections(self) -> float:
        """Return the new connections per run of the action, as counted by the server."""
        before = self.connections()
        for _ in range(STREAMS_PER_CONNECTION_COUNT):
            self.repeat(0)
        return (self.connections() - before) / STREAMS_PER_CONNECTION_COUNT

    def connections(self) -> int:
        with urllib.request.urlopen(f"{self.url}/connections") as response:
            return int(response.read())

    def close(self) -> None:
        self.loop.run_until_complete(self.client.close())
        self.loop.close()

    def execute(self, command: dict[str, Any]) -> dict[str, Any]:
        self.seconds = command["seconds"]
        if "prepare" in command:
            return self.prepare(command["prepare"], command["arguments"])
        self.units = command["units"]
        measure = getattr(self, command["measure"])
        return {"value": measure()}


def main() -> None:
    logging.getLogger("urllib3").addHandler(logging.NullHandler())  # of pools that discard connections
    worker = Worker(*sys.argv[1:])
    for line in sys.stdin:
        print(json.dumps(worker.execute(json.loads(line))), flush=True)
    worker.close()


if __name__ == "__main__":
    main()
