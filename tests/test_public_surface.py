"""The names that programs import, and what importing them costs."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import subprocess
import sys

import pytest

import azure.ai.inference
import azure.ai.inference.aio
from azure.ai.inference import models
from azure.ai.inference._version import VERSION

CLIENTS = ["ChatCompletionsClient", "EmbeddingsClient", "ImageEmbeddingsClient"]


def test_top_level_names() -> None:
    """If this fails, a program cannot import a name from the package, or only in one of the worlds."""
    assert {*CLIENTS, "load_client"} <= set(azure.ai.inference.__all__)
    assert azure.ai.inference.__all__ == azure.ai.inference.aio.__all__
    assert azure.ai.inference.__version__ == VERSION == importlib.metadata.version("azure-ai-inference")


@pytest.mark.parametrize("module", ["", ".aio", ".exceptions", ".models", ".prompts", ".testing", ".tracing"])
def test_all_is_sorted_importable_and_documented(module: str) -> None:
    """If this fails, a public name cannot be imported, has no docstring, or the list is untidy."""
    imported = importlib.import_module(f"azure.ai.inference{module}")

    assert imported.__all__ == sorted(imported.__all__)
    for name in imported.__all__:
        assert inspect.getdoc(getattr(imported, name)), name


def test_private_names_in_use() -> None:
    """If this fails, a program breaks that reaches for a name that was never documented."""
    from azure.ai.inference.models._models import JsonSchemaFormat
    from azure.ai.inference.prompts._utils import remove_leading_empty_space

    assert JsonSchemaFormat is models.JsonSchemaFormat
    assert callable(remove_leading_empty_space)


def test_keywords_of_complete() -> None:
    """If this fails, frameworks that ask `complete` for its settings no longer find them."""
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
    """If this fails, importing the package loads an HTTP stack, telemetry or the like."""
    heavy = ["aiohttp", "requests", "urllib3", "opentelemetry", "yaml", "numpy", "pydantic", "orjson", "pystache"]
    script = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert loaded == "[]\n"


def test_importing_brings_no_more_modules() -> None:
    """If this fails, importing the package has become slower by a module that azure-core does not import."""
    script = """
import sys, azure.core.tracing.decorator
before = set(sys.modules)
import azure.ai.inference
print(sorted(name for name in set(sys.modules) - before if not name.startswith("azure.ai")))
"""
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert loaded == "[]\n"
