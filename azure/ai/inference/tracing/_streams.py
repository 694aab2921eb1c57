"""Streams that tell a recorder of what is read from them, and how the reading ends."""

from __future__ import annotations

import functools
from typing import Any, Optional, Type, cast

from azure.ai.inference.models import (
    AsyncStreamingChatCompletions,
    StreamingChatCompletions,
    StreamingChatCompletionsUpdate,
)
from azure.ai.inference.tracing._recorder import Recorder, attempt


class TracedStream(StreamingChatCompletions):
    """A stream whose reading is recorded. A stream becomes one by being given this class."""

    _recorder = Recorder()

    def __next__(self) -> StreamingChatCompletionsUpdate:
        try:
            update = super().__next__()
        except StopIteration:
            self._recorder.end()
            raise
        except BaseException as error:
            self._recorder.error(error)
            raise
        self._recorder.update(update)
        return update

    def _read(self) -> bytes:
        with self._recorder.reading():
            return super()._read()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._recorder.close()

    def __del__(self) -> None:
        attempt(self._recorder.abandon)
        super().__del__()


class AsyncTracedStream(AsyncStreamingChatCompletions):
    """The asynchronous twin of :class:`TracedStream`."""

    _recorder = Recorder()

    async def __anext__(self) -> StreamingChatCompletionsUpdate:
        try:
            update = await super().__anext__()
        except StopAsyncIteration:
            self._recorder.end()
            raise
        except BaseException as error:
            self._recorder.error(error)
            raise
        self._recorder.update(update)
        return update

    async def _read(self) -> bytes:
        with self._recorder.reading():
            return await super()._read()

    async def aclose(self) -> None:
        try:
            await super().aclose()
        finally:
            self._recorder.close()

    def __del__(self) -> None:
        attempt(self._recorder.abandon)
        super().__del__()


def follow(result: Any, recorder: Recorder) -> None:
    """Let a recorder know what a call has returned; if that is a stream, let the stream tell it of what comes."""
    kind = _traced_class(cast(Any, type(result)))
    if kind is not None and recorder.stream():
        result._recorder = recorder
        result.__class__ = kind
    else:
        recorder.response(result)


@functools.lru_cache(maxsize=64)
def _traced_class(kind: Any) -> Optional[Type[Any]]:
    """The traced kind of a class of streams, under its name; None for a class of anything else."""
    traced = next((own for own in (TracedStream, AsyncTracedStream) if issubclass(kind, own.__base__ or own)), None)
    if traced is None:
        return None
    return type(kind.__name__, (traced, kind), {"__module__": kind.__module__, "__qualname__": kind.__qualname__})
