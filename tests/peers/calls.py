"""The calls, as each of the two packages is given them."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple

from azure.ai.inference import models as m


class Call(NamedTuple):
    """A call of both packages."""

    client: str
    """Our client."""
    method: str
    """Our method."""
    ours: Dict[str, Any]
    """What our method is given."""
    theirs: str
    """The method of the openai package, from its client."""
    given: Dict[str, Any]
    """What that method is given."""


def chat(ours: Dict[str, Any], given: Dict[str, Any]) -> Call:
    """Return a chat completion. Both are given the same model, and the same messages where a call has none."""
    shared = {"model": "gpt-5"}
    hello = [{"role": "user", "content": "hi"}]
    return Call(
        "ChatCompletionsClient",
        "complete",
        {"messages": [m.UserMessage("hi")], **shared, **ours},
        "chat.completions.create",
        {"messages": hello, **shared, **given},
    )


def embeddings(**given: Any) -> Call:
    """Return a call for embeddings, the same for both."""
    return Call("EmbeddingsClient", "embed", given, "embeddings.create", given)


def images(**given: Any) -> Call:
    """Return a call for images, the same for both."""
    return Call("ImageGenerationClient", "generate", given, "images.generate", given)


SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "größe": {"type": ["integer", "null"]}},
    "required": ["name", "größe"],
    "additionalProperties": False,
}
PIXEL = "data:image/png;base64,iVBORw0KGgo="
SHARED: Dict[str, Any] = {
    "frequency_penalty": -0.5,
    "logit_bias": {"50256": -100},
    "logprobs": True,
    "max_completion_tokens": 100,
    "metadata": {"team": "research"},
    "moderation": {"model": "omni-moderation"},
    "n": 2,
    "parallel_tool_calls": False,
    "presence_penalty": 0,
    "prompt_cache_key": "key",
    "prompt_cache_options": {"mode": "explicit", "ttl": "30m"},
    "prompt_cache_retention": "24h",
    "reasoning_effort": "minimal",
    "safety_identifier": "user-1",
    "seed": 42,
    "service_tier": "flex",
    "stop": ["\n", "END"],
    "store": False,
    "temperature": 1.5,
    "top_logprobs": 0,
    "top_p": 0.25,
    "user": "user-1",
    "verbosity": "low",
    "web_search_options": {"search_context_size": "low"},
}
ON_YOUR_DATA = [{"type": "azure_search", "parameters": {"endpoint": "https://search.example", "index_name": "i"}}]
SECURITY = {"application_name": "app", "end_user_id": "u", "end_user_tenant_id": "t", "source_ip": "192.0.2.1"}
TOOL_CALL = {"id": "call-1", "type": "function", "function": {"name": "tides", "arguments": '{"port": "Brest"}'}}
TIDES = {"name": "tides", "description": "The tides of a port", "parameters": SCHEMA, "strict": True}
GRAMMAR = {"type": "grammar", "grammar": {"syntax": "regex", "definition": "[a-z]+"}}
ITEMS = [
    {"type": "text", "text": "Look, listen and read."},
    {"type": "image_url", "image_url": {"url": "https://pictures.example/boat.png", "detail": "low"}},
    {"type": "image_url", "image_url": {"url": PIXEL}},
    {"type": "input_audio", "input_audio": {"data": "AAEC", "format": "wav"}},
    {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAEC", "filename": "a.pdf"}},
]

CALLS: Dict[str, Call] = {
    "a chat": chat({}, {}),
    "a chat with every role": chat(
        {
            "messages": [
                m.DeveloperMessage("Be brief.", name="rules"),
                m.SystemMessage("Speak French."),
                m.UserMessage("When is high tide?", name="Ann"),
                m.AssistantMessage(tool_calls=[m.ChatCompletionsToolCall(TOOL_CALL)]),
                m.ToolMessage("at noon", tool_call_id="call-1"),
                m.AssistantMessage("À midi 🌊"),
                m.UserMessage([m.TextContentItem(text="Thanks.")]),
            ]
        },
        {
            "messages": [
                {"role": "developer", "content": "Be brief.", "name": "rules"},
                {"role": "system", "content": "Speak French."},
                {"role": "user", "content": "When is high tide?", "name": "Ann"},
                {"role": "assistant", "tool_calls": [TOOL_CALL]},
                {"role": "tool", "content": "at noon", "tool_call_id": "call-1"},
                {"role": "assistant", "content": "À midi 🌊"},
                {"role": "user", "content": [{"type": "text", "text": "Thanks."}]},
            ]
        },
    ),
    "a chat with every setting": chat(
        {**SHARED, "data_sources": ON_YOUR_DATA, "user_security_context": m.UserSecurityContext(SECURITY)},
        {**SHARED, "extra_body": {"data_sources": ON_YOUR_DATA, "user_security_context": SECURITY}},
    ),
    "a chat with the old limit, and one str to stop at": chat(
        {"max_tokens": 5, "stop": "END"}, {"max_tokens": 5, "stop": "END"}
    ),
    "a chat with extras": chat(
        {"model_extras": {"top_k": 5, "chat_template_kwargs": {"thinking": False}}},
        {"extra_body": {"top_k": 5, "chat_template_kwargs": {"thinking": False}}},
    ),
    "a chat that speaks": chat(
        {"modalities": ["text", "audio"], "audio": m.ChatCompletionsAudioOptions(voice="alloy", format="wav")},
        {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}},
    ),
    "a chat with a prediction": chat(
        {"prediction": m.ChatCompletionsPrediction(content="x = 1")},
        {"prediction": {"type": "content", "content": "x = 1"}},
    ),
    "a stream": chat({"stream": True}, {"stream": True}),
    "a stream with usage": chat(
        {"stream": True, "stream_options": m.ChatCompletionsStreamOptions(include_usage=True)},
        {"stream": True, "stream_options": {"include_usage": True}},
    ),
    "tools": chat(
        {
            "tools": [
                m.ChatCompletionsToolDefinition(
                    function=m.FunctionDefinition(
                        name="tides", description="The tides of a port", parameters=SCHEMA, strict=True
                    )
                ),
                m.ChatCompletionsCustomToolDefinition(
                    custom=m.CustomToolDefinition(name="word", description="A word", format=GRAMMAR)
                ),
            ],
            "tool_choice": m.ChatCompletionsToolChoicePreset.REQUIRED,
        },
        {
            "tools": [
                {"type": "function", "function": TIDES},
                {"type": "custom", "custom": {"name": "word", "description": "A word", "format": GRAMMAR}},
            ],
            "tool_choice": "required",
        },
    ),
    "a streamed chat with a named tool": chat(
        {
            "stream": True,
            "tools": [{"type": "function", "function": TIDES}],
            "tool_choice": m.ChatCompletionsNamedToolChoice(
                function=m.ChatCompletionsNamedToolChoiceFunction(name="tides")
            ),
        },
        {
            "stream": True,
            "tools": [{"type": "function", "function": TIDES}],
            "tool_choice": {"type": "function", "function": {"name": "tides"}},
        },
    ),
    "a JSON schema": chat(
        {"response_format": m.JsonSchemaFormat(name="port", description="A port", schema=SCHEMA, strict=True)},
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "port", "description": "A port", "schema": SCHEMA, "strict": True},
            }
        },
    ),
    "a JSON object": chat({"response_format": "json_object"}, {"response_format": {"type": "json_object"}}),
    "images, audio and a file": chat(
        {
            "messages": [
                m.UserMessage(
                    [
                        m.TextContentItem(text="Look, listen and read."),
                        m.ImageContentItem(
                            image_url=m.ImageUrl(url="https://pictures.example/boat.png", detail=m.ImageDetailLevel.LOW)
                        ),
                        m.ImageContentItem(image_url=m.ImageUrl(url=PIXEL)),
                        m.AudioContentItem(input_audio=m.InputAudio(data="AAEC", format=m.AudioContentFormat.WAV)),
                        m.FileContentItem(
                            file=m.InputFile(file_data="data:application/pdf;base64,AAEC", filename="a.pdf")
                        ),
                    ]
                )
            ]
        },
        {"messages": [{"role": "user", "content": ITEMS}]},
    ),
    "embeddings of a text": embeddings(input="one", model="embed", encoding_format="float"),
    "embeddings of texts": embeddings(
        input=["one", "zwei"], model="embed", encoding_format="base64", dimensions=64, user="user-1"
    ),
    "embeddings of tokens": embeddings(input=[1, 2, 3], model="embed", encoding_format="float"),
    "embeddings of lists of tokens": embeddings(input=[[1, 2], [3]], model="embed", encoding_format="base64"),
    "an image": images(prompt="a boat", model="gpt-image-1"),
    "images with every setting": images(
        prompt="two boats",
        model="gpt-image-1",
        background="opaque",
        moderation="low",
        n=2,
        output_compression=80,
        output_format="png",
        quality="low",
        response_format="b64_json",
        safety_identifier="user-1",
        size="1024x1536",
        style="vivid",
        user="user-1",
    ),
    "the models": Call("ChatCompletionsClient", "get_model_info", {}, "models.list", {}),
    "a model of an organization": Call(
        "ChatCompletionsClient", "get_model_info", {"model": "org/x"}, "models.retrieve", {"model": "org/x"}
    ),
    "a model with a tag": Call(
        "ChatCompletionsClient", "get_model_info", {"model": "a:b c"}, "models.retrieve", {"model": "a:b c"}
    ),
}
