"""Messages by the current conventions: their form, and the places where they are recorded."""

from __future__ import annotations

import json
import logging
from typing import Any, Dict, List

import pytest
from worlds import updates_of, wait

from azure.ai.inference import models
from azure.ai.inference.testing import LocalService, Reply, Stream
from azure.ai.inference.tracing import AIInferenceInstrumentor
from azure.ai.inference.tracing._messages import input_messages, output_messages, tool_definitions

from .harness import HAS_EVENTS, HELLO, Telemetry, attributes, choice, piece, whole

pytestmark = pytest.mark.usefixtures("latest")

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
DETAILS = "gen_ai.client.inference.operation.details"
SAID = {"role": "assistant", "parts": [{"type": "text", "content": "Hello"}], "finish_reason": "stop"}
ASKED = {"role": "user", "parts": [{"type": "text", "content": "hi"}]}
TOOL = {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object"}}}
DEFINED = {"type": "function", "name": "look", "description": "Looks.", "parameters": {"type": "object"}}


@pytest.mark.parametrize(
    ("capture", "on_span", "in_log"),
    [
        ("", False, None),
        ("no_content", False, None),
        ("false", False, None),
        ("True", True, None),
        ("span_only", True, None),
        ("EVENT_ONLY", False, True),
        ("Span_And_Event", True, True),
    ],
)
@pytest.mark.asyncio
async def test_r33_r38_where_content_goes(
    client: Any,
    service: LocalService,
    telemetry: Telemetry,
    tracer: str,
    monkeypatch: pytest.MonkeyPatch,
    capture: str,
    on_span: bool,
    in_log: Any,
) -> None:
    """Requirements 33, 34 and 38: messages are recorded where the user has asked for, and nowhere else."""
    monkeypatch.setenv(CAPTURE, capture)
    AIInferenceInstrumentor().instrument()
    service.answer(whole(choice()))
    await wait(client.complete(messages=HELLO, tools=[TOOL], model="m"))

    content = {
        "gen_ai.input.messages": [ASKED],
        "gen_ai.output.messages": [SAID],
        "gen_ai.tool.definitions": [DEFINED],
    }
    told = attributes(telemetry.call)
    recorded = {name: json.loads(told.pop(name)) for name in content if name in told}
    assert recorded == (content if on_span else {})
    assert [log.event_name for log in telemetry.logs] == ([DETAILS] if in_log and HAS_EVENTS else [])
    for log in telemetry.logs:
        assert telemetry.call.context is not None
        assert (log.trace_id, log.span_id) == (telemetry.call.context.trace_id, telemetry.call.context.span_id)
        assert unfrozen(attributes(log)) == unfrozen({**told, **content})


def unfrozen(value: Any) -> Any:
    """Return a value with its tuples as lists."""
    if isinstance(value, dict):
        return {name: unfrozen(item) for name, item in value.items()}
    return [unfrozen(item) for item in value] if isinstance(value, (list, tuple)) else value


def test_r33_unknown_modes_are_warned_of_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Requirement 33: a misspelt mode is warned of once, and records no content."""
    monkeypatch.setenv(CAPTURE, "everything")
    instrumentor = AIInferenceInstrumentor()
    with caplog.at_level(logging.WARNING):
        instrumentor.instrument()
        instrumentor.instrument()

    assert instrumentor.is_content_recording_enabled() is False
    assert caplog.messages == [f"{CAPTURE} has the unknown value 'everything': no content is recorded."]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("emit", "capture", "emitted", "told"),
    [("true", "NO_CONTENT", True, False), ("false", "EVENT_ONLY", False, False), ("true", "EVENT_ONLY", True, True)],
)
async def test_r38_log_records_by_their_own_switch(
    client: Any,
    telemetry: Telemetry,
    native: None,
    monkeypatch: pytest.MonkeyPatch,
    emit: str,
    capture: str,
    emitted: bool,
    told: bool,
) -> None:
    """Requirement 38: log records, and content in them, each follow their own switch."""
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT", emit)
    monkeypatch.setenv(CAPTURE, capture)
    AIInferenceInstrumentor().instrument()
    await wait(client.complete(messages=HELLO))

    assert [log.event_name for log in telemetry.logs] == [DETAILS] * (emitted and HAS_EVENTS)
    assert any("gen_ai.input.messages" in attributes(log) for log in telemetry.logs) is (told and HAS_EVENTS)


@pytest.mark.asyncio
async def test_r34_streams_and_failures(client: Any, service: LocalService, telemetry: Telemetry, native: None) -> None:
    """Requirement 34: a streamed response and the messages of a failed call are recorded."""
    AIInferenceInstrumentor().instrument(True)
    call = {"index": 0, "id": "t0", "function": {"name": "look", "arguments": '{"a": 1}'}}
    updates = [piece({"reasoning_content": "Hm."}), piece({"content": "See"}), piece({"tool_calls": [call]})]
    service.answer(Stream([*updates, piece({}, "tool_calls")]), Reply(400))
    await updates_of(await wait(client.complete(messages=HELLO, stream=True)))
    with pytest.raises(Exception, match="Bad Request"):
        await wait(client.complete(messages=HELLO))

    streamed, failed = [attributes(span) for span in telemetry.spans if span.name == "chat"]
    parts = [
        {"type": "reasoning", "content": "Hm."},
        {"type": "text", "content": "See"},
        {"type": "tool_call", "id": "t0", "name": "look", "arguments": {"a": 1}},
    ]
    (message,) = json.loads(streamed["gen_ai.output.messages"])
    assert message == {"role": "assistant", "parts": parts, "finish_reason": "tool_call"}
    assert json.loads(failed["gen_ai.input.messages"]) == [ASKED]
    assert "gen_ai.output.messages" not in failed


@pytest.mark.asyncio
async def test_r34_split_reasoning(client: Any, service: LocalService, telemetry: Telemetry, native: None) -> None:
    """Requirement 34: a call that splits reasoning records it as such, whole and streamed."""
    AIInferenceInstrumentor().instrument(True)
    updates = [piece({"content": text}) for text in ("<think>Hm", ".</think>", "See")]
    service.answer(whole(choice("<think>Hm.</think>See")), Stream([*updates, piece({}, "stop")]))
    await wait(client.complete(messages=HELLO, split_reasoning=True))
    await updates_of(await wait(client.complete(messages=HELLO, stream=True, split_reasoning=True)))

    parts = [{"type": "reasoning", "content": "Hm."}, {"type": "text", "content": "See"}]
    recorded = [
        json.loads(attributes(span)["gen_ai.output.messages"]) for span in telemetry.spans if span.name == "chat"
    ]
    assert recorded == [[{"role": "assistant", "parts": parts, "finish_reason": "stop"}]] * 2


def blob(mime_type: Any, modality: str, content: str) -> Dict[str, Any]:
    """Return a part that contains bytes."""
    return {"type": "blob", "mime_type": mime_type, "modality": modality, "content": content}


PNG = models.ImageContentItem(image_url=models.ImageUrl(url="data:image/png;base64,AAEC"))
WAV = models.AudioContentItem(input_audio=models.InputAudio(data="AAEC", format="wav"))
MP3 = models.AudioContentItem(input_audio=models.InputAudio(data="AAEC", format=models.AudioContentFormat.MP3))
TOOL_CALL = models.ChatCompletionsToolCall(id="t0", function=models.FunctionCall(name="f", arguments='{"a": [1]}'))

MAPPED: List[Any] = [
    (models.SystemMessage("Be brief."), {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]}),
    (models.DeveloperMessage("Hm."), {"role": "developer", "parts": [{"type": "text", "content": "Hm."}]}),
    (
        {"role": models.ChatRole.USER, "content": "hi", "name": "Ann"},
        {"role": "user", "parts": [{"type": "text", "content": "hi"}], "name": "Ann"},
    ),
    (
        models.UserMessage([models.TextContentItem(text="look"), PNG, WAV, MP3]),
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "look"},
                blob("image/png", "image", "AAEC"),
                blob("audio/wav", "audio", "AAEC"),
                blob("audio/mpeg", "audio", "AAEC"),
            ],
        },
    ),
    (
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": "https://host/a.png", "detail": "low"}},
                {"type": "audio_url", "audio_url": {"url": "https://host/a.mp3"}},
                {"type": "audio_url", "audio_url": {"url": "data:audio/wav,%00%01"}},
                {"type": "image_url", "image_url": {"url": "data:;base64,AAEC"}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"type": "uri", "mime_type": None, "modality": "image", "uri": "https://host/a.png"},
                {"type": "uri", "mime_type": None, "modality": "audio", "uri": "https://host/a.mp3"},
                blob("audio/wav", "audio", "AAE="),
                blob(None, "image", "AAEC"),
            ],
        },
    ),
    (
        {"role": "user", "content": [{"type": "smell", "of": "roses"}, "bare"]},
        {"role": "user", "parts": [{"type": "smell", "of": "roses"}, {"type": "text", "content": "bare"}]},
    ),
    (
        models.AssistantMessage(tool_calls=[TOOL_CALL]),
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "t0", "name": "f", "arguments": {"a": [1]}}]},
    ),
    (
        {"role": "assistant", "content": "x", "tool_calls": [{"function": {"name": "f", "arguments": "{broken"}}]},
        {
            "role": "assistant",
            "parts": [
                {"type": "text", "content": "x"},
                {"type": "tool_call", "id": None, "name": "f", "arguments": "{broken"},
            ],
        },
    ),
    (
        {"role": "assistant", "tool_calls": [{"id": "t1", "type": "custom", "custom": {"name": "g", "input": "{}"}}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "t1", "name": "g", "arguments": "{}"}]},
    ),
    (
        {"role": "assistant", "content": "x", "reasoning": "Hm."},
        {
            "role": "assistant",
            "parts": [{"type": "reasoning", "content": "Hm."}, {"type": "text", "content": "x"}],
        },
    ),
    (
        models.UserMessage(
            [
                models.FileContentItem(file=models.InputFile(file_id="f1")),
                models.FileContentItem(file=models.InputFile(file_data="data:application/pdf;base64,AAEC")),
                models.FileContentItem(file=models.InputFile(file_data="AAEC", filename="a.pdf")),
            ]
        ),
        {
            "role": "user",
            "parts": [
                {"type": "file", "mime_type": None, "modality": "document", "file_id": "f1"},
                blob("application/pdf", "document", "AAEC"),
                blob(None, "document", "AAEC"),
            ],
        },
    ),
    (
        models.ToolMessage("res", tool_call_id="t0"),
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "t0", "response": "res"}]},
    ),
]


@pytest.mark.parametrize(("message", "expected"), MAPPED)
def test_r35_messages(message: Any, expected: Dict[str, Any]) -> None:
    """Requirements 34 to 36: a recorded message follows the conventions, and is complete."""
    assert input_messages([message], binary=True) == [expected]


@pytest.mark.parametrize("message", [message for message, expected in MAPPED if "blob" in repr(expected)])
def test_r36_bytes_are_left_out(message: Any) -> None:
    """Requirement 36: the bytes of images and audio are not recorded by default."""
    (told,) = input_messages([message], binary=False)

    contents = [part["content"] for part in told["parts"] if part["type"] == "blob"]
    assert contents == [""] * len(contents)
    assert contents


@pytest.mark.asyncio
@pytest.mark.parametrize(("variable", "content"), [("", ""), ("true", "AAEC"), ("1", "")])
async def test_r36_bytes_by_their_switch(
    client: Any, telemetry: Telemetry, native: None, monkeypatch: pytest.MonkeyPatch, variable: str, content: str
) -> None:
    """Requirement 36: the switch for bytes records them."""
    monkeypatch.setenv("AZURE_TRACING_GEN_AI_INCLUDE_BINARY_DATA", variable)
    AIInferenceInstrumentor().instrument(True)
    await wait(client.complete(messages=[models.UserMessage([PNG])]))

    (message,) = json.loads(attributes(telemetry.call)["gen_ai.input.messages"])
    assert message == {"role": "user", "parts": [blob("image/png", "image", content)]}


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        (TOOL, DEFINED),
        (
            models.ChatCompletionsToolDefinition(function=models.FunctionDefinition(name="f")),
            {"type": "function", "name": "f"},
        ),
        ({"type": "search", "name": "web"}, {"type": "search", "name": "web"}),
        (
            models.ChatCompletionsCustomToolDefinition(custom=models.CustomToolDefinition(name="g", description="d")),
            {"type": "custom", "name": "g", "description": "d"},
        ),
    ],
)
def test_r37_tools(tool: Any, expected: Dict[str, Any]) -> None:
    """Requirement 37: the tools of a call are recorded."""
    assert tool_definitions([tool]) == [expected]


def test_r35_answers() -> None:
    """Requirement 35: finish reasons are those of the conventions, and all choices are recorded."""
    said = [choice("a"), choice("b", "tool_calls", 1), choice(None, None, 2), {"index": 3}]

    assert [(message["parts"], message["finish_reason"]) for message in output_messages(said)] == [
        ([{"type": "text", "content": "a"}], "stop"),
        ([{"type": "text", "content": "b"}], "tool_call"),
        ([], "error"),
        ([], "error"),
    ]
