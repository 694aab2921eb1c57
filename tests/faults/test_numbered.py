"""Nobody ever gets the response of another call: numbered questions over one client, whatever becomes of them."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import threading
import time
import warnings
from typing import Any, Callable, Dict, List

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError

from azure.ai.inference import ChatCompletionsClient

from .calls import KEY, text_of
from .numbered import LATE, Book, question, server

THREADS = 8
QUESTIONS = 60
CHILDREN = 6
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
    """Ask questions in all ways, and note the answers. Failures are part of the game; wrong answers are not."""
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
    """If this fails, a call that was given up or misunderstood has left its response to another one."""
    books = [Book() for _ in range(THREADS)]
    with server(seed) as answering, client_for(answering.url) as client:
        threads = [started(work, client, book, seed * 100 + n, QUESTIONS) for n, book in enumerate(books)]
        for thread in threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in threads)
    check(books, THREADS * QUESTIONS)


def check(books: List[Book], questions: int) -> None:
    """Check that no answer had another question's number, and that there were answers enough to say so."""
    assert [mistake for book in books for mistake in book.mistaken] == []
    assert sum(book.answered for book in books) > questions / 4


def child(client: Any, seed: int, pipe: int) -> None:
    """What a forked process does: it asks, and tells its parent of the answers."""
    book = Book()
    report: Dict[str, Any] = {}
    try:
        work(client, book, seed, 10)
        report = {"mistaken": book.mistaken, "answered": book.answered}
    except BaseException as error:
        report = {"mistaken": [repr(error)], "answered": 0}
    finally:
        os.write(pipe, json.dumps(report).encode())
        os._exit(0)


def forked(client: Any, seed: int) -> Callable[[], Dict[str, Any]]:
    """Fork a process that asks. Return what waits for its report."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of threads
        pid = os.fork()
    if not pid:
        child(client, seed, writing)
    os.close(writing)

    def report() -> Dict[str, Any]:
        try:
            ready, _, _ = select.select([reading], [], [], PATIENCE)
            if not ready:
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            result: Dict[str, Any] = json.loads(os.read(reading, 65536) if ready else b'{"mistaken": ["it hangs"]}')
            return result
        finally:
            os.close(reading)

    return report


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
@pytest.mark.parametrize("seed", [1, 2])
def test_forks(seed: int) -> None:
    """If this fails, a forked process reads what its parent is answered, or keeps it from being answered."""
    books = [Book() for _ in range(4)]
    with server(seed) as answering, client_for(answering.url) as client:
        threads = [started(work, client, book, seed * 100 + n, QUESTIONS) for n, book in enumerate(books)]
        begun = time.monotonic()
        reports = [forked(client, seed * 1000 + n) for n in range(CHILDREN)]
        told = [report() for report in reports]
        for thread in threads:
            thread.join(max(0.0, PATIENCE - (time.monotonic() - begun)))
        assert not any(thread.is_alive() for thread in threads)
    assert [one["mistaken"] for one in told] == [[]] * CHILDREN
    assert sum(one["answered"] for one in told) > CHILDREN
    check(books, 4 * QUESTIONS)
