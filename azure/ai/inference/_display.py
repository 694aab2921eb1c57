"""The displays of models, streams and clients in notebooks: short HTML or text. Imported on first use."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping as MappingABC
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Sequence, Tuple, cast

from azure.ai.inference._json import is_array

#: The most bytes of a display.
_LIMIT = 10_000
_MARGIN = 500
_LONGEST_TEXT = 3_000
_LONGEST_CELL = 160
_MOST_ROWS = 8
_MOST_NUMBERS = 4
_LARGEST_IMAGE = 6_000
_CUT = "…"
_MORE = "… and more"

Row = Tuple[str, str]


class _Part(NamedTuple):
    """A part of a display: facts, a text, a call, or an image."""

    kind: str
    label: str
    text: str = ""
    rows: Sequence[Row] = ()


def html_of(name: str, shown: Any) -> str:
    """Return HTML of at most 10 KB for an object of a class: a model, or rows of facts."""
    return _joined(map(_html, _parts_of(name, shown)), "\n", f"<div>{_MORE}</div>")


def text_of(name: str, shown: Any) -> str:
    """Return a text of at most 10 KB for an object of a class: a model, or rows of facts."""
    return _encodable(_joined(map(_text, _parts_of(name, shown)), "\n", _MORE))


def print_text(printer: Any, cycle: bool, name: str, shown: Any) -> None:
    """Print the text with IPython's printer."""
    lines = [f"{name}(...)"] if cycle else text_of(name, shown).split("\n")
    for number, line in enumerate(lines):
        if number:
            printer.break_()
        printer.text(line)


def _joined(parts: Iterator[str], separator: str, more: str) -> str:
    kept: List[str] = []
    size = 0
    for part in parts:
        size += len(part.encode("utf-8", "replace")) + len(separator)
        if size > _LIMIT - _MARGIN:
            kept.append(more)
            break
        kept.append(part)
    return separator.join(kept)


def _parts_of(name: str, shown: Any) -> Iterator[_Part]:
    if not isinstance(shown, MappingABC):
        yield _Part("facts", name, rows=shown)
        return
    data = _mapping(shown)
    for key, describe in _VIEWS.items():
        if is_array(data.get(key)):
            yield from describe(name, data, data[key])
            return
    yield _Part("text", name, _json_text(data))


def _completion(name: str, data: Mapping[str, Any], choices: Sequence[Any]) -> Iterator[_Part]:
    yield _Part("facts", name, rows=[*_facts(data, "model", "id"), *_usage(data)])
    for choice in _first(choices):
        reason = choice.get("finish_reason")
        message = _mapping(choice.get("message") or choice.get("delta"))
        label = f"choice {choice.get('index', 0)}" + (f", {_cell(reason)}" if reason else "")
        reasoning = message.get("reasoning_content")
        if reasoning:
            yield _Part("aside", "reasoning", _clip(str(reasoning), _LONGEST_TEXT))
        content = message.get("content") or message.get("refusal")
        yield _Part("text", label, _clip("" if content is None else str(content), _LONGEST_TEXT))
        for call in _first(message.get("tool_calls")):
            called = _mapping(call.get("function") or call.get("custom"))
            arguments = called.get("arguments", called.get("input"))
            yield _Part("call", "", f"{_cell(called.get('name'))}({_clip(str(arguments or ''), _LONGEST_TEXT)})")
    yield from _note_of_rest(choices, "choices")


def _embeddings_or_images(name: str, data: Mapping[str, Any], items: Sequence[Any]) -> Iterator[_Part]:
    yield _Part("facts", name, rows=[*_facts(data, "model", "id"), *_usage(data), ("items", f"{len(items):,}")])
    for number, item in enumerate(_first(items)):
        if "embedding" in item:
            place = _cell(item.get("index", number))
            yield _Part("facts", f"embedding {place}", rows=[("vector", _vector(item["embedding"]))])
        else:
            yield from _image(item, number)
    yield from _note_of_rest(items, "items")


def _image(item: Mapping[str, Any], number: int) -> Iterator[_Part]:
    encoded = item.get("b64_json")
    if isinstance(encoded, str):
        if len(encoded) <= _LARGEST_IMAGE and encoded.isascii():
            yield _Part("image", f"image {number}", encoded)
        else:
            rows = [("size", f"{len(encoded) * 3 // 4:,} bytes; save(path) writes it to a file")]
            yield _Part("facts", f"image {number}", rows=rows)
    else:
        yield _Part("facts", f"item {number}", rows=[(str(key), _cell(value)) for key, value in item.items()])


def _vector(vector: Any) -> str:
    if not is_array(vector):
        return f"base64, {len(vector):,} characters" if isinstance(vector, str) else _cell(vector)
    numbers = ", ".join(
        f"{number:.4g}" if isinstance(number, float) else _cell(number) for number in vector[:_MOST_NUMBERS]
    )
    return f"{len(vector):,} dimensions: [{numbers}{', …' if len(vector) > _MOST_NUMBERS else ''}]"


