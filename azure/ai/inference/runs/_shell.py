"""Synchronous runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Iterator, List, Optional, TypeVar

from typing_extensions import Self

from azure.ai.inference.runs._base import BaseRun, check_no_stop
from azure.ai.inference.runs._batches import Job
from azure.ai.inference.runs._plan import Plan
from azure.ai.inference.runs._results import ChatOutcome, EmbeddingsBatch, collected
from azure.ai.inference.runs._threads import Jobs, Source

if TYPE_CHECKING:
    import numpy

ResultType = TypeVar("ResultType")


class Run(BaseRun, Iterator[ResultType], Generic[ResultType]):
    """The results of many inputs. Nothing is sent before the first one is asked for.

    Several threads may iterate over a run: each result goes to one of them.
    """

    def __init__(self, source: Any, plan: Plan) -> None:
        self._source = Source(source)
        super().__init__(source, plan, Jobs)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ResultType:
        if not self._closed:
            self._jobs.check_place()
            try:
                with self._jobs.turn:
                    job = self._next_job()
                    if job is not None:
                        result: ResultType = self._deliver(job)
                        return result
            except BaseException as error:
                self.close()
                check_no_stop(error)
                raise
            self.close()
        raise StopIteration

    def _next_job(self) -> Optional[Job]:
        """Return the next job, and pull jobs while there is room for them; None at the end."""
        while not self._board.closed:
            if self._may_pull():
                self._pull()
            job: Optional[Job] = self._jobs.take()
            if job is not None or self._jobs.are_none:
                return job
            if not self._may_pull():
                self._jobs.wait()
        return None

    def _pull(self) -> None:
        """Pull inputs until they make a job, and add it."""
        while self._needs_input():
            self._take_input(self._source.pull())
        self._add_job()

    def close(self) -> None:
        """End the run: nothing more is sent, and iteration stops. Closing it again does nothing.

        Requests in flight finish in the background.
        """
        self._jobs.close()
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_details: Any) -> None:
        self.close()


class EmbeddingsRun(Run[EmbeddingsBatch]):
    """The vectors of many inputs, batch by batch, from ``embed_many``.

    Iterate over it, or call :meth:`collect` for everything at once.
    """

    def collect(self, *, out: Optional[numpy.ndarray[Any, Any]] = None) -> EmbeddingsBatch:
        """Return all vectors in one batch, in the order of the inputs.

        :keyword out: an array to fill, such as one in a file: its row ``start + i`` gets the vector ``i`` of a batch.
            It then is the batch's ``vectors``.
        :raises ImportError: if NumPy is not installed.
        :raises ValueError: if ``out`` is read-only, or has too few rows, or rows of another length than the vectors.
        :raises TypeError: if ``out`` cannot hold numbers of their type.
        """
        from azure.ai.inference.runs._arrays import Collector

        with self:
            collector = Collector(self._total, out)
            for batch in self:
                collector.add(batch.start, batch.vectors, batch.errors)
        return collected(collector, self.usage, self._encoding_format)


class ChatRun(Run[ChatOutcome]):
    """The completions of many prompts, from ``complete_many``.

    Iterate over it, or call :meth:`collect` for everything at once.
    """

    def collect(self) -> List[ChatOutcome]:
        """Return all outcomes, in the order of the prompts."""
        with self:
            by_index = {outcome.index: outcome for outcome in self}
        return [by_index[index] for index in sorted(by_index)]
