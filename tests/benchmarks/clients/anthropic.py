"""The Anthropic SDK: its own wire format, the same texts."""

from __future__ import annotations

from typing import Any

from anthropic import Anthropic, AsyncAnthropic, beta_async_tool, beta_tool

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

    def calls_in_threads(self, threads: int, count: int) -> Action:
        return self.in_threads(self.call(), threads, count)

    def with_options(self) -> Action:
        client = self.sdk("small")
        return common.batch_of(lambda: client.with_options(timeout=common.TIMEOUT) is not client)

    def parse(self) -> Action:
        from .forecasts import Forecast

        client = self.sdk("json")
        return lambda: client.messages.parse(**REQUEST, output_format=Forecast).parsed_output.days[-1].low

    def parse_async(self) -> AsyncAction:
        from .forecasts import Forecast

        client = self.sdk_async("json")

        async def action() -> Any:
            return (await client.messages.parse(**REQUEST, output_format=Forecast)).parsed_output.days[-1].low

        return action

    def tool_round(self) -> Action:
        client, tools = self.sdk("tools"), [beta_tool(common.forecast)]
        return lambda: client.beta.messages.tool_runner(**REQUEST, tools=tools).until_done().content[0].text

    def tool_round_async(self) -> AsyncAction:
        client, tools = self.sdk_async("tools"), [beta_async_tool(common.forecast_async, name="forecast")]

        async def action() -> Any:
            return (await client.beta.messages.tool_runner(**REQUEST, tools=tools).until_done()).content[0].text

        return action

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
