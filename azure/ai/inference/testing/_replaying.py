"""Transports that play the responses of a cassette, without any network."""

from __future__ import annotations

import threading
import time
from typing import Any, AsyncIterator, Dict, Iterator, List, Optional, Tuple

from azure.core.exceptions import IncompleteReadError
from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse

from azure.ai.inference.models._models import FilePath
from azure.ai.inference.testing._cassette import Player, bytes_of
from azure.ai.inference.testing._fake_response import AsyncFakeHttpResponse, FakeHttpResponse, FakeResponse
from azure.ai.inference.testing._offline import AsyncOfflineTransport, OfflineTransport


class _Replayer:
    """The cassette of a transport."""

    def __init__(self, path: FilePath, *, real_time: bool = False) -> None:
        self._player = Player(path)
        self._finding = threading.Lock()
        self._real_time = real_time

    def _find(self, request: HttpRequest) -> Dict[str, Any]:
        with self._finding:
            return self._player.find(request)


class ReplayTransport(_Replayer, OfflineTransport):
    """A transport that responds from a cassette, for the `transport` keyword of a client.

    A request matches a recording by its method, its path, its query without `api-version` and secret parameters, and
    its body, compared as JSON; neither by host nor by key. Each recording is used once, in order::

        with ChatCompletionsClient(endpoint, credential, transport=ReplayTransport("greeting.json")) as client:
            client.complete(messages=[UserMessage("Hello!")])

    A request without a recording raises `UnmatchedRequestError`, which shows its differences from the closest
    recording. Waits before retries are skipped. A stream that was not recorded to its end ends with azure-core's
    `IncompleteReadError`.

    :param path: The path of the cassette, which a `RecordingTransport` or `AsyncRecordingTransport` has written.
    :keyword real_time: Whether the chunks of a stream arrive at their recorded times, and not at once.
    :raises OSError: if the cassette cannot be read.
    :raises ValueError: if it is not a cassette.
    """

    def send(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Return the recorded response. Raise UnmatchedRequestError if there is none."""
        self._check_open()
        recorded = self._find(request)
        chunks = _Chunks(recorded, self._real_time) if "chunks" in recorded else None
        response = FakeHttpResponse(request, _response_of(recorded, chunks), [])
        if chunks is None or not kwargs.get("stream"):
            response.read()
        return response


class AsyncReplayTransport(_Replayer, AsyncOfflineTransport):
    """The async twin of `ReplayTransport`.

    :param path: The path of the cassette, which a `RecordingTransport` or `AsyncRecordingTransport` has written.
    :keyword real_time: Whether the chunks of a stream arrive at their recorded times, and not at once. This needs
        asyncio.
    :raises OSError: if the cassette cannot be read.
    :raises ValueError: if it is not a cassette.
    """

    async def send(self, request: HttpRequest, **kwargs: Any) -> AsyncHttpResponse:
        """Return the recorded response. Raise UnmatchedRequestError if there is none."""
        self._check_open()
        recorded = self._find(request)
        chunks = _AsyncChunks(recorded, self._real_time) if "chunks" in recorded else None
        response = AsyncFakeHttpResponse(request, _response_of(recorded, chunks), [])
        if chunks is None or not kwargs.get("stream"):
            await response.read()
        return response


def _response_of(recorded: Dict[str, Any], chunks: Any) -> FakeResponse:
    body = bytes_of(recorded) if chunks is None else chunks
    return FakeResponse(recorded["status"], body, recorded["headers"], recorded.get("reason", ""))


class _Recorded:
    """The chunks of a recorded stream, and the time from the head to each."""

    def __init__(self, recorded: Dict[str, Any], real_time: bool) -> None:
        self._chunks: List[Tuple[float, bytes]] = [
            (float(chunk.get("seconds", 0)), bytes_of(chunk)) for chunk in recorded["chunks"]
        ]
        self._is_whole = bool(recorded.get("whole", True))
        self._began = time.monotonic() if real_time else None
        self._place = 0

    def _next(self) -> Optional[Tuple[float, bytes]]:
        """Return the next chunk with the seconds to wait for it; None at the end."""
        if self._place < len(self._chunks):
            seconds, chunk = self._chunks[self._place]
            self._place += 1
            return (0.0 if self._began is None else self._began + seconds - time.monotonic()), chunk
        if not self._is_whole:
            raise IncompleteReadError("The recording of the stream ends here: it was left or lost before its end.")
        return None


class _Chunks(_Recorded, Iterator[bytes]):
    def __next__(self) -> bytes:
        found = self._next()
        if found is None:
            raise StopIteration
        if found[0] > 0:
            time.sleep(found[0])
        return found[1]


class _AsyncChunks(_Recorded, AsyncIterator[bytes]):
    async def __anext__(self) -> bytes:
        found = self._next()
        if found is None:
            raise StopAsyncIteration
        if found[0] > 0:
            import asyncio

            await asyncio.sleep(found[0])
        return found[1]
