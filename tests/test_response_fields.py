"""Fields of responses: each is read as its type, whole and streamed, and all other keys are kept."""

from __future__ import annotations

import copy
import datetime
import json
import pickle
from collections import UserDict
from typing import Any, Dict, List

import pytest
from azure.core.credentials import AzureKeyCredential
from worlds import World, updates_of, wait

from azure.ai.inference.models import (
    ChatAnnotation,
    ChatChoice,
    ChatChoiceLogProbs,
    ChatCompletions,
    ChatCompletionsAudio,
    ChatCompletionsToolCall,
    CompletionsUsage,
    CompletionsUsageDetails,
    ContentFilterResult,
    ContentFilterResults,
    CustomToolCall,
    EmbeddingsResult,
    ImageGenerations,
    PromptFilterResult,
    PromptUsageDetails,
    ServiceTier,
    StreamingChatChoiceUpdate,
    StreamingChatCompletionsUpdate,
    StreamingChatResponseToolCallUpdate,
    TokenLogProb,
    TopLogProb,
    UrlCitation,
)
from azure.ai.inference.testing import FakeResponse

FILTERED: Dict[str, Any] = {
    "hate": {"filtered": False, "severity": "safe"},
    "self_harm": {"filtered": False, "severity": "low"},
    "sexual": {"filtered": False, "severity": "medium"},
    "violence": {"filtered": True, "severity": "high"},
    "profanity": {"filtered": False, "detected": False},
    "jailbreak": {"filtered": False, "detected": True},
    "indirect_attack": {"filtered": False, "detected": False},
    "protected_material_text": {"filtered": False, "detected": False},
    "protected_material_code": {"filtered": True, "detected": True, "citation": {"license": "MIT", "URL": "https://x"}},
    "ungrounded_material": {"filtered": False, "detected": False},
    "personally_identifiable_information": {"filtered": False, "detected": False},
    "custom_blocklists": {"filtered": True, "details": [{"filtered": True, "id": "b1"}]},
    "custom_topics": {"filtered": False, "details": []},
    "error": {"code": "content_filter_error", "message": "not run"},
    "new_category": {"filtered": False},
}
LOGPROBS: Dict[str, Any] = {
    "content": [
        {
            "token": "é",
            "logprob": -0.5,
            "bytes": [195, 169],
            "top_logprobs": [{"token": "e", "logprob": -1.5, "bytes": None}],
        }
    ],
    "refusal": None,
}
ANNOTATIONS: List[Any] = [
    {"type": "url_citation", "url_citation": {"start_index": 0, "end_index": 5, "url": "https://x", "title": "X"}}
]
AUDIO = {"id": "s1", "data": "AAAA", "expires_at": 1_700_000_000, "transcript": "Hi", "format": "wav"}
MESSAGE: Dict[str, Any] = {
    "role": "assistant",
    "content": "Hi",
    "refusal": "No",
    "reasoning_content": "Hm",
    "reasoning": "Hmm",
    "reasoning_details": [{"type": "reasoning.text", "text": "Hmm"}],
    "annotations": ANNOTATIONS,
    "audio": AUDIO,
    "tool_calls": [
        {"id": "t1", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}},
        {"id": "t2", "type": "function", "function": {"name": "f", "arguments": "{}"}},
    ],
}
TOP: Dict[str, Any] = {
    "id": "c1",
    "created": 1_700_000_000,
    "model": "m",
    "system_fingerprint": "f1",
    "service_tier": "priority",
    "moderation": {"results": []},
    "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {"jailbreak": {"detected": True}}}],
    "usage": {
        "completion_tokens": 9,
        "prompt_tokens": 5,
        "total_tokens": 14,
        "completion_tokens_details": {
            "reasoning_tokens": 1,
            "audio_tokens": 2,
            "text_tokens": 3,
            "accepted_prediction_tokens": 4,
            "rejected_prediction_tokens": 5,
            "total_tokens": 9,
        },
        "prompt_tokens_details": {
            "cached_tokens": 1,
            "cache_write_tokens": 2,
            "audio_tokens": 3,
            "text_tokens": 4,
            "image_tokens": 5,
        },
        "cost": 0.25,
    },
}
WHOLE: Dict[str, Any] = {
    **TOP,
    "object": "chat.completion",
    "metadata": {"topic": "t"},
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {**MESSAGE, "context": {"intent": "i", "citations": []}},
            "logprobs": LOGPROBS,
            "content_filter_results": FILTERED,
            "native_finish_reason": "STOP",
        }
    ],
}
OFFSETS = {"check_offset": 44, "start_offset": 44, "end_offset": 198}
STREAMED: Dict[str, Any] = {
    **TOP,
    "object": "chat.completion.chunk",
    "obfuscation": "x9",
    "choices": [
        {
            "index": 0,
            "finish_reason": None,
            "delta": {**MESSAGE, "tool_calls": [{"index": i, **call} for i, call in enumerate(MESSAGE["tool_calls"])]},
            "logprobs": LOGPROBS,
            "content_filter_results": FILTERED,
            "content_filter_offsets": OFFSETS,
        }
    ],
}


