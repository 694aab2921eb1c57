"""The measuring: the server, one worker process for each client, and rounds that interleave the clients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from .environments import CHECKOUT, CLIENTS, OURS, TRACED, Client, Environments
from .report import Grown
from .scenarios import RUN_BATCH, Growth, Scenario, stream_of

HERE = Path(__file__).parent
ISOLATED = ["-E", "-s"]
PRINT_PEAK = "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
WARM_UP_SECONDS = 0.02
SHORT_STREAM = stream_of(1_000)


class Process:
    """A child process that writes results to its standard output, and ends at the end of its standard input."""

    def __init__(self, *command: str) -> None:
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT)

    def read_line(self) -> str:
        assert self.child.stdout
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.child.args!r} ended")
        return line.strip()

    def ask(self, **command: Any) -> dict[str, Any]:
        assert self.child.stdin
        self.child.stdin.write(json.dumps(command) + "\n")
        self.child.stdin.flush()
        result: dict[str, Any] = json.loads(self.read_line())
        return result

    def end(self) -> None:
        self.child.communicate()


@dataclass(frozen=True)
class Effort:
    """The number and duration of measurements, and whether to measure peers that a row has no target for."""

    rounds: int
    process_rounds: int
    seconds: float
    with_all_peers: bool

    def rounds_of(self, scenario: Scenario) -> int:
        if scenario.is_steady:
            return 1
        return self.process_rounds if scenario.is_process else self.rounds

    def clients(self, scenario: Scenario) -> dict[str, Client]:
        """Return the clients of a row, by the name of their column."""
        chosen = [
            client
            for client in CLIENTS
            if self.with_all_peers or client.is_project or client.name in scenario.targets.peers
            if not client.operations or scenario.operation in client.operations
        ]
        if scenario.is_traced:
            return {client.name: TRACED[client.name] for client in chosen if client.name in TRACED}
        return {client.name: client for client in chosen}


class Laboratory:
    def __init__(self, environments: Environments, effort: Effort) -> None:
        self.environments = environments
        self.effort = effort
        self.workers: dict[str, Process] = {}

    def __enter__(self) -> Laboratory:
        self.server = Process(sys.executable, "-m", f"{__package__}.server")
        self.url = f"http://127.0.0.1:{self.server.read_line()}"
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.end_workers()
        self.server.end()

    def end_workers(self) -> None:
        """End the workers. The next measure starts others."""
        while self.workers:
            self.workers.popitem()[1].end()

    def start_worker(self, client: Client) -> Process:
        script = str(HERE / "worker.py")
        return Process(self.environments.python(client), *ISOLATED, script, client.module, self.url)

    def worker(self, client: Client) -> Process:
        """Return the one worker of a client. Measures that need a fresh process start their own."""
        if client.name not in self.workers:
            self.workers[client.name] = self.start_worker(client)
        return self.workers[client.name]

    def samples(self, scenario: Scenario) -> dict[str, list[float]]:
        """Return the samples of every client that supports the scenario, one for each round, in the scenario's unit."""
        measure = getattr(self, scenario.measure, None)
        clients = self.effort.clients(scenario)
        if measure is None:
            measure = self.ask_worker
            clients = self.prepared(scenario, clients)
        figures: dict[str, list[float]] = {name: [] for name in clients}
        for turn in range(self.effort.rounds_of(scenario)):
            for name in list(clients)[:: -1 if turn % 2 else 1]:
                figure = measure(clients[name], scenario)
                if figure is not None:
                    figures[name].append(figure * scenario.scale)
        return {name: samples for name, samples in figures.items() if samples}

    def prepared(self, scenario: Scenario, clients: dict[str, Client]) -> dict[str, Client]:
        """Return the clients that support the scenario, after checking that all of them get the same result."""
        warm_up = 0 if scenario.measure in ("latency", "memory_range") else WARM_UP_SECONDS
        outcomes = {
            name: self.worker(client).ask(prepare=scenario.operation, arguments=scenario.arguments, seconds=warm_up)
            for name, client in clients.items()
        }
        results = {name: outcome["result"] for name, outcome in outcomes.items() if "result" in outcome}
        if (
            scenario.measure not in ("latency", "memory_range")
            and len({str(result) for result in results.values()}) > 1
        ):
            raise RuntimeError(f"{scenario.name}: the clients disagree: {results}")
        return {name: clients[name] for name in results}

    def ask_worker(self, client: Client, scenario: Scenario) -> float:
        worker, seconds = self.worker(client), self.effort.seconds
        return float(worker.ask(measure=scenario.measure, units=scenario.units, seconds=seconds)["value"])

    def import_cpu(self, client: Client, scenario: Scenario) -> float:
        return self.run_program(client, "-c", client.imports)[1]

    def import_async_cpu(self, client: Client, scenario: Scenario) -> float:
        return self.run_program(client, "-c", client.imports_async)[1]

    def import_memory(self, client: Client, scenario: Scenario) -> float:
        return int(self.run_program(client, "-c", f"{client.imports}\n{PRINT_PEAK}")[0]) / 1024

    def first_completion_cpu(self, client: Client, scenario: Scenario) -> float:
        script = str(HERE / "first_completion" / f"{client.module}.py")
        return self.run_program(client, script, self.url)[1]

    def run_program(self, client: Client, *arguments: str) -> tuple[str, float]:
        """Return the output of a program, and the CPU seconds (user and system) of its whole process."""
        command = [self.environments.python(client), "-I", *arguments]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout
        with child.stdout:
            printed = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise subprocess.CalledProcessError(child.returncode, command)
        return printed, usage.ru_utime + usage.ru_stime

    def memory_growth(self, client: Client, scenario: Scenario) -> float | None:
        """Return the growth of the peak memory from a short stream to a long one, in MiB."""
        return self.peak_growth(client, scenario.operation, SHORT_STREAM, scenario.arguments)

    def run_memory(self, client: Client, scenario: Scenario) -> float | None:
        """Return the growth of the peak memory from one batch to all inputs, in MiB."""
        return self.peak_growth(client, scenario.operation, {"inputs": RUN_BATCH}, scenario.arguments)

    def peak_growth(self, client: Client, operation: str, *sizes: dict[str, Any]) -> float | None:
        """Return the growth of the peak memory of a fresh process from the first size to the last, in MiB.

        It is None for a client without the operation.
        """
        worker = self.start_worker(client)
        peaks = [peak_after(worker, operation, arguments) for arguments in sizes]
        worker.end()
        return None if peaks[0] is None or peaks[-1] is None else peaks[-1] - peaks[0]

    def growth(self, growth: Growth) -> Grown:
        """Return the microseconds per unit of our client, by size, and the growth of its memory."""
        costs = {}
        for size in growth.sizes:
            arguments = growth.arguments(size)
            self.worker(OURS).ask(prepare=growth.operation, arguments=arguments, seconds=WARM_UP_SECONDS)
            measures = [
                self.worker(OURS).ask(measure="cpu", units=size, seconds=self.effort.seconds)["value"] * 1e6
                for _ in range(self.effort.rounds)
            ]
            costs[size] = median(measures)
        memory = None
        if growth.keeps_nothing:
            memory = self.peak_growth(OURS, growth.operation, *map(growth.arguments, growth.sizes[-2:]))
        return Grown(growth, costs, memory)


def peak_after(worker: Process, operation: str, arguments: dict[str, Any]) -> float | None:
    """Return the peak memory after an operation, in MiB; None if the client does not have it."""
    if "result" not in worker.ask(prepare=operation, arguments=arguments, seconds=0):
        return None
    return float(worker.ask(measure="peak_memory", units=1, seconds=0)["value"])
