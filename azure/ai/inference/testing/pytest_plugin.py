"""Fixtures for pytest: a local service for each test, and clients of it.

A `conftest.py` in the folder in which pytest starts requests them::

    pytest_plugins = ["azure.ai.inference.testing.pytest_plugin"]

Tests then name the fixtures that they need::

    def test_greeting(chat_client, inference_service):
        inference_service.answer(Reply(429), Reply(200, {"choices": []}))
        assert chat_client.complete(messages=[UserMessage("Hello!")]).choices == []
"""

from __future__ import annotations

import asyncio
import threading
from typing import Iterator

import pytest

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient, aio
from azure.ai.inference.testing._service import LocalService

__all__ = ["async_chat_client", "chat_client", "embeddings_client", "inference_service"]


@pytest.fixture
def inference_service() -> Iterator[LocalService]:
    """Return a running `LocalService` that no other test uses."""
    with LocalService() as service:
        yield service


@pytest.fixture
def chat_client(inference_service: LocalService) -> Iterator[ChatCompletionsClient]:
    """Return a client for chat completions of the local service."""
    with ChatCompletionsClient(inference_service.endpoint, inference_service.credential) as client:
        yield client


@pytest.fixture
def embeddings_client(inference_service: LocalService) -> Iterator[EmbeddingsClient]:
    """Return a client for embeddings of the local service."""
    with EmbeddingsClient(inference_service.endpoint, inference_service.credential) as client:
        yield client


@pytest.fixture
def async_chat_client(inference_service: LocalService) -> Iterator[aio.ChatCompletionsClient]:
    """Return an asynchronous client for chat completions of the local service.

    It works in any event loop: that of `asyncio.run` in a test, or of a plugin such as pytest-asyncio.
    """
    client = aio.ChatCompletionsClient(inference_service.endpoint, inference_service.credential)
    yield client
    closing = threading.Thread(target=lambda: asyncio.run(client.close()))  # this thread may already have a loop
    closing.start()
    closing.join()
