"""``python -m tests.benchmarks``: measure this library against its peers, print tables, and optionally write JSON."""

from __future__ import annotations

import argparse
import json
import platform
import re
import shlex
import sys
from dataclasses import replace
from datetime import date
from os import cpu_count
from pathlib import Path
from typing import Sequence, TypeVar

from . import counting
from .environments import CHECKOUT, OURS, Environments
from .laboratory import Effort, Laboratory
from .page import Circumstances, page
from .report import Grown, Row, json_report, text_report
from .scenarios import GROWTHS, SCENARIOS, Growth, Scenario

FULL = Effort(rounds=7, process_rounds=15, seconds=0.1, with_all_peers=True)
QUICK = Effort(rounds=2, process_rounds=2, seconds=0.03, with_all_peers=False)

Named = TypeVar("Named", Scenario, Growth, counting.Counted)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="under a minute: fewer rounds, and only the peers that a row's targets name",
    )
    parser.add_argument(
        "--count",
        action="store_true",
        help="count instructions under callgrind, and fail if a ratio is more than 3%% above the committed baseline",
    )
    parser.add_argument("--renew", action="store_true", help="with --count: write the ratios into the baseline")
    parser.add_argument("--rounds", metavar="N", type=int, help="rounds of each row (default: 7, of start-up rows 15)")
    parser.add_argument("--only", metavar="PATTERN", default="", help="run only scenarios whose name matches")
    parser.add_argument("--json", metavar="FILE", type=Path, help="file for all samples and verdicts")
    parser.add_argument(
        "--page", metavar="FILE", type=Path, help="file for the medians, as a page of the documentation"
    )
    parser.add_argument(
        "--python-environments",
        metavar="DIR",
        type=Path,
        default=CHECKOUT / "build" / "benchmarks",
        help="directory of the environments, which are kept (default: build/benchmarks)",
    )
    return parser.parse_args()


def matching(pattern: str, candidates: Sequence[Named]) -> list[Named]:
    return [candidate for candidate in candidates if re.search(pattern, candidate.name, re.IGNORECASE)]


def machine() -> str:
    """The processor, where the system names it, and what else the figures depend on."""
    cpuinfo = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.*)$", cpuinfo.read_text(), re.MULTILINE) if cpuinfo.exists() else None
    processor = found[1] if found else platform.processor() or "unknown processor"
    return f"{processor}, {cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def command(given: argparse.Namespace) -> str:
    """Return the command that measures the same again and writes the page, without directories of this machine."""
    quick, rounds = ["--quick"] * given.quick, ["--rounds", str(given.rounds)] * bool(given.rounds)
    only = ["--only", given.only] * bool(given.only)
    path = given.page.resolve()
    shown = path.relative_to(CHECKOUT) if CHECKOUT in path.parents else path.name
    return shlex.join(["python", "-m", "tests.benchmarks", *quick, *rounds, *only, "--page", str(shown)])


def main() -> None:
    given = arguments()
    effort = QUICK if given.quick else FULL
    if given.rounds:
        effort = replace(effort, rounds=given.rounds, process_rounds=given.rounds)
    scenarios, growths = matching(given.only, SCENARIOS), matching(given.only, GROWTHS)
    environments = Environments(given.python_environments)
    if given.count:
        with Laboratory(environments, effort) as laboratory:
            chosen = matching(given.only, counting.SCENARIOS)
            sys.exit(counting.main(laboratory.url, chosen, renew=given.renew))
    clients = {client.name: client for scenario in scenarios for client in effort.clients(scenario).values()}
    environments.prepare({OURS.name: OURS, **clients}.values())
    rows: list[Row] = []
    grown: list[Grown] = []
    failures = []
    with Laboratory(environments, effort) as laboratory:
        for measured in (*scenarios, *growths):
            print(measured.name, file=sys.stderr, flush=True)
            try:
                if isinstance(measured, Growth):
                    grown.append(laboratory.growth(measured))
                else:
                    rows.append(Row(measured, laboratory.samples(measured)))
            except RuntimeError as error:  # the others are still worth their time
                failures.append(f"{measured.name}: {error}")
                laboratory.end_workers()
    versions = {name: environments.versions(client) for name, client in clients.items()}
    print(text_report(machine(), versions, rows, grown))
    if given.page:
        circumstances = Circumstances(date.today().isoformat(), command(given), machine(), versions)
        given.page.write_text(page(circumstances, rows, grown, counting.Baseline.read(counting.BASELINE)), "utf-8")
    if given.json:
        given.json.write_text(json.dumps(json_report(machine(), versions, rows, grown), indent=2) + "\n")
    if failures:
        sys.exit("\n".join(["Not measured:", *failures]))


if __name__ == "__main__":
    main()
