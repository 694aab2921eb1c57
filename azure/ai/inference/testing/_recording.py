"""Transports that record the requests and responses of another transport in a cassette."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, AsyncIterator, Iterator, List, Optional, Type

from azure.core.exceptions import ResponseNotReadError
from azure.core.pipeline.transport import AsyncHttpTransport, HttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse
from typing_extensions import Self

from azure.ai.inference._core.deadline import current_deadline
from azure.ai.inference._core.updates import SECONDS_TO_END
from azure.ai.inference.models._models import FilePath
from azure.ai.inference.testing._cassette import Recording, save
from azure.ai.inference.testing._fake_response import AsyncFakeHttpResponse, FakeHttpResponse, FakeResponse


class _Recorder:
    """The recordings of a transport, in the order in which their requests were sent."""

    def __init__(self, path: FilePath) -> None:
        self._path = Path(path).resolve()
        self._recordings: List[Recording] = []
        self._changing = threading.Lock()
        self._process = os.getpid()

    def _begin(self, request: HttpRequest) -> Recording:
        recording = Recording(request)
        with self._changing:
            self._recordings.append(recording)
        return recording

    def _drop(self, recording: Recording) -> None:
        with self._changing:
            self._recordings.remove(recording)

    def _save(self) -> None:
        if os.getpid() == self._process:  # a forked process must not write the cassette
            with self._changing:
                save(self._path, self._recordings)


class RecordingTransport(_Recorder, HttpTransport[HttpRequest, HttpResponse]):
    """A transport that records requests and responses in a cassette, for the `transport` keyword of a client.

    The cassette is a JSON file, written when the client is closed; an older one is replaced. `ReplayTransport` plays
    it::

        with ChatCompletionsClient(endpoint, credential, transport=RecordingTransport("greeting.json")) as client:
            client.complete(messages=[UserMessage("Hello!")])

    It contains no host, no header of a request but `Content-Type` and `Accept`, and no value of query parameters
    such as `api-key` and `sig`. Responses lose their cookies. Keys and tokens are masked wherever they recur. The texts
    of messages are kept: read a cassette before you publish it.

    A stream keeps its chunks and the times at which they arrived. Each attempt and each redirect is a recording of its
    own; a request that gets no response is not recorded.

    :param path: The path of the cassette. Its folder is created if necessary.
    :param transport: The transport that sends; by default that of clients. A transport has its own options,
        such as `connection_verify`, which the client cannot pass on.
    """

    def __init__(self, path: FilePath, transport: Optional[HttpTransport[HttpRequest, HttpResponse]] = None) -> None:
        super().__init__(path)
        self._transport = _default_transport() if transport is None else transport

    def send(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Send a request with the inner transport and record it."""
        recording = self._begin(request)
        try:
            response = self._transport.send(request, **kwargs)
            return RecordedHttpResponse(request, response, recording)
        except BaseException:
            self._drop(recording)
            raise

    def open(self) -> None:
        """Open the inner transport."""
        self._transport.open()

    def close(self) -> None:
        """Close the inner transport and write the cassette."""
        try:
            self._transport.close()
        finally:
            self._save()

    def sleep(self, duration: float) -> None:
        """Wait as the inner transport does."""
        self._transport.sleep(duration)

    def __enter__(self) -> Self:
        self._transport.__enter__()
        return self

    def __exit__(
        self,
        exc_type: Optional[Type[BaseException]] = None,
        exc_value: Optional[BaseException] = None,
        traceback: Optional[TracebackType] = None,
    ) -> None:
        try:
            self._transport.__exit__(exc_type, exc_value, traceback)
        finally:
            self._save()


class AsyncRecordingTransport(_Recorder, AsyncHttpTransport[HttpRequest, AsyncHttpResponse]):
    """The async twin of `RecordingTransport`. `AsyncReplayTransport` and `ReplayTransport` play its cassettes.

    :param path: The path of the cassette. Its folder is created if necessary.
    :param transport: The transport that sends; by default the one that clients have.
    """

    def __init__(
        self, path: FilePath, transport: Optional[AsyncHttpTransport[HttpRequest, AsyncHttpResponse]] = None
    ) -> None:
        super().__init__(path)
        self._transport = _default_async_transport() if transport is None else transport

    async def send(self, request: HttpRequest, **kwargs: Any) -> AsyncHttpResponse:
        """Send a request with the inner transport and record it."""
        recording = self._begin(request)
        try:
            response = await self._transport.send(request, **kwargs)
            return AsyncRecordedHttpResponse(request, response, recording)
        except BaseException:
            self._drop(recording)
            raise

    async def open(self) -> None:
        """Open the inner transport."""
        await self._transport.open()

    async def close(self) -> None:
        """Close the inner transport and write the cassette."""
        try:
            await self._transport.close()
        finally:
            self._save()

    async def sleep(self, duration: float) -> None:
        """Wait as the inner transport does."""
        await self._transport.sleep(duration)

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: Optional[Type[BaseException]] = None,
        exc_value: Optional[BaseException] = None,
        traceback: Optional[TracebackType] = None,
    ) -> None:
        try:
            await self._transport.__aexit__(exc_type, exc_value, traceback)
        finally:
            self._save()


