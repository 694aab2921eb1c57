"""Prompty files: their contents, the precedence of values, and the errors of malformed files."""

from __future__ import annotations

import json
import traceback
from pathlib import Path
from typing import Any, List, Tuple

import pytest

from azure.ai.inference.prompts import PromptTemplate

TRAVEL = "data/prompty/travel.prompty"


def write(folder: Path, front_matter: str, content: str = "user:\nhi\n", name: str = "a.prompty") -> Path:
    file = folder / name
    file.write_text(f"---\n{front_matter}---\n{content}", encoding="utf-8")
    return file


def configuration(folder: Path, value: str) -> Any:
    """Return a value of the front matter as it is parsed."""
    file = write(folder, f"model:\n  configuration:\n    v: {value}\n")
    prompty = PromptTemplate.from_prompty(file).prompty
    assert prompty is not None
    return prompty.model.configuration["v"]


def problem(file: Path, **options: Any) -> str:
    """Return the error for a file, without the folder's path."""
    with pytest.raises(ValueError) as caught:
        PromptTemplate.from_prompty(file, **options).create_messages()
    return str(caught.value).replace(f"{file.parent}/", "")


def test_the_attributes() -> None:
    """The attributes of a prompt have the values that the released package gives them."""
    template = PromptTemplate.from_prompty(TRAVEL)
    prompty = template.prompty
    assert prompty is not None
    fields = ("name", "description", "authors", "tags", "version", "base", "basePrompty", "sample")

    assert template.model_name == "gpt-4o-mini"
    assert template.parameters == {"temperature": 0.7, "max_tokens": 500}
    assert {name: getattr(prompty, name) for name in fields} == {
        "name": "Travel planner",
        "description": "Plans a trip in a city.",
        "authors": ["Ann", "Bob"],
        "tags": ["travel", "sample"],
        "version": "1.0",
        "base": "",
        "basePrompty": None,
        "sample": {"city": "Tokyo", "interests": ["food", "temples"]},
    }
    assert vars(prompty.model) == {
        "api": "chat",
        "configuration": {
            "type": "azure_openai",
            "azure_deployment": "gpt-4o-mini",
            "api_key": "not-a-real-one",
            "client_secret": "nor-this",
        },
        "parameters": {"temperature": 0.7, "max_tokens": 500},
        "response": "first",
    }
    assert {name: vars(settings) for name, settings in {**prompty.inputs, **prompty.outputs}.items()} == {
        "city": {"type": "string", "default": None, "description": "Where to go"},
        "days": {"type": "number", "default": 2, "description": ""},
        "plan": {"type": "string", "default": None, "description": ""},
    }
    assert vars(prompty.template) == {"type": "mustache", "parser": "prompty"}
    assert prompty.file == Path(__file__).parent / TRAVEL
    assert prompty.content.startswith("# system:\nYou plan") and prompty.content.endswith("\n# assistant:\n")


def test_the_messages() -> None:
    """Values come from the caller, then from the sample, then from the defaults of the inputs."""
    template = PromptTemplate.from_prompty(TRAVEL)

    assert template.create_messages() == [
        {"role": "system", "content": "You plan trips. Answer in 2 parts."},
        {"role": "user", "content": "What can I do in Tokyo?\n- I like food.\n- I like temples."},
    ]
    assert template.create_messages({"city": "Rome", "interests": []}) == [
        {"role": "system", "content": "You plan trips. Answer in 2 parts."},
        {"role": "user", "content": "What can I do in Rome?"},
    ]
    assert template.create_messages(city=None, days=0, interests="art") == [
        {"role": "system", "content": "You plan trips. Answer in 0 parts."},
        {"role": "user", "content": "What can I do in ?\n- I like art."},
    ]


