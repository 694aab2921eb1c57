"""The code says of the wire what contract.json says, no more and no less."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Any, Dict, List
from urllib.parse import urlsplit

from azure.core.credentials import AzureKeyCredential

from azure.ai.inference import models
from azure.ai.inference._core import requests
from azure.ai.inference._core.body import CHAT_SETTINGS, EMBEDDINGS_SETTINGS, Call
from azure.ai.inference._model_base import Model
from azure.ai.inference._pipeline.configuration import DEFAULT_API_VERSION, Configuration
from azure.ai.inference.models import _enums

CONTRACT: Dict[str, Any] = json.loads((Path(__file__).parent / "contract.json").read_text(encoding="utf-8"))


def described(model: Any) -> Dict[str, Any]:
    """The fields of a model, with the values of those that the class itself sets."""
    return {name: field.constant for name, field in model._fields.items()}


def test_models() -> None:
    """If this fails, a class has a field that the wire has not, or the other way round, or a constant differs."""
    public = [getattr(models, name) for name in models.__all__]
    classes = {c.__name__: c for c in public if isinstance(c, type) and issubclass(c, Model)}

    assert {name: described(model) for name, model in classes.items()} == CONTRACT["models"]


def test_enums() -> None:
    """If this fails, an enumeration has another member or value than the wire."""
    classes = [c for c in vars(_enums).values() if isinstance(c, type) and issubclass(c, Enum) and c is not Enum]

    assert {enum.__name__: {m.name: m.value for m in enum} for enum in classes} == CONTRACT["enums"]


def test_settings() -> None:
    """If this fails, a body has other settings than the wire."""
    assert {"chat": list(CHAT_SETTINGS), "embeddings": list(EMBEDDINGS_SETTINGS)} == CONTRACT["settings"]


def test_operations() -> None:
    """If this fails, a request goes to another route than the contract says, or a builder is not in it."""
    config = Configuration("https://host.example/models", AzureKeyCredential("key"))
    call = Call("{}", stream=False, passes_extras=True)
    built: Dict[str, Any] = {}
    for name, build in vars(requests).items():
        if name.startswith("build_"):
            arguments: List[Any] = [config, {}] if name.endswith("info_request") else [config, call, {}]
            request = build(*arguments)
            parts = urlsplit(request.url)
            assert parts.query == f"api-version={CONTRACT['default_api_version']}"
            assert parts.netloc == "host.example"
            built[name] = {
                "method": request.method,
                "route": parts.path[len("/models") :],
                "headers": [header for header in request.headers if header != "Content-Length"],
            }

    assert built == CONTRACT["operations"]
    assert CONTRACT["default_api_version"] == DEFAULT_API_VERSION
