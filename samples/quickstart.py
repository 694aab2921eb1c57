"""The library in a minute: a chat, a stream, a tool, an object, embeddings, and a stream that is cut off.

By default, the responses come from a script on a local service, and the program connects to nothing else. To use your
model, set AZURE_AI_CHAT_ENDPOINT and AZURE_AI_CHAT_KEY, and AZURE_AI_CHAT_MODEL if the endpoint serves several models.
AZURE_AI_EMBEDDINGS_* do the same for the embeddings.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import Any, Dict, Iterable, Iterator, List

from azure.core.exceptions import AzureError, IncompleteReadError
from endpoints import is_set, point_at
from quickstart_display import ask, bar, note, paragraph, say, title
from quickstart_service import scripted_service

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
from azure.ai.inference.models import SystemMessage, UserMessage

QUERY = "How do I bake bread?"
TEXTS = [
    "The dough has to rise.",
    "A cold oven spoils a loaf.",
    "Soup for a winter evening.",
    "The train leaves at nine.",
    "Stocks fell on Monday.",
]
ENDPOINTS = {
    "Azure": "https://NAME.services.ai.azure.com",
    "Ollama": "http://localhost:11434/v1",
    "llama.cpp": "http://localhost:8080/v1",
    "LM Studio": "http://localhost:1234/v1",
    "Foundry Local": "http://localhost:PORT/v1",
}


def chat(client: ChatCompletionsClient) -> None:
    title("A chat")
    question = ask("Why is the sky blue?")
    completion = client.complete(messages=[SystemMessage("Answer in one sentence."), UserMessage(question)])
    say("model", completion.text)
    usage = completion.usage
    note(f"{completion.model}: {usage.prompt_tokens} tokens read, {usage.completion_tokens} written")


def live_stream(client: ChatCompletionsClient) -> None:
    title("A stream, printed as it arrives")
    question = ask("Give me three reasons for a walk.")
    times = [time.perf_counter()]
    with client.complete(messages=[UserMessage(question)], stream=True) as stream:
        say("model", noting_times(stream.text_deltas(), times))
    seconds = [at - times[0] for at in times]
    note(f"{len(times) - 1} updates, the first after {seconds[:2][-1]:.2f} s, the last after {seconds[-1]:.2f} s")


def noting_times(deltas: Iterable[str], times: List[float]) -> Iterator[str]:
    for delta in deltas:
        times.append(time.perf_counter())
        yield delta


def get_forecast(city: str) -> Dict[str, Any]:
    """Return tomorrow's weather in a city."""
    return {"city": city, "sky": "showers", "rain_mm": 7}


def tool_call(client: ChatCompletionsClient) -> None:
    title("A tool: a function of this program")
    question = ask("Do I need an umbrella in Lisbon tomorrow?")
    run = client.run_tools(messages=[UserMessage(question)], tools=[get_forecast])
    for result in run.results:
        arguments = ", ".join(f"{name}={value!r}" for name, value in result.call.arguments.items())
        say("tool", f"{result.call.name}({arguments}) -> {result.content}")
    say("model", run.text)
    note(f"{run.rounds} requests; the schema comes from the function's signature")


@dataclass
class Event:
    name: str
    place: str
    start: datetime
    guests: List[str]


def object_out(client: ChatCompletionsClient) -> None:
    title("An object of your own class")
    text = ask("Lunch with Ana and Bo at Pier 7, on 4 March 2027 at noon.")
    event = client.parse(messages=[UserMessage(text)], response_format=Event).parsed
    say("Event", f"{event.name} at {event.place}, {event.start:%A, %d %B %Y, %H:%M}, with {' and '.join(event.guests)}")
    note(f"`Event` is a dataclass, `start` a {type(event.start).__name__}, `guests` a {type(event.guests).__name__}")


def embeddings(client: EmbeddingsClient) -> None:
    title("Embeddings: the nearest texts")
    say("query", QUERY)
    result = client.embed(input=[QUERY, *TEXTS])
    query, *vectors = (item.embedding for item in result.data)
    for score, text in sorted(zip((similarity(query, vector) for vector in vectors), TEXTS), reverse=True):
        say(f"{score:.2f}", f"{bar(score)} {text}")
    note(f"{result.model}: vectors of {len(query)} numbers")


def similarity(one: Any, other: Any) -> float:
    """Return the cosine similarity of two vectors."""
    return sum(x * y for x, y in zip(one, other)) / sqrt(sum(x * x for x in one) * sum(y * y for y in other))


def cut_off(client: ChatCompletionsClient) -> None:
    title("A stream that is cut off and says so")
    question = ask("Tell me a story.")
    with client.complete(messages=[UserMessage(question)], stream=True) as stream:
        try:
            say("model", stream.text_deltas())
        except IncompleteReadError as error:
            say("error", f"{type(error).__name__}: {error}")
    note("the local service hangs up on purpose; half a completion never passes for a whole one")


def main() -> None:
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    with scripted_service() as service:
        own_model = is_set("AZURE_AI_CHAT")
        own_embeddings = own_model and is_set("AZURE_AI_EMBEDDINGS")
        if own_model:
            hint = "" if own_embeddings else " Embeddings come from a script: AZURE_AI_EMBEDDINGS_ENDPOINT is not set."
            paragraph(f"Requests go to {os.environ['AZURE_AI_CHAT_ENDPOINT']}.{hint}")
        else:
            point_at(service, "AZURE_AI_CHAT")
            paragraph("These responses come from a script on a local service, not from a model.")
        if not own_embeddings:
            point_at(service, "AZURE_AI_EMBEDDINGS")

        with ChatCompletionsClient.from_environment() as client:
            chat(client)
            live_stream(client)
            tool_call(client)
            object_out(client)
        with EmbeddingsClient.from_environment() as embeddings_client:
            embeddings(embeddings_client)
        with ChatCompletionsClient(service.endpoint, service.credential) as local_client:
            cut_off(local_client)

    title("With a model of your own")
    for place, endpoint in ENDPOINTS.items():
        print(f"{place:>13}  {endpoint}")
    paragraph(
        "Set AZURE_AI_CHAT_ENDPOINT to one of these, AZURE_AI_CHAT_KEY (local servers accept any text) and "
        "AZURE_AI_CHAT_MODEL, and run this again."
    )


if __name__ == "__main__":
    try:
        main()
    except (AzureError, ValueError) as error:  # a wrong endpoint or key, or a variable that is not set
        sys.exit(f"{type(error).__name__}: {error}")
