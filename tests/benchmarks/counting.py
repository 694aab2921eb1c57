"""``--count``: instructions, which are steady on any machine, as ratios to a floor that is counted in the same run."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Sequence

from .environments import CHECKOUT
from .scenarios import CALLS_IN_FLIGHT, stream_of

HERE = Path(__file__).parent
BASELINE = HERE / "counts.json"
TOLERANCE = 1.03
VARIABLES = 35
PACKAGES = ("aiohttp", "azure-core", "requests", "urllib3")


@dataclass(frozen=True)
class Counted:
    """A scenario: an operation of the clients, the client that is its floor, and how often to run it.

    The instructions between the two counts are those of a run: what starts and ends a process drops out.
    """

    name: str
    operation: str
    floor: str = "core"
    arguments: dict[str, Any] = field(default_factory=dict)
    few: int = 10
    many: int = 60
    target: float | None = None


SCENARIOS = [
    Counted("complete(), sync", "call", target=0.33),
    Counted("complete(), async", "call_async", many=110, target=0.35),
    Counted("64 calls in flight", "calls_in_flight", arguments={"count": CALLS_IN_FLIGHT}, few=1, many=4, target=0.37),
    Counted("a response of 200 KB, sync", "large_response_text", few=2, many=12, target=0.44),
    Counted("a response of 200 KB, all read, sync", "large_response", few=2, many=12),
    Counted("streams of 40 events, sync", "stream", "sockets", stream_of(40), few=2, many=22),
    Counted("streams of 40 events, async", "stream_async", "sockets", stream_of(40), few=2, many=22),
    Counted("a stream of 1,000 events, sync", "stream", "sockets", stream_of(1000), few=1, many=3),
    Counted("1,000 messages, sync", "send_messages", arguments={"count": 1_000}, few=1, many=6, target=0.95),
    Counted("an image of 5 MiB, sync", "send_image", arguments={"mebibytes": 5}, few=1, many=3, target=0.30),
]


@dataclass(frozen=True)
class Baseline:
    """Ratios, with the Python and the packages that they were counted with."""

    python: str
    versions: dict[str, str]
    ratios: dict[str, float]

    @classmethod
    def read(cls, path: Path) -> Baseline:
        return cls(**json.loads(path.read_text()))

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")


def instructions_in(printed: str) -> int:
    """Return the instructions that callgrind reports."""
    found = re.search(r"Collected : (\d+)", printed)
    if found is None:
        raise RuntimeError(f"callgrind has counted nothing:\n{printed}")
    return int(found[1])


def judge(ratios: dict[str, float], baseline: Baseline) -> tuple[list[str], list[str]]:
    """Return a line for each scenario, and the names of those that are worse than the baseline allows."""
    lines, worse = [], []
    for name, ratio in ratios.items():
        before = baseline.ratios.get(name)
        if before is None:
            lines.append(f"{name}: {ratio:.3f}, no baseline for this")
            continue
        lines.append(f"{name}: {ratio:.3f}, {ratio / before - 1:+.1%} of {before:.3f}")
        if ratio > before * TOLERANCE:
            worse.append(name)
    return lines, worse


def differences(versions: dict[str, str], baseline: Baseline) -> list[str]:
    """Return the packages of other versions than the baseline's, which explain other ratios."""
    return [
        f"{name} {version}, not {baseline.versions.get(name)}"
        for name, version in versions.items()
        if baseline.versions.get(name) != version
    ]


def minor_python() -> str:
    return ".".join(platform.python_version_tuple()[:2])


def environment() -> dict[str, str]:
    """Return the variables to count with, always as many: requests walks all of them several times a call."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    fixed = {"PYTHONHASHSEED": "0", "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"}
    others = {f"VARIABLE_{number}": "x" for number in range(VARIABLES - len({*kept, *fixed}) - 1)}
    return {**kept, **fixed, **others, "REQUESTS_CA_BUNDLE": __file__}


def count(module: str, url: str, scenario: Counted, runs: int) -> int:
    """Return the user-mode instructions of a process that runs a scenario this often, in a fixed environment."""
    tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}"]
    program = [str(HERE / "counted.py"), module, url, scenario.operation, json.dumps(scenario.arguments), str(runs)]
    command = [*tool, sys.executable, *program]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment())
    if done.returncode:
        raise RuntimeError(done.stderr)
    return instructions_in(done.stderr)


def ratio(url: str, scenario: Counted) -> float:
    """Return our instructions for a run, as a share of the floor's."""
    ours, floor = (
        count(module, url, scenario, scenario.many) - count(module, url, scenario, scenario.few)
        for module in ("azure_inference", scenario.floor)
    )
    print(f"{scenario.name}: {ours / floor:.3f} of {scenario.floor}", file=sys.stderr, flush=True)
    return round(ours / floor, 4)


def main(url: str, scenarios: Sequence[Counted], *, renew: bool) -> int:
    """Count scenarios and compare them with the baseline, or put them into it. Return the exit status."""
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    known = Baseline.read(BASELINE) if BASELINE.exists() else Baseline("", {}, {})
    if shutil.which("valgrind") is None:
        print("Nothing is counted: valgrind is not installed.")
        return 0
    if not renew and known.python != minor_python():
        print(f"Python {minor_python()}: no baseline for this. That of the checkout is for {known.python}.")
        return 0
    ratios = {scenario.name: ratio(url, scenario) for scenario in scenarios}
    if renew:
        Baseline(minor_python(), versions, {**known.ratios, **ratios}).write(BASELINE)
        return 0
    lines, worse = judge(ratios, known)
    print("\n".join([*lines, *differences(versions, known)]))
    if worse:
        print(f"More than {TOLERANCE - 1:.0%} worse: {', '.join(worse)}")
    return 1 if worse else 0
