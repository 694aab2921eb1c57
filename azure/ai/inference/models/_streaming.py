"""Streamed answers: what has been read becomes updates in one place; the two streams add only the waiting."""

from __future__ import annotations

import contextlib
import re
from collections import deque
from typing import Any, Deque, Dict, List, Optional, Union

from azure.core.exceptions import IncompleteReadError, StreamClosedError
from azure.core.pipeline import PipelineResponse
from azure.core.rest import AsyncHttpResponse, HttpResponse
from typing_extensions import Self

from azure.ai.inference import _json
from azure.ai.inference._core.deadline import CONTEXT_NAME, Deadline
from azure.ai.inference._core.errors import stream_error
from azure.ai.inference._core.sse import Event, SSEDecoder
from azure.ai.inference._http.body_reader import AsyncChunkReader, ChunkReader
from azure.ai.inference._json import type_of
from azure.ai.inference._model_base import wrap
from azure.ai.inference.exceptions import ResponseDecodeError
from azure.ai.inference.models._models import StreamingChatCompletionsUpdate

_SECONDS_TO_END = 0.05
_BLANK = b"\xef\xbb\xbf \t\r\n"
_FIELD = rb"(data|event|id|retry)?([:\r\n]|$)"
_QUOTED = 80


class UpdateReader:
    """Turns the bytes of an answer into updates, and tells whether the answer is whole. It never waits.

    The answer is told by its first bytes, not by its content type: events, or one JSON object in their place.
    """

    def __init__(self, response: Any) -> None:
        self._response = response
        self._decoder = SSEDecoder()
        self._events: Deque[Event] = deque()
        self._head = b""
        self._document: Optional[List[bytes]] = None
        self._ended: Dict[Union[int, str], bool] = {}
        self._any_event = False
        self.done = False
        """Whether the service has said that nothing more comes."""

    def feed(self, chunk: bytes) -> None:
        """Take in the next bytes."""
        if not self._head:
            chunk = self._recognise(chunk)
        elif len(self._head) < _QUOTED:
            self._head += chunk[:_QUOTED]
        if self._document is not None:
            self._document.append(chunk)
        else:
            self._queue(self._decoder.feed(chunk))

    def finish(self) -> None:
        """Take in the end of the bytes."""
        if self._document is not None:
            self._queue([(b"", b"".join(self._document))])
            return
        rest = self._decoder.finish()
        if rest is not None and (_is_done(rest[1]) or _is_json_object(rest[1])):
            self._queue([rest])

    def _queue(self, events: List[Event]) -> None:
        if events:
            self._any_event = True
            self._events.extend(events)

    def next_update(self) -> Optional[StreamingChatCompletionsUpdate]:
        """The next update in what has been taken in; None if there is none.

        :raises ~azure.core.exceptions.HttpResponseError: if the service told an error in its place.
        :raises ~azure.ai.inference.exceptions.ResponseDecodeError: if the next event is no JSON object.
        """
        events = self._events
        while events:
            kind, data = events.popleft()
            if kind == b"error":
                raise stream_error(_decode_loosely(data), self._response)
            if not data.startswith(b"{"):
                if _is_done(data):
                    self.done = True
                    events.clear()
                    break
                if not data.strip():
                    continue
            payload = self._decode(data)
            if payload.get("error"):
                raise stream_error(payload, self._response)
            if self._document is not None:
                return wrap(StreamingChatCompletionsUpdate, _as_update(payload))
            choices = payload.get("choices")
            if choices:
                self._follow(choices)
            elif not payload.get("usage"):
                continue
            return wrap(StreamingChatCompletionsUpdate, payload)
        return None

    def check_whole(self) -> None:
        """Make sure, when all bytes have been taken in and all updates given out, that nothing is missing.

        :raises ~azure.core.exceptions.IncompleteReadError: if the answer broke off.
        :raises ~azure.ai.inference.exceptions.ResponseDecodeError: if it was something else than events.
        """
        if self.done or self._document is not None or (self._ended and all(self._ended.values())):
            return
        if self._head and not self._any_event and not _looks_like_events(self._head):
            raise self._not_events()
        raise IncompleteReadError("The stream broke off: it ended before the answer was complete.", self._response)

    def _recognise(self, chunk: bytes) -> bytes:
        start = chunk.lstrip(_BLANK)
        self._head = start[:_QUOTED]
        if start[:1] in (b"{", b"["):
            self._document = []
            return start
        if start[:1] == b"<":
            raise self._not_events()
        return chunk

    def _decode(self, data: bytes) -> Any:
        try:
            payload = _json.loads(data)
        except ValueError as error:
            raise ResponseDecodeError(
                f"An event of the stream cannot be decoded: {error}", self._response, error=error
            ) from error
        if type_of(payload) is not dict:
            kind = "null" if payload is None else type_of(payload).__name__
            raise ResponseDecodeError(f"An event of the stream must be a JSON object, not {kind}.", self._response)
        return payload

    def _follow(self, choices: Any) -> None:
        """Remember which choices have begun, and which of them have ended."""
        ended = self._ended
        for choice in choices if type_of(choices) is list else ():
            if type_of(choice) is dict:
                index = choice.get("index", 0)
                if not isinstance(index, int):
                    index = str(index)
                if choice.get("finish_reason"):
                    ended[index] = True
                elif index not in ended:
                    ended[index] = False

    def _not_events(self) -> ResponseDecodeError:
        text = self._head[:_QUOTED].decode("utf-8", "replace")
        return ResponseDecodeError(f"The answer is no stream of events: it begins with {text!r}.", self._response)