def test_the_safe_settings() -> None:
    """The safe settings hold every setting, with secrets masked."""
    prompty = PromptTemplate.from_prompty(TRAVEL).prompty
    assert prompty is not None

    assert prompty.to_safe_dict() == {
        "model": {
            "api": "chat",
            "configuration": {
                "type": "azure_openai",
                "azure_deployment": "gpt-4o-mini",
                "api_key": "*" * len("not-a-real-one"),
                "client_secret": "*" * len("nor-this"),
            },
            "parameters": {"temperature": 0.7, "max_tokens": 500},
            "response": "first",
        },
        "template": {"type": "mustache", "parser": "prompty"},
        "inputs": {
            "city": {"type": "string", "default": None, "description": "Where to go"},
            "days": {"type": "number", "default": 2, "description": ""},
        },
        "outputs": {"plan": {"type": "string", "default": None, "description": ""}},
        "file": str(Path(__file__).parent / TRAVEL),
    }


def test_secrets_of_any_kind_are_masked(tmp_path: Path) -> None:
    """Secrets are masked whatever their type, nesting and section."""
    file = write(
        tmp_path,
        "model:\n"
        "  configuration: {API_KEY: 12345, nested: {Secrets: [ab, {x: cd}]}, key: , myKey: ''}\n"
        "  parameters: {apiKey: abc, n: 1}\n"
        "inputs: {the_secret: {type: string, default: hush}, other: {type: string, default: open}}\n",
    )
    prompty = PromptTemplate.from_prompty(file).prompty
    assert prompty is not None

    assert prompty.to_safe_dict() == {
        "model": {
            "api": "",
            "configuration": {
                "API_KEY": "*****",
                "nested": {"Secrets": ["**", {"x": "**"}]},
                "key": None,
                "myKey": "",
            },
            "parameters": {"apiKey": "***", "n": 1},
            "response": {},
        },
        "template": {"type": "mustache", "parser": "prompty"},
        "inputs": {
            "the_secret": {"type": "string", "default": "****", "description": ""},
            "other": {"type": "string", "default": "open", "description": ""},
        },
        "file": str(file),
    }


@pytest.mark.parametrize("secret", ["not-a-real-one", "nor-this"])
def test_nothing_prints_secrets(secret: str) -> None:
    """No `repr` or `str` of a template or its parts shows a secret."""
    template = PromptTemplate.from_prompty(TRAVEL)
    assert template.prompty is not None
    shown = [repr(template), str(template.prompty), repr(template.prompty), repr(template.prompty.model)]

    assert [secret in text for text in shown] == [False] * 4
    assert "gpt-4o-mini" in repr(template.prompty)


def test_only_a_template(tmp_path: Path) -> None:
    """A file without settings is accepted."""
    template = PromptTemplate.from_prompty(write(tmp_path, ""))

    assert template.create_messages() == [{"role": "user", "content": "hi"}]
    assert (template.model_name, template.parameters) == (None, {})


@pytest.mark.parametrize(
    "text",
    [
        "---\nname: x\n---\nuser:\nhé\n---\nmore",
        "\n \n---  \nname: x\n---\t\nuser:\nhé\n---\nmore",
        "\ufeff---\nname: x\n---\nuser:\nhé\n---\nmore",
        "---\r\nname: x\r\n---\r\nuser:\r\nhé\r\n---\r\nmore\r\n",
        "---\nname: x\ndescription: |\n  a\n  ---\n  b\n---\nuser:\nhé\n---\nmore",
        "---\nname: x\nsample: null\ninputs:\noutputs:\ntemplate:\nmodel:\nbase:\n---\nuser:\nhé\n---\nmore",
    ],
    ids=["plain", "blank lines and spaces", "byte order mark", "carriage returns", "fence in a value", "nulls"],
)
def test_forms_of_a_file(tmp_path: Path, text: str) -> None:
    """A file is parsed the same whatever its line ends, blank lines and byte order mark."""
    file = tmp_path / "a.prompty"
    file.write_bytes(text.encode("utf-8"))
    template = PromptTemplate.from_prompty(file)

    assert template.create_messages() == [{"role": "user", "content": "hé\n---\nmore"}]
    assert template.prompty is not None and template.prompty.name == "x"


