"""The rules of HTTP for methods and headers (RFC 9110, section 5), the same for every transport.

No function here that raises has a header's value or a key in a variable: tools print those with a traceback.
"""

from __future__ import annotations

import re
from typing import Any, List, NamedTuple, Optional, Tuple, Type

from azure.ai.inference._core.hiding import HiddenDict, HiddenList

# Patterns are compiled on first use: those of this package would take 1% of the time to import it.
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_UNSENDABLE = r"[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]"
#: Control and invisible characters, which no key contains: they are copied along with it.
_NOT_OF_A_KEY = r"[\x00-\x08\x0a-\x1f\x7f-\x9f\xad]|[^\x00-\xff]"
_LONGEST_NAME = 24
#: The only value that ends with a blank: the released package sends it for an empty key.
_EMPTY_KEY = "Bearer "

#: The class and the text of an error.
Refusal = Tuple[Type[Exception], str]


class Key(NamedTuple):
    """The headers that carry a key, or the reason why it cannot be sent."""

    text: str = ""
    refusal: Optional[Refusal] = None

    def __repr__(self) -> str:
        return f"Key({self.refusal})"


def read_key(credential: Any) -> Key:
    """Return the key of a credential, read once, without the white space around it."""
    key = credential.key
    if not isinstance(key, str):
        return Key(refusal=(TypeError, f"The key of the credential must be a str, not {type(key).__name__}."))
    text = key.strip()
    wrong = re.search(_NOT_OF_A_KEY, text)
    if wrong is None:
        return Key(text)
    position = len(key) - len(key.lstrip()) + wrong.start()
    reason = f"The key of the credential has a character at position {position} that cannot be sent, "
    return Key(refusal=(ValueError, reason + "such as a line break or a zero-width space. Copy the key again."))


def check_names(headers: Any) -> None:
    """Reject invalid names of headers, which are a mapping or pairs.

    :raises TypeError: for a name that is not a str.
    :raises ValueError: for a name that is empty, or contains a blank, a colon or anything else that ends a name.
    """
    names: Any = HiddenDict(headers)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"The name of a header must be a str, not {type(name).__name__}.")
        if not re.fullmatch(_NAME, name):
            raise ValueError(f"{_shown(name)} is not the name of a header.")


def prepare_head(request: Any) -> List[Tuple[str, str]]:
    """Convert the values of a request's headers to text, sent as Latin-1, and check all that precedes the body.

    :returns: the headers. Reading them again would take 1,500 instructions each.

    :raises TypeError: for a method or name that is not a str, or a value that is not a str, an int or bytes.
    :raises ValueError: for a value that cannot be sent as one header. The message names the header, not its value.
    """
    _check_method(request.method)
    headers: List[Tuple[str, str]] = HiddenList(request.headers.items())
    if _are_plain(headers):
        return headers
    check_names(request.headers)
    for name in list(request.headers):
        refusal = _refusal_of(request.headers[name])
        if refusal is not None:
            raise refusal[0](f"The header {name!r} {refusal[1]}.")
        request.headers[name] = _text_of(request.headers[name])
    return HiddenList(request.headers.items())


def _check_method(method: Any) -> None:
    if not isinstance(method, str):
        raise TypeError(f"The method of a request must be a str, not {type(method).__name__}.")
    if not re.fullmatch(_NAME, method):
        raise ValueError(f"The method of a request must be a word such as POST, not {method[:_LONGEST_NAME]!r}.")


def _are_plain(headers: List[Tuple[Any, Any]]) -> bool:
    """Return whether all names are tokens and all values visible ASCII without outer blanks, as most are."""
    names, values = [name for name, _ in headers], [value for _, value in headers]
    if not {*map(type, names), *map(type, values)} <= {str}:
        return False
    text = "".join(values)
    visible = text.isascii() and text.isprintable() and [*map(str.strip, values)] == values
    return visible and "" not in names and (not names or re.fullmatch(_NAME, "".join(names)) is not None)


def _refusal_of(value: Any) -> Optional[Refusal]:
    """Return why a value cannot be sent; None if it can."""
    if isinstance(value, bool) or not isinstance(value, (str, int, bytes)):
        return TypeError, f"must be a str, an int or bytes, not {type(value).__name__}"
    try:
        text = _text_of(value)
    except ValueError:  # beyond Python's limit of digits
        return ValueError, "is too large a number"
    wrong = re.search(_UNSENDABLE, text)
    if wrong is not None and wrong[0] > "\xff":
        return ValueError, f"has a character at position {wrong.start()} that is not Latin-1"
    if wrong is not None:
        return ValueError, "contains a line break or another control character"
    outer = text.strip(" \t") != text and text != _EMPTY_KEY
    return (ValueError, "begins or ends with a blank or a tab") if outer else None


def _text_of(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return str.__str__(value) if isinstance(value, str) else int.__repr__(value)


def _shown(name: str) -> str:
    """Return a name to show, cut where it stops being a name: a value may have been pasted behind it."""
    if len(name) <= _LONGEST_NAME:
        return repr(name)
    start = re.match(_NAME, name)
    return f"A text that begins with {start[0] if start else '':.{_LONGEST_NAME}}"
