"""The plan of a run: its checked arguments, and the calls that its client makes."""

from __future__ import annotations

import operator
from collections.abc import Mapping as MappingABC
from functools import partial
from typing import Any, Callable, Mapping, NamedTuple, Optional, Union

from typing_extensions import Literal

from azure.ai.inference._core.body import UNSET
from azure.ai.inference._core.hiding import hide
from azure.ai.inference._core.operations import CHAT, EMBED, EMBED_IMAGES, Operation
from azure.ai.inference._json import type_of
from azure.ai.inference._pipeline.limiter import AdaptiveLimiter
from azure.ai.inference.models._models import FilePath
from azure.ai.inference.runs._progress import Report, report_to
from azure.ai.inference.runs._prompts import ChatRules
from azure.ai.inference.runs._refusals import EmbeddingRules, Rules
from azure.ai.inference.runs._results import ChatOutcome, batch_of
from azure.ai.inference.runs._window import RunProgress

OnError = Literal["raise", "keep"]
Progress = Union[bool, Callable[[RunProgress], object]]


class Calls(NamedTuple):
    """The calls that a client makes for a run."""

    send: Callable[..., Any]
    """Makes a call with some inputs and settings, and returns its result, or an awaitable of it."""
    settings: Mapping[str, Any]
    """The settings of all calls, those of the client included."""
    shape: Mapping[str, Any]
    """What shapes the responses: the service and the settings."""
    limiter: AdaptiveLimiter


class RunOptions(NamedTuple):
    """The options of every run, as given."""

    max_concurrency: int
    in_order: bool
    on_error: OnError
    progress: Progress
    checkpoint: Optional[FilePath]


class TextBatches(NamedTuple):
    """The limits of a batch of texts, as given."""

    batch_size: int
    batch_tokens: int
    count_tokens: Optional[Callable[[str], int]]


class Batches(NamedTuple):
    """The limits of a batch."""

    most: int = 1
    """The most inputs."""
    most_tokens: float = 1
    size_of: Callable[[Any], float] = lambda _: 0
    """Returns the tokens of an input."""


class Plan(NamedTuple):
    """The checked arguments of a run."""

    calls: Calls
    rules: Rules
    result_of: Callable[[Any], Any]
    """Returns the result of a job."""
    batches: Batches
    max_concurrency: int
    in_order: bool
    report: Optional[Report]
    checkpoint: Optional[FilePath]


def plan_texts(client: Any, keywords: Mapping[str, Any], options: RunOptions, batches: TextBatches) -> Plan:
    """Return the plan of a run of embeddings of texts.

    :raises TypeError: for a number or function of a wrong type.
    :raises ValueError: for a number below 1, or an unknown ``on_error``.
    """
    calls, count_tokens = _calls_of(client, EMBED, keywords), batches.count_tokens
    most, most_tokens = _number("batch_size", batches.batch_size), _number("batch_tokens", batches.batch_tokens)
    if count_tokens is not None and not callable(count_tokens):
        raise TypeError(f"count_tokens must be a function, not {type(count_tokens).__name__}")
    return _plan_embeddings(calls, options, Batches(most, most_tokens, _size_by(count_tokens)), str)


def plan_images(client: Any, keywords: Mapping[str, Any], options: RunOptions, batch_size: int) -> Plan:
    """Return the plan of a run of embeddings of images. It raises the errors of :func:`plan_texts`."""
    calls = _calls_of(client, EMBED_IMAGES, keywords)
    return _plan_embeddings(calls, options, Batches(_number("batch_size", batch_size)), MappingABC)


def plan_chats(client: Any, keywords: Mapping[str, Any], options: RunOptions) -> Plan:
    """Return the plan of a run of chat completions. It raises the errors of :func:`plan_texts`."""
    calls = _calls_of(client, CHAT, keywords)
    return _plan(calls, options, Batches(), ChatRules(keeps=_keeps(options.on_error)), ChatOutcome)


def _calls_of(client: Any, operation: Operation, keywords: Mapping[str, Any]) -> Calls:
    """Return the calls of a run with these keywords."""
    settings, shape = client._shape_of(operation, hide(keywords))
    return Calls(partial(_call, client, operation, keywords), settings, shape, client._limiter_of_runs())


def _call(
    client: Any, operation: Operation, keywords: Mapping[str, Any], argument: Any, settings: Mapping[str, Any]
) -> Any:
    return client._invoke(operation, UNSET, {operation.required: argument}, {**keywords, **settings})


def _plan_embeddings(calls: Calls, options: RunOptions, batches: Batches, kind: type) -> Plan:
    encoding_format = calls.settings.get("encoding_format")
    rules = EmbeddingRules(kind, encoding_format, keeps=_keeps(options.on_error))
    return _plan(calls, options, batches, rules, partial(batch_of, encoding_format=encoding_format))


def _plan(calls: Calls, options: RunOptions, batches: Batches, rules: Rules, result_of: Callable[[Any], Any]) -> Plan:
    max_concurrency, report = _number("max_concurrency", options.max_concurrency), report_to(options.progress)
    return Plan(calls, rules, result_of, batches, max_concurrency, options.in_order, report, options.checkpoint)


def check_source(source: Any, *, asynchronous: bool = False) -> None:
    """Raise TypeError if the inputs of a run are a single one, or not iterable."""
    kind: Any = type_of(source)
    if isinstance(source, (str, bytes, bytearray, MappingABC)):
        raise TypeError(f"A run needs an iterable of inputs, not one {kind.__name__}: pass [...] for a single one.")
    if getattr(source, "ndim", 1) != 1:  # iterating over a table gives the names of its columns
        raise TypeError(f"A run needs an iterable of inputs, not a {kind.__name__} of {source.ndim} dimensions.")
    if hasattr(source, "__iter__") or hasattr(source, "__getitem__"):
        return
    if not (asynchronous and hasattr(source, "__aiter__")):
        raise TypeError(f"A run needs an iterable of inputs, not {kind.__name__}.")


def _number(name: str, value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):  # which integers of NumPy have, too
        raise TypeError(f"{name} must be an integer, not {type(value).__name__}")
    number = operator.index(value)
    if number < 1:
        raise ValueError(f"{name} must be at least 1, not {number}")
    return number


def _keeps(on_error: Any) -> bool:
    if on_error not in ("raise", "keep"):
        raise ValueError(f"on_error must be 'raise' or 'keep', not {on_error!r}")
    return bool(on_error == "keep")


def _size_by(count_tokens: Optional[Callable[[str], int]]) -> Callable[[Any], float]:
    """Return the estimate of a text's tokens: by default its bytes, as no tokenizer makes more of them."""

    def size_of(text: Any) -> float:
        if not isinstance(text, str):  # it fails without being sent
            return 0
        return len(text.encode("utf-8", "surrogatepass")) if count_tokens is None else count_tokens(text)

    return size_of
