"""Reasoning: in a field of its own, or in a block ahead of the content. No other module knows the tags of the block."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

from azure.ai.inference._json import is_array, is_object
from azure.ai.inference.models._texts import item_of

_FIELDS = ("reasoning_content", "reasoning")
_OPENING = "<think>"
_CLOSING = "</think>"


def reasoning_field(message: Mapping[str, Any]) -> Optional[str]:
    """Return the reasoning of a message or delta from the first field that has some."""
    for name in _FIELDS:
        text = message.get(name)
        if text and isinstance(text, str):
            return text
    return None


def split(content: str) -> Tuple[str, str]:
    """Return the reasoning in the block ahead of a content, and the content without it.

    Chat templates may write the opening tag themselves, so a closing tag alone ends a block too. The reasoning is empty
    where there is no block, or an empty one.
    """
    start = content.lstrip()
    if start.startswith(_OPENING):
        reasoning, _, rest = start[len(_OPENING) :].partition(_CLOSING)
    else:
        reasoning, closing, rest = content.partition(_CLOSING)
        if not closing or _OPENING in reasoning:
            return "", content
    return reasoning.strip(), rest.lstrip()


def reasoning_text(message: Mapping[str, Any]) -> Optional[str]:
    """Return the reasoning of a message from its fields, or else from its content."""
    text, content = reasoning_field(message), message.get("content")
    if text is None and isinstance(content, str):
        text = split(content)[0]
    return text or None


def answer_text(message: Mapping[str, Any]) -> Any:
    """Return the content of a message; without the block of reasoning, unless a field has the reasoning."""
    content = message.get("content")
    if not isinstance(content, str) or reasoning_field(message) is not None:
        return content
    return split(content)[1]


def split_completion(completion: Mapping[str, Any]) -> None:
    """Move the reasoning of each choice of a whole completion from the content to ``reasoning_content``."""
    for choice in _objects(completion.get("choices")):
        message = choice.get("message")
        content = message.get("content") if is_object(message) else None
        if is_object(message) and isinstance(content, str) and reasoning_field(message) is None:
            reasoning, message["content"] = split(content)
            if reasoning:
                message["reasoning_content"] = reasoning


class UpdateSplitter:
    """Moves the reasoning of each choice of a stream from the content to ``reasoning_content``, update by update.

    Text that may still become a tag is held back, with the white space ahead of it. It is released by a list of content
    parts, and by the end of a choice. A closing tag alone is text here: what came before it has been delivered.
    """

    def __init__(self) -> None:
        self._choices: Dict[Any, _ChoiceSplitter] = {}
        self._last: Mapping[str, Any] = {}

    def split(self, update: Mapping[str, Any]) -> None:
        """Move the reasoning of the next update."""
        for choice in _objects(update.get("choices")):
            index = choice.get("index", 0)
            key = index if isinstance(index, int) else str(index)
            splitter = self._choices.get(key)
            if splitter is None:
                splitter = self._choices[key] = _ChoiceSplitter(index)
            if not splitter.done:
                splitter.split(choice)
                self._last = update

    def finish(self) -> Optional[Dict[str, Any]]:
        """Return one more update, for a stream that is over, with the text still held back; None if there is none."""
        choices = [choice for splitter in self._choices.values() for choice in splitter.rest()]
        if not choices:
            return None
        head = {name: self._last[name] for name in ("id", "object", "created", "model") if name in self._last}
        return {**head, "choices": choices}


class _ChoiceSplitter:
    """The state of one choice."""

    __slots__ = ("_begun", "_feed", "_index", "_spaces", "_tag", "done")

    def __init__(self, index: Any) -> None:
        self._index = index
        self._feed: Callable[[str], Tuple[str, str]] = self._feed_ahead
        self._begun = False
        """Whether the block has text."""
        self._spaces: List[str] = []
        """White space that is held back, as it came: a model may write any amount of it."""
        self._tag: str = ""
        """Text that may still become a tag."""
        self.done = False
        """Whether all that follows is content."""

    def split(self, choice: Dict[str, Any]) -> None:
        """Move the reasoning of the next delta."""
        delta = choice.get("delta")
        reasoning = content = ""
        ends = bool(choice.get("finish_reason"))
        if is_object(delta):
            text = delta.get("content")
            if reasoning_field(delta) is not None or (text and is_array(text)):
                ends = True
            elif text and isinstance(text, str):
                reasoning, content = self._feed(text)
                delta["content"] = ""
        if ends:
            held = self._release()
            reasoning, content = reasoning + held[0], content + held[1]
        _prepend(choice, "reasoning_content", reasoning)
        _prepend(choice, "content", content)

    def rest(self) -> List[Dict[str, Any]]:
        """Return a choice with the text that is held back, if there is any."""
        choice: Dict[str, Any] = {"index": self._index}
        reasoning, content = self._release()
        _prepend(choice, "reasoning_content", reasoning)
        _prepend(choice, "content", content)
        return [choice] if "delta" in choice else []

    def _release(self) -> Tuple[str, str]:
        """Return the reasoning and the content that are held back: they are no tag."""
        held = "".join((*self._spaces, self._tag))
        self._spaces, self._tag, self.done = [], "", True
        return (held.rstrip(), "") if self._feed == self._feed_block else ("", held)

    def _feed_ahead(self, text: str) -> Tuple[str, str]:
        """Return the reasoning and the content of the next text, where the block may still begin."""
        text, self._tag = self._tag + text, ""
        start = text.lstrip()
        if start.startswith(_OPENING):
            self._spaces, self._feed = [], self._feed_block
            return self._feed(start[len(_OPENING) :])
        self._spaces.append(text[: len(text) - len(start)])
        if _OPENING.startswith(start):
            self._tag = start
            return "", ""
        content = "".join((*self._spaces, start))
        self._spaces, self.done = [], True
        return "", content

    def _feed_block(self, text: str) -> Tuple[str, str]:
        """Return the reasoning and the content of the next text, within the block."""
        text, self._tag = self._tag + text, ""
        reasoning, closing, rest = text.partition(_CLOSING)
        start = text.rfind("<")
        if not closing and start >= 0 and _CLOSING.startswith(text[start:]):
            reasoning, self._tag = text[:start], text[start:]
        body = reasoning.rstrip()
        spaces = reasoning[len(body) :]
        if not self._begun:
            body = body.lstrip()
        if body:
            body, self._begun = "".join((*self._spaces, body)), True
            self._spaces = []
        if self._begun:
            self._spaces.append(spaces)
        if closing:
            self._spaces, self._feed = [], self._feed_behind
            return body, self._feed(rest)[1]
        return body, ""

    def _feed_behind(self, text: str) -> Tuple[str, str]:
        """Return the content of the next text, behind the block."""
        content = text.lstrip()
        self.done = bool(content)
        return "", content


def _prepend(choice: Dict[str, Any], name: str, text: str) -> None:
    """Put a text in front of one in the delta of a choice."""
    if text:
        delta = choice.get("delta")
        if not is_object(delta):
            delta = choice["delta"] = {}
        other = delta.get(name)
        if other and is_array(other):
            delta[name] = [item_of(name, text), *other]
        elif not other or isinstance(other, str):
            delta[name] = text + (other or "")


def _objects(choices: Any) -> Iterator[Dict[str, Any]]:
    return filter(is_object, choices) if is_array(choices) else iter(())
