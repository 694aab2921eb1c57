"""Refusals: what to do about each response of a run, and which inputs fail. Nothing here waits."""

from __future__ import annotations

from typing import Any, Dict, Generator, List, NoReturn, Optional, Sequence, Set, Tuple, Type

from azure.core.exceptions import AzureError, ClientAuthenticationError, ResourceNotFoundError

from azure.ai.inference._model_base import Model, unwrap
from azure.ai.inference._vectors import Vectors, in_order, pack
from azure.ai.inference.exceptions import (
    ContentFilterError,
    ContextLengthError,
    RateLimitError,
    ResponseDecodeError,
    ServiceOverloadedError,
)
from azure.ai.inference.models._models import EmbeddingsResult
from azure.ai.inference.runs._batches import Job, Part, Request, Steps, add_usage, digest_of, usage_of

_REFUSED = frozenset({400, 413, 422})
_ENDING = frozenset({401, 403, 404, 429})
_OF_ONE_INPUT = (ContentFilterError, ContextLengthError)
_MOST_REMEMBERED = 10_000
_MOST_FAILED_IN_A_ROW = 20


class _EndedError(Exception):
    """Leaves a job because the run has ended."""


class Rules:
    """What a run has learned about its service. All of its jobs share it.

    :param keeps: whether the run goes on after failed inputs.
    """

    def __init__(self, *, keeps: bool) -> None:
        self.keeps: bool = keeps
        self.most: Optional[int] = None
        """The most inputs that the service accepts in a request, once known."""
        self.accepted: bool = False
        self._refused: Dict[bytes, Exception] = {}
        self._reasons: Set[Tuple[Any, Any]] = set()
        self._failed_in_a_row = 0

    def begin(self, job: Job) -> None:
        """Give a job its steps."""
        job.steps = self._steps(job)

    def stops(self, job: Job) -> bool:
        """Return whether the run ends with this job."""
        return job.ending is not None or (bool(job.errors) and not self.keeps)

    def problem_of(self, given: Any) -> Optional[Exception]:
        """Return the error of an input that must not be sent; None for a good one."""
        raise NotImplementedError

    def argument(self, inputs: List[Any]) -> Any:
        """Return the argument of a call for some inputs."""
        return inputs

    def read(self, result: Any, count: int) -> Tuple[Any, List[Any]]:
        """Return the content of a result, and the JSON of each input's part.

        :raises ValueError: if it does not fit the number of inputs.
        :raises TypeError: if a hook of the caller's replaced it.
        """
        raise NotImplementedError

    def read_again(self, contents: List[Any]) -> Any:
        """Return the content of inputs that a checkpoint has, by the JSON of each.

        :raises ValueError: if it does not fit the run.
        """
        raise NotImplementedError

    def _steps(self, job: Job) -> Steps:
        try:
            yield from self._send(job, range(len(job.inputs)))
        except _EndedError:
            return
        self._count_failures(job)

    def _send(self, job: Job, given: Sequence[int]) -> Generator[Request, Any, bool]:
        """Send some inputs of a job; return whether all of them were accepted in one request."""
        indices = self._sendable(job, given)
        whole = len(indices) == len(given)
        while indices:
            if self.most and len(indices) > self.most:
                for first in range(0, len(indices), self.most):
                    yield from self._send(job, indices[first : first + self.most])
                return False
            error = yield from self._try(job, indices)
            if error is None:
                return whole
            if self.accepted or len(indices) <= 2 or not _is_refusal(error):
                yield from self._fail_or_halve(job, indices, error)
                return False
            yield from self._send(job, indices[:1])
            yield from self._send(job, indices[1:2])
            indices, whole = self._sendable(job, indices[2:]), False
        return False

    def _fail_or_halve(self, job: Job, indices: List[int], error: Exception) -> Generator[Request, Any, None]:
        if not _is_refusal(error):
            self._fail(job, indices, error)
        elif len(indices) == 1:
            self._refuse(job, indices[0], error)
        else:
            yield from self._halve(job, indices)

    def _halve(self, job: Job, indices: Sequence[int]) -> Generator[Request, Any, None]:
        middle = (len(indices) + 1) // 2
        left = yield from self._send(job, indices[:middle])
        right = yield from self._send(job, indices[middle:])
        if left and right:
            self.most = min(self.most or middle, middle)

    def _sendable(self, job: Job, indices: Sequence[int]) -> List[int]:
        """Return the indices of inputs to send. Those of a wrong type or refused before fail without being sent."""
        sendable: List[int] = []
        for index in indices:
            given = job.inputs[index]
            error = self.problem_of(given) or (self._refused.get(digest_of(given)) if self._refused else None)
            if error is None:
                sendable.append(index)
            else:
                job.errors[index] = error
        if job.errors and not self.keeps:  # the first failure ends the run: nothing after it matters
            lowest = min(job.errors)
            sendable = [index for index in sendable if index < lowest]
        return sendable

    def _try(self, job: Job, indices: List[int]) -> Generator[Request, Any, Optional[Exception]]:
        """Send inputs in one request; return its error, or None once its content is in the job."""
        return (yield from self._ask(job, indices, {}))

    def _ask(
        self, job: Job, indices: List[int], settings: Dict[str, Any]
    ) -> Generator[Request, Any, Optional[Exception]]:
        """Send inputs with settings that the run adds."""
        job.sent += 1
        reply = yield Request(self.argument([job.inputs[index] for index in indices]), settings)
        if isinstance(reply, AzureError) and not _ends_run(reply):
            return reply
        if isinstance(reply, BaseException):  # a bug in the call, or an error of every request
            self._end(job, reply)
        self.accepted = True
        return self._place(job, indices, reply)

    def _place(self, job: Job, indices: List[int], result: Any) -> Optional[Exception]:
        """Record the content of a result for its inputs; return an error if it does not fit them."""
        usage = usage_of(unwrap(result)) if isinstance(result, Model) else {}
        add_usage(job.usage, usage)
        try:
            content, kept = self.read(result, len(indices))
        except TypeError as error:
            self._end(job, error)
        except ValueError as error:
            return ResponseDecodeError(str(error))
        job.parts.append(Part(indices, content))
        job.record(indices, usage, kept)
        return None

    def _fail(self, job: Job, indices: List[int], error: Exception) -> None:
        job.failure = error
        job.errors.update(dict.fromkeys(indices, self._kept(error)))

    def _refuse(self, job: Job, index: int, error: Exception) -> None:
        """Fail an input that the service refuses. If it refuses all for one reason, end the run."""
        if not self.accepted and not isinstance(error, _OF_ONE_INPUT):
            reason = (getattr(error, "status_code", None), getattr(getattr(error, "error", None), "code", None))
            if reason in self._reasons:
                self._end(job, error)
            self._reasons.add(reason)
        job.errors[index] = self._kept(error)
        if len(self._refused) < _MOST_REMEMBERED:
            self._refused[digest_of(job.inputs[index])] = error

    def _end(self, job: Job, error: BaseException) -> NoReturn:
        job.ending = error
        raise _EndedError

    def _kept(self, error: Exception) -> Exception:
        """Return an error without its traceback if it is kept, so that it keeps no frames alive."""
        return error.with_traceback(None) if self.keeps else error

    def _count_failures(self, job: Job) -> None:
        if job.failure is not None and not job.parts:
            self._failed_in_a_row += 1
            if self.keeps and self._failed_in_a_row >= _MOST_FAILED_IN_A_ROW:
                job.ending = job.failure
        elif job.sent:
            self._failed_in_a_row = 0


