"""The notebook of the samples, run cell by cell in a kernel. `nox -s optional` installs what it needs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest

NOTEBOOK = Path(__file__).parents[2] / "samples" / "notebook.ipynb"


def outputs_of(cell: Any, mime: str) -> List[str]:
    """Return what a cell shows of one type."""
    shown: List[Dict[str, Any]] = [output["data"] for output in cell["outputs"] if "data" in output]
    return [data[mime] for data in shown if mime in data]


def test_notebook_has_no_outputs() -> None:
    """The notebook is kept without outputs, as they would change with each run."""
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [(cell["outputs"], cell["execution_count"]) for cell in cells] == [([], None)] * len(cells)
    for cell in cells:
        compile("".join(cell["source"]), "notebook", "exec", flags=0x2000)  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def test_notebook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each cell of the notebook runs and shows what it should."""
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    kernel = tmp_path / "kernels" / "python3"
    kernel.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "x", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        monkeypatch.delenv(name)
    notebook = nbformat.read(NOTEBOOK, as_version=4)

    nbclient.NotebookClient(notebook, timeout=40, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()

    client, completion, stream, greeting, embeddings, _ = [
        cell for cell in notebook["cells"] if cell["cell_type"] == "code"
    ]
    assert "<b>ChatCompletionsClient</b>" in outputs_of(client, "text/html")[0]
    assert "Why is the sky blue?" in outputs_of(completion, "text/html")[0]
    assert outputs_of(completion, "text/plain")[0].startswith("ChatCompletions: model local-model")
    assert "Tell me about the sea." in outputs_of(stream, "text/markdown")[-1]
    assert "Hello!" in outputs_of(greeting, "text/html")[0]
    assert "256 dimensions" in outputs_of(embeddings, "text/html")[0]
