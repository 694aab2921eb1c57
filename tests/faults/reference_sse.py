"""The grammar of server-sent events, one character at a time, after the WHATWG HTML standard (section 9.2).

It is meant to be seen to be right, not to be fast: no splitting, no searching, one state for each rule.
"""

from __future__ import annotations

from typing import List, Tuple


class ReferenceParser:
    """Parses all the bytes of a stream into events: type (empty for the default) and data, as bytes."""

    def __init__(self) -> None:
        self.events: List[Tuple[bytes, bytes]] = []
        self._data = b""
        self._has_data = False
        self._kind = b""

    def parse(self, stream: bytes) -> List[Tuple[bytes, bytes]]:
        """Return the events that end with a blank line."""
        for line in self._lines(stream):
            self._take(line)
        return self.events

    def _lines(self, stream: bytes) -> List[bytes]:
        """Return the lines that end, without their line ends: CR LF, LF or CR. The rest is no line."""
        if stream[:3] == b"\xef\xbb\xbf":
            stream = stream[3:]
        lines: List[bytes] = []
        line = b""
        previous = 0
        for byte in stream:
            if byte == 0x0D or (byte == 0x0A and previous != 0x0D):
                lines.append(line)
                line = b""
            elif byte != 0x0A:
                line += bytes([byte])
            previous = byte
        return lines

    def _take(self, line: bytes) -> None:
        if line == b"":
            self._dispatch()
            return
        name, value, in_value, first = b"", b"", False, True
        for byte in line:
            if not in_value and byte == 0x3A:
                in_value = True
            elif not in_value:
                name += bytes([byte])
            elif first and byte == 0x20:
                first = False
            else:
                value += bytes([byte])
                first = False
        self._field(name, value)

    def _field(self, name: bytes, value: bytes) -> None:
        if name == b"event":
            self._kind = value
        elif name == b"data":
            self._data += value + b"\n"
            self._has_data = True

    def _dispatch(self) -> None:
        if self._has_data:
            self.events.append((self._kind, self._data[:-1]))
        self._data, self._has_data, self._kind = b"", False, b""
