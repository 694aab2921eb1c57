"""Errors pickle and copy with what they carry: pools of processes, task queues and test runners pass them on."""

from __future__ import annotations

import copy
import pickle
from typing import Any, Callable, Dict, List, Type

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError
from worlds import World, opened, updates_of, wait

from azure.ai.inference import exceptions, testing
from azure.ai.inference._schemas.shapes import MisfitError
from azure.ai.inference.models import ChatCompletions
from azure.ai.inference.testing import LocalService, Reply, Stream
from azure.ai.inference.tools import ToolRun

MESSAGES = [{"role": "user", "content": "Hi"}]
COPIES: List[Callable[[Any], Any]] = [
    copy.copy,
    copy.deepcopy,
    *(lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol)) for protocol in (2, 5)),
]
ERRORS: List[Type[BaseException]] = [
    *(one for one in map(exceptions.__dict__.get, exceptions.__all__) if issubclass(one, BaseException)),
    testing.UnmatchedRequestError,
    MisfitError,
]
#: A value for each attribute that our errors declare.
ATTRIBUTES: Dict[str, Any] = {
    "choice_index": 1,
    "completions": ChatCompletions({"choices": [{"index": 1, "message": {"content": "{"}}]}),
    "content": "{",
    "content_filter_result": {"hate": {"filtered": True}},
    "partial": {},
    "refusal": "No.",
    "request_id": "r1",
    "retry_after": 2.5,
    "run": ToolRun(MESSAGES),
}
#: Attributes in which azure-core notes the exception that was being handled; tracebacks cannot be pickled.
HANDLED = ("exc_value", "exc_traceback")


class Unpicklable(Exception):
    """An exception that a program handles while a call fails."""

    def __reduce__(self) -> Any:
        raise TypeError("cannot be pickled")


def facts(error: BaseException) -> Dict[str, Any]:
    """Return the attributes of an error, as values to compare."""
    shown = dict(vars(error))
    for name in HANDLED:
        shown.pop(name, None)
    if "run" in shown:
        shown["run"] = vars(shown["run"])
    if shown.get("response") is not None:
        shown["response"] = shown["response"].status_code
    for name in ("error", "inner_exception"):
        shown[name] = (type(shown.get(name)), str(shown.get(name)))
    return {**shown, "args": error.args, "str": str(error)}


@pytest.mark.parametrize("copied", COPIES, ids=["copy", "deepcopy", "protocol 2", "protocol 5"])
@pytest.mark.parametrize("kind", ERRORS)
def test_errors_carry_their_attributes(kind: Type[BaseException], copied: Callable[[Any], Any]) -> None:
    """A copy of an error has its text and all its attributes, whatever was being handled when it was made."""
    declared = {name for base in kind.__mro__ for name in vars(base).get("__annotations__", ())}
    try:
        raise Unpicklable
    except Unpicklable:
        error = kind("It failed.")
    for name in declared:
        setattr(error, name, ATTRIBUTES[name])

    made = copied(error)
    assert type(made) is kind
    assert facts(made) == facts(error)
    if isinstance(made, AzureError):
        assert [getattr(made, name) for name in HANDLED] == [None, None]


def says(content: Any, finish_reason: str = "stop", **message: Any) -> Reply:
    """Return a response with one choice."""
    choice = {"index": 0, "finish_reason": finish_reason, "message": {"content": content, **message}}
    return Reply(body={"id": "r", "created": 1, "model": "m", "choices": [choice]})


FAILURE = {"error": {"code": "rate_limit_exceeded", "message": "Slow down.", "metadata": {"a": [1]}}}
BEGUN = {"choices": [{"index": 0, "delta": {"content": "a"}}]}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("reply", "options", "kind"),
    [
        (Reply(429, FAILURE), {}, "RateLimitError"),
        (Reply(429, FAILURE), {"stream": True}, "RateLimitError"),
        (Reply(401, FAILURE), {}, "ClientAuthenticationError"),
        (Reply(200, "{"), {}, "ResponseDecodeError"),
        (Stream([FAILURE]), {"stream": True}, "RateLimitError"),
        (Stream([BEGUN, "data: {x}\n\n"]), {"stream": True}, "ResponseDecodeError"),
        (Stream([BEGUN], done=False), {"stream": True}, "IncompleteReadError"),
        (says("x"), {"response_format": Dict[str, int]}, "ResponseFormatError"),
        (says('{"a": "b"}'), {"response_format": Dict[str, int]}, "ResponseFormatError"),
        (says('{"a": 1', "length"), {"response_format": Dict[str, int]}, "ResponseTruncatedError"),
        (says(None, refusal="No."), {"response_format": Dict[str, int]}, "RefusalError"),
        (says("", "content_filter"), {"response_format": Dict[str, int]}, "ContentFilterError"),
    ],
)
async def test_errors_of_calls(world: World, service: LocalService, reply: Any, options: Any, kind: str) -> None:
    """The error of a call pickles and copies with its response, be it whole, a stream, or an object to parse."""
    service.answer(reply)
    client = world.ChatCompletionsClient(service.endpoint, AzureKeyCredential("k"), retry_total=0)
    async with opened(client):
        with pytest.raises(AzureError) as raised:
            if "response_format" in options:
                await wait(client.parse(messages=MESSAGES, **options))
            else:
                await updates_of(await wait(client.complete(messages=MESSAGES, **options)))
    error: Any = raised.value

    assert type(error).__name__ == kind
    assert error.response.status_code == reply.status if isinstance(reply, Reply) else 200
    for copied in COPIES:
        made = copied(error)
        assert type(made) is type(error)
        assert facts(made) == facts(error)
