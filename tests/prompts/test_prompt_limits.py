"""What a few lines can expand to is limited: aliases, references, base prompts, partials and sections."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Dict

import pytest

from azure.ai.inference.prompts import PromptTemplate

SECONDS = 1.0
DEEP = range(1, 10)


def read(folder: Path, front_matter: str, content: str = "user:\nhi\n") -> PromptTemplate:
    file = folder / "a.prompty"
    file.write_text(f"---\n{front_matter}\n---\n{content}", encoding="utf-8")
    return PromptTemplate.from_prompty(file)


def aliases(first: str, other: str) -> str:
    """Nine levels of anchors under `sample`, each of which names the one before nine times."""
    lines = [f"  a0: &a0 {first}", *(f"  a{level}: &a{level} {other}".replace("@", f"*a{level - 1}") for level in DEEP)]
    return "sample:\n" + "\n".join(lines)


NINE = ", ".join(["@"] * 9)
BOMBS: Dict[str, str] = {
    "lists": aliases("[x, x, x]", f"[{NINE}]"),
    "mappings": aliases("{k: x}", "{" + ", ".join(f"k{n}: @" for n in range(9)) + "}"),
    "merged mappings": aliases("{k: x}", f"{{<<: [{NINE}]}}"),
    "keys and values": aliases("[x]", f"{{k: [{NINE}]}}"),
    "a long text": aliases("x" * 1000, f"[{NINE}]"),
    "a text of the environment": aliases("${env:LONG}", f"[{NINE}]"),
    "in the configuration": aliases("[x, x, x]", f"[{NINE}]") + "\nmodel: {configuration: {k: *a9}}",
    "in a default": aliases("[x, x, x]", f"[{NINE}]") + "\ninputs: {k: {default: *a9}}",
    "in the name": aliases("[x, x, x]", f"[{NINE}]") + "\nname: *a9",
}


def rejected_in_time(make: Any) -> str:
    """Return the text of the ValueError that is raised in time."""
    start = time.process_time()
    with pytest.raises(ValueError, match=".") as caught:
        make()
    assert time.process_time() - start < SECONDS
    return str(caught.value)


@pytest.mark.parametrize("says", BOMBS)
def test_aliases_nine_deep(tmp_path: Path, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine lines of YAML that stand for millions of values are rejected at once, with the name of the file."""
    monkeypatch.setenv("LONG", "x" * 10_000)
    text = rejected_in_time(lambda: read(tmp_path, BOMBS[says]))
    assert str(tmp_path / "a.prompty") in text
    assert "the data expand to more than 10,000,000 characters" in text


def documents(folder: Path, count: int, times: int, form: str = "list") -> None:
    """JSON files of which each names the next a number of times."""
    for number in range(count):
        values = [f"${{file:d{number + 1}.json}}"] * times if number < count - 1 else ["x"] * times
        pairs = ", ".join(f'"k{n}": "{value}"' for n, value in enumerate(values))
        text = f"{{{pairs}}}" if form == "object" else "[" + ", ".join(f'"{value}"' for value in values) + "]"
        (folder / f"d{number}.json").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("form", ["list", "object"])
@pytest.mark.parametrize("place", ["sample: {x: '${file:d0.json}'}", "model: {parameters: {x: '${file:d0.json}'}}"])
def test_files_that_name_the_next_nine_times(tmp_path: Path, place: str, form: str) -> None:
    """Nine files of which each names the next nine times are rejected at once."""
    documents(tmp_path, 9, 9, form)
    text = rejected_in_time(lambda: read(tmp_path, place))
    assert "the data expand to more than 10,000,000 characters" in text


def test_default_configuration_that_names_files(tmp_path: Path) -> None:
    """`prompty.json` that names files that name each other many times is rejected at once."""
    documents(tmp_path, 9, 9)
    (tmp_path / "prompty.json").write_text('{"default": {"k": "${file:d0.json}"}}', encoding="utf-8")
    assert "expand to more than" in rejected_in_time(lambda: read(tmp_path, "name: x"))


