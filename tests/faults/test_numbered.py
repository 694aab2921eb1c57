"""No call ever gets the response of another one: numbered questions over one client, whatever happens to them."""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any, Callable, List

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError

from azure.ai.inference import ChatCompletionsClient

from .calls import KEY, text_of
from .forking import fork
from .numbered import LATE, PLAIN, Book, question, server

THREADS = 8
QUESTIONS = 60
CHILDREN = 4
PATIENCE = 20.0


def ask_whole(client: Any, book: Book, chance: random.Random) -> None:
    asked = question()
    limits = chance.choice([{}, {}, {"timeout": LATE}, {"read_timeout": LATE}, {"timeout": LATE * 1.2}])
    completion = client.complete(**asked, **limits)
    book.note(asked, [choice.message.content for choice in completion.choices])


def read_stream(client: Any, book: Book, chance: random.Random) -> None:
    asked = question()
    limits = chance.choice([{}, {}, {"timeout": LATE}])
    book.note(asked, [text_of(update) for update in client.complete(**asked, stream=True, **limits)])


def leave_stream(client: Any, book: Book, chance: random.Random) -> None:
    asked = question()
    with client.complete(**asked, stream=True) as stream:
        book.note(asked, [text_of(next(stream))])


def drop_stream(client: Any, book: Book, chance: random.Random) -> None:
    asked = question()
    book.note(asked, [text_of(next(client.complete(**asked, stream=True)))])


def close_from_elsewhere(client: Any, book: Book, chance: random.Random) -> None:
    asked = question()
    stream = client.complete(**asked, stream=True)
    texts: List[Any] = []
    closer = threading.Thread(target=stream.close)
    try:
        texts.append(text_of(next(stream)))
        closer.start()
        texts.extend(map(text_of, stream))
    finally:
        if closer.ident is not None:
            closer.join(PATIENCE)
        if texts:
            book.note(asked, texts)


ACTIONS: List[Callable[[Any, Book, random.Random], None]] = [
    ask_whole,
    ask_whole,
    read_stream,
    leave_stream,
    drop_stream,
    close_from_elsewhere,
]


def work(client: Any, book: Book, seed: int, questions: int) -> None:
    """Ask questions in all ways, and note the responses. Failures are expected; wrong responses are not."""
    chance = random.Random(seed)
    for _ in range(questions):
        try:
            chance.choice(ACTIONS)(client, book, chance)
        except AzureError:
            book.failed += 1


def client_for(url: str, **options: Any) -> Any:
    return ChatCompletionsClient(url, AzureKeyCredential(KEY), retry_backoff_factor=0.001, read_timeout=5, **options)


def started(target: Callable[..., None], *args: Any) -> threading.Thread:
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_threads(seed: int) -> None:
    """A call that was abandoned or misframed never leaves its response to another one."""
    books = [Book() for _ in range(THREADS)]
    with server(seed) as answering, client_for(answering.url) as client:
        threads = [started(work, client, book, seed * 100 + n, QUESTIONS) for n, book in enumerate(books)]
        for thread in threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in threads)
    check(books, THREADS * QUESTIONS)


def check(books: List[Book], questions: int) -> None:
    """Check that no question got another one's number, and that enough got a response to prove it."""
    assert [mistake for book in books for mistake in book.mistaken] == []
    assert sum(book.answered for book in books) > questions / 4


def fill_pool(client: Any, book: Book, connections: int) -> None:
    """Leave idle connections in the pool of a client."""
    streams = []
    for _ in range(connections):
        asked = question(PLAIN)
        streams.append((asked, client.complete(**asked, stream=True)))
    for asked, stream in streams:
        book.note(asked, [text_of(update) for update in stream])


def asking(client: Any, seed: int) -> Callable[[], Any]:
    """Ask in a forked process, and report the responses to its parent."""

    def ask() -> Any:
        book = Book()
        work(client, book, seed, 10)
        return {"mistaken": book.mistaken, "answered": book.answered}

    return ask


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
@pytest.mark.parametrize("seed", [1, 2])
def test_forks(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forked process neither reads its parent's responses nor keeps them from it."""
    # azure-core 1.30 tries to import this for each request; Python 3.8 may fork while a thread holds the lock of it.
    monkeypatch.setitem(sys.modules, "azure.core.tracing.ext.opencensus_span", SimpleNamespace(OpenCensusSpan=None))
    books = [Book() for _ in range(4)]
    with server(seed) as answering, client_for(answering.url) as client:
        fill_pool(client, books[0], 4)
        reports = [fork(asking(client, seed * 1000 + n)) for n in range(CHILDREN)]
        threads = [started(work, client, book, seed * 100 + n, QUESTIONS) for n, book in enumerate(books)]
        begun = time.monotonic()
        reports += [fork(asking(client, seed * 2000 + n)) for n in range(CHILDREN)]
        told = [report() for report in reports]
        for thread in threads:
            thread.join(max(0.0, PATIENCE - (time.monotonic() - begun)))
        assert not any(thread.is_alive() for thread in threads)
    assert [one["mistaken"] for one in told] == [[]] * 2 * CHILDREN
    assert sum(one["answered"] for one in told) > CHILDREN
    check(books, 4 * QUESTIONS)
