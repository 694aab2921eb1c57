"""The fields of today's services in chat completions of the local service: who asks for them gets them."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest
from local_http import HELLO, ask

from azure.ai.inference.testing import LocalService
from azure.ai.inference.testing.toy_model.chat import Rules, complete_chat, stream_chat
from azure.ai.inference.testing.toy_model.problems import Problem

SAFE = {"filtered": False, "severity": "safe"}
UNDETECTED = {"filtered": False, "detected": False}
FILTERS = {"hate": SAFE, "self_harm": SAFE, "sexual": SAFE, "violence": SAFE}
COMPLETION_FILTERS = {**FILTERS, "protected_material_code": UNDETECTED, "protected_material_text": UNDETECTED}
PROMPT_FILTERS = [{"prompt_index": 0, "content_filter_results": {**FILTERS, "jailbreak": UNDETECTED}}]
THOUGHTS = "The user wrote “Hello”. I am not a model, so I can only count and repeat words."
CONTENT = "“Hello” – that is one word. I am the local test service, not a model, so I know no more about it than that."
TOOL = {"type": "function", "function": {"name": "greet", "parameters": {"type": "object"}}}
GRAMMAR = {"type": "custom", "custom": {"name": "run", "description": "Runs a hello program"}}


def details(reasoning_tokens: int) -> Dict[str, Any]:
    """Return the details of a usage."""
    return {
        "completion_tokens_details": {
            "accepted_prediction_tokens": 0,
            "audio_tokens": 0,
            "reasoning_tokens": reasoning_tokens,
            "rejected_prediction_tokens": 0,
        },
        "prompt_tokens_details": {"audio_tokens": 0, "cached_tokens": 0},
    }


def deltas_of(body: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Return the deltas of the stream for a request with one choice."""
    return [event["choices"][0]["delta"] for event in stream_chat(body, "m") if event["choices"]]


def joined(deltas: List[Dict[str, Any]], field: str) -> str:
    """Return the texts of one field of deltas, joined."""
    return "".join(delta.get(field) or "" for delta in deltas)


def test_detailed_completion_is_whole() -> None:
    """A detailed completion has every field that services send today."""
    completion = complete_chat({**HELLO, "model": "local-detailed"}, "m")
    assert completion == {
        "id": completion["id"],
        "object": "chat.completion",
        "created": 1767225600,
        "model": "local-detailed",
        "system_fingerprint": "local-service",
        "service_tier": "default",
        "prompt_filter_results": PROMPT_FILTERS,
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": CONTENT, "refusal": None, "annotations": []},
                "logprobs": None,
                "content_filter_results": COMPLETION_FILTERS,
            }
        ],
        "usage": {"completion_tokens": 24, "prompt_tokens": 1, "total_tokens": 25, **details(0)},
    }


def test_detailed_stream_begins_with_the_filters_of_the_prompt() -> None:
    """The first event of a detailed stream has no choices, and all others have their filters."""
    first, second, *others = stream_chat({**HELLO, "model": "local-detailed", "n": 2}, "m")
    assert (first["choices"], first["prompt_filter_results"]) == ([], PROMPT_FILTERS)
    assert second["choices"] == [
        {
            "index": 0,
            "finish_reason": None,
            "delta": {"role": "assistant", "content": "", "refusal": None},
            "logprobs": None,
            "content_filter_results": COMPLETION_FILTERS,
        }
    ]
    assert all(choice["content_filter_results"] for event in others for choice in event["choices"])
    assert others[-1]["usage"]["completion_tokens_details"]["reasoning_tokens"] == 0
    assert {event["service_tier"] for event in [first, second, *others]} == {"default"}


def test_service_can_be_detailed() -> None:
    """A detailed service writes these fields on all routes, for all models."""
    with LocalService(detailed=True) as service:
        assert ask(service).json()["prompt_filter_results"] == PROMPT_FILTERS
        body = {**HELLO, "model": "mine"}
        assert ask(service, path="/openai/v1/chat/completions", body=body).json()["service_tier"] == "default"


def test_log_probabilities_are_written_if_asked_for() -> None:
    """`logprobs` gets one entry for each token, with as many alternatives as `top_logprobs` says."""
    body = {**HELLO, "logprobs": True, "top_logprobs": 2, "max_tokens": 2}
    (choice,) = complete_chat(body, "m")["choices"]
    first, second = choice["logprobs"]["content"]
    assert first == {
        "token": "“Hello” ",
        "logprob": first["logprob"],
        "bytes": list("“Hello” ".encode()),
        "top_logprobs": [
            {"token": "“Hello” ", "logprob": first["logprob"], "bytes": list("“Hello” ".encode())},
            {"token": "the", "logprob": first["logprob"] - 1, "bytes": [116, 104, 101]},
        ],
    }
    assert -1 < first["logprob"] <= 0
    assert second["token"] == "– "
    assert choice["logprobs"]["refusal"] is None
    assert complete_chat({**HELLO, "logprobs": True}, "m")["choices"][0]["logprobs"]["content"][0]["top_logprobs"] == []


