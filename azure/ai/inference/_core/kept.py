"""The state of a stream that can be kept: updates are accumulated once a helper has been used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from azure.core.exceptions import StreamClosedError
from typing_extensions import Self

from azure.ai.inference._core.observe import NOBODY
from azure.ai.inference._core.request_ids import add_request_id, request_id_of
from azure.ai.inference._model_base import derived, set_beside, unwrap, wrap
from azure.ai.inference.models._models import ChatCompletions, StreamingChatCompletionsUpdate

if TYPE_CHECKING:
    from azure.ai.inference._core.accumulate import Accumulator
    from azure.ai.inference._core.parts import Part


class KeptStream:
    """A stream with an optional observer and accumulator. Without either, an update costs one test."""

    def __init__(self, response: Any) -> None:
        self._response = response
        self._observer = NOBODY
        self._accumulator: Optional[Accumulator] = None
        self._notes_updates = True
        """Whether to note the next update: the first one, or any if the stream is observed or kept."""
        self._begun = False
        self._released = False
        self._closed_early = False
        self._failure: Optional[BaseException] = None
        self._final: Optional[ChatCompletions] = None

    @derived
    def request_id(self) -> Optional[str]:
        """The id of the request, by which the service finds it."""
        return request_id_of(self._response)

    def accumulate(self) -> Self:
        """Keep what the stream delivers, for :attr:`snapshot` and :meth:`get_final_response`.

        Those two, :meth:`text_deltas` and :meth:`partial_json` do this too, on their first use.

        :returns: the stream itself.
        :raises RuntimeError: if an update has been delivered before.
        """
        self._kept()
        return self

    @property
    def snapshot(self) -> ChatCompletions:
        """The completion delivered so far, also after an error. Each use returns a new copy.

        Reading it also keeps the stream, as :meth:`accumulate` does.

        :raises RuntimeError: if updates were delivered before the stream was kept.
        """
        completion = wrap(ChatCompletions, self._kept().completion())
        set_beside(completion, "request_id", request_id_of(self._response))
        return completion

    def _kept(self) -> Accumulator:
        """Return the accumulator. Create it if nothing has been delivered yet."""
        if self._accumulator is None:
            if self._begun or self._released:
                raise RuntimeError(
                    "The updates of this stream have not been kept. To keep them, call accumulate() before the first."
                )
            from azure.ai.inference._core.accumulate import Accumulator  # a plain stream does not need it

            self._accumulator = Accumulator(content=True)
            self._notes_updates = True
        return self._accumulator

    def _texts(self, choice_index: int) -> Part[str]:
        self._kept()
        from azure.ai.inference._core.parts import Text  # a plain stream does not need it

        return Text(choice_index)

    def _json_values(self, choice_index: int) -> Part[Any]:
        accumulator = self._kept()
        from azure.ai.inference._core.parts import Json  # a plain stream does not need it

        return Json(choice_index, accumulator)

    def _note(self, update: StreamingChatCompletionsUpdate) -> None:
        """Pass an update to the followers of the stream; without any, stop noting updates."""
        self._begun = True
        self._notes_updates = False
        if self._observer is not NOBODY:
            self._notes_updates = True
            self._observer.update(update)
        if self._accumulator is not None:
            self._notes_updates = True
            self._accumulator.add(unwrap(update))

    def _note_failure(self, error: BaseException) -> None:
        """Add the request id to the error that ends the stream. Remember the error if the stream is kept."""
        add_request_id(error)
        if self._accumulator is not None:
            self._failure = error

    def _final_response(self) -> ChatCompletions:
        """Return the whole completion, after the end. Raise the error that ended the stream early."""
        if self._failure is not None:
            raise self._failure if isinstance(self._failure, Exception) else StreamClosedError(self._response)
        if self._final is None:
            self._final = self.snapshot
        return self._final

    def _check_open(self) -> None:
        if self._closed_early:
            raise StreamClosedError(self._response) from None