def test_null_means_unset(tmp_path: Path) -> None:
    """A key without a value leaves the setting at its default."""
    front_matter = "name:\nauthors:\nmodel: {api: , configuration: , response: }\ninputs: {a: , b: {type: }}\n"
    prompty = PromptTemplate.from_prompty(write(tmp_path, front_matter)).prompty
    assert prompty is not None

    assert (prompty.name, prompty.authors) == ("", [])
    assert vars(prompty.model) == {"api": "", "configuration": {}, "parameters": {}, "response": {}}
    assert [vars(prompty.inputs[name]) for name in "ab"] == [{"type": "", "default": None, "description": ""}] * 2


def test_values_are_what_yaml_says(tmp_path: Path) -> None:
    """Settings keep the types that YAML gives them."""
    file = write(tmp_path, "name: 5\nauthors: Ann\nversion: 1.5\nsample: {n: 1, d: {e: [x]}}\n", "{{n}} {{d.e.0}}")
    prompty: Any = PromptTemplate.from_prompty(file).prompty

    assert (prompty.name, prompty.authors, prompty.version, prompty.sample) == (
        5,
        "Ann",
        1.5,
        {"n": 1, "d": {"e": ["x"]}},
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("${env:PROMPT_TEST}", "set"),
        ("'  ${env:PROMPT_TEST} '", "set"),
        ("${env:PROMPT_TEST:other}", "set"),
        ("${env:PROMPT_TEST_EMPTY:other}", ""),
        ("${env:PROMPT_TEST_UNSET:other}", "other"),
        ("${env:PROMPT_TEST_UNSET:https://example.com/}", "https://example.com/"),
        ("${env:PROMPT_TEST_UNSET:}", ""),
        ("['${env:PROMPT_TEST}', {a: ['${env:PROMPT_TEST}']}]", ["set", {"a": ["set"]}]),
        ("{'${env:PROMPT_TEST}': 1}", {"set": 1}),
        ("a ${env:PROMPT_TEST}", "a ${env:PROMPT_TEST}"),
        ("${env:PROMPT_TEST} b", "${env:PROMPT_TEST} b"),
        ("$PROMPT_TEST", "$PROMPT_TEST"),
        ("${file:numbers.json}", {"a": [1, "set"]}),
        ("${file:sub/text.json}", ["text", {"a": [1, "set"]}]),
        ("[&x '${file:numbers.json}', *x, '${file:numbers.json}']", [{"a": [1, "set"]}] * 3),
    ],
)
def test_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, expected: Any) -> None:
    """A reference to a variable or a file is replaced by its value."""
    monkeypatch.setenv("PROMPT_TEST", "set")
    monkeypatch.setenv("PROMPT_TEST_EMPTY", "")
    monkeypatch.delenv("PROMPT_TEST_UNSET", raising=False)
    (tmp_path / "sub").mkdir()
    (tmp_path / "numbers.json").write_text('{"a": [1, "${env:PROMPT_TEST}"]}', encoding="utf-8")
    (tmp_path / "sub" / "text.json").write_text('["text", "${file:numbers.json}"]', encoding="utf-8")

    assert configuration(tmp_path, value) == expected


def test_the_template_has_no_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """References are resolved in the front matter only, not in the template or its values."""
    monkeypatch.setenv("PROMPT_TEST", "set")
    file = write(tmp_path, "sample: {a: '${env:PROMPT_TEST}'}\n", "{{a}} ${env:PROMPT_TEST} {{b}}")

    assert PromptTemplate.from_prompty(file).create_messages(b="${env:PROMPT_TEST}") == [
        {"role": "system", "content": "set ${env:PROMPT_TEST} ${env:PROMPT_TEST}"}
    ]


