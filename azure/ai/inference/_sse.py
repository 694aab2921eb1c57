"""Server-sent events, from bytes to payloads.

The grammar is that of the WHATWG HTML standard, section 9.2. Payloads stay bytes: what they mean is the reader's business.
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
        chunk = self._normalise(chunk)
        last = self._pending[-1] if self._pending else b""
        if b"\n\n" not in chunk and not (last.endswith(b"\n") and chunk.startswith(b"\n")):
            if chunk:
                self._pending.append(chunk)
            return []
        blocks = self._take_pending(chunk).split(b"\n\n")
        rest = blocks.pop()
        if rest:
            self._pending.append(rest)
        return [event for event in map(_parse_block, blocks) if event is not None]

    def finish(self) -> Optional[Event]:
        """The event that the end of the bytes left without its blank line, which the standard would discard."""
        return _parse_block(self._take_pending(b""))

    def _normalise(self, chunk: bytes) -> bytes:
        """Make every line end a line feed; a carriage return counts at once, so that no event waits for the next chunk."""
        if self._ended_in_return and chunk:
            self._ended_in_return = False
            if chunk.startswith(b"\n"):
                chunk = chunk[1:]
        if b"\r" in chunk:
            self._ended_in_return = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return chunk

    def _take_pending(self, chunk: bytes) -> bytes:
        text = b"".join([*self._pending, chunk])
        self._pending.clear()
        if self._at_start:
            self._at_start = False
            if text.startswith(_BYTE_ORDER_MARK):
                text = text[len(_BYTE_ORDER_MARK) :]
        return text


def _parse_block(block: bytes) -> Optional[Event]:
    if block.startswith(b"data: ") and b"\n" not in block:
        return b"", block[6:]
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
