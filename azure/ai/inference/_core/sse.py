"""Server-sent events, from bytes to payloads.

The grammar is that of the WHATWG HTML standard, section 9.2. Payloads stay bytes: what they mean is the reader's
business.
"""

from __future__ import annotations

from typing import List, Optional, Tuple

#: The type of an event (empty for the default, ``message``) and its data.
Event = Tuple[bytes, bytes]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class SSEDecoder:
    """Turns bytes, cut anywhere, into events.

    Time and memory are proportional to the bytes: those of an unfinished event are joined once, when it ends.
    """

    def __init__(self) -> None:
        self._pending: List[bytes] = []
        self._ended_in_return = False
        self._at_start = True

    def feed(self, chunk: bytes) -> List[Event]:
        """The events that end within this chunk."""
        if b"\r" in chunk or self._ended_in_return:
            chunk = self._normalise(chunk)
        if not chunk:
            return []
        if self._pending:
            if b"\n\n" not in chunk and not (chunk.startswith(b"\n") and self._pending[-1].endswith(b"\n")):
                self._pending.append(chunk)
                return []
            chunk = self._take_pending(chunk)
        whole, ended, rest = chunk.rpartition(b"\n\n")
        if rest:
            self._pending.append(rest)
        return self._parse(whole) if ended else []

    def finish(self) -> Optional[Event]:
        """The event that the end of the bytes left without its blank line, which the standard would discard."""
        rest = self._take_pending(b"")
        return _parse_block(self._without_mark(rest) if self._at_start else rest)

    def _parse(self, text: bytes) -> List[Event]:
        """The events of a text that a blank line follows."""
        if self._at_start:
            text = self._without_mark(text)
        if text.startswith(b"data: "):
            plain = text[6:].split(b"\n\ndata: ")
            if text.count(b"\n") == 2 * (len(plain) - 1):  # single lines of data, which is what services send
                return [(b"", data) for data in plain]
        return [event for event in map(_parse_block, text.split(b"\n\n")) if event is not None]

    def _normalise(self, chunk: bytes) -> bytes:
        """Make every line end a line feed; a carriage return counts at once: no event waits for the next chunk."""
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


def _parse_block(block: bytes) -> Optional[Event]:
    kind = b""
    data: List[bytes] = []
    for line in block.split(b"\n"):
        name, _, value = line.partition(b":")
        if value.startswith(b" "):
            value = value[1:]
        if name == b"data":
            data.append(value)
        elif name == b"event":
            kind = value
    return (kind, b"\n".join(data)) if data else None