BASE = """\
name: Base
description: Of the base
authors: [Ann, Bob]
tags: [a]
version: "1"
model:
  api: chat
  configuration: {azure_deployment: base, type: azure_openai}
  parameters: {temperature: 0.5, max_tokens: 5}
  response: all
sample: {q: base, r: base}
inputs: {q: {type: string, default: base}, z: {type: string, default: base}}
outputs: {o: {type: string}}
"""
CHILD = """\
base: base.prompty
authors: [Cy, Bob]
model:
  configuration: {azure_deployment: child}
  parameters: {temperature: 1}
sample: {q: child}
inputs: {z: {type: string, default: child}}
"""


def test_a_base_fills_the_gaps(tmp_path: Path) -> None:
    """A base fills in unset values, and the file's own values take precedence."""
    write(tmp_path, BASE, "system:\nbase", "base.prompty")
    template = PromptTemplate.from_prompty(write(tmp_path, CHILD, "{{q}} {{r}} {{z}}"))
    prompty = template.prompty
    assert prompty is not None and prompty.basePrompty is not None

    assert template.create_messages() == [{"role": "system", "content": "child base child"}]
    assert (prompty.name, prompty.description, prompty.version) == ("Base", "Of the base", "1")
    assert (prompty.authors, prompty.tags) == (["Cy", "Bob", "Ann"], ["a"])
    assert vars(prompty.model) == {
        "api": "chat",
        "configuration": {"azure_deployment": "child", "type": "azure_openai"},
        "parameters": {"temperature": 1, "max_tokens": 5},
        "response": "all",
    }
    assert prompty.sample == {"q": "child", "r": "base"}
    assert {name: settings.default for name, settings in prompty.inputs.items()} == {"q": "base", "z": "child"}
    assert list(prompty.outputs) == ["o"]
    assert prompty.base == "base.prompty"
    assert (prompty.basePrompty.name, prompty.basePrompty.model.configuration["azure_deployment"]) == ("Base", "base")


def test_a_base_may_have_a_base_and_no_template(tmp_path: Path) -> None:
    """Bases can be chained, and a base needs no template."""
    (tmp_path / "sub").mkdir()
    write(tmp_path / "sub", "sample: {a: 1}\n", "", "root.prompty")
    write(tmp_path, "base: sub/root.prompty\nsample: {b: 2}\n", "", "middle.prompty")
    template = PromptTemplate.from_prompty(write(tmp_path, "base: middle.prompty\n", "{{a}}{{b}}"))

    assert template.create_messages() == [{"role": "system", "content": "12"}]


