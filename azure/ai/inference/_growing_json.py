"""The JSON value so far of a text that arrives in chunks."""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Dict, List, Tuple, Union

from azure.ai.inference._json import is_object

_Container = Union[Dict[str, Any], List[Any]]

# these match everywhere
_SPACE: Any = re.compile(r"[ \t\n\r]*")
_PLAIN: Any = re.compile(r'[^"\\\x00-\x1f]*')
_TOKEN: Any = re.compile(r"[^,\]}\s]*")
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})')
_BEGUN_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?")
_HIGH = re.compile(r"\\u[dD][89abAB]..")
_LOW = re.compile(r"\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_BEGUN_LOW = re.compile(r"(?:\\(?:u(?:[dD](?:[c-fC-F][0-9a-fA-F]?)?)?)?)?")


class GrowingJson:
    """The JSON value of a text that arrives in chunks.

    Feed each chunk once; :attr:`value` is the value so far. It is always the same container, which grows: copy what you
    keep. Strings grow; numbers, ``true``, ``false`` and ``null`` appear when they are complete; an escape is never cut.
    A text that is no JSON stops the growth, and nothing is raised. The time is linear in the length of the text.
    """

    __slots__ = ("_changed", "_held", "_key", "_parts", "_root", "_slot", "_stack", "_step")

    def __init__(self) -> None:
        self._root: List[Any] = []
        self._stack: List[_Container] = []
        """The containers that are open, the innermost last."""
        self._slot: Tuple[Any, Any] = (self._root, -1)
        """The container and the key of the string that is open."""
        self._key = ""
        self._parts: List[str] = []
        """The parts of a key, number or word that is not complete."""
        self._held = ""
        """An escape that is not complete."""
        self._step: Callable[[str, int], int] = self._read_value
        """Reads on from a position in a chunk, and returns where it got."""
        self._changed = False

    @property
    def value(self) -> Any:
        """The value so far; None before it has begun."""
        return self._root[0] if self._root else None

    def feed(self, text: str) -> bool:
        """Add the next chunk, and return whether the value has changed."""
        text, self._held, self._changed = self._held + text, "", False
        position = 0
        while position < len(text):
            position = self._step(text, position)
        return self._changed

    def _ignore(self, text: str, position: int) -> int:
        """Skip what comes behind the value or behind an error."""
        del position
        return len(text)

    def _stop(self) -> int:
        """Stop the growth at an error."""
        self._step = self._ignore
        return 0

    def _read_value(self, text: str, position: int) -> int:
        position, character = _next(text, position)
        if character == '"':
            self._put("")
            container = self._stack[-1] if self._stack else self._root
            self._slot = (container, self._key if is_object(container) else -1)
            self._step = self._read_string
        elif character == "{":
            self._open({}, self._read_first_key)
        elif character == "[":
            self._open([], self._read_first_item)
        elif character:
            self._step = self._read_token
            return position
        return position + 1

    def _read_first_item(self, text: str, position: int) -> int:
        position, character = _next(text, position)
        if character == "]":
            return self._close(position)
        if character:
            self._step = self._read_value
        return position

    def _read_first_key(self, text: str, position: int) -> int:
        position, character = _next(text, position)
        return self._close(position) if character == "}" else self._read_key_start(text, position)

    def _read_key_start(self, text: str, position: int) -> int:
        position, character = _next(text, position)
        if character == '"':
            self._step = self._read_key
        elif character:
            return self._stop()
        return position + 1

    def _read_key(self, text: str, position: int) -> int:
        part, position, is_complete = self._read_text(text, position)
        self._parts.append(part)
        if is_complete:
            self._key, self._parts = "".join(self._parts), []
            self._step = self._read_colon
        return position

    def _read_colon(self, text: str, position: int) -> int:
        position, character = _next(text, position)
        if character == ":":
            self._step = self._read_value
        elif character:
            return self._stop()
        return position + 1

    def _read_string(self, text: str, position: int) -> int:
        part, position, is_complete = self._read_text(text, position)
        if is_complete:
            self._step = self._read_end
        if part:
            self._grow(part)
        return position

    def _read_token(self, text: str, position: int) -> int:
        token: str = _TOKEN.match(text, position)[0]
        self._parts.append(token)
        position += len(token)
        if position < len(text):
            token, self._parts = "".join(self._parts), []
            try:
                value = json.loads(token)
            except (ValueError, RecursionError):
                return self._stop()
            self._put(value)
            self._step = self._read_end if self._stack else self._ignore
        return position

    def _read_end(self, text: str, position: int) -> int:
        """Read what comes behind a value: a comma, or the end of its container."""
        position, character = _next(text, position)
        in_object = bool(self._stack) and is_object(self._stack[-1])
        if character == ("}" if in_object else "]") and self._stack:
            return self._close(position)
        if character == "," and self._stack:
            self._step = self._read_key_start if in_object else self._read_value
        elif character:
            return self._stop()
        return position + 1

    def _open(self, container: _Container, step: Callable[[str, int], int]) -> None:
        self._put(container)
        self._stack.append(container)
        self._step = step

    def _close(self, position: int) -> int:
        self._stack.pop()
        self._step = self._read_end if self._stack else self._ignore
        return position + 1

    def _put(self, value: Any) -> None:
        container = self._stack[-1] if self._stack else self._root
        if isinstance(container, dict):
            container[self._key] = value
        else:
            container.append(value)
        self._changed = True

    def _grow(self, part: str) -> None:
        """Lengthen the string that is open. With no other reference to it, Python does so in place."""
        container, key = self._slot
        try:
            string = container[key]
            container[key] = None
            string += part
            container[key] = string
            self._changed = True
        except (LookupError, TypeError):  # a program has removed it
            self._stop()

    def _read_text(self, text: str, position: int) -> Tuple[str, int, bool]:
        """Return the next part of a string or key, the position behind it, and whether it is complete."""
        parts: List[str] = []
        while position < len(text):
            plain: str = _PLAIN.match(text, position)[0]
            parts.append(plain)
            position += len(plain)
            if text[position : position + 1] == '"':
                return "".join(parts), position + 1, True
            if position < len(text):
                escape = self._escape_at(text, position)
                if not escape:
                    position = len(text)
                else:
                    parts.append(json.loads(f'"{escape}"'))
                    position += len(escape)
        return "".join(parts), position, False

    def _escape_at(self, text: str, position: int) -> str:
        """Return an escape, or two that are one character; nothing if it is not complete, or is an error."""
        found = _ESCAPE.match(text, position)
        if found is None:
            if _BEGUN_ESCAPE.fullmatch(text, position) is None:
                self._stop()
            else:
                self._held = text[position:]
            return ""
        escape = found[0]
        if _HIGH.match(escape) is None:
            return escape
        low = _LOW.match(text, found.end())
        if low is None and _BEGUN_LOW.fullmatch(text, found.end()) is not None:
            self._held = text[position:]
            return ""
        return escape if low is None else escape + low[0]


def _next(text: str, position: int) -> Tuple[int, str]:
    """Return the position of the next character that is not white space, and the character; none at the end."""
    position = _SPACE.match(text, position).end()
    return position, text[position : position + 1]
