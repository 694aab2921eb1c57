"""The work of a command on many inputs: from a run into a file, resumed where it was stopped."""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any, Callable, Iterator, List, NamedTuple, Optional, Tuple, Union

from azure.ai.inference._commands.console import Bar, CommandError, UsageError, in_a_line, report, shown
from azure.ai.inference._commands.inputs import STDIN, Inputs
from azure.ai.inference.runs import ChatRun, EmbeddingsRun

Run = Union[ChatRun, EmbeddingsRun]
Failures = Iterator[Tuple[int, Exception]]

DONE, SOME_FAILED = 0, 3


class Work(NamedTuple):
    """The work of a command on many inputs."""

    unit: str
    """The name of the inputs."""
    inputs: Inputs
    start: Callable[..., Run]
    """Returns a run of inputs, with these keywords."""
    open_sink: Callable[[IO[bytes]], Any]
    """Returns a sink that writes results to a file: ``add(result)`` and ``finish()``."""
    failures_in: Callable[[Any], Failures]
    """Returns the places of the inputs that failed in a result, and their errors."""
    facts_of: Callable[[Any], List[str]]
    """Returns the rest of the last line for a finished sink."""


def add_work(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of all commands for many inputs."""
    parser.add_argument(
        "--max-concurrency", type=positive, default=8, metavar="N", help="most requests at once (default: %(default)s)"
    )
    parser.add_argument("--restart", action="store_true", help="start over: do not use OUT.checkpoint")
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def positive(text: str) -> int:
    """Return a positive number.

    :raises ~argparse.ArgumentTypeError: for anything else.
    """
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return number


class Files:
    """The files of one output.

    :param source: the path of the input.
    :param out: the path of the output.
    :raises UsageError: if the output cannot have this path.
    """

    def __init__(self, source: str, out: str) -> None:
        path = Path(out)
        if path.is_dir():
            raise UsageError(f"--out is a folder: {out}")
        if path.exists() and source != STDIN and path.samefile(source):
            raise UsageError(f"--out would replace the input {source}")
        self.out = out
        self.partial = f"{out}.partial"
        self.checkpoint = f"{out}.checkpoint"
        self.failed = f"{out}.failed.jsonl"

    def holds_responses(self) -> bool:
        """Return whether the checkpoint has more than its first line."""
        with suppress(OSError), open(self.checkpoint, "rb") as file:
            return bool(file.readline() and file.read(1))
        return False

    def remove(self, *paths: str) -> None:
        """Remove files, if they exist."""
        for path in paths:
            with suppress(FileNotFoundError):
                Path(path).unlink()


class FailureLog:
    """The file with the errors of failed inputs, created with the first one.

    :param path: its path.
    """

    def __init__(self, path: str) -> None:
        self.count = 0
        self.first = ""
        """The first error."""
        self._path = path
        self._file: Optional[IO[str]] = None

    def add(self, index: int, message: str) -> None:
        """Add an error."""
        if self._file is None:
            self._file = open(self._path, "w", encoding="utf-8", newline="\n")  # noqa: SIM115 - closed by close()
        self.count += 1
        self.first = self.first or message
        self._file.write(json.dumps({"index": index, "error": message}, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def carry_out(work: Work, arguments: argparse.Namespace) -> int:
    """Do the work, and return the exit status.

    :raises CommandError: if it ended early. It says so if the same command continues.
    :raises KeyboardInterrupt: the same for Ctrl-C.
    """
    with closing(work.inputs):
        return _carry_out(work, arguments)


def _carry_out(work: Work, arguments: argparse.Namespace) -> int:
    files = Files(arguments.file, arguments.out)
    began = time.monotonic()
    bar = Bar(work.unit) if sys.stderr.isatty() and not arguments.quiet else None
    run = _start(work, files, bar, arguments)
    failures = FailureLog(files.failed)
    try:
        sink = _write(work, run, files, failures)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"Stopped. {_what_is_kept(files)}") from None
    except Exception as error:
        raise CommandError(f"{in_a_line(error)} {_what_is_kept(files)}") from None
    finally:
        if bar is not None:
            bar.clear()
    if failures.count:
        report(f"{failures.count} failed: see {files.failed}. The same command retries them.")
    else:
        files.remove(files.checkpoint, files.failed)
    _print_last_line(work, run, sink, files, time.monotonic() - began)
    return SOME_FAILED if failures.count else DONE


def _start(work: Work, files: Files, bar: Optional[Bar], arguments: argparse.Namespace) -> Run:
    """Return the run. From here on, no other process can work on the same output."""
    options = {"progress": bar or False, "checkpoint": files.checkpoint}
    try:
        if arguments.restart:
            with suppress(ValueError):  # a checkpoint with other settings, which nobody else is using
                work.start([], **options).close()
            files.remove(files.checkpoint)
        goes_on = files.holds_responses()
        run = work.start(work.inputs, **options)
    except BlockingIOError:
        raise CommandError(f"Another command is at work on {files.out}: {files.checkpoint} is in use.") from None
    except ValueError as error:
        raise CommandError(f"{error} Or start over, with --restart.") from None
    if goes_on:
        report(f"Continuing from {files.checkpoint}; --restart starts over.")
    return run


def _write(work: Work, run: Run, files: Files, failures: FailureLog) -> Any:
    """Write all results, and give the output its name. Return the sink."""
    with closing(failures), run, open(files.partial, "wb") as file:
        sink = work.open_sink(file)
        for result in run:
            sink.add(result)
            for index, error in work.failures_in(result):
                failures.add(index, message_of(work.inputs, index, error))
                work.inputs.problems.pop(index, None)
        if failures.count and not run.progress.done:
            raise CommandError(
                f"All {failures.count} {work.unit} failed, see {files.failed}. The first: {failures.first}"
            )
        sink.finish()
    Path(files.partial).replace(files.out)
    return sink


def message_of(inputs: Inputs, index: int, error: Exception) -> str:
    """Return the error of an input, in one line."""
    return shown(inputs.problems[index]) if index in inputs.problems else in_a_line(error)


def _what_is_kept(files: Files) -> str:
    """Return whether the same command can continue. A checkpoint without responses would block it."""
    if files.holds_responses():
        return f"The responses so far are in {files.checkpoint}: the same command continues from there."
    files.remove(files.checkpoint, files.partial)
    return "There were no responses yet."


def _print_last_line(work: Work, run: Run, sink: Any, files: Files, seconds: float) -> None:
    progress = run.progress
    facts = [
        f"{progress.done + progress.failed} {work.unit}",
        *work.facts_of(sink),
        f"{progress.tokens} tokens",
        f"{progress.failed} failed",
        f"{seconds:.1f} seconds",
        files.out,
    ]
    print(", ".join(facts))
