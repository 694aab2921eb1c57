"""Programs of users: mypy strict, pyright strict and ty must accept every line, and infer these types."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any, AsyncIterator, Dict, Iterator, List, Optional, TypedDict, Union

from azure.core.credentials import AzureKeyCredential
from typing_extensions import Unpack, assert_type

from azure.ai.inference import (
    ChatCompletionsClient,
    EmbeddingsClient,
    ImageEmbeddingsClient,
    ImageGenerationClient,
    aio,
    load_client,
)
from azure.ai.inference.exceptions import ContentFilterError, RateLimitError, RefusalError, ResponseTruncatedError
from azure.ai.inference.models import (
    AssistantMessage,
    AsyncStreamingChatCompletions,
    AudioUrl,
    AudioUrlContentItem,
    ChatChoiceLogProbs,
    ChatCompletions,
    ChatCompletionsAudioOptions,
    ChatCompletionsCustomToolDefinition,
    ChatCompletionsModality,
    ChatCompletionsNamedToolChoice,
    ChatCompletionsNamedToolChoiceFunction,
    ChatCompletionsPrediction,
    ChatCompletionsStreamOptions,
    ChatCompletionsToolCall,
    ChatCompletionsToolChoicePreset,
    ChatCompletionsToolDefinition,
    ChatRequestAudioReference,
    ChatRequestMessage,
    ContentFilterResults,
    CustomToolCall,
    CustomToolDefinition,
    DeveloperMessage,
    EmbeddingsResult,
    FileContentItem,
    FunctionCall,
    FunctionDefinition,
    ImageContentItem,
    ImageEmbeddingInput,
    ImageGenerations,
    ImagePrompt,
    ImageUrl,
    InputFile,
    JsonSchemaFormat,
    ModelInfo,
    ParsedChatCompletions,
    ReasoningEffort,
    ServiceTier,
    StreamingChatCompletions,
    StreamingChatCompletionsUpdate,
    SystemMessage,
    TextContentItem,
    ToolMessage,
    UserMessage,
    UserSecurityContext,
    Verbosity,
)
from azure.ai.inference.options import ChatClientOptions, ChatCompletionsSettings
from azure.ai.inference.runs import (
    AdaptiveLimiter,
    ChatOutcome,
    ChatRun,
    EmbeddingsBatch,
    EmbeddingsRun,
    OnError,
    Progress,
    RunProgress,
)
from azure.ai.inference.testing import (
    AsyncFakeTransport,
    AsyncRecordingTransport,
    AsyncReplayTransport,
    FakeResponse,
    FakeTransport,
    RecordingTransport,
    ReplayTransport,
)

TOOL = ChatCompletionsToolDefinition(
    function=FunctionDefinition(name="f", description="d", parameters={"type": "object"})
)
CHOICE = ChatCompletionsNamedToolChoice(function=ChatCompletionsNamedToolChoiceFunction(name="f"))


class OtherTool(TypedDict):
    """A tool as another package types it."""

    type: str
    function: Dict[str, object]


def messages(client: ChatCompletionsClient) -> None:
    users: List[UserMessage] = [UserMessage("hi")]
    requests: List[ChatRequestMessage] = [SystemMessage("s"), *users]
    dictionaries: List[Dict[str, Any]] = [{"role": "user", "content": "hi"}]
    client.complete(messages=users)
    client.complete(messages=requests)
    client.complete(messages=dictionaries)
    client.complete(messages=(UserMessage("hi"), {"role": "user", "content": "again"}))
    client.complete(
        messages=[SystemMessage(content="s"), DeveloperMessage("d"), AssistantMessage(None), UserMessage("u")]
    )
    call = ChatCompletionsToolCall(id="1", function=FunctionCall(name="f", arguments="{}"))
    client.complete(messages=[AssistantMessage(tool_calls=[call]), ToolMessage("result", tool_call_id="1")])
    image = ImageContentItem(image_url=ImageUrl(url="https://example.com/a.png", detail="low"))
    client.complete(
        messages=[UserMessage([TextContentItem(text="t"), image]), UserMessage([{"type": "text", "text": "t"}])]
    )


def settings(client: ChatCompletionsClient) -> None:
    answer = client.complete(
        messages=[UserMessage("hi")],
        temperature=0,
        max_tokens=5,
        stop=("a", "b"),
        tools=[TOOL],
        tool_choice=ChatCompletionsToolChoicePreset.AUTO,
        response_format=JsonSchemaFormat(name="n", schema={"type": "object"}, strict=True),
        model_extras={"safe_mode": True},
        headers={"x-ms-test": "1"},
        timeout=30,
        retry_total=0,
        logging_enable=True,
    )
    client.complete(messages=[UserMessage("hi")], tool_choice=CHOICE, response_format="json_object", timeout=None)
    client.complete(messages=[UserMessage("hi")], tool_choice="required", response_format={"type": "text"})
    assert_type(answer, ChatCompletions)
    assert_type(answer.choices[0].message.content, str)
    assert_type(answer.usage.total_tokens, int)


def plain_tools(client: ChatCompletionsClient, others: List[OtherTool], plain: Dict[str, Any]) -> None:
    inferred = [{"type": "function", "function": {"name": "f"}}]
    client.complete(messages=[UserMessage("hi")], tools=inferred)
    client.complete(messages=[UserMessage("hi")], tools=others)
    client.complete(messages=[UserMessage("hi")], tools=[TOOL, plain, {"type": "function", "function": {"name": "f"}}])
    call = ChatCompletionsToolCall({"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}})
    client.complete(messages=[AssistantMessage(tool_calls=[call])], tools=())


def recorded(transport: ReplayTransport) -> None:
    with ChatCompletionsClient("https://example.com", AzureKeyCredential("key"), transport=transport) as client:
        assert_type(client.complete(messages=[UserMessage("hi")]), ChatCompletions)
    RecordingTransport("a.json", FakeTransport(lambda request: FakeResponse(body={"choices": []})))
    AsyncRecordingTransport(Path("a.json"), AsyncFakeTransport(lambda request: FakeResponse()))
    aio.ChatCompletionsClient(
        "https://example.com", AzureKeyCredential("key"), transport=AsyncReplayTransport("a.json")
    )


def streams(client: ChatCompletionsClient, wanted: bool) -> None:
    assert_type(client.complete(messages=[UserMessage("hi")]), ChatCompletions)
    assert_type(client.complete(messages=[UserMessage("hi")], stream=False), ChatCompletions)
    either = client.complete(messages=[UserMessage("hi")], stream=wanted)
    assert_type(either, Union[StreamingChatCompletions, ChatCompletions])
    assert_type(client.complete({"messages": []}), Union[StreamingChatCompletions, ChatCompletions])
    assert_type(client.complete(b"{}"), Union[StreamingChatCompletions, ChatCompletions])
    with client.complete(messages=[UserMessage("hi")], stream=True) as stream:
        assert_type(stream, StreamingChatCompletions)
        for update in stream:
            assert_type(update, StreamingChatCompletionsUpdate)
            print(update.choices[0].delta.content or "")


def kept(client: ChatCompletionsClient) -> None:
    stream = client.complete(messages=[UserMessage("hi")], stream=True)
    assert_type(stream.accumulate(), StreamingChatCompletions)
    assert_type(stream.text_deltas(choice_index=1), Iterator[str])
    assert_type(stream.partial_json(choice_index=1), Iterator[Any])
    assert_type(stream.snapshot, ChatCompletions)
    assert_type(stream.get_final_response(), ChatCompletions)
    assert_type(stream.get_final_response().text, str)
    for update in stream.accumulate():
        assert_type(update.text, str)


async def kept_asynchronously(client: aio.ChatCompletionsClient) -> None:
    stream = await client.complete(messages=[UserMessage("hi")], stream=True)
    assert_type(stream.accumulate(), AsyncStreamingChatCompletions)
    assert_type(stream.text_deltas(), AsyncIterator[str])
    assert_type(stream.snapshot, ChatCompletions)
    assert_type(await stream.get_final_response(), ChatCompletions)
    assert_type(stream.partial_json(), AsyncIterator[Any])
    async for text in stream.text_deltas():
        assert_type(text, str)


async def asynchronous(client: aio.ChatCompletionsClient, embedder: aio.EmbeddingsClient) -> None:
    assert_type(await client.complete(messages=[UserMessage("hi")]), ChatCompletions)
    async with await client.complete(messages=[UserMessage("hi")], stream=True) as stream:
        assert_type(stream, AsyncStreamingChatCompletions)
        async for update in stream:
            assert_type(update, StreamingChatCompletionsUpdate)
    assert_type(await embedder.embed(input=["a"]), EmbeddingsResult)
    assert_type(await client.get_model_info(), ModelInfo)


def embeddings(client: EmbeddingsClient, images: ImageEmbeddingsClient) -> None:
    assert_type(client.embed(input=("a", "b"), dimensions=5, encoding_format="base64"), EmbeddingsResult)
    assert_type(client.embed({"input": ["a"]}), EmbeddingsResult)
    client.embed(input="a", input_type="query", user="u", model="m", model_extras={"task": "t"})
    client.embed(input=[1, 2])
    client.embed(input=[[1, 2], [3]])
    picture = ImageEmbeddingInput.load(image_file="a.png", image_format="png")
    assert_type(picture, ImageEmbeddingInput)
    assert_type(images.embed(input=[picture, {"image": "data:image/png;base64,"}]).data[0].index, int)


def many(client: ChatCompletionsClient, embedder: EmbeddingsClient, images: ImageEmbeddingsClient) -> None:
    run = embedder.embed_many(map(str, range(9)), batch_size=9, count_tokens=len, checkpoint=Path("c"), dimensions=5)
    assert_type(run, EmbeddingsRun)
    for batch in run:
        assert_type(batch, EmbeddingsBatch)
        assert_type(batch.errors, Dict[int, Exception])
        assert_type(batch.usage, Dict[str, int])
    with embedder.embed_many(("a", "b"), progress=True, in_order=False, on_error="keep", timeout=5) as run:
        assert_type(run.collect(), EmbeddingsBatch)
        assert_type(run.progress, RunProgress)
        assert_type(run.progress.total, Optional[int])
    assert_type(images.embed_many([{"image": "a"}, ImageEmbeddingInput(image="b")]).collect().start, int)
    policy: OnError = "keep"
    shown: Progress = print
    chats = client.complete_many(
        ["a", [UserMessage("b")], [{"role": "user", "content": "c"}]], on_error=policy, progress=shown
    )
    bodies: List[Dict[str, Any]] = [{"messages": [UserMessage("d")], "temperature": 0}]
    assert_type(client.complete_many(bodies), ChatRun)
    assert_type(chats, ChatRun)
    for outcome in chats:
        assert_type(outcome, ChatOutcome)
        assert_type(outcome.completions, ChatCompletions)
        assert_type(outcome.error, Optional[Exception])
    assert_type(chats.collect(), List[ChatOutcome])
    assert_type(chats.usage, Dict[str, int])


async def many_later(
    client: aio.ChatCompletionsClient, embedder: aio.EmbeddingsClient, lines: AsyncIterator[str]
) -> None:
    run = embedder.embed_many(lines, max_concurrency=64)
    assert_type(run, aio.AsyncEmbeddingsRun)
    async for batch in run:
        assert_type(batch, EmbeddingsBatch)
    assert_type(await embedder.embed_many(["a"]).collect(), EmbeddingsBatch)
    async with client.complete_many(lines, temperature=0) as chats:
        assert_type(chats, aio.AsyncChatRun)
        assert_type(await chats.collect(), List[ChatOutcome])
    await chats.aclose()


def clients() -> None:
    key = AzureKeyCredential("key")
    with ChatCompletionsClient(
        "https://example.com", key, temperature=0.5, tools=[TOOL], split_reasoning=True
    ) as client:
        assert_type(client, ChatCompletionsClient)
    loaded = load_client("https://example.com", key)
    assert_type(loaded, Union[ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient, ImageGenerationClient])
    revived = ChatCompletions({"id": "1"})
    revived["more"] = 1
    assert_type(revived.as_dict(), Dict[str, Any])


def newer_messages(client: ChatCompletionsClient, earlier: ChatCompletions) -> None:
    text = [TextContentItem(text="t")]
    audio = ChatRequestAudioReference(id="s1")
    custom = ChatCompletionsToolCall(id="1", custom=CustomToolCall(name="sql", input="SELECT 1"))
    client.complete(
        messages=[
            SystemMessage(text, name="s"),
            DeveloperMessage([{"type": "text", "text": "t"}], name="d"),
            UserMessage(
                [
                    AudioUrlContentItem(audio_url=AudioUrl(url="https://example.com/a.wav")),
                    FileContentItem(file=InputFile(file_id="f1")),
                ],
                name="u",
            ),
            AssistantMessage("a", name="a", refusal="r", reasoning_content="r", audio=audio, tool_calls=[custom]),
            AssistantMessage(tool_calls=earlier.choices[0].message.tool_calls),
            ToolMessage(text, tool_call_id="1"),
        ]
    )


def newer_settings(client: ChatCompletionsClient) -> None:
    client.complete(
        messages=[UserMessage("hi")],
        audio=ChatCompletionsAudioOptions(voice="alloy", format="wav"),
        data_sources=[{"type": "azure_search", "parameters": {"index_name": "i"}}],
        frequency_penalty=-1,
        logit_bias={"50256": -100, "1": 0.5},
        logprobs=True,
        max_completion_tokens=100,
        metadata={"team": "research"},
        moderation={"model": "m"},
        n=2,
        parallel_tool_calls=False,
        presence_penalty=0.5,
        prompt_cache_key="k",
        prompt_cache_options={"mode": "explicit", "ttl": "30m"},
        prompt_cache_retention="24h",
        safety_identifier="s",
        stop="END",
        store=False,
        top_logprobs=3,
        top_p=1,
        user="u",
        web_search_options={"search_context_size": "low"},
        modalities=[ChatCompletionsModality.TEXT, "audio"],
        prediction=ChatCompletionsPrediction(content=[{"type": "text", "text": "t"}]),
        reasoning_effort=ReasoningEffort.LOW,
        service_tier=ServiceTier.FLEX,
        stream_options=ChatCompletionsStreamOptions(include_usage=True),
        tools=[ChatCompletionsCustomToolDefinition(custom=CustomToolDefinition(name="sql")), TOOL],
        user_security_context=UserSecurityContext(source_ip="10.0.0.1"),
        verbosity=Verbosity.LOW,
    )
    client.complete(messages=[UserMessage("hi")], reasoning_effort="low", service_tier="flex", verbosity="low")
    client.complete(messages=[UserMessage("hi")], split_reasoning=True)
    client.complete({"messages": []}, split_reasoning=True)
    key = AzureKeyCredential("key")
    ChatCompletionsClient("https://example.com", key, n=2, stream_options={"include_usage": True}, store=None)


def own_keywords(client: ChatCompletionsClient, **settings: Unpack[ChatCompletionsSettings]) -> None:
    chosen: ChatCompletionsSettings = {"n": 1, "timeout": 30}
    client.complete(messages=[UserMessage("hi")], **chosen)
    client.complete(messages=[UserMessage("hi")], **settings)


class OwnClient(ChatCompletionsClient):
    def __init__(self, name: str, **options: Unpack[ChatClientOptions]) -> None:
        super().__init__("https://example.com", AzureKeyCredential(name), **options)


class OwnSettings(ChatCompletionsSettings, total=False):
    audience: str


def newer_fields(whole: ChatCompletions, update: StreamingChatCompletionsUpdate) -> None:
    choice, delta = whole.choices[0], update.choices[0].delta
    assert_type(choice.logprobs, Optional[ChatChoiceLogProbs])
    assert_type(choice.content_filter_results, Optional[ContentFilterResults])
    assert_type(choice.message.reasoning_text, Optional[str])
    assert_type(choice.message.answer_text, Optional[str])
    assert_type(delta.reasoning_text, Optional[str])
    choice.message.answer_text = "a program's own"
    assert_type(whole.service_tier, Union[str, ServiceTier, None])
    if choice.message.audio and whole.usage.completion_tokens_details:
        assert_type(choice.message.audio.expires_at, Optional[datetime.datetime])
        assert_type(whole.usage.completion_tokens_details.reasoning_tokens, Optional[int])
    for call in choice.message.tool_calls or []:
        if call.type == "custom" and call.custom:
            print(call.custom.input)


def images(generated: ImageGenerations, folder: Path) -> None:
    for number, image in enumerate(generated.data):
        assert_type(image.as_bytes(), bytes)
        image.save(folder / f"{number}.png")
        image.save("image.png")
    assert_type(ImagePrompt.load(image_file="a.png", image_format="png", strength=0.5), ImagePrompt)


async def image_generation(client: ImageGenerationClient, asynchronous: aio.ImageGenerationClient) -> None:
    key = AzureKeyCredential("key")
    ImageGenerationClient("https://example.com", key, size="1024x1024", quality="hd", model="m", retry_total=3)
    assert_type(client.generate({"prompt": "a boat"}), ImageGenerations)
    assert_type(client.generate(b"{}", timeout=60), ImageGenerations)
    assert_type(await asynchronous.generate(prompt="a boat", n=2), ImageGenerations)
    generated = client.generate(
        prompt="a boat",
        background="opaque",
        image_prompt=ImagePrompt(image="data:image/png;base64,AA==", strength=0.5),
        model="m",
        model_extras={"partial_images": 1},
        moderation="low",
        n=1,
        negative_prompt="people",
        output_compression=80,
        output_format="jpeg",
        quality="low",
        response_format="b64_json",
        safety_identifier="s",
        seed=1,
        size={"width": 1024, "height": 768},
        style="vivid",
        user="u",
        timeout=300,
    )
    client.generate(prompt="a boat", image_prompt={"image": "data:image/png;base64,AA=="}, size="auto")
    if generated.usage:
        assert_type(generated.usage.output_tokens, Optional[int])
    assert_type(generated.created, datetime.datetime)
    assert_type(generated.data[0].b64_json, Optional[str])


async def copies(chat: ChatCompletionsClient, embeddings: aio.EmbeddingsClient, images: ImageGenerationClient) -> None:
    assert_type(chat.with_options(temperature=0.5, timeout=60, headers={"a": "b"}), ChatCompletionsClient)
    assert_type(embeddings.with_options(dimensions=3).with_options(retry_total=1), aio.EmbeddingsClient)
    assert_type(images.with_options(size="1024x1024"), ImageGenerationClient)
    assert_type(ChatCompletionsClient.from_environment(seed=1, limiter=AdaptiveLimiter()), ChatCompletionsClient)
    async with aio.ImageEmbeddingsClient.from_environment() as client:
        assert_type(client, aio.ImageEmbeddingsClient)


def request_ids(
    whole: ChatCompletions, vectors: EmbeddingsResult, made: ImageGenerations, limited: RateLimitError
) -> None:
    assert_type(whole.request_id, Optional[str])
    assert_type(vectors.request_id, Optional[str])
    assert_type(made.request_id, Optional[str])
    assert_type(limited.request_id, Optional[str])


def request_ids_of_streams(stream: StreamingChatCompletions, asynchronous: AsyncStreamingChatCompletions) -> None:
    assert_type(stream.request_id, Optional[str])
    assert_type(asynchronous.request_id, Optional[str])


def limiters() -> None:
    key, limiter = AzureKeyCredential("key"), AdaptiveLimiter(requests_per_minute=60, tokens_per_minute=1e5, max_wait=9)
    ChatCompletionsClient("https://example.com", key, limiter=limiter)
    aio.EmbeddingsClient("https://example.com", key, limiter=limiter, dimensions=3)
    ImageGenerationClient("https://example.com", key, limiter=None)
    assert_type(limiter.rate, Optional[float])
    assert_type(limiter.waiting + limiter.in_flight, int)


@dataclass
class City:
    name: str


class Place(TypedDict):
    town: str


async def parsing(client: ChatCompletionsClient, asynchronous: aio.ChatCompletionsClient) -> None:
    messages = [UserMessage("hi")]
    parsed = client.parse(messages=messages, response_format=City)
    assert_type(parsed, ParsedChatCompletions[City])
    assert_type(parsed.parsed, City)
    assert_type(parsed.parsed_choices, List[City])
    assert_type(parsed.choices[0].message.content, str)
    assert_type(client.parse(messages=messages, response_format=List[City]).parsed, List[City])
    assert_type(client.parse(messages=messages, response_format=Dict[str, int]).parsed, Dict[str, int])
    assert_type(client.parse(messages=messages, response_format=Place).parsed["town"], str)
    assert_type((await asynchronous.parse(messages=messages, response_format=City)).parsed.name, str)
    client.parse(messages=messages, response_format=City, name="city", strict=True, tools=[], seed=1, timeout=5)
    whole = client.complete(messages=messages, response_format=JsonSchemaFormat.from_type(City, name="city"))
    assert_type(whole.content_as(City), City)
    assert_type(whole.content_as(List[City], choice_index=1), List[City])
    assert_type(JsonSchemaFormat.from_type(List[City], strict=False), JsonSchemaFormat)


def parsing_errors(truncated: ResponseTruncatedError, refused: RefusalError, filtered: ContentFilterError) -> None:
    assert_type(truncated.completions, Optional[ChatCompletions])
    assert_type(truncated.content, Optional[str])
    assert_type(truncated.choice_index, int)
    print(truncated.partial)
    assert_type(refused.refusal, str)
    assert_type(refused.completions, Optional[ChatCompletions])
    assert_type(filtered.completions, Optional[ChatCompletions])
