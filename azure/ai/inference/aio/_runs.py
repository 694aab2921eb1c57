"""Asynchronous runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AsyncIterator, List, Optional

from typing_extensions import Self

from azure.ai.inference.aio._streaming import AsyncClosing
from azure.ai.inference.aio._tasks import AsyncJobs, AsyncSource
from azure.ai.inference.runs._base import BaseRun, ResultType, Wait, check_no_stop
from azure.ai.inference.runs._batches import Job
from azure.ai.inference.runs._results import ChatOutcome, EmbeddingsBatch, collected

if TYPE_CHECKING:
    import numpy


class AsyncRun(AsyncClosing, BaseRun[ResultType], AsyncIterator[ResultType]):
    """The results of many inputs. Nothing is sent before the first one is asked for.

    Several tasks may iterate over a run: each result goes to one of them.
    """

    _source_class = AsyncSource
    _jobs_class = AsyncJobs

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ResultType:
        if not self._closed:
            self._jobs.check_place()
            try:
                async with self._jobs.turn:
                    job = await self._next_job()
                    if job is not None:
                        return self._deliver(job)
            except BaseException as error:
                await self.close()
                check_no_stop(error)
                raise
            await self.close()
        raise StopAsyncIteration

    async def _next_job(self) -> Optional[Job]:
        """Return the next job, and pull inputs while there is room for their jobs; None at the end."""
        step = self._next_step()
        while isinstance(step, Wait):
            if step is Wait.FOR_INPUT:
                self._take_input(await self._source.pull())
            else:
                await self._jobs.wait()
            step = self._next_step()
        return step

    async def aclose(self) -> None:
        """End the run: nothing more is sent, and iteration stops. Closing it again does nothing.

        Requests in flight are cancelled and awaited.
        """
        await self._jobs.close()
        self._end()


class AsyncEmbeddingsRun(AsyncRun[EmbeddingsBatch]):
    """The vectors of many inputs, batch by batch, from ``embed_many``.

    Iterate over it, or call :meth:`collect` for everything at once.
    """

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

    async def collect(self) -> List[ChatOutcome]:
        """Return all outcomes, in the order of the prompts."""
        async with self:
            by_index = {outcome.index: outcome async for outcome in self}
        return [by_index[index] for index in sorted(by_index)]
