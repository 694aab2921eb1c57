"""The template language: the rules of the Mustache specification, the reach of names, and errors with their place."""

from __future__ import annotations

import json
from collections import ChainMap, UserDict
from enum import Enum
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, Dict, List, Mapping, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure.ai.inference.prompts._mustache import MAXIMUM_DEPTH, Template

DATA = Path(__file__).parent / "data" / "mustache"
MODULES = ("comments", "delimiters", "interpolation", "inverted", "partials", "sections")


def specification_cases() -> List[Any]:
    """Return our own examples of the rules in the Mustache specification, module by module."""
    modules = {module: json.loads((DATA / f"{module}.json").read_text(encoding="utf-8")) for module in MODULES}
    return [pytest.param(case, id=f"{module}: {case['name']}") for module in MODULES for case in modules[module]]


def render(template: str, data: Any, partials: Mapping[str, str] = MappingProxyType({})) -> str:
    return Template(template, partials).render(data).text()


@pytest.mark.parametrize("case", specification_cases())
def test_specification(case: Dict[str, Any]) -> None:
    """A template renders as the Mustache specification requires."""
    assert render(case["template"], case["data"], case.get("partials", {})) == case["expected"]


def test_a_template_renders_again_and_again() -> None:
    """A rendering leaves nothing behind for the next one."""
    template = Template("{{#list}}{{.}}{{/list}} {{>p}}", {"p": "{{x}}"})
    data = [{"list": [1, 2], "x": "a"}, {"list": [], "x": "b"}, {"list": [1, 2], "x": "a"}]

    assert [template.render(item).text() for item in data] == ["12 a", " b", "12 a"]


class Point(NamedTuple):
    x: int
    y: int


class Color(str, Enum):
    RED = "red"


class Person:
    name = "Ann"
    _salary = 100

    @property
    def initial(self) -> str:
        return "A"

    def fire(self) -> str:
        raise AssertionError("a template has called a method")

    def __getitem__(self, key: str) -> str:
        raise AssertionError("a template has used __getitem__ of an object")


@pytest.mark.parametrize("mapping", [UserDict(a=1), MappingProxyType({"a": 1}), ChainMap({}, {"a": 1})])
def test_any_mapping_is_read_by_key(mapping: Any) -> None:
    """Any mapping is read by key, not only a dict."""
    assert render("{{m.a}} {{#m}}{{a}}{{/m}} ({{m.keys}})", {"m": mapping}) == "1 1 ()"


def test_public_attributes_are_read() -> None:
    """Public attributes of objects are read."""
    data = {"person": Person(), "point": Point(3, 4), "space": SimpleNamespace(a=SimpleNamespace(b="c"))}

    assert render("{{person.name}} {{person.initial}}", data) == "Ann A"
    assert render("{{point.x}} {{point.1}} {{space.a.b}}", data) == "3 4 c"


@pytest.mark.parametrize(
    "name",
    [
        "person._salary",
        "person.__class__",
        "person.__class__.__init__.__globals__",
        "person.fire",
        "text.__len__",
        "text.upper",
        "text.0",
        "list.-1",
        "list.9",
        "list." + "9" * 5000,
        "list.²",
        "list.append",
        "number.__add__",
        "_key",
        "__builtins__",
        "mapping.__class__",
        "mapping._key",
        "mapping.items",
        ".name",
        "person.",
        "person..name",
    ],
)
def test_nothing_else_is_read(name: str) -> None:
    """Private names, methods and missing items render as an empty string."""
    data = {"person": Person(), "text": "abc", "list": [1, 2], "number": 1, "mapping": {"_key": "x"}, "_key": "x"}

    assert render("({{" + name + "}}{{#" + name + "}}yes{{/" + name + "}})", data) == "()"


@pytest.mark.parametrize(
    "template", ["{{f}}", "{{{f}}}", "a {{#f}}text{{/f}}", "{{^f}}text{{/f}}", "{{#list}}{{.}}{{/list}}"]
)
def test_callables_are_rejected(template: str) -> None:
    """A callable value raises an error; it is neither called, printed nor dropped."""

    def called(*_: Any) -> str:
        raise AssertionError("a template has called a function")

    with pytest.raises(
        ValueError, match=r"^prompt template, line 1: '(f|\.)' is callable, and templates never call values$"
    ):
        render(template, {"f": called, "list": [called]})


