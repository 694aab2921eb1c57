"""Splitting of a rendered template into chat messages.

Only the template's own text can start a message or embed an image; a value cannot. The exception is a value in place of
a role, as in the chat-history pattern ``{{role}}:``, with nothing else on the line.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Union

from ._mustache import VALUE_MARK, Rendered

ROLES = ("system", "developer", "user", "assistant", "tool", "function")

# Both patterns run on `Rendered.own`. A failed match ends where the next one can start, so no text is scanned
# repeatedly and the time is proportional to the length of the text.
_ROLE_LINE = re.compile(
    rf"^[^\S\n]*(?:\#[^\S\n]*)?(?P<role>{'|'.join(ROLES)}|{VALUE_MARK})[^\S\n]*:[^\S\n]*\n",
    re.IGNORECASE | re.MULTILINE,
)
_IMAGE = re.compile(
    r"""!\[[^\[\]]*\]                                # the alternative text, which is not sent
    \([^\S\n]* (?P<link>(?:[^\s()]|\([^\s()]*\))+)
    (?:[^\S\n]+ (?:"[^"\n]*"|'[^'\n]*'))?            # a title, which is not sent either
    [^\S\n]*\)""",
    re.VERBOSE,
)

ImageUrl = Callable[[str, bool], str]
"""Returns the URL to send for an image link; the flag is true if any part of the link came from a value."""


def split_messages(rendered: Rendered, source: str, image_url: ImageUrl) -> List[Dict[str, Any]]:
    """Split a rendered template into messages. Errors refer to the template as `source`.

    A role at the very end without any content is dropped. Raise ValueError if there is neither a role nor any text, or
    if a message before the last is empty.
    """
    roles = ["system"]
    bounds = [0]
    for match in _ROLE_LINE.finditer(rendered.own):
        role = rendered.text(*match.span("role")).strip().lower()
        if role in ROLES:
            roles.append(role)
            bounds += match.span()
    bounds.append(len(rendered.own))
    contents = [_content(rendered, bounds[i], bounds[i + 1], image_url) for i in range(0, len(bounds), 2)]
    if not contents[0]:
        del roles[0], contents[0]
    if not contents:
        raise ValueError(f"Invalid prompt format in {source}: the rendered template is empty")
    if not contents[-1]:
        del roles[-1], contents[-1]
    for number, (role, content) in enumerate(zip(roles, contents), 1):
        if not content:
            raise ValueError(f"Invalid prompt format in {source}: message {number}, with role {role!r}, is empty")
    return [{"role": role, "content": content} for role, content in zip(roles, contents)]


def _content(rendered: Rendered, start: int, end: int, image_url: ImageUrl) -> Union[str, List[Dict[str, Any]]]:
    """Return the text of a message, or a list of content items if it has images."""
    items: List[Dict[str, Any]] = []
    position = start
    for match in _IMAGE.finditer(rendered.own, start, end):
        items += _text_items(rendered.text(position, match.start()))
        link = rendered.text(*match.span("link"))
        items.append({"type": "image_url", "image_url": {"url": image_url(link, VALUE_MARK in match["link"])}})
        position = match.end()
    if not items:
        return rendered.text(start, end).strip()
    return items + _text_items(rendered.text(position, end))


def _text_items(text: str) -> List[Dict[str, Any]]:
    return [{"type": "text", "text": text.strip()}] if text.strip() else []
