"""What both shells of runs share: pulling, delivering, and the end. Nothing here waits."""

from __future__ import annotations

from collections import deque
from contextlib import nullcontext, suppress
from contextvars import copy_context
from enum import Enum
from typing import Any, ClassVar, Deque, Dict, Generic, Optional, TypeVar, Union

from azure.ai.inference._core.deadline import limiter_of_run
from azure.ai.inference._http import forks
from azure.ai.inference._pipeline.turns import RunLimiter
from azure.ai.inference.runs._batches import Cutter, Job, KnownJobs, NothingKnown, Request
from azure.ai.inference.runs._checkpoint import Checkpoint
from azure.ai.inference.runs._plan import Plan
from azure.ai.inference.runs._window import RunProgress, Tally, Window, total_of

ResultType = TypeVar("ResultType")

#: What a source returns after its last input.
NO_MORE: Any = object()


class Wait(Enum):
    """What a shell waits for before the next job."""

    FOR_INPUT = 0
    FOR_JOB = 1


class Board:
    """The jobs of a run, and the steps of each. The run's threads and tasks hold the board, not the run."""

    def __init__(self, plan: Plan) -> None:
        self.send = plan.calls.send
        self.rules = plan.rules
        self.window = Window(2 * plan.max_concurrency, in_order=plan.in_order)
        self.max_concurrency = plan.max_concurrency
        self.checkpoint: Optional[Checkpoint] = None
        if plan.checkpoint is not None:
            self.checkpoint = Checkpoint(plan.checkpoint, plan.calls.shape, plan.rules)
        self.limiter = RunLimiter(plan.calls.limiter)
        self.closed = False
        self._is_forked = False
        forks.renew_in_child(self, Board._leave_to_parent)

    def _leave_to_parent(self) -> None:
        """Close the run in a forked process, which has none of its threads."""
        self.closed = self._is_forked = True
        if self.checkpoint is not None:
            self.checkpoint.leave_to_parent()

    def check_process(self) -> None:
        """Raise RuntimeError in a forked process."""
        if self._is_forked:
            raise RuntimeError(
                "The process was forked while this run was under way: only the parent can go on with it."
            )

    def close(self) -> None:
        """Stop starting jobs."""
        self.closed = True
        self.limiter.close()

    def needs(self, job: Job) -> bool:
        """Return whether a job still has to be done."""
        return not self.closed and self.window.needs(job)

    def keep(self, job: Job) -> None:
        """Write the accepted requests of a job to the checkpoint."""
        records, job.records = job.records, []
        if records and self.checkpoint is not None:
            self.checkpoint.write(records)

    def finish(self, job: Job) -> None:
        """Note that a job is done."""
        job.steps = job.context = None
        self.window.finish(job, stops=self.rules.stops(job))


