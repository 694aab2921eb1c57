"""Texts that can be printed, logged and exported."""

from __future__ import annotations


def encodable(text: str) -> str:
    """Return a text with lone surrogates replaced, which no encoder accepts.

    JSON can contain them: half of an emoji, for example.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
