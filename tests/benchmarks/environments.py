"""The clients and their Python environments, one for each, created with pip."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Iterable

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
    "langchain-openai",
    "httpx2",
    "numpy",
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
    """A measured client: its module in ``clients`` and ``first_completion``, its packages, and its imports."""

    name: str
    module: str
    packages: tuple[str, ...]
    imports: str
    imports_async: str
    is_project: bool = False
    operations: tuple[str, ...] = ()
    """The only operations to measure it in; empty for all."""

    def also_with(self, suffix: str, *packages: str) -> Client:
        return replace(self, name=self.name + suffix, packages=(*self.packages, *packages))


OURS = Client(
    name="ours",
    module="azure_inference",
    packages=("aiohttp", "numpy", "pydantic"),
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
    Client("openai", "openai", ("openai", "numpy"), "from openai import OpenAI", "from openai import AsyncOpenAI"),
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
    Client(
        name="langchain",
        module="langchain",
        packages=("langchain-openai", "numpy"),
        imports="from langchain_openai import OpenAIEmbeddings",
        imports_async="from langchain_openai import OpenAIEmbeddings",
        operations=("embed_all", "embed_all_alone"),
    ),
    CORE,
    Client(
        name="httpx2",
        module="httpx2",
        packages=("httpx2",),
        imports="import json, httpx2",
        imports_async="import json, httpx2",
        operations=("call", "call_async", "calls_in_flight", "calls_in_threads"),
    ),
    Client("raw", "raw", ("aiohttp", "requests"), "import json, requests", "import json, aiohttp"),
]
TRACED = {client.name: client.also_with("-traced", *OPENTELEMETRY) for client in (OURS, RELEASED, CORE)}


class Environments:
    """Environments below one directory. They are kept; the project's are renewed if its files change."""

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

    def prepare(self, clients: Iterable[Client]) -> None:
        """Create or renew outdated environments. The project is built once, so all its variants have the same code."""
        state = project_state()
        with TemporaryDirectory() as wheels:
            for client in clients:
                made_of = "\n".join([*client.packages, state if client.is_project else ""])
                if self.stamp(client).exists() and self.stamp(client).read_text() == made_of:
                    continue
                print(f"preparing the environment of {client.name}", file=sys.stderr, flush=True)
                self.make(client, Path(wheels))
                self.stamp(client).write_text(made_of)

    def stamp(self, client: Client) -> Path:
        """Return the file that records the contents of an environment."""
        return self.home(client) / "made-of"

    def make(self, client: Client, wheels: Path) -> None:
        if not self.stamp(client).exists():
            venv.create(self.home(client), with_pip=True)
        self.pip(client, "install", *client.packages)
        if client.is_project:
            if not any(wheels.iterdir()):
                self.pip(client, "wheel", "--no-deps", "--wheel-dir", str(wheels), str(CHECKOUT))
            self.pip(client, "uninstall", "--yes", PROJECT)
            self.pip(client, "install", *map(str, wheels.iterdir()))

    def pip(self, client: Client, command: str, *arguments: str) -> None:
        pip = [self.python(client), "-m", "pip", command, "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *arguments], check=True, stdout=sys.stderr)


def project_state() -> str:
    """Return a digest of all files that the project installs."""
    digest = sha256()
    for path in [CHECKOUT / "pyproject.toml", *sorted((CHECKOUT / "azure").rglob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()
