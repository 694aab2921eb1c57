"""The threads of a synchronous run."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Condition, RLock, Thread
from typing import Any, Optional

from azure.ai.inference._http import forks
from azure.ai.inference.runs._base import NO_MORE, Board
from azure.ai.inference.runs._batches import Job
from azure.ai.inference.runs._plan import check_source

#: On Windows, Ctrl-C does not wake a thread that waits without a timeout.
_SECONDS_UNTIL_CTRL_C = 0.5


class Source:
    """The inputs of a run, one by one.

    :raises TypeError: if they are a single one, or not iterable.
    """

    def __init__(self, inputs: Any) -> None:
        check_source(inputs)
        self._inputs = iter(inputs)

    def pull(self) -> Any:
        """Return the next input; ``NO_MORE`` at the end."""
        return next(self._inputs, NO_MORE)


class Jobs:
    """Does the jobs of a run in threads of its own, which do not keep the process alive.

    :param board: the jobs.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._queue: SimpleQueue[Optional[Job]] = SimpleQueue()
        self._changed = Condition()  # re-entrant: the garbage collector may close a run in any thread
        self.turn = RLock()
        """Held by the thread that pulls and gets the next result: several may iterate over a run."""
        self._threads = 0
        forks.renew_in_child(self, Jobs._start_anew)

    def _start_anew(self) -> None:
        """Forget the threads in a forked process: one of them may have held the lock."""
        self._changed = Condition()
        self.turn = RLock()
        self._threads = 0

    def check_place(self) -> None:
        """Raise RuntimeError in a forked process."""
        self._board.check_process()

    @property
    def are_none(self) -> bool:
        """Whether all jobs have been delivered."""
        with self._changed:
            return len(self._board.window) == 0

    @property
    def have_room(self) -> bool:
        """Whether another job may be added."""
        with self._changed:
            return self._board.window.has_room

    def add(self, job: Job, *, sends: bool) -> None:
        """Add a job. One that is not sent is done already."""
        with self._changed:
            self._board.window.add(job)
            if not sends:
                self._board.finish(job)
        if sends:
            self._queue.put(job)
            if self._threads < self._board.max_concurrency:
                self._threads += 1
                Thread(target=self._work, name="azure-ai-inference run", daemon=True).start()

    def take(self) -> Optional[Job]:
        """Remove and return the next job to deliver; None if it is not done yet."""
        with self._changed:
            return self._board.window.take()

    def wait(self) -> None:
        """Wait until a job can be delivered, or the run is closed."""
        with self._changed:
            while not self._board.window.is_ready and not self._board.closed:
                self._changed.wait(_SECONDS_UNTIL_CTRL_C)

    def close(self) -> None:
        """Stop starting jobs. Those in flight finish in the background, and the threads end with them."""
        with self._changed:
            self._board.close()
            self._changed.notify_all()
        for _ in range(self._threads):
            self._queue.put(None)

    abandon = close

    def _work(self) -> None:
        while not self._board.closed:
            job = self._queue.get()
            if job is not None and self._board.needs(job):
                job.context.run(self._do, job)
            del job  # else it lives on while this waits for the next one

    def _do(self, job: Job) -> None:
        try:
            self._send(job)
        except BaseException as error:  # of the checkpoint: for the caller, not the thread
            job.ending = error
        with self._changed:
            self._board.finish(job)
            self._changed.notify_all()

    def _send(self, job: Job) -> None:
        reply: Any = None
        while self._board.needs(job):
            with self._changed:
                request = job.step(reply)
            self._board.keep(job)
            if request is None:
                return
            try:
                reply = self._board.send(*request)
            except BaseException as error:  # the rules decide which inputs fail with it
                reply = error
