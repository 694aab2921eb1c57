"""Numbered questions, and a server that responds with their numbers, in every way that may confuse a client."""

from __future__ import annotations

import itertools
import json
import os
import random
from typing import Any, Callable, Dict, List

from .calls import END, event, update
from .raw_server import Answer, Connection, RawServer, Request, Step, chunk, chunked, cut, head, reset, whole

#: The longest that the server keeps a client waiting on purpose.
LATE = 0.03

_next_number = itertools.count(1)


#: A question with this word gets its response at once, and its connection can be reused.
PLAIN = "plain"


def question(kind: str = "number") -> Dict[str, Any]:
    """Return the keywords of a question with a unique number."""
    return {"messages": [{"role": "user", "content": f"{kind} {next(_next_number)} of {os.getpid()}"}]}


def number_in(asked: Dict[str, Any]) -> str:
    """Return the number of a question."""
    text: str = asked["messages"][0]["content"]
    return text


def late(connection: Connection) -> None:
    """Wait a little, perhaps for longer than the client does."""
    connection.stopping.wait(LATE)


def _completion(number: str) -> bytes:
    message = {"role": "assistant", "content": number}
    return json.dumps({"id": "1", "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}).encode()


def _stream(number: str, *between: Step) -> List[Step]:
    return [*chunked(event(update(number)), *between, END, event(b"[DONE]")), chunk(b"")]


_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"

#: The ways of the server with a question. A response has the number, once or often, or breaks off.
WHOLE: List[Callable[[bytes], Answer]] = [
    lambda body: whole(body),
    lambda body: whole(body, zipped=True),
    lambda body: [*chunked(body, kind="application/json"), chunk(b"")],
    lambda body: [head(Connection="close") + body, cut],
    lambda body: [_HINTS, *whole(body)],
    lambda body: [_HINTS, late, *whole(body)],
    lambda body: [b"HTTP/1.1 102 P\r\n\r\n" + _HINTS, late, *whole(body)],
    lambda body: [late, *whole(body)],
    lambda body: [head(Content_Length=len(body)) + body[:20], late, body[20:]],
    lambda body: [head(Content_Length=len(body)) + body[:20], cut],
    lambda body: [head()[:9], reset],
    lambda body: [cut],
    lambda body: whole(b"{}", 503, Retry_After="0"),
    lambda body: [bytes(whole(body)[0]) + bytes(whole(body)[0])],  # type: ignore[arg-type]
]
STREAMED: List[Callable[[str], Answer]] = [
    lambda number: _stream(number),
    lambda number: _stream(number, late),
    lambda number: [_HINTS, *_stream(number)],
    lambda number: [late, *_stream(number, late)],
    lambda number: whole(_completion(number)),
    lambda number: [*_stream(number)[:-1], b"0\r\nX-Trailer: 1\r\n", late, b"\r\n"],
    lambda number: [*_stream(number)[:2], cut],
]


def server(seed: int) -> RawServer:
    """Return a server that responds at random, but the same for the same seed and order."""
    chance = random.Random(seed)

    def answer(request: Request) -> Answer:
        if len(request.body) < int(request.headers["content-length"]):
            return [cut]  # the client has given up
        asked = json.loads(request.body)
        number = number_in(asked)
        if PLAIN in number:
            return whole(_completion(number))
        if asked.get("stream"):
            return chance.choice(STREAMED)(number)
        return chance.choice(WHOLE)(_completion(number))

    return RawServer(answer)


class Book:
    """Notes the numbers of questions and of their responses."""

    def __init__(self) -> None:
        self.answered = 0
        self.failed = 0
        self.mistaken: List[Any] = []

    def note(self, asked: Dict[str, Any], texts: List[Any]) -> None:
        """Note the texts of the response to a question."""
        self.answered += 1
        if {text for text in texts if text is not None} != {number_in(asked)}:
            self.mistaken.append((asked, texts))
