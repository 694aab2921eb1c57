"""Mustache templates, parsed once and rendered in time proportional to template, data and output.

They follow the Mustache specification without its optional modules. Values are never called, and stay separate from the
template's own text in the result.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from typing import Any, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Sized, Tuple, Union

from typing_extensions import TypeGuard

from ._utils import is_list, is_mapping

VALUE_MARK = "\0"
MAXIMUM_DEPTH = 100
MAXIMUM_PARTS = 1_000_000
MAXIMUM_LENGTH = 100_000_000

_MISSING: Any = object()
_SIGILS = ("#", "^", "/", ">", "&", "!")
_BRACKETS = {"{": "}", "=": "="}
_REST_OF_LINE = re.compile(r"[ \t]*(?:\r?\n|\Z)")
_WRITTEN_LINE = re.compile(r"^(?=[^\r\n])", re.MULTILINE)


class Rendered:
    """A rendered template: its own text, with a `VALUE_MARK` in place of each value, and the values in order.

    A `VALUE_MARK` in the template's own text stands for itself.
    """

    def __init__(self, own: str, values: Sequence[str]) -> None:
        self.own = own
        self._values = values
        self._places = [match.start() for match in re.finditer(VALUE_MARK, own)]

    def text(self, start: int = 0, end: Optional[int] = None) -> str:
        """Return the text of ``own[start:end]`` with its values filled in."""
        first, *others = self.own[start:end].split(VALUE_MARK)
        index = bisect_left(self._places, start)
        values = self._values[index : index + len(others)]
        return first + "".join(value + other for value, other in zip(values, others))


class _Variable(NamedTuple):
    place: str
    path: Tuple[str, ...]
    escaped: bool


class _Section(NamedTuple):
    place: str
    path: Tuple[str, ...]
    inverted: bool
    nodes: List[_Node]


class _Partial(NamedTuple):
    place: str
    name: str
    indentation: str


_Node = Union[str, _Variable, _Section, _Partial]


class _Tag(NamedTuple):
    """A tag and the text before it. Text after the last tag comes with an empty comment."""

    text: str
    place: str
    kind: str
    name: str
    indentation: str


class Template:
    """A parsed template and its partials.

    Errors refer to `source`, and to lines counted from `first_line`. Raises ValueError if the template is malformed.
    """

    def __init__(
        self, text: str, partials: Mapping[str, str], *, source: str = "prompt template", first_line: int = 1
    ) -> None:
        self._nodes = _parse(text, source, first_line)
        self._partials = dict(partials)
        self._parsed_partials = {(name, ""): _parse(text, f"partial {name!r}") for name, text in partials.items()}

    def render(self, data: Any) -> Rendered:
        """Render the template. Names that are missing in `data` render as an empty string."""
        rendering = _Rendering(self)
        rendering.write(self._nodes, [data])
        return Rendered("".join(rendering.own), rendering.values)

    def partial(self, name: str, indentation: str) -> List[_Node]:
        """Return the nodes of a partial with every line indented, or none if there is no such partial."""
        if name not in self._partials:
            return []
        key = name, indentation
        if key not in self._parsed_partials:
            text = _WRITTEN_LINE.sub(indentation, self._partials[name])
            self._parsed_partials[key] = _parse(text, f"partial {name!r}")
        return self._parsed_partials[key]


class _Rendering:
    """The output of one `Template.render`."""

    def __init__(self, template: Template) -> None:
        self.own: List[str] = []
        self.values: List[str] = []
        self._template = template
        self._parts = 0
        self._length = 0

    def write(self, nodes: Iterable[_Node], scopes: List[Any], depth: int = 0) -> None:
        for node in nodes:
            self._count()
            if isinstance(node, str):
                self._length += len(node)
                self.own.append(node)
                self.values.extend(VALUE_MARK * node.count(VALUE_MARK))
            elif isinstance(node, _Variable):
                self._write_value(_to_text(self._value(node, scopes)), node.escaped)
            elif depth == MAXIMUM_DEPTH:
                raise ValueError(f"{node.place}: sections and partials are nested more than {depth} levels deep")
            elif isinstance(node, _Partial):
                self.write(self._template.partial(node.name, node.indentation), scopes, depth + 1)
            else:
                self._write_section(node, scopes, depth + 1)

    def _count(self) -> None:
        self._parts += 1
        if self._parts > MAXIMUM_PARTS or self._length > MAXIMUM_LENGTH:
            raise ValueError("the template expands to too much text, or repeats too many of its parts")

    def _write_value(self, value: str, escaped: bool) -> None:
        value = html.escape(value, quote=False).replace('"', "&quot;") if escaped else value
        self._length += len(value)
        self.own.append(VALUE_MARK)
        self.values.append(value)

    def _write_section(self, section: _Section, scopes: List[Any], depth: int) -> None:
        value = self._value(section, scopes)
        if section.inverted:
            if not value:
                self.write(section.nodes, scopes, depth)
            return
        items = value if _has_items(value) else [value] if value else []
        for item in items:
            self._count()
            scopes.append(item)
            self.write(section.nodes, scopes, depth)
            scopes.pop()

    def _value(self, node: Union[_Variable, _Section], scopes: List[Any]) -> Any:
        value = _look_up(node.path, scopes)
        if callable(value):
            raise ValueError(
                f"{node.place}: {'.'.join(node.path) or '.'!r} is callable, and templates never call values"
            )
        return value


def _look_up(path: Tuple[str, ...], scopes: List[Any]) -> Any:
    """Return the value of a dotted name, or None if it does not exist. The empty path is the innermost scope."""
    if not path:
        return scopes[-1]
    candidates = (_member(scope, path[0]) for scope in reversed(scopes))
    value = next((found for found in candidates if found is not _MISSING), _MISSING)
    for name in path[1:]:
        value = _member(value, name)
    return None if value is _MISSING else value


def _member(owner: Any, name: str) -> Any:
    """Return a key of a mapping, an item of a list, or a public attribute that is not a method."""
    if name.startswith("_"):
        return _MISSING
    if is_mapping(owner):
        return owner.get(name, _MISSING)
    if is_list(owner) and name.isdecimal() and len(name) < 10:
        index = int(name)
        return owner[index] if index < len(owner) else _MISSING
    attribute = getattr(owner, name, _MISSING)
    return _MISSING if callable(attribute) else attribute


def _has_items(value: object) -> TypeGuard[Iterable[Any]]:
    return is_list(value) or isinstance(value, Iterator)


def _to_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    empty = value is None or (isinstance(value, Sized) and len(value) == 0)
    return "" if empty else str(value)


def _parse(text: str, source: str, first_line: int = 1) -> List[_Node]:
    nodes: List[_Node] = []
    enclosing: List[Tuple[_Section, List[_Node]]] = []
    for tag in _tags(text, source, first_line):
        if tag.text:
            nodes.append(tag.text)
        path = () if tag.name == "." else tuple(tag.name.split("."))
        if tag.kind in ("#", "^"):
            section = _Section(tag.place, path, tag.kind == "^", [])
            nodes.append(section)
            enclosing.append((section, nodes))
            nodes = section.nodes
        elif tag.kind == "/":
            if not enclosing or enclosing[-1][0].path != path:
                raise ValueError(f"{tag.place}: {tag.name!r} is closed, but is not the innermost open section")
            nodes = enclosing.pop()[1]
        elif tag.kind == ">":
            nodes.append(_Partial(tag.place, tag.name, tag.indentation))
        elif tag.kind in ("", "&"):
            nodes.append(_Variable(tag.place, path, escaped=not tag.kind))
    if enclosing:
        section = enclosing[-1][0]
        raise ValueError(f"{section.place}: the section {'.'.join(section.path) or '.'!r} is never closed")
    return nodes


def _tags(text: str, source: str, line: int) -> Iterator[_Tag]:
    """Split a template into tags. A tag that is alone on its line, unless it is a variable, includes the whole line."""
    delimiters = "{{", "}}"
    position = 0
    while True:
        start = text.find(delimiters[0], position)
        if start < 0:
            yield _Tag(text[position:], f"{source}, line {line}", "!", "", "")
            return
        line += text.count("\n", position, start)
        place = f"{source}, line {line}"
        kind, name, end = _read_tag(text, start, delimiters, place)
        if kind == "=":
            delimiters = _read_delimiters(name, place)
        line_start, next_start = start, end
        if kind not in ("", "&"):
            line_start, next_start = _standalone(text, position, start, end)
        yield _Tag(text[position:line_start], place, kind, name, text[line_start:start])
        line += text.count("\n", start, next_start)
        position = next_start


def _standalone(text: str, position: int, start: int, end: int) -> Tuple[int, int]:
    """Return the bounds of the line if the tag `text[start:end]` is alone on it, else `start` and `end`."""
    line_start = max(position, text.rfind("\n", position, start) + 1)
    begins = line_start == 0 or text[line_start - 1] == "\n"
    rest = _REST_OF_LINE.match(text, end)
    if rest and begins and not text[line_start:start].strip(" \t"):
        return line_start, rest.end()
    return start, end


def _read_tag(text: str, start: int, delimiters: Tuple[str, str], place: str) -> Tuple[str, str, int]:
    """Return the kind, the content and the end of the tag at `start`."""
    inside = start + len(delimiters[0])
    kind = text[inside : inside + 1]
    closing = _BRACKETS.get(kind, "") + delimiters[1]
    stop = text.find(closing, inside)
    if stop < 0:
        raise ValueError(f"{place}: the tag {text[start:inside]!r} is never closed with {closing!r}")
    content = text[inside:stop].strip()
    if kind not in _BRACKETS:
        kind = content[:1] if content[:1] in _SIGILS else ""
    content = content[len(kind) :].strip()
    if not content and kind != "!":
        raise ValueError(f"{place}: a tag is empty")
    return "&" if kind == "{" else kind, content, stop + len(closing)


def _read_delimiters(content: str, place: str) -> Tuple[str, str]:
    marks = content.split()
    if len(marks) != 2 or "=" in content:
        raise ValueError(f"{place}: {content!r} is not a pair of delimiters")
    return marks[0], marks[1]
