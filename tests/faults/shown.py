"""Everything that an error can show: its texts, those of its causes, and the variables of our frames."""

from __future__ import annotations

import base64
import traceback
from typing import Any, Iterator, List, NamedTuple, Set

from .calls import KEY

TOKEN = "token-that-nobody-may-see"
PASSWORD = "password-that-nobody-may-see"
LOGIN = f"someone:{PASSWORD}"
#: What no text may hold: keys, tokens and passwords as they are written, and as they are sent.
SECRETS = (KEY, TOKEN, PASSWORD, base64.b64encode(LOGIN.encode()).decode())

_CHAINED = ("__cause__", "__context__", "inner_exception", "exc_value")
_PACKAGE = "azure/ai/inference"


class Shown(NamedTuple):
    """A text, and its place."""

    where: str
    text: str


def chain_of(error: BaseException) -> List[BaseException]:
    """Return the error and all errors that can be reached from it."""
    found: List[BaseException] = []
    seen: Set[int] = set()
    waiting: List[Any] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            found.append(one)
            waiting += [getattr(one, name, None) for name in _CHAINED]
            waiting += [*one.args, *vars(one).values(), *getattr(one, "exceptions", ())]
    return found


def shown_by(error: BaseException) -> Iterator[Shown]:
    """Return all texts that printing, logging or inspecting an error and its causes can show."""
    for one in chain_of(error):
        name = type(one).__name__
        yield Shown(f"str of {name}", str(one))
        yield Shown(f"repr of {name}", repr(one))
        yield Shown(f"args of {name}", repr(one.args))
        for attribute, value in vars(one).items():
            yield Shown(f"{name}.{attribute}", f"{value!r} {value}")
            if not isinstance(value, BaseException) and attribute not in ("response", "model"):
                yield Shown(f"vars of {name}.{attribute}", repr(getattr(value, "__dict__", "")))
                yield Shown(f"headers of {name}.{attribute}", repr(getattr(value, "headers", "")))
        # a traceback also has lines of code, which hold no secret
        yield Shown(f"end of the traceback of {name}", "".join(traceback.format_exception_only(type(one), one)))
        yield from variables_of(one)


def variables_of(error: BaseException) -> Iterator[Shown]:
    """Return the variables of our package's frames in a traceback, as tools print them."""
    frames = traceback.walk_tb(error.__traceback__)
    ours = ((frame, line) for frame, line in frames if _PACKAGE in frame.f_code.co_filename.replace("\\", "/"))
    for summary in traceback.StackSummary.extract(ours, lookup_lines=False, capture_locals=True):
        for name, text in (summary.locals or {}).items():
            yield Shown(f"{name} in {summary.filename}:{summary.lineno}", text)


def secrets_shown_by(error: BaseException) -> List[Shown]:
    """Return the places where an error shows a secret. There must be none."""
    return secrets_in(shown_by(error))


def secrets_in(texts: Iterator[Shown]) -> List[Shown]:
    """Return the texts that contain a secret."""
    return [one for one in texts if any(secret in one.text for secret in SECRETS)]
