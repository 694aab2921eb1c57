"""The asynchronous stream of a chat completion."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, AsyncIterator, Callable, Optional

from azure.core.rest import AsyncHttpResponse
from typing_extensions import Self

from azure.ai.inference._core.observe import NOBODY
from azure.ai.inference._core.updates import SECONDS_TO_END, BaseParts, BaseStreamingChatCompletions, PartT
from azure.ai.inference.models._models import ChatCompletions, StreamingChatCompletionsUpdate

if TYPE_CHECKING:
    from azure.ai.inference.aio._http.body_reader import AsyncChunkReader


class _ReadTwiceError(RuntimeError):
    """A task reads a stream while another task waits for its bytes."""


class AsyncClosing:
    """Closes itself at the end of an ``async with`` statement."""

    async def aclose(self) -> None:
        """Close it."""

    async def close(self) -> None:
        """Do the same as :meth:`aclose`."""
        await self.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        await self.aclose()


class AsyncStreamingChatCompletions(AsyncClosing, BaseStreamingChatCompletions):
    """The asynchronous twin of :class:`StreamingChatCompletions`.

    :param response: the response to read.
    """

    def __init__(self, response: AsyncHttpResponse) -> None:
        super().__init__(response)
        self._chunks: Optional[AsyncChunkReader] = None
        self._reading = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamingChatCompletionsUpdate:
        """Return the next update. It raises the errors of :meth:`StreamingChatCompletions.__next__`.

        :raises RuntimeError: if another task is waiting for the next update.
        """
        if self._released:
            self._check_open()
            raise StopAsyncIteration
        try:
            while True:
                update = self._reader.next_update()
                if update is not None:
                    if self._notes_updates:
                        self._note(update)
                    return update
                if self._reader.done or self._bytes_ended:
                    break
                self._feed(await self._read())
            self._reader.check_whole()
            if not self._bytes_ended and self._chunks is not None:
                self._bytes_ended = await self._chunks.ends_within(SECONDS_TO_END)
        except _ReadTwiceError:  # the other task goes on
            raise
        except BaseException as error:
            self._note_failure(error)
            from azure.ai.inference._http.private_names import end_unread

            end_unread(self._response)
            await self._end(self._observer.error, error)
            raise
        await self._end(self._observer.end)
        raise StopAsyncIteration

    def text_deltas(self, *, choice_index: int = 0) -> AsyncIterator[str]:
        """Return the texts of one choice as they arrive, without empty ones. The stream is kept.

        Leaving the loop early leaves the stream open.

        :keyword choice_index: the index of the choice.
        :returns: an asynchronous iterator, which raises the errors of :meth:`__anext__`.
        :raises RuntimeError: if updates were delivered before the stream was kept.
        """
        return _AsyncParts(self, self._texts(choice_index))

    def partial_json(self, *, choice_index: int = 0) -> AsyncIterator[Any]:
        """Return the JSON value of one choice so far, after each update that changed it. The stream is kept.

        It is the same container each time, which grows: copy what you keep. Strings grow; numbers and words appear when
        they are complete. On text that is no JSON the value stops growing, and nothing is raised. Texts that were read
        before, such as by a loop that was left, are part of the value.

        :keyword choice_index: the index of the choice.
        :returns: an asynchronous iterator, which raises the errors of :meth:`__anext__`.
        :raises RuntimeError: if updates were delivered before the stream was kept.
        """
        return _AsyncParts(self, self._json_values(choice_index))

    async def get_final_response(self) -> ChatCompletions:
        """Read the rest of the stream and return the whole completion, as a call without ``stream`` returns it.

        Further calls return the same. The stream is kept, so it must not have delivered updates unkept.

        :returns: the completion. There is none for a stream that ends early: its errors are raised, those of
            :meth:`__anext__`, and :attr:`snapshot` has what came before.
        :raises RuntimeError: if updates were delivered before the stream was kept.
        """
        self._kept()
        if self._final is None:
            async for _ in self:
                pass
        return self._final_response()

    async def _read(self) -> bytes:
        if self._reading:
            raise _ReadTwiceError("Another task is reading this stream.")
        if self._chunks is None:
            from azure.ai.inference.aio._http.body_reader import AsyncChunkReader

            self._chunks = AsyncChunkReader(self._response, self._deadline)
        self._reading = True
        try:
            if self._observer is NOBODY:
                return await self._chunks.read()
            with self._observer.reading():
                return await self._chunks.read()
        except Exception:
            self._check_open()
            raise
        finally:
            self._reading = False

    async def _end(self, report: Callable[..., None], *args: BaseException) -> None:
        """Release the connection, unless another task has done so."""
        if not self._released:
            await self._release(report, *args)

    async def _release(self, report: Callable[..., None], *args: BaseException) -> None:
        """Release the connection, which goes back to the pool after the whole body, and report the end."""
        # Late, as they import asyncio: a tenth of the time to import this package.
        from azure.ai.inference.aio._deadline import run_to_first_wait
        from azure.ai.inference.aio._http.body_reader import close_response

        self._released = True
        closing = close_response(self._response) if self._chunks is None else self._chunks.close()
        try:
            if any(isinstance(error, GeneratorExit) for error in args):
                run_to_first_wait(closing)
            else:
                await closing
        finally:
            report(*args)

    async def aclose(self) -> None:
        """Stop reading and close the connection. Further calls do nothing.

        A task that waits for the next update ends with :class:`~azure.core.exceptions.StreamClosedError`.
        """
        if not self._released:
            self._closed_early = True
            await self._release(self._observer.close)

    def __del__(self) -> None:
        if self._is_dropped():
            self._observer.abandon()
            with contextlib.suppress(Exception):
                self._response.internal_response.close()


class _AsyncParts(BaseParts[PartT], AsyncIterator[PartT]):
    async def __anext__(self) -> PartT:
        while not self._part.changes(await self._stream.__anext__()):
            pass
        return self._part.value
