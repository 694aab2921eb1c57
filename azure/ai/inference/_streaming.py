"""The stream of a chat completion: it waits, closes and reports; the core reads the updates."""

from __future__ import annotations

import contextlib
from threading import Lock
from typing import TYPE_CHECKING, Any, Callable, Iterator, Optional

from azure.core.rest import HttpResponse
from typing_extensions import Self

from azure.ai.inference._core.observe import NOBODY
from azure.ai.inference._core.updates import SECONDS_TO_END, BaseParts, BaseStreamingChatCompletions, PartT
from azure.ai.inference.models._models import ChatCompletions, StreamingChatCompletionsUpdate

if TYPE_CHECKING:
    from azure.ai.inference._http.body_reader import ChunkReader


class Closing:
    """Closes itself at the end of a ``with`` statement."""

    def close(self) -> None:
        """Close it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        self.close()


class StreamingChatCompletions(Closing, BaseStreamingChatCompletions):
    """The updates of a streamed completion, as they arrive.

    Iterate over it, best within ``with``. The connection goes back to the pool after the last update. It is closed
    when reading stops earlier: by :meth:`close`, by leaving ``with``, by an error, or when the stream is dropped.

    :param response: the response to read.
    """

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response)
        self._chunks: Optional[ChunkReader] = None
        self._reading = Lock()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> StreamingChatCompletionsUpdate:
        """Return the next update.

        :raises ~azure.core.exceptions.HttpResponseError: if the service reports an error in its place.
        :raises ~azure.core.exceptions.IncompleteReadError: if the stream ends early.
        :raises ~azure.ai.inference.exceptions.ResponseDecodeError: if the response is not a stream of JSON events.
        :raises ~azure.core.exceptions.ServiceResponseTimeoutError: if the next bytes do not arrive in time.
        :raises ~azure.core.exceptions.StreamClosedError: if the stream has been closed before its end.
        """
        if self._released:
            self._check_open()
            raise StopIteration
        try:
            while True:
                update = self._reader.next_update()
                if update is not None:
                    if self._notes_updates:
                        self._note(update)
                    return update
                if self._reader.done or self._bytes_ended:
                    break
                self._feed(self._read())
            self._reader.check_whole()
            if not self._bytes_ended and self._chunks is not None:
                with self._reading:
                    self._bytes_ended = self._chunks.ends_within(SECONDS_TO_END)
        except BaseException as error:
            self._note_failure(error)
            from azure.ai.inference._http.private_names import end_unread

            end_unread(self._response)
            self._end(self._observer.error, error)
            if isinstance(error, Exception):
                self._check_open()
            raise
        self._end(self._observer.end)
        raise StopIteration

    def text_deltas(self, *, choice_index: int = 0) -> Iterator[str]:
        """Return the texts of one choice as they arrive, without empty ones. The stream is kept.

        Leaving the loop early leaves the stream open.

        :keyword choice_index: the index of the choice.
        :returns: an iterator, which raises the errors of :meth:`__next__`.
        :raises RuntimeError: if updates were delivered before the stream was kept.
        """
        return _Parts(self, self._texts(choice_index))

    def partial_json(self, *, choice_index: int = 0) -> Iterator[Any]:
        """Return the JSON value of one choice so far, after each update that changed it. The stream is kept.

        It is the same container each time, which grows: copy what you keep. Strings grow; numbers and words appear when
        they are complete. On text that is no JSON the value stops growing, and nothing is raised. Texts that were read
        before, such as by a loop that was left, are part of the value.

        :keyword choice_index: the index of the choice.
        :returns: an iterator, which raises the errors of :meth:`__next__`.
        :raises RuntimeError: if updates were delivered before the stream was kept.
        """
        return _Parts(self, self._json_values(choice_index))

    def get_final_response(self) -> ChatCompletions:
        """Read the rest of the stream and return the whole completion, as a call without ``stream`` returns it.

        Further calls return the same. The stream is kept, so it must not have delivered updates unkept.

        :returns: the completion. There is none for a stream that ends early: its errors are raised, those of
            :meth:`__next__`, and :attr:`snapshot` has what came before.
        :raises RuntimeError: if updates were delivered before the stream was kept.
        """
        self._kept()
        if self._final is None:
            for _ in self:
                pass
        return self._final_response()

    def _read(self) -> bytes:
        with self._reading:
            if self._chunks is None:
                from azure.ai.inference._http.body_reader import ChunkReader

                self._chunks = ChunkReader(self._response, self._deadline)
            self._check_open()  # now that close() can wake this thread
            if self._observer is NOBODY:
                chunk = self._chunks.read()
            else:
                with self._observer.reading():
                    chunk = self._chunks.read()
            self._check_open()
            return chunk

    def _end(self, report: Callable[..., None], *args: BaseException) -> None:
        """Release the connection, unless another thread has done so."""
        with self._reading:
            if self._closed_early:
                report, args = self._observer.close, ()
            if not self._released:
                self._release(report, *args)

    def _release(self, report: Callable[..., None], *args: BaseException) -> None:
        """Release the connection, which goes back to the pool after the whole body, and report the end."""
        self._released = True
        try:
            self._response.close()
        finally:
            report(*args)

    def close(self) -> None:
        """Stop reading and close the connection. Further calls do nothing.

        A thread that waits for the next update ends with :class:`~azure.core.exceptions.StreamClosedError`.
        """
        if self._released or self._closed_early:
            return
        self._closed_early = True
        if self._reading.acquire(blocking=False):
            try:
                self._release(self._observer.close)
            finally:
                self._reading.release()
        elif self._chunks is not None:
            self._chunks.wake()  # the thread that reads releases the connection

    def __del__(self) -> None:
        if self._is_dropped():
            with contextlib.suppress(Exception):
                self._release(self._observer.abandon)


class _Parts(BaseParts[PartT], Iterator[PartT]):
    def __next__(self) -> PartT:
        while not self._part.changes(self._stream.__next__()):
            pass
        return self._part.value
