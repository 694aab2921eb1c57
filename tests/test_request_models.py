"""The models of requests that the released package does not have, and the JSON that they stand for."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from azure.ai.inference._model_base import Model
from azure.ai.inference.models import (
    AssistantMessage,
    AudioUrl,
    AudioUrlContentItem,
    ChatCompletionsAudioOptions,
    ChatCompletionsCustomToolDefinition,
    ChatCompletionsModality,
    ChatCompletionsPrediction,
    ChatCompletionsStreamOptions,
    ChatCompletionsToolCall,
    ChatRequestAudioReference,
    CustomToolCall,
    CustomToolDefinition,
    DeveloperMessage,
    FileContentItem,
    FunctionCall,
    FunctionDefinition,
    ImagePrompt,
    InputFile,
    ReasoningEffort,
    ServiceTier,
    SystemMessage,
    TextContentItem,
    ToolMessage,
    UserMessage,
    UserSecurityContext,
    Verbosity,
)

ITEMS = [TextContentItem(text="a"), {"type": "text", "text": "b"}]
ITEMS_JSON = '[{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]'


@pytest.mark.parametrize(
    ("model", "wire"),
    [
        (SystemMessage("s", name="x"), '{"role": "system", "name": "x", "content": "s"}'),
        (DeveloperMessage(content="d", name="x"), '{"role": "developer", "content": "d", "name": "x"}'),
        (UserMessage("u", name="x"), '{"role": "user", "name": "x", "content": "u"}'),
        (
            AssistantMessage("a", name="x", reasoning_content="r", audio=ChatRequestAudioReference(id="s1")),
            '{"role": "assistant", "name": "x", "reasoning_content": "r", "audio": {"id": "s1"}, "content": "a"}',
        ),
        (AssistantMessage(refusal="No"), '{"role": "assistant", "refusal": "No"}'),
        (
            AssistantMessage({"content": None, "audio": {"id": "s1"}}),
            '{"role": "assistant", "content": null, "audio": {"id": "s1"}}',
        ),
        (SystemMessage(ITEMS), f'{{"role": "system", "content": {ITEMS_JSON}}}'),
        (DeveloperMessage(ITEMS), f'{{"role": "developer", "content": {ITEMS_JSON}}}'),
        (
            ToolMessage(tuple(ITEMS), tool_call_id="t1"),
            f'{{"role": "tool", "tool_call_id": "t1", "content": {ITEMS_JSON}}}',
        ),
        (
            AudioUrlContentItem(audio_url=AudioUrl(url="https://x")),
            '{"type": "audio_url", "audio_url": {"url": "https://x"}}',
        ),
        (FileContentItem(file=InputFile(file_id="f1")), '{"type": "file", "file": {"file_id": "f1"}}'),
        (
            FileContentItem(file=InputFile(file_data="AA==", filename="a.pdf")),
            '{"type": "file", "file": {"file_data": "AA==", "filename": "a.pdf"}}',
        ),
        (
            TextContentItem({"text": "t", "prompt_cache_breakpoint": {}}),
            '{"type": "text", "text": "t", "prompt_cache_breakpoint": {}}',
        ),
        (FunctionDefinition(name="f", strict=False), '{"name": "f", "strict": false}'),
        (
            ChatCompletionsCustomToolDefinition(custom=CustomToolDefinition(name="sql", format={"type": "text"})),
            '{"custom": {"name": "sql", "format": {"type": "text"}}, "type": "custom"}',
        ),
        (
            ChatCompletionsToolCall(id="t1", custom=CustomToolCall(name="sql", input="SELECT 1")),
            '{"id": "t1", "custom": {"name": "sql", "input": "SELECT 1"}, "type": "custom"}',
        ),
        (
            ChatCompletionsToolCall({"id": "t1", "type": "custom", "custom": {"name": "sql", "input": ""}}),
            '{"id": "t1", "type": "custom", "custom": {"name": "sql", "input": ""}}',
        ),
        (
            ChatCompletionsToolCall(id="t1", function=FunctionCall(name="f", arguments="{}")),
            '{"id": "t1", "function": {"name": "f", "arguments": "{}"}, "type": "function"}',
        ),
        (
            ChatCompletionsStreamOptions(include_usage=True, include_obfuscation=False),
            '{"include_usage": true, "include_obfuscation": false}',
        ),
        (ChatCompletionsAudioOptions(voice="alloy", format="wav"), '{"voice": "alloy", "format": "wav"}'),
        (ChatCompletionsPrediction(content="text"), '{"content": "text", "type": "content"}'),
        (ChatCompletionsPrediction(content=ITEMS), f'{{"content": {ITEMS_JSON}, "type": "content"}}'),
        (
            UserSecurityContext(application_name="a", end_user_id="u", end_user_tenant_id="t", source_ip="10.0.0.1"),
            '{"application_name": "a", "end_user_id": "u", "end_user_tenant_id": "t", "source_ip": "10.0.0.1"}',
        ),
        (ImagePrompt(image="data:,", strength=0.5), '{"image": "data:,", "strength": 0.5}'),
    ],
)
def test_keys_and_their_order(model: Model, wire: str) -> None:
    """Each model is the JSON that services expect, in the order of the arguments."""
    assert json.dumps(model.as_dict()) == wire


def test_content_lists_stay_the_callers() -> None:
    """The content of a message is the list that it was given."""
    items: Any = [*ITEMS]

    for message in (SystemMessage(items), DeveloperMessage(items), ToolMessage(items, tool_call_id="t1")):
        assert message.content is items


def test_fields_of_assistant_messages() -> None:
    """Fields of an assistant message are read as their types; by key the audio stays JSON, as before it was a field."""
    message = AssistantMessage({"audio": {"id": "s1"}})

    assert type(message.audio) is ChatRequestAudioReference
    assert (message.audio.id, message["audio"]) == ("s1", {"id": "s1"})
    assert type(message["audio"]) is dict
    assert (message.name, message.refusal, message.reasoning_content) == (None, None, None)


def test_classes_find_their_fields_once() -> None:
    """A class finds its fields once, not for every model."""
    for name in ("_attr_to_rest_field", "_by_key", "_nested", "_plan"):
        assert getattr(InputFile, name) is getattr(InputFile(file_id="f1"), name)


@pytest.mark.parametrize(
    "member", [*ReasoningEffort, *Verbosity, *ServiceTier, *ChatCompletionsModality], ids=lambda member: repr(member)
)
def test_enums_are_strings(member: Any) -> None:
    """Members of the enums stand for strings of the wire, and are found by name in any case."""
    assert member == member.value
    assert json.dumps(member) == f'"{member.value}"'
    assert type(member)[member.name.lower()] is member


def test_prompt_images_are_loaded(tmp_path: Path) -> None:
    """An image file becomes a data URL, and a missing file raises."""
    file = tmp_path / "a.png"
    file.write_bytes(b"\x89PNG")
    url = f"data:image/png;base64,{base64.b64encode(file.read_bytes()).decode()}"

    assert ImagePrompt.load(image_file=str(file), image_format="png", strength=0.5) == {"image": url, "strength": 0.5}
    assert ImagePrompt.load(image_file=str(file), image_format="png") == {"image": url}
    with pytest.raises(FileNotFoundError):
        ImagePrompt.load(image_file=str(tmp_path / "none"), image_format="png")
