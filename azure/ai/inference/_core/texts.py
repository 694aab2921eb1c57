"""Texts as they can be printed, logged and exported."""

from __future__ import annotations


def encodable(text: str) -> str:
    """Return a text with a replacement character for each half of a character, which no encoder takes.

    JSON can hold such halves, as an emoji that is cut in two.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
