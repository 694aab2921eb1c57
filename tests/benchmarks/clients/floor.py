"""The parts that `core`, `raw` and `httpx2` share: JSON as plain dictionaries."""

from __future__ import annotations

import json
from typing import Any, AsyncIterable, AsyncIterator, Callable, Dict, Iterable, Iterator

from . import common
from .common import Action

Document = Dict[str, Any]

HEADERS = {"Authorization": f"Bearer {common.KEY}", "api-key": common.KEY, "Accept": "application/json"}
BODY: Document = {"messages": common.MESSAGES, "model": common.MODEL}
STREAM_BODY: Document = {**BODY, "stream": True}
DONE = b"data: [DONE]"


def content_of(completion: Document) -> Any:
    return completion["choices"][0]["message"]["content"]


def walk(completion: Document) -> int:
    length: int = len(completion["id"]) + len(completion["model"]) + completion["usage"]["total_tokens"]
    for choice in completion["choices"]:
        message = choice["message"]
        length += len(message["content"]) + len(message["role"]) + choice["index"] + len(choice["finish_reason"])
        for call in message["tool_calls"] or ():
            length += len(call["id"]) + len(call["function"]["name"]) + len(call["function"]["arguments"])
    return length


def events_in(chunks: Iterable[bytes]) -> Iterator[Document]:
    rest = b""
    for chunk in chunks:
        *events, rest = (rest + chunk).split(b"\n\n")
        for event in events:
            if event != DONE:
                yield json.loads(event[6:])


async def events_in_async(chunks: AsyncIterable[bytes]) -> AsyncIterator[Document]:
    rest = b""
    async for chunk in chunks:
        *events, rest = (rest + chunk).split(b"\n\n")
        for event in events:
            if event != DONE:
                yield json.loads(event[6:])


def count_deltas(chunks: Iterable[bytes]) -> int:
    deltas = 0
    for event in events_in(chunks):
        if event["choices"][0]["delta"]["content"]:
            deltas += 1
    return deltas


async def count_deltas_async(chunks: AsyncIterable[bytes]) -> int:
    deltas = 0
    async for event in events_in_async(chunks):
        if event["choices"][0]["delta"]["content"]:
            deltas += 1
    return deltas


class FloorClient(common.BaseClient):
    """The scenarios that differ only in how a body is posted and its JSON response is read."""

    def poster(self, route: str) -> Callable[[Document], Document]:
        """Return a function that posts a body to the route and returns the JSON of the response."""
        raise NotImplementedError

    def chat(self, scenario: str) -> Callable[[Document], Document]:
        return self.poster(f"{scenario}/chat/completions")

    def embeddings(self, scenario: str) -> Callable[[Document], Document]:
        return self.poster(f"{scenario}/embeddings")

    def call(self) -> Action:
        post = self.chat("small")
        return lambda: content_of(post(BODY))

    def calls_in_threads(self, threads: int, count: int) -> Action:
        return self.in_threads(self.call(), threads, count)

    def large_response_text(self) -> Action:
        post = self.chat("large")
        return lambda: content_of(post(BODY))

    def large_response(self) -> Action:
        post = self.chat("large")
        return lambda: walk(post(BODY))

    def read_attribute(self) -> Action:
        completion = self.chat("small")(BODY)

        def action() -> Any:
            for _ in range(common.BATCH):
                content = completion["choices"][0]["message"]["content"]
            return content

        return action

    def embeddings_floats(self, scenario: str, inputs: int) -> Action:
        post = self.embeddings(scenario)
        body = {"input": common.texts(inputs)}
        return lambda: [item["embedding"] for item in post(body)["data"]][-1][-1]

    def embeddings_base64(self) -> Action:
        post = self.embeddings(f"{common.EMBEDDINGS}-base64")
        body = {"input": common.texts(100), "encoding_format": "base64"}
        return lambda: [common.decoded(item["embedding"]) for item in post(body)["data"]][-1][-1]

    def read_embedding(self) -> Action:
        result = self.embeddings(f"{common.EMBEDDINGS}-floats")({"input": common.texts(100)})

        def action() -> Any:
            for _ in range(common.BATCH):
                number = result["data"][50]["embedding"][700]
            return number

        return action

    def build_message(self) -> Action:
        return common.builds(lambda text: {"role": "user", "content": text})

    def send_messages(self, count: int) -> Action:
        post = self.chat("small")
        body = {"messages": common.conversation(count), "model": common.MODEL}
        return lambda: content_of(post(body))

    def send_image(self, mebibytes: int) -> Action:
        post = self.chat("small")
        body = {"messages": [common.image_message(mebibytes)], "model": common.MODEL}
        return lambda: content_of(post(body))
