"""The tasks of an asynchronous run."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Deque, Optional, Set

from typing_extensions import Literal

from azure.ai.inference.aio._deadline import in_asyncio
from azure.ai.inference.runs._base import NO_MORE, BaseJobs, Board
from azure.ai.inference.runs._batches import Job
from azure.ai.inference.runs._plan import check_source

_NO_ASYNCIO = "Runs over many inputs need asyncio. On another event loop, use the synchronous client in threads."

_OTHER_LOOP = "This run was begun in another event loop, where its requests are: only that one can go on with it."


class AsyncSource:
    """The inputs of a run, one by one, from an asynchronous iterable or from another one.

    :raises TypeError: if they are a single one, or not iterable.
    """

    def __init__(self, inputs: Any) -> None:
        check_source(inputs, asynchronous=True)
        self._waits = hasattr(inputs, "__aiter__")
        self._inputs = inputs.__aiter__() if self._waits else iter(inputs)

    async def pull(self) -> Any:
        """Return the next input; ``NO_MORE`` at the end."""
        if not self._waits:
            return next(self._inputs, NO_MORE)
        try:
            return await self._inputs.__anext__()
        except StopAsyncIteration:
            return NO_MORE


class _Turn(asyncio.Lock):
    """A lock that lets other tasks run first: known jobs of a checkpoint never wait."""

    async def acquire(self) -> Literal[True]:
        await asyncio.sleep(0)
        return await super().acquire()


class AsyncJobs(BaseJobs):
    """Does the jobs of a run, each in a task of its own.

    :param board: the jobs.
    """

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._waiting: Deque[Job] = deque()
        self._running: Set[asyncio.Task[None]] = set()
        self._loop: Any = None
        self._changed: Optional[asyncio.Future[None]] = None
        self.turn: Any = None
        """The lock of the task that pulls and gets the next result: several may iterate over a run."""

    def check_place(self) -> None:
        """Raise RuntimeError in a forked process, outside asyncio, and in another event loop than before."""
        super().check_place()
        if not in_asyncio():
            raise RuntimeError(_NO_ASYNCIO)
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop, self.turn = loop, _Turn()
        elif self._loop is not loop:
            raise RuntimeError(_OTHER_LOOP)

    def _queue(self, job: Job) -> None:
        self._waiting.append(job)
        self._start()

    async def wait(self) -> None:
        """Wait until a job can be delivered, or the run is closed."""
        while not self._board.window.is_ready and not self._board.closed:
            changed = self._changed = asyncio.get_running_loop().create_future()
            await changed

    async def close(self) -> None:
        """Stop starting jobs, cancel those in flight and wait for them to end."""
        if not in_asyncio() or asyncio.get_running_loop() is not self._loop:
            self.abandon()
            return
        self._board.close()
        self._waiting.clear()
        tasks = [*self._running]
        self._cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)

    def abandon(self) -> None:
        """Close without waiting, in any thread and event loop. The garbage collector may call this."""
        self._board.close()
        if self._running and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._cancel)

    def _start(self) -> None:
        """Start as many jobs as may be in flight."""
        while self._waiting and len(self._running) < self._board.max_concurrency:
            job = self._waiting.popleft()
            if self._board.needs(job):
                task = job.context.run(self._loop.create_task, self._do(job))
                self._running.add(task)
                task.add_done_callback(self._follow)

    def _follow(self, task: asyncio.Task[None]) -> None:
        """Start the next job after a task."""
        self._running.discard(task)
        self._start()
        self._wake()

    def _wake(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    async def _do(self, job: Job) -> None:
        try:
            await self._send(job)
        except BaseException as error:  # of the checkpoint: for the caller, not only the task
            job.ending = error
            if not isinstance(error, Exception):
                raise
        finally:
            self._board.finish(job)

    async def _send(self, job: Job) -> None:
        request = self._next_request(job)
        while request is not None:
            reply: Any
            try:
                reply = await self._board.send(*request)
            except Exception as error:  # the rules decide which inputs fail with it
                reply = error
            request = self._next_request(job, reply)

    def _cancel(self) -> None:
        for task in [*self._running]:
            task.cancel()
        self._wake()