def test_streamed_log_probabilities_add_up() -> None:
    """The log probabilities of a stream come with their tokens, and add up to those of the plain completion."""
    body = {**HELLO, "logprobs": True, "top_logprobs": 20}
    choices = [event["choices"][0] for event in stream_chat(body, "m") if event["choices"]]
    assert [choice["logprobs"] for choice in (choices[0], choices[-1])] == [None, None]
    streamed = [entry for choice in choices[1:-1] for entry in choice["logprobs"]["content"]]
    assert streamed == complete_chat(body, "m")["choices"][0]["logprobs"]["content"]
    assert len(streamed[0]["top_logprobs"]) == 20


@pytest.mark.parametrize(("given", "expected"), [("auto", "default"), ("priority", "priority")])
def test_service_tier_is_repeated(given: str, expected: str) -> None:
    """A request with a service tier gets the one that was used."""
    assert complete_chat({**HELLO, "service_tier": given}, "m")["service_tier"] == expected


def test_reasoner_writes_reasoning_content() -> None:
    """`local-reasoner` writes its reasoning to a field of its own, and counts it."""
    body = {**HELLO, "model": "local-reasoner"}
    completion = complete_chat(body, "m")
    assert completion["choices"][0]["message"] == {
        "role": "assistant",
        "content": CONTENT,
        "reasoning_content": THOUGHTS,
    }
    assert completion["usage"] == {"completion_tokens": 41, "prompt_tokens": 1, "total_tokens": 42, **details(17)}
    deltas = deltas_of(body)
    assert deltas[:2] == [{"role": "assistant", "content": ""}, {"reasoning_content": "The "}]
    assert (joined(deltas, "reasoning_content"), joined(deltas, "content")) == (THOUGHTS, CONTENT)


def test_thinker_writes_tags() -> None:
    """`local-thinker` writes its reasoning ahead of its content, in tags."""
    body = {**HELLO, "model": "local-thinker"}
    completion = complete_chat(body, "m")
    content = f"<think>\n{THOUGHTS}\n</think>\n\n{CONTENT}"
    assert completion["choices"][0]["message"] == {"role": "assistant", "content": content}
    assert list(completion["usage"]) == ["completion_tokens", "prompt_tokens", "total_tokens"]
    assert joined(deltas_of(body), "content") == content


def test_silent_reasoner_only_counts() -> None:
    """`local-silent-reasoner` counts reasoning that it does not show; with effort `none` there is none."""
    body = {**HELLO, "model": "local-silent-reasoner"}
    completion = complete_chat(body, "m")
    assert completion["choices"][0]["message"] == {"role": "assistant", "content": CONTENT}
    assert completion["usage"]["completion_tokens"] == 41
    assert deltas_of(body)[1] == {"content": "“Hello” "}
    usage = complete_chat({**body, "reasoning_effort": "none"}, "m")["usage"]
    assert usage == {"completion_tokens": 24, "prompt_tokens": 1, "total_tokens": 25, **details(0)}


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_reasoning_counts_towards_the_limit(limit: str) -> None:
    """A limit cuts off the reasoning first, and leaves an empty content if it is small."""
    body = {**HELLO, "model": "local-reasoner", limit: 2}
    (choice,) = complete_chat(body, "m")["choices"]
    message = {"role": "assistant", "content": "", "reasoning_content": "The user "}
    assert choice == {"index": 0, "finish_reason": "length", "message": message}
    (choice,) = complete_chat({**body, limit: 18}, "m")["choices"]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("length", "“Hello” ")


@pytest.mark.parametrize(
    ("parameter", "value", "code"),
    [("max_tokens", 5, "unsupported_parameter"), ("temperature", 0.5, "unsupported_value")],
)
def test_silent_reasoner_refuses_parameters(service: LocalService, parameter: str, value: Any, code: str) -> None:
    """`local-silent-reasoner` refuses what OpenAI's reasoning models refuse, with the parameter's name."""
    body = {**HELLO, "model": "local-silent-reasoner", parameter: value}
    refused = ask(service, path="/openai/v1/chat/completions", body=body)
    error = refused.json()["error"]
    assert (refused.status, error["code"], error["param"]) == (400, code, parameter)
    elsewhere = ask(service, body=body)
    assert (elsewhere.status, elsewhere.json()["error"]) == (
        400,
        {"code": code, "message": error["message"], "param": parameter},
    )
    body = {**HELLO, "model": "local-silent-reasoner", "max_completion_tokens": 5, "temperature": 1}
    assert ask(service, path="/openai/v1/chat/completions", body=body).status == 200


