"""This library and the released package, which share one public interface."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any

from azure.core.credentials import AzureKeyCredential

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
from azure.ai.inference.aio import ChatCompletionsClient as AsyncChatCompletionsClient
from azure.ai.inference.models import (
    AssistantMessage,
    ImageContentItem,
    ImageUrl,
    SystemMessage,
    TextContentItem,
    UserMessage,
)

from . import common
from .common import Action, AsyncAction
from .offline import CannedTransport

CREDENTIAL = AzureKeyCredential(common.KEY)
MESSAGES = [SystemMessage(common.INSTRUCTION), UserMessage(common.QUESTION)]


class Client(common.BaseClient):
    def chat(self, scenario: str, **options: Any) -> ChatCompletionsClient:
        return self.keep(ChatCompletionsClient(f"{self.url}/{scenario}", CREDENTIAL, **options))

    def chat_async(self, scenario: str) -> AsyncChatCompletionsClient:
        return self.keep(AsyncChatCompletionsClient(f"{self.url}/{scenario}", CREDENTIAL))

    def embeddings(self, scenario: str) -> EmbeddingsClient:
        return self.keep(EmbeddingsClient(f"{self.url}/{scenario}", CREDENTIAL))

    def trace(self, is_traced: bool) -> None:
        from azure.ai.inference.tracing import AIInferenceInstrumentor

        from . import tracing

        tracing.switch(is_traced)
        if is_traced:
            AIInferenceInstrumentor().instrument(enable_content_recording=False)
        else:
            AIInferenceInstrumentor().uninstrument()

    def call(self) -> Action:
        client = self.chat("small")
        return lambda: client.complete(messages=MESSAGES).choices[0].message.content

    def call_async(self) -> AsyncAction:
        client = self.chat_async("small")

        async def action() -> str:
            return (await client.complete(messages=MESSAGES)).choices[0].message.content

        return action

    def calls_in_flight(self, count: int) -> AsyncAction:
        client = self.chat_async("small")

        async def action() -> str:
            completions = await asyncio.gather(*[client.complete(messages=MESSAGES) for _ in range(count)])
            return completions[-1].choices[0].message.content

        return action

    def calls_in_threads(self, threads: int, count: int) -> Action:
        return self.in_threads(self.call(), threads, count)

    def large_response_text(self) -> Action:
        client = self.chat("large")
        return lambda: client.complete(messages=MESSAGES).choices[0].message.content

    def large_response(self) -> Action:
        client = self.chat("large")
        return lambda: common.walk(client.complete(messages=MESSAGES))

    def large_response_offline(self) -> Action:
        body = common.fetch(f"{self.url}/{common.LARGE_RESPONSE_ROUTE}")
        client = self.chat("large", transport=CannedTransport(body))
        return lambda: common.walk(client.complete(messages=MESSAGES))

    def read_attribute(self) -> Action:
        return common.reads_of_content(self.chat("small").complete(messages=MESSAGES))

    def stream(self, scenario: str) -> Action:
        client = self.chat(scenario)
        return lambda: common.count_deltas(client.complete(messages=MESSAGES, stream=True))

    def stream_async(self, scenario: str) -> AsyncAction:
        client = self.chat_async(scenario)

        async def action() -> int:
            return await common.count_deltas_async(await client.complete(messages=MESSAGES, stream=True))

        return action

    def first_event(self, framing: str) -> Action:
        client = self.chat(f"spaced-{framing}")
        return common.seconds_to_first(lambda: client.complete(messages=MESSAGES, stream=True))

    def first_event_async(self, framing: str) -> AsyncAction:
        client = self.chat_async(f"spaced-{framing}")

        async def action() -> float:
            begin = perf_counter()
            stream = await client.complete(messages=MESSAGES, stream=True)
            await stream.__anext__()
            seconds = perf_counter() - begin
            await stream.aclose()
            return seconds

        return action

    def embeddings_floats(self, scenario: str, inputs: int) -> Action:
        client = self.embeddings(scenario)
        texts = common.texts(inputs)
        return lambda: [item.embedding for item in client.embed(input=texts).data][-1][-1]

    def embeddings_base64(self) -> Action:
        client = self.embeddings(f"{common.EMBEDDINGS}-base64")
        texts = common.texts(100)

        def action() -> float:
            result = client.embed(input=texts, encoding_format="base64")
            return [common.decoded(item.embedding) for item in result.data][-1][-1]

        return action

    def read_embedding(self) -> Action:
        return common.reads_of_number(self.embeddings(f"{common.EMBEDDINGS}-floats").embed(input=common.texts(100)))

    def build_message(self) -> Action:
        return common.builds(lambda text: UserMessage(content=text))

    def send_messages(self, count: int) -> Action:
        client = self.chat("small")
        types = {"assistant": AssistantMessage, "user": UserMessage}
        messages = [types[given["role"]](content=given["content"]) for given in common.conversation(count)]
        return lambda: client.complete(messages=messages).choices[0].message.content

    def send_image(self, mebibytes: int) -> Action:
        client = self.chat("small")
        image = ImageContentItem(image_url=ImageUrl(url=common.image_url(mebibytes)))
        messages = [UserMessage(content=[TextContentItem(text=common.QUESTION), image])]
        return lambda: client.complete(messages=messages).choices[0].message.content

    if hasattr(ChatCompletionsClient, "run_tools"):  # what the released package does not have

        def with_options(self) -> Action:
            client = self.chat("small")
            return common.batch_of(lambda: client.with_options(timeout=common.TIMEOUT) is not client)

        def complete_all(self, count: int) -> Action:
            """Prepare a run over many chats."""
            client, prompts = self.chat("small"), [MESSAGES] * count
            return lambda: len(client.complete_many(prompts).collect())

        def tool_round(self) -> Action:
            client = self.chat("tools")
            return lambda: client.run_tools(messages=MESSAGES, tools=[common.forecast]).text

        def tool_round_async(self) -> AsyncAction:
            client = self.chat_async("tools")

            async def action() -> str:
                return (await client.run_tools(messages=MESSAGES, tools=[common.forecast])).text

            return action

        def parse(self) -> Action:
            from .forecasts import Forecast

            client = self.chat("json")
            return lambda: client.parse(messages=MESSAGES, response_format=Forecast).parsed.days[-1].low

        def parse_async(self) -> AsyncAction:
            from .forecasts import Forecast

            client = self.chat_async("json")

            async def action() -> Any:
                return (await client.parse(messages=MESSAGES, response_format=Forecast)).parsed.days[-1].low

            return action

        def parse_dataclass(self) -> Action:
            client = self.chat("json")
            return lambda: client.parse(messages=MESSAGES, response_format=common.Forecast).parsed.days[-1].low

        def text_deltas(self, scenario: str) -> Action:
            client = self.chat(scenario)

            def action() -> int:
                with client.complete(messages=MESSAGES, stream=True) as stream:
                    return sum(1 for _ in stream.text_deltas())

            return action

        def text_deltas_async(self, scenario: str) -> AsyncAction:
            client = self.chat_async(scenario)

            async def action() -> int:
                async with await client.complete(messages=MESSAGES, stream=True) as stream:
                    return sum([1 async for _ in stream.text_deltas()])

            return action

        def final_response(self, scenario: str) -> Action:
            client = self.chat(scenario)

            def action() -> int:
                with client.complete(messages=MESSAGES, stream=True) as stream:
                    return len(stream.get_final_response().choices[0].message.content)

            return action

        def final_response_async(self, scenario: str) -> AsyncAction:
            client = self.chat_async(scenario)

            async def action() -> int:
                async with await client.complete(messages=MESSAGES, stream=True) as stream:
                    return len((await stream.get_final_response()).choices[0].message.content)

            return action

        def calls_with_settings(self, count: int) -> Action:
            """Prepare calls in a row, each with most of the settings that there are."""
            client = self.chat("small")

            def action() -> Any:
                for _ in range(count):
                    completion = client.complete(messages=MESSAGES, **common.SETTINGS)
                return completion.choices[0].message.content

            return action

        def embed_all(self, inputs: int) -> Action:
            """Prepare a run over many texts."""
            client, texts = self.embeddings(common.RUN), common.texts(inputs)
            return lambda: list(client.embed_many(texts).collect().vectors.shape)

        embed_all_alone = embed_beside_loop = embed_all

        def embed_in_loop(self, inputs: int) -> Action:
            """Prepare a loop of calls over the same texts, with arrays."""
            import numpy

            client = self.embeddings(common.RUN)
            batches = [common.texts(common.RUN_BATCH)] * (inputs // common.RUN_BATCH)

            def action() -> Any:
                results = [client.embed(input=batch, encoding_format="base64") for batch in batches]
                return list(numpy.concatenate([result.as_array() for result in results]).shape)

            return action

        def embed_stream(self, inputs: int) -> Action:
            """Prepare a run over inputs that are never all in memory. The result is the resident memory in between."""
            client = self.embeddings("embeddings-100-8-base64")

            def action() -> list[float]:
                seen, sizes, marks = 0, [], [inputs // 20, inputs // 2, inputs]
                for batch in client.embed_many((common.QUESTION for _ in range(inputs)), batch_size=100):
                    seen += len(batch.vectors)
                    if seen >= marks[len(sizes)]:
                        sizes.append(common.resident_memory())
                return sizes

            return action