def test_default_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The `prompty.json` beside a file supplies defaults, below the file and its base."""
    monkeypatch.delenv("PROMPT_TEST_UNSET", raising=False)
    document = {
        "default": {"azure_deployment": "json", "type": "json", "endpoint": "${env:PROMPT_TEST_UNSET:json}"},
        "other": {"never": "${env:PROMPT_TEST_UNSET}"},
    }
    (tmp_path / "prompty.json").write_text(json.dumps(document), encoding="utf-8")
    write(tmp_path, "model: {configuration: {type: base}}\n", "", "base.prompty")
    template = PromptTemplate.from_prompty(
        write(tmp_path, "base: base.prompty\nmodel: {configuration: {azure_deployment: own}}\n")
    )
    assert template.prompty is not None

    assert template.prompty.model.configuration == {"azure_deployment": "own", "type": "base", "endpoint": "json"}
    assert PromptTemplate.from_prompty(write(tmp_path, "")).model_name == "json"


MALFORMED: List[Tuple[str, str]] = [
    ("user:\nhi", "a.prompty, line 1: a Prompty file must start with front matter between two lines '---'"),
    ("", "a.prompty, line 1: a Prompty file must start with front matter between two lines '---'"),
    ("x\n---\n---\n", "a.prompty, line 1: a Prompty file must start with front matter between two lines '---'"),
    ("\n---\nname: x\n", "a.prompty, line 2: the front matter has no closing line '---'"),
    ("---\nname: x\n---\n \n", "a.prompty: the template is empty"),
    ("---\nname: x\n---\nuser:\n{{x\n", "a.prompty, line 5: the tag '{{' is never closed with '}}'"),
    ("---\n---\nuser:\nassistant:\nx\n", "Invalid prompt format in a.prompty: message 1, with role 'user', is empty"),
    ("\n---\nname: x\nmodel: [x\n---\nhi", "a.prompty, line 5: expected ',' or ']', but got '<stream end>'"),
    ("---\nname: 'secret\n---\nhi", "a.prompty, line 3: found unexpected end of stream"),
    ("---\nname: \x07\n---\nhi", "a.prompty, line 2: the character U+0007 is not allowed"),
    ("---\nversion: 2024-13-45\n---\nhi", "a.prompty, line 2: month must be in 1..12"),
    ("---\nname: !!python/name:os.system\n---\nhi", "a.prompty, line 2: could not determine a constructor for the tag"),
    ("---\nsample: &x [*x]\n---\nhi", "a.prompty, line 2: found unconstructable recursive node"),
    ("---\nsample: &x {a: *x}\n---\nhi", "a.prompty, line 2: found unconstructable recursive node"),
    ("---\nsample: " + "[" * 5000 + "\n---\nhi", "a.prompty: the front matter is nested too deeply"),
    ("---\n- a\n---\nhi", "a.prompty: the front matter must be a mapping of names to values"),
    ("---\nid: 1\nname: x\ncontent: y\n---\nhi", "a.prompty: the front matter: unknown keys: content, id"),
    ("---\n1: 2\n---\nhi", "a.prompty: the front matter: unknown keys: 1"),
    ("---\nmodel: gpt\n---\nhi", "a.prompty: `model` must be a mapping of names to values"),
    ("---\nmodel: {name: gpt}\n---\nhi", "a.prompty: `model`: unknown keys: name"),
    (
        "---\nmodel: {configuration: x}\n---\nhi",
        "a.prompty: `model.configuration` must be a mapping of names to values",
    ),
    ("---\nmodel: {parameters: [1]}\n---\nhi", "a.prompty: `model.parameters` must be a mapping of names to values"),
    ("---\nsample: data.json\n---\nhi", "a.prompty: `sample` must be a mapping of names to values"),
    ("---\ninputs: [a]\n---\nhi", "a.prompty: `inputs` must be a mapping of names to values"),
    ("---\ninputs: {a: hello}\n---\nhi", "a.prompty: `inputs.a` must be a mapping of names to values"),
    ("---\noutputs: {a: {kind: x}}\n---\nhi", "a.prompty: `outputs.a`: unknown keys: kind"),
    (
        "---\ntemplate: jinja2\n---\nhi",
        "a.prompty: `template`: only type 'mustache' with parser 'prompty' is supported",
    ),
    ("---\ntemplate: {engine: x}\n---\nhi", "a.prompty: `template`: unknown keys: engine"),
    ("---\nbase: [b]\n---\nhi", "a.prompty: `base` must be the path of a Prompty file"),
    ("---\nbase: a.prompty\n---\nhi", "a.prompty: its `base` refers back to itself"),
]


@pytest.mark.parametrize(("text", "expected"), MALFORMED)
def test_malformed_files(tmp_path: Path, text: str, expected: str) -> None:
    """A malformed file raises an error with the file, the place and the problem."""
    file = tmp_path / "a.prompty"
    file.write_text(text, encoding="utf-8")

    assert problem(file).startswith(expected)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    """A file that is not UTF-8 raises an error that names it."""
    file = tmp_path / "a.prompty"
    file.write_bytes(b"---\n---\n\xff")

    assert problem(file) == "a.prompty: not valid UTF-8, at byte 8"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "${env:PROMPT_TEST_UNSET}",
            "the environment variable 'PROMPT_TEST_UNSET' is not set, and the reference has no default",
        ),
        ("${ENV:HOME}", "a reference must be ${env:NAME}, ${env:NAME:default} or ${file:PATH}, with no other text"),
        ("${}", "a reference must be ${env:NAME}, ${env:NAME:default} or ${file:PATH}, with no other text"),
        (
            "${env:A} ${env:B}",
            "a reference must be ${env:NAME}, ${env:NAME:default} or ${file:PATH}, with no other text",
        ),
        ("${file:bad.json}", "bad.json, line 2: not valid JSON: Expecting value"),
        ("${file:deep.json}", "deep.json: nested too deeply"),
        ("${file:loop.json}", "loop.json: loop.json refers back to itself"),
        (
            "${file:unset.json}",
            "unset.json: the environment variable 'PROMPT_TEST_UNSET' is not set, and the reference has no default",
        ),
    ],
)
def test_broken_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, expected: str) -> None:
    """A broken reference raises an error with its place."""
    monkeypatch.delenv("PROMPT_TEST_UNSET", raising=False)
    (tmp_path / "bad.json").write_text("[1,\nx]", encoding="utf-8")
    (tmp_path / "deep.json").write_text("[" * 100_000 + "]" * 100_000, encoding="utf-8")
    (tmp_path / "loop.json").write_text('["${file:loop.json}"]', encoding="utf-8")
    (tmp_path / "unset.json").write_text('["${env:PROMPT_TEST_UNSET}"]', encoding="utf-8")

    assert problem(write(tmp_path, f"name: x\nsample:\n  v: {value}\n")) == f"a.prompty, line 4: {expected}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", "prompty.json: 'default' is missing"),
        ("{}", "prompty.json: 'default' is missing"),
        ('{"default": 5}', "prompty.json: 'default' must be a mapping of names to values"),
        (
            '{"default": {"a": "${env:PROMPT_TEST_UNSET}"}}',
            "prompty.json: the environment variable 'PROMPT_TEST_UNSET'",
        ),
        ("{", "prompty.json, line 1: not valid JSON: Expecting property name enclosed in double quotes"),
    ],
)
def test_a_malformed_default_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: str
) -> None:
    """A malformed `prompty.json` raises an error that names it."""
    monkeypatch.delenv("PROMPT_TEST_UNSET", raising=False)
    (tmp_path / "prompty.json").write_text(text, encoding="utf-8")

    assert problem(write(tmp_path, "")).startswith(expected)


def test_bases_in_a_circle(tmp_path: Path) -> None:
    """Two files that are each other's base raise an error."""
    write(tmp_path, "base: a.prompty\n", name="b.prompty")

    assert problem(write(tmp_path, "base: b.prompty\n")) == "a.prompty: its `base` refers back to itself"


