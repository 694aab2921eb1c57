"""The OpenAI SDK."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import httpx2
from openai import AsyncOpenAI, DefaultHttpxClient, OpenAI, pydantic_function_tool
from pydantic import create_model

from . import common
from .common import MESSAGES, MODEL, Action, AsyncAction

TOOLS: Any = [pydantic_function_tool(create_model("forecast", city=str, unit=str, days=list[int], note=str))]


def answered(messages: list[Any], message: Any) -> bool:
    """Append a message to a chat, with the results of its tool calls. Return whether it has any."""
    messages.append(message)
    for call in message.tool_calls or ():
        content = common.forecast(**json.loads(call.function.arguments))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": content})
    return bool(message.tool_calls)


class Client(common.BaseClient):
    def sdk(self, scenario: str, **options: Any) -> OpenAI:
        return self.keep(OpenAI(base_url=f"{self.url}/{scenario}", api_key=common.KEY, **options))

    def sdk_async(self, scenario: str) -> AsyncOpenAI:
        return self.keep(AsyncOpenAI(base_url=f"{self.url}/{scenario}", api_key=common.KEY))

    def call(self) -> Action:
        client = self.sdk("small")
        return lambda: client.chat.completions.create(model=MODEL, messages=MESSAGES).choices[0].message.content

    def call_async(self) -> AsyncAction:
        client = self.sdk_async("small")

        async def action() -> Any:
            completion = await client.chat.completions.create(model=MODEL, messages=MESSAGES)
            return completion.choices[0].message.content

        return action

    def calls_in_flight(self, count: int) -> AsyncAction:
        return common.at_once(self.call_async(), count)

    def tool_round(self) -> Action:
        client = self.sdk("tools")

        def action() -> Any:
            messages: list[Any] = [*MESSAGES]
            while True:
                completion = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)
                if not answered(messages, completion.choices[0].message):
                    return completion.choices[0].message.content

        return action

    def tool_round_async(self) -> AsyncAction:
        client = self.sdk_async("tools")

        async def action() -> Any:
            messages: list[Any] = [*MESSAGES]
            while True:
                completion = await client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)
                if not answered(messages, completion.choices[0].message):
                    return completion.choices[0].message.content

        return action

    def calls_in_threads(self, threads: int, count: int) -> Action:
        return self.in_threads(self.call(), threads, count)

    def with_options(self) -> Action:
        client = self.sdk("small")
        return common.batch_of(lambda: client.with_options(timeout=common.TIMEOUT) is not client)

    def complete_all(self, count: int) -> Action:
        """Prepare many calls in 8 threads, as the SDK leaves to its users."""
        call = self.call()

        def action() -> Any:
            with ThreadPoolExecutor(8) as pool:
                return len(list(pool.map(lambda _: call(), range(count))))

        return action

    def parse(self) -> Action:
        from .forecasts import Forecast

        client = self.sdk("json")

        def action() -> Any:
            completion = client.chat.completions.parse(model=MODEL, messages=MESSAGES, response_format=Forecast)
            return completion.choices[0].message.parsed.days[-1].low

        return action

    def parse_async(self) -> AsyncAction:
        from .forecasts import Forecast

        client = self.sdk_async("json")

        async def action() -> Any:
            completion = await client.chat.completions.parse(model=MODEL, messages=MESSAGES, response_format=Forecast)
            return completion.choices[0].message.parsed.days[-1].low

        return action

    def large_response(self) -> Action:
        client = self.sdk("large")
        return lambda: common.walk(client.chat.completions.create(model=MODEL, messages=MESSAGES))

    def large_response_offline(self) -> Action:
        body = common.fetch(f"{self.url}/{common.LARGE_RESPONSE_ROUTE}")
        headers = {"Content-Type": "application/json"}
        transport = httpx2.MockTransport(lambda request: httpx2.Response(200, headers=headers, content=body))
        client = self.sdk("large", http_client=DefaultHttpxClient(transport=transport))
        return lambda: common.walk(client.chat.completions.create(model=MODEL, messages=MESSAGES))

    def read_attribute(self) -> Action:
        return common.reads_of_content(self.sdk("small").chat.completions.create(model=MODEL, messages=MESSAGES))

    def stream(self, scenario: str) -> Action:
        client = self.sdk(scenario)
        return lambda: common.count_deltas(client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True))

    def stream_async(self, scenario: str) -> AsyncAction:
        client = self.sdk_async(scenario)

        async def action() -> int:
            stream = await client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
            return await common.count_deltas_async(stream)

        return action

    def text_deltas(self, scenario: str) -> Action:
        client = self.sdk(scenario)

        def action() -> int:
            with client.chat.completions.stream(model=MODEL, messages=MESSAGES) as stream:
                return sum(event.type == "content.delta" for event in stream)

        return action

    def text_deltas_async(self, scenario: str) -> AsyncAction:
        client = self.sdk_async(scenario)

        async def action() -> int:
            async with client.chat.completions.stream(model=MODEL, messages=MESSAGES) as stream:
                return sum([event.type == "content.delta" async for event in stream])

        return action

    def final_response(self, scenario: str) -> Action:
        client = self.sdk(scenario)

        def action() -> int:
            with client.chat.completions.stream(model=MODEL, messages=MESSAGES) as stream:
                return len(stream.get_final_completion().choices[0].message.content)

        return action

    def final_response_async(self, scenario: str) -> AsyncAction:
        client = self.sdk_async(scenario)

        async def action() -> int:
            async with client.chat.completions.stream(model=MODEL, messages=MESSAGES) as stream:
                return len((await stream.get_final_completion()).choices[0].message.content)

        return action

    def first_event(self, framing: str) -> Action:
        client = self.sdk(f"spaced-{framing}")
        return common.seconds_to_first(
            lambda: client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
        )

    def first_event_async(self, framing: str) -> AsyncAction:
        client = self.sdk_async(f"spaced-{framing}")

        async def action() -> Any:
            begin = perf_counter()
            stream = await client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
            await stream.__anext__()
            seconds = perf_counter() - begin
            await stream.close()
            return seconds

        return action

    def embeddings_floats(self, scenario: str, inputs: int) -> Action:
        client = self.sdk(scenario)
        texts = common.texts(inputs)

        def action() -> Any:
            result = client.embeddings.create(model=MODEL, input=texts, encoding_format="float")
            return [item.embedding for item in result.data][-1][-1]

        return action

    def embeddings_base64(self) -> Action:
        """Prepare a call without an encoding format: the SDK requests base64 and decodes it itself."""
        client = self.sdk(f"{common.EMBEDDINGS}-base64")
        texts = common.texts(100)

        def action() -> Any:
            result = client.embeddings.create(model=MODEL, input=texts)
            return [item.embedding for item in result.data][-1][-1]

        return action

    def embed_all(self, inputs: int) -> Action:
        """Prepare the embedding of many texts in 8 threads, as the SDK leaves to its users."""
        client = self.sdk(common.RUN)
        batches = [common.texts(common.RUN_BATCH)] * (inputs // common.RUN_BATCH)

        def embed(batch: list[str]) -> list[list[float]]:
            return [item.embedding for item in client.embeddings.create(model=MODEL, input=batch).data]

        def action() -> Any:
            with ThreadPoolExecutor(8) as pool:
                vectors = [vector for found in pool.map(embed, batches) for vector in found]
            return [len(vectors), len(vectors[-1])]

        return action

    def embed_all_alone(self, inputs: int) -> Action:
        """Prepare the same in a loop."""
        client = self.sdk(common.RUN)
        batches = [common.texts(common.RUN_BATCH)] * (inputs // common.RUN_BATCH)

        def action() -> Any:
            results = [client.embeddings.create(model=MODEL, input=batch) for batch in batches]
            vectors = [item.embedding for result in results for item in result.data]
            return [len(vectors), len(vectors[-1])]

        return action

    def read_embedding(self) -> Action:
        client = self.sdk(f"{common.EMBEDDINGS}-floats")
        result = client.embeddings.create(model=MODEL, input=common.texts(100), encoding_format="float")
        return common.reads_of_number(result)

    def build_message(self) -> Action:
        return common.builds(lambda text: {"role": "user", "content": text})

    def send_messages(self, count: int) -> Action:
        client = self.sdk("small")
        messages = common.conversation(count)
        return lambda: client.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content

    def send_image(self, mebibytes: int) -> Action:
        client = self.sdk("small")
        messages = [common.image_message(mebibytes)]
        return lambda: client.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content
