"""The Mistral SDK."""

from __future__ import annotations

from typing import Any

from mistralai.client import Mistral

from . import common
from .common import MESSAGES, MODEL, Action, AsyncAction


class Client(common.BaseClient):
    def sdk(self, scenario: str) -> Mistral:
        return Mistral(server_url=f"{self.url}/{scenario}", api_key=common.KEY)

    def call(self) -> Action:
        client = self.sdk("small")
        return lambda: client.chat.complete(model=MODEL, messages=MESSAGES).choices[0].message.content

    def call_async(self) -> AsyncAction:
        client = self.sdk("small")

        async def action() -> Any:
            completion = await client.chat.complete_async(model=MODEL, messages=MESSAGES)
            return completion.choices[0].message.content

        return action

    def calls_in_flight(self, count: int) -> AsyncAction:
        return common.at_once(self.call_async(), count)

    def large_response(self) -> Action:
        client = self.sdk("large")
        return lambda: common.walk(client.chat.complete(model=MODEL, messages=MESSAGES))

    def read_attribute(self) -> Action:
        return common.reads_of_content(self.sdk("small").chat.complete(model=MODEL, messages=MESSAGES))

    def stream(self, scenario: str) -> Action:
        client = self.sdk(scenario)

        def action() -> int:
            deltas = 0
            for event in client.chat.stream(model=MODEL, messages=MESSAGES):
                if event.data.choices[0].delta.content:
                    deltas += 1
            return deltas

        return action

    def stream_async(self, scenario: str) -> AsyncAction:
        client = self.sdk(scenario)

        async def action() -> int:
            deltas = 0
            async for event in await client.chat.stream_async(model=MODEL, messages=MESSAGES):
                if event.data.choices[0].delta.content:
                    deltas += 1
            return deltas

        return action

    def embeddings_floats(self, scenario: str, inputs: int) -> Action:
        client = self.sdk(scenario)
        texts = common.texts(inputs)

        def action() -> Any:
            result = client.embeddings.create(model=MODEL, inputs=texts)
            return [item.embedding for item in result.data][-1][-1]

        return action

    def read_embedding(self) -> Action:
        client = self.sdk(f"{common.EMBEDDINGS}-floats")
        return common.reads_of_number(client.embeddings.create(model=MODEL, inputs=common.texts(100)))

    def build_message(self) -> Action:
        return common.builds(lambda text: {"role": "user", "content": text})

    def send_messages(self, count: int) -> Action:
        client = self.sdk("small")
        messages = common.conversation(count)
        return lambda: client.chat.complete(model=MODEL, messages=messages).choices[0].message.content

    def send_image(self, mebibytes: int) -> Action:
        client = self.sdk("small")
        messages = [common.image_message(mebibytes)]
        return lambda: client.chat.complete(model=MODEL, messages=messages).choices[0].message.content
