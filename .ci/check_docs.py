"""Check the built documentation: what search finds, what must not be shown, and the links of llms.txt and its pages.

Usage: python check_docs.py FOLDER
"""

from __future__ import annotations

import json
import re
import sys
from html import unescape
from pathlib import Path
from typing import Dict, List, Set, Union

from sphinx.search.en import SearchEnglish

WORDS = ["Entra", "proxy", "certificate", "Ollama", "pydantic", "stream", "migrate", "timeout", "embeddings", "FastAPI"]
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!#|[a-z]+:)([^)#\s]+)")
PRIVATE = re.compile(r"azure\.ai\.inference\.(?:\w+\.)*_[a-z]\w*")
#: The page that names private modules which other programs import from.
NAMED = {"reference/differences.html"}


def main(folder: Path) -> None:
    index = json.loads(
        (folder / "searchindex.js").read_text("utf-8").partition("Search.setIndex(")[2].rpartition(")")[0]
    )
    search = SearchEnglish({})
    for word in WORDS:
        stem = search.stem(word.lower())
        pages = found(index["terms"], stem) | found(index["titleterms"], stem)
        expect(bool(pages), f"search does not find {word}")
        print(f"{word}: {', '.join(sorted(index['docnames'][page] for page in pages)[:6])}")
    for page in sorted(folder.rglob("*.html")):
        name = page.relative_to(folder).as_posix()
        shown = set(PRIVATE.findall(re.sub(r"<[^>]+>", "", unescape(page.read_text("utf-8")))))
        expect(name in NAMED or not shown, f"{name} shows private names: {sorted(shown)}")
    for page in [folder / "llms.txt", *sorted(folder.rglob("*.md"))]:
        linked = LINK.findall(CODE.sub("", page.read_text("utf-8")))
        missing = [path for path in linked if not (page.parent / path).exists()]
        name = page.relative_to(folder).as_posix()
        expect(not missing, f"{name} links to files that are not there: {missing}")
        expect(bool(linked) or name != "llms.txt", "llms.txt lists no pages")


def found(terms: Dict[str, Union[int, List[int]]], stem: str) -> Set[int]:
    """Return the numbers of the pages that have a word."""
    pages = terms.get(stem, [])
    return set(pages if isinstance(pages, list) else [pages])


def expect(condition: bool, message: str) -> None:
    if not condition:
        sys.exit(message)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
