"""A local service that implements the REST APIs, and fake transports: for tests, and first steps without a model."""

from azure.ai.inference.testing._fake_response import FakeResponse
from azure.ai.inference.testing._replies import Disconnect, Reply, Stall, Stream
from azure.ai.inference.testing._requests import RecordedRequest
from azure.ai.inference.testing._service import LocalService
from azure.ai.inference.testing._transport import AsyncFakeTransport, FakeTransport

__all__ = [
    "AsyncFakeTransport",
    "Disconnect",
    "FakeResponse",
    "FakeTransport",
    "LocalService",
    "RecordedRequest",
    "Reply",
    "Stall",
    "Stream",
]
