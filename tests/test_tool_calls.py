"""Tool calls as models write them: the loop reads any response, and the chat stays one that can be sent."""

from __future__ import annotations

import json
from typing import Any, Dict, List

from hypothesis import given
from hypothesis import strategies as st
from toolruns import ASK, call

from azure.ai.inference._model_base import wrap
from azure.ai.inference.models import ChatCompletions
from azure.ai.inference.tools._loop import ToolLoop, ToolRunArguments

VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(["act", "{}"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)


def some(**fields: Any) -> Any:
    """Return an object with some of these fields, or any other value."""
    return st.one_of(st.fixed_dictionaries({}, optional=fields), VALUES)


FUNCTIONS = some(
    name=st.sampled_from(["act", "gone"]) | VALUES, arguments=st.sampled_from(["{}", '{"a": 1}', "{"]) | VALUES
)
CALLS = some(id=st.sampled_from(["c1", ""]) | VALUES, type=VALUES, function=FUNCTIONS, custom=FUNCTIONS, own=VALUES)
MESSAGES = some(
    content=VALUES, tool_calls=st.lists(CALLS, max_size=3) | VALUES, reasoning_content=VALUES, refusal=VALUES
)
CHOICES = some(index=VALUES, finish_reason=VALUES.filter(lambda value: value != "length"), message=MESSAGES)
RESPONSES = st.fixed_dictionaries({"choices": st.lists(CHOICES, max_size=2) | VALUES}, optional={"usage": VALUES})


def act(a: int = 0) -> int:
    return a


def loop_of(messages: List[Any]) -> ToolLoop:
    """Return a loop over one tool."""
    arguments = ToolRunArguments(messages, [act], None, 9, None, None, None, None)
    return ToolLoop({}, {}, arguments, awaits=False, at_once=None)


@given(RESPONSES)
def test_nothing_that_a_model_writes_is_an_error(response: Dict[str, Any]) -> None:
    """Each call has a result under its own id, in a chat that is JSON, or the run has ended."""
    loop = loop_of(ASK)
    assert loop.resume() == []
    planned = loop.take(wrap(ChatCompletions, response))
    for one in planned:
        if one.function is not None:
            loop.give(one, one.make())
    loop.record(planned)

    run = loop.run
    asked = [one["id"] for one in run.messages[1].get("tool_calls", ())] if len(run.messages) > 1 else []
    assert [message["tool_call_id"] for message in run.messages[2:]] == asked
    assert all(isinstance(one, str) and one for one in asked)
    assert loop.ended is not bool(asked)
    json.dumps([run.messages, run.usage and run.usage.as_dict(), run.text])


@given(st.lists(st.sampled_from(["c1", "c2", "c3"])))
def test_each_result_answers_one_call(ids: List[str]) -> None:
    """Calls that share an id have a result each: as many are made again as results are missing."""
    calls = [call("act", "{}", one) for one in ids]
    for answered in range(len(ids) + 1):
        results = [{"role": "tool", "tool_call_id": one, "content": "0"} for one in reversed(ids[:answered])]
        loop = loop_of([*ASK, {"role": "assistant", "tool_calls": calls}, *results])
        assert sorted(one.call.id for one in loop.resume()) == sorted(ids[answered:])