def whole() -> ChatCompletions:
    """Return a completion with every field."""
    return ChatCompletions(copy.deepcopy(WHOLE))


def streamed() -> StreamingChatCompletionsUpdate:
    """Return an update with every field."""
    return StreamingChatCompletionsUpdate(copy.deepcopy(STREAMED))


@pytest.mark.parametrize("make", [whole, streamed])
def test_top_of_a_completion(make: Any) -> None:
    """Fields beside the choices are read as their types."""
    read = make()
    results = read.prompt_filter_results

    assert (read.object, read.system_fingerprint, read.moderation) == (
        "chat.completion" + (".chunk" if make is streamed else ""),
        "f1",
        {"results": []},
    )
    assert read.service_tier is ServiceTier.PRIORITY
    assert [type(result) for result in results] == [PromptFilterResult]
    assert (results[0].prompt_index, type(results[0].content_filter_results)) == (0, ContentFilterResults)
    assert results[0].content_filter_results.jailbreak.detected is True


def test_what_only_one_form_has() -> None:
    """Fields of a whole completion or an update alone are read there."""
    assert whole().metadata == {"topic": "t"}
    assert whole().choices[0].message.context == {"intent": "i", "citations": []}
    assert streamed().obfuscation == "x9"
    assert streamed().choices[0].content_filter_offsets == OFFSETS


@pytest.mark.parametrize("make", [whole, streamed])
def test_usage(make: Any) -> None:
    """The details of the usage are read, and a key without a field stays."""
    usage = make().usage
    of_completion, of_prompt = usage.completion_tokens_details, usage.prompt_tokens_details

    assert (type(of_completion), type(of_prompt)) == (CompletionsUsageDetails, PromptUsageDetails)
    assert (of_completion.reasoning_tokens, of_completion.audio_tokens, of_completion.text_tokens) == (1, 2, 3)
    assert (of_completion.accepted_prediction_tokens, of_completion.rejected_prediction_tokens) == (4, 5)
    assert of_completion.total_tokens == 9
    assert (of_prompt.cached_tokens, of_prompt.cache_write_tokens, of_prompt.audio_tokens) == (1, 2, 3)
    assert (of_prompt.text_tokens, of_prompt.image_tokens, usage["cost"]) == (4, 5, 0.25)


@pytest.mark.parametrize("make", [whole, streamed])
def test_log_probabilities(make: Any) -> None:
    """Tokens are read with their probabilities, bytes and alternatives."""
    logprobs = make().choices[0].logprobs
    token = logprobs.content[0]

    assert (type(logprobs), type(token), type(token.top_logprobs[0])) == (ChatChoiceLogProbs, TokenLogProb, TopLogProb)
    assert (token.token, token.logprob, token.bytes) == ("é", -0.5, [195, 169])
    assert (token.top_logprobs[0].token, token.top_logprobs[0].logprob, token.top_logprobs[0].bytes) == (
        "e",
        -1.5,
        None,
    )
    assert logprobs.refusal is None


