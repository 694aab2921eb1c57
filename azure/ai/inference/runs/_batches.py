"""Batches: how the inputs of a run are cut into jobs, and what a job holds. Nothing here waits."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Callable, Dict, Generator, List, NamedTuple, Optional, Sequence

from typing_extensions import Protocol

from azure.ai.inference._model_base import encode_json


class Request(NamedTuple):
    """The argument of a call with some inputs, and the settings that the run adds."""

    argument: Any
    settings: Dict[str, Any]


class Part(NamedTuple):
    """The content of a response for some inputs of a job, by their indices in the job."""

    indices: Sequence[int]
    content: Any
    """Vectors, or the JSON of a completion."""


class Record(NamedTuple):
    """An accepted request, as a checkpoint keeps it."""

    start: int
    inputs: Sequence[Any]
    usage: Dict[str, int]
    content: Any
    """The vectors as they came, or the JSON of a completion."""


Steps = Generator[Request, Any, None]


class Job:
    """Consecutive inputs, and their outcome.

    :param start: the place of the first input in the whole run.
    :param inputs: the inputs.
    """

    __slots__ = (
        "context",
        "done",
        "ending",
        "errors",
        "failure",
        "inputs",
        "parts",
        "records",
        "sent",
        "start",
        "steps",
        "usage",
    )

    def __init__(self, start: int, inputs: List[Any]) -> None:
        self.start: int = start
        self.inputs: List[Any] = inputs
        self.parts: List[Part] = []
        self.errors: Dict[int, Exception] = {}
        """The errors of failed inputs, by their indices in the job."""
        self.ending: Optional[BaseException] = None
        """The error that ends the whole run."""
        self.failure: Optional[Exception] = None
        """The last error that did not refuse the inputs."""
        self.usage: Dict[str, int] = {}
        self.records: List[Record] = []
        """Accepted requests that are not in a checkpoint yet."""
        self.sent: int = 0
        """The number of requests."""
        self.done: bool = False
        self.steps: Optional[Steps] = None
        self.context: Any = None
        """The context of the caller that pulled the inputs."""

    def step(self, reply: Any = None) -> Optional[Request]:
        """Return the next request; None after the last one.

        :param reply: the response to the previous request, or an exception.
        """
        try:
            return self.steps.send(reply) if self.steps else None
        except StopIteration:
            return None

    def record(self, indices: Sequence[int], usage: Dict[str, int], content: Any) -> None:
        """Note an accepted request: a record for each run of consecutive inputs. The first one has the usage."""
        for first, end in _stretches(indices):
            places = indices[first:end]
            inputs = [self.inputs[index] for index in places]
            self.records.append(Record(self.start + places[0], inputs, {} if first else usage, content[first:end]))


def _stretches(indices: Sequence[int]) -> List[Sequence[int]]:
    """Return the bounds of the consecutive parts of ascending numbers."""
    bounds = [at for at in range(1, len(indices)) if indices[at] != indices[at - 1] + 1]
    return list(zip([0, *bounds], [*bounds, len(indices)]))


def digest_of(value: Any) -> bytes:
    """Return a digest of an input, or of several."""
    text = value if isinstance(value, str) else encode_json(value)
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def usage_of(response: Any) -> Dict[str, int]:
    """Return the counts in the usage of a response, by their names on the wire."""
    usage: Any = response.get("usage")
    items: Any = usage.items() if hasattr(usage, "items") else ()
    return {name: count for name, count in items if type(count) is int}


def add_usage(total: Dict[str, int], usage: Dict[str, int]) -> None:
    """Add counts to a total."""
    for name, count in usage.items():
        total[name] = total.get(name, 0) + count


class KnownJobs(Protocol):
    """Jobs that an earlier run has done."""

    def count_at(self, start: int) -> int:
        """Return the number of the inputs of the job that begins at a place; 0 for none."""
        ...

    def take(self, start: int, inputs: List[Any]) -> Optional[Job]:
        """Return the job that begins at a place, done; None if it had other inputs."""
        ...


class NothingKnown:
    """No known jobs: the run has no checkpoint."""

    def count_at(self, start: int) -> int:
        return 0

    def take(self, start: int, inputs: List[Any]) -> Optional[Job]:
        return None


class Cutter:
    """Cuts inputs into jobs, each closed when the next input would pass a limit.

    :param batch_size: the most inputs of a job.
    :param batch_tokens: the most tokens of a job. A larger input has a job of its own.
    :param size_of: returns the tokens of an input.
    :param most: returns the most inputs that the service accepts; None while that is unknown.
    :param known: jobs that an earlier run has done. Their bounds are kept.
    """

    def __init__(
        self,
        batch_size: int,
        batch_tokens: float,
        size_of: Callable[[Any], float],
        most: Callable[[], Optional[int]],
        known: KnownJobs,
    ) -> None:
        self._batch_size = batch_size
        self._batch_tokens = batch_tokens
        self._size_of = size_of
        self._most = most
        self._known = known
        self._start = 0
        self._inputs: List[Any] = []
        self._tokens = 0.0
        self._expected = 0
        """The number of inputs of the known job that is being collected; 0 for none."""

    def add(self, given: Any) -> List[Job]:
        """Return the jobs that an input closes."""
        if not self._inputs:
            self._expected = self._known.count_at(self._start)
        if not self._expected:
            return self._add_new(given)
        self._inputs.append(given)
        return self._end_known() if len(self._inputs) == self._expected else []

    def end(self) -> List[Job]:
        """Return the jobs of the last inputs."""
        closed: List[Job] = []
        while self._expected:
            closed += self._cut_again()
        return closed + self._close()

    def _add_new(self, given: Any) -> List[Job]:
        tokens = self._size_of(given)
        closed: List[Job] = []
        if self._inputs and self._tokens + tokens > self._batch_tokens:
            closed = self._close()
            if self._known.count_at(self._start):
                return [*closed, *self.add(given)]
        self._inputs.append(given)
        self._tokens += tokens
        full = len(self._inputs) >= min(self._batch_size, self._most() or self._batch_size)
        if full or self._known.count_at(self._start + len(self._inputs)):
            closed += self._close()
        return closed

    def _end_known(self) -> List[Job]:
        job = self._known.take(self._start, self._inputs)
        if job is None:
            return self._cut_again()
        self._start += len(self._inputs)
        self._inputs, self._expected = [], 0
        return [job]

    def _cut_again(self) -> List[Job]:
        """Return new jobs for the inputs that were collected for a known one."""
        inputs, self._inputs, self._expected = self._inputs, [], 0
        closed = self._add_new(inputs[0])
        for given in inputs[1:]:
            closed += self.add(given)
        return closed if self._expected else closed + self._close()

    def _close(self) -> List[Job]:
        inputs, self._inputs, self._tokens = self._inputs, [], 0.0
        job = Job(self._start, inputs)
        self._start += len(inputs)
        return [job] if inputs else []
