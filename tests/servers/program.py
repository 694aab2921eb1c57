"""A server of others as a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List

_TESTS = Path(__file__).parents[1]


@contextmanager
def running(*arguments: str, ready: str, **variables: str) -> Iterator[str]:
    """Run Python with these arguments until the block ends. The value is what `ready` finds in the output.

    :param ready: a pattern with one group. The block begins when a line of the output has it.
    """
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=_TESTS,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    output: List[str] = []
    found: List[str] = []
    settled = threading.Event()

    def read() -> None:
        for line in process.stdout or ():
            output.append(line)
            match = None if found else re.search(ready, line)
            if match:
                found.append(match[1])
                settled.set()
        settled.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert settled.wait(50), "".join(output)
        assert found, "".join(output)
        yield found[0]
    finally:
        process.kill()
        reader.join()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()
