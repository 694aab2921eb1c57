"""The canned responses of the benchmark server: the same text for every client, in the JSON that it expects."""

from __future__ import annotations

import base64
import json
import random
import struct
from functools import lru_cache
from typing import Any

MODEL = "benchmark-model"
CREATED = 1732378000
EVENT_TEXT = " considerable"
SENTENCE = "The quick brown fox jumps over the lazy dog, and nobody has yet asked the dog what it makes of that. "


def encode(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def message(sentences: int, tool_calls: int) -> dict[str, Any]:
    arguments = json.dumps({"city": "Utrecht", "unit": "celsius", "days": [1, 2, 3], "note": SENTENCE * 4})
    calls = [
        {"id": f"call_3f9a1c{index:02}", "type": "function", "function": {"name": "forecast", "arguments": arguments}}
        for index in range(tool_calls)
    ]
    return {"role": "assistant", "content": SENTENCE * sentences, "tool_calls": calls or None}


@lru_cache(maxsize=None)
def chat_completion(choices: int, sentences: int, tool_calls: int) -> bytes:
    """Return a chat completion with ``choices`` choices of ``sentences`` sentences and ``tool_calls`` tool calls."""
    return encode(
        {
            "id": "chatcmpl-8f2e6c1d4b7a4f0e9c3d5a6b7c8d9e0f",
            "object": "chat.completion",
            "created": CREATED,
            "model": MODEL,
            "choices": [
                {"index": index, "finish_reason": "stop", "message": message(sentences, tool_calls)}
                for index in range(choices)
            ],
            "usage": {"completion_tokens": 96, "prompt_tokens": 31, "total_tokens": 127},
        }
    )


def forecast() -> str:
    """Return the JSON of a forecast."""
    days = [{"day": f"2026-11-{number:02}", "sky": "cloudy", "high": 7.5, "low": number} for number in range(1, 8)]
    return json.dumps({"city": "Utrecht", "days": days, "note": SENTENCE})


@lru_cache(maxsize=None)
def json_completion() -> bytes:
    """Return a chat completion whose content is JSON."""
    completion = json.loads(chat_completion(1, 1, 0))
    completion["choices"][0]["message"]["content"] = forecast()
    return encode(completion)


def anthropic_message_of(block: dict[str, Any], stop_reason: str = "end_turn") -> bytes:
    return encode(
        {
            "id": "msg_8f2e6c1d4b7a4f0e9c3d5a6b",
            "type": "message",
            "role": "assistant",
            "model": MODEL,
            "content": [block],
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "usage": {"input_tokens": 31, "output_tokens": 96},
        }
    )


@lru_cache(maxsize=None)
def anthropic_message(sentences: int) -> bytes:
    return anthropic_message_of({"type": "text", "text": SENTENCE * sentences})


@lru_cache(maxsize=None)
def anthropic_json() -> bytes:
    return anthropic_message_of({"type": "text", "text": forecast()})


@lru_cache(maxsize=None)
def anthropic_call() -> bytes:
    """Return a message with the tool call of :func:`message`."""
    function = message(0, 1)["tool_calls"][0]["function"]
    arguments = json.loads(function["arguments"])
    call = {"type": "tool_use", "id": "toolu_3f9a1c00", "name": function["name"], "input": arguments}
    return anthropic_message_of(call, "tool_use")


@lru_cache(maxsize=None)
def chat_event() -> bytes:
    return b"data: %b\n\n" % encode(
        {
            "id": "chatcmpl-8f2e6c1d4b7a4f0e9c3d5a6b7c8d9e0f",
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": MODEL,
            "system_fingerprint": "fp_3a7c91e20b",
            "choices": [{"index": 0, "finish_reason": None, "delta": {"role": "assistant", "content": EVENT_TEXT}}],
            "usage": None,
        }
    )


def chat_events(count: int) -> list[bytes]:
    return [*[chat_event()] * count, b"data: [DONE]\n\n"]


def anthropic_event(document: dict[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (document["type"].encode(), encode(document))


def anthropic_events(count: int) -> list[bytes]:
    """Return a stream of Anthropic's Messages API, with ``count`` text deltas between opening and closing events."""
    message = {**json.loads(anthropic_message(0)), "content": [], "stop_reason": None}
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": EVENT_TEXT}}
    opening: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    ]
    closing: list[dict[str, Any]] = [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 96}},
        {"type": "message_stop"},
    ]
    return [
        *map(anthropic_event, opening),
        *[anthropic_event(delta)] * count,
        *map(anthropic_event, closing),
    ]


@lru_cache(maxsize=None)
def embeddings_result(rows: int, dimensions: int, encoding_format: str) -> bytes:
    """Return vectors from a fixed seed, so that every run and every client gets the same numbers."""
    numbers = random.Random(rows)

    def embedding() -> Any:
        vector = [round(numbers.uniform(-1, 1), 8) for _ in range(dimensions)]
        if encoding_format == "base64":
            return base64.b64encode(struct.pack(f"<{dimensions}f", *vector)).decode()
        return vector

    return encode(
        {
            "id": "embd-8f2e6c1d4b7a4f0e9c3d5a6b7c8d9e0f",
            "object": "list",
            "model": MODEL,
            "data": [{"object": "embedding", "index": index, "embedding": embedding()} for index in range(rows)],
            "usage": {"prompt_tokens": 8 * rows, "total_tokens": 8 * rows},
        }
    )
