"""An asynchronous client and `os.fork`: the child opens connections of its own, and the parent keeps its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from .calls import DONE, A, B
from .raw_server import Answer, Gate, RawServer, Request, chunked, whole

PROGRAM = Path(__file__).with_name("forking_program.py")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def echo(request: Request) -> Answer:
    """Return a response with the text of the request."""
    text = json.loads(request.body)["messages"][0]["content"]
    return whole(json.dumps({"choices": [{"message": {"content": text}}]}).encode())


#: Up to 3.11, aiohttp leaves connections of TLS half closed, which Python reports where warnings are wanted.
WARNINGS = "error" if tuple(map(int, aiohttp.__version__.split(".")[:2])) >= (3, 12) else "ignore"


def run(server: RawServer, case: str, *more: str) -> None:
    """Run a case of the program, which must print nothing."""
    ended = subprocess.run(
        [sys.executable, "-W", WARNINGS, str(PROGRAM), server.url, case, *more],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def said(server: RawServer) -> Any:
    """Return the texts sent on each connection."""
    texts = [(request.connection, json.loads(request.body)["messages"][0]["content"]) for request in server.requests]
    return {number: [text for other, text in texts if other == number] for number, _ in texts}


CHILD = ["child", "child again"]


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize(
    "case, parent, child",
    [
        ("worker", ["parent", "parent again"], CHILD),
        ("at_once", ["parent", "parent again"], CHILD),
        ("unused", ["parent", "parent again"], None),
        ("inherited_loop", ["parent", "parent again"], ["child"]),
        ("in_loop", ["parent", "parent again", "parent at last"], CHILD),
    ],
)
def test_fork(case: str, parent: Any, child: Any, secure: bool, tls: Any) -> None:
    """A child neither uses, reads nor closes the connections of its parent, whose next call succeeds."""
    with RawServer(echo, tls=tls.server if secure else None) as server:
        run(server, case, *([tls.bundle] if secure else []))
    assert said(server) == {0: parent, **({1: child} if child else {})}


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_fork_amid_stream(secure: bool, tls: Any) -> None:
    """A child that drops, closes or reads its copy of a stream takes nothing from its parent's."""
    gate = Gate()

    def go_on(request: Request) -> Answer:
        gate.open()
        return echo(request)

    with RawServer(chunked(A, gate, B, DONE, b""), go_on, tls=tls.server if secure else None) as server:
        run(server, "stream", *([tls.bundle] if secure else []))
    assert server.connections == 2


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_numbered_questions(secure: bool, tls: Any) -> None:
    """Of many calls before, during and after many forks, each gets its own response."""
    with RawServer(echo, tls=tls.server if secure else None) as server:
        run(server, "numbered", *([tls.bundle] if secure else []))
    assert len(server.requests) == 8 * 6 * 2
