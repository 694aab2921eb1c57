"""Tool calls have spans and a metric in latest mode, and nothing in default mode."""

from __future__ import annotations

import asyncio
from typing import Any, Dict, List, Optional

import pytest
from azure.core.settings import settings
from opentelemetry import trace
from opentelemetry.trace import SpanKind
from toolruns import ASK, asks, assistant, call, says
from worlds import World, wait

from azure.ai.inference.exceptions import ToolError
from azure.ai.inference.testing import LocalService
from azure.ai.inference.tracing import AIInferenceInstrumentor

from .harness import Telemetry, attributes, status

METRIC = "gen_ai.execute_tool.duration"
FAILED = "toolset.Failed"


def look(city: str) -> str:
    """Look up a city."""
    current.append(trace.get_current_span())
    if city == "error":
        raise Failed("no city: secret")
    if city == "report":
        raise ToolError("no such city")
    return f"{city} is nice"


class Failed(Exception):
    __module__, __qualname__ = "toolset", "Failed"


current: List[Any] = []


@pytest.fixture(autouse=True)
def forget() -> None:
    """Remove the spans of other tests."""
    current.clear()


def about(name: str = "look", call_id: str = "c1", **more: Any) -> Dict[str, Any]:
    """Return the attributes of a tool call's span."""
    return {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.call.id": call_id,
        "gen_ai.tool.type": "function",
        **{f"gen_ai.tool.{key.replace('__', '.')}": value for key, value in more.items()},
    }


async def run(client: Any, service: LocalService, *cities: str, **options: Any) -> Any:
    """Return a run whose first response asks for these cities."""
    calls = [call("look", f'{{"city": "{city}"}}', f"c{number}") for number, city in enumerate(cities, 1)]
    service.answer(asks(*calls), says())
    return await wait(client.run_tools(**{"messages": ASK, "tools": [look], "max_concurrency": 2, **options}))


def spans_of_tools(telemetry: Telemetry) -> List[Any]:
    """Return the spans of tool calls, in the order of the calls."""
    spans = [span for span in telemetry.spans if span.name.startswith("execute_tool")]
    return sorted(spans, key=lambda span: str(attributes(span)["gen_ai.tool.call.id"]))


@pytest.mark.asyncio
@pytest.mark.parametrize("limit", [1, 2])
async def test_r53_spans_of_calls(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, latest: None, limit: int
) -> None:
    """Requirements 53 and 54: tool calls have spans, in the right place of the trace."""
    AIInferenceInstrumentor().instrument()
    with trace.get_tracer("test").start_as_current_span("caller") as caller:
        await run(client, service, "Rome", "Oslo", max_concurrency=limit)

    spans = spans_of_tools(telemetry)
    assert [(span.name, span.kind, attributes(span), status(span)) for span in spans] == [
        ("execute_tool look", SpanKind.INTERNAL, about(), ("UNSET", None)),
        ("execute_tool look", SpanKind.INTERNAL, about(call_id="c2"), ("UNSET", None)),
    ]
    assert {span.parent.span_id for span in spans} == {caller.get_span_context().span_id}
    assert {span.context.span_id for span in spans} == {one.get_span_context().span_id for one in current}
    assert [name for name in telemetry.names if name.startswith("chat")] == ["chat", "chat"]
    begun = [(name, kind, given) for name, kind, given in telemetry.begun if name.startswith("execute_tool")]
    assert sorted(begun, key=str) == [
        ("execute_tool look", SpanKind.INTERNAL, about()),
        ("execute_tool look", SpanKind.INTERNAL, about(call_id="c2")),
    ]
    assert METRIC not in telemetry.metrics()


@pytest.mark.asyncio
async def test_r55_content(client: Any, service: LocalService, telemetry: Telemetry, tracer: str, latest: None) -> None:
    """Requirement 55: with content on spans, they have the description, the arguments and the result."""
    AIInferenceInstrumentor().instrument(True)
    await run(
        client, service, "R\u00f6m\ud83d", "report", "error", on_tool_error=lambda context, error: f"sorry: {error}"
    )

    first, second, third = spans_of_tools(telemetry)
    described = {"description": "Look up a city."}
    assert attributes(first) == about(
        **described, call__arguments='{"city": "R\\u00f6m\\ud83d"}', call__result="R\u00f6m\ufffd is nice"
    )
    assert status(first) == ("UNSET", None)
    assert attributes(second) == {
        **about(call_id="c2", **described, call__arguments='{"city": "report"}', call__result="no such city"),
        "error.type": "azure.ai.inference.exceptions.ToolError",
    }
    assert status(second) == ("ERROR", "no such city")
    assert attributes(third) == {
        **about(call_id="c3", **described, call__arguments='{"city": "error"}', call__result="sorry: no city: secret"),
        "error.type": FAILED,
    }
    assert status(third) == ("ERROR", "no city: secret")


