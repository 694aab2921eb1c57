"""Checkpoints: the responses of a run in a file of JSON lines, so that a later run need not pay for them again."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import sys
from array import array
from bisect import bisect_left
from contextlib import suppress
from hashlib import sha256
from threading import RLock
from typing import Any, Iterable, List, Mapping, Optional

from azure.ai.inference._model_base import encode_json
from azure.ai.inference.models._models import FilePath
from azure.ai.inference.runs._batches import Job, Part, Record, digest_of, usage_of
from azure.ai.inference.runs._refusals import Rules

_BEGINNING = b'{"checkpoint":"azure-ai-inference","version":1,"settings":"'
_JOB = re.compile(rb'\{"start":(\d{1,18}),"count":(\d{1,18}),')
_BLOCK = 1 << 20
#: The offset of the byte to lock on Windows.
_LOCKED_AT = 0x7FFFFFF0


class Checkpoint:
    """The checkpoint of a run. The threads of the run may share it.

    :param path: the file, which need not exist.
    :param shape: what shapes the responses: the service and the settings.
    :param rules: the rules of the run, which know how to interpret a line.
    :raises ValueError: if the file belongs to a run with other settings, or is no checkpoint.
    :raises BlockingIOError: if another run uses the file.
    """

    def __init__(self, path: FilePath, shape: Mapping[str, Any], rules: Rules) -> None:
        self._rules = rules
        self._path = os.fspath(path)
        self._guard = RLock()
        self._file = io.FileIO(self._path, "a+")
        try:
            _lock(self._file, self._path)
            self._open(_head_of(shape))
        except BaseException:
            self._file.close()
            raise

    def _open(self, head: bytes) -> None:
        """Check the first line, index the others, and cut off a line that a killed process left incomplete."""
        self._file.seek(0)
        reader = io.BufferedReader(self._file, _BLOCK)
        try:
            self._check_head(reader.readline(len(head)), head)  # no more, as it may be any file, or a device
            reader.seek(0)
            end = self._index(reader)
        finally:
            reader.detach()
        self._file.truncate(end)
        if end == 0:
            self._append(head)

    def _index(self, lines: Iterable[bytes]) -> int:
        """Index the lines by the places of their jobs; return the end of the last complete line."""
        starts, counts, offsets, lengths = array("q"), array("q"), array("q"), array("q")
        end = 0
        for line in lines:
            if not line.endswith(b"\n"):
                break
            job = _JOB.match(line)
            if job is not None and int(job[2]) <= len(line):  # a line cannot have more vectors than bytes
                starts.append(int(job[1]))
                counts.append(int(job[2]))
                offsets.append(end)
                lengths.append(len(line))
            end += len(line)
        order = sorted(range(len(starts)), key=starts.__getitem__)
        last = [at for at, following in zip(order, [*order[1:], -1]) if following < 0 or starts[at] < starts[following]]
        self._starts, self._counts, self._offsets, self._lengths = (
            array("q", map(column.__getitem__, last)) for column in (starts, counts, offsets, lengths)
        )
        return end

    def _check_head(self, line: bytes, head: bytes) -> None:
        if not line.startswith(_BEGINNING[: len(line)]):
            raise ValueError(f"{self._path} is no checkpoint of a run.")
        if line != head and (line.endswith(b"\n") or len(line) == len(head)):
            raise ValueError(
                f"The checkpoint {self._path} was made with another endpoint, model or other settings, so its results "
                "do not go with this run. Use the same ones, or another file."
            )

    def count_at(self, start: int) -> int:
        at = self._find(start)
        return 0 if at is None else self._counts[at]

    def _find(self, start: int) -> Optional[int]:
        at = bisect_left(self._starts, start)
        return at if at < len(self._starts) and self._starts[at] == start else None

    def take(self, start: int, inputs: List[Any]) -> Optional[Job]:
        at = self._find(start)
        if at is None:
            return None
        with self._guard:
            line = self._read(self._offsets[at], self._lengths[at])
        job = Job(start, inputs)
        try:
            record = json.loads(line)
            if record["sha256"] != digest_of(inputs).hex():
                return None
            content = self._rules.read_again(record["content"])
        except (KeyError, TypeError, ValueError):
            return None
        job.parts.append(Part(range(len(inputs)), content))
        job.usage = usage_of(record)
        job.done = True
        return job

    def _read(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        line = b""
        while len(line) < length:
            line += self._file.read(length - len(line)) or bytes(length)
        return line

    def write(self, records: List[Record]) -> None:
        """Append accepted requests. The operating system has them when this returns."""
        lines = b"".join(map(_line_of, records))
        with self._guard:
            if not self._file.closed:
                self._append(lines)

    def _append(self, lines: bytes) -> None:
        end = self._file.seek(0, os.SEEK_END)
        try:
            while lines:
                lines = lines[self._file.write(lines) or 0 :]
        except BaseException:
            with suppress(OSError):
                self._file.truncate(end)  # a partial line would spoil the next one
            raise

    def close(self) -> None:
        """Close the file, which unlocks it."""
        with self._guard:
            self._file.close()

    def leave_to_parent(self) -> None:
        """Close the file in a forked process. It stays open and locked in the parent."""
        self._guard = RLock()
        self._file.close()


def _head_of(shape: Mapping[str, Any]) -> bytes:
    """Return the first line: a digest of what shapes the responses, which may hold secrets."""
    canonical = json.dumps(json.loads(encode_json(shape)), sort_keys=True)
    return _BEGINNING + sha256(canonical.encode()).hexdigest().encode() + b'"}\n'


def _line_of(record: Record) -> bytes:
    line = {
        "start": record.start,
        "count": len(record.inputs),
        "sha256": digest_of(record.inputs).hex(),
        "usage": record.usage,
        "content": record.content,
    }
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


if sys.platform == "win32":
    import msvcrt

    def _lock(file: io.FileIO, path: str) -> None:
        """Lock a byte far beyond the end, as this lock also keeps others from reading."""
        file.seek(_LOCKED_AT)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            raise _in_use(path) from None

else:
    import fcntl

    def _lock(file: io.FileIO, path: str) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _in_use(path) from None


def _in_use(path: str) -> BlockingIOError:
    return BlockingIOError(errno.EWOULDBLOCK, "Another run uses this checkpoint", path)
