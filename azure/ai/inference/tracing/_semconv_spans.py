"""The attributes of the current conventions for generative AI, as plain values. No I/O.

They are those of version 1.41 of OpenTelemetry's semantic conventions, and the additions of version 0.1.0 of the
conventions for generative AI, which have a repository of their own since then.
"""

from __future__ import annotations

import json
from typing import Any, Dict, Mapping, Optional, Tuple

from azure.ai.inference.tracing._images import image_messages, image_settings, prompt_messages
from azure.ai.inference.tracing._json_text import dumps
from azure.ai.inference.tracing._messages import finish_reason, input_messages, output_messages, tool_definitions
from azure.ai.inference.tracing._outcome import ABANDONED, Outcome, error_type, http_status
from azure.ai.inference.tracing._request import CHAT, EMBEDDINGS, IMAGES, Request
from azure.ai.inference.tracing._values import exportable, integer, items, mapping, number, plain, positive, some, text

SCHEMA_URL = "https://opentelemetry.io/schemas/1.41.0"

_OUTPUT_TYPES = {"text": "text", "json_object": "json", "json_schema": "json"}


def identity(request: Request) -> Dict[str, Any]:
    """Return the attributes that identify a request."""
    return some(
        {
            "gen_ai.operation.name": request.operation,
            "gen_ai.provider.name": "azure.ai.inference",
            "gen_ai.request.model": request.model,
            "server.address": request.address,
            "server.port": request.port,
        }
    )


def measured(request: Request, outcome: Outcome) -> Dict[str, Any]:
    """Return the attributes of a call on metrics."""
    attributes = some({**identity(request), "gen_ai.response.model": text(outcome.response.get("model"))})
    return {name: exportable(value) for name, value in attributes.items()}


def request_attributes(request: Request) -> Dict[str, Any]:
    """Return the attributes that a span has from its beginning."""
    if request.operation == IMAGES:
        settings = image_settings(request.body)
    else:
        settings = _chat_settings(request) if request.operation == CHAT else _embeddings_settings(request)
    return {
        **identity(request),
        "azure.resource_provider.namespace": "Microsoft.CognitiveServices",
        **some(settings),
    }


def _chat_settings(request: Request) -> Dict[str, Any]:
    body = request.body
    choices = integer(body.get("n"))
    return {
        "gen_ai.output.type": _output_type(body.get("response_format")),
        "gen_ai.request.choice.count": None if choices == 1 else choices,
        "gen_ai.request.frequency_penalty": number(body.get("frequency_penalty")),
        "gen_ai.request.max_tokens": _token_limit(body),
        "gen_ai.request.presence_penalty": number(body.get("presence_penalty")),
        "gen_ai.request.reasoning.level": text(plain(body.get("reasoning_effort"))),
        "gen_ai.request.seed": integer(body.get("seed")),
        "gen_ai.request.stop_sequences": _texts(body.get("stop")),
        "gen_ai.request.stream": request.streams or None,
        "gen_ai.request.temperature": number(body.get("temperature")),
        "gen_ai.request.top_k": number(body.get("top_k")),
        "gen_ai.request.top_p": number(body.get("top_p")),
    }


def _token_limit(body: Mapping[str, Any]) -> Optional[int]:
    """Return the limit of tokens; of two, the one that replaces the other."""
    limit = integer(body.get("max_completion_tokens"))
    return integer(body.get("max_tokens")) if limit is None else limit


def _embeddings_settings(request: Request) -> Dict[str, Any]:
    return {
        "gen_ai.embeddings.dimension.count": integer(request.body.get("dimensions")),
        "gen_ai.request.encoding_formats": _texts(request.body.get("encoding_format")),
    }


def _output_type(response_format: Any) -> Optional[str]:
    return _OUTPUT_TYPES.get(mapping(response_format).get("type", ""))


def _texts(value: Any) -> Optional[Tuple[str, ...]]:
    """Return a text, or several, as a tuple."""
    texts = (value,) if isinstance(value, str) else items(value)
    return tuple(str(plain(item)) for item in texts) or None


def response_attributes(request: Request, outcome: Outcome) -> Dict[str, Any]:
    """Return the attributes of a response, as far as it has arrived."""
    read, written = outcome.token_details("input"), outcome.token_details("output")
    generates = request.operation != EMBEDDINGS
    return some(
        {
            "gen_ai.response.id": text(outcome.response.get("id")) if generates else None,
            "gen_ai.response.model": text(outcome.response.get("model")),
            "gen_ai.response.finish_reasons": tuple(map(finish_reason, outcome.choices)) or None,
            "gen_ai.usage.input_tokens": outcome.tokens("input"),
            "gen_ai.usage.output_tokens": outcome.tokens("output") if generates else None,
            "gen_ai.usage.cache_read.input_tokens": positive(read.get("cached_tokens")),
            "gen_ai.usage.reasoning.output_tokens": positive(written.get("reasoning_tokens")),
            "gen_ai.usage.audio.input_tokens": positive(read.get("audio_tokens")),
            "gen_ai.usage.audio.output_tokens": positive(written.get("audio_tokens")),
            "gen_ai.usage.image.input_tokens": positive(read.get("image_tokens")),
            "gen_ai.usage.image.output_tokens": positive(written.get("image_tokens")),
        }
    )


def error_attributes(outcome: Outcome) -> Dict[str, Any]:
    """Return the attribute with the reason of a failure; nothing without one."""
    if outcome.error is not None:
        status = http_status(outcome.error)
        return {"error.type": error_type(outcome.error) if status is None else str(status)}
    return {"error.type": "_OTHER"} if outcome.ending == ABANDONED else {}


def content_attributes(request: Request, outcome: Outcome, *, binary: bool) -> Dict[str, str]:
    """Return messages and tools as JSON texts.

    :param binary: whether to include the bytes of images and audio.
    """
    if request.operation == IMAGES:
        content = {
            "gen_ai.input.messages": prompt_messages(request.body, binary=binary),
            "gen_ai.output.messages": image_messages(outcome.response, binary=binary),
        }
    else:
        content = {
            "gen_ai.input.messages": input_messages(request.body.get("messages"), binary=binary),
            "gen_ai.output.messages": output_messages(outcome.choices),
            "gen_ai.tool.definitions": tool_definitions(request.body.get("tools")),
        }
    return {name: dumps(value) for name, value in content.items() if value}


def structured(content: Mapping[str, str]) -> Dict[str, Any]:
    """Return the same content as values, for log records."""
    return {name: json.loads(value) for name, value in content.items()}