@pytest.mark.parametrize("make", [whole, streamed])
def test_content_filters(make: Any) -> None:
    """Each category is read, known or not."""
    results = make().choices[0].content_filter_results
    categories = [name for name in FILTERED if name not in ("error", "new_category")]

    assert type(results) is ContentFilterResults
    assert {type(getattr(results, name)) for name in categories} == {ContentFilterResult}
    assert {name: getattr(results, name) for name in categories} == {name: FILTERED[name] for name in categories}
    assert (results.violence.filtered, results.violence.severity, results.violence.detected) == (True, "high", None)
    assert results.jailbreak.detected is True
    assert results.protected_material_code.citation == {"license": "MIT", "URL": "https://x"}
    assert results.custom_blocklists.details == [{"filtered": True, "id": "b1"}]
    assert results.error == FILTERED["error"]
    assert results["new_category"] == {"filtered": False}


def test_older_blocklists_stay_a_list() -> None:
    """The list that older services send is returned as it is."""
    blocklists = [{"filtered": True, "id": "b1"}]

    assert ContentFilterResults({"custom_blocklists": blocklists}).custom_blocklists == blocklists


@pytest.mark.parametrize("make", [whole, streamed])
def test_messages(make: Any) -> None:
    """The parts of a message and of a delta are read as their types."""
    choice = make().choices[0]
    message = choice.message if make is whole else choice.delta
    citation = message.annotations[0].url_citation

    assert (message.refusal, message.reasoning_content, message.reasoning) == ("No", "Hm", "Hmm")
    assert message.reasoning_details == [{"type": "reasoning.text", "text": "Hmm"}]
    assert (type(message.annotations[0]), message.annotations[0].type) == (ChatAnnotation, "url_citation")
    assert type(citation) is UrlCitation
    assert (citation.url, citation.title, citation.start_index, citation.end_index) == ("https://x", "X", 0, 5)


@pytest.mark.parametrize("make", [whole, streamed])
def test_audio(make: Any) -> None:
    """Audio expires at a UTC time by attribute, and at seconds by item."""
    choice = make().choices[0]
    audio = (choice.message if make is whole else choice.delta).audio

    assert type(audio) is ChatCompletionsAudio
    assert (audio.id, audio.data, audio.transcript, audio.format) == ("s1", "AAAA", "Hi", "wav")
    assert audio.expires_at == datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc)
    assert audio["expires_at"] == 1_700_000_000


@pytest.mark.parametrize("make", [whole, streamed])
def test_tool_calls(make: Any) -> None:
    """A call of a custom tool and one of a function are distinguished by their type."""
    choice = make().choices[0]
    custom, function = (choice.message if make is whole else choice.delta).tool_calls

    assert {type(custom), type(function)} == {
        ChatCompletionsToolCall if make is whole else StreamingChatResponseToolCallUpdate
    }
    assert (custom.id, custom.type, custom.function, type(custom.custom)) == ("t1", "custom", None, CustomToolCall)
    assert (custom.custom.name, custom.custom.input) == ("sql", "SELECT 1")
    assert (function.type, function.function.name, function.custom) == ("function", "f", None)
    assert make is whole or (custom.index, function.index) == (0, 1)