def _is_done(data: bytes) -> bool:
    return data.strip() == b"[DONE]"


def _is_json_object(data: bytes) -> bool:
    try:
        return _json.is_object(_json.loads(data))
    except ValueError:
        return False


def _decode_loosely(data: bytes) -> Any:
    """What the data of an error says: its JSON, or else its text."""
    try:
        return _json.loads(data)
    except ValueError:
        return data.decode("utf-8", "replace")


def _looks_like_events(head: bytes) -> bool:
    return bool(re.match(_FIELD, head))


def _as_update(payload: Dict[str, Any]) -> Dict[str, Any]:
    """A whole answer as one update: what its choices call the message is what an update calls the delta."""
    choices = payload.get("choices")
    if not _json.is_array(choices):
        return payload
    return {**payload, "choices": [_as_choice_update(choice) for choice in choices]}


def _as_choice_update(choice: Any) -> Any:
    if not _json.is_object(choice) or "message" not in choice:
        return choice
    return {("delta" if name == "message" else name): value for name, value in choice.items()}


class BaseStreamingChatCompletions:
    """What the two streams share: the reader, the deadline, and how far reading has come."""

    def __init__(self, response: Any) -> None:
        self._response = response
        self._reader = UpdateReader(response)
        self._deadline: Optional[Deadline] = None
        self._bytes_ended = False
        self._released = False
        self._closed_early = False

    @classmethod
    def _of(cls, reply: PipelineResponse[Any, Any]) -> Self:
        stream = cls(reply.http_response)
        stream._deadline = reply.context.get(CONTEXT_NAME)
        return stream

    def _take_in(self, chunk: bytes) -> None:
        if chunk:
            self._reader.feed(chunk)
        else:
            self._bytes_ended = True
            self._reader.finish()

    def _check_open(self) -> None:
        if self._closed_early:
            raise StreamClosedError(self._response)


class StreamingChatCompletions(BaseStreamingChatCompletions):
    """The updates of a streamed answer, as they arrive.

    Iterate over it, best within ``with``. The connection is given back when the last update has been read, and closed
    when reading stops before that: by :meth:`close`, by leaving ``with``, by an error, or when the stream is dropped.

    :param response: the response to read.
    """

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response)
        self._chunks: Optional[ChunkReader] = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> StreamingChatCompletionsUpdate:
        """The next update.

        :raises ~azure.core.exceptions.HttpResponseError: if the service tells an error in its place.
        :raises ~azure.core.exceptions.IncompleteReadError: if the stream breaks off.
        :raises ~azure.ai.inference.exceptions.ResponseDecodeError: if the answer is no stream of JSON events.
        :raises ~azure.core.exceptions.ServiceResponseTimeoutError: if the next bytes do not come in time.
        :raises ~azure.core.exceptions.StreamClosedError: if the stream has been closed before its end.
        """
        if self._released:
            self._check_open()
            raise StopIteration
        try:
            while True:
                update = self._reader.next_update()
                if update is not None:
                    return update
                if self._reader.done or self._bytes_ended:
                    break
                self._take_in(self._read())
            self._reader.check_whole()
        except BaseException:
            self._release()
            raise
        if self._bytes_ended or (self._chunks is not None and self._chunks.ends_within(_SECONDS_TO_END)):
            self._bytes_ended = True
        self._release()
        raise StopIteration

    def _read(self) -> bytes:
        if self._chunks is None:
            self._chunks = ChunkReader(self._response, self._deadline)
        return self._chunks.read()

    def _release(self) -> None:
        """Let go of the connection: it goes back to the pool if the body has been read to its end."""
        self._released = True
        self._response.close()

    def close(self) -> None:
        """Stop reading and close the connection. It may be called any number of times."""
        if not self._released:
            self._closed_early = True
            self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        self.close()

    def __del__(self) -> None:
        if not getattr(self, "_released", True):
            with contextlib.suppress(Exception):
                self._release()


class AsyncStreamingChatCompletions(BaseStreamingChatCompletions):
    """The asynchronous twin of :class:`StreamingChatCompletions`.

    :param response: the response to read.
    """

    def __init__(self, response: AsyncHttpResponse) -> None:
        super().__init__(response)
        self._chunks: Optional[AsyncChunkReader] = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamingChatCompletionsUpdate:
        """The next update. It raises what :meth:`StreamingChatCompletions.__next__` raises."""
        if self._released:
            self._check_open()
            raise StopAsyncIteration
        try:
            while True:
                update = self._reader.next_update()
                if update is not None:
                    return update
                if self._reader.done or self._bytes_ended:
                    break
                self._take_in(await self._read())
            self._reader.check_whole()
        except BaseException:
            await self._release()
            raise
        if self._bytes_ended or (self._chunks is not None and await self._chunks.ends_within(_SECONDS_TO_END)):
            self._bytes_ended = True
        await self._release()
        raise StopAsyncIteration

    async def _read(self) -> bytes:
        if self._chunks is None:
            self._chunks = AsyncChunkReader(self._response, self._deadline)
        return await self._chunks.read()

    async def _release(self) -> None:
        """Let go of the connection: it goes back to the pool if the body has been read to its end."""
        self._released = True
        await self._response.close()

    async def aclose(self) -> None:
        """Stop reading and close the connection. It may be called any number of times."""
        if not self._released:
            self._closed_early = True
            await self._release()

    async def close(self) -> None:
        """The same as :meth:`aclose`."""
        await self.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if not getattr(self, "_released", True):
            with contextlib.suppress(Exception):
                self._response.internal_response.close()
