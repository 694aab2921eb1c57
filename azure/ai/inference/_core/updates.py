"""Streamed responses, from bytes to updates. Nothing here waits."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any, Callable, Deque, Dict, Generic, List, Optional, Tuple, TypeVar, Union

from azure.core.exceptions import IncompleteReadError
from typing_extensions import Self

from azure.ai.inference import _json
from azure.ai.inference._core.kept import KeptStream
from azure.ai.inference._core.observe import Observer
from azure.ai.inference._core.sse import Event, SSEDecoder
from azure.ai.inference._json import type_of
from azure.ai.inference._model_base import unwrap, wrap
from azure.ai.inference.exceptions import ResponseDecodeError
from azure.ai.inference.models._models import StreamingChatCompletionsUpdate

if TYPE_CHECKING:
    from azure.ai.inference._core.accumulate import Accumulator
    from azure.ai.inference._core.deadline import Deadline
    from azure.ai.inference._core.parts import Part

PartT = TypeVar("PartT")

#: Seconds in which the end of the body may follow the last update, so that the connection can be kept.
SECONDS_TO_END = 0.05
_BLANK = b"\xef\xbb\xbf \t\r\n"
_FIELD = rb"(data|event|id|retry)?([:\r\n]|$)"
_QUOTED = 80
_EMPTY = (b"", b"null")


class UpdateReader:
    """Turns the bytes of a response into updates and checks that the completion is whole. It never waits.

    The first bytes decide between events and a single JSON object, not the content type.
    """

    def __init__(self, response: Any) -> None:
        self._response = response
        self._decoder = SSEDecoder(_is_json_object, _is_done)
        self._events: Deque[Event] = deque()
        self._head = b""
        self._document: Optional[List[bytes]] = None
        self._ended: Dict[Union[int, str], bool] = {}
        self._any_event = False
        self._finished = False
        self.done = False
        """Whether the service has marked the end of the stream."""
        self.skipped: Optional[Callable[[Dict[str, Any]], None]] = None
        """Called with events that are not updates: they have neither choices nor usage."""

    def feed(self, chunk: bytes) -> None:
        """Add the next bytes."""
        if not self._head:
            chunk = self._recognize(chunk)
        elif len(self._head) < _QUOTED:
            self._head += chunk[:_QUOTED]
        if self._document is not None:
            self._document.append(chunk)
        else:
            self._queue(self._decoder.feed(chunk))

    def finish(self) -> None:
        """Mark the end of the bytes."""
        self._finished = True
        if self._document is not None:
            self._queue([(b"", b"".join(self._document))])
            return
        self._queue([event for event in self._decoder.finish() if _is_done(event[1]) or _is_json_object(event[1])])

    def _queue(self, events: List[Event]) -> None:
        if events:
            self._any_event = True
            self._events.extend(events)

    def next_update(self) -> Optional[StreamingChatCompletionsUpdate]:
        """Return the next update in the bytes so far; None if there is none.

        :raises ~azure.core.exceptions.HttpResponseError: if the service reported an error in its place.
        :raises ~azure.ai.inference.exceptions.ResponseDecodeError: if the next event is not a JSON object.
        """
        events = self._events
        while events:
            kind, data = events.popleft()
            if (kind == b"error" or not data.startswith(b"{")) and self._is_no_payload(kind, data):
                continue
            payload = self._decode(data)
            choices = payload.get("choices")
            if choices:
                self._follow(choices)
            elif not payload.get("usage") and self._says_nothing(payload):
                if self.skipped is not None:
                    self.skipped(payload)
                continue
            if payload.get("error") or (not choices and _reports_error(payload)):  # raised after what is beside it
                events.appendleft((b"error", data))
            if self._document is not None:
                payload = self._read_document(payload)
            return wrap(StreamingChatCompletionsUpdate, payload)
        return None

    def _read_document(self, payload: Dict[str, Any]) -> Dict[str, Any]:
        return _as_update(payload)

    def _is_no_payload(self, kind: bytes, data: bytes) -> bool:
        """Return whether an event is empty or marks the end of the stream. Raise its error if it is of that type."""
        if kind == b"error":
            raise self._reported(_decode_loosely(data))
        if _is_done(data):
            self.done = True
            self._events.clear()
            return True
        return data.strip() in _EMPTY

    def _says_nothing(self, payload: Dict[str, Any]) -> bool:
        """Return whether to skip an event with neither choices nor usage. Raise the error that it reports, if any."""
        if _reports_error(payload):
            raise self._reported(payload)
        return self._document is None

    def _reported(self, payload: Any) -> Exception:
        from azure.ai.inference._core.errors import reported_error

        return reported_error(payload, self._response)

    def check_whole(self) -> None:
        """Check, after the last byte and the last update, that nothing is missing.

        :raises ~azure.core.exceptions.IncompleteReadError: if the response ended early.
        :raises ~azure.ai.inference.exceptions.ResponseDecodeError: if it was not a stream of events.
        """
        if self.done or self._document is not None or (self._ended and all(self._ended.values())):
            return
        if self._head and not self._any_event and not _looks_like_events(self._head):
            raise self._not_events()
        raise IncompleteReadError("The stream ended before the completion was whole.", self._response)

    def _recognize(self, chunk: bytes) -> bytes:
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
            text = f"An event of the stream cannot be decoded: {error}{_start_of(data)}"
            raise ResponseDecodeError(text, self._response, error=error) from error
        if type_of(payload) is not dict:
            kind = _json.kind_of(payload)
            text = f"An event of the stream must be a JSON object, not {kind}{_start_of(data)}."
            raise ResponseDecodeError(text, self._response)
        return payload

    def _follow(self, choices: Any) -> None:
        """Note which choices have begun, and which of them have ended."""
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
        return ResponseDecodeError(f"The response is not a stream of events: it begins with {text!r}.", self._response)


class SplittingReader(UpdateReader):
    """Moves reasoning from the contents of the updates to its field."""

    def __init__(self, response: Any) -> None:
        super().__init__(response)
        from azure.ai.inference.models import _reasoning

        self._split_completion = _reasoning.split_completion
        self._splitter = _reasoning.UpdateSplitter()
        self._error: Optional[Exception] = None

    def next_update(self) -> Optional[StreamingChatCompletionsUpdate]:
        """Return the next update. The last one, even before an error, has the text that was held back."""
        if self._error is not None:
            raise self._error
        try:
            update = super().next_update()
        except Exception as error:
            rest = self._rest()
            if rest is None:
                raise
            self._error = error
            return rest
        if update is None:
            return self._rest() if self.done or self._finished else None
        if self._document is None:
            self._splitter.split(unwrap(update))
        return update

    def _rest(self) -> Optional[StreamingChatCompletionsUpdate]:
        rest = self._splitter.finish()
        return rest if rest is None else wrap(StreamingChatCompletionsUpdate, rest)

    def _read_document(self, payload: Dict[str, Any]) -> Dict[str, Any]:
        self._split_completion(payload)
        return super()._read_document(payload)


def _is_done(data: bytes) -> bool:
    return data.strip() == b"[DONE]"


def _is_json_object(data: bytes) -> bool:
    try:
        return _json.is_object(_json.loads(data))
    except ValueError:
        return False


def _reports_error(payload: Dict[str, Any]) -> bool:
    from azure.ai.inference._core.reported import reports_error

    return reports_error(payload)


def _start_of(data: bytes) -> str:
    """Return how to quote the start of an event, which may be the text of an error. A broken object has a message."""
    start = data[:_QUOTED].decode("utf-8", "replace")
    return "" if start.startswith("{") else f"; it begins with {start!r}"


def _decode_loosely(data: bytes) -> Any:
    """Return the JSON of an error event, or else its text."""
    try:
        return _json.loads(data)
    except ValueError:
        return data.decode("utf-8", "replace")


def _looks_like_events(head: bytes) -> bool:
    return bool(re.match(_FIELD, head))


def _as_update(payload: Dict[str, Any]) -> Dict[str, Any]:
    """Return a whole completion as one update: the message of a choice becomes its delta."""
    choices = payload.get("choices")
    if not _json.is_array(choices):
        return payload
    return {**payload, "choices": [_as_choice_update(choice) for choice in choices]}


def _as_choice_update(choice: Any) -> Any:
    if not _json.is_object(choice) or "message" not in choice:
        return choice
    return {("delta" if name == "message" else name): value for name, value in choice.items()}


class BaseStreamingChatCompletions(KeptStream):
    """The state of both streams: the reader, the deadline, the observer and the progress."""

    def __init__(self, response: Any) -> None:
        super().__init__(response)
        self._reader = UpdateReader(response)
        self._deadline: Optional[Deadline] = None
        self._bytes_ended = False
        self._holders = 1

    def __copy__(self) -> Self:
        """Return a copy that shares the stream, whose connection stays open until both are dropped."""
        duplicate = type(self).__new__(type(self))
        duplicate.__dict__ = self.__dict__
        self._holders += 1
        return duplicate

    def _described(self) -> List[Tuple[str, str]]:
        """Return the facts to show of the stream, without reading it."""
        if self._closed_early:
            return [("state", "closed before its end")]
        if self._released:
            return [("state", "at its end")]
        return [("state", "open: iterate to read the updates")]

    def _repr_html_(self) -> str:
        """Return the display of a notebook."""
        from azure.ai.inference import _display

        return _display.html_of(type(self).__name__, self._described())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print the display of IPython."""
        from azure.ai.inference import _display

        _display.print_text(printer, cycle, type(self).__name__, self._described())

    def _is_dropped(self) -> bool:
        """Return whether the last reference to an open stream is gone."""
        self._holders = getattr(self, "_holders", 1) - 1  # none if the constructor failed
        return not self._holders and not getattr(self, "_released", True)

    @classmethod
    def _of(cls, response: Any, deadline: Optional[Deadline], *, split_reasoning: bool) -> Self:
        stream = cls(response)
        stream._deadline = deadline
        if split_reasoning:
            stream._reader = SplittingReader(response)
        return stream

    def _count_usage(self, count: Callable[[Any], None]) -> None:
        """Report the usage to a limiter, if there is one."""
        next_update = self._reader.next_update

        def counting() -> Optional[StreamingChatCompletionsUpdate]:
            update = next_update()
            if update is not None:
                count(update.get("usage"))
            return update

        vars(self._reader)["next_update"] = counting

    def _kept(self) -> Accumulator:
        accumulator = super()._kept()
        self._reader.skipped = accumulator.add
        return accumulator

    def _feed(self, chunk: bytes) -> None:
        if chunk:
            self._reader.feed(chunk)
        else:
            self._bytes_ended = True
            self._reader.finish()


class BaseParts(Generic[PartT]):
    """Iterates over a part of the updates of a stream. It is no generator: dropping it drops the stream at once."""

    def __init__(self, stream: Any, part: Part[PartT]) -> None:
        self._stream = stream
        self._part = part


def follow(result: Any, observer: Observer) -> None:
    """Let an observer follow a stream to its end. Any other result is the end of the call."""
    if isinstance(result, BaseStreamingChatCompletions) and observer.stream():
        result._observer = observer
    else:
        observer.response(result)