def test_deployment_names_the_model(service: LocalService) -> None:
    """The deployment in the path decides, not the model in the body."""
    path = "/openai/deployments/local-reasoner/chat/completions?api-version=x"
    assert ask(service, path=path).json()["choices"][0]["message"]["reasoning_content"] == THOUGHTS
    rules = Rules(deployment="local-reasoner")
    message = complete_chat({**HELLO, "model": "local-thinker"}, "m", rules)["choices"][0]["message"]
    assert (message["content"], message["reasoning_content"]) == (CONTENT, THOUGHTS)


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("local-reasoner", {"content": None, "reasoning_content": THOUGHTS}),
        ("local-thinker", {"content": f"<think>\n{THOUGHTS}\n</think>\n\n"}),
    ],
)
def test_reasoning_precedes_a_tool_call(model: str, fields: Dict[str, Any]) -> None:
    """A tool call comes with its reasoning, whole and streamed."""
    body = {**HELLO, "model": model, "tools": [TOOL]}
    message = complete_chat(body, "m")["choices"][0]["message"]
    call = {"id": message["tool_calls"][0]["id"], "type": "function", "function": {"name": "greet", "arguments": "{}"}}
    assert message == {"role": "assistant", **fields, "tool_calls": [call]}
    first, *deltas, arguments, last = deltas_of(body)
    opening = {**call, "index": 0, "function": {"name": "greet", "arguments": ""}}
    assert (first, deltas.pop()) == ({"role": "assistant", "content": None}, {"tool_calls": [opening]})
    assert (arguments, last) == ({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}, {})
    for field, value in fields.items():
        assert joined(deltas, field) == (value or "")


def test_reasoning_follows_tool_results() -> None:
    """The reasoning about tool results says so."""
    messages = [*HELLO["messages"], {"role": "tool", "tool_call_id": "a", "content": "5"}]
    message = complete_chat({"messages": messages, "model": "local-reasoner"}, "m")["choices"][0]["message"]
    assert message["reasoning_content"] == "The tools have answered. I pass on their results."


@pytest.mark.parametrize("choice", ["auto", {"type": "custom", "custom": {"name": "run"}}])
def test_custom_tool_is_called(choice: Any) -> None:
    """A custom tool is called with the user's text as input, whole and streamed."""
    body = {**HELLO, "tools": [TOOL, GRAMMAR], "tool_choice": choice}
    (call,) = complete_chat(body, "m")["choices"][0]["message"]["tool_calls"]
    assert call == {"id": call["id"], "type": "custom", "custom": {"name": "run", "input": "Hello"}}
    first, rest, _ = deltas_of(body)
    assert first["tool_calls"] == [{**call, "index": 0, "custom": {"name": "run", "input": ""}}]
    assert rest == {"tool_calls": [{"index": 0, "custom": {"input": "Hello"}}]}
    results = [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call["id"], "content": "1"},
    ]
    content = complete_chat({**body, "messages": [*body["messages"], *results]}, "m")["choices"][0]["message"][
        "content"
    ]
    assert content.startswith("You asked: “Hello” run answered: 1.")


def test_allowed_tools_limit_the_choice() -> None:
    """A `tool_choice` of allowed tools keeps all others from being called."""
    allowed = {"mode": "auto", "tools": [{"type": "function", "function": {"name": "greet"}}]}
    body = {**HELLO, "tools": [GRAMMAR, TOOL], "tool_choice": {"type": "allowed_tools", "allowed_tools": allowed}}
    (call,) = complete_chat(body, "m")["choices"][0]["message"]["tool_calls"]
    assert call["function"]["name"] == "greet"


@pytest.mark.parametrize(
    "body",
    [
        {"tools": [{"type": "custom", "function": {"name": "a"}}]},
        {"tools": [TOOL], "tool_choice": {"type": "allowed_tools", "allowed_tools": {"tools": []}}},
        {"tools": [TOOL], "tool_choice": {"type": "allowed_tools", "allowed_tools": {"tools": ["greet"]}}},
        {"top_logprobs": 21},
        {"max_completion_tokens": "many"},
    ],
)
def test_invalid_values_are_refused(body: Dict[str, Any]) -> None:
    """Parameters of today are checked as the old ones are."""
    with pytest.raises(Problem) as caught:
        complete_chat({**HELLO, **body}, "m")
    assert caught.value.status == 422


def test_files_and_refusals_are_content() -> None:
    """Messages can have files, and refusals of the assistant; files are counted."""
    items = [
        {"type": "text", "text": "Look"},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "file", "file": {}},
        {"type": "audio_url", "audio_url": {"url": "https://example.com/a.mp3"}},
    ]
    messages = [
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
        {"role": "user", "content": items},
    ]
    content = complete_chat({"messages": messages}, "m")["choices"][0]["message"]["content"]
    assert (
        "With your message came 1 audio clip (at example.com) and 3 files (a.pdf; file-1; without a name)." in content
    )
