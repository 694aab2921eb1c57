"""The clients, and their Python environments: one each, made with pip, so that none touches another's."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PROJECT = "azure-ai-inference"
OPENTELEMETRY = ("opentelemetry-sdk", "azure-core-tracing-opentelemetry")
SHOWN_PACKAGES = (
    PROJECT,
    "azure-core",
    "requests",
    "urllib3",
    "aiohttp",
    "openai",
    "anthropic",
    "mistralai",
    "orjson",
    "opentelemetry-sdk",
)
PRINT_VERSIONS = """
import importlib.metadata, json, sys
installed = {given.metadata["Name"].lower(): given.version for given in importlib.metadata.distributions()}
print(json.dumps({name: installed[name] for name in sys.argv[1:] if name in installed}))
"""


@dataclass(frozen=True)
class Client:
    """What is measured: its module in ``clients`` and in ``first_reply``, what is installed, and how it is imported."""

    name: str
    module: str
    packages: tuple[str, ...]
    imports: str
    imports_async: str
    is_project: bool = False

    def also_with(self, suffix: str, *packages: str) -> Client:
        return replace(self, name=self.name + suffix, packages=(*self.packages, *packages))


OURS = Client(
    name="ours",
    module="azure_inference",
    packages=("aiohttp",),
    imports="from azure.ai.inference import ChatCompletionsClient; from azure.ai.inference.models import UserMessage",
    imports_async="from azure.ai.inference.aio import ChatCompletionsClient;"
    " from azure.ai.inference.models import UserMessage",
    is_project=True,
)
RELEASED = replace(OURS, name="released", packages=("aiohttp", f"{PROJECT}==1.0.0b9"), is_project=False)
CORE = Client(
    name="core",
    module="core",
    packages=("aiohttp", "azure-core"),
    imports="import requests, azure.core.pipeline.policies; from azure.core import PipelineClient",
    imports_async="import aiohttp, azure.core.pipeline.policies; from azure.core import AsyncPipelineClient",
)
CLIENTS = [
    OURS,
    OURS.also_with("+orjson", "orjson"),
    RELEASED,
    Client("openai", "openai", ("openai",), "from openai import OpenAI", "from openai import AsyncOpenAI"),
    Client(
        name="anthropic",
        module="anthropic",
        packages=("anthropic",),
        imports="from anthropic import Anthropic",
        imports_async="from anthropic import AsyncAnthropic",
    ),
    Client(
        name="mistral",
        module="mistral",
        packages=("mistralai",),
        imports="from mistralai.client import Mistral",
        imports_async="from mistralai.client import Mistral",
    ),
    CORE,
    Client("raw", "raw", ("aiohttp", "requests"), "import json, requests", "import json, aiohttp"),
]
TRACED = {client.name: client.also_with("-traced", *OPENTELEMETRY) for client in (OURS, RELEASED, CORE)}


class Environments:
    """Environments under one directory. They are kept; this project's are renewed whenever its files have changed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()

    def home(self, client: Client) -> Path:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return self.directory / f"{client.name.replace('+', '-')}-python{version}"

    def python(self, client: Client) -> str:
        return str(self.home(client) / "bin" / "python")

    def versions(self, client: Client) -> dict[str, str]:
        command = [self.python(client), "-c", PRINT_VERSIONS, *SHOWN_PACKAGES]
        versions: dict[str, str] = json.loads(subprocess.check_output(command))
        return versions

    def prepare(self, client: Client) -> None:
        stamp = self.home(client) / "made-of"
        made_of = "\n".join([*client.packages, project_state() if client.is_project else ""])
        if stamp.exists() and stamp.read_text() == made_of:
            return
        print(f"preparing the environment of {client.name}", file=sys.stderr, flush=True)
        if not stamp.exists():
            venv.create(self.home(client), with_pip=True)
        packages = [*client.packages, *([str(CHECKOUT)] if client.is_project else [])]
        pip = [self.python(client), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *packages], check=True, stdout=sys.stderr)
        stamp.write_text(made_of)


def project_state() -> str:
    """A digest of everything that is installed of this project."""
    digest = sha256()
    for path in [CHECKOUT / "pyproject.toml", *sorted((CHECKOUT / "azure").rglob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()
