"""The results of runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Sequence

from azure.ai.inference._keywords import Prompt
from azure.ai.inference.models._models import ChatCompletions
from azure.ai.inference.runs._batches import Job, Part

if TYPE_CHECKING:
    import numpy

    from azure.ai.inference.runs._arrays import Collector


class EmbeddingsBatch:
    """The vectors of consecutive inputs; of all inputs after ``collect()``."""

    start: int
    """The place of the first input in the whole run."""
    errors: Dict[int, Exception]
    """The errors of the inputs that failed, by their places in the whole run."""
    usage: Dict[str, int]
    """The usage of the batch, by its names on the wire."""

    def __init__(
        self,
        start: int,
        count: int,
        errors: Dict[int, Exception],
        usage: Dict[str, int],
        make_vectors: Callable[[], numpy.ndarray[Any, Any]],
    ) -> None:
        self.start = start
        self.errors = errors
        self.usage = usage
        self._count = count
        self._make_vectors: Optional[Callable[[], numpy.ndarray[Any, Any]]] = make_vectors
        self._vectors: Any = None

    @property
    def vectors(self) -> numpy.ndarray[Any, Any]:
        """The vectors, a row for each input, made when they are first read. They may be written to.

        Failed inputs have NaN, or 0 in integer formats. If all failed, the rows have no numbers.

        :raises ImportError: if NumPy is not installed.
        """
        if self._make_vectors is not None:
            self._vectors = self._make_vectors()
            self._make_vectors = None  # it holds the data of the response
        vectors: numpy.ndarray[Any, Any] = self._vectors
        return vectors

    def __len__(self) -> int:
        return self._count

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"EmbeddingsBatch(start={self.start}, inputs={self._count}, errors={len(self.errors)})"


def batch_of(job: Job, encoding_format: Any) -> EmbeddingsBatch:
    """Return the batch of a job of embeddings."""
    errors = {job.start + index: error for index, error in sorted(job.errors.items())}
    count = len(job.inputs)
    return EmbeddingsBatch(job.start, count, errors, job.usage, partial(_vectors_of, job.parts, count, encoding_format))


def _vectors_of(parts: Sequence[Part], count: int, encoding_format: Any) -> numpy.ndarray[Any, Any]:
    from azure.ai.inference.runs._arrays import array_of

    return array_of(parts, count, encoding_format)


def collected(collector: Collector, usage: Dict[str, int], encoding_format: Any) -> EmbeddingsBatch:
    """Return all batches of a run as one."""
    vectors = collector.result(encoding_format)
    return EmbeddingsBatch(collector.start, collector.count, collector.errors, usage, partial(_same, vectors))


def _same(vectors: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
    return vectors


class ChatOutcome:
    """The completion of one prompt, or the error that it failed with."""

    index: int
    """The place of the prompt in the whole run."""
    messages: Prompt
    """The prompt as it was given."""
    error: Optional[Exception]
    """The error that the prompt failed with; None if there is a completion."""

    def __init__(self, job: Job) -> None:
        self.index = job.start
        self.messages = job.inputs[0]
        self.error = job.errors.get(0)
        self._completions: Any = None if self.error else job.parts[0].content

    @property
    def completions(self) -> ChatCompletions:
        """The completion.

        :raises Exception: the error of a prompt that failed.
        """
        if self.error is not None:
            raise self.error
        completions: ChatCompletions = self._completions
        return completions

    def __repr__(self) -> str:
        return f"ChatOutcome(index={self.index}, error={self.error!r})"
