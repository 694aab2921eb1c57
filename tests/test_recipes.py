"""The recipes of CONTRIBUTING.md: a forgotten place is reported here, beside `test_contract` and `test_twins`."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set, Tuple

import pytest

import azure.ai.inference
import azure.ai.inference.aio
from azure.ai.inference import _keywords, _patch, options
from azure.ai.inference._core import endpoints, operations
from azure.ai.inference._core.operations import Operation
from azure.ai.inference.aio import _patch as aio_patch
from azure.ai.inference.models import EndpointKind

TESTS = Path(__file__).parent
PROJECT = TESTS.parent
PACKAGE = Path(azure.ai.inference.__file__).parent
WORLDS = [(_patch, azure.ai.inference), (aio_patch, azure.ai.inference.aio)]
ROWS = {name: row for name, row in vars(operations).items() if isinstance(row, Operation)}
#: The rows of model info, which belong to no client.
OF_ALL_CLIENTS = {"MODEL", "MODEL_INFO", "ONLY_MODEL"}

#: Files that CONTRIBUTING.md names beside their folder.
OF_FOLDERS_NAMED_BESIDE = {"REQUIREMENTS.md"}


def clients_of(module: Any) -> Dict[str, Any]:
    """Return the clients that a module defines."""
    return {
        name: kind for name, kind in vars(module).items() if _is_client(kind) and kind.__module__ == module.__name__
    }


def _is_client(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__name__.endswith("Client")


def settings_in(function: Any) -> List[str]:
    """Return the settings in a signature."""
    named = {row.required for row in ROWS.values()} | {"stream"}
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name not in named]


@pytest.mark.parametrize(("module", "public"), WORLDS, ids=["sync", "async"])
def test_clients_are_exported(module: Any, public: Any) -> None:
    """Every client can be imported from `__init__.py`."""
    assert set(clients_of(_patch)) == set(clients_of(module))
    others = {"load_client", "AsyncChatRun", "AsyncEmbeddingsRun", "AsyncStreamingToolRun"}
    assert set(clients_of(module)) == set(public.__all__) - others


@pytest.mark.parametrize(("module", "public"), WORLDS, ids=["sync", "async"])
def test_clients_can_be_loaded(module: Any, public: Any) -> None:
    """`load_client` can return every client: its map and types have them all."""
    clients = clients_of(module)
    returned = str(inspect.signature(module.load_client).return_annotation)
    spellings = {row.client for row in map(operations.operation_of, operations.MODEL_TYPES)}

    assert {row.client: kind for row, kind in module._CLIENTS.items()} == clients
    assert {name for name in clients if name not in returned} == set()
    assert spellings == set(clients)


@pytest.mark.parametrize(("module", "public"), WORLDS, ids=["sync", "async"])
def test_clients_have_rows(module: Any, public: Any) -> None:
    """Every client has a row of its own, with the settings of its constructor."""
    for name, client in clients_of(module).items():
        assert client._operation.client == name
        assert sorted(settings_in(client.__init__)) == sorted({*client._operation.settings, "model_extras"}), name


@pytest.mark.parametrize("module", [_patch, aio_patch], ids=["sync", "async"])
def test_methods_show_the_settings_of_their_rows(module: Any) -> None:
    """Every row has a method, which shows the settings of the row."""
    used: Set[str] = set()
    for client, method, row in calls_in(module):
        used.add(row)
        settings = sorted({*ROWS[row].settings, "model_extras"})
        function = getattr(getattr(module, client), method)
        assert sorted(settings_in(function)) == settings, f"{client}.{method}"
        assert [name for name in settings if f":keyword {name}: " not in function.__doc__] == [], f"{client}.{method}"

    assert used == set(ROWS) - OF_ALL_CLIENTS


def calls_in(module: Any) -> Iterator[Tuple[str, str, str]]:
    """Return the client, method and row of each call of `_invoke`."""
    for kind in ast.walk(ast.parse(inspect.getsource(module))):
        for method in getattr(kind, "body", []) if isinstance(kind, ast.ClassDef) else []:
            for node in ast.walk(method):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "_invoke":
                    yield kind.name, method.name, getattr(node.args[0], "id", "")


def test_contributing_names_files_that_exist() -> None:
    """The files and tests named by the recipes and tables of CONTRIBUTING.md exist."""
    text = (PROJECT / "CONTRIBUTING.md").read_text("utf-8")
    quoted = set(re.findall(r"`([\w/.]+(?:\.py|\.json|\.md|\.txt)|(?:tests|azure|\.ci)/\w*)`", text))
    missing = {path for path in quoted if not any((root / path).exists() for root in (PROJECT, PACKAGE))}

    assert missing - OF_FOLDERS_NAMED_BESIDE == set()
    assert set(re.findall(r"`(test_\w+)`", text)) - {path.stem for path in TESTS.glob("*.py")} == set()


def test_endpoint_kinds_have_rows() -> None:
    """Every endpoint kind has a row in `_RULES` of `_core/endpoints.py`."""
    assert {kind.name for kind in EndpointKind} == {kind.name for _, _, kind, _ in endpoints._RULES}


@pytest.mark.parametrize("file", ["_patch.py", "_client.py", "aio/_patch.py", "aio/_client.py"])
def test_keywords_are_closed(file: str) -> None:
    """Every method uses a closed class of keywords, so that ty refuses a misspelt one."""
    taken = set(re.findall(r"\*\*kwargs: Unpack\[(\w+)\]", (PACKAGE / file).read_text("utf-8")))

    assert taken
    assert taken - {name for name in vars(_keywords) if name.endswith("Keywords")} == set()


def test_classes_of_keywords_are_public() -> None:
    """Every class of keywords is in `__all__` of `_keywords.py`, and so a public TypedDict."""
    classes = {
        kind.__name__ for kind in vars(_keywords).values() if getattr(kind, "__module__", "") == _keywords.__name__
    }

    assert classes - {"TypedDict"} == set(_keywords.__all__) == set(options.__all__)


def test_fields_are_documented() -> None:
    """Every field of a model has a line of documentation."""
    undocumented = [
        f"{kind.name}.{field.target.id}"
        for kind in ast.parse((PACKAGE / "models" / "_models.py").read_text("utf-8")).body
        if isinstance(kind, ast.ClassDef)
        for field, line in zip(kind.body, [*kind.body[1:], kind])
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and field.target.id[0] != "_"
        if not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
    ]

    assert undocumented == []
