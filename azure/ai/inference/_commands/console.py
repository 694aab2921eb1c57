"""The output of commands on a terminal: errors in one line, no secrets, progress in the last line."""

from __future__ import annotations

import io
import math
import os
import shutil
import sys
import time
from typing import List

from azure.core.exceptions import AzureError

from azure.ai.inference.runs import RunProgress

#: Texts that must not be shown.
_secrets: List[str] = []
_SHORTEST_SECRET = 4
_REPEATED = ("Code: ", "Message: ")
_EXPECTED = (AzureError, ImportError, ValueError)
_SECONDS_BETWEEN = 0.1
_WIDEST_BAR = 40
_NARROWEST_BAR = 16
_ECHO = len("^C")


class UsageError(Exception):
    """The arguments or the variables of the environment are wrong."""


class CommandError(ValueError):
    """A command has failed."""


def begin() -> None:
    """Forget the secrets of an earlier command, and escape what the terminal cannot encode."""
    _secrets.clear()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def keep_secret(text: str) -> None:
    """Hide a text wherever a service repeats it."""
    if len(text) >= _SHORTEST_SECRET:
        _secrets.append(text)


def shown(text: str) -> str:
    """Return a text without secrets."""
    for secret in _secrets:
        text = text.replace(secret, "***")
    return text


def report(text: str) -> None:
    """Write a line to stderr."""
    print(shown(text), file=sys.stderr, flush=True)


def in_a_line(error: BaseException) -> str:
    """Return the message of an error, in one line without control characters."""
    text = str(error.message) if isinstance(error, AzureError) else str(error)
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    elif not isinstance(error, (*_EXPECTED, OSError, TypeError)):
        text = f"{type(error).__name__}: {text}"
    first, *others = text.splitlines() or [type(error).__name__]
    lines = [first, *(line for line in others if not line.startswith(_REPEATED))]
    return shown(printable(" ".join(" ".join(lines).split())))


def printable(text: str) -> str:
    """Return a text without control characters, except for line ends and tabs."""
    return "".join(character for character in text if character.isprintable() or character in "\n\t")


def leave_broken_pipe() -> None:
    """Stop writing to a pipe whose reader has gone, even when the interpreter exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


class Bar:
    """Shows the progress of a run in the last line of a terminal.

    :param unit: the name of the inputs.
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._began = self._shown_at = time.monotonic()
        self._width = 0

    def __call__(self, progress: RunProgress) -> None:
        now = time.monotonic()
        if now - self._shown_at >= _SECONDS_BETWEEN:
            self._shown_at = now
            self._write(line_of(progress, self._unit, now - self._began, columns_of_stderr()))

    def clear(self) -> None:
        """Remove the bar, and the ^C that the terminal shows after it."""
        if self._width:
            self._width = min(self._width + _ECHO, columns_of_stderr() - 1)
            self._write("")
            print(end="\r", file=sys.stderr, flush=True)

    def _write(self, line: str) -> None:
        print(f"\r{line:<{self._width}}", end="", file=sys.stderr, flush=True)
        self._width = len(line)


def columns_of_stderr() -> int:
    """Return the width of the terminal."""
    try:
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return columns or shutil.get_terminal_size().columns


def line_of(progress: RunProgress, unit: str, seconds: float, columns: int) -> str:
    """Return the line for a progress. It fits into the terminal: the least important parts are dropped first."""
    done, total = progress.done + progress.failed, progress.total
    if total:
        width = len(f"{total:,}")
        parts = [f"{done:>{width},}/{total:,} {unit}"]
        parts += [f"{_clock(seconds * max(total - done, 0) / done)} left"] if done else []
    else:
        parts = [f"{done:,} {unit}", _clock(seconds)]
    parts[1:1] = [f"{progress.failed:,} failed"] if progress.failed else []
    parts += [f"{progress.tokens:,} tokens"] if progress.tokens else []
    lines = ["  ".join(parts[:count]) for count in range(len(parts), 0, -1)]
    room = columns - 1
    with_bar = next((line for line in lines if total and len(line) + _NARROWEST_BAR <= room), None)
    if with_bar is not None and total:
        return f"{_bar(min(done / total, 1), min(room - len(with_bar), _WIDEST_BAR))} {with_bar}"
    return next((line for line in lines if len(line) <= room), lines[-1])[: max(room, 0)]


def _bar(share: float, width: int) -> str:
    cells = width - len("100% [] ")
    filled = int(cells * share)
    return f"{int(100 * share):3}% [{'#' * filled}{'-' * (cells - filled)}]"


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
