"""The code states the same facts about the wire as contract.json, no more and no fewer."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Any, Dict, Iterator
from urllib.parse import urlsplit

from azure.core.credentials import AzureKeyCredential

from azure.ai.inference import models
from azure.ai.inference._core import operations
from azure.ai.inference._core.body import UNSET, Call
from azure.ai.inference._core.endpoints import RELEASED_VERSION
from azure.ai.inference._core.requests import build_request
from azure.ai.inference._model_base import Model
from azure.ai.inference._pipeline.configuration import Configuration
from azure.ai.inference.models import _enums

CONTRACT: Dict[str, Any] = json.loads((Path(__file__).parent / "contract.json").read_text(encoding="utf-8"))


def check(code: Any, part: str) -> None:
    """Compare the code with a part of the contract, whose differences are named."""
    wire = CONTRACT[part]
    only_code, only_contract = set(facts(code)) - set(facts(wire)), set(facts(wire)) - set(facts(code))

    assert only_code == set(), "missing from contract.json"
    assert only_contract == set(), "missing from the code"
    assert code == wire, "in another order"


def facts(value: Any, path: str = "") -> Iterator[str]:
    """Return each fact of a part of the contract, as a text with its path."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from facts(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        yield from (f"{path}: {item}" for item in value)
    else:
        yield path if value is None else f"{path} = {value}"


def described(model: Any) -> Dict[str, Any]:
    """Return the fields of a model, with the values that the class itself sets."""
    return {name: field.constant for name, field in model._attr_to_rest_field.items()}


def test_models() -> None:
    """The fields and constants of each class are those of the wire."""
    public = [getattr(models, name) for name in models.__all__]
    classes = {c.__name__: c for c in public if isinstance(c, type) and issubclass(c, Model)}

    check({name: described(model) for name, model in classes.items()}, "models")


def test_enums() -> None:
    """The members and values of each enumeration are those of the wire."""
    classes = [c for c in vars(_enums).values() if isinstance(c, type) and issubclass(c, Enum) and c is not Enum]

    check({enum.__name__: {m.name: m.value for m in enum} for enum in classes}, "enums")


def test_operations() -> None:
    """The rows of the operations are the routes, headers and body keys of the contract, in this order."""
    rows = {name: row for name, row in vars(operations).items() if isinstance(row, operations.Operation)}

    check({name: described_request(row) for name, row in rows.items()}, "operations")
    assert CONTRACT["default_api_version"] == RELEASED_VERSION


def described_request(row: operations.Operation) -> Dict[str, Any]:
    """Build the request of an operation with every setting and an extra, and describe it as the contract does."""
    key = AzureKeyCredential("key")
    config = Configuration("https://host.example/models", key, default_version=row.default_version)
    arguments: Dict[str, Any] = {row.required: ["x"]} if row.required else {"model": "org/name:tag"}
    keywords = {**{name: {"x": 1} for name in row.settings}, "model_extras": {"extra": 1}}
    request, _ = build_request(Call(row, UNSET, arguments, keywords, {}), {}, config)
    parts = urlsplit(request.url)
    version = parts.query[len("api-version=") :]
    assert parts.netloc == "host.example"
    return {
        "method": request.method,
        "route": parts.path[len("/models") :],
        **({} if version == CONTRACT["default_api_version"] else {"api_version": version}),
        "headers": [header for header in request.headers if header != "Content-Length"],
        "body": [name for name in json.loads(request.content or "{}") if name != "extra"],
    }
