"""The plan of a run: its checked arguments, and the calls that its client makes."""

from __future__ import annotations

import operator
from collections.abc import Mapping as MappingABC
from typing import Any, Callable, Mapping, NamedTuple, Optional, Union

from typing_extensions import Literal

from azure.ai.inference._json import type_of
from azure.ai.inference._pipeline.limiter import AdaptiveLimiter
from azure.ai.inference.models._models import FilePath
from azure.ai.inference.runs._progress import Report, report_to
from azure.ai.inference.runs._prompts import ChatRules
from azure.ai.inference.runs._refusals import EmbeddingRules, Rules
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


class Plan(NamedTuple):
    """The checked arguments of a run."""

    calls: Calls
    rules: Rules
    batch_size: int
    batch_tokens: float
    size_of: Callable[[Any], float]
    max_concurrency: int
    in_order: bool
    report: Optional[Report]
    checkpoint: Optional[FilePath]


def plan_embeddings(
    calls: Calls,
    kind: type,
    *,
    batch_size: int,
    batch_tokens: int = 1,
    count_tokens: Optional[Callable[[str], int]] = None,
    on_error: OnError,
    **options: Any,
) -> Plan:
    """Return the plan of a run of embeddings, of texts or of images.

    :raises TypeError: for a number or function of a wrong type.
    :raises ValueError: for a number below 1, or an unknown ``on_error``.
    """
    batch_size, batch_tokens = _number("batch_size", batch_size), _number("batch_tokens", batch_tokens)
    if count_tokens is not None and not callable(count_tokens):
        raise TypeError(f"count_tokens must be a function, not {type(count_tokens).__name__}")
    rules = EmbeddingRules(kind, calls.settings.get("encoding_format"), keeps=_keeps(on_error))
    size_of = _size_by(count_tokens) if kind is str else _no_size
    return _plan(calls, rules, batch_size, batch_tokens, size_of, **options)


def plan_chats(calls: Calls, *, on_error: OnError, **options: Any) -> Plan:
    """Return the plan of a run of chat completions.

    :raises TypeError: for a number or function of a wrong type.
    :raises ValueError: for a number below 1, or an unknown ``on_error``.
    """
    return _plan(calls, ChatRules(keeps=_keeps(on_error)), 1, 1, _no_size, **options)


def _plan(
    calls: Calls,
    rules: Rules,
    batch_size: int,
    batch_tokens: float,
    size_of: Callable[[Any], float],
    *,
    max_concurrency: int,
    in_order: bool,
    progress: Progress,
    checkpoint: Optional[FilePath],
) -> Plan:
    max_concurrency = _number("max_concurrency", max_concurrency)
    report = report_to(progress)
    return Plan(calls, rules, batch_size, batch_tokens, size_of, max_concurrency, in_order, report, checkpoint)


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


def _no_size(_: Any) -> float:
    return 0


def _size_by(count_tokens: Optional[Callable[[str], int]]) -> Callable[[Any], float]:
    """Return the estimate of a text's tokens: by default its bytes, as no tokenizer makes more of them."""

    def size_of(text: Any) -> float:
        if not isinstance(text, str):  # it fails without being sent
            return 0
        return len(text.encode("utf-8", "surrogatepass")) if count_tokens is None else count_tokens(text)

    return size_of
