"""Forked processes for tests: what they return, or how they end."""

from __future__ import annotations

import json
import os
import select
import signal
import warnings
from typing import Any, Callable

PATIENCE = 20.0


def fork(function: Callable[[], Any]) -> Callable[[], Any]:
    """Call a function in a forked process. Return what waits for its result, which must have a JSON form.

    An exception becomes the text of its class and message; a process that hangs is killed and becomes "it hangs".
    """
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of threads
        pid = os.fork()
    if not pid:
        try:
            result = function()
        except BaseException as error:
            result = f"{type(error).__name__}: {error}"
        os.write(writing, json.dumps(result).encode())
        os._exit(0)
    os.close(writing)

    def wait() -> Any:
        try:
            ready, _, _ = select.select([reading], [], [], PATIENCE)
            if not ready:
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return json.loads(os.read(reading, 65536)) if ready else "it hangs"
        finally:
            os.close(reading)

    return wait