def test_aliases_of_files(tmp_path: Path) -> None:
    """Aliases and files that each stay within the limit, but not together, are rejected at once."""
    documents(tmp_path, 5, 9)
    lines = aliases("'${file:d0.json}'", f"[{NINE}]").split("\n")[:5]
    assert "expand to more than" in rejected_in_time(lambda: read(tmp_path, "\n".join(lines)))


def test_many_files(tmp_path: Path) -> None:
    """More files than a hundred are not read."""
    names = [f"n{number}.json" for number in range(120)]
    for name in names:
        (tmp_path / name).write_text("1", encoding="utf-8")
    lines = "sample:\n" + "\n".join(f"  k{n}: ${{file:{name}}}" for n, name in enumerate(names))
    assert "at most 100 files" in rejected_in_time(lambda: read(tmp_path, lines))


def test_many_base_prompts(tmp_path: Path) -> None:
    """A long chain of base prompts is rejected at once."""
    for number in range(120):
        base = f"base: b{number + 1}.prompty\n" if number < 119 else ""
        (tmp_path / f"b{number}.prompty").write_text(f"---\n{base}---\nuser:\nhi\n", encoding="utf-8")
    assert "at most 100 files" in rejected_in_time(lambda: read(tmp_path, "base: b0.prompty"))


def test_large_file(tmp_path: Path) -> None:
    """A file that is larger than what it may expand to is not read."""
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(1 << 40)
    assert "at most 10,000,000 bytes" in rejected_in_time(lambda: read(tmp_path, "sample: {x: '${file:large.json}'}"))


def test_what_is_within_the_limits(tmp_path: Path) -> None:
    """Aliases, merged mappings and files that repeat a little are read as they are meant."""
    documents(tmp_path, 3, 2)
    repeated = "  a: &a {k: x}\n  b: [*a, *a]\n  c: {<<: *a, l: y}\n"
    front_matter = f"sample:\n{repeated}  d: ${{file:d0.json}}\n  e: ${{file:d0.json}}"
    prompty: Any = read(tmp_path, front_matter).prompty
    inner = [["x", "x"], ["x", "x"]]
    assert prompty.sample == {
        "a": {"k": "x"},
        "b": [{"k": "x"}, {"k": "x"}],
        "c": {"k": "x", "l": "y"},
        "d": [inner, inner],
        "e": [inner, inner],
    }


def test_partials_that_name_the_next_nine_times() -> None:
    """Nine partials of which each names the next nine times are rejected in time, whether they write anything or not."""
    for last in ("x", ""):
        partials = {f"p{n}": f"{{{{>p{n + 1}}}}}" * 9 for n in range(9)}
        template = PromptTemplate.from_string("user:\n{{>p0}}", partials={**partials, "p9": last})
        start = time.process_time()
        with pytest.raises(ValueError, match="expands to too much text, or repeats too many"):
            template.create_messages()
        assert time.process_time() - start < 10 * SECONDS


@pytest.mark.parametrize("inside", ["x", "{{.}}", ""])
def test_sections_within_sections(inside: str) -> None:
    """Nine sections within each other over the same nine items are rejected in time."""
    template = PromptTemplate.from_string("user:\n" + "{{#x}}" * 9 + inside + "{{/x}}" * 9)
    start = time.process_time()
    with pytest.raises(ValueError, match="expands to too much text, or repeats too many"):
        template.create_messages(x=["a"] * 9)
    assert time.process_time() - start < 10 * SECONDS


def test_long_values() -> None:
    """A long value that a short template repeats is rejected before memory runs out."""
    template = PromptTemplate.from_string("user:\n{{#x}}{{y}}{{/x}}")
    with pytest.raises(ValueError, match="expands to too much text"):
        template.create_messages(x=[1] * 1000, y="a" * 1_000_000)
    assert len(template.create_messages(x=[1] * 10, y="a" * 1_000_000)[0]["content"]) == 10_000_000
