"""`from_environment` reads endpoint, key and model from variables, and uses a token for hosts of Azure only."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any, List

import pytest
from azure.core.credentials import AzureKeyCredential
from worlds import World, opened, wait

import azure.ai.inference
import azure.ai.inference.aio
from azure.ai.inference.testing import LocalService

PREFIXES = {
    "ChatCompletionsClient": "AZURE_AI_CHAT",
    "EmbeddingsClient": "AZURE_AI_EMBEDDINGS",
    "ImageEmbeddingsClient": "AZURE_AI_IMAGE_EMBEDDINGS",
    "ImageGenerationClient": "AZURE_AI_IMAGES",
}
AZURE = "https://r.openai.azure.com"


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clear the variables of the machine."""
    for prefix in PREFIXES.values():
        for name in ("ENDPOINT", "KEY", "MODEL"):
            monkeypatch.delenv(f"{prefix}_{name}", raising=False)


@pytest.fixture(params=PREFIXES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def kind(world: World, name: str) -> Any:
    return getattr(azure.ai.inference if world.name == "sync" else azure.ai.inference.aio, name)


def set_variables(monkeypatch: pytest.MonkeyPatch, name: str, **values: str) -> None:
    for variable, value in values.items():
        monkeypatch.setenv(f"{PREFIXES[name]}_{variable}", value)


class Credential:
    """Stands for the default credential of azure-identity. Nothing requests its tokens here."""

    made: List[Any] = []  # noqa: RUF012 - emptied by the fixture

    def __init__(self) -> None:
        self.closed = 0
        self.made.append(self)

    def get_token(self, *scopes: str, **_: Any) -> Any:
        raise AssertionError(scopes)


class Closing(Credential):
    def close(self) -> None:
        self.closed += 1


class AsyncClosing(Credential):
    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> List[Any]:
    """Return the default credentials that are made."""
    Credential.made.clear()
    monkeypatch.setitem(sys.modules, "azure.identity", SimpleNamespace(DefaultAzureCredential=Closing))  # type: ignore[misc]
    monkeypatch.setitem(sys.modules, "azure.identity.aio", SimpleNamespace(DefaultAzureCredential=AsyncClosing))  # type: ignore[misc]
    return Credential.made


def test_key(world: World, name: str, monkeypatch: pytest.MonkeyPatch, made: List[Any]) -> None:
    """A client gets endpoint, key and model; the key precedes a token, on Azure too."""
    set_variables(monkeypatch, name, ENDPOINT=f" {AZURE} ", KEY=" k\n", MODEL="m")
    client = kind(world, name).from_environment(retry_total=3)
    assert type(client) is kind(world, name)
    assert client._config.endpoint == AZURE
    assert isinstance(client._config.credential, AzureKeyCredential)
    assert client._config.credential.key == "k"
    assert client._settings == {"model": "m"}
    assert client._config.retry_policy.total_retries == 3
    assert made == []


def test_keywords_win(world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that the program names overrides the environment's; without any, none is sent."""
    set_variables(monkeypatch, name, ENDPOINT="http://localhost", KEY="k", MODEL="m")
    assert kind(world, name).from_environment(model="own", user="u")._settings == {"model": "own", "user": "u"}
    assert kind(world, name).from_environment(model=None)._settings == {"model": "m"}
    set_variables(monkeypatch, name, MODEL="")
    assert kind(world, name).from_environment()._settings == {}


def test_subclass(world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A subclass makes clients of its own class."""
    set_variables(monkeypatch, name, ENDPOINT="http://localhost", KEY="k")
    own: Any = type("Own", (kind(world, name),), {})
    assert type(own.from_environment()) is own


@pytest.mark.parametrize("endpoint", [None, "", "  "])
def test_no_endpoint(world: World, name: str, endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variable that is not set."""
    set_variables(monkeypatch, name, KEY="k", **({} if endpoint is None else {"ENDPOINT": endpoint}))
    with pytest.raises(ValueError, match=f"environment variable {PREFIXES[name]}_ENDPOINT is not set"):
        kind(world, name).from_environment()


@pytest.mark.parametrize("key", [None, "", " "])
def test_no_key(world: World, name: str, key: Any, monkeypatch: pytest.MonkeyPatch, made: List[Any]) -> None:
    """Elsewhere than on Azure, the error names the key's variable and says what local servers take."""
    set_variables(monkeypatch, name, ENDPOINT="http://localhost:8000/v1", **({} if key is None else {"KEY": key}))
    with pytest.raises(ValueError) as caught:
        kind(world, name).from_environment()
    assert str(caught.value) == (
        f"The environment variable {PREFIXES[name]}_KEY is not set: the key of {PREFIXES[name]}_ENDPOINT. "
        "Local servers accept any text as a key."
    )
    assert made == []


TRUSTED = [
    AZURE,
    "https://r.services.ai.azure.com/models",
    "https://R.Services.AI.Azure.COM/api/projects/p",
    "https://r.cognitiveservices.azure.us:443/openai/deployments/d?x=1",
    "https://r.openai.azure.cn#part",
    "https://h.region.models.ai.azure.com",
    "https://h.inference.ai.azure.com/",
    "https://h.region.inference.ml.azure.com/score",
]


@pytest.mark.parametrize("endpoint", TRUSTED)
def test_token(world: World, endpoint: str, monkeypatch: pytest.MonkeyPatch, made: List[Any]) -> None:
    """Without a key, a host of Azure gets a token of the default credential."""
    set_variables(monkeypatch, "ChatCompletionsClient", ENDPOINT=endpoint)
    client = kind(world, "ChatCompletionsClient").from_environment()
    assert client._config.credential is made[0]
    assert len(made) == 1


STRANGERS = [
    "http://r.openai.azure.com",
    "https://r.openai.azure.com.evil.example",
    "https://r.openai.azure.com@evil.example",
    "https://r.openai.azure.com:key@evil.example",
    "https://evil.example/r.openai.azure.com",
    "https://evil.example?r.openai.azure.com",
    "https://evil.example#.openai.azure.com",
    "https://evil.example\\.openai.azure.com",
    "https://evil.example%2f.openai.azure.com",
    "https://evil.example\t.openai.azure.com",
    "https://openai.azure.com",
    "https://evilopenai.azure.com",
    "https://r.openai.azure.com.",
    "https://r.openai.azure.de",
    "https://evilmodels.ai.azure.com",
    "https://models.ai.azure.com",
    "https://h.models.ai.azure.us",
    "https://api.openai.com/v1",
    "https://models.github.ai/inference",
    "https://azure.com",
    "r.openai.azure.com",
    "//r.openai.azure.com",
    "https://",
]


@pytest.mark.parametrize("endpoint", STRANGERS)
def test_strangers(world: World, endpoint: str, monkeypatch: pytest.MonkeyPatch, made: List[Any]) -> None:
    """No other host gets a token, however much it looks like Azure's; not even a credential is made."""
    set_variables(monkeypatch, "EmbeddingsClient", ENDPOINT=endpoint)
    with pytest.raises(ValueError, match="AZURE_AI_EMBEDDINGS_KEY is not set"):
        kind(world, "EmbeddingsClient").from_environment()
    assert made == []


def test_without_azure_identity(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without azure-identity, the error names the key's variable and the package."""
    monkeypatch.setitem(sys.modules, "azure.identity", None)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "azure.identity.aio", None)  # type: ignore[arg-type]
    set_variables(monkeypatch, "ChatCompletionsClient", ENDPOINT=AZURE)
    with pytest.raises(ValueError) as caught:
        kind(world, "ChatCompletionsClient").from_environment()
    assert str(caught.value) == (
        "The environment variable AZURE_AI_CHAT_KEY is not set: the key of AZURE_AI_CHAT_ENDPOINT. Set it, or install "
        "azure-identity to use Microsoft Entra ID. Local servers accept any text as a key."
    )


@pytest.mark.asyncio
async def test_closing(world: World, monkeypatch: pytest.MonkeyPatch, made: List[Any]) -> None:
    """The client closes the credential that it made, which nobody else has; copies do not."""
    set_variables(monkeypatch, "ChatCompletionsClient", ENDPOINT=AZURE)
    client = kind(world, "ChatCompletionsClient").from_environment()
    await wait(client.with_options(seed=1).close())
    assert made[0].closed == 0
    await wait(client.close())
    assert made[0].closed == 1
    client = kind(world, "ChatCompletionsClient").from_environment()
    if world.name == "sync":
        with client:
            pass
    else:
        async with client:
            pass
    assert made[1].closed == 1


def test_real_credential(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """azure-identity's own credential is accepted by the client."""
    pytest.importorskip("azure.identity")
    set_variables(monkeypatch, "ChatCompletionsClient", ENDPOINT=AZURE)
    client = kind(world, "ChatCompletionsClient").from_environment()
    assert type(client._config.credential).__name__ == "DefaultAzureCredential"


@pytest.mark.asyncio
async def test_call(world: World, service: LocalService, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client of the environment talks to its endpoint."""
    set_variables(monkeypatch, "ChatCompletionsClient", ENDPOINT=service.endpoint, KEY=service.key, MODEL="local")
    async with opened(kind(world, "ChatCompletionsClient").from_environment()) as client:
        completion = await wait(client.complete(messages=[{"role": "user", "content": "hi"}]))
    assert completion.model == "local"


def test_warning(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A keyword that the constructor ignores is warned of at the program's line."""
    set_variables(monkeypatch, "ChatCompletionsClient", ENDPOINT="http://localhost", KEY="k")
    with pytest.warns(UserWarning, match="did you mean temperature") as caught:
        kind(world, "ChatCompletionsClient").from_environment(temprature=1)
    assert caught[0].filename == __file__
