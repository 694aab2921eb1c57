"""The names that programs import, and the cost of importing them."""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.metadata
import inspect
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Dict, Iterator, Set, get_type_hints

import pytest

import azure.ai.inference
import azure.ai.inference.aio
from azure.ai.inference import models
from azure.ai.inference._version import VERSION

CLIENTS = ["ChatCompletionsClient", "EmbeddingsClient", "ImageEmbeddingsClient", "ImageGenerationClient"]


def test_top_level_names() -> None:
    """Programs can import each name from the package, in both worlds."""
    assert {*CLIENTS, "load_client"} <= set(azure.ai.inference.__all__)
    # their twins are in azure.ai.inference.runs and azure.ai.inference.tools
    only_async = {"AsyncChatRun", "AsyncEmbeddingsRun", "AsyncStreamingToolRun"}
    assert azure.ai.inference.__all__ == [name for name in azure.ai.inference.aio.__all__ if name not in only_async]
    assert azure.ai.inference.__version__ == VERSION == importlib.metadata.version("azure-ai-inference")


MODULES = ["", ".aio", ".exceptions", ".models", ".options", ".prompts", ".runs", ".testing", ".tracing"]


@pytest.mark.parametrize("module", MODULES)
def test_all_is_sorted_importable_and_documented(module: str) -> None:
    """Every public name can be imported and has a docstring, and the list is sorted."""
    imported = importlib.import_module(f"azure.ai.inference{module}")

    assert imported.__all__ == sorted(imported.__all__)
    for name in imported.__all__:
        assert inspect.getdoc(getattr(imported, name)), name


def public_classes(module: str) -> Iterator[Any]:
    """Return the public classes of a module, and the classes of this package that they derive from."""
    imported = importlib.import_module(f"azure.ai.inference{module}")
    for public in filter(inspect.isclass, (getattr(imported, name) for name in imported.__all__)):
        yield from (base for base in inspect.getmro(public) if base.__module__.startswith("azure.ai.inference"))


@pytest.mark.parametrize("module", MODULES)
def test_methods_are_documented(module: str) -> None:
    """Every public method and property has a docstring."""
    members = [(owner, name, value) for owner in public_classes(module) for name, value in vars(owner).items()]
    public = [(owner, name, value) for owner, name, value in members if not name.startswith("_")]
    callables = (staticmethod, classmethod, property)
    bare = [
        f"{owner.__qualname__}.{name}"
        for owner, name, value in public
        if (inspect.isfunction(value) or isinstance(value, callables)) and not inspect.getdoc(getattr(owner, name))
    ]

    assert bare == []


@functools.lru_cache(maxsize=None)
def classes_in(file: str) -> Dict[str, ast.ClassDef]:
    """Return the classes of a module's source by their names."""
    nodes = ast.walk(ast.parse(Path(file).read_text("utf-8")))
    return {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}


@pytest.mark.parametrize("module", [".exceptions", ".models", ".testing"])
def test_attributes_are_documented(module: str) -> None:
    """Every field and member has a docstring."""
    bare = []
    for owner in {*public_classes(module)}:
        if owner.__name__.startswith("_"):
            continue
        body = classes_in(inspect.getsourcefile(owner) or "")[owner.__name__].body
        for node, following in zip(body, [*body[1:], None]):
            target = getattr(node, "target", None) or next(iter(getattr(node, "targets", ())), None)
            is_public = isinstance(target, ast.Name) and not target.id.startswith("_")
            if is_public and not (isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)):
                bare.append(f"{owner.__name__}.{target.id}")

    assert bare == []


def test_private_names_in_use() -> None:
    """The undocumented names that programs use exist."""
    from azure.ai.inference.models._models import JsonSchemaFormat
    from azure.ai.inference.prompts._utils import remove_leading_empty_space

    assert JsonSchemaFormat is models.JsonSchemaFormat
    assert callable(remove_leading_empty_space)


def test_keywords_of_complete() -> None:
    """Frameworks find the settings of `complete` in its signature."""
    for client in (azure.ai.inference.ChatCompletionsClient, azure.ai.inference.aio.ChatCompletionsClient):
        spec = inspect.getfullargspec(client.complete)
        assert spec.args == ["self", "body"]
        assert spec.varkw == "kwargs"
        assert (
            spec.kwonlyargs[:14]
            == (
                "messages stream frequency_penalty presence_penalty temperature top_p max_tokens response_format stop tools "
                "tool_choice seed model model_extras"
            ).split()
        )


@pytest.mark.parametrize("module", ["azure.ai.inference", "azure.ai.inference.aio", "azure.ai.inference.models"])
def test_importing_stays_light(module: str) -> None:
    """Importing the package loads no HTTP stack, telemetry or the like, and nothing of ours that only some calls need."""
    late = "runs tools aio._runs aio._tools _schemas options exceptions _streaming aio._streaming _http _deep _numbers"
    heavy = [f"azure.ai.inference.{name}" for name in late.split()]
    heavy += [
        "aiohttp",
        "requests",
        "urllib3",
        "opentelemetry",
        "yaml",
        "numpy",
        "tqdm",
        "pydantic",
        "orjson",
        "pystache",
    ]
    heavy += ["isodate"]
    script = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert loaded == "[]\n"


PUBLIC_MODULES = "aio exceptions models prompts runs testing tools tracing".split()


def _public_functions() -> Iterator[Any]:
    """Yield the functions and methods that programs call, with their names; those that classes share only once."""
    seen: Set[Any] = set()
    for module in map(
        importlib.import_module, ["azure.ai.inference", *(f"azure.ai.inference.{m}" for m in PUBLIC_MODULES)]
    ):
        for name in module.__all__:
            public = getattr(module, name)
            members = {} if not inspect.isclass(public) else {n: inspect.getattr_static(public, n) for n in dir(public)}
            for member, value in {name: public, **members}.items():
                function = getattr(value, "__func__", getattr(value, "fget", value))
                is_ours = inspect.isfunction(function) and function.__module__.startswith("azure.ai.inference")
                if is_ours and function not in seen and (member.startswith("__") or not member.startswith("_")):
                    seen.add(function)
                    yield pytest.param(function, id=f"{module.__name__}.{name}.{member}")


@pytest.mark.parametrize("function", list(_public_functions()))
def test_hints_resolve(function: Any) -> None:
    """The annotations of public functions resolve at run time, as frameworks need them."""
    if sys.version_info < (3, 10) and function.__qualname__ in ("FunctionTool.__call__", "FunctionTool.__get__"):
        pytest.skip("typing knows no parameter specification before Python 3.10")
    numpy = SimpleNamespace(ndarray=Dict)  # the one name of an extra: old releases cannot subscript theirs
    assert isinstance(get_type_hints(function, localns={"numpy": numpy}), dict)


@pytest.mark.parametrize("module", ["azure.ai.inference", "azure.ai.inference.aio"])
def test_importing_brings_no_more_modules(module: str) -> None:
    """Importing the package loads no module that azure-core does not import, such as asyncio."""
    script = f"""
import sys, azure.core.credentials_async
before = set(sys.modules)
import {module}
print(sorted(name for name in set(sys.modules) - before if not name.startswith("azure.ai")))
"""
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert loaded == "[]\n"
