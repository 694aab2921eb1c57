"""The text and the parameters of a docstring in the style of Sphinx, Google or NumPy. Nothing in it is an error."""

from __future__ import annotations

import inspect
import re
from typing import Any, Dict, List, NamedTuple, Tuple

_OF_PARAMETERS = {
    "args", "arguments", "attributes", "parameters", "params",
    "keyword args", "keyword arguments", "other parameters",
}  # fmt: skip
_OF_OTHERS = {"example", "examples", "except", "exceptions", "raise", "raises", "return", "returns", "yield", "yields"}
_SECTIONS = _OF_PARAMETERS | _OF_OTHERS

_PARAMETER_FIELD = r"param|parameter|arg|argument|key|keyword|kwarg|ivar|cvar|var"
_OTHER_FIELD = r"type|vartype|returns?|rtype|yields?|ytype|raises?|except|exception"
_FIELD = re.compile(rf"\s*:(?:(?:{_PARAMETER_FIELD})\s(?P<name>[^:]*)|(?:{_OTHER_FIELD})(?:\s[^:]*)?):(?P<text>.*)")
_GOOGLE_ENTRY = re.compile(r"\s*\*{0,2}(?P<name>\w+)\s*(?:\(.*?\))?\s*:(?P<text>.*)")
_UNDERLINE = re.compile(r"\s*(?:-{3,}|={3,})\s*")
_BLANK_LINES = re.compile(r"\n{3,}")


class Docstring(NamedTuple):
    """The parts of a docstring that a schema can use."""

    text: str
    """The docstring without its parameters, return values, errors and examples."""
    parameters: Dict[str, str]
    """The descriptions of the parameters, or of the attributes of a class."""


def read_docstring(docstring: Any) -> Docstring:
    """Return the text and the parameters of a docstring."""
    if not isinstance(docstring, str):
        return Docstring("", {})
    lines = inspect.cleandoc(docstring).splitlines()
    kept: List[str] = []
    parameters: Dict[str, str] = {}
    at = 0
    while at < len(lines):
        start, (entries, at) = at, _part(lines, at)
        if at == start:
            kept.append(lines[at].rstrip())
            at += 1
        for name, texts in entries:
            description = " ".join(filter(None, map(str.strip, texts)))
            if description:
                parameters.setdefault(name, description)
    return Docstring(_BLANK_LINES.sub("\n\n", "\n".join(kept)).strip(), parameters)


Entries = List[Tuple[str, List[str]]]


def _part(lines: List[str], at: int) -> Tuple[Entries, int]:
    """Return the parameters of the part that begins at a line, and the line after it: the same line for text."""
    field = _FIELD.fullmatch(lines[at])
    if field:
        end = _end_of_block(lines, at)
        name = (field["name"] or "").split()[-1:]
        return [(one.strip("*\\"), [field["text"], *lines[at + 1 : end]]) for one in name], end
    title = lines[at].strip().lower()
    if title in _SECTIONS and _is_underlined(lines, at):
        end = next((line for line in range(at + 2, len(lines)) if _is_underlined(lines, line)), len(lines))
        return (_numpy_entries(lines[at + 2 : end]) if title in _OF_PARAMETERS else []), end
    section = title.rstrip(": ")
    if title[-1:] == ":" and section in _SECTIONS:
        end = _end_of_block(lines, at)
        block = [line for line in lines[at + 1 : end] if line.strip()]
        return (_google_entries(block) if section in _OF_PARAMETERS else []), end if block else at
    return [], at


def _end_of_block(lines: List[str], at: int) -> int:
    """Return the line after the lines that are indented more than this one."""
    outer, at = _indent(lines[at]), at + 1
    while at < len(lines) and (not lines[at].strip() or _indent(lines[at]) > outer):
        at += 1
    return at


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_underlined(lines: List[str], at: int) -> bool:
    return bool(lines[at].strip()) and at + 1 < len(lines) and bool(_UNDERLINE.fullmatch(lines[at + 1]))


def _google_entries(block: List[str]) -> Entries:
    entries: Entries = []
    for line in block:
        entry = _GOOGLE_ENTRY.fullmatch(line) if _indent(line) == _indent(block[0]) else None
        if entry:
            entries.append((entry["name"], [entry["text"]]))
        elif entries:
            entries[-1][1].append(line)
    return entries


def _numpy_entries(block: List[str]) -> Entries:
    entries: Entries = []
    texts: List[str] = []
    for line in block:
        if _indent(line):
            texts.append(line)
        elif line.strip():
            texts = []
            entries += [(name.strip().lstrip("*"), texts) for name in line.partition(":")[0].split(",")]
    return entries