@pytest.mark.asyncio
async def test_r55_no_content(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, latest: None
) -> None:
    """Requirement 55: without content, nothing that the model or a tool wrote is recorded."""
    AIInferenceInstrumentor().instrument(False)
    with pytest.raises(Failed):
        await run(client, service, "error")
    service.reset()
    await run(client, service, "report")

    failed, reported = spans_of_tools(telemetry)
    assert (attributes(failed), status(failed)) == ({**about(), "error.type": FAILED}, ("ERROR", None))
    assert attributes(reported) == {**about(), "error.type": "azure.ai.inference.exceptions.ToolError"}
    assert (status(reported), failed.events, telemetry.logs) == (("ERROR", None), (), [])


@pytest.mark.asyncio
async def test_r54_only_functions_that_are_called(
    client: Any, service: LocalService, telemetry: Telemetry, native: None, latest: None
) -> None:
    """Requirement 54: unknown names, arguments that do not fit and refusals have no span: nothing was called."""
    AIInferenceInstrumentor().instrument()
    calls = [call("gone"), call("look", "{}", "c2"), call("look", '{"city": "Rome"}', "c3")]
    service.answer(asks(*calls), says())
    await wait(client.run_tools(messages=ASK, tools=[look], approve=lambda context: False))

    assert spans_of_tools(telemetry) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("switch", ["latest", "both", "", "1.41"])
async def test_r56_metric(
    client: Any,
    service: LocalService,
    telemetry: Telemetry,
    tracer: str,
    latest: None,
    switch: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Requirement 56: the durations of calls are measured where the switch asks for the newer names."""
    monkeypatch.setenv("AZURE_TRACING_GEN_AI_METRICS", switch)
    AIInferenceInstrumentor().instrument()
    with pytest.raises(Failed):
        await run(client, service, "Rome", "error", max_concurrency=1)

    points = telemetry.metrics().get(METRIC, [])
    known = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look"}
    expected: List[Dict[str, Any]] = [known, {**known, "error.type": FAILED}]
    assert [attributes(point) for point in points] == (expected if switch in ("latest", "both") else [])
    assert all(point.count == 1 and 0 < point.sum < 60 for point in points)


@pytest.mark.asyncio
async def test_default_mode_has_nothing_new(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str
) -> None:
    """Requirement 53: default mode has the spans of the released package and no others."""
    AIInferenceInstrumentor().instrument(True)
    await run(client, service, "Rome")

    assert [name for name in telemetry.names if not name.startswith("POST")] == ["chat", "chat"]
    assert telemetry.metrics() == {}


@pytest.mark.asyncio
@pytest.mark.parametrize("options", [{"tracing_options": {"enabled": False}}, {}], ids=["call", "settings"])
async def test_switched_off(
    client: Any, service: LocalService, telemetry: Telemetry, native: None, latest: None, options: Any
) -> None:
    """Requirement 53: the switch for the spans of requests also switches off those of tool calls."""
    AIInferenceInstrumentor().instrument()
    settings.tracing_enabled = bool(options)
    await run(client, service, "Rome", **options)

    assert telemetry.spans == []


@pytest.mark.asyncio
async def test_no_tracer(client: Any, service: LocalService, telemetry: Telemetry, latest: None) -> None:
    """Requirement 11: without anything that makes spans, tools work."""
    AIInferenceInstrumentor().instrument()
    made = await run(client, service, "Rome")
    AIInferenceInstrumentor().uninstrument()

    assert (made.text, telemetry.spans) == ("Done.", [])


class Unspeakable(Exception):
    """An error without a text."""

    def __str__(self) -> str:
        raise ValueError


@pytest.mark.asyncio
async def test_r11_telemetry_does_no_harm(
    client: Any, service: LocalService, telemetry: Telemetry, native: None, latest: None
) -> None:
    """Requirement 11: an error of recording does not hide that of the tool."""

    def act() -> None:
        raise Unspeakable

    AIInferenceInstrumentor().instrument(True)
    service.answer(asks(call("act")))
    with pytest.raises(Unspeakable):
        await wait(client.run_tools(messages=ASK, tools=[act]))
    assert [span.name for span in spans_of_tools(telemetry)] == ["execute_tool act"]


@pytest.mark.asyncio
async def test_r54_cancelled_calls(
    world: World, service: LocalService, telemetry: Telemetry, native: None, latest: None
) -> None:
    """Requirement 54: a call that is cancelled ends its span, with the reason."""
    if world.name == "sync":
        pytest.skip("synchronous calls are not cancelled")
    AIInferenceInstrumentor().instrument()
    running = asyncio.Event()

    async def act() -> None:
        running.set()
        await asyncio.Event().wait()

    async with world.ChatCompletionsClient(service.endpoint, service.credential) as client:
        messages = [*ASK, assistant(call("act"))]
        task = asyncio.ensure_future(client.run_tools(messages=messages, tools=[act]))
        await running.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    (span,) = spans_of_tools(telemetry)
    found: Optional[Any] = attributes(span).get("error.type")
    assert (status(span), found) == (("ERROR", None), "asyncio.exceptions.CancelledError")
