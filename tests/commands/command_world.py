"""The command line, run in this process and in processes of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

import pytest

from azure.ai.inference.__main__ import main
from azure.ai.inference.testing import LocalService, Reply

KEY = "a-secret-key-0123"
PATIENCE = 30.0


class Result(NamedTuple):
    """What a command has printed, and its exit status."""

    status: int
    out: str
    err: str


class CommandLine:
    """Runs commands in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: Any, stdin: bytes = b"") -> Result:
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self._capsys.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as ending:
            status = int(str(ending.code or 0))
        return Result(status, *self._capsys.readouterr())


def environment_of(service: Any) -> Dict[str, str]:
    """Return the variables of the environment that name a service for all commands."""
    return {
        "AZURE_AI_CHAT_ENDPOINT": service.endpoint,
        "AZURE_AI_CHAT_KEY": service.key,
        "AZURE_AI_EMBEDDINGS_ENDPOINT": service.endpoint,
        "AZURE_AI_EMBEDDINGS_KEY": service.key,
    }


def start(service: LocalService, *arguments: Any, **options: Any) -> subprocess.Popen[str]:
    """Start a command as a process of its own."""
    environment = {**os.environ, **environment_of(service), "COLUMNS": "80"}
    environment.pop("PYTHONUNBUFFERED", None)  # as a person's shell has it: output waits in a buffer
    command = [sys.executable, "-m", "azure.ai.inference", *map(str, arguments)]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen(command, env=environment, text=True, **pipes)


def json_lines(path: Path) -> List[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def bodies(service: LocalService) -> List[Any]:
    """Return the bodies that a service has received."""
    return [request.json() for request in service.requests]


def vector_of(text: str) -> List[float]:
    return [float(len(text)), float(sum(text.encode()) % 97), 0.5]


def embedded(request: Any) -> Reply:
    """Return the response to a request for embeddings."""
    texts = request.json()["input"]
    data = [{"index": index, "embedding": vector_of(text)} for index, text in enumerate(texts)]
    return Reply(body={"data": data, "usage": {"prompt_tokens": 2 * len(texts), "total_tokens": 2 * len(texts)}})


def refusing(*bad: str, message: str = "This text is bad.") -> Any:
    """Return a script that refuses requests with some texts, and embeds the others."""

    def respond(request: Any) -> Reply:
        if set(bad) & set(request.json()["input"]):
            return Reply(400, {"error": {"code": "bad_input", "message": message}})
        return embedded(request)

    return respond


def names_of(folder: Path) -> List[str]:
    return sorted(path.name for path in folder.iterdir())