def test_embeddings_and_images() -> None:
    """The fields of the other responses are read as their types."""
    embeddings = EmbeddingsResult({"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [1]}]})
    wire = {
        "id": "i1",
        "created": 1_700_000_000,
        "model": "m",
        "object": "image.generation",
        "background": "opaque",
        "output_format": "png",
        "quality": "high",
        "size": "1024x1024",
        "data": [{"image": "AA==", "b64_json": "AQ==", "url": "https://x", "revised_prompt": "r", "seed": 3}],
        "usage": {
            "image_generations": 1,
            "input_tokens": 2,
            "output_tokens": 3,
            "total_tokens": 5,
            "input_tokens_details": {"text_tokens": 2},
            "output_tokens_details": {"image_tokens": 3},
        },
    }
    images = ImageGenerations(wire)
    image, usage = images.data[0], images.usage

    assert (embeddings.object, embeddings.data[0].object, embeddings.id) == ("list", "embedding", None)
    assert images.created == datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc)
    names = ["id", "model", "object", "background", "output_format", "quality", "size"]
    assert {name: getattr(images, name) for name in names} == {name: wire[name] for name in names}
    assert {name: getattr(image, name) for name in image} == wire["data"][0]  # type: ignore[index]
    assert usage is not None
    assert {name: getattr(usage, name) for name in usage} == wire["usage"]
    assert str(images) == json.dumps(wire, indent=2)


@pytest.mark.parametrize(("make", "wire"), [(whole, WHOLE), (streamed, STREAMED)])
def test_fields_change_nothing(make: Any, wire: Dict[str, Any]) -> None:
    """The JSON, its text and its comparison are the same before and after every field was read."""
    model = make()
    read_all(model)

    for same in (
        make(),
        model,
        copy.copy(model),
        copy.deepcopy(model),
        model.copy(),
        pickle.loads(pickle.dumps(model)),
    ):
        assert same == wire
        assert json.dumps(same.as_dict()) == json.dumps(wire)
        assert repr(same) == repr(wire)


def read_all(model: Any) -> None:
    """Read every field of a model and of the models in it."""
    for value in (getattr(model, name) for name in model._attr_to_rest_field):
        for one in value if isinstance(value, list) else [value]:
            if hasattr(one, "_attr_to_rest_field"):
                read_all(one)


@pytest.mark.parametrize("make", [whole, streamed])
def test_absent_fields_are_none(make: Any) -> None:
    """A service that does not send a field leaves it None, at every level."""
    empty = type(make())({"choices": [{"delta": {}, "message": {}}]})
    choice = empty.choices[0]
    message = choice.message if make is whole else choice.delta

    for model, known in ((empty, ["choices"]), (choice, ["message", "delta"]), (message, [])):
        assert {getattr(model, name) for name in model._attr_to_rest_field if name not in known} == {None}


def test_a_choice_without_a_delta() -> None:
    """An update of a content filter, which has no delta, is read like any other."""
    for wire in ({"index": 0, "delta": None}, {"index": 0}):
        choice = StreamingChatChoiceUpdate({**wire, "content_filter_offsets": OFFSETS})
        assert (choice.delta, choice.content_filter_offsets) == (None, OFFSETS)


@pytest.mark.parametrize("wrong", [5, "text", {"a": 1}, [1, None, "x"], [[]]])
def test_fields_of_wrong_types(wrong: Any) -> None:
    """A value of another JSON type is returned as it is."""
    choice = ChatChoice({"logprobs": wrong, "content_filter_results": wrong})
    usage = CompletionsUsage({"completion_tokens_details": wrong})

    assert (choice.logprobs, choice.content_filter_results, usage.completion_tokens_details) == (wrong, wrong, wrong)
    assert ChatCompletions({"prompt_filter_results": wrong}).prompt_filter_results == wrong
    assert ChatCompletionsAudio({"expires_at": [wrong]}).expires_at == [wrong]


@pytest.mark.parametrize("read_first", [False, True])
def test_items_of_new_fields_stay_json(read_first: bool) -> None:
    """By key, a field that the released package does not have gives plain JSON, which programs encode as it is."""
    completion, update = whole(), streamed()
    if read_first:
        read_all(completion)
        read_all(update)
    message, delta = completion.choices[0].message, update.choices[0].delta

    assert json.loads(json.dumps(dict(completion.usage))) == TOP["usage"]
    assert json.loads(json.dumps(list(completion.usage.values()))) == list(TOP["usage"].values())
    assert json.dumps(completion["prompt_filter_results"]) == json.dumps(TOP["prompt_filter_results"])
    assert json.dumps(update["prompt_filter_results"]) == json.dumps(TOP["prompt_filter_results"])
    for choice in (completion.choices[0], update.choices[0]):
        assert json.dumps(choice["content_filter_results"]) == json.dumps(FILTERED)
        assert json.dumps(choice.get("logprobs")) == json.dumps(LOGPROBS)
    for part in (message, delta):
        assert json.dumps([part["annotations"], part["audio"]]) == json.dumps([ANNOTATIONS, AUDIO])
        assert part.tool_calls is not None
        assert type(part.tool_calls[0]["custom"]) is dict
    assert type(vars(completion.usage)["_data"]["completion_tokens_details"]) is dict


def test_changes_of_new_fields_show() -> None:
    """A change of a model is a change of the JSON around it, item and attribute alike."""
    completion = whole()
    results = completion.choices[0].content_filter_results
    assert results is not None
    results.jailbreak = ContentFilterResult(filtered=True)
    assert completion.prompt_filter_results is not None
    completion.prompt_filter_results.append(PromptFilterResult(prompt_index=1))
    completion.choices[0]["logprobs"]["refusal"] = []
    completion.usage.prompt_tokens_details = None
    completion.usage.completion_tokens_details = {"reasoning_tokens": 7}  # type: ignore[assignment]
    expected = copy.deepcopy(WHOLE)
    expected["choices"][0]["content_filter_results"]["jailbreak"] = {"filtered": True}
    expected["choices"][0]["logprobs"]["refusal"] = []
    expected["prompt_filter_results"].append({"prompt_index": 1})
    expected["usage"]["completion_tokens_details"] = {"reasoning_tokens": 7}
    del expected["usage"]["prompt_tokens_details"]

    assert completion.as_dict() == expected
    assert completion.choices[0].logprobs == {**LOGPROBS, "refusal": []}
    assert completion.usage.completion_tokens_details == CompletionsUsageDetails(reasoning_tokens=7)


def test_json_given_to_new_fields_stays_the_callers() -> None:
    """A model does not change the JSON that it was made from, at any depth."""
    given = copy.deepcopy(WHOLE)
    made = ChatCompletions(given)
    logprobs = made.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    logprobs.content[0].token = "changed"
    deep: Any = []
    for _ in range(10_000):
        deep = [deep]

    assert given == WHOLE
    assert made.choices[0]["logprobs"]["content"][0]["token"] == "changed"
    assert type(ChatChoice(logprobs=deep).logprobs) is list


def test_models_given_to_new_fields_stay_models() -> None:
    """A model, or another mapping, is what the field gives back."""
    details = CompletionsUsageDetails(reasoning_tokens=1)
    usage = CompletionsUsage(completion_tokens=1, completion_tokens_details=details)
    mapped = CompletionsUsage(completion_tokens_details=UserDict(reasoning_tokens=1))

    assert usage.completion_tokens_details is usage["completion_tokens_details"] is details
    assert type(mapped.completion_tokens_details) is CompletionsUsageDetails
    assert mapped == {"completion_tokens_details": {"reasoning_tokens": 1}}


@pytest.mark.asyncio
async def test_fields_through_a_client(world: World) -> None:
    """A client returns every field as it came, whole and streamed; an event without choices and usage is skipped."""
    first = {"object": "chat.completion.chunk", "choices": [], "prompt_filter_results": TOP["prompt_filter_results"]}
    last = {"choices": [{"index": 0, "delta": None, "content_filter_offsets": OFFSETS}]}
    events = "".join(f"data: {json.dumps(event)}\n\n" for event in (first, STREAMED, last)) + "data: [DONE]\n\n"
    bodies = iter([WHOLE, events.encode()])
    transport = world.FakeTransport(lambda request: FakeResponse(200, body=next(bodies)))
    client = world.ChatCompletionsClient("https://r.openai.azure.com", AzureKeyCredential("k"), transport=transport)

    completion = await wait(client.complete(messages=[]))
    updates = await updates_of(await wait(client.complete(messages=[], stream=True)))
    assert completion == WHOLE
    assert updates == [STREAMED, last]
    assert (updates[1].choices[0].delta, updates[1].choices[0].content_filter_offsets) == (None, OFFSETS)
