"""No call ever gets the response of another one: numbered questions, amid all that can go wrong on a connection.

Forks are in `test_forks_async.py`, and bytes on idle connections in `test_interim_async.py`. (No client can detect a
server that responds before the question, if a call has already claimed the connection.)
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from typing import Any, Callable, Dict, List

import pytest
from azure.core.exceptions import AzureError

from .calls import DONE, event, update
from .raw_server import LAST_CHUNK, Answer, Connection, RawServer, Request, chunk, chunked, cut, reset, stall, whole
from .test_event_loops import Worker, client_of, workers

__all__ = ["workers"]  # a fixture for the tests here

INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
CALLS = 600


def late(connection: Connection) -> None:
    """Let other calls pass, and some time out."""
    connection.stopping.wait(0.004)


def completion_of(text: str) -> bytes:
    return json.dumps({"choices": [{"index": 0, "finish_reason": "stop", "message": {"content": text}}]}).encode()


def stream_of(text: str) -> List[bytes]:
    return [event(update(f"{text}, begun")), event(update(f"{text}, ended", "stop")) + DONE]


class Service:
    """Sends each question's text back, in one of the ways in which servers behave and misbehave."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def __call__(self, request: Request) -> Answer:
        body = json.loads(request.body)
        text = body["messages"][0]["content"]
        ways = self._streamed(text) if body.get("stream") else self._whole(text)
        return self._random.choice(list(ways.values()))

    @staticmethod
    def _whole(text: str) -> Dict[str, Answer]:
        (answer,) = whole(completion_of(text))
        (foreign,) = whole(completion_of("nobody asked for this"))
        half = len(answer) - 9  # type: ignore[arg-type]
        return {
            "at once": [answer],
            "late": [late, answer],
            "in two": [answer[:half], late, answer[half:]],  # type: ignore[index]
            "in chunks": chunked(completion_of(text), b"", kind="application/json"),
            "zipped": whole(completion_of(text), zipped=True),
            "interim": [INTERIM, late, answer],
            "interim at once": [INTERIM + answer],  # type: ignore[operator]
            "switching": [SWITCHING, foreign],
            "surplus at once": [answer + foreign],  # type: ignore[operator]
            "surplus interim": [answer, INTERIM],
            "cut": [answer[:half], cut],  # type: ignore[index]
            "reset": [reset],
            "no answer": [cut],
            "never": [stall],
            "closing": whole(completion_of(text), Connection="close"),
            "busy": whole(b"{}", 503),
        }

    @staticmethod
    def _streamed(text: str) -> Dict[str, Answer]:
        first, last = stream_of(text)
        (foreign,) = whole(completion_of("nobody asked for this"))
        return {
            "at once": chunked(first, last, b""),
            "late": chunked(first, late, last, b""),
            "end held back": [*chunked(first, last), late, LAST_CHUNK],
            "never ends": [*chunked(first, last), stall],
            "interim": [INTERIM, *chunked(first, last, b"")],
            "surplus at once": [*chunked(first), chunk(last) + LAST_CHUNK + foreign],  # type: ignore[operator]
            "surplus chunk": [*chunked(first), chunk(last) + LAST_CHUNK + chunk(b"more")],
            "cut": [*chunked(first), cut],
            "stalled": [*chunked(first), stall],
            "whole": whole(completion_of(text)),
        }


class Asker:
    """Asks numbered questions, and notes each response to another one."""

    def __init__(self, client: Any, name: str, seed: int) -> None:
        self._client = client
        self._name = name
        self._random = random.Random(seed)
        self._number = 0
        self.wrong: List[Any] = []
        self.answered = 0

    async def ask(self, calls: int, tasks: int) -> None:
        await asyncio.gather(*(self._ask_some(calls // tasks) for _ in range(tasks)))

    async def _ask_some(self, calls: int) -> None:
        ways: List[Callable[..., Any]] = [self._whole, self._whole, self._streamed, self._left, self._cancelled]
        for _ in range(calls):
            self._number += 1
            with contextlib.suppress(AzureError):
                await self._random.choice(ways)(f"{self._name}, question {self._number}")

    def _check(self, question: str, texts: List[str], expected: List[str]) -> None:
        self.answered += 1
        if texts != expected[: len(texts)]:
            self.wrong.append((question, texts))

    async def _complete(self, question: str, **options: Any) -> Any:
        limit = self._random.choice([{"timeout": 0.003}, {"timeout": 0.03}, *[{"read_timeout": 0.2}] * 4])
        return await self._client.complete(messages=[{"role": "user", "content": question}], **limit, **options)

    async def _whole(self, question: str) -> None:
        completion = await self._complete(question)
        self._check(question, [completion.choices[0].message.content], [question])

    async def _streamed(self, question: str, most: int = 9) -> None:
        stream = await self._complete(question, stream=True)
        texts: List[str] = []
        try:
            async for one in stream:
                texts.append(one.choices[0].delta.content)
                if len(texts) == most:
                    break
        finally:
            whole_answer = texts == [question]
            self._check(question, texts, texts if whole_answer else [f"{question}, begun", f"{question}, ended"])

    async def _left(self, question: str) -> None:
        """Read one update, and drop the stream."""
        await self._streamed(question, 1)

    async def _cancelled(self, question: str) -> None:
        task = asyncio.ensure_future(self._random.choice([self._whole, self._streamed])(question))
        for _ in range(self._random.randrange(12)):
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_numbered_questions(secure: bool, workers: List[Worker], tls: Any) -> None:
    """No call gets the response of another: of one that timed out, of another task, or of another event loop."""
    with RawServer(Service(3), tls=tls.server if secure else None) as server:
        client = client_of(server, connection_verify=tls.bundle, max_connections=12)
        askers = [Asker(client, f"loop {number}", number) for number in range(2)]
        pending = [worker.begin(asker.ask(CALLS // 2, 15)) for worker, asker in zip(workers, askers)]
        for one in pending:
            one.result(50)
        workers[0].run(client.close())
    assert [asker.wrong for asker in askers] == [[], []]
    assert all(asker.answered for asker in askers)