class BaseJobs:
    """The jobs of a board between pulling and delivering. A shell does them.

    :param board: the jobs.
    """

    _lock: Any = nullcontext()
    """Held while jobs are added, stepped, finished or taken, if several threads do that."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def check_place(self) -> None:
        """Raise RuntimeError where the run cannot go on, such as in a forked process."""
        self._board.check_process()

    @property
    def are_none(self) -> bool:
        """Whether all jobs have been delivered."""
        with self._lock:
            return len(self._board.window) == 0

    @property
    def have_room(self) -> bool:
        """Whether another job may be added."""
        with self._lock:
            return self._board.window.has_room

    def add(self, job: Job, *, sends: bool) -> None:
        """Add a job. One that is not sent is done already."""
        with self._lock:
            self._board.window.add(job)
            if not sends:
                self._board.finish(job)
        if sends:
            self._queue(job)

    def _queue(self, job: Job) -> None:
        """Do a job as soon as others leave room for it."""

    def take(self) -> Optional[Job]:
        """Remove and return the next job to deliver; None if it is not done yet."""
        with self._lock:
            return self._board.window.take()

    def _next_request(self, job: Job, reply: Any = None) -> Optional[Request]:
        """Return the next request of a job, after the response or error of the one before; None if none follows."""
        if not self._board.needs(job):
            return None
        with self._lock:
            request = job.step(reply)
        self._board.keep(job)
        return request


class BaseRun(Generic[ResultType]):
    """A run of many inputs.

    :param source: the inputs.
    """

    _source_class: ClassVar[Any]
    _jobs_class: ClassVar[Any]

    def __init__(self, source: Any, plan: Plan) -> None:
        self._source: Any = self._source_class(source)
        self._closed = False
        self._exhausted = False
        self._plan = plan
        self._total = total_of(source)
        self._tally = Tally(self._total)
        self._board = Board(plan)
        self._jobs: Any = self._jobs_class(self._board)
        self._pulled: Deque[Job] = deque()
        known: KnownJobs = self._board.checkpoint or NothingKnown()
        rules = plan.rules
        self._cutter = Cutter(*plan.batches, lambda: rules.most, known)

    @property
    def usage(self) -> Dict[str, int]:
        """The usage of the results delivered so far, by its names on the wire."""
        return self._tally.usage

    @property
    def progress(self) -> RunProgress:
        """The progress of the run."""
        return self._tally.progress

    @property
    def _encoding_format(self) -> Any:
        return self._plan.calls.settings.get("encoding_format")

    def _may_pull(self) -> bool:
        """Return whether to add another job."""
        has_more = not self._exhausted or bool(self._pulled)
        return has_more and bool(self._jobs.have_room)

    def _next_step(self) -> Union[Job, Wait, None]:
        """Return the next job to deliver, or what to wait for before it; None at the end.

        Jobs are added while there is room for them.
        """
        while not self._board.closed:
            if self._may_pull():
                if not self._pulled and not self._exhausted:
                    return Wait.FOR_INPUT
                self._add_job()
            job: Optional[Job] = self._jobs.take()
            if job is not None or self._jobs.are_none:
                return job
            if not self._may_pull():
                return Wait.FOR_JOB
        return None

    def _take_input(self, given: Any) -> None:
        """Cut the next input into jobs."""
        self._exhausted = given is NO_MORE
        self._pulled.extend(self._cutter.end() if self._exhausted else self._cutter.add(given))

    def _add_job(self) -> None:
        """Add the next job, if inputs made one."""
        if self._pulled:
            job = self._pulled.popleft()
            self._jobs.add(job, sends=self._begin(job))

    def _begin(self, job: Job) -> bool:
        """Prepare a job that was pulled; return whether it must be sent."""
        if job.done:
            return False
        job.context = copy_context()
        job.context.run(limiter_of_run.set, self._board.limiter)
        self._plan.rules.begin(job)
        return True

    def _deliver(self, job: Job) -> ResultType:
        """Count a job and return its result.

        :raises BaseException: the error that ends the run.
        """
        error = job.ending
        if error is None and job.errors and not self._plan.rules.keeps:
            error = job.errors[min(job.errors)]
        if error is not None:
            index = min(job.errors) if job.errors and job.ending is None else 0
            vars(error)["input_index"] = job.start + index
            raise error
        result: ResultType = self._plan.result_of(job)
        self._tally.add(job)
        if self._plan.report is not None:
            self._plan.report(self.progress)
        return result

    def _end(self) -> None:
        """Close the files and the report of the run."""
        self._closed = True
        if self._plan.report is not None:
            self._plan.report.close()
        if self._board.checkpoint is not None:
            self._board.checkpoint.close()

    def __del__(self) -> None:
        with suppress(Exception):  # of a run whose arguments were refused, and of an interpreter that ends
            self._jobs.abandon()
            self._end()


def check_no_stop(error: BaseException) -> None:
    """Raise RuntimeError in place of an error of the caller's functions that would end the loop silently."""
    stops = isinstance(error, (StopIteration, StopAsyncIteration))
    if stops:
        raise RuntimeError(f"A function that the run called raised {type(error).__name__}.") from error
