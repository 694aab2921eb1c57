"""A local service that implements the REST APIs, and transports that need no network: fakes, and recorded responses."""

from azure.ai.inference.testing._cassette import UnmatchedRequestError
from azure.ai.inference.testing._fake_response import FakeResponse
from azure.ai.inference.testing._recording import AsyncRecordingTransport, RecordingTransport
from azure.ai.inference.testing._replaying import AsyncReplayTransport, ReplayTransport
from azure.ai.inference.testing._replies import Disconnect, Reply, Stall, Stream
from azure.ai.inference.testing._requests import RecordedRequest
from azure.ai.inference.testing._service import LocalService
from azure.ai.inference.testing._transport import AsyncFakeTransport, FakeTransport

__all__ = [
    "AsyncFakeTransport",
    "AsyncRecordingTransport",
    "AsyncReplayTransport",
    "Disconnect",
    "FakeResponse",
    "FakeTransport",
    "LocalService",
    "RecordedRequest",
    "RecordingTransport",
    "ReplayTransport",
    "Reply",
    "Stall",
    "Stream",
    "UnmatchedRequestError",
]
