"""The public class: constructors, attributes, and the cost of the import."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
from typing import Any

import pytest

from azure.ai.inference import prompts
from azure.ai.inference.prompts import PromptTemplate


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_public_names() -> None:
    """The module exports only the documented names."""
    assert prompts.__all__ == ["PromptTemplate"]


def test_signatures() -> None:
    """Every call of the released package is accepted, and new options are keyword-only."""
    keywords = {
        name: [str(parameter) for parameter in inspect.signature(getattr(PromptTemplate, name)).parameters.values()]
        for name in ("from_string", "from_prompty", "create_messages")
    }

    assert keywords == {
        "from_string": [
            "prompt_template: 'str'",
            "api: 'str' = 'chat'",
            "model_name: 'Optional[str]' = None",
            "partials: 'Optional[Mapping[str, str]]' = None",
        ],
        "from_prompty": [
            "file_path: '_Path'",
            "allowed_folders: 'Iterable[_Path]' = ()",
            "partials: 'Optional[Mapping[str, str]]' = None",
        ],
        "create_messages": [
            "self",
            "data: 'Optional[Mapping[str, Any]]' = None",
            "**kwargs: 'Any'",
        ],
    }


def test_attributes_of_a_string() -> None:
    """A template from a string has all attributes, with the model's name if it is given."""
    template = PromptTemplate.from_string("Hi", "chat", "gpt-4o")

    assert (template.model_name, template.parameters, template.prompty) == ("gpt-4o", {}, None)
    assert PromptTemplate.from_string("Hi").model_name is None


def test_the_constructor_takes_a_template_as_it_is() -> None:
    """The constructor leaves the text unchanged; only `from_string` removes space."""
    template = PromptTemplate(prompt_template="  a\n\n    b", model_name="m")

    assert template.create_messages() == [{"role": "system", "content": "a\n\n    b"}]
    assert template.model_name == "m"


def test_values_by_keyword_or_mapping() -> None:
    """Values come from the mapping, or from keywords if there is none, as in the released package."""
    template = PromptTemplate.from_string("{{a}}|{{data}}|{{kwargs}}")

    assert template.create_messages(a=1, kwargs=2) == [{"role": "system", "content": "1||2"}]
    assert template.create_messages({"a": 1, "data": 2}, a=3) == [{"role": "system", "content": "1|2|"}]
    assert template.create_messages({}, a=3) == [{"role": "system", "content": "||"}]
    assert template.create_messages() == [{"role": "system", "content": "||"}]


def test_the_values_stay_as_they_are() -> None:
    """Rendering does not change the caller's data."""
    data = {"a": [{"b": 1}, {"b": 2}], "c": {}}
    before = copy.deepcopy(data)
    PromptTemplate.from_string("{{#a}}{{b}}{{/a}}{{c}}").create_messages(data)

    assert data == before


def test_partials() -> None:
    """Partials come from the caller, and their role lines count as the template's own."""
    template = PromptTemplate.from_string(
        "{{>rules}}\nuser:\n{{>question}}",
        partials={"rules": "system:\nBe brief, {{name}}.\n", "question": "{{q}}?"},
    )

    assert template.create_messages(name="Bot", q="Why") == [
        {"role": "system", "content": "Be brief, Bot."},
        {"role": "user", "content": "Why?"},
    ]


@pytest.mark.parametrize("text", ["", " ", "\n\t\n"])
def test_an_empty_template(text: str) -> None:
    """An empty template raises ValueError."""
    with pytest.raises(ValueError, match="^prompt template: the template is empty$"):
        PromptTemplate.from_string(text)


def test_a_malformed_template() -> None:
    """A malformed template raises ValueError when it is created, not when it is used."""
    with pytest.raises(ValueError, match="^prompt template, line 2: the section 'a' is never closed$"):
        PromptTemplate.from_string("\n  x\n  {{#a}}")


def test_nothing_given() -> None:
    """The constructor raises ValueError without a template."""
    with pytest.raises(ValueError, match="^prompty or prompt_template is required$"):
        PromptTemplate()


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: PromptTemplate.from_string(5), "prompt_template must be a str, not int"),  # type: ignore[arg-type]  # wrong on purpose
        (lambda: PromptTemplate.from_string("x", partials={"p": 1}), "partials['p'] must be a str, not int"),  # type: ignore[dict-item]  # wrong on purpose
        (lambda: PromptTemplate.from_string("x").create_messages([1]), "data must be a Mapping, not list"),  # type: ignore[arg-type]  # wrong on purpose
    ],
)
def test_wrong_types(call: Any, problem: str) -> None:
    """An argument of the wrong type raises a TypeError that names it."""
    with pytest.raises(TypeError) as caught:
        call()

    assert str(caught.value) == problem


def test_copies() -> None:
    """A template can be copied and pickled."""
    template = PromptTemplate.from_string("{{#a}}{{b}}{{/a}}{{>p}}", partials={"p": "!"})
    for twin in (copy.copy(template), copy.deepcopy(template), pickle.loads(pickle.dumps(template))):
        assert twin.create_messages(a={"b": 1}) == [{"role": "system", "content": "1!"}]


def test_the_import_is_light() -> None:
    """Templates from strings work without PyYAML, and the import loads no dependency of the clients."""
    code = (
        "import sys; sys.modules['yaml'] = None\n"
        "from azure.ai.inference.prompts import PromptTemplate\n"
        "print(PromptTemplate.from_string('{{a}}').create_messages(a=1))\n"
        "print([name for name in ('aiohttp', 'opentelemetry', 'pystache') if name in sys.modules])"
    )

    assert run_python(code) == "[{'role': 'system', 'content': '1'}]\n[]"


def test_prompty_files_without_yaml() -> None:
    """Without PyYAML, a Prompty file raises an ImportError that names the extra to install."""
    code = (
        "import sys; sys.modules['yaml'] = None\n"
        "from azure.ai.inference.prompts import PromptTemplate\n"
        "try:\n    PromptTemplate.from_prompty('x.prompty')\nexcept ImportError as error:\n    print(error)"
    )

    assert run_python(code) == "Prompty files need PyYAML: pip install azure-ai-inference[prompts]"