def _default_transport() -> HttpTransport[HttpRequest, HttpResponse]:
    from azure.ai.inference._client import InferenceClient

    transport: HttpTransport[HttpRequest, HttpResponse] = InferenceClient._default_transport()
    return transport


def _default_async_transport() -> AsyncHttpTransport[HttpRequest, AsyncHttpResponse]:
    from azure.ai.inference.aio._client import AsyncInferenceClient

    transport: AsyncHttpTransport[HttpRequest, AsyncHttpResponse] = AsyncInferenceClient._default_transport()
    return transport


class _Following:
    """The body of a response, recorded as it is read."""

    def __init__(self, response: Any, recording: Recording) -> None:
        self._response = response
        self._recording = recording
        self._deadline = current_deadline()
        self._began = time.monotonic()
        self._reader: Any = None
        self._last = b""
        self.ended = False
        recording.begin_stream()

    def _follow(self, chunk: bytes) -> bytes:
        if chunk:
            self._recording.add_chunk(time.monotonic() - self._began, chunk)
            self._last = (self._last + chunk)[-16:]
        else:
            self._end()
        return chunk

    def _end(self) -> None:
        self.ended = True
        self._recording.end_stream()

    @property
    def _awaits_end(self) -> bool:
        """Whether the last event has been read, but the end of the body has not."""
        return not self.ended and self._last.rstrip().endswith(b"[DONE]")


class _Chunks(_Following, Iterator[bytes]):
    def __next__(self) -> bytes:
        if self._reader is None:
            from azure.ai.inference._http.body_reader import ChunkReader

            self._reader = ChunkReader(self._response, self._deadline)
        chunk = b"" if self.ended else self._follow(self._reader.read())
        if not chunk:
            raise StopIteration
        return chunk

    def close(self) -> None:
        """Read the end of the body if it is there already, so that the connection can be kept."""
        if self._awaits_end and self._reader.ends_within(SECONDS_TO_END):
            self._end()
        self._response.close()


class _AsyncChunks(_Following, AsyncIterator[bytes]):
    async def __anext__(self) -> bytes:
        if self._reader is None:
            from azure.ai.inference.aio._http.body_reader import AsyncChunkReader

            self._reader = AsyncChunkReader(self._response, self._deadline)
        chunk = b"" if self.ended else self._follow(await self._reader.read())
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def close(self) -> None:
        """Read the end of the body if it is there already, so that the connection can be kept."""
        if self._awaits_end and await self._reader.ends_within(SECONDS_TO_END):
            self._end()
        await (self._response if self._reader is None else self._reader).close()


class RecordedHttpResponse(FakeHttpResponse):
    """A response of a `RecordingTransport`, whose body is recorded as it is read."""

    def __init__(self, request: HttpRequest, response: HttpResponse, recording: Recording) -> None:
        recording.begin(response.status_code, response.reason, response.headers)
        body = _content_of(response)
        self._following = _Chunks(response, recording) if body is None else None
        if body is not None:
            recording.add_body(body)
        fake = FakeResponse(response.status_code, self._following or body, response.headers, response.reason)
        super().__init__(request, fake, [])
        if body is not None:
            self.read()

    def close(self) -> None:
        if self._following is not None and not self.is_closed:
            self._following.close()
        super().close()


class AsyncRecordedHttpResponse(AsyncFakeHttpResponse):
    """A response of an `AsyncRecordingTransport`, whose body is recorded as it is read."""

    def __init__(self, request: HttpRequest, response: AsyncHttpResponse, recording: Recording) -> None:
        recording.begin(response.status_code, response.reason, response.headers)
        body = _content_of(response)
        self._following = _AsyncChunks(response, recording) if body is None else None
        if body is not None:
            recording.add_body(body)
        fake = FakeResponse(response.status_code, self._following or body, response.headers, response.reason)
        super().__init__(request, fake, [])
        self._content = body

    async def close(self) -> None:
        if self._following is not None and not self.is_closed:
            await self._following.close()
        await super().close()


def _content_of(response: Any) -> Optional[bytes]:
    """Return the body of a response; None if it has not been read yet."""
    try:
        content: bytes = response.content
    except ResponseNotReadError:
        return None
    return content
