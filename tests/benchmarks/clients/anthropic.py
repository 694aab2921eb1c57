"""The Anthropic SDK: its own wire format, the same texts."""

from __future__ import annotations

from typing import Any

from anthropic import Anthropic, AsyncAnthropic

from . import common
from .common import MODEL, Action, AsyncAction

REQUEST: dict[str, Any] = {
    "model": MODEL,
    "max_tokens": 1024,
    "system": common.INSTRUCTION,
    "messages": [{"role": "user", "content": common.QUESTION}],
}


class Client(common.BaseClient):
    def sdk(self, scenario: str) -> Anthropic:
        return self.keep(Anthropic(base_url=f"{self.url}/{scenario}", api_key=common.KEY))

    def sdk_async(self, scenario: str) -> AsyncAnthropic:
        return self.keep(AsyncAnthropic(base_url=f"{self.url}/{scenario}", api_key=common.KEY))

    def call(self) -> Action:
        client = self.sdk("small")
        return lambda: client.messages.create(**REQUEST).content[0].text

    def call_async(self) -> AsyncAction:
        client = self.sdk_async("small")

        async def action() -> Any:
            return (await client.messages.create(**REQUEST)).content[0].text

        return action

    def calls_in_flight(self, count: int) -> AsyncAction:
        return common.at_once(self.call_async(), count)

    def stream(self, scenario: str) -> Action:
        client = self.sdk(scenario)

        def action() -> int:
            deltas = 0
            for event in client.messages.create(**REQUEST, stream=True):
                if event.type == "content_block_delta" and event.delta.text:
                    deltas += 1
            return deltas

        return action

    def stream_async(self, scenario: str) -> AsyncAction:
        client = self.sdk_async(scenario)

        async def action() -> int:
            deltas = 0
            async for event in await client.messages.create(**REQUEST, stream=True):
                if event.type == "content_block_delta" and event.delta.text:
                    deltas += 1
            return deltas

        return action

    def text_deltas(self, scenario: str) -> Action:
        client = self.sdk(scenario)

        def action() -> int:
            with client.messages.stream(**REQUEST) as stream:
                return sum(1 for _ in stream.text_stream)

        return action

    def text_deltas_async(self, scenario: str) -> AsyncAction:
        client = self.sdk_async(scenario)

        async def action() -> int:
            async with client.messages.stream(**REQUEST) as stream:
                return sum([1 async for _ in stream.text_stream])

        return action

    def final_response(self, scenario: str) -> Action:
        client = self.sdk(scenario)

        def action() -> int:
            with client.messages.stream(**REQUEST) as stream:
                return len(stream.get_final_message().content[0].text)

        return action

    def final_response_async(self, scenario: str) -> AsyncAction:
        client = self.sdk_async(scenario)

        async def action() -> int:
            async with client.messages.stream(**REQUEST) as stream:
                return len((await stream.get_final_message()).content[0].text)

        return action
