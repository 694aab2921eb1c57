"""Asynchronous runs."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, AsyncIterator, Generic, List, Optional, TypeVar

from typing_extensions import Self

from azure.ai.inference.aio._tasks import AsyncJobs, source_of
from azure.ai.inference.runs._base import BaseRun
from azure.ai.inference.runs._batches import Job
from azure.ai.inference.runs._plan import Plan
from azure.ai.inference.runs._results import ChatOutcome, EmbeddingsBatch, batch_of, collected

if TYPE_CHECKING:
    import numpy

ResultType = TypeVar("ResultType")


class AsyncRun(BaseRun, AsyncIterator[ResultType], Generic[ResultType]):
    """The results of many inputs. Nothing is sent before the first one is asked for.

    Several tasks may iterate over a run: each result goes to one of them.
    """

    def __init__(self, source: Any, plan: Plan) -> None:
        self._source = source_of(source)
        super().__init__(source, plan)
        self._jobs = AsyncJobs(self._board)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ResultType:
        if not self._closed:
            self._jobs.check_place()
            try:
                async with self._jobs.turn:
                    job = await self._next_job()
                    if job is not None:
                        result: ResultType = self._deliver(job)
                        return result
            except StopAsyncIteration as error:  # of the caller's functions: it would end the loop silently
                await self.close()
                raise RuntimeError(f"A function that the run called raised {type(error).__name__}.") from error
            except BaseException:
                await self.close()
                raise
            await self.close()
        raise StopAsyncIteration

    async def _next_job(self) -> Optional[Job]:
        """Return the next job, and pull jobs while there is room for them; None at the end."""
        if self._may_pull():
            await self._pull()
        while not self._board.closed:
            job = self._jobs.take()
            if job is not None:
                return job
            if self._may_pull():
                await self._pull()
            elif self._jobs.are_none:
                return None
            else:
                await self._jobs.wait()
        return None

    def _may_pull(self) -> bool:
        has_more = not self._exhausted or bool(self._pulled)
        return has_more and not self._board.closed and self._jobs.have_room

    async def _pull(self) -> None:
        """Pull inputs until they make a job, and add it."""
        while not self._pulled and not self._exhausted:
            try:
                given = await self._source.__anext__()
            except StopAsyncIteration:
                self._exhausted = True
                self._pulled.extend(self._cutter.end())
            else:
                self._pulled.extend(self._cutter.add(given))
        if self._pulled:
            job = self._pulled.popleft()
            self._jobs.add(job, sends=self._begin(job))

    async def aclose(self) -> None:
        """End the run: nothing more is sent, and iteration stops. Closing it again does nothing.

        Requests in flight are cancelled and awaited.
        """
        await self._jobs.close()
        self._end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_details: Any) -> None:
        await self.close()

    async def close(self) -> None:
        """Do the same as :meth:`aclose`."""
        await self.aclose()

    def __del__(self) -> None:
        with suppress(Exception):  # of a run whose arguments were refused, and of an interpreter that ends
            self._jobs.abandon()
            self._end()


class AsyncEmbeddingsRun(AsyncRun[EmbeddingsBatch]):
    """The vectors of many inputs, batch by batch, from ``embed_many``.

    Iterate over it, or call :meth:`collect` for everything at once.
    """

    def _result_of(self, job: Job) -> EmbeddingsBatch:
        return batch_of(job, self._encoding_format)

    @property
    def _encoding_format(self) -> Any:
        return self._plan.calls.settings.get("encoding_format")

    async def collect(self, *, out: Optional[numpy.ndarray[Any, Any]] = None) -> EmbeddingsBatch:
        """Return all vectors in one batch, in the order of the inputs.

        :keyword out: an array to fill, such as one in a file: its row ``start + i`` gets the vector ``i`` of a batch.
            It then is the batch's ``vectors``.
        :raises ImportError: if NumPy is not installed.
        :raises ValueError: if ``out`` is read-only, or has too few rows, or rows of another length than the vectors.
        :raises TypeError: if ``out`` cannot hold numbers of their type.
        """
        from azure.ai.inference.runs._arrays import Collector

        async with self:
            collector = Collector(self._total, out)
            async for batch in self:
                collector.add(batch.start, batch.vectors, batch.errors)
        return collected(collector, self.usage, self._encoding_format)


class AsyncChatRun(AsyncRun[ChatOutcome]):
    """The completions of many prompts, from ``complete_many``.

    Iterate over it, or call :meth:`collect` for everything at once.
    """

    def _result_of(self, job: Job) -> ChatOutcome:
        return ChatOutcome(job)

    async def collect(self) -> List[ChatOutcome]:
        """Return all outcomes, in the order of the prompts."""
        async with self:
            by_index = {outcome.index: outcome async for outcome in self}
        return [by_index[index] for index in sorted(by_index)]