@pytest.mark.parametrize("front_matter", ["base: gone.prompty\n", "sample: '${file:gone.json}'\n"])
def test_files_that_are_not_there(tmp_path: Path, front_matter: str) -> None:
    """A missing file raises a FileNotFoundError that names it."""
    with pytest.raises(FileNotFoundError, match="gone"):
        PromptTemplate.from_prompty(write(tmp_path, front_matter))
    with pytest.raises(FileNotFoundError, match="nowhere.prompty"):
        PromptTemplate.from_prompty("data/prompty/nowhere.prompty")


@pytest.mark.parametrize(("path", "kind"), [("", ValueError), (None, ValueError), (5, TypeError), (b"a", TypeError)])
def test_no_path(path: Any, kind: type[Exception]) -> None:
    """A path that is empty or of the wrong type raises an error."""
    with pytest.raises(kind):
        PromptTemplate.from_prompty(path)


def test_errors_quote_no_secrets(tmp_path: Path) -> None:
    """A syntax error beside a secret does not show the secret in the traceback."""
    file = write(tmp_path, "model:\n  configuration:\n    api_key: hush-hush'\n   type: x\n")
    with pytest.raises(ValueError) as caught:
        PromptTemplate.from_prompty(file)

    assert "hush-hush" not in "".join(traceback.format_exception(caught.type, caught.value, caught.tb))
