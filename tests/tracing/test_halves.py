"""Lone surrogates, as of an emoji that JSON holds cut in two: exporters refuse a whole batch that contains one."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Mapping, Sequence, Tuple

import pytest
from azure.core.exceptions import HttpResponseError
from worlds import World, opened, updates_of, wait

from azure.ai.inference._core.texts import encodable
from azure.ai.inference.testing import LocalService, Reply, Stream
from azure.ai.inference.tracing import AIInferenceInstrumentor

from .harness import Telemetry, attributes, choice, piece, status, whole

HALF = "cut \ud83d off"
WHOLE = "cut \ufffd off"
CALLS: Dict[str, Any] = {"content": HALF, "tool_calls": [{"id": HALF, "function": {"name": HALF, "arguments": HALF}}]}
MESSAGES = [{"role": HALF, "content": HALF}, {"role": "user", "content": HALF}]
TOOLS = [{"type": HALF, "function": {"name": HALF, "description": HALF}}]


def texts_in(value: Any) -> Iterator[str]:
    """Yield all texts in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from texts_in([*value.keys(), *value.values()])
    elif isinstance(value, Sequence):
        for item in value:
            yield from texts_in(item)


def exported(telemetry: Telemetry) -> Iterator[str]:
    """Return all texts that exporters get."""
    for span in telemetry.spans:
        yield from texts_in([span.name, span.status.description, attributes(span)])
        for event in span.events:
            yield from texts_in([event.name, dict(event.attributes or {})])
    for log in telemetry.logs:
        yield from texts_in([attributes(log), log.body])
    for name, points in telemetry.metrics().items():
        yield from texts_in([name, [attributes(point) for point in points]])


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", ["", "gen_ai_latest_experimental"], ids=["default", "latest"])
async def test_f6_responses(
    client: Any, service: LocalService, telemetry: Telemetry, tracer: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No recorded text of a request, a response or a stream contains a lone surrogate."""
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", mode)
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_AND_EVENT")
    AIInferenceInstrumentor().instrument(None if mode else True)
    named = {"id": HALF, "model": HALF}
    service.answer(whole(choice(finish_reason=HALF, **CALLS), **named))
    service.answer(Stream([piece(CALLS, HALF, **named)]))
    given = {
        "messages": MESSAGES,
        "model": HALF,
        "stop": [HALF],
        "tools": TOOLS,
        "model_extras": {"reasoning_effort": HALF},
    }
    await wait(client.complete(**given))
    await updates_of(await wait(client.complete(**given, stream=True)))

    texts = list(exported(telemetry))
    assert WHOLE in texts
    assert f"chat {WHOLE}" in texts
    assert [text for text in texts if encodable(text) != text] == []


ERRORS: Dict[str, Tuple[Any, bool]] = {
    "an error": (Reply(400, {"error": {"code": HALF, "message": HALF}}), False),
    "an error with status 200": (Reply(200, {"error": {"code": HALF, "message": HALF}}), False),
    "an error in a stream": (Stream([{"error": {"code": HALF, "message": HALF}}]), True),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", ["", "gen_ai_latest_experimental"], ids=["default", "latest"])
@pytest.mark.parametrize("says", ERRORS)
async def test_f6_errors(
    client: Any,
    service: LocalService,
    telemetry: Telemetry,
    tracer: str,
    mode: str,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No recorded text of an error contains a lone surrogate, and neither does the error itself."""
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", mode)
    AIInferenceInstrumentor().instrument()
    reply, streamed = ERRORS[says]
    service.answer(reply)
    with pytest.raises(HttpResponseError) as caught:
        await updates_of(await wait(client.complete(messages=MESSAGES, model="m", stream=streamed)))

    assert WHOLE in str(caught.value)
    texts = list(exported(telemetry))
    assert WHOLE in str(status(telemetry.call))
    assert [text for text in texts if encodable(text) != text] == []


@pytest.mark.asyncio
async def test_f6_error_of_a_program(
    world: World, service: LocalService, telemetry: Telemetry, tracer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of a program's own, and its causes, are recorded without lone surrogates."""

    def fail(_: Any) -> None:
        raise RuntimeError(HALF) from ValueError(HALF)

    AIInferenceInstrumentor().instrument()
    for mode in ("", "gen_ai_latest_experimental"):
        monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", mode)
        AIInferenceInstrumentor().instrument()
        async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
            with pytest.raises(RuntimeError):
                await wait(client.complete(messages=MESSAGES, raw_request_hook=fail))

    texts = list(exported(telemetry))
    assert texts
    assert [text for text in texts if encodable(text) != text] == []


@pytest.mark.asyncio
@pytest.mark.parametrize("call", ["embed", "get_model_info"])
async def test_f6_spans_of_azure_core(
    world: World, service: LocalService, telemetry: Telemetry, tracer: str, call: str
) -> None:
    """The spans that azure-core makes around our methods record our errors without lone surrogates."""
    AIInferenceInstrumentor().instrument()
    service.answer(Reply(500, {"error": {"code": HALF, "message": HALF}}))
    async with opened(world.EmbeddingsClient(service.endpoint, service.credential, retry_total=0)) as client:
        with pytest.raises(HttpResponseError):
            await wait(client.embed(input=["a"]) if call == "embed" else client.get_model_info())

    texts = list(exported(telemetry))
    assert any(WHOLE in text for text in texts)
    assert [text for text in texts if encodable(text) != text] == []


def test_encodable() -> None:
    """Only lone surrogates are replaced; a pair becomes its character."""
    for text in ("", "plain", "\xe9t\xe9 \U0001f600", "\x00\x7f\ufffd"):
        assert encodable(text) is text
    assert encodable("\ud83d\ude00") == "\U0001f600"
    assert encodable("a\ude00\ud83db") == "a\ufffd\ufffdb"
