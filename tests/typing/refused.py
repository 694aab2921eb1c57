"""Mistakes of users: mypy strict, pyright strict and ty must refuse each marked line, and no other."""

from __future__ import annotations

from azure.core.credentials import AzureKeyCredential

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient, ImageGenerationClient, aio
from azure.ai.inference.models import (
    ChatCompletions,
    ChatCompletionsStreamOptions,
    ChatCompletionsToolCall,
    FileContentItem,
    FunctionDefinition,
    JsonSchemaFormat,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from azure.ai.inference.runs import AdaptiveLimiter


def constructing() -> None:
    ChatCompletionsClient("https://example.com", "key")  # refused
    ChatCompletionsClient("https://example.com")  # refused
    ChatCompletionsClient("https://example.com", AzureKeyCredential("key"), temperature="hot")  # refused
    ChatCompletionsClient("https://example.com", AzureKeyCredential("key"), temprature=1)  # refused
    EmbeddingsClient("https://example.com", AzureKeyCredential("key"), seed=1)  # refused
    ImageGenerationClient("https://example.com", AzureKeyCredential("key"), styl="vivid")  # refused
    ImageGenerationClient("https://example.com", AzureKeyCredential("key"), n="2")  # refused
    EmbeddingsClient("https://example.com", AzureKeyCredential("key"), limiter=60)  # refused
    AdaptiveLimiter(60)  # refused


def copying(client: ChatCompletionsClient, embedder: aio.EmbeddingsClient) -> None:
    client.with_options(temprature=1)  # refused
    client.with_options(limiter=None)  # refused
    client.with_options(temperature="hot")  # refused
    embedder.with_options(seed=1)  # refused
    aio.EmbeddingsClient.from_environment(seed=1)  # refused


def calling(client: ChatCompletionsClient, embedder: EmbeddingsClient) -> None:
    client.complete()  # refused
    client.complete(messages="hi")  # refused
    client.complete(messages=[UserMessage("hi")], temprature=1)  # refused
    client.complete(messages=[UserMessage("hi")], max_tokens="5")  # refused
    client.complete(messages=[UserMessage("hi")], retry_totl=1)  # refused
    client.complete(messages=[UserMessage("hi")], response_format="xml")  # refused
    client.complete(messages=[UserMessage("hi")], tools=[FunctionDefinition(name="f")])  # refused
    embedder.embed(input=[1.5, 2.5])  # refused
    embedder.embed(input=["a"], dimension=3)  # refused


async def generating(client: ImageGenerationClient, asynchronous: aio.ImageGenerationClient) -> None:
    client.generate()  # refused
    client.generate(prompt=["a boat"])  # refused
    client.generate("a boat")  # refused
    client.generate(prompt="a boat", size=1024)  # refused
    client.generate(prompt="a boat", temprature=1)  # refused
    client.generate(prompt="a boat", temperature=1)  # refused
    client.generate({"prompt": "a boat"}, n=2)  # refused
    await asynchronous.generate(prompt="a boat", ouput_format="png")  # refused


def many(client: ChatCompletionsClient, embedder: EmbeddingsClient) -> None:
    embedder.embed_many([1, 2])  # refused
    embedder.embed_many(["a"], on_error="ignore")  # refused
    embedder.embed_many(["a"], batchsize=5)  # refused
    client.complete_many([UserMessage("a")])  # refused
    client.complete_many(["a"], stream=True)  # refused
    client.complete_many(["a"]).collect(out=None)  # refused


def streaming(client: ChatCompletionsClient) -> None:
    streamed = client.complete(messages=[UserMessage("hi")], stream=True)
    print(streamed.choices)  # refused
    streamed.text_deltas(1)  # refused
    print(streamed.get_final_response().delta)  # refused
    whole = client.complete(messages=[UserMessage("hi")])
    whole.close()  # refused


def building() -> None:
    SystemMessage(5)  # refused
    ToolMessage("result")  # refused
    FunctionDefinition(description="no name")  # refused
    FunctionDefinition(name="f", parameter={})  # refused
    FunctionDefinition(name="f", strict="yes")  # refused
    SystemMessage("s", names="x")  # refused
    UserMessage("u", tool_calls=[])  # refused
    ChatCompletionsToolCall(id="1")  # refused
    ChatCompletionsStreamOptions(include_use=True)  # refused
    FileContentItem(file="f1")  # refused


def reading(answer: ChatCompletions) -> None:
    print(answer.choices[0].mesage)  # refused
    tokens: str = answer.usage.total_tokens  # refused
    print(answer.choices[0].logprobs.content)  # refused
    print(answer.choices[0].message.reasoning_txt)  # refused
    print(tokens)


class City:
    name: str = ""


async def parsing(client: ChatCompletionsClient, asynchronous: aio.ChatCompletionsClient) -> None:
    messages = [UserMessage("hi")]
    print(client.parse(messages=messages, response_format=City).parsed.nme)  # refused
    client.parse(messages=messages)  # refused
    client.parse(messages=messages, response_format="json_object")  # refused
    client.parse(messages=messages, response_format=City, strict="yes")  # refused
    client.parse(messages=messages, response_format=City, stream=True)  # refused
    client.parse(messages=messages, response_format=City, temprature=0.5)  # refused
    await asynchronous.parse(messages=messages, response_format=City, sed=1)  # refused
    number: int = client.complete(messages=messages).content_as(str)  # refused
    JsonSchemaFormat.from_type("City")  # refused
    print(number)
