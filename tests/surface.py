"""The public surface as facts: names, bases, signatures, fields, constants and members.

As a script, `python surface.py` in `tests/`, with azure-ai-inference 1.0.0b9 installed in place of this package, it writes
`surface.json`, the facts that `test_surface.py` compares with. It asks the imported modules; it reads no file of theirs and
keeps none of their text.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Mapping
from enum import Enum
from inspect import Parameter, Signature
from pathlib import Path
from types import FunctionType
from typing import Any, Callable, Dict, List, Union, get_type_hints

from typing_extensions import get_args, get_origin

RELEASED = Path(__file__).with_suffix(".json")

#: The modules with a list of their public names, and names that no list has but programs use.
MODULES = ["", ".aio", ".models", ".prompts", ".tracing"]
UNLISTED = {
    "": ["__version__"],
    ".prompts": ["PromptTemplate"],
    "._model_base": ["Model"],
    ".models._enums": ["ExtraParameters"],
}
#: Bases by which programs distinguish classes. The others are how each package is built.
BASES = ["BaseStreamingChatCompletions", "ChatRequestMessage", "ContentItem", "Model", "MutableMapping", "str", "Enum"]
#: Methods that Python calls.
PROTOCOLS = [
    *["__init__", "__str__", "__repr__", "__eq__", "__contains__", "__len__", "__iter__", "__next__"],
    *["__getitem__", "__setitem__", "__delitem__", "__enter__", "__exit__"],
    *["__aiter__", "__anext__", "__aenter__", "__aexit__"],
]
MODEL = "azure.ai.inference._model_base.Model"

Facts = Dict[str, Any]


class Unset:
    """Stands for a default that is a sentinel."""

    def __repr__(self) -> str:
        return "UNSET"


def public_names() -> Dict[str, List[str]]:
    """Return the public names of each module."""
    names: Dict[str, List[str]] = {}
    for module in dict.fromkeys([*MODULES, *UNLISTED]):
        imported = importlib.import_module(f"azure.ai.inference{module}")
        listed: List[str] = getattr(imported, "__all__", []) if module in MODULES else []
        unlisted = [name for name in UNLISTED.get(module, []) if hasattr(imported, name)]
        names[imported.__name__] = sorted({*listed, *unlisted})
    return names


def value_of(name: str) -> Any:
    """Return the value of a name, given with its module."""
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def described(name: str) -> Facts:
    """Return the facts of a public name, given with its module."""
    value = value_of(name)
    if not isinstance(value, type):
        return {"signature": signature(value)} if callable(value) else {"type": type(value).__name__}
    facts: Facts = {"bases": [base.__name__ for base in value.__mro__[1:] if base.__name__ in BASES]}
    if issubclass(value, Enum):
        return {**facts, "metaclass": type(value).__name__, "members": {one.name: one.value for one in value}}
    if issubclass(value, Mapping):
        facts.update(fields=field_types(value), constants=dict(value()))
    return {**facts, "methods": {method: signature(getattr(value, method)) for method in methods(value)}}


def methods(owner: type) -> List[str]:
    """Return the names of the methods of a class that are public or that Python calls."""
    names = [name for name in dir(owner) if name in PROTOCOLS or not name.startswith("_")]
    kinds = (FunctionType, classmethod, staticmethod)
    return [name for name in names if isinstance(inspect.getattr_static(owner, name), kinds)]


def signature(function: Callable[..., Any]) -> str:
    """Return a signature as Python shows it, without annotations; ``async`` in front if the result must be awaited."""
    of = inspect.signature(function)
    shown = [each.replace(annotation=Parameter.empty, default=default_of(each)) for each in of.parameters.values()]
    text = str(of.replace(parameters=shown, return_annotation=Signature.empty))
    return f"async {text}" if inspect.iscoroutinefunction(function) else text


def default_of(parameter: Parameter) -> Any:
    """Return the default of a parameter, or what stands for a sentinel."""
    default = parameter.default
    known = default is Parameter.empty or isinstance(default, (str, int, float, tuple, type(None)))
    return default if known else Unset()


def field_types(model: Any) -> Dict[str, str]:
    """Return the fields of a model and their types."""
    hints: Dict[str, Any] = {}
    for base in reversed(model.__mro__):
        if value_of(MODEL) in base.__mro__[1:]:
            hints.update(
                get_type_hints(base, localns={"_models": importlib.import_module("azure.ai.inference.models")})
            )
    return {name: text(hint) for name, hint in hints.items() if not name.startswith("_")}


def text(hint: Any) -> str:
    """Return an annotation as it is written."""
    arguments = get_args(hint)
    if get_origin(hint) is Union:
        of = [text(argument) for argument in arguments if argument is not type(None)]
        union = of[0] if len(of) == 1 else f"Union[{', '.join(of)}]"
        return f"Optional[{union}]" if len(of) < len(arguments) else union
    if arguments:
        return f"{getattr(get_origin(hint), '__name__', 'Literal')}[{', '.join(map(text, arguments))}]"
    return str(hint.__name__) if isinstance(hint, type) else str(hint).rpartition(".")[2]


def written() -> str:
    """Return all facts as JSON, a name a line. The methods that models inherit from their base are listed there."""
    names = public_names()
    facts = {f"{module}.{name}": described(f"{module}.{name}") for module, listed in names.items() for name in listed}
    common = facts[MODEL]["methods"].items()
    for name, each in facts.items():
        if "fields" in each and name != MODEL:
            each["methods"] = dict(item for item in each["methods"].items() if item not in common)
    made_by = f"surface.py with azure-ai-inference {value_of('azure.ai.inference.__version__')}"
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in facts.items())
    return f'{{\n "made_by": {json.dumps(made_by)},\n "modules": {json.dumps(names)},\n "facts": {{\n{lines}\n }}\n}}\n'


if __name__ == "__main__":
    RELEASED.write_text(written(), encoding="utf-8")
