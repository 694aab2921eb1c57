"""Server-sent events, from bytes to payloads.

The grammar is that of the WHATWG HTML standard, section 9.2. Payloads stay bytes: the reader interprets them.
"""

from __future__ import annotations

from typing import Callable, List, Optional, Tuple

#: The type of an event (empty for the default, ``message``) and its data.
Event = Tuple[bytes, bytes]
#: Returns whether the data are complete.
Judge = Callable[[bytes], bool]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DATA = b"data:"
#: The two line ends as integers. Python tries bytes to search for as an integer first, at 2,000 instructions.
_RETURN, _FEED = b"\r\n"


def _never(_: bytes) -> bool:
    return False


class SSEDecoder:
    """Turns bytes, cut anywhere, into events.

    Time and memory are proportional to the bytes: the parts of an unfinished line are joined once, at its end.

    :param is_whole: for services that end events with a single line end, beyond the standard: a line of data for which
        this returns True is an event of its own if another line of data follows, and ends there.
    :param is_last: the same for a line of data that nothing follows, which is an event as soon as it ends.
    """

    def __init__(self, is_whole: Judge = _never, is_last: Judge = _never) -> None:
        self._lines = _Lines(is_whole, is_last)
        self._in_event = False
        """Whether an event has begun and one of its lines has ended."""
        self._pending: List[bytes] = []
        self._ended_in_return = False
        self._at_start = True

    def feed(self, chunk: bytes) -> List[Event]:
        """Return the events that end within this chunk."""
        if _RETURN in chunk or self._ended_in_return:
            chunk = self._normalize(chunk)
        if not chunk:
            return []
        if self._in_event:
            return self._feed_lines(chunk)
        if self._pending:
            if _FEED not in chunk:
                self._pending.append(chunk)
                return []
            chunk = self._take_pending(chunk)
        whole, ended, rest = chunk.rpartition(b"\n\n")
        if _FEED in rest:
            return [*(self._parse(whole) if ended else ()), *self._feed_lines(rest)]
        if rest:
            self._pending.append(rest)
        return self._parse(whole) if ended else []

    def finish(self) -> List[Event]:
        """Return the events at the end of the bytes that lack their blank line. The standard would discard them."""
        rest = self._take_pending(b"")
        events: List[Event] = []
        self._lines.add([self._without_mark(rest) if self._at_start else rest], events)
        self._lines.end(events)
        return events

    def _parse(self, text: bytes) -> List[Event]:
        """Return the events of a text that a blank line follows."""
        if self._at_start:
            text = self._without_mark(text)
        if text.startswith(b"data: "):
            plain = text[6:].split(b"\n\ndata: ")
            if text.count(b"\n") == 2 * (len(plain) - 1):  # single lines of data, which is what services send
                return [(b"", data) for data in plain]
        events: List[Event] = []
        for block in text.split(b"\n\n"):
            self._lines.add(block.split(b"\n"), events)
            self._lines.end(events)
        return events

    def _feed_lines(self, chunk: bytes) -> List[Event]:
        """Return the events that end within this chunk, line by line up to the next blank one."""
        events: List[Event] = []
        start, end = 0, chunk.find(b"\n")
        while end >= 0:
            line, start = self._take_pending(chunk[start:end]) if self._pending else chunk[start:end], end + 1
            if self._at_start:
                line = self._without_mark(line)
            if not line:
                return self._leave_event(events, chunk[start:])
            self._lines.add([line], events)
            end = chunk.find(b"\n", start)
        self._in_event = True
        if start < len(chunk):
            self._pending.append(chunk[start:])
            if b"".join(self._pending[: len(_DATA)]).startswith(_DATA):
                self._lines.cut(events)
        return events

    def _leave_event(self, events: List[Event], chunk: bytes) -> List[Event]:
        """Return these events, the one that a blank line ends here, and those after it in the chunk."""
        self._lines.end(events)
        self._in_event = False
        ended_in_return, self._ended_in_return = self._ended_in_return, False  # it belongs to the end of the chunk
        events.extend(self.feed(chunk))
        self._ended_in_return = ended_in_return
        return events

    def _normalize(self, chunk: bytes) -> bytes:
        """Make every line end a line feed. A carriage return counts at once, so that no event waits."""
        if not chunk:
            return chunk
        if self._ended_in_return and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._ended_in_return = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _take_pending(self, chunk: bytes) -> bytes:
        text = b"".join([*self._pending, chunk])
        self._pending.clear()
        return text

    def _without_mark(self, block: bytes) -> bytes:
        self._at_start = False
        return block[len(_BYTE_ORDER_MARK) :] if block.startswith(_BYTE_ORDER_MARK) else block


class _Lines:
    """The lines of the current event."""

    _kind: bytes
    _next_kind: Optional[bytes]
    """The type behind the first line of data, which is the next event's if these data end before a blank line."""
    _data: List[bytes]
    _is_blank: bool
    """Whether the data so far are blank."""
    _only: Optional[bytes]
    """The line that may be an event of its own: the last, if it is the only line of data that is not blank."""

    def __init__(self, is_whole: Judge, is_last: Judge) -> None:
        self._is_whole = is_whole
        self._is_last = is_last
        self._begin(b"")

    def add(self, lines: List[bytes], events: List[Event]) -> None:
        """Read the next lines, and add the events that end with one of them, or before it."""
        for line in lines:
            name, _, value = line.partition(b":")
            if value.startswith(b" "):
                value = value[1:]
            if name == b"data":
                if self._data:
                    self.cut(events)
                self._add_data(value, events)
            elif name == b"event":
                if self._data:
                    self._next_kind = value
                else:
                    self._kind = value

    def _add_data(self, value: bytes, events: List[Event]) -> None:
        self._data.append(value)
        if not self._is_blank or not value.strip():
            self._only = None
            return
        self._is_blank, self._only = False, value
        if self._is_last(value):
            self.end(events)

    def cut(self, events: List[Event]) -> None:
        """Add the event that ends before the next line of data, if it is complete."""
        only, self._only = self._only, None
        if only is not None and self._is_whole(only):
            events.append((self._kind, b"\n".join(self._data)))
            self._begin(self._next_kind or b"")

    def end(self, events: List[Event]) -> None:
        """Add the event that ends with a blank line, if it has data."""
        if self._data:
            kind = self._kind if self._next_kind is None else self._next_kind
            events.append((kind, b"\n".join(self._data)))
        self._begin(b"")

    def _begin(self, kind: bytes) -> None:
        self._kind = kind
        self._next_kind = None
        self._data = []
        self._is_blank = True
        self._only = None
