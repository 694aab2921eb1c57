"""The threads of a synchronous run."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Condition, RLock, Thread
from typing import Any, Optional

from azure.ai.inference._http import forks
from azure.ai.inference.runs._base import NO_MORE, BaseJobs, Board
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


class Jobs(BaseJobs):
    """Does the jobs of a run in threads of its own, which do not keep the process alive.

    :param board: the jobs.
    """

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._waiting: SimpleQueue[Optional[Job]] = SimpleQueue()
        self._lock = Condition()  # re-entrant: the garbage collector may close a run in any thread
        self.turn = RLock()
        """Held by the thread that pulls and gets the next result: several may iterate over a run."""
        self._threads = 0
        forks.renew_in_child(self, Jobs._start_anew)

    def _start_anew(self) -> None:
        """Forget the threads in a forked process: one of them may have held the lock."""
        self._lock = Condition()
        self.turn = RLock()
        self._threads = 0

    def _queue(self, job: Job) -> None:
        self._waiting.put(job)
        if self._threads < self._board.max_concurrency:
            self._threads += 1
            Thread(target=self._work, name="azure-ai-inference run", daemon=True).start()

    def wait(self) -> None:
        """Wait until a job can be delivered, or the run is closed."""
        with self._lock:
            while not self._board.window.is_ready and not self._board.closed:
                self._lock.wait(_SECONDS_UNTIL_CTRL_C)

    def close(self) -> None:
        """Stop starting jobs. Those in flight finish in the background, and the threads end with them."""
        with self._lock:
            self._board.close()
            self._lock.notify_all()
        for _ in range(self._threads):
            self._waiting.put(None)

    abandon = close

    def _work(self) -> None:
        while not self._board.closed:
            job = self._waiting.get()
            if job is not None and self._board.needs(job):
                job.context.run(self._do, job)
            del job  # else it lives on while this waits for the next one

    def _do(self, job: Job) -> None:
        try:
            self._send(job)
        except BaseException as error:  # of the checkpoint: for the caller, not the thread
            job.ending = error
        with self._lock:
            self._board.finish(job)
            self._lock.notify_all()

    def _send(self, job: Job) -> None:
        request = self._next_request(job)
        while request is not None:
            reply: Any
            try:
                reply = self._board.send(*request)
            except BaseException as error:  # the rules decide which inputs fail with it
                reply = error
            request = self._next_request(job, reply)
