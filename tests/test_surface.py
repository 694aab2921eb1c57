"""This library has every name, parameter, field and value of the released package.

It may have more: further names, keyword-only parameters, fields, methods and members.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
from inspect import Parameter
from typing import Any, Dict, Iterator, List

import pytest
from surface import MODEL, RELEASED, described, methods, public_names, value_of

from azure.ai.inference.tracing import AIInferenceInstrumentor

SURFACE: Dict[str, Any] = json.loads(RELEASED.read_text(encoding="utf-8"))
FACTS: Dict[str, Dict[str, Any]] = SURFACE["facts"]
CLASSES = [name for name in FACTS if isinstance(value_of(name), type)]

#: Methods of all models that differ on purpose: what the released package has, and what this library has.
DELIBERATE = {
    # those of collections.abc.MutableMapping, which take the same calls; a default may be left out, as for a dict
    "setdefault": ("(self, key, default=UNSET)", "(self, key, default=None)"),
    "update": ("(self, *args, **kwargs)", "(self, other=(), /, **kwds)"),
}

#: Fields whose type is wider on purpose: what the released package has, and what this library has.
WIDER = {
    "azure.ai.inference.models.ChatCompletionsToolCall": {"type": ("Literal[function]", "Literal[function, custom]")},
}


@pytest.fixture(params=[False, True], ids=["plain", "instrumented"])
def instrumented(request: pytest.FixtureRequest) -> Iterator[None]:
    """Switch telemetry off, then on, where it is installed."""
    if not request.param:
        yield
        return
    if importlib.util.find_spec("opentelemetry") is None:
        pytest.skip("OpenTelemetry is not installed")
    AIInferenceInstrumentor().instrument()
    yield
    AIInferenceInstrumentor().uninstrument()


@pytest.mark.parametrize("module", SURFACE["modules"])
def test_public_names(module: str) -> None:
    """Programs can import every name that the released package has."""
    assert set(SURFACE["modules"][module]) - set(public_names()[module]) == set()


@pytest.mark.usefixtures("instrumented")
@pytest.mark.parametrize("name", FACTS)
def test_facts(name: str) -> None:
    """No class or function lacks anything of the released one. The assertion shows the difference."""
    released = FACTS[name]
    ours = described(name)
    if "methods" in released:
        common = FACTS[MODEL]["methods"] if "fields" in released else {}
        released = {**released, "methods": {**common, **released["methods"]}}
        for method, (theirs, own) in DELIBERATE.items():
            if released["methods"].get(method) == theirs:
                released["methods"][method] = own
    for field, (theirs, own) in WIDER.get(name, {}).items():
        assert released["fields"][field] == theirs
        released = {**released, "fields": {**released["fields"], field: own}}

    assert alike(ours, released) == released


@pytest.mark.parametrize("name", [name for name, facts in FACTS.items() if "fields" in facts])
def test_new_fields_leave_items_alone(name: str) -> None:
    """By key, a field that the released package does not have gives the plain JSON that programs read there."""
    fields = value_of(name)._attr_to_rest_field.items()
    new = {field: declared.codec for field, declared in fields if field not in FACTS[name]["fields"]}

    assert [field for field, codec in new.items() if codec.live] == []


def alike(ours: Any, released: Any) -> Any:
    """Return our facts, without those beyond the released ones."""
    if isinstance(released, dict):
        return {key: alike(ours[key], value) for key, value in released.items() if key in ours}
    if isinstance(released, str) and released.endswith(")"):
        return without_further_keywords(ours, released)
    return ours


def without_further_keywords(ours: str, released: str) -> str:
    """Return a signature without the optional keyword-only parameters that the other does not have."""
    known = {name_in(part) for part in parts_of(released)}
    kept: List[str] = []
    for part in parts_of(ours):
        optional_keyword = "=" in part and any(earlier.startswith("*") for earlier in kept)
        if name_in(part) in known or not optional_keyword:
            kept.append(part)
    while "*" in kept and kept.index("*") == len(kept) - 1 - kept[-1].startswith("**"):
        kept.remove("*")
    return f"{ours.partition('(')[0]}({', '.join(kept)})"


def parts_of(signature: str) -> List[str]:
    """Return the parameters of a signature, and the marks between them."""
    return [part for part in signature.partition("(")[2][:-1].split(", ") if part]


def name_in(part: str) -> str:
    """Return the name of a parameter."""
    return part.partition("=")[0]


@pytest.mark.parametrize(
    ("ours", "released", "expected"),
    [
        ("(self, *, a=None, new=None)", "(self, *, a=None)", "(self, *, a=None)"),
        ("(self, *, new=None)", "(self)", "(self)"),
        ("(self, *, new=None, **kwargs)", "(self, **kwargs)", "(self, **kwargs)"),
        ("(self, *rest, new=None)", "(self, *rest)", "(self, *rest)"),
        ("async (self, a, *, new=None)", "async (self, a)", "async (self, a)"),
        ("(self, *, new)", "(self)", "(self, *, new)"),
        ("(self, new=None)", "(self)", "(self, new=None)"),
        ("(self, *, a=None)", "(self, a=None)", "(self, *, a=None)"),
        ("(self, *, b=None, a=None)", "(self, *, a=None, b=None)", "(self, *, b=None, a=None)"),
    ],
)
def test_only_optional_keywords_may_be_added(ours: str, released: str, expected: str) -> None:
    """The comparison accepts optional keywords, and refuses all that breaks programs."""
    assert without_further_keywords(ours, released) == expected


@pytest.mark.usefixtures("instrumented")
@pytest.mark.parametrize("name", CLASSES)
def test_all_ways_to_ask_agree(name: str) -> None:
    """The class, an instance and `getfullargspec` show the same parameters."""
    owner = value_of(name)
    for method in methods(owner) if "methods" in FACTS[name] else []:
        function = getattr(owner, method)
        of_class = inspect.ismethod(function)
        of = inspect.signature(function)
        bound = of if of_class else of.replace(parameters=list(of.parameters.values())[1:])
        keywords = [each.name for each in of.parameters.values() if each.kind is Parameter.KEYWORD_ONLY]

        assert inspect.signature(getattr(owner.__new__(owner), method)) == bound, method
        assert inspect.getfullargspec(function).kwonlyargs == keywords, method
        if method == "__init__" and "fields" not in FACTS[name]:  # Python 3.8 shows what typing.Generic takes
            assert list(inspect.signature(owner).parameters.values()) == list(bound.parameters.values())
