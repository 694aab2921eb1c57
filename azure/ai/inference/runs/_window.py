"""The jobs of a run between pulling and delivering: their order, and the counts. Nothing here waits."""

from __future__ import annotations

from collections import deque
from typing import Any, Deque, Dict, NamedTuple, Optional

from azure.ai.inference.runs._batches import Job, add_usage


class RunProgress(NamedTuple):
    """The progress of a run."""

    done: int
    """The inputs delivered, without the failed ones."""
    failed: int
    """The failed inputs delivered."""
    total: Optional[int]
    """The number of all inputs; None if the source does not report it."""
    tokens: int
    """The tokens used, as the service counts them."""


class Window:
    """The jobs that have been pulled and not yet delivered.

    :param size: the most of them.
    :param in_order: whether they are delivered in the order in which they were pulled.
    """

    def __init__(self, size: int, *, in_order: bool) -> None:
        self._size = size
        self._in_order = in_order
        self._pulled: Deque[Job] = deque()
        self._finished: Deque[Job] = deque()
        self._count = 0
        self._stopped_by: Optional[Job] = None

    def __len__(self) -> int:
        return self._count

    @property
    def has_room(self) -> bool:
        """Whether another job may be pulled."""
        return self._count < self._size and self._stopped_by is None

    def add(self, job: Job) -> None:
        """Add a job that was pulled."""
        self._count += 1
        if self._in_order:
            self._pulled.append(job)

    def finish(self, job: Job, *, stops: bool) -> None:
        """Note that a job is done.

        :param stops: whether the run ends with it, so that no later job is needed.
        """
        job.done = True
        if not self._in_order:
            self._finished.append(job)
        if stops and self.needs(job):
            self._stopped_by = job

    def needs(self, job: Job) -> bool:
        """Return whether a job is needed: no job before it ends the run."""
        return self._stopped_by is None or job.start < self._stopped_by.start

    @property
    def is_ready(self) -> bool:
        """Whether the next job to deliver is done."""
        ready = self._pulled if self._in_order else self._finished
        return bool(ready) and ready[0].done

    def take(self) -> Optional[Job]:
        """Remove and return the next job to deliver; None if it is not done yet."""
        if not self.is_ready:
            return None
        self._count -= 1
        return (self._pulled if self._in_order else self._finished).popleft()


class Tally:
    """The counts of the results delivered so far.

    :param total: the number of all inputs; None if that is unknown.
    """

    def __init__(self, total: Optional[int]) -> None:
        self.usage: Dict[str, int] = {}
        self._done = self._failed = 0
        self._total = total

    def add(self, job: Job) -> None:
        """Count a job that is delivered."""
        add_usage(self.usage, job.usage)
        self._failed += len(job.errors)
        self._done += len(job.inputs) - len(job.errors)

    @property
    def progress(self) -> RunProgress:
        """The counts."""
        tokens = self.usage.get("total_tokens")
        if tokens is None:
            tokens = self.usage.get("prompt_tokens", 0) + self.usage.get("completion_tokens", 0)
        return RunProgress(self._done, self._failed, self._total, tokens)


def total_of(inputs: Any) -> Optional[int]:
    """Return the number of inputs; None if the source does not say."""
    try:
        return len(inputs)
    except (NotImplementedError, OverflowError, TypeError):
        return None