class EmbeddingRules(Rules):
    """The rules of embeddings, which arrive as base64 unless a format was requested.

    :param kind: the type of the inputs.
    :param encoding_format: the format that the caller asked for; None for none.
    """

    def __init__(self, kind: Type[Any], encoding_format: Any, *, keeps: bool) -> None:
        super().__init__(keeps=keeps)
        self.encoding_format = encoding_format
        self._kind = kind
        self._width: Optional[int] = None
        self._asks_base64 = encoding_format is None
        self._base64_accepted = False

    def problem_of(self, given: Any) -> Optional[Exception]:
        if isinstance(given, self._kind):
            return None
        wanted = "a text" if self._kind is str else "an image as a mapping"
        return TypeError(f"An input must be {wanted}, not {type(given).__name__}.")

    def _try(self, job: Job, indices: List[int]) -> Generator[Request, Any, Optional[Exception]]:
        """Request base64; if that may be why the service refuses, try again without."""
        if not self._asks_base64:
            return (yield from self._ask(job, indices, {}))
        error = yield from self._ask(job, indices, {"encoding_format": "base64"})
        if error is None:
            self._base64_accepted = True
        elif _is_refusal(error) and not self._base64_accepted:
            error = yield from self._ask(job, indices, {})
            self._asks_base64 = self._asks_base64 and error is not None
        return error

    def read(self, result: Any, count: int) -> Tuple[Any, List[Any]]:
        if not isinstance(result, EmbeddingsResult):
            raise TypeError(f"The result must be that of embed(), not {type(result).__name__}.")
        rows = in_order(unwrap(result).get("data"), count)
        return self.read_again(rows), rows

    def read_again(self, contents: List[Any]) -> Vectors:
        vectors = pack(contents, self.encoding_format)
        if self._width is not None and vectors.width != self._width:
            raise ValueError(f"The vectors have {vectors.width} numbers; those before have {self._width}.")
        self._width = vectors.width
        return vectors


def _is_refusal(error: Exception) -> bool:
    """Return whether the service refuses the inputs themselves."""
    return isinstance(error, _OF_ONE_INPUT) or getattr(error, "status_code", None) in _REFUSED


def _ends_run(error: AzureError) -> bool:
    """Return whether all further requests would fail too: credential, route or limit."""
    if isinstance(error, ServiceOverloadedError):
        return error.retry_after is not None
    kinds = (ClientAuthenticationError, RateLimitError, ResourceNotFoundError)
    return isinstance(error, kinds) or getattr(error, "status_code", None) in _ENDING
