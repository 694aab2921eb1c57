"""What users write: mypy strict, pyright strict and ty must accept every line, and infer these types."""

from __future__ import annotations

from typing import Any, Dict, List, Union

from azure.core.credentials import AzureKeyCredential
from typing_extensions import assert_type

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient, aio, load_client
from azure.ai.inference.models import (
    AssistantMessage,
    AsyncStreamingChatCompletions,
    ChatCompletions,
    ChatCompletionsNamedToolChoice,
    ChatCompletionsNamedToolChoiceFunction,
    ChatCompletionsToolCall,
    ChatCompletionsToolChoicePreset,
    ChatCompletionsToolDefinition,
    ChatRequestMessage,
    DeveloperMessage,
    EmbeddingsResult,
    FunctionCall,
    FunctionDefinition,
    ImageContentItem,
    ImageEmbeddingInput,
    ImageUrl,
    JsonSchemaFormat,
    ModelInfo,
    StreamingChatCompletions,
    StreamingChatCompletionsUpdate,
    SystemMessage,
    TextContentItem,
    ToolMessage,
    UserMessage,
)

TOOL = ChatCompletionsToolDefinition(
    function=FunctionDefinition(name="f", description="d", parameters={"type": "object"})
)
CHOICE = ChatCompletionsNamedToolChoice(function=ChatCompletionsNamedToolChoiceFunction(name="f"))


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
    picture = ImageEmbeddingInput.load(image_file="a.png", image_format="png")
    assert_type(picture, ImageEmbeddingInput)
    assert_type(images.embed(input=[picture, {"image": "data:image/png;base64,"}]).data[0].index, int)


def clients() -> None:
    key = AzureKeyCredential("key")
    with ChatCompletionsClient("https://example.com", key, temperature=0.5, tools=[TOOL], retry_total=3) as client:
        assert_type(client, ChatCompletionsClient)
    loaded = load_client("https://example.com", key)
    assert_type(loaded, Union[ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient])
    revived = ChatCompletions({"id": "1"})
    revived["more"] = 1
    assert_type(revived.as_dict(), Dict[str, Any])
