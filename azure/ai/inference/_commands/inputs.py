"""The lines of a file, or of stdin, as the inputs of a run. They are read when the run pulls them."""

from __future__ import annotations

import json
import sys
from collections import deque
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Callable, Deque, Dict, Iterator

from typing_extensions import Self, TypeGuard

from azure.ai.inference._commands.console import CommandError, UsageError

STDIN = "-"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MOST_BAD_AHEAD = 20
_BLOCK = 1 << 20


class Inputs(Iterator[Any]):
    """The inputs of a file, a line each. A line without an input is None, and ``problems`` has the reason.

    :param file: the lines.
    :param name: the name of the file, in messages.
    :param read: returns the input of a line, or raises ValueError.
    :param skips_blank: whether blank lines are skipped.
    :raises CommandError: if none of the first lines holds an input: it is probably the wrong file.
    """

    def __init__(self, file: IO[bytes], name: str, read: Callable[[str], Any], *, skips_blank: bool) -> None:
        self.problems: Dict[int, str] = {}
        """Why lines hold no input, by their places; each is removed once the run has reported it."""
        self._file = file
        self._read = read
        self._skips_blank = skips_blank
        self._place = 0
        self._ahead: Deque[Any] = deque()
        self._look_ahead(name)

    def _look_ahead(self, name: str) -> None:
        for _ in range(_MOST_BAD_AHEAD):
            given = self._next_input()
            if given is _END:
                break
            self._ahead.append(given)
            if given is not None:
                return
        if self.problems:
            raise CommandError(f"{name}, line 1: {self.problems[0]}")

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        given = self._ahead.popleft() if self._ahead else self._next_input()
        if given is _END:
            raise StopIteration
        return given

    def _next_input(self) -> Any:
        line = self._file.readline()
        if self._skips_blank:
            while line.isspace():
                line = self._file.readline()
        if not line:
            return _END
        place, self._place = self._place, self._place + 1
        if place == 0 and line.startswith(_BYTE_ORDER_MARK):
            line = line[len(_BYTE_ORDER_MARK) :]
        try:
            return self._read(_without_end(line).decode("utf-8"))
        except UnicodeDecodeError:
            self.problems[place] = "The line is not UTF-8."
        except ValueError as error:
            self.problems[place] = str(error)
        return None

    def close(self) -> None:
        """Close the file."""
        if self._file is not sys.stdin.buffer:
            self._file.close()


class CountedInputs(Inputs):
    """The inputs of a file, with a length."""

    def __init__(self, file: IO[bytes], name: str, read: Callable[[str], Any], *, skips_blank: bool) -> None:
        self._count = _count_lines(file, skips_blank=skips_blank)
        file.seek(0)
        super().__init__(file, name, read, skips_blank=skips_blank)

    def __len__(self) -> int:
        return self._count


_END = object()


def open_inputs(path: str, read: Callable[[str], Any], *, skips_blank: bool) -> Inputs:
    """Return the inputs of a file; of stdin for ``-``.

    :raises OSError: if it cannot be read.
    :raises CommandError: if none of its first lines holds an input.
    """
    if path == STDIN:
        return Inputs(sys.stdin.buffer, "stdin", read, skips_blank=skips_blank)
    kind = CountedInputs if Path(path).is_file() else Inputs
    with ExitStack() as opening:
        inputs = kind(opening.enter_context(open(path, "rb")), path, read, skips_blank=skips_blank)
        opening.pop_all()  # the inputs close it
    return inputs


def _without_end(line: bytes) -> bytes:
    if line.endswith(b"\n"):
        return line[: -2 if line.endswith(b"\r\n") else -1]
    return line


def _count_lines(file: IO[bytes], *, skips_blank: bool) -> int:
    if skips_blank:
        return sum(1 for line in file if not line.isspace())
    count, last = 0, b"\n"
    for block in iter(lambda: file.read(_BLOCK), b""):
        count += block.count(b"\n")
        last = block[-1:]
    return count + (last != b"\n")


def is_object(value: Any) -> TypeGuard[Dict[str, Any]]:
    """Return whether a JSON value is an object."""
    return isinstance(value, dict)


def json_of(line: str) -> Any:
    """Return the JSON value of a line.

    :raises ValueError: if it holds none.
    """
    try:
        return json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"The line is no JSON: {error}") from None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def check_ending(path: str, *endings: str, argument: str) -> str:
    """Return the ending of a path.

    :raises UsageError: if it is another one.
    """
    ending = Path(path).suffix.lower()
    if ending not in endings:
        raise UsageError(f"{argument} must end in {', '.join(endings)}, not {path}")
    return ending
