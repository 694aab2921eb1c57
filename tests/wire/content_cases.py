"""Chat calls that differ in the body: settings, extras, messages, and parts of a completion that are sent back."""

from __future__ import annotations

import copy
import pickle
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Callable, Dict, List

from .case import Case, hello, nothing


def _says(message: Callable[[Any], Any]) -> Case:
    """Return a chat call with one message."""
    return Case(lambda m: {"messages": [message(m)]})


def _with(setting: str, value: Callable[[Any], Any]) -> Case:
    """Return a chat call with one setting that is built from models."""
    return Case(lambda m: {**hello()(m), setting: value(m)})


def _tool(m: Any) -> Any:
    return m.ChatCompletionsToolDefinition(
        function=m.FunctionDefinition(
            name="tides",
            description="Times of high water",
            parameters={"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]},
        )
    )


def _schema(m: Any) -> Any:
    return m.JsonSchemaFormat(
        name="Tide",
        schema={"type": "object", "properties": {"time": {"type": "string"}}, "additionalProperties": False},
        description="One high water",
        strict=True,
    )


def _history(follow: Callable[[Any, Any], List[Any]], **keywords: Any) -> Case:
    """Return a chat whose second call sends back part of the first completion, after the first question."""
    return Case(
        hello(**keywords), then=lambda m, completion: {"messages": [m.UserMessage("hi"), *follow(m, completion)]}
    )


def _changed(message: Any) -> Any:
    message.content = "Let me see"
    message["note"] = "kept"
    del message.tool_calls[1:]
    message.tool_calls[0].function.arguments = "{}"
    return message


_SETTINGS: Dict[str, Case] = {
    "nothing but messages": Case(hello()),
    "stream": Case(hello(stream=True)),
    "stream off": Case(hello(stream=False)),
    "stream none": Case(hello(stream=None)),
    "frequency_penalty": Case(hello(frequency_penalty=-0.5)),
    "presence_penalty": Case(hello(presence_penalty=2)),
    "temperature": Case(hello(temperature=0.7)),
    "top_p": Case(hello(top_p=1.0)),
    "tiny and huge numbers": Case(hello(temperature=1e-7, top_p=1e22, seed=-(2**63), max_tokens=2**31)),
    "an infinity": Case(hello(temperature=float("inf"))),
    "max_tokens": Case(hello(max_tokens=2048)),
    "seed": Case(hello(seed=42)),
    "stop": Case(hello(stop=["\n\n", "END"])),
    "stop as tuple": Case(hello(stop=("a", "b"))),
    "model": Case(hello(model="tide-1")),
    "falsy values are values": Case(
        hello(temperature=0, top_p=0.0, max_tokens=0, seed=0, model="", stop=[], tools=[], presence_penalty=False)
    ),
    "every setting none": Case(
        hello(
            **dict.fromkeys(["frequency_penalty", "presence_penalty", "temperature", "top_p", "max_tokens"]),
            **dict.fromkeys(["response_format", "stop", "tools", "tool_choice", "seed", "model", "model_extras"]),
        )
    ),
    "response_format text": Case(hello(response_format="text")),
    "response_format json_object": Case(hello(response_format="json_object")),
    "response_format schema": _with("response_format", _schema),
    "response_format schema, least": _with("response_format", lambda m: m.JsonSchemaFormat(schema={}, name="n")),
    "response_format schema of a mapping": _with(
        "response_format", lambda m: m.JsonSchemaFormat({"strict": False, "schema": {"a": None}, "name": "n", "new": 1})
    ),
    "response_format as dict": Case(hello(response_format={"type": "json_object"})),
    "response_format unknown": Case(hello(response_format="xml")),
    "response_format empty": Case(hello(response_format="")),
    "response_format unknown to the constructor": Case(hello(), lambda m: {"response_format": 5}),
    "tools": _with("tools", lambda m: [_tool(m)]),
    "tools, least": _with(
        "tools", lambda m: [m.ChatCompletionsToolDefinition(function=m.FunctionDefinition(name="moon"))]
    ),
    "tools in another keyword order": _with(
        "tools", lambda m: [m.ChatCompletionsToolDefinition(function=m.FunctionDefinition(parameters={}, name="moon"))]
    ),
    "tools as dicts": Case(hello(tools=[{"type": "function", "function": {"name": "moon", "strict": True}}])),
    "tools of mappings": _with("tools", lambda m: [m.ChatCompletionsToolDefinition({"function": {"name": "moon"}})]),
    "tools with odd parameters": _with(
        "tools",
        lambda m: [
            m.ChatCompletionsToolDefinition(
                function=m.FunctionDefinition(
                    name="moon",
                    parameters={"default": date(2024, 1, 2), "enum": (m.ChatRole.USER, b"x"), "until": None},
                )
            )
        ],
    ),
    "tools with a datetime as parameters": _with(
        "tools",
        lambda m: [
            m.ChatCompletionsToolDefinition(
                function=m.FunctionDefinition(name="moon", parameters=datetime(2024, 1, 2, tzinfo=timezone.utc))
            )
        ],
    ),
    "tools with function as dict": _with(
        "tools", lambda m: [m.ChatCompletionsToolDefinition(function={"name": "moon", "strict": True})]
    ),
    "tool_choice str": Case(hello(tool_choice="auto")),
    "tool_choice unknown str": Case(hello(tool_choice="any")),
    "tool_choice preset": _with("tool_choice", lambda m: m.ChatCompletionsToolChoicePreset.REQUIRED),
    "tool_choice preset none": _with("tool_choice", lambda m: m.ChatCompletionsToolChoicePreset.NONE),
    "tool_choice named": _with(
        "tool_choice",
        lambda m: m.ChatCompletionsNamedToolChoice(function=m.ChatCompletionsNamedToolChoiceFunction(name="tides")),
    ),
    "tool_choice dict": Case(hello(tool_choice={"type": "function", "function": {"name": "tides"}})),
    "every setting at once, any order": Case(
        lambda m: {
            "top_p": 0.5,
            "tools": [_tool(m), _tool(m)],
            "model": "tide-1",
            "tool_choice": m.ChatCompletionsToolChoicePreset.AUTO,
            "stream": True,
            "messages": [m.UserMessage("hi")],
            "stop": ["x"],
            "seed": 1,
            "response_format": _schema(m),
            "frequency_penalty": 1,
            "presence_penalty": 1.5,
            "temperature": 0.1,
            "max_tokens": 9,
            "model_extras": {"zeta": 1, "alpha": 2},
        }
    ),
    "constructor's defaults": Case(
        hello(),
        lambda m: {
            "temperature": 0.5,
            "model": "tide-1",
            "tools": [_tool(m)],
            "tool_choice": "auto",
            "stop": ["x"],
            "response_format": _schema(m),
            "seed": 3,
            "frequency_penalty": 0,
            "presence_penalty": 0.0,
            "max_tokens": 1,
            "top_p": 1,
            "model_extras": {"alpha": 1},
        },
    ),
    "call's values over the constructor's": Case(
        hello(temperature=0, model="", stop=[], response_format="text", seed=None),
        lambda m: {"temperature": 0.5, "model": "tide-1", "stop": ["x"], "response_format": "json_object", "seed": 3},
    ),
}

_EXTRAS: Dict[str, Case] = {
    "extras": Case(hello(model_extras={"safe_mode": True, "logprobs": 3, "stream_options": {"include_usage": True}})),
    "extras replace": Case(hello(temperature=1, model="a", model_extras={"model": "b", "top_k": 4, "temperature": 0})),
    "extras with settings that have no value": Case(
        hello(temperature=1, model_extras={"zeta": 1, "top_p": 1, "stream": True, "model": "b", "alpha": 2})
    ),
    "extras replace messages": Case(hello(model_extras={"messages": []})),
    "extras none removes": Case(
        hello(temperature=1, model_extras={"temperature": None, "absent": None, "nested": [None]})
    ),
    "extras empty": Case(hello(model_extras={})),
    "extras of the constructor": Case(hello(), lambda m: {"model_extras": {"alpha": 1}}),
    "extras of the call replace the constructor's": Case(
        hello(model_extras={"beta": 2}), lambda m: {"model_extras": {"alpha": 1}}
    ),
    "extras empty keep the constructor's": Case(hello(model_extras={}), lambda m: {"model_extras": {"alpha": 1}}),
    "extras of every JSON type": Case(
        hello(model_extras={"a": [1, 2.5, "x", None, True, {"b": {}}], "c": (1, 2), "d": "", "e": 0, "f": -0.0, 7: "g"})
    ),
    "extras with models and enums": _with(
        "model_extras",
        lambda m: {
            "user": m.UserMessage("x"),
            "roles": [m.ChatRole.USER],
            "deep": {"item": [m.TextContentItem(text="t")]},
        },
    ),
    "extras with bytes": Case(hello(model_extras={"blob": b"\x00\xff"})),
    "extras with dates": Case(
        hello(
            model_extras={
                "naive": datetime(2024, 1, 2, 3, 4, 5),
                "exact": datetime(2024, 1, 2, 3, 4, 5, 678900, timezone(timedelta(hours=2))),
                "day": date(2024, 1, 2),
                "time": time(3, 4, 5),
                "span": timedelta(days=1, hours=2, seconds=3.5),
            }
        )
    ),
    "extras with a set": Case(hello(model_extras={"tags": {"a"}})),
    "extras with not a number": Case(hello(model_extras={"bias": float("nan")})),
    "extras with odd text": Case(hello(model_extras={"text": 'é 😀 \u2028 \x00 \x7f " \\ / </script>', "clé": "ñ"})),
}

_MESSAGES: Dict[str, Case] = {
    "system message": _says(lambda m: m.SystemMessage("Be brief")),
    "system message by keyword": _says(lambda m: m.SystemMessage(content="Be brief")),
    "developer message": _says(lambda m: m.DeveloperMessage("Be brief")),
    "user message": _says(lambda m: m.UserMessage("hi")),
    "user message, empty": _says(lambda m: m.UserMessage("")),
    "user message without content": _says(lambda m: m.UserMessage(content=None)),
    "user message of odd text": _says(lambda m: m.UserMessage('Ça va? 你好 🌊 \ud83c\udf0a \r\n\t\x01 "q" \\')),
    "user message of a lone surrogate": _says(lambda m: m.UserMessage("\ud800")),
    "user message of a mapping": _says(lambda m: m.UserMessage({"content": "hi", "role": "user", "name": "Ann"})),
    "user message of a mapping without role": _says(lambda m: m.UserMessage({"content": "hi"})),
    "user message of a message": _says(lambda m: m.UserMessage(m.UserMessage("hi"))),
    "user message with a key added": Case(lambda m: {"messages": [_named(m.UserMessage("hi"))]}),
    "user message of no items": _says(lambda m: m.UserMessage([])),
    "request message": _says(lambda m: m.ChatRequestMessage(role="user")),
    "request message of a mapping": _says(lambda m: m.ChatRequestMessage({"role": m.ChatRole.USER, "content": "hi"})),
    "text item": _says(lambda m: m.UserMessage([m.TextContentItem(text="hi")])),
    "items of all kinds": _says(
        lambda m: m.UserMessage(
            content=[
                m.TextContentItem(text="hi"),
                m.ImageContentItem(
                    image_url=m.ImageUrl(url="data:image/png;base64,AA==", detail=m.ImageDetailLevel.LOW)
                ),
                m.ImageContentItem(image_url=m.ImageUrl(detail="high", url="https://host/a.png")),
                m.AudioContentItem(input_audio=m.InputAudio(data="AA==", format=m.AudioContentFormat.MP3)),
                m.AudioContentItem(input_audio=m.InputAudio(format="ogg", data="AA==")),
                {"text": "plain", "type": "text"},
            ]
        )
    ),
    "items as dicts": _says(lambda m: {"role": "user", "content": [{"type": "audio_url", "audio_url": {"url": "u"}}]}),
    "items as models in a dict": _says(lambda m: {"role": "user", "content": [m.TextContentItem(text="hi")]}),
    "item of a mapping": _says(
        lambda m: m.UserMessage([m.TextContentItem({"text": "hi", "type": "text", "cache": 1})])
    ),
    "item of a mapping without type": _says(lambda m: m.UserMessage([m.TextContentItem({"text": "hi"})])),
    "item of the base class": _says(lambda m: m.UserMessage([m.ContentItem(type="video")])),
    "item appended later": Case(lambda m: {"messages": [_appended(m)]}),
    "assistant message": _says(lambda m: m.AssistantMessage("Hello")),
    "assistant message, empty": _says(lambda m: m.AssistantMessage()),
    "assistant message of none": _says(lambda m: m.AssistantMessage(None)),
    "assistant message with tool calls": _says(
        lambda m: m.AssistantMessage(
            tool_calls=[
                m.ChatCompletionsToolCall(id="1", function=m.FunctionCall(name="tides", arguments='{"port": "Brest"}')),
                m.ChatCompletionsToolCall(function=m.FunctionCall(arguments="{}", name="moon"), id="2"),
            ]
        )
    ),
    "assistant message with both": _says(lambda m: m.AssistantMessage("Hello", tool_calls=[])),
    "assistant message with tool calls as dicts": _says(
        lambda m: m.AssistantMessage(tool_calls=[{"id": "1", "function": {"name": "moon", "arguments": "{}"}}])
    ),
    "tool message": _says(lambda m: m.ToolMessage("3 pm", tool_call_id="1")),
    "tool message by keyword": _says(lambda m: m.ToolMessage(content="3 pm", tool_call_id="1")),
    "tool message without content": _says(lambda m: m.ToolMessage(tool_call_id="1")),
    "content twice": _says(lambda m: m.UserMessage("a", content="b")),
    "unknown model keyword": _says(lambda m: m.UserMessage("a", name="b")),
    "messages none at all": Case(lambda m: {"messages": []}),
    "messages as tuple": Case(lambda m: {"messages": (m.SystemMessage("a"), m.UserMessage("b"))}),
    "messages mixed": Case(
        lambda m: {"messages": [m.SystemMessage("a"), {"role": "user", "content": "b", "name": "c"}]}
    ),
    "messages missing": Case(nothing),
}


def _named(message: Any) -> Any:
    message["name"] = "Ann"
    return message


def _appended(m: Any) -> Any:
    message = m.UserMessage([m.TextContentItem(text="a")])
    message.content.append(m.TextContentItem(text="b"))
    message.content[0].text = "c"
    return message


_HISTORY: Dict[str, Case] = {
    "completion's message sent back": _history(lambda m, completion: [completion.choices[0].message]),
    "completion's message by key": _history(lambda m, completion: [completion["choices"][0]["message"]]),
    "completion's message as dict": _history(lambda m, completion: [completion.choices[0].message.as_dict()]),
    "completion's message changed": _history(lambda m, completion: [_changed(completion.choices[0].message)]),
    "completion's tool calls": _history(
        lambda m, completion: [
            m.AssistantMessage(tool_calls=completion.choices[0].message.tool_calls),
            m.ToolMessage(tool_call_id=completion.choices[0].message.tool_calls[0].id, content="3 pm"),
            m.ToolMessage("full", tool_call_id=completion.choices[0].message.tool_calls[1].id),
        ]
    ),
    "completion's content": _history(
        lambda m, completion: [m.AssistantMessage(content=completion.choices[0].message.content)]
    ),
    "completion's message copied": _history(
        lambda m, completion: [
            copy.copy(completion.choices[0].message),
            copy.deepcopy(completion.choices)[0].message,
            pickle.loads(pickle.dumps(completion)).choices[0].message,
        ]
    ),
    "completion's message merged": _history(
        lambda m, completion: [{**completion.choices[0].message, "content": "x", "audio": None}]
    ),
    "completion's message taken over by a class": _history(
        lambda m, completion: [m.AssistantMessage(completion.choices[0].message)]
    ),
    "completion's time": _history(
        lambda m, completion: [
            m.AssistantMessage(
                {"role": "assistant", "content": "x", "at": completion.created, "seconds": completion["created"]}
            )
        ]
    ),
    "the whole completion as a body": Case(hello(), then=lambda m, completion: {"body": completion}),
}

CONTENT_CASES: Dict[str, Case] = {**_SETTINGS, **_EXTRAS, **_MESSAGES, **_HISTORY}