#: The keys whose lists have a view of their own.
_VIEWS: Dict[str, Callable[[str, Mapping[str, Any], Sequence[Any]], Iterator[_Part]]] = {
    "choices": _completion,
    "data": _embeddings_or_images,
}


def _facts(data: Mapping[str, Any], *names: str) -> List[Row]:
    return [(name, _cell(data[name])) for name in names if data.get(name)]


def _usage(data: Mapping[str, Any]) -> List[Row]:
    usage = _mapping(data.get("usage"))
    counts = [f"{usage[name]:,} {word}" for name, word in _TOKENS.items() if isinstance(usage.get(name), int)]
    return [("tokens", ", ".join(counts))] if counts else []


_TOKENS = {"prompt_tokens": "read", "completion_tokens": "written", "total_tokens": "together"}


def _first(items: Any) -> List[Mapping[str, Any]]:
    """Return the first items that are objects."""
    return [_mapping(item) for item in (items if is_array(items) else [])[:_MOST_ROWS]]


def _note_of_rest(items: Sequence[Any], word: str) -> Iterator[_Part]:
    if len(items) > _MOST_ROWS:
        yield _Part("note", f"and {len(items) - _MOST_ROWS:,} more {word}")


def _mapping(value: Any) -> Mapping[str, Any]:
    """Return the keys of an object, without converting the fields of a model."""
    wire = getattr(value, "_wire", None)
    if wire is not None:
        return cast("Mapping[str, Any]", wire())
    return cast("Mapping[str, Any]", value) if isinstance(value, MappingABC) else {}


def _cell(value: Any) -> str:
    shown = value if isinstance(value, str) else getattr(value, "value", value)
    return _clip(" ".join(str(shown).split()), _LONGEST_CELL)


def _json_text(data: Mapping[str, Any]) -> str:
    return _clip(json.dumps(_bounded(data, 6), indent=2, ensure_ascii=False, default=str), _LONGEST_TEXT)


def _bounded(value: Any, depth: int) -> Any:
    """Return the beginning of the JSON, which is all that is shown."""
    if isinstance(value, MappingABC):
        items = list(_mapping(value).items())[: 5 * _MOST_ROWS]
        return {str(key): _bounded(entry, depth - 1) for key, entry in items} if depth else _CUT
    if is_array(value):
        shown = [_bounded(entry, depth - 1) for entry in value[: 2 * _MOST_ROWS]] if depth else []
        return [*shown, _CUT] if len(value) > len(shown) else shown
    return _clip(value, _LONGEST_TEXT) if isinstance(value, str) else value


def _clip(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}{_CUT}"


def _escape(text: str) -> str:
    """Return a text escaped for HTML, as completions are never markup, and cut to its share."""
    escaped = html.escape(_encodable(text))
    if len(escaped.encode("utf-8")) <= _LONGEST_TEXT:
        return escaped
    return html.escape(_fitting(text, _LONGEST_TEXT)) + _CUT


def _encodable(text: str) -> str:
    """Return a text without halves of characters, which a notebook cannot send to its page."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _fitting(text: str, size: int) -> str:
    """Return the beginning of a text, limited by its size after escaping and encoding."""
    for number, character in enumerate(text):
        size -= len(html.escape(character).encode("utf-8", "replace"))
        if size < 0:
            return text[:number]
    return text


def _html(part: _Part) -> str:
    label = _escape(part.label)
    if part.kind == "facts":
        rows = "".join(f"<tr><th>{_escape(name)}</th><td>{_escape(value)}</td></tr>" for name, value in part.rows)
        return f"<div><b>{label}</b></div><table>{rows}</table>" if rows else f"<div><b>{label}</b></div>"
    if part.kind == "image":
        return f'<div>{label}<br><img alt="{label}" src="data:image/png;base64,{html.escape(part.text)}"></div>'
    if part.kind == "call":
        return f"<div><code>{_escape(part.text)}</code></div>"
    if part.kind == "note":
        return f"<div>{label}</div>"
    text = f'<pre style="white-space: pre-wrap">{_escape(part.text)}</pre>'
    return (
        f"<details><summary>{label}</summary>{text}</details>" if part.kind == "aside" else f"<div>{label}</div>{text}"
    )


def _text(part: _Part) -> str:
    if part.kind == "facts":
        facts = ", ".join(f"{name} {value}" for name, value in part.rows)
        return f"{part.label}: {facts}" if facts else part.label
    if part.kind == "image":
        return f"{part.label}: {len(part.text) * 3 // 4:,} bytes"
    if part.kind in ("call", "note"):
        return part.text or part.label
    shown = _fitting(part.text, _LONGEST_TEXT)
    return f"{part.label}: {shown}{_CUT if shown != part.text else ''}" if part.label else shown
