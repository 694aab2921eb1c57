"""A local service that speaks the REST API, and fake transports: for tests, and for first steps without a model."""

from ._replies import Disconnect, Reply, Stall, Stream
from ._requests import RecordedRequest
from ._service import LocalService

__all__ = ["Disconnect", "LocalService", "RecordedRequest", "Reply", "Stall", "Stream"]
