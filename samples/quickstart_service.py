"""The local service of the quick start: responses that were written for its questions.

The script decides what a model would say, and no more: requests, streams, tool calls and errors go over HTTP as they do
with a service. Other questions get the responses that `LocalService` makes up.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any, Dict, Iterator, List, Optional, Union

from azure.ai.inference.testing import LocalService, RecordedRequest, Reply, Stream

PACE = 0.03
"""Seconds between the events of a stream."""
COMPLETIONS = {
    "Why is the sky blue?": "Air scatters blue light more than red, so blue reaches your eyes from every side.",
    "Give me three reasons for a walk.": (
        "1. It clears your head: problems shrink with distance.\n"
        "2. It wakes your heart up, and lets it rest better at night.\n"
        "3. It is free, and starts at your door."
    ),
    "Lunch with Ana and Bo at Pier 7, on 4 March 2027 at noon.": json.dumps(
        {"name": "Lunch", "place": "Pier 7", "start": "2027-03-04T12:00:00", "guests": ["Ana", "Bo"]}
    ),
    "Tell me a story.": "The keeper climbed the stairs of the lighthouse, opened the door to the lamp, and saw",
}
CUT_OFF = "Tell me a story."
TOOL_CALLS = {"Do I need an umbrella in Lisbon tomorrow?": {"city": "Lisbon"}}
MEANINGS = {  # how much a text is about baking, food, travel and money
    "How do I bake bread?": [0.9, 0.4, 0.0, 0.1],
    "The dough has to rise.": [0.9, 0.3, 0.1, 0.0],
    "A cold oven spoils a loaf.": [0.6, 0.5, 0.4, 0.2],
    "Soup for a winter evening.": [0.2, 0.9, 0.2, 0.0],
    "The train leaves at nine.": [0.0, 0.1, 0.9, 0.1],
    "Stocks fell on Monday.": [0.0, 0.0, 0.1, 0.9],
}


def scripted_service() -> LocalService:
    """Return a local service that follows the script. It is not started."""
    service = LocalService()
    service.answer_always(respond)
    return service


def respond(request: RecordedRequest) -> Union[Reply, Stream, None]:
    """Return the response of the script, or None where it has none."""
    body = request.json()
    return embed(body) if request.path.endswith("/embeddings") else complete(body)


def embed(body: Dict[str, Any]) -> Optional[Reply]:
    texts: List[str] = body["input"]
    if any(text not in MEANINGS for text in texts):
        return None
    data = [{"object": "embedding", "index": index, "embedding": MEANINGS[text]} for index, text in enumerate(texts)]
    tokens = sum(map(count, texts))
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return Reply(body={"object": "list", "id": "script", "model": "script", "data": data, "usage": usage})


def complete(body: Dict[str, Any]) -> Union[Reply, Stream, None]:
    last: Dict[str, Any] = body["messages"][-1]
    question = last["content"]
    tokens = sum(count(str(message.get("content") or "")) for message in body["messages"])
    if last["role"] == "tool":
        return whole({"content": report(**json.loads(question))}, "stop", tokens)
    if question in TOOL_CALLS and body.get("tools"):
        function = {"name": body["tools"][0]["function"]["name"], "arguments": json.dumps(TOOL_CALLS[question])}
        call = {"id": "call_1", "type": "function", "function": function}
        return whole({"content": None, "tool_calls": [call]}, "tool_calls", tokens)
    if question not in COMPLETIONS:
        return None
    text = COMPLETIONS[question]
    if not body.get("stream"):
        return whole({"content": text}, "stop", tokens)
    is_whole = question != CUT_OFF
    return Stream(updates(text, is_whole), done=is_whole)


def report(city: str, sky: str, rain_mm: int) -> str:
    """Return what a model would say about the result of the tool."""
    need = "Yes, take one" if rain_mm else "No"
    return f"{need}: tomorrow {city} gets {sky}, with {rain_mm} mm of rain."


def whole(message: Dict[str, Any], finish_reason: str, tokens: int) -> Reply:
    """Return a response that is not streamed."""
    choice = {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", **message}}
    written = count(str(message["content"] or message.get("tool_calls")))
    usage = {"prompt_tokens": tokens, "completion_tokens": written, "total_tokens": tokens + written}
    return Reply(body={**envelope("chat.completion"), "choices": [choice], "usage": usage})


def updates(text: str, is_whole: bool) -> Iterator[Dict[str, Any]]:
    """Yield a stream's events, one for each word. A stream that is cut off has no finish reason."""
    for word in re.findall(r"\S+\s*", text):
        time.sleep(PACE)
        delta = {"role": "assistant", "content": word}
        yield {**envelope("chat.completion.chunk"), "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    if is_whole:
        end = {"index": 0, "delta": {}, "finish_reason": "stop"}
        yield {**envelope("chat.completion.chunk"), "choices": [end]}


def envelope(kind: str) -> Dict[str, Any]:
    return {"id": "script", "object": kind, "created": int(time.time()), "model": "script"}


def count(text: str) -> int:
    """Return about as many tokens as a model would count."""
    return len(re.findall(r"\w+|[^\w\s]", text))
