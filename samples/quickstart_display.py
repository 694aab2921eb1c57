"""How the quick start prints: within the width of the terminal, in color where there is any."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from typing import Iterable, Union

INDENT = 11
WIDTH = max(36, min(76, shutil.get_terminal_size().columns - 1))
COLORS = {
    "title": "1",
    "you": "36",
    "query": "36",
    "model": "32",
    "tool": "33",
    "Event": "33",
    "error": "31",
    "note": "90",
}
BLOCK = "█" if "utf" in (sys.stdout.encoding or "").lower() else "#"
LINE = "─" if BLOCK == "█" else "-"


def paint(style: str, text: str) -> str:
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    return text if plain or style not in COLORS else f"\033[{COLORS[style]}m{text}\033[0m"


def title(text: str) -> None:
    print("\n" + paint("title", f"{LINE}{LINE} {text} ".ljust(WIDTH, LINE)))


def ask(question: str) -> str:
    """Print a question and return it."""
    say("you", question)
    return question


def say(speaker: str, text: Union[str, Iterable[str]]) -> None:
    """Print a text behind its speaker, word by word as it arrives, in lines that end between words."""
    print(paint(speaker, speaker.rjust(INDENT - 2)), end="  ", flush=True)
    column, waiting = INDENT, ""
    try:
        for delta in [text] if isinstance(text, str) else text:
            *words, waiting = re.split(r"(?<=\S)(?=\s)", waiting + delta)
            for word in words:
                column = _put(word, column)
    finally:  # what arrived is printed, even if nothing more will
        _put(waiting, column)
        print()


def _put(word: str, column: int) -> int:
    """Print white space and the word behind it, on a new line if it has no place on this one. Return the column."""
    bare = word.lstrip()
    if "\n" in word or (column > INDENT and column + len(word) > WIDTH):
        print("\n" + " " * INDENT + bare, end="", flush=True)
        return INDENT + len(bare)
    print(word, end="", flush=True)
    return column + len(word)


def note(text: str) -> None:
    for line in textwrap.wrap(f"({text})", WIDTH - INDENT):
        print(" " * INDENT + paint("note", line))


def paragraph(text: str) -> None:
    print(textwrap.fill(text, WIDTH))


def bar(share: float, width: int = 12) -> str:
    return (BLOCK * round(max(share, 0) * width)).ljust(width, "·" if BLOCK == "█" else ".")
