"""The fixtures for pytest, as a project of somebody else uses them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import List

import pytest

CONFTEST = 'pytest_plugins = ["azure.ai.inference.testing.pytest_plugin"]\n'
TESTS = """
import asyncio

import pytest

from azure.ai.inference.models import UserMessage
from azure.ai.inference.testing import Reply

HELLO = [UserMessage("Hello!")]
SEEN = []


def test_chat(chat_client, inference_service):
    inference_service.answer(Reply(200, {"id": "scripted", "choices": []}))
    assert chat_client.complete(messages=HELLO).id == "scripted"
    assert "“Hello!”" in chat_client.complete(messages=HELLO).choices[0].message.content
    SEEN.append(inference_service)


def test_each_test_has_a_service(chat_client, inference_service):
    assert inference_service.requests == []
    assert SEEN[0] is not inference_service
    with pytest.raises(ValueError, match="closed"):
        SEEN[1].complete(messages=HELLO)


def test_embeddings(embeddings_client):
    assert len(embeddings_client.embed(input=["a", "b"]).data) == 2


def test_async(async_chat_client):
    async def chat():
        stream = await async_chat_client.complete(messages=HELLO, stream=True)
        return [update async for update in stream]

    for _ in range(2):
        assert asyncio.run(chat())[-1].usage.total_tokens > 0
    SEEN.append(async_chat_client)


def test_async_client_is_closed():
    with pytest.raises(ValueError, match="closed"):
        asyncio.run(SEEN[-1].complete(messages=HELLO))


def test_async_client_that_is_not_used(async_chat_client):
    pass
""".replace("SEEN.append(inference_service)", "SEEN.extend([inference_service, chat_client])")
ASYNC_TESTS = """
import pytest

from azure.ai.inference.models import UserMessage


@pytest.mark.asyncio
async def test_in_a_loop_of_a_plugin(async_chat_client):
    assert (await async_chat_client.complete(messages=[UserMessage("Hi")])).choices
    stream = await async_chat_client.complete(messages=[UserMessage("Hi")], stream=True)
    assert await stream.__anext__()
"""


def run(folder: Path, conftest: str, tests: str, *options: str) -> List[str]:
    """Run pytest on tests of somebody else. Return the lines of its output."""
    (folder / "conftest.py").write_text(conftest, "utf-8")
    (folder / "test_them.py").write_text(tests, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=.", *options]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=50, check=False
    )
    assert ended.stderr == ""
    return ended.stdout.splitlines()


def test_fixtures(tmp_path: Path) -> None:
    """The fixtures work without pytest-asyncio, and leave nothing open."""
    *_, last = run(tmp_path, CONFTEST, TESTS, "-W", "error")
    assert last.startswith("6 passed"), last


def test_with_pytest_asyncio(tmp_path: Path) -> None:
    """The asynchronous client works in the event loop of pytest-asyncio."""
    pytest.importorskip("pytest_asyncio")
    options = ["-p", "pytest_asyncio.plugin", "-o", "asyncio_default_fixture_loop_scope=function"]
    if sys.version_info >= (3, 9):  # the last versions for Python 3.8 leave loops to the collector
        options += ["-W", "error"]
    *_, last = run(tmp_path, CONFTEST, ASYNC_TESTS, *options)
    assert last.startswith("1 passed"), last


def test_nobody_pays_who_does_not_ask(tmp_path: Path) -> None:
    """Without the line in `conftest.py` there are no fixtures, and pytest loads nothing of the package."""
    tests = """
import sys

def test_not_loaded():
    assert [name for name in sys.modules if name.startswith("azure.ai.inference")] == []

def test_no_fixture(chat_client):
    pass
"""
    lines = run(tmp_path, "", tests)
    assert any("fixture 'chat_client' not found" in line for line in lines)
    assert lines[-1].startswith("1 passed, 1 error"), lines
