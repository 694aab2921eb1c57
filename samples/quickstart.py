"""The library in one minute: a chat, a streamed chat, a tool call, and embeddings.

With AZURE_AI_CHAT_ENDPOINT and AZURE_AI_CHAT_KEY set (and AZURE_AI_CHAT_MODEL, if the endpoint serves several models)
this uses your model; AZURE_AI_EMBEDDINGS_ENDPOINT and AZURE_AI_EMBEDDINGS_KEY do the same for the embeddings. Otherwise
it uses a local service, which implements the same REST API but is not a model.
"""

from __future__ import annotations

import json
import os
import sys
from math import sqrt
from typing import Any, List

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
from azure.ai.inference.models import AssistantMessage, SystemMessage, ToolMessage, UserMessage

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city, now",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
QUERY = "How do I bake bread?"
PASSAGES = [
    "Baking bread needs flour, water, salt, yeast and time.",
    "Knead the dough, let it rise, then bake the bread until its crust is brown.",
    "Bakers rise early.",
    "The train to Lisbon leaves at nine.",
    "A stock index fell on Monday.",
]


def get_weather(city: str) -> str:
    return json.dumps({"city": city, "sky": "sunny", "degrees_celsius": 21})


def chat(client: ChatCompletionsClient) -> None:
    question = "How many feet are in a mile?"
    say("you", question)
    completion = client.complete(messages=[SystemMessage("Answer in one sentence."), UserMessage(question)])
    say("assistant", completion.choices[0].message.content)
    usage = completion.usage
    note(f"{usage.prompt_tokens} tokens read, {usage.completion_tokens} written by {completion.model}")


def streamed_chat(client: ChatCompletionsClient) -> None:
    question = "Give me three good reasons to go for a walk every day."
    say("you", question)
    label("assistant")
    updates = 0
    with client.complete(messages=[UserMessage(question)], stream=True) as stream:
        for update in stream:
            updates += 1
            for choice in update.choices:
                print(choice.delta.content or "", end="", flush=True)
    print()
    note(f"in {updates} updates, each printed as it arrived")


def tool_call(client: ChatCompletionsClient) -> None:
    question = "What is the weather like in Lisbon?"
    say("you", question)
    messages: List[Any] = [UserMessage(question)]
    message = client.complete(messages=messages, tools=[WEATHER]).choices[0].message
    while message.tool_calls:
        messages.append(AssistantMessage(tool_calls=message.tool_calls))
        for call in message.tool_calls:
            say("assistant", f"calls {call.function.name} with {call.function.arguments}")
            result = get_weather(**json.loads(call.function.arguments))
            say("tool", result)
            messages.append(ToolMessage(result, tool_call_id=call.id))
        message = client.complete(messages=messages, tools=[WEATHER]).choices[0].message
    say("assistant", message.content)


def embeddings(client: EmbeddingsClient) -> None:
    query, *passages = (item.embedding for item in client.embed(input=[QUERY, *PASSAGES]).data)
    say("query", QUERY)
    ranked = sorted(zip((similarity(query, passage) for passage in passages), PASSAGES), reverse=True)
    for score, passage in ranked:
        label(f"{score:9.2f}")
        print(f"{'█' * round(max(score, 0) * 20):20} {passage}")
    note(f"vectors of {len(query)} numbers")


def similarity(one: Any, other: Any) -> float:
    """Return the cosine similarity of two vectors."""
    return sum(x * y for x, y in zip(one, other)) / sqrt(sum(x * x for x in one) * sum(y * y for y in other))


COLORS = {"you": 36, "query": 36, "assistant": 32, "tool": 33, "title": 1, "note": 90}


def paint(style: str, text: str) -> str:
    return (
        f"\033[{COLORS.get(style, 0)}m{text}\033[0m" if sys.stdout.isatty() and "NO_COLOR" not in os.environ else text
    )


def title(text: str) -> None:
    print("\n" + paint("title", f"── {text} ".ljust(72, "─")))


def label(speaker: str) -> None:
    print(paint(speaker, f"{speaker:>9}") + "  ", end="", flush=True)


def say(speaker: str, text: str) -> None:
    label(speaker)
    print(text)


def note(text: str) -> None:
    print(" " * 11 + paint("note", f"({text})"))


def main() -> None:
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    prepare_environment("AZURE_AI_CHAT")
    with ChatCompletionsClient.from_environment() as chat_client:
        title("A chat")
        chat(chat_client)
        title("A chat, streamed")
        streamed_chat(chat_client)
        title("A tool call")
        tool_call(chat_client)
    prepare_environment("AZURE_AI_EMBEDDINGS")
    with EmbeddingsClient.from_environment() as embeddings_client:
        title("Embeddings: which passage is nearest to the query?")
        embeddings(embeddings_client)


if __name__ == "__main__":
    main()
