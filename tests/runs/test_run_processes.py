"""Runs in processes of their own: killed, interrupted and forked."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, List, Optional

import numpy as np
import pytest
from run_program import TEXTS
from run_rules import vector_of
from run_worlds import embedded, inputs_of
from worlds import World

from azure.ai.inference.testing import LocalService, Reply

PROGRAM = Path(__file__).with_name("run_program.py")
PATIENCE = 30.0
KILLS = 10
IN_FLIGHT = 4
BATCHES = len(TEXTS) // 2


def start(service: LocalService, world: str, case: str, folder: Path) -> subprocess.Popen[str]:
    arguments = [service.endpoint, world, case, str(folder / "run.checkpoint"), str(folder / "vectors.npy")]
    return subprocess.Popen(
        [sys.executable, "-W", "ignore:This process:DeprecationWarning", str(PROGRAM), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class Killer:
    """A service that kills its client when so many requests have arrived, before or after it has responded to the last."""

    def __init__(self, service: LocalService) -> None:
        self.sent: List[str] = []
        """The first text of each request."""
        self._lock = threading.Lock()
        self._left = -1
        self._responds = False
        self.victim: Optional[subprocess.Popen[str]] = None
        service.answer_always(self._respond)

    def aim(self, requests: int, responds: bool) -> None:
        with self._lock:
            self._left, self._responds = requests, responds

    def _respond(self, request: Any) -> Reply:
        with self._lock:
            self.sent.append(inputs_of(request)[0])
            self._left -= 1
            if self._left == 0:
                assert self.victim is not None
                if not self._responds:
                    self.victim.kill()
                else:  # the response is on its way by then
                    threading.Thread(target=self.victim.kill).start()
        return embedded(request)


@pytest.mark.timeout(180)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are not killed here")
def test_killed_at_ten_moments(world: World, service: LocalService, tmp_path: Path) -> None:
    """The next run pays twice only for requests in flight, and its vectors and usage are right."""
    killer = Killer(service)
    moments = random.Random(7)
    for number in range(KILLS + 1):
        killer.aim(moments.randrange(5, 20) if number < KILLS else -1, responds=moments.random() < 0.5)
        with start(service, world.name, "embed", tmp_path) as process:
            killer.victim = process
            out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == (-signal.SIGKILL if number < KILLS else 0), err

    assert np.load(tmp_path / "vectors.npy").tolist() == [vector_of(text) for text in TEXTS]
    assert out == f"{2 * len(TEXTS)}\n"
    assert set(killer.sent) == set(TEXTS[::2])
    assert len(killer.sent) <= BATCHES + KILLS * IN_FLIGHT


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent to the whole console there")
def test_ctrl_c(world: World, service: LocalService, tmp_path: Path) -> None:
    """A run whose requests hang ends within a second, with the exception that belongs to Ctrl-C."""
    arrived, release = threading.Semaphore(0), threading.Event()

    def respond(request: Any) -> Reply:
        arrived.release()
        release.wait(PATIENCE)
        return embedded(request)

    service.answer_always(respond)
    with start(service, world.name, "embed", tmp_path) as process:
        for _ in range(IN_FLIGHT):
            assert arrived.acquire(timeout=PATIENCE)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
        seconds = time.monotonic() - began
    release.set()

    assert err.rstrip().endswith("KeyboardInterrupt")
    assert process.returncode in (-signal.SIGINT, 130, 1)
    assert seconds < 5.0  # on a busy machine; without a hurry it is as long as the requests hang


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_forked(service: LocalService, tmp_path: Path) -> None:
    """A child cannot go on with a run, can begin others, and leaves the checkpoint to its parent, which goes on."""
    service.answer_always(embedded)
    with start(service, "sync", "fork", tmp_path) as process:
        out, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, err) == (0, "")
    assert out.splitlines() == [
        "The process was forked while this run was under way: only the parent can go on with it.",
        "Another run uses this checkpoint",
        "3",
        "Another run uses this checkpoint",
        str(BATCHES),
    ]