def test_kinds_of_values() -> None:
    """A value of any type renders as readable text."""
    data = {"enum": Color.RED, "tuple": (), "set": {1}, "large": 10**20, "true": True, "bytes": b"ab"}

    assert render("{{enum}} {{{enum}}} [{{tuple}}] {{set}} {{large}} {{true}}", data) == (
        "red red [] {1} 100000000000000000000 True"
    )
    assert render("{{#bytes}}{{#set}}once{{/set}}{{/bytes}}", data) == "once"


def test_an_iterator_is_a_list() -> None:
    """A generator renders as a list."""
    assert render("{{#numbers}}{{.}},{{/numbers}}", {"numbers": (n * n for n in range(4))}) == "0,1,4,9,"


@pytest.mark.parametrize(
    ("template", "line", "problem"),
    [
        ("a\nb {{x", 2, "the tag '{{' is never closed with '}}'"),
        ("\n\n{{{x}}", 3, "the tag '{{' is never closed with '}}}'"),
        ("{{=<% %>=}}\n<%x}}", 2, "the tag '<%' is never closed with '%>'"),
        ("{{=<% %>}}", 1, "the tag '{{' is never closed with '=}}'"),
        ("{{x}}\n{{}}", 2, "a tag is empty"),
        ("{{#\n}}", 1, "a tag is empty"),
        ("{{! two\nlines }}\n{{& }}", 3, "a tag is empty"),
        ("{{=}}", 1, "a tag is empty"),
        ("{{=<%=}}", 1, "'<%' is not a pair of delimiters"),
        ("{{=a b c=}}", 1, "'a b c' is not a pair of delimiters"),
        ("{{== ==}}", 1, "'= =' is not a pair of delimiters"),
        ("x\n{{#a}}\n{{#b.c}}\n{{/b.c}}\n", 2, "the section 'a' is never closed"),
        ("{{^.}}", 1, "the section '.' is never closed"),
        ("a\n{{/a}}", 2, "'a' is closed, but is not the innermost open section"),
        ("{{#a}}\n{{#b}}\n{{/a}}\n{{/b}}", 3, "'a' is closed, but is not the innermost open section"),
    ],
)
def test_malformed_templates(template: str, line: int, problem: str) -> None:
    """A malformed template raises an error with the source, the line and the problem."""
    with pytest.raises(ValueError) as caught:
        Template(template, {}, source="some.prompty", first_line=10)

    assert str(caught.value) == f"some.prompty, line {line + 9}: {problem}"


def test_malformed_partials() -> None:
    """A malformed partial raises an error that names the partial, before it is used."""
    with pytest.raises(ValueError, match=r"^partial 'p', line 2: a tag is empty$"):
        Template("text", {"p": "\n{{}}"})


@pytest.mark.parametrize("depth", [MAXIMUM_DEPTH, MAXIMUM_DEPTH + 1, 50_000])
def test_depth_of_sections(depth: int) -> None:
    """Sections nested too deeply raise ValueError, not RecursionError, and only when they are rendered."""
    template = Template("{{#a}}" * depth + "{{b}}" + "{{/a}}" * depth, {})
    if depth <= MAXIMUM_DEPTH:
        assert template.render({"a": True, "b": "x"}).text() == "x"
    else:
        with pytest.raises(
            ValueError, match="^prompt template, line 1: sections and partials are nested more than 100 levels deep$"
        ):
            template.render({"a": True})
        assert template.render({}).text() == ""


def test_a_partial_without_an_end() -> None:
    """A partial that always contains itself raises ValueError."""
    with pytest.raises(
        ValueError, match="^partial 'p', line 1: sections and partials are nested more than 100 levels deep$"
    ):
        render("{{>p}}", {}, {"p": " {{>p}}\n{{>p}}"})


TEXTS = st.text(alphabet="ab{}#^/>&!=. \n\0<", max_size=40)


@given(TEXTS, TEXTS)
def test_any_text_renders_or_is_rejected(text: str, value: str) -> None:
    """Any text either renders or raises ValueError."""
    try:
        template = Template(text, {"a": value})
    except ValueError:
        return
    assert isinstance(template.render({"a": value, "b": [value]}).text(), str)


@given(st.lists(TEXTS, max_size=5))
def test_values_arrive_as_they_are(values: List[str]) -> None:
    """Values, and the text between them, are unchanged by their content."""
    template = Template("\0".join(f"{{{{{{{number}}}}}}}" for number in range(len(values))), {})

    assert render("{{{x.0}}}", {"x": ["\0"]}) == "\0"
    assert template.render(values).text() == "\0".join(values)
