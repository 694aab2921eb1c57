"""A local service that speaks the REST API, and fake transports: for tests, and for first steps without a model."""

from ._fake_response import FakeResponse
from ._replies import Disconnect, Reply, Stall, Stream
from ._requests import RecordedRequest
from ._service import LocalService
from ._transport import AsyncFakeTransport, FakeTransport

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
