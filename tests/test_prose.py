"""The prose of the package, its tests and its documents keeps to the words of the field."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path
from typing import Iterator, List, Tuple

import pytest
from documents import OTHERS, PAGES, PROJECT

import azure.ai.inference

PACKAGE = Path(azure.ai.inference.__file__).parent
TESTS = Path(__file__).parent
DOCUMENTS = [*PAGES, *OTHERS]
#: What to say, and what is never right in its place. Single words that are never right anywhere are for codespell.
PHRASES = {
    "audio": r"sounds?",
    "chunk": r"pieces?",
    "ignore, yield": r"g(?:ives?|iven|ave|iving) way",
    "image": r"pictures?",
    "nothing: annotations have the types": r":r?type",
    "release": r"let(?:s|ting)? go",
    "deserialize, parse, accept": r"(?:takes?|taken|took|taking) in",
    "raise, report, return": r"tells?|told|telling",
    "response, completion": r"answers?|answered|answering",
    "the rule that the test holds": r"If this fails",
}


def prose(source: str) -> Iterator[Tuple[int, str]]:
    """Yield the docstrings and the blocks of comments of a module, with their first lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value
    block: List[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            block.append(token)
        elif block and token.type != tokenize.NL:
            yield block[0].start[0], " ".join(comment.string.lstrip("# ") for comment in block)
            block = []


def without_code(text: str) -> str:
    """Return a text on one line, without code between backticks and the names of parameters."""
    return re.sub(r"`+[^`]*`+|:(?:param|keyword) \w+:|\s+", " ", text)


def avoided_phrases(source: str) -> List[str]:
    """Return the avoided phrases of a module, each with its place and the words to use instead."""
    return [
        f"{line}: {match[0]!r}: say {words}"
        for line, text in prose(source)
        for words, phrase in PHRASES.items()
        for match in re.finditer(rf"(?<![\w.])(?:{phrase})(?![\w(])", without_code(text), re.IGNORECASE)
    ]


def text_of(page: Path) -> str:
    """Return the text of a document, without code and the targets of links."""
    return re.sub(r"^```.*?^```|`[^`\n]*`|\]\([^)]*\)", " ", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_documents_keep_to_the_words_of_the_field(page: Path) -> None:
    """README, the documentation and their like contain no phrase that reads as translated."""
    text = text_of(page)
    found = [
        f"{text[max(0, match.start() - 40) : match.end() + 20]!r}: say {words}"
        for words, phrase in PHRASES.items()
        for match in re.finditer(rf"(?<![\w.])(?:{phrase})(?![\w(])", text, re.IGNORECASE)
    ]

    assert text.strip()
    assert found == []


@pytest.mark.parametrize("folder", [PACKAGE, TESTS], ids=["package", "tests"])
def test_prose_keeps_to_the_words_of_the_field(folder: Path) -> None:
    """Docstrings and comments contain no phrase that reads as translated."""
    paths = sorted(path for path in folder.rglob("*.py") if path != Path(__file__))
    found = [
        f"{path.relative_to(folder).as_posix()}:{phrase}"
        for path in paths
        for phrase in avoided_phrases(path.read_text("utf-8"))
    ]

    assert paths
    assert found == []


def test_avoided_phrases_are_found() -> None:
    """An avoided phrase is found in docstrings and comments, across line ends too, but not in code or quoted code."""
    source = '''"""Tells a client to let
go."""
told = "let go"  # Given way to `told`.
class Settings:
    key: str
    """Taken in by a model: see ``answer`` and `told`, or call service.answer(Reply()).

    :param answers: a text.
    :type key: A picture.
    """

    # A comment that takes
    # in text. Retelling is no match.
    other: str
'''

    assert sorted(avoided_phrases(source)) == [
        "12: 'takes in': say deserialize, parse, accept",
        "1: 'Tells': say raise, report, return",
        "1: 'let go': say release",
        "3: 'Given way': say ignore, yield",
        "6: ':type': say nothing: annotations have the types",
        "6: 'Taken in': say deserialize, parse, accept",
        "6: 'picture': say image",
    ]
